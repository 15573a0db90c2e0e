"""The tables of server/pb/pb_side.h."""

from model import Field, GenError, join

WRAPPED = ('Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes')
KINDS = {
    'Timestamp': 'PB_TIMESTAMP',
    'Duration': 'PB_DURATION',
    'FieldMask': 'PB_FIELD_MASK',
    'Struct': 'PB_STRUCT',
    'Value': 'PB_VALUE',
    'ListValue': 'PB_LIST_VALUE',
    'Any': 'PB_ANY',
    **{name + 'Value': 'PB_WRAPPER' for name in WRAPPED},
}
KINDS = {'google.protobuf.' + name: kind for name, kind in KINDS.items()}

FNV_BASIS, FNV_PRIME, MASK64 = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1


def presence(model, field):
    if model.is_map(field):
        return 'PB_MAP'
    if field.label == Field.LABEL_REPEATED:
        return 'PB_REPEATED'
    if field.proto3_optional or field.type == Field.TYPE_MESSAGE and not field.HasField('oneof_index'):
        return 'PB_EXPLICIT'
    return 'PB_ONEOF' if field.HasField('oneof_index') else 'PB_IMPLICIT'


def quote(text):
    """A C string literal; the texts are names, so only the quotes of a key need care."""
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def flag(value):
    return 'true' if value else 'false'


def array(kind, name, rows):
    """An array, or for no rows a macro: C has no empty arrays."""
    if not rows:
        return '#define %s NULL' % name
    return 'static const %s %s[] = {\n%s\n};' % (kind, name, '\n'.join('\t%s,' % row for row in rows))


def message_side(model, names, rules, message):
    lower = names.message[message.name][1]
    rows, table = [], {}
    for i, field in enumerate(message.fields):
        key = '"%s":' % field.json_name
        rows.append('{%s, %d, %s, %s, %s}' % (quote(key), len(key), presence(model, field), *names.looks[message.name][i]))
        for name in {field.name, field.json_name}:
            if name in table:
                raise GenError('%s: field %s and another share the JSON name %s' % (message.name, field.name, name))
            table[name] = i
    by_name = sorted(table, key=lambda n: (len(n.encode()), n.encode()))
    out = [array('struct pb_field', lower + '__side_fields', rows),
           array('struct pb_name', lower + '__side_names',
                 ['{%s, %d, %d}' % (quote(n), len(n), table[n]) for n in by_name])]
    asked = rules.rows.get(message.name, [])
    out.append(array('struct pb_rule', lower + '__side_rules', asked))
    out.append('const struct pb_side %s__side = {\n\t&%s__descriptor, %s__side_fields, %s__side_names,\n'
               '\t%d, %s, %s, %s, %s__side_rules, %d,\n};'
               % (lower, lower, lower, lower, len(by_name), KINDS.get(message.name, 'PB_PLAIN'),
                  flag(any(model.is_map(f) for f in message.fields)), flag(message.map_entry), lower, len(asked)))
    return '\n'.join(out)


def files(model):
    out, rows = [], []
    index = {}
    for i, file in enumerate(sorted(model.files + model.schema, key=lambda f: f.name)):
        index[file.name] = i
        data = file.SerializeToString(deterministic=True)
        lines = [', '.join('%d' % b for b in data[at:at + 24]) for at in range(0, len(data), 24)]
        out.append(array('uint8_t', 'file%d_descriptor' % i, lines))
        out.append(array('char *const', 'file%d_imports' % i, [quote(d) for d in file.dependency] + ['NULL']))
        rows.append('{%s, file%d_descriptor, sizeof(file%d_descriptor), file%d_imports}' % (quote(file.name), i, i, i))
    out.append(array('struct pb_file', 'files', rows))
    return index, '\n'.join(out)


def symbols(model, file_index):
    table = {m.name: m.file.name for m in model.messages}
    for full, proto, file in model.enums:
        table[full] = file.name
        scope = full.rpartition('.')[0]
        table.update({join(scope, v.name): file.name for v in proto.value})
    for full, proto, file in model.services:
        table[full] = file.name
        table.update({join(full, m.name): file.name for m in proto.method})
    for file in model.schema:
        for proto in list(file.message_type) + list(file.enum_type) + list(file.extension):
            table[join(file.package, proto.name)] = file.name
    return array('struct pb_symbol', 'symbols',
                 ['{%s, %d}' % (quote(name), file_index[table[name]]) for name in sorted(table)]), len(table)


def perfect_hash(paths):
    """(bits, seed, slots): slot of a path is fnv1a64(path) * seed >> (64 - bits), no two alike."""
    hashes = []
    for path in paths:
        h = FNV_BASIS
        for byte in path.encode():
            h = ((h ^ byte) * FNV_PRIME) & MASK64
        hashes.append(h)
    bits = max(1, (2 * len(paths)).bit_length())
    while bits <= 16:
        seed = 0x9E3779B97F4A7C15
        for _ in range(2000):
            slots = {((h * seed) & MASK64) >> (64 - bits) for h in hashes}
            if len(slots) == len(hashes):
                table = [0] * (1 << bits)
                for i, h in enumerate(hashes):
                    table[((h * seed) & MASK64) >> (64 - bits)] = i + 1
                return bits, seed, table
            seed = (seed * 6364136223846793005 + 1442695040888963407) & MASK64 | 1
        bits += 1
    raise GenError('no perfect hash found for %d methods' % len(paths))


def services(model, names, rules):
    rows, paths, service_rows = [], [], []
    for full, proto, _ in model.services:
        service_rows.append('{%s, methods + %d, %d}' % (quote(full), len(rows), len(proto.method)))
        for m in proto.method:
            level = m.options.idempotency_level
            paths.append('/%s/%s' % (full, m.name))
            types = ['&%s__descriptor' % names.lower(t.lstrip('.')) for t in (m.input_type, m.output_type)]
            own = paths[-1][1:]
            rows.append('{%s, %s, %s, %s, %s, %s, %s, %s, %s, 0x%x, %s}'
                        % (quote(paths[-1]), quote(full), quote(m.name), types[0], types[1],
                           flag(m.client_streaming), flag(m.server_streaming),
                           flag(level == m.options.NO_SIDE_EFFECTS), flag(level != 0),
                           rules.roles(own), flag(rules.root(own))))
    bits, seed, table = perfect_hash(paths)
    lines = [', '.join(str(v) for v in table[at:at + 32]) for at in range(0, len(table), 32)]
    out = [array('struct pb_method', 'methods', rows), array('struct pb_service', 'services', service_rows),
           array('uint16_t', 'method_slots', lines)]
    return '\n'.join(out), len(service_rows), len(rows), bits, seed


def generate(model, names, rules, set_name):
    parts = ['static const struct pb_form %s = %s;' % form for form in sorted(rules.forms.items())]
    parts += [message_side(model, names, rules, m) for m in model.messages]
    sorted_messages = sorted(model.messages, key=lambda m: m.name)
    parts.append(array('struct pb_side *const', 'messages',
                       ['&%s__side' % names.message[m.name][1] for m in sorted_messages]))
    file_index, text = files(model)
    parts.append(text)
    text, n_symbols = symbols(model, file_index)
    parts.append(text)
    text, n_services, n_methods, bits, seed = services(model, names, rules)
    parts.append(text)
    parts.append('const struct pb_set %s_set = {\n\tfiles, %d, symbols, %d, messages, %d, services, %d, methods, %d,\n'
                 '\tmethod_slots, UINT64_C(0x%016x), %d,\n};'
                 % (set_name, len(model.files) + len(model.schema), n_symbols, len(model.messages), n_services, n_methods, seed, bits))
    return '\n\n'.join(parts) + '\n'
