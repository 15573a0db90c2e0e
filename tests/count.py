"""Counts the cases of Meson's test logs: usage count.py TREE=LOG.json... TREE!WHAT...

A test program of cmocka counts for each of its tests, a script that ends with "N passed, N failed" for what it says,
any other test for one. A program that ends badly without saying which case failed has one failure. TREE!WHAT is a
failure of its own (a build). Prints a table of suites, the names of what failed, and "N passed, N failed" alone on
the last line. Status 1 when anything failed or nothing ran.
"""
import json
import re
import sys

PASSED, FAILED, SKIPPED = range(3)
CMOCKA = [re.compile(r"^\[  %s\] (\d+) test\(s\)" % word, re.M) for word in ("PASSED  ", "FAILED  ", "SKIPPED ")]
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*\Z", re.M)


def count(test):
    """[passed, failed, skipped] of one line of the log."""
    if test["result"] == "SKIP":
        return [0, 0, 1]
    text = test.get("stdout", "") + "\n" + test.get("stderr", "")
    counts = [sum(int(n) for n in pattern.findall(text)) for pattern in CMOCKA]
    closing = CLOSING.search(test.get("stdout", "").rstrip())
    if closing:
        counts = [int(n or 0) for n in closing.groups()]
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    if good and counts[PASSED] + counts[FAILED] + counts[SKIPPED] == 0:
        # A script that found nothing to do has not passed.
        return [0, 1, 0] if closing else [1, 0, 0]
    if not good and counts[FAILED] == 0:
        counts[FAILED] = 1
    return counts


def read(path):
    """(suite, name, counts) of every test in a log; nothing when there is no log."""
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                test = json.loads(line)
                suite, _, name = test["name"].rpartition(" / ")
                yield suite.rpartition(":")[2] or "other", name, count(test)
    except FileNotFoundError:
        return


def collect(arguments):
    """The trees in order; {suite: {tree: counts}}; names of what failed."""
    trees, suites, failed = [], {}, []
    for argument in arguments:
        if "=" not in argument:
            tree, _, what = argument.partition("!")
            suites.setdefault(what, {})[tree] = [0, 1, 0]
            failed.append("%s of %s" % (what, tree))
            continue
        tree, _, path = argument.partition("=")
        trees.append(tree)
        for suite, name, counts in read(path):
            total = suites.setdefault(suite, {}).setdefault(tree, [0, 0, 0])
            for i, n in enumerate(counts):
                total[i] += n
            if counts[FAILED]:
                failed.append("%s / %s of %s" % (suite, name, tree))
    return trees, suites, failed


def words(counts):
    parts = ["%d %s" % (n, word) for n, word in zip(counts, ("passed", "failed", "skipped")) if n]
    return ", ".join(parts) or "-"


def main(arguments):
    trees, suites, failed = collect(arguments)
    width = max([len(s) for s in suites] + [5])
    cells = max([len(words(c)) for by_tree in suites.values() for c in by_tree.values()] + [len(t) for t in trees])
    print("  ".join(["suite".ljust(width)] + [t.ljust(cells) for t in trees]).rstrip())
    for suite in sorted(suites):
        row = [words(suites[suite].get(t, [0, 0, 0])).ljust(cells) for t in trees]
        print("  ".join([suite.ljust(width)] + row).rstrip())
    for what in failed:
        print("failed: " + what)
    total = [sum(c[i] for by_tree in suites.values() for c in by_tree.values()) for i in range(3)]
    print()
    print("%d passed, %d failed" % (total[PASSED], total[FAILED]) +
          (", %d skipped" % total[SKIPPED] if total[SKIPPED] else ""))
    return 0 if total[FAILED] == 0 and total[PASSED] > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
