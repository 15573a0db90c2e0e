#!/usr/bin/python3
"""paidand under attack: requests that hide requests, and HTTP/2 floods at the limits that it ships with.

usage: test_http.py PAIDAND [PART OF A NAME | slow]

Each flood is sent to the one worker while a bystander on another connection keeps asking; it must be answered each
time, the attacker expelled, and the worker's memory must stay within a bound.
"""
import json
import select
import struct
import sys
import threading
import time

from broker import Broker, Report, Town, binary_argument, check, equal, wait_for
from net_peer import (ACK, CONT, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, GOAWAY, H1, H2, HEADERS, PADDED, PING,
                      PRIORITY, RST, SETTINGS, WINDOW, Failed, connect, context, frame, integer, literal)
from net_smuggling import CASES, EXPECTS, SECOND

HEALTH = "/grpc.health.v1.Health/Check"
PLACE = "/paidan.v1.OrderService/PlaceOrder"
MIB = 1024 * 1024
SLOW_S = 60
# Two connections with LIMIT_CONNECTION_HELD_BYTES of bodies in buffers that grow by doubling, or a thousand answers.
HELD_MIB = 150
# LIMIT_MESSAGES_BYTES for what is decoded, the bodies, and what malloc keeps; without a bound it were 1.5 GiB.
READ_MIB = 400


def request(path=HEALTH, kind=b"application/json", extra=b"", method=b"POST"):
    return (literal(b":method", method) + b"\x86" + literal(b":path", path.encode()) + literal(b":authority", b"test")
            + literal(b"content-type", kind) + extra)


def opened(stream, extra=b"", path=PLACE):
    """A request without its body."""
    return frame(HEADERS, END_HEADERS, stream, request(path, extra=extra))


class Bystander:
    """Asks for the health on a connection of its own."""

    def __init__(self, broker):
        self.peer = H2(broker.port, context(["h2"]))
        self.stream = 1

    def ask(self):
        self.peer.send(frame(HEADERS, END_HEADERS, self.stream, request())
                       + frame(DATA, END_STREAM, self.stream, b"{}"))
        status, body = self.peer.answer(self.stream)
        equal((status, json.loads(body)), (200, {"status": "SERVING"}), "the bystander's answer")
        self.peer.seen.clear()
        self.stream += 2


class Memory:
    """The worker's memory, from here on."""

    def __init__(self, broker):
        self.pid = broker.read_state()["workers"][0]
        with open("/proc/%d/clear_refs" % self.pid, "w") as f:
            f.write("5")  # the peak starts anew
        self.before = self.read("VmRSS")
        with open("/proc/%d/maps" % self.pid) as f:
            self.watched = "libasan" not in f.read()  # its quarantine keeps what was freed

    def read(self, name):
        with open("/proc/%d/status" % self.pid) as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith(name + ":"))

    def check(self, bound):
        grown = self.read("VmHWM") - self.before
        check(not self.watched or grown <= bound, "the worker grew by %.1f MiB" % (grown / MIB))


# --- requests that hide requests ---

def smuggling(world):
    """None of the requests that are hidden in others is carried out, here to place an order."""
    town = world.town
    body = json.dumps({"categoryId": town.category, "title": "smuggled", "point": town.point}).encode()
    hidden = (b"POST %s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n"
              b"X-Paidan-Act-As: resident/%s\r\nContent-Length: %d\r\n\r\n%s"
              % (PLACE.encode(), town.backend_key.encode(), town.resident.encode(), len(body), body))

    def orders():
        return len(town.as_resident().call("OrderService/ListOrders", {"pageSize": 200})["orders"])

    town.place()
    before = orders()
    for name, data in {**CASES, **EXPECTS}.items():
        peer = H1(world.broker.port, context(["http/1.1"]))
        peer.send(data.replace(SECOND, hidden))
        answer = peer.answer()
        equal((answer.status, answer.headers.get("connection")), (417 if name in EXPECTS else 400, "close"), name)
        peer.closed()
    equal(orders(), before, "orders")
    peer = H1(world.broker.port, context(["http/1.1"]))
    peer.send(hidden)
    equal(peer.answer().status, 200, "the hidden request by itself")
    equal(orders(), before + 1, "orders with it")


# --- floods ---

def gone(attacker):
    """Whether a GOAWAY is among what has arrived; all of that is read."""
    while attacker.sock.pending() or select.select([attacker.sock], [], [], 0)[0]:
        f = attacker.frame()
        if f is None or f[0] == GOAWAY:
            return True
    return False


def attacking(world, settings=b""):
    """A connection that the server has seen; one that attacks from a header block must not ack SETTINGS in it."""
    attacker = H2(world.broker.port, context(["h2"]), settings=settings)
    attacker.wait(SETTINGS)
    attacker.wait(SETTINGS, flags=ACK)
    return attacker


def flood(pieces, most_mib=24):
    def case(world):
        bystander = Bystander(world.broker)
        bystander.ask()
        memory = Memory(world.broker)
        attacker = attacking(world)
        for piece in pieces():
            attacker.send(piece)
            bystander.ask()
            if gone(attacker):
                break
        else:
            attacker.wait(GOAWAY)
        got = int.from_bytes(attacker.seen[-1][3][4:8], "big")
        equal(got, ENHANCE_YOUR_CALM, "the attacker's GOAWAY")
        while attacker.frame() is not None:
            pass
        bystander.ask()
        memory.check(most_mib * MIB)

    return case


def streams(n, made, each=20):
    """made(stream id) for n streams, in pieces."""
    return lambda: (b"".join(made(1 + 2 * i) for i in range(at, min(at + each, n))) for at in range(0, n, each))


def again(piece, n, first=b""):
    return lambda: [first] + [piece] * n


def bomb():
    """One large entry in the decoder's table, then header blocks of nothing but references to it."""
    entry = b"\x40" + integer(1, 7) + b"x" + integer(4000, 7) + b"a" * 4000
    refer = integer(62, 7)
    refer = bytes([refer[0] | 0x80]) + refer[1:]
    yield frame(HEADERS, END_HEADERS | END_STREAM, 1, request(extra=entry))
    for i in range(1, 200):
        yield frame(HEADERS, END_HEADERS | END_STREAM, 1 + 2 * i, request(extra=refer * 8000))


LENGTH = literal(b"content-length", b"3")
FLOODS = {
    "rapid reset": flood(streams(2000, lambda i: opened(i) + frame(RST, 0, i, struct.pack(">I", 8)))),
    "resets provoked by windows": flood(streams(1000, lambda i: opened(i) + frame(WINDOW, 0, i, b"\x7f\xff\xff\xff"))),
    "resets provoked by lengths": flood(streams(1000, lambda i: opened(i, LENGTH) + frame(DATA, 0, i, b"four"))),
    "resets provoked by headers": flood(streams(1000, lambda i: opened(i, literal(b"connection", b"close")))),
    "HPACK bombs": flood(bomb),
    "CONTINUATION": flood(again(frame(CONT, 0, 1, literal(b"x", b"y" * 1000)) * 4, 500, frame(HEADERS, END_STREAM, 1, request()))),
    "empty CONTINUATION": flood(again(frame(CONT, 0, 1) * 100, 100, frame(HEADERS, END_STREAM, 1, request()))),
    "PING": flood(again(frame(PING, 0, 0, b"12345678") * 100, 100)),
    "SETTINGS": flood(again(frame(SETTINGS, 0, 0, struct.pack(">HI", 1, 4096)) * 100, 100)),
    "PRIORITY": flood(again(frame(PRIORITY, 0, 3, b"\0\0\0\0\x10") * 100, 100)),
    "empty DATA": flood(again(frame(DATA, 0, 1) * 100, 100, opened(1))),
    "DATA of padding": flood(again(frame(DATA, PADDED, 1, b"\xff" + b"\0" * 255) * 50, 200, opened(1))),
    "empty HEADERS": flood(streams(1000, lambda i: frame(HEADERS, END_HEADERS | END_STREAM, i))),
    "HEADERS of streams that are no more": flood(again(frame(HEADERS, 5, 3, request()) * 50, 200, opened(5))),
    "WINDOW_UPDATE": flood(again(frame(WINDOW, 0, 0, b"\0\0\0\1") * 100, 100)),
    "table sizes": flood(streams(500, lambda i: frame(HEADERS, 5, i, b"\x20\x3f\xe1\x1f" * 2000), each=4)),
}


# --- memory ---

def bodies_without_end(world):
    """Every stream sends nearly the longest message that is allowed, and never its end."""
    bystander, memory = Bystander(world.broker), Memory(world.broker)
    attackers = [attacking(world) for _ in range(2)]
    # Within the windows of streams and connection, which the bystander's answer shows to be open again.
    groups = [range(at, at + 12, 2) for at in range(1, 240, 12)]
    for group in groups:
        for attacker in attackers:
            attacker.send(b"".join(opened(stream) for stream in group))
        for _ in range(60):
            for attacker in attackers:
                attacker.send(b"".join(frame(DATA, 0, stream, b" " * 16384) * 4 for stream in group))
                check(not gone(attacker), "expelled: %r" % attacker.brief())
            bystander.ask()
    memory.check(HELD_MIB * MIB)
    for attacker in attackers:
        attacker.sock.close()
    bystander.ask()


def key_headers(world):
    return literal(b"authorization", b"Bearer " + world.town.backend_key.encode())


def large_once_read(world):
    """Short messages that take much memory once they are decoded, all at once."""
    bystander, memory = Bystander(world.broker), Memory(world.broker)
    attacker = attacking(world)
    head = request("/paidan.v1.OrgService/ImportGrids", b"application/proto", key_headers(world))
    body = b"\x12\x00" * 130000  # within a stream's window
    streams = range(1, 200, 2)
    for stream in streams:
        attacker.send(frame(HEADERS, END_HEADERS, stream, head))
        attacker.send(b"".join(frame(DATA, 0, stream, body[at:at + 16384]) for at in range(0, len(body), 16384)))
        bystander.ask()
        check(not gone(attacker), "expelled: %r" % attacker.brief())
    attacker.send(b"".join(frame(DATA, END_STREAM, stream) for stream in streams))
    bystander.ask()
    memory.check(READ_MIB * MIB)
    wait_for("answers", lambda: not gone(attacker) and
             {f[2] for f in attacker.seen if f[0] == HEADERS} == set(streams))
    attacker.sock.close()


def answers_not_read(world):
    """Every stream asks for a long answer and gives no window to send it."""
    bystander, memory = Bystander(world.broker), Memory(world.broker)
    attackers = [attacking(world, struct.pack(">HI", 4, 0)) for _ in range(4)]
    acting = literal(b"x-paidan-act-as", b"resident/" + world.town.resident.encode())
    head = request("/paidan.v1.OrderService/ListOrders", extra=key_headers(world) + acting)
    for _ in range(40):
        world.town.place()
    for attacker in attackers:
        for stream in range(1, 500, 2):
            attacker.send(frame(HEADERS, END_HEADERS, stream, head)
                          + frame(DATA, END_STREAM, stream, json.dumps({"pageSize": 200}).encode()))
            if stream % 20 == 1:
                bystander.ask()
    memory.check(HELD_MIB * MIB)
    for attacker in attackers:
        attacker.sock.close()
    bystander.ask()


# --- peers that are slow, at the real bounds: half a minute, all of them at once ---

def silent(world, port):
    """Says nothing, not even hello: closed."""
    sock = connect(port)
    sock.settimeout(SLOW_S)
    equal(sock.recv(1), b"", "closed")


def slow_h1(world, first, more=b""):
    """A request that trickles, or stops: 408."""
    peer = H1(world.broker.port, context(["http/1.1"]))
    peer.send(first)
    end = time.monotonic() + SLOW_S
    peer.sock.settimeout(0.5)
    while b"\r\n\r\n" not in peer.kept:
        check(time.monotonic() < end, "no answer")
        try:
            peer.more()
        except Failed:
            peer.send(more)  # nothing came yet
    peer.sock.settimeout(SLOW_S)
    equal(peer.answer().status, 408, "status")
    peer.closed()


def slow_h2_body(world):
    peer = attacking(world)
    peer.sock.settimeout(SLOW_S)
    peer.send(opened(1) + frame(DATA, 0, 1, b"{"))
    equal(peer.answer(1)[0], 408, "status")


def slow_h2_head(world):
    """A header block without an end: nothing else can come, so the connection is closed."""
    peer = attacking(world)
    peer.sock.settimeout(SLOW_S)
    peer.send(frame(HEADERS, END_STREAM, 1, request()))
    equal(peer.answer(1)[0], 408, "status")
    while peer.frame() is not None:
        pass


def slow_reader(world, window):
    """An answer that is not taken, or byte by byte: reset."""
    peer = attacking(world, struct.pack(">HI", 4, 0))
    peer.send(frame(HEADERS, END_HEADERS, 1, request()) + frame(DATA, END_STREAM, 1, b"{}"))
    end = time.monotonic() + SLOW_S
    while not any(f[0] == RST for f in peer.seen):
        check(time.monotonic() < end, "no reset")
        if select.select([peer.sock], [], [], 4)[0]:
            check(peer.frame() is not None, "closed")
        elif window:
            peer.send(frame(WINDOW, 0, 1, struct.pack(">I", window)))
    equal(int.from_bytes(peer.seen[-1][3], "big"), 2, "INTERNAL_ERROR")


HEAD = b"POST %s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n" % HEALTH.encode()
SLOW = {
    "no handshake": lambda w: silent(w, w.broker.port),
    "nothing in the clear": lambda w: silent(w, w.broker.local_port),
    "half a head": lambda w: slow_h1(w, HEAD),
    "a head that trickles": lambda w: slow_h1(w, HEAD, b"x: y\r\n"),
    "half a body": lambda w: slow_h1(w, HEAD + b"Content-Length: 100\r\n\r\n{"),
    "a body that trickles": lambda w: slow_h1(w, HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "half a body on h2": slow_h2_body,
    "half a head on h2": slow_h2_head,
    "an answer not taken": lambda w: slow_reader(w, 0),
    "an answer taken byte by byte": lambda w: slow_reader(w, 1),
}


def slow_peers(world, report):
    bystander, results = Bystander(world.broker), {}

    def watched(name, case):
        try:
            case(world)
            results[name] = None
        except Exception as error:  # told in the case's own line
            results[name] = error

    def outcome(name):
        if results[name] is not None:
            raise results[name]

    threads = [threading.Thread(target=watched, args=item, daemon=True) for item in SLOW.items()]
    for thread in threads:
        thread.start()
    while threads:
        bystander.ask()
        threads[0].join(0.1)
        threads = [thread for thread in threads if thread.is_alive()]
    for name in SLOW:
        report.run("http: slow: " + name, outcome, name)


class World:
    def __init__(self, broker):
        self.broker = broker
        self.town = Town(broker)


def main():
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    cases = [("http: " + f.__name__.replace("_", " "), f)
             for f in (smuggling, bodies_without_end, large_once_read, answers_not_read)]
    cases += [("http: flood of " + name, case) for name, case in FLOODS.items()]
    report = Report()
    with Broker(binary_argument(), "--workers=1", "--log_level=warn") as broker:
        world = World(broker)
        if part == "slow":
            slow_peers(world, report)
            cases = []
        for name, case in cases:
            if part in name:
                report.run(name, case, world)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
