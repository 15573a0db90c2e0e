"""Words that have no place in the project's files: unfinished business, and paths of somebody's machine."""
import re
import sys

from files import files, read, report

WORDS = [
    (re.compile(r"\b(TO" r"DO|FIX" r"ME)\b"), "unfinished"),
    (re.compile(r"(?<![\w.])/(root|home/\w+|work/main|work/shared)\b"), "a path of one machine"),
    (re.compile(r"^(<{7}|>{7}) ", re.M), "a conflict"),
    (re.compile(r"[ \t]+$", re.M), "blanks at the end of a line"),
]
GENERATED = ("package-lock.json", "LICENSE")


def main():
    paths = [p for p in files() if not p.endswith(GENERATED)]
    problems = []
    for path in paths:
        text = read(path)
        for pattern, what in WORDS:
            for found in pattern.finditer(text):
                problems.append("%s:%d: %s" % (path, text.count("\n", 0, found.start()) + 1, what))
    return report(problems, len(paths))


if __name__ == "__main__":
    sys.exit(main())
