#!/usr/bin/env python3
"""Writes other traces like a gMission or TOBM file: the same orders and members, each at a time drawn from all of theirs.

    shuffle_trace.py FILE DIRECTORY N

What was found on the file itself should hold on these, too.
"""
import gzip
import os
import random
import sys


def shuffled(lines, seed):
    dice = random.Random(seed)
    rows = [line.split() for line in lines[1:] if line.strip()]
    for kind in "wt":
        times = [row[0] for row in rows if row[1] == kind]
        dice.shuffle(times)
        for row in rows:
            if row[1] == kind:
                row[0] = times.pop()
    rows.sort(key=lambda row: float(row[0]))
    return lines[0] + "".join(" ".join(row) + "\n" for row in rows)


def main():
    path, directory, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        lines = file.readlines()
    os.makedirs(directory, exist_ok=True)
    for seed in range(1, n + 1):
        with open(os.path.join(directory, "shuffled_%02d.txt" % seed), "w") as file:
            file.write(shuffled(lines, seed))


if __name__ == "__main__":
    main()
