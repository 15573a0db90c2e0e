#!/usr/bin/python3
"""People at desks on a running paidand with two workers: first administrator, wrong passwords, sessions, streams.

usage: test_sign_in.py PAIDAND PAIDAN
"""
import http.client
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from authenticator import totp
from broker import Broker, Report, RpcError, Town, check, equal, wait_for

PASSWORD = "a lantern on the hill"
TRIES, AT_ONCE, MOST_HASHES = 1000, 100, 10


def refused(reason, call):
    try:
        call()
    except RpcError as error:
        equal(error.reason, reason, "reason")
        return error
    raise AssertionError("not refused: " + reason)


class World:
    def __init__(self, broker, town, paidan):
        self.broker, self.town, self.paidan = broker, town, paidan
        self.home = os.path.join(broker.directory, "home")
        os.mkdir(self.home)
        self.url = "https://localhost:%d" % broker.port

    def hashes(self):
        url = "http://127.0.0.1:%d/metrics" % self.broker.local_port
        with urllib.request.urlopen(url, timeout=10) as response:
            lines = response.read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("paidan_password_hashes_total"))

    def settled_hashes(self):
        """When all that is done is counted: workers copy what they count once a second, each by its own clock."""
        last = (None, time.monotonic())

        def is_quiet():
            nonlocal last
            n = self.hashes()
            if n != last[0]:
                last = (n, time.monotonic())
            return time.monotonic() - last[1] > 2.2
        wait_for("quiet counters", is_quiet)
        return last[0]

    def operator(self, name, role="ROLE_OPERATOR"):
        made = self.town.admin.call("OperatorService/CreateOperator", {
            "operator": {"name": name, "assignments": [{"role": role}]}})
        nobody = self.broker.client()
        nobody.call("SessionService/RedeemInvite", {
            "tenantId": "demo", "invite": made["invite"], "password": PASSWORD})
        return made["operator"]["id"]

    def login(self, name, password=PASSWORD, **more):
        return self.broker.client().call("SessionService/Login", {
            "tenantId": "demo", "name": name, "password": password, **more})

    def cli(self, *args, stdin="", expect=0):
        env = {"PATH": os.environ["PATH"], "HOME": self.home, "LANG": "C.UTF-8"}
        env.update({n: os.environ[n] for n in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS") if n in os.environ})
        done = subprocess.run([self.paidan, *args], input=stdin, capture_output=True, text=True, timeout=60, env=env,
                              check=False)
        check(done.returncode == expect, "paidan %s: %d\n%s%s" % (" ".join(args), done.returncode, done.stdout,
                                                                  done.stderr))
        return done.stdout


def login_flow(world):
    world.operator("desk.one")
    session = world.login("desk.one", device="a test")
    desk = world.broker.client(session["token"])
    equal(desk.call("SessionService/GetSelf")["operator"]["name"], "desk.one", "who")
    desk.call("DeskService/ListBoard")
    refused("PERMISSION_DENIED", lambda: desk.call("OperatorService/ListOperators"))
    desk.call("SessionService/Logout")
    refused("SESSION_ENDED", lambda: desk.call("DeskService/ListBoard"))


def thousand_wrong_passwords(world):
    """Through both workers, many at once."""
    world.operator("desk.locked")
    before = world.settled_hashes()
    wrong = []

    def guess(n):
        client = world.broker.client()  # one connection each: what counts are tries, not handshakes
        for _ in range(n):
            try:
                client.call("SessionService/Login", {"tenantId": "demo", "name": "desk.locked",
                                                     "password": "not the password"})
                wrong.append("let in")
            except RpcError as error:
                if error.reason != "SIGN_IN_FAILED":
                    wrong.append(error.reason)

    threads = [threading.Thread(target=guess, args=(TRIES // AT_ONCE,)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(wrong, [], "answers")
    done = world.settled_hashes() - before
    check(0 < done <= MOST_HASHES, "%d hashes" % done)
    print("%d wrong passwords cost %d hashes" % (TRIES, done), flush=True)

    def is_locked_after_a_wrong_one():
        refused("SIGN_IN_FAILED", lambda: world.login("desk.locked", "not the password"))
        try:
            world.login("desk.locked")
        except RpcError as error:
            equal(error.reason, "SIGN_IN_FAILED", "the right password at a lock")
            return True
        return False  # the lock before was so near its end that the wrong one was not looked at, and this one came after
    wait_for("a lock that the right password meets", is_locked_after_a_wrong_one)


def reset_after_lock(world):
    operator = [o for o in world.town.admin.call("OperatorService/ListOperators")["operators"]
                if o["name"] == "desk.locked"][0]
    reset = world.town.admin.call("OperatorService/ResetOperator", {"operatorId": operator["id"]})
    world.broker.client().call("SessionService/RedeemInvite", {
        "tenantId": "demo", "invite": reset["invite"], "password": PASSWORD + "s"})
    world.login("desk.locked", PASSWORD + "s")


def revoking_ends_a_stream(world):
    operator = world.operator("desk.watch")
    session = world.login("desk.watch")
    other = world.broker.client(world.login("desk.watch")["token"])
    process = subprocess.Popen(
        [world.paidan, "desk", "tail", "--server", world.url, "--ca", world.broker.ca, "--key", session["token"], "-o",
         "jsonl", "--lang", "en"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "HOME": world.home})
    try:
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True)
        reader.start()

        def heard():
            world.town.place()
            return lines or process.poll() is not None

        wait_for("an event on the stream", heard)
        check(process.poll() is None, "the stream ended early")
        other.call("SessionService/RevokeSession", {"sessionId": session["session"]["id"]})
        wait_for("the stream's end", lambda: process.poll() is not None)
        check("SESSION_ENDED" in process.stderr.read(), "why it ended")
    finally:
        process.kill()
        process.communicate()
    refused("SESSION_ENDED", lambda: world.broker.client(session["token"]).call("DeskService/ListBoard"))
    sessions = world.town.admin.call("SessionService/ListSessions", {"operatorId": operator})["sessions"]
    equal(len(sessions), 1, "sessions left")


class Page:
    """A page in a browser: one jar of cookies, which go along with every request."""

    def __init__(self, broker):
        self.broker, self.jar = broker, {}

    def post(self, method, body=None, **headers):
        line = http.client.HTTPSConnection("localhost", self.broker.port, timeout=30, context=self.broker.tls())
        names = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
        names.update({name.replace("_", "-"): value for name, value in headers.items()})
        if self.jar:
            names["cookie"] = "; ".join("%s=%s" % pair for pair in self.jar.items())
        line.request("POST", "/paidan.v1." + method, json.dumps(body or {}), names)
        response = line.getresponse()
        text = json.loads(response.read())
        for cookie in response.headers.get_all("set-cookie") or []:
            self.keep(cookie)
        line.close()
        if response.status != 200:
            raise RpcError(response.status, text)
        return text

    def keep(self, cookie):
        first, *attributes = cookie.split("; ")
        name, _, value = first.partition("=")
        check(name.startswith("__Host-paidan"), cookie)
        life = [a for a in attributes if a.startswith("Max-Age=")]
        equal(sorted(set(attributes) - set(life)), ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"], "attributes")
        equal(len(life), 1, "Max-Age")
        if life == ["Max-Age=0"]:
            self.jar.pop(name, None)
        else:
            self.jar[name] = value


def page_of_the_desk(world):
    """A session in a cookie: as good as one in a header, for who asks for it from a page of ours."""
    world.operator("desk.page")
    page = Page(world.broker)
    said = page.post("SessionService/Login", {"tenantId": "demo", "name": "desk.page", "password": PASSWORD,
                                              "cookie": True})
    check("token" not in said, "the token is told")
    equal(list(page.jar), ["__Host-paidan"], "cookies")
    equal(page.post("SessionService/GetSelf", x_paidan_session="desk")["operator"]["name"], "desk.page", "who")
    page.post("DeskService/ListBoard", x_paidan_session="desk")
    # A cookie alone is nothing: not for a form of another site, not for its scripts.
    refused("UNAUTHENTICATED", lambda: page.post("DeskService/ListBoard"))
    for site in ("cross-site", "same-site", "none"):
        refused("ORIGIN_FOREIGN", lambda s=site: page.post("DeskService/ListBoard", x_paidan_session="desk",
                                                           sec_fetch_site=s))
    refused("FIELD_INVALID", lambda: page.post("DeskService/ListBoard", x_paidan_session="root"))
    refused("SESSION_ENDED", lambda: page.post("DeskService/ListBoard", x_paidan_session="member"))
    kept = dict(page.jar)
    page.post("SessionService/Logout", x_paidan_session="desk")
    equal(page.jar, {}, "cookies that are left")
    page.jar = kept
    refused("SESSION_ENDED", lambda: page.post("DeskService/ListBoard", x_paidan_session="desk"))


def pages_of_persons(world):
    """The token of a link becomes a session of the page's own; several pages share one browser."""
    town = world.town
    backend = world.broker.client(town.backend_key)
    page = Page(world.broker)
    for name, field, whose in (("member", "memberId", town.members[0]), ("resident", "residentId", town.resident)):
        token = backend.call("CredentialService/MintToken", {field: whose, "ttlMs": "60000"})["token"]
        opened = page.post("SessionService/OpenSession", {"device": "a phone"}, authorization="Bearer " + token)
        equal(opened[field], whose, "whose")
        equal(page.post("SessionService/GetSelf", x_paidan_session=name)[field], whose, "who")
    equal(sorted(page.jar), ["__Host-paidan-member", "__Host-paidan-resident"], "cookies")
    order = page.post("OrderService/PlaceOrder", {"categoryId": town.category, "title": "page", "point": town.point},
                      x_paidan_session="resident")["order"]["id"]
    page.post("OrderService/CancelOrder", {"orderId": order}, x_paidan_session="resident")
    refused("PERMISSION_DENIED", lambda: page.post("DeskService/ListBoard", x_paidan_session="member"))
    refused("PERMISSION_DENIED", lambda: page.post("SessionService/OpenSession", x_paidan_session="member"))
    page.post("SessionService/Logout", x_paidan_session="member")
    equal(list(page.jar), ["__Host-paidan-resident"], "cookies that are left")


def behind_a_proxy(world):
    """The address that counts is what the trusted proxy heard from, not what the client wrote before it."""
    def login(forwarded, name="nobody.here"):
        world.broker.client().call("SessionService/Login", {
            "tenantId": "demo", "name": name, "password": PASSWORD}, x_forwarded_for=forwarded)

    refused("SIGN_IN_FAILED", lambda: login("203.0.113.99, 198.51.100.7"))
    lines = [line for line in world.broker.log().splitlines() if "Login" in line and "198.51.100.7" in line]
    check(lines and "203.0.113.99" not in world.broker.log(), "whose address is in the log")
    # Inventing an address for each try does not help: a few are hashed, as they would be from one address.
    tries = 9

    def guess(forwarded):
        before = world.settled_hashes()

        def one(n):
            refused("SIGN_IN_FAILED", lambda: login(forwarded % n, "guess.%d.%s" % (n, len(forwarded))))
        with ThreadPoolExecutor(tries) as threads:  # two hashes at a time are faster than one
            list(threads.map(one, range(tries)))
        return world.settled_hashes() - before

    equal(guess("198.51.100.%d"), tries, "hashes for as many addresses")
    done = guess("198.51.100.%d, 192.0.2.8")
    check(done < tries, "%d hashes for one address with invented ones before it" % done)


def first_run(world):
    """From the root key to a signed-in administrator, by commands alone."""
    server = ["--server", world.url, "--ca", world.broker.ca]
    out = world.cli("init", "oak", "演示街道", "--root-key", os.path.join(world.broker.data, "root.key"), "--admin",
                    "chief", "--lang", "en", *server)
    link = [line for line in out.splitlines() if "#pdi_oak_" in line][0]
    world.cli("join", link, "--ca", world.broker.ca, "--password-stdin", stdin="short\n", expect=2)
    world.cli("join", link, "--ca", world.broker.ca, "--password-stdin", stdin=PASSWORD + "\n")
    world.cli("join", link, "--ca", world.broker.ca, "--password-stdin", stdin=PASSWORD + "\n", expect=5)
    sign_in = ["login", world.url, "--ca", world.broker.ca, "--tenant", "oak", "--name", "chief", "--password-stdin"]
    world.cli(*sign_in, stdin=PASSWORD + "\n")
    config = os.path.join(world.home, ".config/paidan/config")
    equal(os.stat(config).st_mode & 0o777, 0o600, "mode of the settings")
    world.cli("operator", "list", expect=4)
    out = world.cli("second-factor", "--start", "--password-stdin", "--lang", "en", stdin=PASSWORD + "\n")
    secret = out.splitlines()[-1].split()[-1]
    out = world.cli("second-factor", "--code", totp(secret, time.time()))
    codes = out.splitlines()[-10:]
    equal(world.cli("operator", "list", "-o", "csv").splitlines()[1].split(",")[1], "chief", "the only operator")
    world.cli("logout")
    world.cli("operator", "list", expect=4)
    check("pds_" not in open(config, encoding="utf-8").read(), "the session is still in the settings")
    world.cli(*sign_in, stdin=PASSWORD + "\n", expect=4)
    world.cli(*sign_in, "--code", codes[0], stdin=PASSWORD + "\n")
    world.cli("operator", "new", "desk.li", "--may", "operator")
    world.cli("session", "list")


def nothing_is_told(world):
    """Neither passwords nor names that were tried stand in the log."""
    refused("SIGN_IN_FAILED", lambda: world.login("canary-name-typed", "canary password typed"))
    log = world.broker.log()
    for word in ("canary", PASSWORD, "pds_", "pdi_"):
        check(word not in log, "%s in the log" % word)


CASES = [login_flow, page_of_the_desk, pages_of_persons, behind_a_proxy, thousand_wrong_passwords, reset_after_lock, revoking_ends_a_stream, first_run, nothing_is_told]


def main():
    paidand = sys.argv[1]
    only = sys.argv[3] if len(sys.argv) > 3 else ""
    report = Report()
    with Broker(paidand, "--workers=2", "--trusted_proxies=127.0.0.0/8") as broker:
        world = World(broker, Town(broker), sys.argv[2])
        for case in CASES:
            if only in case.__name__:
                report.run(case.__name__, case, world)
        broker.keep = report.failed > 0
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
