#!/usr/bin/python3
"""Personal data goes where it belongs and nowhere else: canaries through every door, then a search of replies, logs,
events, metrics, Redis' files and the memory that a core dump would hold; new keys under load; a destroyed key on disk.

usage: test_privacy.py PAIDAND PAIDAN
"""
import gzip
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from broker import Broker, Report, RpcError, Town, binary_argument, check, equal, wait_for

NAME, PHONE, ADDRESS = "Kanariname", "1770000", "Kanaristreet"
CANARIES = (NAME, PHONE, ADDRESS)


class Canaries:
    """Texts that stand nowhere else, each with a number of its own."""

    def __init__(self):
        self.n = 0

    def person(self):
        self.n += 1
        return {"name": "%s%04d" % (NAME, self.n), "phone": "%s%04d" % (PHONE, self.n)}

    def address(self):
        self.n += 1
        return "%s%04d" % (ADDRESS, self.n)


class Receiver(BaseHTTPRequestHandler):
    """Takes webhooks and keeps their bytes."""
    bodies = []

    def do_POST(self):  # pylint: disable=invalid-name
        self.bodies.append(str(self.headers).encode() + self.rfile.read(int(self.headers["content-length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class World:
    def __init__(self, broker, paidan):
        self.broker, self.paidan = broker, paidan
        self.receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=self.receiver.serve_forever, daemon=True).start()
        self.town = Town(broker)
        self.canaries = Canaries()
        self.desk = broker.client(self.town.operator_key)
        self.backend = broker.client(self.town.backend_key)
        self.admin = self.town.admin

    def fails(self, client, method, body):
        try:
            client.call(method, body)
        except RpcError as error:
            return error
        raise AssertionError(method + " was let through")

    def raw(self, body, path="OrgService/CreateResident", method="POST", encoding="identity"):
        """Bytes as they are, whatever comes of it."""
        connection = http.client.HTTPSConnection("localhost", self.broker.port, timeout=30,
                                                 context=self.broker.tls())
        connection.request(method, "/paidan.v1." + path, body,
                           {"authorization": "Bearer " + self.town.backend_key, "content-type": "application/json",
                            "content-encoding": encoding})
        status = connection.getresponse().status
        connection.close()
        return status

    def close_all(self):
        for client in (self.desk, self.backend, self.admin):
            client.close()
        wait_for("no connection is open", lambda: self.metric("paidan_net_connections") <= 1)

    def metrics(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.broker.local_port, timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def metric(self, name):
        return sum(float(v) for v in re.findall(r"^%s(?:\{[^}]*\})? (\S+)$" % name, self.metrics(), re.M))

    def redis_files(self):
        for directory, _, names in os.walk(os.path.join(self.broker.data, "redis")):
            for name in names:
                path = os.path.join(directory, name)
                if os.path.isfile(path):
                    with open(path, "rb") as f:
                        yield path, f.read()


def none_in(data, what):
    text = data if isinstance(data, bytes) else data.encode()
    for canary in CANARIES:
        at = text.find(canary.encode())
        check(at < 0, "%s: %r" % (what, text[max(0, at - 200):at + 60]))


# --- in through every door ---

def fill(world):
    c, admin, town = world.canaries, world.admin, world.town
    admin.call("WebhookService/CreateWebhook", {"webhook": {
        "url": "http://127.0.0.1:%d/hook" % world.receiver.server_port}})
    household = admin.call("OrgService/CreateHousehold", {"household": {
        "buildingId": building_of(world), "address": c.address()}})["household"]["id"]
    world.resident = admin.call("OrgService/CreateResident", {"resident": {
        "householdId": household, **c.person()}})["resident"]["id"]
    member = {"gridId": town.grids[0], "home": town.point}
    world.member = admin.call("MemberService/CreateMember", {"member": {**member, **c.person()}})["member"]["id"]
    admin.call("MemberService/UpdateMember", {"member": {"id": world.member, **c.person()},
                                              "updateMask": "name,phone"})
    rows = [{**member, **c.person()}, {**c.person()}, {**member, **c.person(), "holdingCap": 99999}]
    admin.call("MemberService/ImportMembers", {"members": rows})
    resident = world.broker.client(town.backend_key, "resident/" + world.resident)
    contact = {**c.person(), "address": c.address()}
    # Long enough that whoever reads gzip gets it packed.
    world.order = town.place(resident, contact=contact, description="leaks " * 330)["id"]
    full = resident.call("OrderService/GetOrder", {"orderId": world.order})["order"]["contact"]
    equal(full["phone"], contact["phone"], "the resident's own view")
    world.by_desk = town.place(world.desk, beneficiaryId=world.resident, contact={**c.person()})["id"]
    revealed = world.desk.call("PrivacyService/RevealContact", {"orderId": world.order, "purpose": "call back"})
    equal(revealed["contact"]["phone"], contact["phone"], "revealed")
    export = resident.call("PrivacyService/ExportData", {})
    check(NAME in json.dumps(export), "the export is complete")
    resident.close()


def over_http2(world):
    """The same bytes lie in other buffers there, packed and unpacked."""
    order = {"orderId": world.order}
    for encoding in ("accept-encoding: identity", "accept-encoding: gzip"):
        for method, body, act_as in (("OrgService/CreateResident", {"resident": world.canaries.person()}, ""),
                                     ("OrderService/GetOrder", order, "resident/" + world.resident)):
            run = subprocess.run(
                ["curl", "-sS", "--http2", "--compressed", "--cacert", world.broker.ca, "-H", encoding,
                 "-H", "content-type: application/json", "-H", "authorization: Bearer " + world.town.backend_key,
                 "-H", "x-paidan-act-as: " + act_as if act_as else "x-none: none", "--data-binary", "@-",
                 "https://localhost:%d/paidan.v1.%s" % (world.broker.port, method)],
                input=json.dumps(body).encode(), stdout=subprocess.PIPE, check=True, timeout=30)
            shown = json.loads(run.stdout)
            check("resident" in shown or shown["order"]["contact"]["name"].startswith(NAME), run.stdout)


def packed(world):
    body = gzip.compress(json.dumps({"resident": world.canaries.person()}).encode())
    equal(world.raw(body, encoding="gzip"), 200, "a request in gzip")


def queries(world):
    """A GET has its message in its head, which lies in other memory than a body does."""
    for http in ("--http1.1", "--http2"):
        message = urllib.parse.quote(json.dumps({"residentId": world.canaries.person()["name"]}))
        run = subprocess.run(["curl", "-sS", http, "--cacert", world.broker.ca, "-H", "authorization: Bearer "
                              + world.town.backend_key, "https://localhost:%d/paidan.v1.OrgService/GetResident?connect=v1"
                              "&encoding=json&message=%s" % (world.broker.port, message)],
                             stdout=subprocess.PIPE, check=True, timeout=30)
        check(b"invalid_argument" in run.stdout, run.stdout)


def building_of(world):
    return world.admin.call("OrgService/CreateBuilding", {"building": {
        "name": "2", "gridId": world.town.grids[0], "point": world.town.point}})["building"]["id"]


def refuse(world):
    """What is refused has come in all the same."""
    c, fails = world.canaries, world.fails
    person = c.person()
    long = {"name": person["name"] * 20, "phone": person["phone"]}
    fails(world.admin, "OrgService/CreateResident", {"resident": long})
    fails(world.admin, "OrgService/CreateResident", {"resident": {**c.person(), "householdId": "h0zzzzzz"}})
    fails(world.admin, "OrgService/CreateResident", {"resident": {"name": "x", "phone": NAME}})
    fails(world.admin, "OrgService/CreateResident", {"resident": {"name": c.person()["name"] + "\x01"}})
    fails(world.admin, "OrgService/CreateResident", {"resident": {**c.person(), NAME + "field": 1}})
    fails(world.admin, "OrgService/CreateResident", {"resident": {"name": [c.person()["name"]]}})
    fails(world.admin, "OrgService/GetResident", {"residentId": c.person()["name"]})
    fails(world.backend, "PrivacyService/RevealContact", {"personId": world.resident, "purpose": "p"})
    fails(world.broker.client("pdk_demo_k0000001_" + "0" * 32), "OrgService/CreateResident", {"resident": c.person()})
    whole = json.dumps({"resident": c.person()})
    for body in (whole[:-2], whole + "}", whole.replace('"phone"', "phone"), whole.replace(":", ""), "\xff" + whole):
        check(world.raw(body.encode("latin-1")) >= 400, "let through: " + body)
    check(world.raw(None, "OrgService/GetResident?connect=v1&encoding=json&message=%7B%22residentId%22%3A%22"
                    + c.person()["name"] + "%22%7D", "GET") >= 400, "GET")


# --- and out through none ---

def replies(world):
    admin, desk, town = world.admin, world.desk, world.town
    other = world.broker.client(town.backend_key, "member/" + town.members[1])
    rows = [
        (desk, "OrderService/GetOrder", {"orderId": world.order}),
        (admin, "OrderService/GetOrder", {"orderId": world.order}),
        (world.backend, "OrderService/GetOrder", {"orderId": world.by_desk}),
        (desk, "DeskService/ListBoard", {}),
        (desk, "DeskService/ExplainDispatch", {"orderId": world.order}),
        (admin, "MemberService/ListMembers", {"pageSize": 200}),
        (world.backend, "MemberService/GetMember", {"memberId": world.member}),
        (desk, "OrgService/GetResident", {"residentId": world.resident}),
        (world.backend, "OrderService/ListOrders", {"residentId": world.resident}),
        (admin, "PrivacyService/ListAccess", {"personId": world.resident}),
        (admin, "EventService/ListEvents", {"pageSize": 200}),
        (other, "TaskService/ListOffers", {}),
        (other, "TaskService/ListTasks", {}),
    ]
    for client, method, body in rows:
        none_in(json.dumps(client.call(method, body)), method)
    other.close()


def webhooks(world):
    """Everything that happened was told; nothing that is anybody's."""
    events = {e["id"] for e in world.admin.call("EventService/ListEvents", {"pageSize": 200})["events"]
              if e.get("subjectId") == world.order}
    check(len(events) > 1, "events of the order")
    wait_for("their deliveries", lambda: all(any(e.encode() in body for body in Receiver.bodies) for e in events))
    for body in list(Receiver.bodies):
        none_in(body, "a webhook")


def logs(world):
    none_in(world.broker.log(), "the log")
    check("OrgService/CreateResident" in world.broker.log(), "every request is logged")


def metrics(world):
    none_in(world.metrics(), "/metrics")


def redis_files(world):
    found = 0
    for path, data in world.redis_files():
        none_in(data, path)
        found += world.resident.encode() in data
    check(found > 0, "the resident is in none of the files")


def memory_of(pid):
    """What a core dump would hold: writable memory that is not excluded from dumps."""
    with open("/proc/%d/smaps" % pid) as f:
        areas, area = [], None
        for line in f:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line)
            if head:
                area = [int(head[1], 16), int(head[2], 16), head[3], ""]
                areas.append(area)
            elif line.startswith("VmFlags:"):
                area[3] = line
    with open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for begin, end, rights, flags in areas:
            if "w" not in rights or " dd" in flags:
                continue
            try:
                memory.seek(begin)
                yield begin, memory.read(end - begin)
            except OSError:
                continue


def canaries_in(pids, key):
    """What is left of personal data in the workers' memory; the key must never be there."""
    hits = []
    for pid in pids:
        with open("/proc/%d/limits" % pid) as f:
            check(re.search(r"Max core file size +0 ", f.read()), "a worker may dump its core")
        for begin, data in memory_of(pid):
            check(key not in data, "the key lies in memory that would be dumped")
            for canary in CANARIES:
                for at in re.finditer(canary.encode() + rb"[0-9]{4}", data):
                    hits.append("%d %x: %r" % (pid, begin + at.start(), data[max(0, at.start() - 60):at.end() + 40]))
    return hits


def core_dump(world):
    """Once the requests are over their memory is wiped: neither a canary nor the key file's key is left."""
    world.close_all()
    with open(os.path.join(world.broker.data, "tenant.key"), "rb") as f:
        key = f.read()
    equal(len(key), 32, "the key file")
    pids = world.broker.read_state()["workers"]
    # A worker that has not yet heard that a line is closed still holds what came on it.
    deadline = time.monotonic() + 10
    while (hits := canaries_in(pids, key)) and time.monotonic() < deadline:
        pass
    check(not hits, "%d canaries in memory:\n%s" % (len(hits), "\n".join(hits[:20])))


# --- keys ---

def cli(world, *arguments):
    environment = {n: v for n, v in os.environ.items() if not n.startswith("PAIDAN_")}
    environment.update(HOME=world.broker.directory, LANG="C.UTF-8")
    run = subprocess.run([world.paidan, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=30)
    check(run.returncode == 0, run.stderr.decode())
    return run.stdout.decode()


def versions(world):
    return {v["version"]: int(v.get("keys", 0)) for v in world.admin.call("PrivacyService/GetKeyStatus")["versions"]}


def rotation(world):
    """A new version while people are registered and looked up; then the old one is dropped."""
    stop, errors, done = threading.Event(), [], [0]

    def work(number):
        admin = world.broker.client(world.town.admin_key)
        key = world.town.backend_key
        try:
            while not stop.is_set():
                phone = "1660000%04d" % (done[0] % 10000)
                made = admin.call("OrgService/CreateResident", {"resident": {"name": "n%d" % number, "phone": phone}})
                one = world.broker.client(key, "resident/" + made["resident"]["id"])
                seen = one.call("OrgService/GetResident", {"residentId": made["resident"]["id"]})
                one.close()
                equal(seen["resident"]["phone"], phone, "read back")
                done[0] += 1
        except Exception as error:  # reported by the main thread
            errors.append(error)
        admin.close()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    try:
        file = os.path.join(world.broker.data, "tenant.key")
        wait_for("some work", lambda: done[0] >= 20)
        check("2  newest" in cli(world, "key-file", "rotate", file, "--lang", "en"), "rotate")
        world.broker.process.send_signal(signal.SIGHUP)
        wait_for("all keys under the new version", lambda: versions(world).get(1) == 0 and versions(world)[2] > 0)
        wait_for("the metric says so", lambda: world.metric("paidan_job_keys_left") == 0)
        cli(world, "key-file", "drop", file, "1")
        world.broker.process.send_signal(signal.SIGHUP)
        wait_for("the old version is dropped", lambda: list(versions(world)) == [2])
        before = done[0]
        wait_for("work goes on", lambda: errors or done[0] >= before + 10)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    check(not errors, str(errors[:1]))
    world.desk.call("PrivacyService/RevealContact", {"personId": world.resident, "purpose": "after the rotation"})


def erasing(world):
    """The destroyed key lies nowhere on the disk any more, soon."""
    wrapped = subprocess.run(["redis-cli", "-s", os.path.join(world.broker.data, "redis/redis.sock"), "GET",
                              "pd:{demo}:pk:" + world.resident], stdout=subprocess.PIPE, check=True).stdout[:-1]
    part = wrapped[-40:]
    check(any(part in data for _, data in world.redis_files()), "the key is on the disk before")
    for order in (world.order, world.by_desk):
        world.desk.call("OrderService/CancelOrder", {"orderId": order, "reason": "moved away"})
    world.admin.call("PrivacyService/EraseData", {"personId": world.resident, "purpose": "asked for"})
    error = world.fails(world.desk, "PrivacyService/RevealContact", {"orderId": world.order, "purpose": "p"})
    equal(error.reason, "ERASED", "reveal")
    wait_for("the key is gone from the disk", lambda: not any(part in data for _, data in world.redis_files()), 60)
    shown = world.admin.call("OrderService/GetOrder", {"orderId": world.order})["order"]
    equal((shown["state"], shown.get("title")), ("ORDER_STATE_CANCELLED", None), "its orders keep their shape")
    check(shown["contact"]["erased"], "the contact says that it was erased")


def main():
    binary, paidan = binary_argument(), sys.argv[2]
    report = Report()
    with Broker(binary, "--workers=2", "--log_level=debug", "--log_ok_requests=yes", "--webhook-plain=yes") as broker:
        world = World(broker, paidan)
        cases = [fill, over_http2, refuse, replies, webhooks, logs, metrics, redis_files, packed, queries, core_dump,
                 rotation, logs, erasing]
        with open("/proc/%d/maps" % broker.process.pid) as f:
            if "asan" in f.read():
                cases.remove(core_dump) # its allocator keeps what is freed, and its shadow has no end
        for case in cases:
            report.run("privacy/" + case.__name__, case, world)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
