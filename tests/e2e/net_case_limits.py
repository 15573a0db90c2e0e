"""Drain, slow peers, connections and file descriptors."""
import socket
import struct
import time

from net_case import section
from net_peer import *


@section(private=True)
def drain():
    def refused(s):
        try:
            connect(s.tls_port)
            return False
        except ConnectionRefusedError:
            return True

    def h2_drain(s):
        c = H2(s.tls_port, context(["h2"]))
        c.alive(1)
        c.ask(3, "/slow?300")
        s.drain()
        notice = c.wait(GOAWAY)
        check(notice[3][:4] == b"\x7f\xff\xff\xff" and notice[3][4:8] == b"\0\0\0\0", "the notice")
        check(refused(s), "still listening")
        c.ask(5, "/hello")  # sent before the ack: still served
        ping = c.wait(PING)
        c.send(frame(PING, ACK, 0, ping[3]))
        final = c.wait(GOAWAY)
        check(final[3][:8] == b"\0\0\0\5\0\0\0\0", "the final GOAWAY %r" % final[3])
        while c.frame() is not None:
            pass
        seen = {f[2]: f[3] for f in c.seen if f[0] == DATA}
        check(seen[3] == b"slow" and seen[5] == b"hello", "answers %r" % seen)
        s.ended()

    def h2_silent(s):
        """A client that never answers the PING gets the final GOAWAY all the same."""
        c = H2(s.port)
        c.alive(1)
        s.drain()
        c.wait(GOAWAY)
        check(c.wait(GOAWAY)[3][:4] == b"\0\0\0\1", "final")
        while c.frame() is not None:
            pass
        c.sock.close()
        s.ended()

    def h1_drain(s):
        idle, busy, half = H1(s.port), H1(s.port), H1(s.port)
        idle.get("/hello")
        half.send(b"GET /hello HTTP/1.1\r\n")
        busy.send(b"GET /slow?300 HTTP/1.1\r\nHost: t\r\n\r\n")
        until("begun", lambda: s.stats()["requests_now"] == 2)
        s.drain()
        idle.closed()
        half.send(b"Host: t\r\n\r\n")
        for c, body in ((half, b"hello"), (busy, b"slow")):
            a = c.answer()
            check(a.body == body and a.headers["connection"] == "close", "answer")
            c.closed()
        s.ended()

    def silent(s):
        k = connect(s.port)
        until("accepted", lambda: s.stats()["connections_now"] == 2)
        s.drain()
        check(k.recv(10) == b"", "closed")
        k.close()
        s.ended()

    yield "drain: h2 gets notice, PING, GOAWAY and its answers", h2_drain
    yield "drain: h2 that ignores the PING", h2_silent
    yield "drain: h1 idle, under way, half sent", h1_drain
    yield "drain: a connection that said nothing", silent


@section(private=True, drain_ms=300)
def drain_cut():
    def cut(s):
        a, b = H2(s.tls_port, context(["h2"])), H1(s.port)
        a.ask(1, "/hang")
        b.send(b"GET /events?1000000,10 HTTP/1.1\r\nHost: t\r\n\r\n")
        until("begun", lambda: s.stats()["requests_now"] == 3)
        s.drain()
        s.ended()

    yield "drain: what takes too long is cut", cut


@section(handshake_ms=200, request_ms=400, idle_ms=600)
def slow_peers():
    def silent_tls(s):
        k = connect(s.tls_port)
        check(k.recv(10) == b"", "closed")

    def silent_clear(s):
        k = connect(s.port)
        check(k.recv(10) == b"", "closed")

    def slowloris(s):
        c = H1(s.port)
        c.sock.settimeout(0.05)
        c.send(b"GET /hello HTTP/1.1\r\nHost: t\r\n")
        end = time.monotonic() + TIMEOUT_S
        while time.monotonic() < end and b"408" not in c.kept:
            c.send(b"X: y\r\n")
            try:
                if not c.more():
                    break
            except Failed:
                pass
        check(b" 408 " in c.kept, "no 408")

    def h1_body(s):
        c = H1(s.port)
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
        check(c.answer().status == 408, "status")
        c.closed()

    def h2_body(s):
        c = H2(s.port)
        c.send(frame(HEADERS, END_HEADERS, 1, request("/echo", b"POST")) + frame(DATA, 0, 1, b"abc"))
        check(c.answer(1)[0] == 408, "status")
        c.alive(3)

    def h2_no_settings(s):
        c = H2(s.tls_port, context(["h2"]), hello=False)
        while c.frame() is not None:
            pass

    def h1_idle(s):
        c = H1(s.port)
        c.get("/hello")
        c.closed()

    def h2_idle(s):
        c = H2(s.port)
        c.alive(1)
        c.goaway(0)

    def h2_not_reading(s):
        c = H2(s.port, settings=struct.pack(">HI", 4, 0))
        c.ask(1, "/bytes?1000000")
        check(int.from_bytes(c.wait(RST, 1)[3], "big") == 2, "reset")

    def h2_reading_bytes(s):
        """A byte of window at a time keeps no answer alive."""
        c = H2(s.port, settings=struct.pack(">HI", 4, 0))
        c.ask(1, "/bytes?1000000")
        end = time.monotonic() + TIMEOUT_S
        c.sock.settimeout(0.05)
        while time.monotonic() < end and not any(f[0] == RST for f in c.seen):
            c.send(frame(WINDOW, 0, 1, b"\0\0\0\1"))
            try:
                c.frame()
            except Failed:
                pass  # nothing comes for a while
        check(any(f[0] == RST for f in c.seen), "no reset")

    def h1_not_reading(s):
        c = H1(s.port)
        c.send(b"GET /bytes?100000000 HTTP/1.1\r\nHost: t\r\n\r\n")
        before = s.stats()["closed_timeout"]
        until("given up", lambda: s.stats()["closed_timeout"] > before and s.stats()["requests_now"] == 1)

    def h1_left(s):
        """Nobody knows whether who sends no more still reads: the answer may take so long, and no longer."""
        c = H1(s.port)
        before = s.stats()["closed_timeout"]
        c.send(b"GET /hang HTTP/1.1\r\nHost: t\r\n\r\n")
        until("begun", lambda: s.stats()["requests_now"] == 2)
        c.sock.close()
        until("given up", lambda: s.stats()["closed_timeout"] == before + 1 and s.stats()["requests_now"] == 1)

    def h2_queue(s):
        """Refusals queued for a peer that does not read are bounded, in number and in time."""
        c = H2(s.port, settings=struct.pack(">HI", 4, 0x7FFFFFFF))
        c.send(frame(WINDOW, 0, 0, struct.pack(">I", 0x7FFF0000)))
        c.ask(1, "/bytes?100000000")
        until("stuck", lambda: s.stats()["pending_max"] >= 262144)
        before = s.stats()
        for i in range(1, 3000):
            c.ask(1 + 2 * i, "/hang")
        until("expelled", lambda: s.stats()["closed_abuse"] == before["closed_abuse"] + 1)
        until("closed", lambda: s.stats()["connections_now"] == 1)

    def waiting_is_fine(s):
        c = H2(s.port)
        c.ask(1, "/slow?1500")
        check(c.answer(1) == (200, b"slow"), "a slow answer is not the peer's fault")
        d = H1(s.port)
        check(d.get("/slow?1500").body == b"slow", "nor on h1")

    yield "slow: TLS handshake never begun", silent_tls
    yield "slow: nothing on the cleartext port", silent_clear
    yield "slow: h1 headers one by one get 408", slowloris
    yield "slow: h1 body gets 408", h1_body
    yield "slow: h2 body gets 408", h2_body
    yield "slow: h2 without a preface", h2_no_settings
    yield "slow: idle h1 is closed", h1_idle
    yield "slow: idle h2 gets GOAWAY", h2_idle
    yield "slow: h2 peer that takes nothing", h2_not_reading
    yield "slow: h2 peer that takes bytes one by one", h2_reading_bytes
    yield "slow: h1 peer that takes nothing", h1_not_reading
    yield "slow: h1 peer that left", h1_left
    yield "slow: h2 peer that makes refusals and reads none", h2_queue
    yield "slow: the app may take its time", waiting_is_fine


@section(connection_held_bytes=100000, held_bytes=250000, request_ms=60000, pressed_ms=300)
def held():
    """What peers make the worker keep: bodies without an end, answers that they don't take."""
    def hold(c, stream, size, wait=True):
        c.send(frame(HEADERS, END_HEADERS, stream, request("/hang", b"POST")))
        for at in range(0, size, 10000):
            c.send(frame(DATA, 0, stream, b"x" * min(10000, size - at)))
        if wait:
            c.alive(stream + 2)  # so much for the order between connections

    def cancel(s, *peers):
        for c in peers:
            c.sock.close()
        until("gone", lambda: s.stats()["requests_now"] == 1)
        check(s.stats()["held_bytes_now"] < 1000, "held for nobody")

    def connection_share(s):
        c, other = H2(s.port), H2(s.port)
        hold(c, 1, 90000)
        check(s.stats()["held_bytes_now"] >= 90000, "what is held is not told")
        hold(c, 5, 20000, wait=False)
        check(c.answer(5)[0] == 503, "the connection's share is used up")
        other.ask(1, "/echo", b"x" * 9000, b"POST")
        check(other.answer(1)[0] == 200, "another connection has its own")
        c.send(frame(RST, 0, 1, struct.pack(">I", 8)))
        c.ask(7, "/echo", b"x" * 9000, b"POST")
        check(c.answer(7)[0] == 200, "room again")
        cancel(s, c, other)

    def worker_share(s):
        peers = [H2(s.port) for _ in range(4)]
        for c in peers[:2]:
            hold(c, 1, 99000)
        hold(peers[2], 1, 50000)
        hold(peers[3], 1, 9000, wait=False)
        check(peers[3].answer(1)[0] == 503, "the worker's share is used up")
        peers[3].alive(3)
        cancel(s, *peers)

    def pressed(s):
        """More than half is held: those who trickle are given up until there is room, the others served."""
        c, other = H2(s.port), H1(s.port)
        hold(c, 1, 99000)
        d = H2(s.port)
        hold(d, 1, 40000)
        check(d.answer(1)[0] == 408, "given up")
        check(other.get("/hello").body == b"hello", "answer")
        c.alive(5)
        check(not any(f[0] == HEADERS and f[2] == 1 for f in c.seen), "one was enough")
        cancel(s, c, d)

    def pressed_reader(s):
        c = H2(s.port, settings=struct.pack(">HI", 4, 0))
        c.ask(1, "/bytes?200000")
        check(int.from_bytes(c.wait(RST, 1)[3], "big") == 2, "reset")
        cancel(s, c)

    yield "held: a connection has its share of bodies", connection_share
    yield "held: the worker has a bound for all", worker_share
    yield "held: whoever trickles makes room", pressed
    yield "held: whoever takes nothing makes room", pressed_reader


@section(request_ms=400)
def half_a_head():
    def h2(s):
        """Nothing else can come on that connection: it is not kept until it has been idle for long."""
        c = H2(s.port)
        c.wait(SETTINGS)  # whose ack must not come into the midst of it
        c.wait(SETTINGS, flags=ACK)
        c.send(frame(HEADERS, END_STREAM, 1, request()))
        check(c.answer(1)[0] == 408, "status")
        c.goaway(0)

    yield "slow: h2 header block without an end", h2


# A peer that must answer in time shares two cores with the rest of the tests.
@section(silent_ms=200, probe_ms=2000, handshake_ms=400)
def silent_peers():
    def probed(s):
        """Who answers the PING stays, however long the answer to its request takes."""
        c = H2(s.port)
        c.ask(1, "/hang")
        for _ in range(4):
            f = c.wait(PING)
            check(not f[1] & ACK, "an ack of nothing")
            c.send(frame(PING, ACK, 0, f[3]))
        c.alive(3)

    def gone(s):
        c = H2(s.port)
        c.ask(1, "/hang")
        before = s.stats()
        c.wait(PING)
        while c.frame() is not None:
            pass
        until("the request's end", lambda: s.stats()["requests_now"] == 1)
        check(s.stats()["closed_timeout"] == before["closed_timeout"] + 1, "not counted")

    def idle(s):
        c = H2(s.port)
        c.alive(1)
        c.sock.settimeout(0.8)
        try:
            while True:
                check(c.frame()[0] != PING, "a PING for one that waits for nothing")
        except Failed as e:
            check(str(e).startswith("nothing comes"), str(e))

    yield "silent: who answers the PING stays", probed
    yield "silent: who does not is gone, with its requests", gone
    yield "silent: nobody is asked without a request", idle


@section(private=True, connections=5)
def connection_limit():
    def limit(s):
        held = [H1(s.port) for _ in range(5)]
        for c in held:
            c.get("/hello")
        late = H1(s.port)
        late.send(b"GET /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        late.sock.settimeout(0.3)
        try:
            late.sock.recv(10)
            raise Failed("a sixth was served")
        except socket.timeout:
            late.sock.settimeout(TIMEOUT_S)
        held[0].get("/hello", close=True)
        held[0].closed()
        check(late.answer().body == b"hello", "served once there was room")
        for c in held[1:]:
            c.sock.close()
        late.sock.close()
        check(s.stats()["accept_pauses"] >= 1, "not counted")

    yield "limits: connections wait for room", limit


@section(private=True, files=40)
def descriptors():
    def exhausted(s):
        held = [connect(s.port) for _ in range(60)]
        until("resting", lambda: "accepting rests" in s.logged())
        ticks = lambda: sum(int(x) for x in open("/proc/%d/stat" % s.process.pid).read().split()[13:15])
        before = ticks()
        time.sleep(0.5)  # what is measured is time itself: does it spin?
        check(ticks() - before < 20, "spins while out of descriptors")
        for k in held:
            k.close()
        c = H1(s.port)
        check(c.get("/hello", close=True).body == b"hello", "serves again")
        check(s.stats()["accept_pauses"] >= 1, "not counted")

    yield "limits: out of file descriptors", exhausted
