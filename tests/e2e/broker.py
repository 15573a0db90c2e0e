"""A running paidand and a small town in it, for the end-to-end tests."""
import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
START_S = 60
STOP_S = 40


class Failed(Exception):
    pass


def check(condition, why):
    if not condition:
        raise Failed(why)


def equal(got, want, what):
    if got != want:
        raise Failed("%s: got %r, want %r" % (what, got, want))


def wait_for(what, condition, timeout_s=20):
    """Asks again and again; the one place where a test waits for something it is not told about."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise Failed("%s did not happen in %d s" % (what, timeout_s))


class RpcError(Exception):
    def __init__(self, status, body):
        super().__init__("HTTP %d: %s" % (status, body))
        self.status = status
        self.code = body.get("code", "")
        details = body.get("details") or [{}]
        self.reason = details[0].get("debug", {}).get("reason", "")


class Broker:
    """Starts paidand in a directory of its own, on free ports; as a context manager stops it in order."""

    def __init__(self, binary, *options):
        self.binary = binary
        self.options = options
        self.directory = tempfile.mkdtemp(prefix="paidan-")
        self.data = os.path.join(self.directory, "data")
        self.log_file = os.path.join(self.directory, "log")
        self.process = None
        self.keep = False

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        try:
            if self.process is not None:
                self.stop()
        finally:
            if kind is not None or self.keep:
                sys.stderr.write(self.log_tail())
            shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        arguments = [self.binary, "--data=" + self.data, "--listen=127.0.0.1:0", "--local=127.0.0.1:0"]
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(arguments + list(self.options), stdout=log, stderr=log)
        state = os.path.join(self.data, "paidand.json")

        def is_ready():
            check(self.process.poll() is None, "paidand ended at start:\n" + self.log_tail())
            try:
                with open(state) as f:
                    found = json.load(f)
            except FileNotFoundError:
                return None
            # One that was killed has left its file behind.
            return found if found["pid"] == self.process.pid else None

        self.state = wait_for("paidand's start", is_ready, START_S)
        self.port = int(self.state["listen"].rsplit(":", 1)[1])
        self.local_port = int(self.state["local"].rsplit(":", 1)[1])
        self.ca = self.state["ca"]
        with open(self.state["root_key_file"]) as f:
            self.root_key = f.read().strip()

    def read_state(self):
        with open(os.path.join(self.data, "paidand.json")) as f:
            return json.load(f)

    def kill(self, pick):
        """Kills what pick chooses from the state, and returns its pid. One that is just being restarted has the pid 0,
        which kill takes for the whole group of the caller, and before the master has noticed its end still the one it
        had: both are waited out."""
        def kill_picked():
            victim = pick(self.read_state())
            if victim == 0:
                return None
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                return None
            return victim

        return wait_for("a process to kill", kill_picked)

    def stop(self, signal_number=signal.SIGTERM):
        self.process.send_signal(signal_number)
        try:
            status = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failed("paidand did not stop in %d s" % STOP_S)
        self.process = None
        check(status == 0, "paidand ended with %d:\n%s" % (status, self.log_tail()))
        self.check_log()

    def log(self):
        with open(self.log_file, errors="replace") as f:
            return f.read()

    def log_tail(self):
        return "".join(self.log().splitlines(True)[-40:])

    def check_log(self):
        """Sanitizers write to the log; a worker that crashed must not pass unnoticed."""
        for mark in ("AddressSanitizer", "runtime error:", "LeakSanitizer", "signal=11", "signal=6 "):
            check(mark not in self.log(), "%s in the log:\n%s" % (mark, self.log_tail()))

    def tls(self):
        return ssl.create_default_context(cafile=self.ca)

    def client(self, key=None, act_as=None):
        return Client(self, key, act_as)


class Client:
    """Connect JSON over HTTP/1.1 on one connection."""

    def __init__(self, broker, key=None, act_as=None):
        self.broker = broker
        self.headers = {"content-type": "application/json"}
        if key:
            self.headers["authorization"] = "Bearer " + key
        if act_as:
            self.headers["x-paidan-act-as"] = act_as
        self.connection = None

    def call(self, method, body=None, **headers):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("localhost", self.broker.port, timeout=30,
                                                          context=self.broker.tls())
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self.connection.request("POST", "/paidan.v1." + method, json.dumps(body or {}), {**self.headers, **names})
            response = self.connection.getresponse()
            text = response.read()
        except Exception:
            self.close()
            raise
        if response.status != 200:
            raise RpcError(response.status, json.loads(text) if text.startswith(b"{") else {"message": repr(text)})
        return json.loads(text)

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def square(lat, lon, size=0.01):
    corners = [(lat, lon), (lat, lon + size), (lat + size, lon + size), (lat + size, lon), (lat, lon)]
    return [{"rings": [{"points": [{"lat": a, "lon": o} for a, o in corners]}]}]


class Town:
    """A tenant with a community, two grids, a household, residents and members."""

    def __init__(self, broker, tenant="demo", members=3):
        self.broker = broker
        self.tenant = tenant
        made = broker.client(broker.root_key).call("OrgService/CreateTenant", {"tenantId": tenant, "name": "演示街道"})
        self.root = made["root"]["id"]
        self.admin_key = made["adminKey"]
        self.admin = admin = broker.client(self.admin_key)
        call = admin.call
        self.backend_key = call("OrgService/CreateApiKey", {"role": "ROLE_BACKEND", "label": "mini program"})["key"]
        self.operator_key = call("OrgService/CreateApiKey", {"role": "ROLE_OPERATOR", "label": "desk"})["key"]
        self.community = call("OrgService/CreateNode", {"node": {
            "kind": "NODE_KIND_COMMUNITY", "name": "春风社区", "parentId": self.root}})["node"]["id"]
        grids = call("OrgService/ImportGrids", {"parentId": self.community, "grids": [
            {"name": "一网格", "code": "01", "polygons": square(39.90, 116.40)},
            {"name": "二网格", "code": "02", "polygons": square(39.90, 116.41)}]})["grids"]
        self.grids = [g["id"] for g in grids]
        self.point = {"lat": 39.905, "lon": 116.405}
        building = call("OrgService/CreateBuilding", {"building": {
            "name": "1号楼", "gridId": self.grids[0], "point": self.point}})["building"]["id"]
        self.household = call("OrgService/CreateHousehold", {"household": {
            "buildingId": building, "address": "1号楼101"}})["household"]["id"]
        self.resident = call("OrgService/CreateResident", {"resident": {
            "householdId": self.household, "name": "王奶奶", "phone": "13800000001"}})["resident"]["id"]
        self.category = call("OrgService/PutCategory", {"category": {
            "code": "repair", "nameZh": "维修", "nameEn": "repair", "urgency": "URGENCY_NORMAL", "slots": [{}],
            "points": {"perOrder": 10}}})["category"]["id"]
        self.members = [self.add_member(i) for i in range(members)]

    def add_member(self, i):
        return self.admin.call("MemberService/CreateMember", {"member": {
            "kind": "MEMBER_KIND_VOLUNTEER", "name": "志愿者%d" % i, "phone": "1390000%04d" % i,
            "gridId": self.grids[0], "home": self.point}})["member"]["id"]

    def as_resident(self):
        return self.broker.client(self.backend_key, "resident/" + self.resident)

    def as_member(self, member):
        return self.broker.client(self.backend_key, "member/" + member)

    def place(self, client=None, **more):
        body = {"categoryId": self.category, "title": "修水龙头", "point": self.point, **more}
        return (client or self.as_resident()).call("OrderService/PlaceOrder", body)["order"]


class Report:
    """Prints what the runner reads: a line for each case, and the closing one."""

    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, case, *args):
        try:
            case(*args)
        except Exception as e:  # whatever goes wrong in a case fails that case alone
            self.failed += 1
            print("FAIL %s: %s: %s" % (name, type(e).__name__, str(e)[:1500]), flush=True)
            return
        self.passed += 1
        print("ok " + name, flush=True)

    def close(self):
        print("%d passed, %d failed" % (self.passed, self.failed), flush=True)
        return 1 if self.failed else 0


def binary_argument():
    """The one argument of every test here: the paidand to test."""
    if len(sys.argv) < 2:
        sys.exit("usage: %s PAIDAND [PART OF A NAME]" % sys.argv[0])
    return sys.argv[1]
