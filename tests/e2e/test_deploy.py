#!/usr/bin/python3
"""deploy/up, its demo town and deploy/backup: usage test_deploy.py BUILD-TREE [PART OF A NAME]."""
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading

from broker import REPO, Report, check, equal

UP = os.path.join(REPO, "deploy/up")
BACKUP = os.path.join(REPO, "deploy/backup")
LIMIT_S = 300


def run(*arguments, status=0, **more):
    done = subprocess.run(arguments, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=LIMIT_S, **more)
    equal(done.returncode, status, "status of %s, which said %s%s" % (" ".join(arguments), done.stdout, done.stderr))
    return done.stdout + done.stderr


class Place:
    """A data directory and the tools of one build tree."""

    def __init__(self, tree):
        self.tree = tree
        self.directory = tempfile.mkdtemp(prefix="paidan-deploy-")
        self.data = os.path.join(self.directory, "data")

    def path(self, name, data=None):
        return os.path.join(data or self.data, name)

    def up(self, *options, data=None, status=0):
        return run(UP, "--data", data or self.data, "--port", "0", "--local-port", "0", "--build", self.tree, *options,
                   status=status)

    def stop(self, data=None):
        return run(UP, "--stop", "--data", data or self.data)

    def read(self, name, data=None):
        with open(self.path(name, data), encoding="utf-8") as file:
            return file.read()

    def paidan(self, *arguments, data=None, status=0, nobody=False):
        environment = {n: v for n, v in os.environ.items() if not n.startswith("PAIDAN_")}
        if nobody:
            state = json.loads(self.read("paidand.json", data))
            environment.update(PAIDAN_SERVER="https://localhost:" + state["listen"].rpartition(":")[2],
                               PAIDAN_CA=state["ca"], PAIDAN_CONFIG="no-such-config")
        else:
            environment["PAIDAN_CONFIG"] = self.path("demo/config", data)
        return run(os.path.join(self.tree, "client/cli/paidan"), *arguments, env=environment, status=status)

    def members(self, data=None):
        return json.loads(self.paidan("--profile", "admin", "call", "MemberService/ListMembers", '{"pageSize": 200}',
                                      data=data))["members"]

    def place_order(self, title):
        resident = json.loads(self.read("demo/town.json"))["residents"][0]
        reply = self.paidan("order", "new", title, "-c", "errand", "--as", "resident/" + resident, "-o", "jsonl")
        return json.loads(reply)["order"]["id"]

    def is_locked(self):
        return subprocess.run(["flock", "-n", self.path("paidand.lock"), "true"], check=False).returncode != 0

    def close(self):
        for entry in os.listdir(self.directory):
            data = os.path.join(self.directory, entry)
            if os.path.isdir(data):
                subprocess.run([UP, "--stop", "--data", data], check=False, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        shutil.rmtree(self.directory, ignore_errors=True)


def usage(place):
    check("--detach" in run(UP, "--help"), "help of up")
    check("--restore" in run(BACKUP, "--help"), "help of backup")
    for wrong in (["--port", "http"], ["--port", "65536"], ["--port"], ["--data="], ["--nonsense"]):
        check("see deploy/up --help" in run(UP, *wrong, status=2), "up " + " ".join(wrong))
    for wrong in ([], ["a", "b"], ["--nonsense"], ["--restore", "a"]):
        check("see deploy/backup --help" in run(BACKUP, *wrong, status=2), "backup " + " ".join(wrong))
    check("Nothing runs" in place.stop(), "nothing to stop")


def first_start(place):
    said = place.up("--detach")
    for text in ("The demo town is there", "curl --cacert", "paidan order new", "paidan is running at https://"):
        check(text in said, "no %r in %s" % (text, said))
    equal(len(place.members()), 60, "members")
    grids = [place.paidan("--profile", "admin", "grid", "list", c, "-o", "jsonl").count("NODE_KIND_GRID")
             for c in json.loads(place.read("demo/town.json"))["communities"]]
    equal(grids, [6, 6], "grids")
    town = json.loads(place.read("demo/town.json"))
    equal([len(town[k]) for k in ("buildings", "households")], [60, 200], "buildings and households")
    for name in os.listdir(place.path("demo")):
        equal(stat.S_IMODE(os.stat(place.path("demo/" + name)).st_mode), 0o600, "mode of " + name)


def links(place):
    """The pages' links are good: a token is the person's, an invite sets a password once and is then left out."""
    found = dict(line.split() for line in place.read("demo/links").splitlines())
    equal(sorted(found), ["admin", "desk", "member", "open", "resident", "wall"], "links")
    for whose, field in (("member", "memberId"), ("resident", "residentId")):
        token = found[whose].partition("#token=")[2]
        opened = json.loads(place.paidan("--key", token, "call", "SessionService/OpenSession", "{}"))
        equal(opened[field], json.loads(place.read("demo/town.json"))[whose + "s"][0], "whose session")
    screen = json.loads(place.paidan("--key", found["wall"].partition("#token=")[2], "call", "WallService/GetWall", "{}"))
    check(screen["grids"], "nothing on the wall")
    figures = json.loads(place.paidan("call", "OpenDataService/GetFigures", '{"tenantId": "demo"}', nobody=True))
    equal(figures["fewOrders"], 5, "open figures")
    check(found["admin"].partition("#")[2].startswith("pdi_demo_"), found["admin"])
    url, _, invite = found["desk"].partition("#")
    check(url.endswith("/desk") and invite.startswith("pdi_demo_"), found["desk"])
    place.up("--detach")
    again = place.read("demo/links").splitlines()[0].partition("#")[2]
    check(again not in ("", invite), "another invite while nobody has a password")
    place.paidan("call", "SessionService/RedeemInvite", json.dumps({
        "tenantId": "demo", "invite": again, "password": "a lantern on the hill"}), nobody=True)
    place.up("--detach")
    check("#" not in place.read("demo/links").splitlines()[0], "an invite for who has a password")


def second_start(place):
    before = place.read("demo/town.json")
    said = place.up("--detach")
    check("It runs already" in said, said)
    place.stop()
    check(not place.is_locked(), "paidand is still there")
    said = place.up("--detach")
    check("The demo town is there" not in said, "made again: " + said)
    equal(place.read("demo/town.json"), before, "the town")
    equal(len(place.members()), 60, "members")


def interrupted_load(place):
    """Cut off between any two steps, and within one, the loader makes nothing twice."""
    before = json.loads(place.read("demo/town.json"))
    for step in ("communities", "households", "members"):
        kept = dict(list(before.items())[:list(before).index(step)])
        with open(place.path("demo/town.json"), "w", encoding="utf-8") as file:
            json.dump(kept, file)
        check("The demo town is there" in place.up("--detach"), "went on at " + step)
        equal(json.loads(place.read("demo/town.json")), before, "ids, when cut off at " + step)
    equal(len(place.members()), 60, "members")


def new_store(place):
    """Redis' files are gone, the demo's are not: the town is made anew."""
    data = place.path("../fresh")
    place.up("--detach", data=data)
    place.stop(data)
    shutil.rmtree(place.path("redis", data))
    os.remove(place.path("tenant.key", data))
    check("The demo town is there" in place.up("--detach", data=data), "made anew")
    equal(len(place.members(data)), 60, "members")
    place.stop(data)


def foreground(place):
    place.stop()
    process = subprocess.Popen([UP, "--data", place.data, "--port", "0", "--local-port", "0", "--build", place.tree],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = iter(process.stdout.readline, b"")
    check(any(b"Ctrl-C stops it" in line for line in said), "said nothing of Ctrl-C")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT_S)
    equal(process.returncode, 0, "status after Ctrl-C")
    check(not place.is_locked(), "paidand is still there")


def taken_port(place):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        said = run(UP, "--data", place.data, "--port", str(taken.getsockname()[1]), "--local-port", "0", "--build",
                   place.tree, "--detach", status=1)
    check("paidand did not start" in said and "ddress" in said, said)
    check(not place.is_locked(), "something still runs")


def backup(place):
    """Of a broker that is written to: what was acknowledged before is in the copy."""
    place.up("--detach")
    placed = [place.place_order("before %d" % i) for i in range(5)]
    done = threading.Event()

    def keep_placing():
        while not done.is_set():
            place.place_order("meanwhile")

    writer = threading.Thread(target=keep_placing)
    writer.start()
    file = place.path("../backup.tar")
    try:
        check("Wrote" in run(BACKUP, "--data", place.data, file), "backup")
    finally:
        done.set()
        writer.join()
    equal(stat.S_IMODE(os.stat(file).st_mode), 0o600, "mode of the backup")
    settings = run("redis-cli", "-s", place.path("redis/redis.sock"), "CONFIG", "GET", "auto-aof-rewrite-percentage")
    check("100" in settings, "Redis may shorten its log again: " + settings)
    restored = place.path("../restored")
    check("Restored" in run(BACKUP, "--restore", file, "--data", restored), "restore")
    check("is there already" in run(BACKUP, "--restore", file, "--data", restored, status=1), "restore over it")
    check("is no backup" in run(BACKUP, "--restore", UP, "--data", restored + "2", status=1), "restore of another file")
    place.up("--detach", data=restored)
    for order in placed:
        check(order in place.paidan("--profile", "admin", "order", "show", order, data=restored), order)
    place.stop(restored)


def configuration(place):
    paidand = os.path.join(place.tree, "server/paidand")
    with open(os.path.join(REPO, "deploy/paidand.conf"), encoding="utf-8") as file:
        example = file.read()
    printed = run(paidand, "--print-config", "--data=/var/lib/paidan")
    equal(example.split("\n\n", 1)[1].strip(), "\n".join(l.rstrip() for l in printed.splitlines()).strip(),
          "deploy/paidand.conf")
    run(paidand, "--config=" + os.path.join(REPO, "deploy/paidand.conf"), "--print-config")


def service(place):
    """systemd's own opinion of the unit, where systemd is."""
    with open(os.path.join(place.tree, "deploy/paidand.service"), encoding="utf-8") as file:
        unit = file.read()
    check("@" not in unit.replace("@system-service", "").replace("@privileged", ""), "a name was not replaced")
    if shutil.which("systemd-analyze") is None:
        return
    path = place.path("../paidand.service")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join("ExecStart=%s/server/paidand" % place.tree if line.startswith("ExecStart=") else line
                             for line in unit.split("\n")))
    equal(run("systemd-analyze", "verify", path), "", "systemd-analyze verify")


CASES = [usage, first_start, links, second_start, interrupted_load, new_store, foreground, taken_port, backup, configuration,
         service]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    report = Report()
    place = Place(os.path.abspath(sys.argv[1]))
    os.umask(0o022)
    try:
        for case in CASES:
            if part in case.__name__ or (part and case is first_start):
                report.run("deploy/" + case.__name__, case, place)
    finally:
        place.close()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
