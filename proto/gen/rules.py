"""What the options of paidan/v1/options.proto ask for: rows of rules for server/pb/pb_rule.h, roles of methods.

Rules hold for what comes with requests: the messages that the methods of the chosen packages take, and all that
these contain. There every text, bytes and list must have a bound, and every method must say who may call it.
"""

from google.protobuf import message_factory

from model import Field, GenError

PREFIX = 'paidan.v1.'
INTEGERS = (Field.TYPE_INT32, Field.TYPE_INT64, Field.TYPE_UINT32, Field.TYPE_UINT64, Field.TYPE_SINT32,
            Field.TYPE_SINT64, Field.TYPE_FIXED32, Field.TYPE_FIXED64, Field.TYPE_SFIXED32, Field.TYPE_SFIXED64)
FLOATS = (Field.TYPE_DOUBLE, Field.TYPE_FLOAT)
# Which rules make sense for which fields.
FOR_TEXT = {'required', 'min_chars', 'max_chars', 'form', 'id', 'output_only'}
FOR_LIST = {'min_items', 'max_items', 'rows', 'output_only'}


def text(s):
    """A C string literal."""
    return '"' + s.replace('\\', '\\\\').replace('"', '\\"') + '"'


class Options:
    """The options as messages: protoc's descriptors hold them as unknown fields."""

    def __init__(self, files):
        self.known = any(f.package + '.' == PREFIX and {e.name for e in f.extension} >= {'access', 'rule'}
                         for f in files)
        if not self.known:
            return
        self.factory = message_factory.MessageFactory()
        for file in files:
            self.factory.pool.Add(file)
        self.factory.GetMessages([f.name for f in files])

    def _read(self, of, kind, name):
        holder = self.factory.GetPrototype(self.factory.pool.FindMessageTypeByName('google.protobuf.' + kind))
        read = holder.FromString(of.options.SerializeToString())
        extension = self.factory.pool.FindExtensionByName(PREFIX + name)
        has = read.HasExtension(extension)
        return read.Extensions[extension] if has else None

    def rule(self, field):
        return self._read(field, 'FieldOptions', 'rule') if self.known else None

    def access(self, method):
        return self._read(method, 'MethodOptions', 'access') if self.known else None

    def value(self, enum_value):
        """(letters, English words, Chinese words) of a value of Form or IdKind."""
        words = self._read(enum_value, 'EnumValueOptions', 'words')
        return self._read(enum_value, 'EnumValueOptions', 'letters'), words.en, words.zh

    def named(self, rule, field):
        """The proto of the enum value that a field of a rule holds."""
        enum = rule.DESCRIPTOR.fields_by_name[field].enum_type
        proto = type('', (), {})()
        proto.options = enum.values_by_number[getattr(rule, field)].GetOptions()
        proto.name = enum.values_by_number[getattr(rule, field)].name
        return proto


class Rules:
    def __init__(self, model, files, packages):
        self.model = model
        self.options = Options(files)
        self.rows = {}  # message name -> [C initialisers]
        self.bounds = []  # (message, field, what, number)
        self.forms = {}  # C name -> initialiser
        self.methods = {}  # "service/method" -> Access or None
        self._enums = {full: proto for full, proto, _ in model.all_enums}
        for full, proto, file in model.services:
            for method in proto.method:
                access = self.options.access(method)
                self.methods['%s/%s' % (full, method.name)] = access
                if file.package in packages:
                    self._check_access(full, method, access)
                    self._message(model.by_name[method.input_type.lstrip('.')])

    @staticmethod
    def _check_access(full, method, access):
        if access is None or not access.roles:
            raise GenError('%s.%s: who may call it? option (access) = {roles: [ROLE_…]}' % (full, method.name))
        if access.cache_s and method.options.idempotency_level != method.options.NO_SIDE_EFFECTS:
            raise GenError('%s.%s: cache_s is for methods without side effects' % (full, method.name))

    def _message(self, message):
        """The rules of a message and of all that it contains; whether there are any."""
        if message.name in self.rows:
            return
        self.rows[message.name] = []
        for index, field in enumerate(message.fields):
            row = self._field(message, field)
            if row:
                self.rows[message.name].append('{.field = %d, %s}' % (index, ', '.join(row)))

    def _field(self, message, field):
        name = '%s.%s' % (message.name, field.name)
        rule = self.options.rule(field)
        given = set() if rule is None else {f.name for f, _ in rule.ListFields()}
        if 'output_only' in given:
            return []
        row = self._list(name, field, rule, given) if field.label == Field.LABEL_REPEATED else []
        held = self.model.field_message(field)
        if held is not None:
            row += self._held(name, held, rule, given)
        elif field.type == Field.TYPE_STRING:
            row += self._text(name, rule, given)
        elif field.type == Field.TYPE_BYTES:
            row += self._bound(name, rule, given, 'max_bytes', {'required'})
        elif field.type == Field.TYPE_ENUM:
            row += self._enum(name, field, rule, given)
        elif field.type in INTEGERS + FLOATS:
            row += self._number(name, field, given, rule)
        else:
            self._only(name, given, set())
        if 'required' in given:
            row.append('.required = true')
        for what in ('max_chars', 'max_bytes', 'max_items', 'max'):
            if what in given and getattr(rule, what) == int(getattr(rule, what)):
                self.bounds.append((message.name, field.name, what.upper(), int(getattr(rule, what))))
        return row

    @staticmethod
    def _only(name, given, allowed):
        wrong = sorted(given - allowed)
        if wrong:
            raise GenError('%s: the rule %s is not for such a field' % (name, wrong[0]))

    def _bound(self, name, rule, given, bound, others):
        self._only(name, given, {bound, 'min_items', 'max_items', 'rows'} | others)
        if bound not in given:
            raise GenError('%s: what comes from outside needs a bound: [(rule).%s = N]' % (name, bound))
        return ['.%s = %d' % (bound, getattr(rule, bound))]

    def _list(self, name, field, rule, given):
        if self.model.is_map(field):
            raise GenError('%s: maps in requests have no rules' % name)
        if 'max_items' not in given:
            raise GenError('%s: a list from outside needs a bound: [(rule).max_items = N]' % name)
        return ['.min_items = %d, .max_items = %d' % (rule.min_items, rule.max_items)] \
            + (['.rows = true'] if 'rows' in given else [])

    def _held(self, name, held, rule, given):
        if held.name == 'google.protobuf.FieldMask':
            self._only(name, given, {'required', 'paths'})
            if 'paths' not in given:
                raise GenError('%s: which fields? [(rule) = {paths: […]}]' % name)
            return ['.paths = (const char *const[]){%s, NULL}, .one_of = %s'
                    % (', '.join(text(p) for p in rule.paths), text(', '.join(rule.paths)))]
        self._only(name, given, {'required', 'needs'} | FOR_LIST)
        self._message(held)
        row = ['.message = true'] if self.rows[held.name] or 'needs' in given else []
        if 'needs' in given:
            fields = [f.name for f in held.fields]
            for need in rule.needs:
                if need not in fields:
                    raise GenError('%s: needs: %s has no field %s' % (name, held.name, need))
            row.append('.needs = (const uint16_t[]){%s}, .n_needs = %d'
                       % (', '.join(str(fields.index(n)) for n in rule.needs), len(rule.needs)))
        return row

    def _form(self, rule, field):
        """The C name of the form that `form` or `id` asks for."""
        value = self.options.named(rule, field)
        letters, en, zh = self.options.value(value)
        name = value.name.lower()
        check = 'NULL, "%s"' % letters if letters else 'pb_%s, NULL' % name
        self.forms['form_of_' + name] = '{%s, %s, %s}' % (check, text(en), text(zh))
        return '.form = &form_of_' + name

    def _text(self, name, rule, given):
        self._only(name, given, FOR_TEXT | FOR_LIST)
        if not given & {'max_chars', 'form', 'id'}:
            raise GenError('%s: a text from outside needs a bound: [(rule).max_chars = N]' % name)
        row = ['.text = true']
        row += ['.%s = %d' % (size, getattr(rule, size)) for size in ('min_chars', 'max_chars') if size in given]
        return row + [self._form(rule, kind) for kind in ('form', 'id') if kind in given]

    def _enum(self, name, field, rule, given):
        self._only(name, given, {'required', 'one_of'} | FOR_LIST)
        values = {v.name: v.number for v in self._enums[field.type_name.lstrip('.')].value}
        wanted = list(rule.one_of) if 'one_of' in given else list(values)
        for value in wanted:
            if value not in values:
                raise GenError('%s: one_of: %s is not a value of the enum' % (name, value))
            if values[value] > 63 or values[value] < 0:
                raise GenError('%s: enums in requests have values below 64' % name)
        row = ['.values = UINT64_C(0x%x)' % sum(1 << n for n in {values[v] for v in wanted})]
        return row + (['.one_of = %s' % text(', '.join(wanted))] if 'one_of' in given else [])

    def _number(self, name, field, given, rule):
        self._only(name, given, {'required', 'min', 'max'} | FOR_LIST)
        row = []
        if field.name == 'page_size' and 'max' not in given:
            raise GenError('%s: how many at most? [(rule).max = 200]' % name)
        if field.type in FLOATS or given & {'min', 'max'}:
            row.append('.range = true')
            for end, default in (('min', '-DBL_MAX'), ('max', 'DBL_MAX')):
                row.append('.%s = %s' % (end, repr(getattr(rule, end)) if end in given else default))
        return row

    def roles(self, path):
        access = self.methods[path]
        return 0 if access is None else sum(1 << role for role in set(access.roles))

    def flags(self, path):
        """What else the method's access says, as in enum method_flags."""
        access = self.methods[path]
        names = {'root': 'METHOD_ROOT', 'secret': 'METHOD_UNCLAIMED', 'bare_session': 'METHOD_BARE_SESSION'}
        return [] if access is None else [flag for field, flag in names.items() if getattr(access, field, False)]

    def cache_s(self, path):
        """How long a GET's reply may be kept by anybody."""
        access = self.methods[path]
        return 0 if access is None else access.cache_s

    def root(self, path):
        access = self.methods[path]
        return access is not None and access.root
