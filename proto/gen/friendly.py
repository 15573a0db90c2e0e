"""Short names for the messages and enums of chosen packages: Order instead of Paidan__V1__Order."""

import re

from model import GenError


class Scope:
    """All short names of one generated header; two of the same are an error of the .proto files."""

    def __init__(self):
        self.owner = {}
        self.lines = []

    def add(self, name, owner, line):
        if name in self.owner:
            raise GenError('the short name %s stands for both %s and %s: rename one'
                           % (name, self.owner[name], owner))
        self.owner[name] = owner
        self.lines.append(line)

    def typedef(self, name, owner, c_type):
        self.add(name, owner, 'typedef %s %s;' % (c_type, name))

    def define(self, name, owner, value):
        self.add(name, owner, '#define %s %s' % (name, value))


def local_name(full, package):
    return full[len(package) + 1:].replace('.', '_')


def snake(name):
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name)


def methods(scope, model, packages, rules):
    """Roles, flags and caching (server/txn/txn.h) of the methods."""
    for full, proto, file in model.services:
        for m in proto.method if file.package in packages else []:
            owner = '%s/%s' % (full, m.name)
            name = '%s_%s' % (local_name(full, file.package), m.name)
            flags = 'STREAMS' if m.server_streaming else 'READS' if m.options.idempotency_level == \
                m.options.NO_SIDE_EFFECTS else 'WRITES'
            scope.define(name + '_ROLES', owner, '0x%xU' % rules.roles(owner))
            scope.define(name + '_FLAGS', owner, '(%s)' % ' | '.join(['METHOD_' + flags] + rules.flags(owner)))
            scope.define(name + '_CACHE_S', owner, '%dU' % rules.cache_s(owner))


def friendly(model, names, packages, rules):
    scope = Scope()
    methods(scope, model, packages, rules)
    packaged = {m.name: m.file.package for m in model.messages}
    for message, field, what, number in rules.bounds:
        if packaged.get(message) in packages:
            scope.define('%s_%s_%s' % (local_name(message, packaged[message]), field, what),
                         '%s.%s' % (message, field), number)
    for message in model.messages:
        package = message.file.package
        if package not in packages:
            continue
        c_type, lower = names.message[message.name]
        name = local_name(message.name, package)
        scope.typedef(name, message.name, c_type)
        scope.define(name + '_desc', message.name, lower + '__descriptor')
        scope.define(name + '_init', message.name, lower + '__init')
        scope.define(name + '_INIT', message.name, lower.upper() + '__INIT')
        oneofs(scope, message, names, name)
    for full, proto, file in model.enums:
        if file.package not in packages:
            continue
        c_type, prefix = names.enum[full]
        name = local_name(full, file.package)
        scope.typedef(name, full, c_type)
        scope.define(name + '_desc', full, prefix.lower() + 'descriptor')
        for value in proto.value:
            scope.define(value.name, full + '.' + value.name, prefix + value.name.upper())
    return '\n'.join(scope.lines)


def oneofs(scope, message, names, name):
    """`oneof who { string member_id = 1; }` of Order: type Order_WhoCase, ORDER_WHO_CASE_MEMBER_ID, …_NOT_SET."""
    synthetic = message.synthetic_oneofs()
    for i, oneof in enumerate(message.proto.oneof_decl):
        if i in synthetic:
            continue
        owner = message.name + '.' + oneof.name
        numbers = {str(f.number): f.name for f in message.fields if f.HasField('oneof_index') and f.oneof_index == i}
        for c_type, values in names.oneof_case.items():
            if c_type.startswith(names.message[message.name][0] + '__') and {n for _, n in values} == set(numbers) | {'0'}:
                break
        else:
            raise GenError('protoc-gen-c: the oneof %s not found' % owner)
        scope.typedef(name + '_' + c_type.rsplit('__', 1)[1], owner, c_type)
        prefix = '%s_%s_CASE_' % (snake(name).upper(), oneof.name.upper())
        for value, number in values:
            scope.define(prefix + (numbers[number].upper() if number != '0' else 'NOT_SET'), owner, value)
