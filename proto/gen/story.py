"""The examples of the documentation: a story of requests, told in order, that the tests play against a broker.

proto/examples/story.txt has a step for each paragraph:

    # Words about it.
    @ backend:resident/$resident OrderService/PlaceOrder order=order.id
    {"categoryId": "$category", "title": "…"}

who calls (root, admin, operator, backend, also on somebody's behalf; nobody:TENANT has yet to sign in), the method, what is kept of the reply under
which name, `!REASON` when it is to be refused; then the request, JSON that may use what was kept. `*` behind the method
says that it is a stream, of which the first message is shown. `$code` is of the authenticator whose `secret` was kept.
proto/examples/replies.json has what the steps were answered when they were recorded (tests/e2e/test_docs.py --record).
"""

import json
import re
import shlex

STEP = re.compile(r'^@ (\w+)(?::(\S+))? (\w+/\w+)( \*)?((?: \S+=\S+)*)(?: !(\w+))?$')
# A stream has no end of its own.
STREAM_MS = 2000


class StoryError(Exception):
    """A paragraph that can't be read, or a name that was not kept before."""


class Step:
    def __init__(self, paragraph):
        lines = paragraph.strip().split('\n')
        self.words = ' '.join(line[1:].strip() for line in lines if line.startswith('#'))
        rest = [line for line in lines if not line.startswith('#')]
        found = STEP.match(rest[0])
        if found is None:
            raise StoryError('not a step: ' + rest[0])
        self.key, self.act_as, self.method, stream, kept, self.reason = found.groups()
        self.stream = stream is not None
        self.kept = [pair.split('=') for pair in kept.split()]
        self.body = '\n'.join(rest[1:])

    def expand(self, text, values):
        def value(match):
            if match.group(1) not in values:
                raise StoryError('%s: $%s is not known' % (self.method, match.group(1)))
            return values[match.group(1)]
        return re.sub(r'\$(\w+)', value, text)

    def request(self, values):
        return json.loads(self.expand(self.body, values))

    def curl(self, values):
        """The command, with the keys, the authority and the address in variables of the shell."""
        body = json.dumps(self.request(values), ensure_ascii=False)
        lines = ['curl -sS --cacert "$CA" "$URL/paidan.v1.%s"' % self.method]
        if self.key == 'nobody':
            lines.append("-H 'X-Paidan-Tenant: %s'" % self.act_as)
        else:
            lines.append('-H "Authorization: Bearer $%s_KEY"' % self.key.upper())
        if self.act_as and self.key != 'nobody':
            lines.append("-H 'X-Paidan-Act-As: %s'" % self.expand(self.act_as, values))
        if not self.stream:
            return ' \\\n  '.join(lines + ["-H 'Content-Type: application/json'", '-d ' + shlex.quote(body)])
        # A frame: a byte of flags, four of length, the message.
        head = ''.join('\\0%03o' % byte for byte in b'\0' + len(body.encode()).to_bytes(4, 'big'))
        lines += ["-H 'Content-Type: application/connect+json' -H 'Connect-Timeout-Ms: %d'" % STREAM_MS,
                  '--data-binary @-']
        return "printf '%%b%%s' '%s' %s |\n  %s" % (head, shlex.quote(body), ' \\\n  '.join(lines))

    def reply(self, body):
        """What the curl command printed: a message, or the first of a stream."""
        return json.loads(body[5:5 + int.from_bytes(body[1:5], 'big')] if self.stream else body)

    def keep(self, reply, values):
        for name, path in self.kept:
            at = reply
            for part in path.split('.'):
                at = at[int(part)] if part.isdigit() else at[part]
            values[name] = at


def read(path):
    """The steps of a story."""
    with open(path, encoding='utf-8') as file:
        text = file.read()
    return [Step(p) for p in re.split(r'\n\s*\n', text) if any(line.startswith('@') for line in p.split('\n'))]
