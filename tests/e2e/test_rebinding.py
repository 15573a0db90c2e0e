#!/usr/bin/python3
"""Webhooks to a name whose owner turns it to addresses inside: DNS rebinding, played with a name server, a public
address and the broker's own resolver, in a network of the test's own (namespaces of Linux).

usage: test_rebinding.py PAIDAND; status 77 where no namespaces can be had
"""
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading

from broker import Broker, Report, Town, binary_argument, check, equal, wait_for

INSIDE = "PAIDAN_TEST_NAMESPACE"
# A public one, here on the loopback device; and what a broker must never be led to.
PUBLIC, FORBIDDEN = "1.2.3.4", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1"]
TYPE_A, TYPE_AAAA = 1, 28


class Names(threading.Thread):
    """A name server at 127.0.0.1:53: answers what `addresses` says at that moment, for no longer than that."""

    def __init__(self):
        super().__init__(daemon=True)
        self.addresses, self.asked = {}, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))

    def run(self):
        while True:
            query, peer = self.socket.recvfrom(512)
            self.socket.sendto(self.answer(query), peer)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        name, (kind,) = ".".join(labels).lower(), struct.unpack(">H", query[at + 1:at + 3])
        family = {TYPE_A: socket.AF_INET, TYPE_AAAA: socket.AF_INET6}.get(kind)
        self.asked.append(name)
        found = [a for a in self.addresses.get(name, []) if (":" in a) == (kind == TYPE_AAAA) and family]
        body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(packed)) + packed
                        for packed in (socket.inet_pton(family, a) for a in found))
        code = 0 if name in self.addresses else 3
        head = query[:2] + struct.pack(">HHHHH", 0x8580 | code, 1, len(found), 0, 0)
        return head + query[12:at + 5] + body


class Receiver(threading.Thread):
    """Takes webhooks over TLS at one address; counts whoever connects."""

    def __init__(self, address, port, context):
        super().__init__(daemon=True)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.context, self.connections, self.taken = context, 0, 0
        self.socket = socket.create_server((address, port), family=family)
        self.port = self.socket.getsockname()[1]

    def run(self):
        while True:
            plain, _ = self.socket.accept()
            self.connections += 1
            try:
                with self.context.wrap_socket(plain, server_side=True) as tls:
                    if tls.recv(65536).startswith(b"POST /hook"):
                        self.taken += 1
                    tls.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            except OSError:
                pass


def certificate(directory):
    cert, key = os.path.join(directory, "hook.crt"), os.path.join(directory, "hook.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=hook", "-addext",
                    "subjectAltName=DNS:*.hook.example"], check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


class World:
    def __init__(self, broker, names, receivers):
        self.broker, self.names, self.receivers = broker, names, receivers
        self.town = Town(broker)

    def hook(self, host):
        """A webhook to the name, and what came of its first deliveries."""
        made = self.town.admin.call("WebhookService/CreateWebhook", {"webhook": {
            "url": "https://%s:%d/hook" % (host, self.receivers[PUBLIC].port)}})
        return made["webhook"]["id"]

    def results(self, hook):
        log = self.town.admin.call("WebhookService/ListDeliveries", {"webhookId": hook})
        return [d["result"].replace("DELIVERY_RESULT_", "") for d in log.get("deliveries", [])]

    def send(self, hook):
        self.town.admin.call("WebhookService/TestWebhook", {"webhookId": hook})

    def inside(self):
        return sum(r.connections for a, r in self.receivers.items() if a != PUBLIC)


def honest(w):
    w.names.addresses["honest.hook.example"] = [PUBLIC]
    hook = w.hook("honest.hook.example")
    w.send(hook)
    wait_for("the delivery", lambda: "DELIVERED" in w.results(hook))
    check(w.receivers[PUBLIC].taken >= 1, "it arrived")


def private_from_the_start(w):
    for number, address in enumerate(FORBIDDEN):
        host = "inside%d.hook.example" % number
        w.names.addresses[host] = [address]
        hook = w.hook(host)
        w.send(hook)
        wait_for(address, lambda hook=hook: w.results(hook))
        equal(set(w.results(hook)), {"FORBIDDEN"}, address)
        w.town.admin.call("WebhookService/DeleteWebhook", {"webhookId": hook})
    equal(w.inside(), 0, "connections inside")


def rebound(w):
    """Public while it is looked at, inside when the next worker asks."""
    host = "turned.hook.example"
    w.names.addresses[host] = [PUBLIC]
    hook = w.hook(host)
    w.send(hook)
    wait_for("the first delivery", lambda: w.results(hook) == ["DELIVERED"])
    w.names.addresses[host] = FORBIDDEN
    asked = w.names.asked.count(host)
    # A worker remembers names for a minute; a new one knows nothing.
    w.broker.kill(lambda state: state["workers"][0])
    wait_for("another worker", lambda: try_send(w, hook))
    wait_for("the second delivery", lambda: len(w.results(hook)) > 1, 30)
    equal(w.results(hook)[0], "FORBIDDEN", "the newest")
    check(w.names.asked.count(host) > asked, "the name was asked for again")
    equal(w.inside(), 0, "connections inside")


def try_send(w, hook):
    try:
        w.send(hook)
        return True
    except Exception:  # pylint: disable=broad-except
        return False


def mixed(w):
    """One of its addresses is public, and does not answer: the others are not tried instead."""
    w.names.addresses["mixed.hook.example"] = ["1.2.3.5", "127.0.0.1", "::1"]
    hook = w.hook("mixed.hook.example")
    w.send(hook)
    wait_for("the delivery", lambda: w.results(hook))
    check("DELIVERED" not in w.results(hook), w.results(hook))
    equal(w.inside(), 0, "connections inside")


def play():
    with tempfile.TemporaryDirectory(prefix="paidan-names-") as directory:
        for arguments in (["link", "set", "lo", "up"], ["addr", "add", PUBLIC + "/32", "dev", "lo"],
                          *(["addr", "add", a + ("/128" if ":" in a else "/32"), "dev", "lo"]
                            for a in FORBIDDEN if a not in ("127.0.0.1", "::1", "::ffff:127.0.0.1"))):
            subprocess.run(["ip", *arguments], check=True)
        resolver, hosts = os.path.join(directory, "resolv.conf"), os.path.join(directory, "nsswitch.conf")
        with open(resolver, "w", encoding="ascii") as file:
            file.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        with open(hosts, "w", encoding="ascii") as file:
            file.write("hosts: files dns\n")
        for mine, theirs in ((resolver, "/etc/resolv.conf"), (hosts, "/etc/nsswitch.conf")):
            subprocess.run(["mount", "--bind", mine, os.path.realpath(theirs)], check=True)
        names = Names()
        names.start()
        cert, context = certificate(directory)
        receivers = {PUBLIC: Receiver(PUBLIC, 0, context)}
        for address in FORBIDDEN:
            if address != "::ffff:127.0.0.1":
                receivers[address] = Receiver(address, receivers[PUBLIC].port, context)
        for receiver in receivers.values():
            receiver.start()
        report = Report()
        with Broker(binary_argument(), "--workers=1", "--webhook-ca=" + cert, "--webhook-retry=60s") as broker:
            world = World(broker, names, receivers)
            for case in (honest, private_from_the_start, mixed, rebound):
                report.run("rebinding/" + case.__name__, case, world)
        return report.close()


def main():
    if os.environ.get(INSIDE):
        return play()
    alone = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
    if subprocess.run([*alone, "ip", "link", "set", "lo", "up"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("no namespaces here")
        return 77
    return subprocess.run([*alone, sys.executable, *sys.argv], env={**os.environ, INSIDE: "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
