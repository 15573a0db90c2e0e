"""The .proto files as protoc understood them, flattened into lists, and what the house forbids in them."""

from google.protobuf import descriptor_pb2

MAX_FIELDS = 512  # PB_MAX_FIELDS of server/pb/pb_side.h
Field = descriptor_pb2.FieldDescriptorProto


class GenError(Exception):
    """A mistake in the .proto files or in this generator's view of them; ends the build."""


class Message:
    def __init__(self, name, proto, file):
        self.name = name  # full, without the leading dot
        self.proto = proto
        self.file = file
        self.fields = sorted(proto.field, key=lambda f: f.number)  # as protobuf-c orders them
        self.map_entry = proto.options.map_entry

    def synthetic_oneofs(self):
        """The one-field oneofs by which protoc marks proto3 `optional`: index -> field."""
        return {f.oneof_index: f for f in self.proto.field if f.proto3_optional}


class Model:
    def __init__(self, files, wanted, schema=()):
        self.files = [f for f in files if f.name in wanted]
        self.schema = [f for f in files if f.name in schema]  # for reflection only: no C code
        self.messages = []
        self.enums = []  # (full name, proto, file)
        self.all_enums = []  # those of imports too
        self.services = []  # (full name, proto, file)
        self.by_name = {}
        for file in files:
            own = file.name in wanted
            for proto in file.message_type:
                self._message(file.package, proto, file, own)
            enums = [(join(file.package, e.name), e, file) for e in file.enum_type]
            self.all_enums += enums
            if own:
                self.enums += enums
                self.services += [(join(file.package, s.name), s, file) for s in file.service]

    def _message(self, scope, proto, file, own):
        message = Message(join(scope, proto.name), proto, file)
        self.by_name[message.name] = message
        enums = [(join(message.name, e.name), e, file) for e in proto.enum_type]
        self.all_enums += enums
        if own:
            self.messages.append(message)
            self.enums += enums
        for nested in proto.nested_type:
            self._message(message.name, nested, file, own)

    def field_message(self, field):
        """The message a field holds, or None."""
        if field.type not in (Field.TYPE_MESSAGE, Field.TYPE_GROUP):
            return None
        return self.by_name[field.type_name.lstrip('.')]

    def is_map(self, field):
        held = self.field_message(field)
        return field.label == Field.LABEL_REPEATED and held is not None and held.map_entry

    def forbid_recursion(self, allowed_files):
        """protobuf-c has no nesting limit, and a record that can nest has no size either."""
        done = set()

        def visit(message, trail):
            for field in message.fields:
                held = self.field_message(field)
                if held is None or held.name in done or held.file.name in allowed_files:
                    continue
                step = '%s.%s' % (message.name, field.name)
                if held.name in [name for name, _ in trail] + [message.name]:
                    loop = [s for _, s in trail] + [step]
                    raise GenError('%s: message %s is recursive (%s -> %s); recursive messages are not allowed'
                                   % (message.file.name, held.name, ' -> '.join(loop), held.name))
                visit(held, trail + [(message.name, step)])
            done.add(message.name)

        for message in self.messages:
            if message.file.name not in allowed_files:
                visit(message, [])

    def forbid_unsupported(self):
        for message in self.messages:
            if len(message.fields) > MAX_FIELDS:
                raise GenError('%s: more than %d fields' % (message.name, MAX_FIELDS))
        for file in self.files:
            if file.syntax != 'proto3':
                raise GenError('%s: only proto3 is supported' % file.name)
            if file.extension:
                raise GenError('%s: extensions are not supported' % file.name)


def join(scope, name):
    return scope + '.' + name if scope else name
