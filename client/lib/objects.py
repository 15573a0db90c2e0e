#!/usr/bin/env python3
"""Makes the installed static library: one object of everything, with only the map's names visible.

usage: objects.py MAP LD OBJCOPY AR OUT ARCHIVE…

A plain archive would put the names of server/base and server/pb (buf_free, arena_init …) into every
program that links it.
"""
import os
import re
import subprocess
import sys


def main():
    version_map, ld, objcopy, ar, out = sys.argv[1:6]
    with open(version_map, encoding="utf-8") as f:
        names = re.findall(r"\b(paidan_[a-z_]+);", f.read())
    merged = out + ".o"
    subprocess.run([ld, "-r", "-o", merged, "--whole-archive", *sys.argv[6:]], check=True)
    subprocess.run([objcopy, *("--keep-global-symbol=" + name for name in names), merged], check=True)
    if os.path.exists(out):
        os.remove(out)
    subprocess.run([ar, "rcs", out, merged], check=True)
    os.remove(merged)


main()
