#!/usr/bin/python3
"""Makes the C code of a list of .proto files: NAME.h, NAME.c and NAME_side.c.

NAME.h   protobuf-c's structs, plus for each --friendly package:
           Order            the message paidan.v1.Order; Order_Line the nested Order.Line
           Order_desc       its descriptor          (PB_NEW(arena, Order) of pb_message.h builds on it)
           Order_init       its init function       Order_INIT  its initialiser
           OrderState       the enum; its values go by their proto names: ORDER_STATE_PLACED
           OrderService_PlaceOrder_ROLES  who may call the method, a bit for each role; …_FLAGS: METHOD_READS …
           Order_title_MAX_CHARS          a bound that the field's rule sets (rules.py)
           Order_WhoCase    the case of `oneof who`; ORDER_WHO_CASE_MEMBER_ID, ORDER_WHO_CASE_NOT_SET
NAME.c   protobuf-c's descriptors.
NAME_side.c  the set NAME_set (server/pb/pb_side.h): JSON names, methods, reflection.
"""

import argparse
import os
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

import c_code
import friendly
import side
from model import GenError, Model
from rules import Rules


def parse_args():
    p = argparse.ArgumentParser()
    p.add_argument('--out', required=True, help='folder for the outputs')
    p.add_argument('--name', required=True, help='base name of the outputs')
    p.add_argument('-I', dest='roots', action='append', required=True, help='folder that import names start from')
    p.add_argument('--friendly', action='append', default=[], metavar='PACKAGE')
    p.add_argument('--uses', action='append', default=[], metavar='NAME:PREFIX',
                   help='imports that start with PREFIX are made by another run, as NAME')
    p.add_argument('--allow-recursive', action='append', default=[], metavar='FILE')
    p.add_argument('--schema', action='append', default=[], metavar='FILE',
                   help='an import that only describes: kept for reflection, without C code')
    p.add_argument('--rules', action='append', default=[], metavar='PACKAGE',
                   help='methods of this package say who may call them, its requests have bounds (rules.py)')
    p.add_argument('--protoc', default='protoc')
    p.add_argument('--protoc-gen-c', default='protoc-gen-c')
    p.add_argument('files', nargs='+')
    return p.parse_args()


def import_name(path, roots):
    for root in roots:
        name = os.path.relpath(path, root)
        if not name.startswith('..'):
            return name
    raise GenError('%s is in none of the folders given with -I' % path)


def run_protoc(args, names):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run([args.protoc, '--include_imports', '--descriptor_set_out=' + out.name]
                       + ['-I' + root for root in args.roots] + names, check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(out.read()).file


def other_sets(args, files, wanted):
    """The other runs whose headers and tables this one needs."""
    needed = []
    for file in files:
        if file.name in wanted or file.name in args.schema:
            continue
        name = next((n for n, prefix in (u.split(':', 1) for u in args.uses) if file.name.startswith(prefix)), None)
        if name is None:
            raise GenError('%s is imported but neither listed nor covered by --uses' % file.name)
        if name not in needed:
            needed.append(name)
    return needed


def write(path, *parts):
    with open(path, 'w', encoding='utf-8') as f:
        f.write('\n'.join(parts))


def main():
    args = parse_args()
    wanted = [import_name(f, args.roots) for f in args.files]
    files = run_protoc(args, wanted)
    model = Model(files, set(wanted), set(args.schema))
    model.forbid_unsupported()
    model.forbid_recursion(set(args.allow_recursive))
    rules = Rules(model, files, args.rules)
    needed = other_sets(args, files, set(wanted))
    names, header, source = c_code.generate(args.protoc_gen_c, model, files)
    c_names = sorted(lower for _, lower in names.message.values())

    guard = 'PAIDAN_GEN_%s_H' % args.name.upper()
    base = os.path.join(args.out, args.name)
    note = '/* Made by proto/gen/pbgen.py. */'
    write(base + '.h', note, '#ifndef ' + guard, '#define ' + guard, '#include <protobuf-c/protobuf-c.h>',
          *('#include "%s.h"' % n for n in needed), header, friendly.friendly(model, names, args.friendly, rules),
          '', 'struct pb_set;', 'extern const struct pb_set %s_set;' % args.name, '', '#endif', '')
    write(base + '.c', note, '#include "%s.h"' % args.name, '#include "pb/pb_side.h"',
          *('extern const struct pb_side %s__side;' % n for n in c_names), source)
    write(base + '_side.c', note, '#include "%s.h"' % args.name, '#include <float.h>', '#include "pb/pb_rule.h"',
          '#include "pb/pb_side.h"', *('extern const struct pb_side %s__side;' % n for n in c_names),
          side.generate(model, names, rules, args.name))


if __name__ == '__main__':
    try:
        main()
    except GenError as error:
        sys.exit('pbgen: error: %s' % error)
    except subprocess.CalledProcessError as error:
        sys.exit('pbgen: error: %s failed' % error.cmd[0])
