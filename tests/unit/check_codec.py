#!/usr/bin/python3
"""Google's own Python protobuf as the judge of our codecs: random messages, both formats, both directions.

usage: check_codec.py CODEC_TOOL PROTOC PROTO_FOLDER [ROUNDS]
"""

import importlib
import random
import struct
import subprocess
import sys
import tempfile

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as F

TEXTS = ['', 'a', '点单派单', 'quote " back \\ slash /', 'tab\t nl\n del\x7f', '\U0001F600', 'x' * 200]
DEPTH = 4


class Tool:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, wanted, name, data):
        for piece in (wanted.encode(), struct.pack('>I', len(name)), name.encode(), struct.pack('>I', len(data)), data):
            self.process.stdin.write(piece)
        self.process.stdin.flush()
        reason = self.piece().decode()
        out = self.piece()
        if reason != 'OK':
            raise AssertionError('%s: %s for %r' % (name, reason, data))
        return out

    def piece(self):
        head = self.process.stdout.read(4)
        return self.process.stdout.read(struct.unpack('>I', head)[0])


class Maker:
    """Fills messages at random; the pool names the types that an Any may hold."""

    def __init__(self, rng, any_types):
        self.rng = rng
        self.any_types = any_types

    def integer(self, low, high):
        r = self.rng
        return r.choice([0, 1, low, high, r.randint(low, high), r.randint(max(low, -300), 300)])

    def scalar(self, field):
        r = self.rng
        cpp = field.cpp_type
        if cpp == F.CPPTYPE_INT32:
            return self.integer(-2**31, 2**31 - 1)
        if cpp == F.CPPTYPE_INT64:
            return self.integer(-2**63, 2**63 - 1)
        if cpp == F.CPPTYPE_UINT32:
            return self.integer(0, 2**32 - 1)
        if cpp == F.CPPTYPE_UINT64:
            return self.integer(0, 2**64 - 1)
        if cpp == F.CPPTYPE_BOOL:
            return r.random() < 0.5
        if cpp == F.CPPTYPE_ENUM:
            null = field.enum_type.full_name == 'google.protobuf.NullValue'
            return 0 if null else r.choice(field.enum_type.values).number
        if cpp == F.CPPTYPE_STRING:
            if field.type == F.TYPE_BYTES:
                return bytes(r.randrange(256) for _ in range(r.randrange(9)))
            return r.choice(TEXTS)
        value = r.choice([0.0, 1.0, -0.5, 39.904211, 1e300, 1e-7, r.uniform(-180, 180), r.gauss(0, 1e20),
                          float('inf'), float('-inf')])
        if cpp == F.CPPTYPE_FLOAT:
            try:
                return struct.unpack('f', struct.pack('f', value))[0]
            except OverflowError:
                return 1.5
        return value

    def fill(self, message, depth=DEPTH):
        name = message.DESCRIPTOR.full_name
        r = self.rng
        if name == 'google.protobuf.Timestamp':
            message.seconds = r.randint(-62135596800, 253402300799)
            message.nanos = r.choice([0, 1, 500000000, 999999999, 1000, 120000000])
        elif name == 'google.protobuf.Duration':
            sign = r.choice([-1, 1])
            message.seconds = sign * r.randint(0, 315575999999)
            message.nanos = sign * r.choice([0, 1, 500000000, 999999999])
        elif name == 'google.protobuf.FieldMask':
            message.paths.extend(r.sample(['a', 'b.c', 'foo_bar', 'deep.foo_bar.x_y'], r.randrange(4)))
        elif name == 'google.protobuf.Value':
            self.fill_value(message, depth)
        elif name == 'google.protobuf.Struct':
            for i in range(r.randrange(3)):
                self.fill_value(message.fields[TEXTS[i]], depth - 1)
        elif name == 'google.protobuf.ListValue':
            for _ in range(r.randrange(3)):
                self.fill_value(message.values.add(), depth - 1)
        elif name == 'google.protobuf.Any':
            held = r.choice(self.any_types)()
            self.fill(held, depth - 1)
            message.Pack(held)
        else:
            self.fill_fields(message, depth)

    def fill_value(self, value, depth):
        r = self.rng
        kind = r.randrange(6 if depth > 0 else 4)
        if kind == 0:
            value.null_value = 0
        elif kind == 1:
            value.bool_value = r.random() < 0.5
        elif kind == 2:
            value.number_value = r.choice([0, -1.5, 1e100, 0.1])
        elif kind == 3:
            value.string_value = r.choice(TEXTS)
        elif kind == 4:
            value.list_value.SetInParent()
            self.fill(value.list_value, depth - 1)
        else:
            value.struct_value.SetInParent()
            self.fill(value.struct_value, depth - 1)

    def fill_fields(self, message, depth):
        r = self.rng
        for field in message.DESCRIPTOR.fields:
            nested = field.message_type is not None
            if r.random() < 0.4 or nested and depth <= 0:
                continue
            if nested and field.message_type.GetOptions().map_entry:
                self.fill_map(message, field, depth)
            elif field.label == F.LABEL_REPEATED:
                items = getattr(message, field.name)
                for _ in range(r.choice([0, 1, 2, 5])):
                    if nested:
                        self.fill(items.add(), depth - 1)
                    else:
                        items.append(self.scalar(field))
            elif nested:
                getattr(message, field.name).SetInParent()
                self.fill(getattr(message, field.name), depth - 1)
            else:
                setattr(message, field.name, self.scalar(field))

    def fill_map(self, message, field, depth):
        entries = getattr(message, field.name)
        key, value = field.message_type.fields_by_number[1], field.message_type.fields_by_number[2]
        for _ in range(self.rng.randrange(4)):
            k = self.scalar(key)
            if value.message_type is not None:
                entries[k].SetInParent()
                self.fill(entries[k], depth - 1)
            else:
                entries[k] = self.scalar(value)


def check(tool, message_type, message):
    name = message.DESCRIPTOR.full_name
    data = message.SerializeToString(deterministic=True)
    text = json_format.MessageToJson(message, ensure_ascii=False).encode()

    def same(what, other):
        # By bytes: comparing messages that hold an Any warns about types it can't find.
        if other.SerializeToString(deterministic=True) != data:
            raise AssertionError('%s of %s:\n%s\nis not\n%s' % (what, name, other, message))

    same('binary to binary', message_type.FromString(tool.ask('w', name, data)))
    same('JSON to binary', message_type.FromString(tool.ask('j', name, text)))
    ours = tool.ask('b', name, data)
    same('binary to JSON', json_format.Parse(ours.decode(), message_type()))
    same('JSON both ways', message_type.FromString(tool.ask('j', name, ours)))


def main():
    tool = Tool(sys.argv[1])
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 300
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[2], '-I' + sys.argv[3], '--python_out=' + folder, 'codec.proto'], check=True)
        sys.path.insert(0, folder)
        codec = importlib.import_module('codec_pb2')
    types = [codec.Scalars, codec.Optionals, codec.Lists, codec.Choice, codec.Maps, codec.Known, codec.Names,
             codec.Outer, codec.Tree]
    maker = Maker(random.Random(20260102), [codec.Leaf, codec.Choice, codec.Scalars])
    for _ in range(rounds):
        for message_type in types:
            message = message_type()
            maker.fill(message)
            check(tool, message_type, message)
    print('%d messages of %d types' % (rounds * len(types), len(types)))


if __name__ == '__main__':
    main()
