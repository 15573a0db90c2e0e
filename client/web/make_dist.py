"""Builds the pages: usage make_dist.py SOURCE DIST STAMP DEPFILE.

Runs `npm ci` in SOURCE when its lock file has changed since the last time (build trees take turns), then
`node build.mjs --out DIST` in it; DIST is made anew. STAMP is written at the end, and DEPFILE names all that the
pages are made of.
"""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = {"node_modules", "dist", "placeholder", "gen"}


def run(source: pathlib.Path, *command: str) -> None:
    done = subprocess.run(command, cwd=source, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8")
    if done.returncode != 0:
        sys.exit("%s failed:\n%s" % (" ".join(command), done.stdout[-4000:]))


def install(source: pathlib.Path) -> None:
    lock, stamp = source / "package-lock.json", source / "node_modules" / ".installed-for"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    run(source, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.parent.mkdir(exist_ok=True)
    shutil.copyfile(lock, stamp)


def sources(source: pathlib.Path):
    for at, below, names in os.walk(source):
        below[:] = [b for b in below if b not in SKIPPED]
        yield from (pathlib.Path(at, name) for name in names)
    yield from (source / "../../proto/paidan/v1").resolve().glob("*.proto")


def main() -> None:
    source, dist, stamp, depfile = (pathlib.Path(a).resolve() for a in sys.argv[1:5])
    with open(source / "package.json", encoding="utf-8") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        install(source)
    shutil.rmtree(dist, ignore_errors=True)
    run(source, "node", "build.mjs", "--out", str(dist))
    names = [str(p).replace(" ", "\\ ") for p in sorted(sources(source))]
    depfile.write_text("%s: %s\n" % (sys.argv[3], " ".join(names)), encoding="utf-8")
    stamp.touch()


if __name__ == "__main__":
    main()
