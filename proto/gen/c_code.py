"""Runs protoc-gen-c and fits its output to the house.

What is changed in what protoc-gen-c 1.4 writes, and why:
- all files become one header and one source: a build target then has outputs of fixed names;
- `optional` of proto3, which it knows only as the one-field oneof that protoc makes of it, becomes what
  protobuf-c does for proto2 (and, from 1.5 on, for proto3 too): has_x, or NULL for a string or message;
- the _IS_INT_SIZE member goes from the enums: a switch over an enum can then be exhaustive;
- a field named `base` becomes the member base_: protobuf-c has a `base` in every message;
- each message descriptor's reserved1 points to its side table row (server/pb/pb_side.h);
- pack and unpack helpers and generic services are left out: nothing uses them.
Every change must match exactly once or the build fails, so another compiler version can't slip through.
"""

import re
import subprocess

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2

from model import Field, GenError

# [(pb_c_file) = { gen_pack_helpers: false }]: extension 1019 of FileOptions, field 2.
NO_PACK_HELPERS = bytes([0xDA, 0x3F, 0x02, 0x10, 0x00])


def run_protoc_gen_c(program, files, wanted):
    """The generated text: {proto name: (header, source)}."""
    request = plugin_pb2.CodeGeneratorRequest(file_to_generate=[f.name for f in files if f.name in wanted])
    for file in files:
        copy = descriptor_pb2.FileDescriptorProto()
        copy.CopyFrom(file)
        del copy.service[:]
        copy.options.MergeFromString(NO_PACK_HELPERS)
        request.proto_file.append(copy)
    run = subprocess.run([program], input=request.SerializeToString(), stdout=subprocess.PIPE, check=True)
    response = plugin_pb2.CodeGeneratorResponse.FromString(run.stdout)
    if response.error:
        raise GenError('%s: %s' % (program, response.error))
    texts = {f.name: f.content for f in response.file}
    return {name: (texts[name[:-len('.proto')] + '.pb-c.h'], texts[name[:-len('.proto')] + '.pb-c.c'])
            for name in request.file_to_generate}


def replace_once(pattern, text, replacement, what):
    text, n = re.subn(pattern, replacement, text, flags=re.M)
    if n != 1:
        raise GenError('protoc-gen-c: expected %s once, found it %d times' % (what, n))
    return text


class Names:
    """C names, read back from the generated code rather than guessed."""

    def lower(self, full):
        """The lower-case prefix of a message, also of one that another run makes."""
        if full in self.message:
            return self.message[full][1]
        return '__'.join(re.sub(r'(?<=[^A-Z_])(?=[A-Z])', '_', part).lower() for part in full.split('.'))

    def __init__(self, headers, sources):
        self.message = {}  # full name -> (C type, lower-case prefix)
        self.enum = {}  # full name -> (C type, prefix of its values)
        self.oneof_case = {}  # C type of the case enum -> [(C value, number)]
        taken = {}
        for m in re.finditer(r'^const ProtobufC(Message|Enum)Descriptor (\w+)__descriptor =\n\{\n'
                             r'  \w+,\n  "([\w.]+)",\n  "\w+",\n  "(\w+)",', sources, re.M):
            kind, lower, full, c_type = m.groups()
            if lower in taken:
                raise GenError('%s and %s have the same C name %s: rename one' % (taken[lower], full, c_type))
            taken[lower] = full
            if kind == 'Message':
                self.message[full] = (c_type, lower)
            else:
                self.enum[full] = (c_type, lower.upper() + '__')
        for m in re.finditer(r'^typedef enum \{\n((?:  \w+ = \d+,?\n)+)(?:.*INT_SIZE.*\n)?\} (\w+Case);', headers, re.M):
            self.oneof_case[m.group(2)] = re.findall(r'(\w+) = (\d+)', m.group(1))


def fix_optional(message, names, header, source):
    c_type, lower = names.message[message.name]
    for field in message.synthetic_oneofs().values():
        pointer = field.type in (Field.TYPE_STRING, Field.TYPE_MESSAGE)
        oneof = message.proto.oneof_decl[field.oneof_index].name
        what = 'the optional field %s.%s' % (message.name, field.name)
        pattern = (r'^  (%s__\w+Case) %s_case;\n  union \{\n    (.*\b(\w+);)\n  \};\n' % (c_type, re.escape(oneof)))
        found = re.search(pattern, header, re.M)
        if found is None:
            raise GenError('protoc-gen-c: %s not found' % what)
        case_type, _, member = found.groups()
        has = '' if pointer else '  protobuf_c_boolean has_%s;\n' % member
        header = replace_once(pattern, header, has + r'  \2\n', what)
        enum = r'^typedef enum \{\n  (\w+__NOT_SET) = 0,\n(?:  .*\n){2}\} %s;\n\n' % case_type
        not_set = re.search(enum, header, re.M)
        if not_set is None:
            raise GenError('protoc-gen-c: %s has no case enum' % what)
        init = 'NULL' if pointer else '0, {0,NULL}' if field.type == Field.TYPE_BYTES else '0, 0'
        header = replace_once(enum, header, '', what)
        header = replace_once(r', %s, \{0\}' % not_set.group(1), header, ', ' + init, what)
        source = replace_once(
            r'PROTOBUF_C_LABEL_NONE,\n    (\w+),\n    offsetof\(%s, %s_case\),\n    (.*),\n    (.*),\n    (.*),\n'
            r'    0(.*) \| PROTOBUF_C_FIELD_FLAG_ONEOF,' % (c_type, re.escape(oneof)), source,
            r'PROTOBUF_C_LABEL_OPTIONAL,\n    \1,\n    %s,\n    \2,\n    \3,\n    NULL,\n    0\5,'
            % ('0' if pointer else 'offsetof(%s, has_%s)' % (c_type, member)), what)
    return header, source


def hook_side(message, names, source):
    lower = names.message[message.name][1]
    return replace_once(r'^(  \(ProtobufCMessageInit\) %s__init,\n  )NULL,NULL,NULL' % lower, source,
                        r'\1(void *)&%s__side,NULL,NULL' % lower, 'the descriptor of ' + message.name)


FIELD = re.compile(r'^  \{\n    "(\w+)",\n    \d+,\n    PROTOBUF_C_LABEL_(\w+),\n    PROTOBUF_C_TYPE_(\w+),\n'
                   r'    (.*?),(?:   /\* quantifier_offset \*/)?\n    (offsetof\(.*\)),\n', re.M)
LONG_TYPES = ('INT64', 'SINT64', 'SFIXED64', 'UINT64', 'FIXED64', 'DOUBLE')


def look(label, kind, quantifier, offset, in_oneof):
    """enum pb_look of server/pb/pb_side.h, and where to look: see pb_is_set."""
    if label == 'REPEATED':
        return 'PB_LOOK_LONG', quantifier
    if in_oneof:
        return 'PB_LOOK_CASE', offset
    if kind == 'MESSAGE' or label == 'OPTIONAL' and kind == 'STRING':
        return 'PB_LOOK_LONG', offset
    if label == 'OPTIONAL':
        return 'PB_LOOK_WORD', quantifier
    if kind == 'STRING':
        return 'PB_LOOK_TEXT', offset
    return ('PB_LOOK_LONG' if kind in LONG_TYPES + ('BYTES',) else 'PB_LOOK_WORD'), offset


def looks(message, lower, source):
    """A (look, offset) for each field of a message, in the order of its descriptor."""
    start = source.find('ProtobufCFieldDescriptor %s__field_descriptors[' % lower)
    fields = FIELD.findall(source[start:source.index('\n};', start)]) if start >= 0 else []
    if [f[0] for f in fields] != [f.name for f in message.fields]:
        raise GenError('protoc-gen-c: %s has other fields than expected' % message.name)
    return [look(label, kind, quantifier, offset, field.HasField('oneof_index') and not field.proto3_optional)
            for (_, label, kind, quantifier, offset), field in zip(fields, message.fields)]


def generate(program, model, files):
    """(names, header text, source text) of all files of the model in one."""
    texts = run_protoc_gen_c(program, files, {f.name for f in model.files})
    order = [f.name for f in model.files]
    header = '\n'.join(texts[name][0] for name in order)
    source = '\n'.join(texts[name][1] for name in order)
    header = re.sub(r'^#include ".*\.pb-c\.h"\n', '', header, flags=re.M)
    source = re.sub(r'^#include ".*\.pb-c\.h"\n', '', source, flags=re.M)
    names = Names(header, source)
    for message in model.messages:
        header, source = fix_optional(message, names, header, source)
        source = hook_side(message, names, source)
    header = re.sub(r'^( +(?! |ProtobufCMessage base;).*\b)base;$', r'\1base_;', header, flags=re.M)
    source = re.sub(r'(offsetof\(\w+), base\)', r'\1, base_)', source)
    header = re.sub(r'^ *PROTOBUF_C__FORCE_ENUM_TO_BE_INT_SIZE\(.*\)\n', '', header, flags=re.M)
    names.looks = {message.name: looks(message, names.message[message.name][1], source) for message in model.messages}
    return names, header, source
