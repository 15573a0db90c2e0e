#!/usr/bin/python3
"""What proto/gen/pbgen.py refuses, and that it says why. usage: check_pbgen.py PBGEN"""

import os
import subprocess
import sys
import tempfile

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
    ('not a .proto at all', {'a.proto': 'message {'}, 'protoc failed'),
]


def run(pbgen, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            syntax = 'proto2' if 'SYNTAX2' in text else 'proto3'
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
                f.write('syntax = "%s"; package t; %s' % (syntax, text.replace('SYNTAX2', '')))
        return subprocess.run([sys.executable, pbgen, '--out', folder, '--name', 'x_pb', '-I', folder,
                               '--friendly', 't', os.path.join(folder, 'a.proto')],
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
