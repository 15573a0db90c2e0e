"""How long files and functions may be: 600 lines and 80 (the house aims at 150-400 and 60), tests' files and tables
(a brace with '=' before it) excepted: their length is that of their cases.
"""
import re
import sys

from files import files, read, report

FILE_LINES, FUNCTION_LINES = 600, 80


def long_functions(lines):
    """(line, length, name) of functions that are too long: from a brace at the margin to the one that closes it."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line.startswith("}") and start is not None:
            length = number - start - 1
            if line == "}" and length > FUNCTION_LINES:
                name = next((text for text in reversed(lines[:start - 1]) if re.match(r"\w", text)), "?")
                yield start, length, name.strip()
            start = None


def main():
    paths = files(".c", ".h")
    problems = []
    for path in paths:
        lines = read(path).splitlines()
        if len(lines) > FILE_LINES and not path.startswith("tests/"):
            problems.append("%s: %d lines, at most %d" % (path, len(lines), FILE_LINES))
        problems += ["%s:%d: %d lines in %s" % (path, *found) for found in long_functions(lines)]
    return report(problems, len(paths))


if __name__ == "__main__":
    sys.exit(main())
