"""Writes the Lua scripts into a C file, each with the SHA-1 that Redis will know it by.

usage: bundle_scripts.py OUTPUT.c SCRIPT.lua...
"""

import hashlib
import pathlib
import sys


def literal(text: bytes) -> str:
    lines = []
    for line in text.splitlines(keepends=True):
        quoted = ""
        for byte in line:
            char = chr(byte)
            if char in '"\\':
                quoted += "\\" + char
            elif char == "\n":
                quoted += "\\n"
            elif char == "\t":
                quoted += "\\t"
            elif char == "?":
                quoted += "\\?"
            elif 32 <= byte < 127:
                quoted += char
            else:
                quoted += "\\%03o" % byte
        lines.append('\t"%s"' % quoted)
    return "\n".join(lines)


def main() -> None:
    out = ['#include "txn/store_redis_scripts.h"\n']
    for name in sys.argv[2:]:
        path = pathlib.Path(name)
        text = path.read_bytes()
        sha1 = hashlib.sha1(text).hexdigest()
        out.append("const char script_%s_text[] =\n%s;" % (path.stem, literal(text)))
        out.append('const char script_%s_sha1[] = "%s";\n' % (path.stem, sha1))
    pathlib.Path(sys.argv[1]).write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
