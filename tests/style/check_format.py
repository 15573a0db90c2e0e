"""clang-format's opinion of all C files: usage check_format.py CLANG-FORMAT."""
import subprocess
import sys

from files import REPO, files, report


def main():
    paths = files(".c", ".h")
    done = subprocess.run([sys.argv[1], "--dry-run", "-Werror", *paths], cwd=REPO, check=False, stderr=subprocess.PIPE,
                          encoding="utf-8")
    wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if ": error: " in line})
    if done.returncode != 0 and not wrong:
        wrong = [done.stderr]
    return report(["%s: run clang-format -i on it" % path for path in wrong], len(paths))


if __name__ == "__main__":
    sys.exit(main())
