#!/usr/bin/python3
"""What proto/gen/pbgen.py refuses, and that it says why. usage: check_pbgen.py PBGEN"""

import os
import subprocess
import sys
import tempfile

PROTO = os.path.join(os.path.dirname(os.path.abspath(sys.argv[1])), os.pardir)
SCHEMA = [arg for name in ('google/protobuf/descriptor', 'paidan/v1/common', 'paidan/v1/options')
          for arg in ('--schema', name + '.proto')]
ACCESS = 'option (paidan.v1.access) = {roles: [ROLE_ADMIN]};'


def rules(access, fields):
    """A method that takes a message with these fields."""
    return ('import "paidan/v1/options.proto"; service S { rpc M(Q) returns (A) { %s } } message A {} message Q { %s } '
            % (access, fields))


CASES = [
    ('fine', {'a.proto': 'message A { B b = 1; } message B { optional int32 x = 1; }'}, None),
    ('a message in itself', {'a.proto': 'message A { A a = 1; }'}, 'message t.A is recursive (t.A.a -> t.A)'),
    ('through another', {'a.proto': 'message A { B b = 1; } message B { repeated A list = 1; }'},
     'message t.A is recursive (t.A.b -> t.B.list -> t.A)'),
    ('through a map', {'a.proto': 'message A { map<string, A> m = 1; }'}, 'is recursive'),
    ('through a oneof', {'a.proto': 'message A { oneof o { int32 i = 1; A a = 2; } }'}, 'is recursive'),
    ('two with one C name', {'a.proto': 'message A_B {} message A { message B {} }'},
     't.A_B and t.A.B have the same C name'),
    ('two with one short name', {'a.proto': 'message A {} enum E { A_desc = 0; }'},
     'the short name A_desc stands for both t.A and t.E.A_desc'),
    ('fields with one JSON name', {'a.proto': 'message A { int32 a_b = 1; int32 c = 2 [json_name = "a_b"]; }'},
     'share the JSON name a_b'),
    ('proto2', {'a.proto': 'SYNTAX2 message A {}'}, 'only proto3 is supported'),
    ('an import that is not listed', {'a.proto': 'import "b.proto"; message A { B b = 1; }',
                                      'b.proto': 'message B {}'}, 'b.proto is imported but neither listed'),
    ('a method that anybody may call', {'a.proto': rules('', '')}, 't.S.M: who may call it?'),
    ('fine rules', {'a.proto': rules(ACCESS, 'string a = 1 [(paidan.v1.rule).max_chars = 3];')}, None),
    ('a text without a bound', {'a.proto': rules(ACCESS, 'string a = 1;')},
     't.Q.a: a text from outside needs a bound: [(rule).max_chars = N]'),
    ('a text without a bound further in', {'a.proto': rules(ACCESS, 'R r = 1;') + 'message R { string a = 1; }'},
     't.R.a: a text from outside needs a bound'),
    ('bytes without a bound', {'a.proto': rules(ACCESS, 'bytes a = 1;')}, 't.Q.a: what comes from outside needs a bound'),
    ('a list without a bound', {'a.proto': rules(ACCESS, 'repeated int32 a = 1;')}, 't.Q.a: a list from outside needs'),
    ('pages without a bound', {'a.proto': rules(ACCESS, 'uint32 page_size = 1;')}, 't.Q.page_size: how many at most?'),
    ('a map', {'a.proto': rules(ACCESS, 'map<string, string> a = 1;')}, 't.Q.a: maps in requests have no rules'),
    ('a rule for another type', {'a.proto': rules(ACCESS, 'bool a = 1 [(paidan.v1.rule).max = 3];')},
     't.Q.a: the rule max is not for such a field'),
    ('a value that the enum has not', {'a.proto': rules(ACCESS, 'E a = 1 [(paidan.v1.rule).one_of = "F"];')
                                       + 'enum E { Z = 0; }'}, 't.Q.a: one_of: F is not a value of the enum'),
    ('a field that is not there', {'a.proto': rules(ACCESS, 'R r = 1 [(paidan.v1.rule).needs = "b"];')
                                   + 'message R { int32 a = 1; }'}, 't.Q.r: needs: t.R has no field b'),
    ('not a .proto at all', {'a.proto': 'message {'}, 'protoc failed'),
]


def run(pbgen, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            syntax = 'proto2' if 'SYNTAX2' in text else 'proto3'
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
                f.write('syntax = "%s"; package t; %s' % (syntax, text.replace('SYNTAX2', '')))
        return subprocess.run([sys.executable, pbgen, '--out', folder, '--name', 'x_pb', '-I', folder, '-I', PROTO,
                               '--friendly', 't', '--rules', 't', *SCHEMA, os.path.join(folder, 'a.proto')],
                              stderr=subprocess.PIPE, text=True, check=False)


def main():
    failed = 0
    for what, files, expected in CASES:
        result = run(sys.argv[1], files)
        good = result.returncode == 0 if expected is None else result.returncode != 0 and expected in result.stderr
        if not good:
            failed += 1
            print('%s: exit %d, %s' % (what, result.returncode, result.stderr.strip()))
    print('%d cases, %d failed' % (len(CASES), failed))
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
