#!/usr/bin/python3
"""Writes the API's documentation in Markdown: a page for each service, one of errors, one of limits, an index.

All of it comes from where it holds: comments, rules and access from the .proto files, errors from server/base/err.h,
bounds from server/base/limits.h, commands from client/cli, examples from proto/examples (a story that the tests play).
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

import story
from model import Field, Model
from rules import FLOATS, INTEGERS, Options

PACKAGE = 'paidan.v1.'
ROLES = {0: 'anybody', 1: 'residents', 2: 'members', 3: 'operators', 4: 'administrators', 5: 'the broker',
         6: 'backends', 7: 'screens'}
TYPES = {Field.TYPE_DOUBLE: 'double', Field.TYPE_FLOAT: 'float', Field.TYPE_INT64: 'int64', Field.TYPE_UINT64: 'uint64',
         Field.TYPE_INT32: 'int32', Field.TYPE_UINT32: 'uint32', Field.TYPE_BOOL: 'bool', Field.TYPE_STRING: 'string',
         Field.TYPE_BYTES: 'bytes'}
ERROR = re.compile(r'X\((\w+),\s*(\w+),\s*(\d+),\s*"([^"]*)",\s*"([^"]*)"\)')


def descriptors(protoc, roots, files):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run([protoc, '--include_imports', '--include_source_info', '--descriptor_set_out=' + out.name]
                       + ['-I' + root for root in roots] + files, check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(out.read()).file


def comments(files):
    """(file name, path of numbers) -> the comment before it."""
    return {(file.name, tuple(at.path)): ' '.join(at.leading_comments.split())
            for file in files for at in file.source_code_info.location}


def cell(text):
    return text.replace('|', '\\|').replace('<', '&lt;')


def table(head, rows):
    lines = ['| %s |' % ' | '.join(head), '|%s' % (' --- |' * len(head))]
    return '\n'.join(lines + ['| %s |' % ' | '.join(row) for row in rows]) + '\n'


def code(kind, text):
    return '```%s\n%s\n```\n' % (kind, text)


def number(value):
    return '%d' % value if value == int(value) else '%g' % value


class Docs:
    def __init__(self, files, names, repo):
        self.repo = repo
        self.model = Model(files, names)
        self.options = Options(files)
        self.comment = comments(files)
        self.enums = {full: (proto, file) for full, proto, file in self.model.all_enums}
        self.paths = {}  # message or enum name -> (file name, path of numbers)
        for file in files:
            for i, proto in enumerate(file.message_type):
                self.paths[file.package + '.' + proto.name] = (file.name, (4, i))
            for i, proto in enumerate(file.enum_type):
                self.paths[file.package + '.' + proto.name] = (file.name, (5, i))
        self.commands = self.read_commands()
        self.tested = self.read_tested()
        self.examples = self.read_examples()

    def text(self, *path):
        with open(os.path.join(self.repo, *path), encoding='utf-8') as file:
            return file.read()

    # --- what comes from elsewhere ---

    def read_commands(self):
        """Method -> the paidan commands that call it."""
        commands = {}
        folder = os.path.join(self.repo, 'client/cli')
        for name in sorted(n for n in os.listdir(folder) if n.startswith('commands_')):
            text = self.text('client/cli', name)
            nouns = {array: noun for noun, array in re.findall(r'NOUN\("([\w-]+)",\s*\w+,\s*(\w+)', text)}
            for array, body in re.findall(r'struct command (\w+)\[\] = \{\n(.*?)\n\};', text, re.S):
                rows = re.findall(r'(?:\.verb = |\b[A-Z_]+\()"([\w-]+)",\s*(?:\.method = )?"(\w+Service/\w+)"', body)
                for verb, method in rows if array in nouns else []:
                    commands.setdefault(method, []).append('paidan %s %s' % (nouns[array], verb))
        return commands

    def read_tested(self):
        """Method -> the reasons with which the tests see it refuse."""
        reasons = {}
        rows = re.findall(r"\{'.', \"(\w+)\",\s*(?:\"(?:[^\"\\]|\\.)*\"\s*)+,\s*\"(\w+)\"",
                          self.text('tests/unit/test_service_inputs.c'))
        for method, reason in rows:
            reasons.setdefault(method, set()).add(reason)
        return reasons

    def read_examples(self):
        """Method -> [(step, values known by then, reply)]."""
        steps = story.read(os.path.join(self.repo, 'proto/examples/story.txt'))
        told = {step.method for step in steps}
        silent = ['%s/%s' % (service.name, method.name) for _, service, _ in self.model.services
                  for method in service.method if '%s/%s' % (service.name, method.name) not in told]
        bare = ['%s/%s' % (service.name, method.name) for _, service, file in self.model.services
                for index, method in enumerate(service.method)
                if not self.comment.get((file.name, self.paths_of_service(file, service) + (2, index)))]
        if bare:
            raise SystemExit('docs: nothing says what %s does: a comment before the rpc' % ', '.join(bare))
        if silent:
            raise SystemExit('docs: no example of %s: each method has a step in proto/examples/story.txt'
                             % ', '.join(silent))
        recorded = json.loads(self.text('proto/examples/replies.json'))
        examples = {}
        for step, record in zip(steps, recorded):
            if step.method != record['method']:
                # No error: the programs that record must be built first. The test of the examples fails.
                print('docs: from %s on without examples: record the replies again' % step.method, file=sys.stderr)
                break
            examples.setdefault(step.method, []).append((step, record['values'], record['reply']))
        return examples

    # --- fields ---

    def type_of(self, field):
        if field.type in (Field.TYPE_MESSAGE, Field.TYPE_ENUM):
            full = field.type_name.lstrip('.')
            name = full.replace(PACKAGE, '')
            shown = '[%s](#%s)' % (name, name.lower()) if full in self.paths and full.startswith(PACKAGE) else name
        else:
            shown = TYPES.get(field.type, 'number')
        return 'list of ' + shown if field.label == Field.LABEL_REPEATED else shown

    def rule_of(self, field):
        rule = self.options.rule(field)
        if rule is None:
            return ''
        if rule.output_only:
            return 'in replies only'
        parts = ['**required**'] if rule.required else []
        if rule.min_chars:
            parts.append('at least %d characters' % rule.min_chars)
        if rule.max_chars:
            parts.append('at most %d characters' % rule.max_chars)
        if rule.max_bytes:
            parts.append('at most %d bytes' % rule.max_bytes)
        if rule.max_items:
            parts.append('%d to %d items' % (rule.min_items, rule.max_items))
        low, high = rule.HasField('min'), rule.HasField('max')
        if low and high:
            parts.append('%s to %s' % (number(rule.min), number(rule.max)))
        elif low or high:
            parts.append('at least ' + number(rule.min) if low else 'at most ' + number(rule.max))
        for kind in ('form', 'id'):
            if getattr(rule, kind):
                parts.append(self.options.value(self.options.named(rule, kind))[1])
        if rule.one_of:
            parts.append('one of ' + ', '.join('`%s`' % v for v in rule.one_of))
        if rule.needs:
            parts.append('with ' + ', '.join('`%s`' % n for n in rule.needs))
        if rule.paths:
            parts.append('of ' + ', '.join('`%s`' % p for p in rule.paths))
        if rule.rows:
            parts.append('each on its own')
        return ', '.join(parts)

    def fields(self, full, request):
        file_name, path = self.paths[full]
        proto = self.model.by_name[full].proto
        if not proto.field:
            return 'No fields.\n'
        rows = []
        for i, field in enumerate(proto.field):
            words = self.comment.get((file_name, path + (2, i)), '')
            row = ['`%s`' % field.json_name, self.type_of(field), self.rule_of(field), words]
            rows.append([cell(c) for c in (row if request else row[:2] + row[3:])])
        return table(('field', 'type', 'rule', 'meaning') if request else ('field', 'type', 'meaning'), rows)

    def held(self, full, found):
        """The messages and enums that a message holds, in the order of their first use."""
        for field in self.model.by_name[full].proto.field:
            name = field.type_name.lstrip('.')
            if name.startswith(PACKAGE) and name in self.paths and name not in found:
                found.append(name)
                if field.type == Field.TYPE_MESSAGE:
                    self.held(name, found)

    # --- pages ---

    def errors_of(self, method):
        names = {f.name for f in self.model.by_name[method.input_type.lstrip('.')].proto.field}
        reasons = set(self.tested.get(method.name, ()))
        reasons |= {'UNAUTHENTICATED', 'PERMISSION_DENIED'}
        if 'request_id' in names:
            reasons |= {'REQUEST_ID_REUSED', 'CONFLICT', 'FIELD_INVALID'}
        if 'page_token' in names:
            reasons |= {'PAGE_TOKEN_INVALID', 'FIELD_OUT_OF_RANGE'}
        if 'after' in names:
            reasons |= {'EVENTS_GONE'}
        if 'etag' in names:
            reasons |= {'ETAG_STALE'}
        return ', '.join('[%s](errors.md#%s)' % (r, r.lower()) for r in sorted(reasons))

    def example(self, method):
        """Of a method that is called several times the first, and the first that is refused."""
        told = self.examples.get(method, [])
        parts = []
        for shown in (next((t for t in told if not t[0].reason), None), next((t for t in told if t[0].reason), None)):
            if shown is None:
                continue
            step, values, reply = shown
            for detail in reply.get('details', ()):
                detail['value'] = '…'
            parts += [step.words + '\n', code('sh', step.curl(values)),
                      code('json', json.dumps(reply, ensure_ascii=False, indent=2))]
        return ['Example:\n'] + parts if parts else []

    def method(self, service, index, file, method):
        full = '%s/%s' % (service.name, method.name)
        at = self.paths_of_service(file, service)
        access = self.options.access(method)
        reads = method.options.idempotency_level == method.options.NO_SIDE_EFFECTS
        kind = 'A stream.' if method.server_streaming else 'Reads; may be sent as a GET.' if reads else \
            'Writes. Repeated with the same `requestId` (or `Idempotency-Key`) it is done once and answered again.'
        who = ', '.join(ROLES[r] for r in access.roles) + (', with the root key' if access.root else '')
        facts = ['`POST /%s%s`' % (PACKAGE, full), 'Who: %s.' % who, kind]
        if full in self.commands:
            facts.append('Command: ' + ', '.join('`%s`' % c for c in self.commands[full]) + '.')
        if access.cache_s:
            facts.append('The same for everybody: what a GET gave may be kept for %d s.' % access.cache_s)
        facts.append('Errors: %s.' % self.errors_of(method))
        parts = ['## %s\n' % method.name, self.comment.get((file.name, at + (2, index)), '') + '\n',
                 '\n'.join('- ' + f for f in facts) + '\n',
                 'Request:\n', self.fields(method.input_type.lstrip('.'), True),
                 'Reply:\n' if not method.server_streaming else 'Each message:\n',
                 self.fields(method.output_type.lstrip('.'), False)]
        return parts + self.example(full)

    @staticmethod
    def paths_of_service(file, service):
        return (6, [s.name for s in file.service].index(service.name))

    def service(self, service, file):
        found = []
        parts = ['# %s\n' % service.name, self.comment.get((file.name, self.paths_of_service(file, service)), '') + '\n',
                 table(('method', ''), [['[%s](#%s)' % (m.name, m.name.lower()), cell(self.comment.get(
                     (file.name, self.paths_of_service(file, service) + (2, i)), ''))]
                     for i, m in enumerate(service.method)])]
        for index, method in enumerate(service.method):
            parts += self.method(service, index, file, method)
            for side in (method.input_type, method.output_type):
                self.held(side.lstrip('.'), found)
        if found:
            parts.append('## Messages and enums\n')
        for name in found:
            parts.append('### %s\n' % name.replace(PACKAGE, ''))
            parts.append(self.comment.get(self.paths[name], '') + '\n')
            parts.append(self.enum(name) if name in self.enums else self.fields(name, True))
        return '\n'.join(p for p in parts if p.strip())

    def enum(self, name):
        file_name, path = self.paths[name]
        return table(('value', 'number', 'meaning'),
                     [['`%s`' % v.name, str(v.number), cell(self.comment.get((file_name, path + (2, i)), ''))]
                      for i, v in enumerate(self.enums[name][0].value)])

    def errors(self):
        flat = re.sub(r'\\\s*\n\s*', ' ', self.text('server/base/err.h'))
        rows = [['<a id="%s"></a>`%s`' % (name.lower(), name), status, http, en, zh]
                for name, status, http, zh, en in ERROR.findall(flat)]
        return '\n'.join(('# Errors\n',
                          'Every error has a stable `reason` and its texts in both languages in a detail, '
                          '`paidan.v1.ErrorInfo`. When fields of the request are wrong, a `google.rpc.BadRequest` '
                          'beside it names all of them, with reason, what is asked for, and the same in Chinese. '
                          'gRPC has both in `grpc-status-details-bin`, Connect in `details` of its error JSON.\n',
                          table(('reason', 'gRPC status', 'HTTP', 'English', '中文'), rows)))

    def limits(self):
        text = self.text('server/base/limits.h')
        rows, section, reason = [], '', []
        parts = ['# Limits\n', 'What comes from outside is bounded. Bounds of single fields stand with the fields.\n']

        def flush():
            if rows:
                parts.extend(['## %s\n' % section.capitalize(), table(('bound', 'value', 'why'), rows)])
                rows.clear()

        for line in text[text.index('enum {'):].split('\n'):
            line = line.strip()
            head = re.match(r'/\* --- (.*) --- \*/', line)
            value = re.match(r'LIMIT_(\w+) = (.*),', line)
            if head:
                flush()
                section, reason = head.group(1), []
            elif value:
                rows.append(['`%s`' % value.group(1), value.group(2), cell(' '.join(reason))])
                reason = []
            elif line.startswith(('/*', '*')):
                reason.append(line.strip('/* '))
        flush()
        return '\n'.join(parts)

    def index(self):
        rows = [['[%s](%s)' % (proto.name, page_of(file)), cell(self.comment.get(
            (file.name, self.paths_of_service(file, proto)), ''))] for _, proto, file in self.model.services]
        return '\n'.join((
            '# The API of paidan\n',
            'One TLS port speaks gRPC and Connect; the examples are Connect with JSON, as curl sends it. '
            '`$URL`, `$CA` and the keys are of your broker. They were played in the order of a story, from an empty broker '
            'to a rated order, and the tests play them again.\n',
            table(('service', ''), rows), '[Errors](errors.md), [limits](limits.md).\n'))


def page_of(file):
    return os.path.basename(file.name).replace('.proto', '.md')


def check_links(pages):
    anchors = {name: {h.lower() for h in re.findall(r'^#+ (.*)$', text, re.M)} | set(re.findall(r'<a id="(\w+)">', text))
               for name, text in pages.items()}
    for name, text in pages.items():
        for page, anchor in re.findall(r'\]\(([\w.]*)(?:#(\w+))?\)', text):
            if (page or name) not in anchors or anchor and anchor not in anchors[page or name]:
                raise SystemExit('docs: %s links to %s#%s, which is not there' % (name, page, anchor))


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--out', required=True)
    p.add_argument('--protoc', default='protoc')
    p.add_argument('--repo', required=True)
    p.add_argument('files', nargs='+', help='as the imports name them')
    args = p.parse_args()
    docs = Docs(descriptors(args.protoc, [os.path.join(args.repo, 'proto')], args.files), set(args.files), args.repo)
    pages = {'index.md': docs.index(), 'errors.md': docs.errors(), 'limits.md': docs.limits()}
    for _, proto, file in docs.model.services:
        pages[page_of(file)] = docs.service(proto, file)
    check_links(pages)
    for name, text in pages.items():
        with open(os.path.join(args.out, name), 'w', encoding='utf-8') as out:
            out.write(text)


if __name__ == '__main__':
    main()
