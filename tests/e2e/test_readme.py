#!/usr/bin/python3
"""The README's commands, as a newcomer pastes them: usage test_readme.py BUILD-TREE.

Runs every block that is marked `sh`, in order, in one shell that stops at the first failure; blocks marked `shell` are
only for the reader. A command with "# → TEXT" behind it must have printed TEXT by the end of its block. Ports and
directories are replaced (REPLACED) so that a broker of one's own is left alone.
"""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

from broker import REPO, Report, check

LIMIT_S = 600
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
EXPECTED = re.compile(r"# → (.+)$", re.M)


def replaced(text, tree, directory):
    own = "--data " + directory + "/data"
    ports = " --port 0 --local-port 0 --build " + shlex.quote(tree)
    for old, new in (
            ("deploy/up --detach", "deploy/up --detach %s%s" % (own, ports)),
            ("deploy/up --stop", "deploy/up --stop " + own),
            ("deploy/backup ~/", "deploy/backup %s ~/" % own),
            ("--root-key data/", "--root-key %s/data/" % directory),
            (". data/demo", ". %s/data/demo" % directory),
            ("rotate data/", "rotate %s/data/" % directory),
            (" data/paidand.json", " %s/data/paidand.json" % directory),
            ("cat data/", "cat %s/data/" % directory)):
        text = text.replace(old, new)
    return text


def script(blocks):
    """Each block between marks, its output and errors together."""
    parts = ["set -e -o pipefail", "exec 2>&1"]
    for number, block in enumerate(blocks):
        parts += ["echo '@@ %d'" % number, block, "echo '@@ done %d'" % number]
    return "\n".join(parts) + "\n"


def run(blocks, directory):
    environment = {n: v for n, v in os.environ.items() if not n.startswith("PAIDAN_")}
    environment.update(HOME=directory, LANG="C.UTF-8")
    shell = subprocess.Popen(["bash", "-c", script(blocks)], cwd=REPO, env=environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, start_new_session=True)
    try:
        return shell.communicate(timeout=LIMIT_S)[0].decode()
    finally:
        if shell.poll() is None:
            os.killpg(shell.pid, signal.SIGKILL)


def judge(number, block, output):
    begin, end = "@@ %d\n" % number, "@@ done %d\n" % number
    check(begin in output, "was not reached")
    printed = output.partition(begin)[2].partition(end)[0]
    check(end in output, "stopped with: " + printed[-1000:])
    for text in EXPECTED.findall(block):
        check(text.strip() in printed, "no %r in: %s" % (text, printed[-1000:]))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tree = os.path.abspath(sys.argv[1])
    with open(os.path.join(REPO, "README.md"), encoding="utf-8") as readme:
        blocks = BLOCK.findall(readme.read())
    report = Report()
    directory = tempfile.mkdtemp(prefix="paidan-readme-")
    try:
        report.run("readme/has_blocks", lambda: check(len(blocks) > 5, "only %d" % len(blocks)))
        output = run([replaced(block, tree, directory) for block in blocks], directory)
        for number, block in enumerate(blocks):
            name = re.sub(r"\W+", "_", block.split("\n")[0])[:40].strip("_")
            report.run("readme/%d_%s" % (number, name), judge, number, block, output)
    finally:
        subprocess.run([os.path.join(REPO, "deploy/up"), "--stop", "--data", directory + "/data"], check=False,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(directory, ignore_errors=True)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
