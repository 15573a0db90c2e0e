"""HTTP/2: requests and answers."""
import os
import socket
import struct

from net_case import section
from net_peer import *


@section()
def h2():
    def get(s):
        c = H2(s.port)
        c.alive(1)
        c.alive(3)

    def headers(s):
        c = H2(s.port)
        c.ask(1, "/headers?x=1", extra=literal(b"x-a", b"b"))
        lines = c.answer(1)[1].decode().splitlines()
        for want in ("path=/headers", "query=x=1", "authority=test", "h2=1", "loopback=1", "x-a: b"):
            check(want in lines, "%r not in %r" % (want, lines))

    def echo(s):
        data = os.urandom(200000)
        c = H2(s.port)
        c.send(frame(HEADERS, END_HEADERS, 1, request("/echo", b"POST")))
        for at in range(0, len(data), 16384):
            c.send(frame(DATA, 0, 1, data[at : at + 16384]))
        c.send(frame(DATA, END_STREAM, 1))
        check(c.answer(1) == (200, data), "body")

    def trailers(s):
        c = H2(s.port)
        c.ask(1, "/stream", b"hello", b"POST")
        head, data, end = c.wait(HEADERS, 1), c.wait(DATA, 1), c.wait(HEADERS, 1)
        check(data[3] == b"hello" and not data[1] & END_STREAM, "data")
        check(end[1] & END_STREAM, "trailers end the stream")

    def request_trailers(s):
        c = H2(s.port)
        c.send(frame(HEADERS, END_HEADERS, 1, request("/echo", b"POST")) + frame(DATA, 0, 1, b"abc"))
        c.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, literal(b"x-end", b"1")))
        check(c.answer(1) == (200, b"abc"), "body")

    def early(s):
        c = H2(s.port)
        c.send(frame(HEADERS, END_HEADERS, 1, request("/early", b"POST")))
        check(c.answer(1) == (200, b"early"), "answer")
        check(int.from_bytes(c.wait(RST, 1)[3], "big") == 0, "RST_STREAM(NO_ERROR) behind END_STREAM")
        c.send(frame(DATA, END_STREAM, 1, b"late"))
        c.alive(3)

    def flow_control(s):
        c = H2(s.port, settings=struct.pack(">HI", 4, 1000))
        c.ask(1, "/bytes?300000")
        got = 0
        while got < 1000:
            got += len(c.wait(DATA, 1)[3])
        check(got == 1000, "more than the window: %d" % got)
        c.alive(3)
        check(not [f for f in c.seen if f[0] == DATA and f[2] == 1 and got < sum(len(g[3]) for g in c.seen if g[0] == DATA and g[2] == 1)],
              "data without window")
        c.send(frame(WINDOW, 0, 1, struct.pack(">I", 1000000)))
        c.send(frame(WINDOW, 0, 0, struct.pack(">I", 1000000)))
        while not c.wait(DATA, 1)[1] & END_STREAM:
            pass
        check(sum(len(f[3]) for f in c.seen if f[0] == DATA and f[2] == 1) == 300000, "body")

    def many_streams(s):
        c = H2(s.port)
        n = 200
        c.send(b"".join(frame(HEADERS, END_HEADERS | END_STREAM, 1 + 2 * i, request("/slow?%d" % (i % 7))) for i in range(n)))
        ended = 0
        while ended < n:
            f = c.frame()
            check(f is not None and f[0] != RST, "stream failed")
            ended += f[0] == DATA and f[1] & END_STREAM

    def cancel(s):
        c = H2(s.port)
        for i in range(20):
            c.ask(1 + 2 * i, "/hang" if i % 2 else "/events?100000,1")
        until("begun", lambda: s.stats()["requests_now"] == 21)
        for i in range(20):
            c.send(frame(RST, 0, 1 + 2 * i, struct.pack(">I", 8)))
        until("gone", lambda: s.stats()["requests_now"] == 1)
        c.alive(101)

    def peer_leaves(s):
        c = H2(s.port)
        for i in range(20):
            c.ask(1 + 2 * i, "/hang")
        until("begun", lambda: s.stats()["requests_now"] == 21)
        c.sock.close()
        until("gone", lambda: s.stats()["requests_now"] == 1)

    def abort(s):
        c = H2(s.port)
        c.ask(1, "/abort")
        check(int.from_bytes(c.wait(RST, 1)[3], "big") == 2, "INTERNAL_ERROR")
        c.alive(3)

    def connect(s):
        c = H2(s.port)
        c.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, literal(b":method", b"CONNECT") + literal(b":authority", b"a:1")))
        check(c.answer(1)[0] == 400, "status")
        c.alive(3)

    def head(s):
        c = H2(s.port)
        c.ask(1, "/bytes?100000", method=b"HEAD")
        check(c.answer(1) == (200, b""), "body")
        c.alive(3)

    def too_many_streams(s):
        c = H2(s.port)
        for i in range(300):
            c.ask(1 + 2 * i, "/hang")
        refused = 0
        while refused < 300 - 256:
            f = c.wait(RST)
            check(int.from_bytes(f[3], "big") == 7, "REFUSED_STREAM")
            refused += 1
        check(s.stats()["requests_now"] <= 257, "streams")

    def busy_client(s):
        """Two WINDOW_UPDATE for each DATA frame and a PING after the other, as gRPC clients send, is no abuse."""
        c = H2(s.port)
        c.ask(1, "/bytes?30000000")
        got, asked = 0, False
        while got < 30000000:
            f = c.frame()
            asked = asked and f[0] != PING
            if f[0] != DATA:
                continue
            got += len(f[3])
            size = struct.pack(">I", max(len(f[3]), 1))
            c.send(frame(WINDOW, 0, 0, size) + frame(WINDOW, 0, 1, size) + (b"" if asked else frame(PING, 0, 0, b"12345678")))
            asked = True
            c.seen.clear()
        check(s.stats()["closed_abuse"] == 0, "taken for abuse")
        c.alive(3)

    def uploads(s):
        """Many uploads at once, over TLS and within their windows: these open as the bodies are taken."""
        def granted(f):
            return int.from_bytes(f[3], "big") if f[0] == WINDOW and f[2] == 0 else 0

        c = H2(s.tls_port, context(["h2"]))
        c.wait(SETTINGS, flags=ACK)
        room = 65535 + sum(map(granted, c.seen))
        streams = range(1, 49, 2)
        for i in streams:
            c.send(frame(HEADERS, END_HEADERS, i, request("/hang", b"POST")))
            for _ in range(15):
                while room < 16384:
                    room += granted(c.wait(WINDOW, 0))
                c.send(frame(DATA, 0, i, b" " * 16384))
                room -= 16384
        c.send(frame(PING, 0, 0, b"12345678"))
        c.wait(PING, flags=ACK)
        check({f[2] for f in c.seen if f[0] == WINDOW} >= set(streams), "windows")

    yield "h2: get", get
    yield "h2: head as understood", headers
    yield "h2: echo", echo
    yield "h2: trailers", trailers
    yield "h2: trailers of a request", request_trailers
    yield "h2: answer before the body", early
    yield "h2: flow control", flow_control
    yield "h2: 200 streams", many_streams
    yield "h2: cancelled by the peer", cancel
    yield "h2: peer leaves in the middle", peer_leaves
    yield "h2: abort", abort
    yield "h2: CONNECT gets 400", connect
    yield "h2: HEAD", head
    yield "h2: many uploads at once", uploads
    yield "h2: streams over the limit are refused", too_many_streams
    yield "h2: a busy client is no attacker", busy_client


@section()
def h2_smuggling():
    """What would be another request once a proxy writes it as HTTP/1.1. The stream fails, the app hears nothing."""
    def refused(block, body=None, trailers=None):
        def case(s):
            c = H2(s.port)
            before = s.stats()["begun"]
            c.send(frame(HEADERS, END_HEADERS | (END_STREAM if body is None else 0), 1, block))
            if body is not None:
                c.send(frame(DATA, END_STREAM if trailers is None else 0, 1, body))
            if trailers is not None:
                c.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, trailers))
            while True:
                f = c.frame()
                check(f is not None, "closed; frames %r" % c.brief())
                if f[0] == RST and f[2] == 1:
                    check(int.from_bytes(f[3], "big") == 1, "reset with %r" % f[3])
                    break
                if f[0] == HEADERS and f[2] == 1:
                    check(status_of(f[3]) == 400, "status %d" % status_of(f[3]))
                    break
            c.alive(3)
            check(s.stats()["begun"] - before <= (2 if body is None else 3), "the app has seen it")  # alive and stats

        return case

    def raw(*pairs):
        return b"".join(literal(name, value) for name, value in pairs)

    def head(method=b"GET", scheme=b"http", path=b"/hello", authority=b"test"):
        return raw((b":method", method), (b":scheme", scheme), (b":path", path), (b":authority", authority))

    smuggled = b"x\r\n\r\nGET /hello HTTP/1.1\r\nHost: test"
    for name, extra in {
        "transfer-encoding": (b"transfer-encoding", b"chunked"),
        "connection": (b"connection", b"transfer-encoding"),
        "keep-alive": (b"keep-alive", b"1"),
        "proxy-connection": (b"proxy-connection", b"close"),
        "upgrade": (b"upgrade", b"h2c"),
        "te other than trailers": (b"te", b"chunked"),
        "line end in a value": (b"x-a", smuggled),
        "line feed in a value": (b"x-a", b"b\ntransfer-encoding: chunked"),
        "CR in a value": (b"x-a", b"b\rtransfer-encoding: chunked"),
        "NUL in a value": (b"x-a", b"b\0c"),
        "line end in a name": (b"x-a: b\r\ntransfer-encoding", b"chunked"),
        "colon in a name": (b"transfer-encoding:", b"chunked"),
        "space in a name": (b"transfer-encoding ", b"chunked"),
        "capitals in a name": (b"Transfer-Encoding", b"chunked"),
        "name empty": (b"", b"b"),
        "another host": (b"host", b"evil"),
        "pseudo header behind the others": (b":path", b"/echo"),
        "pseudo header of a response": (b":status", b"200"),
        "length with a list": (b"content-length", b"5, 5"),
        "length with plus": (b"content-length", b"+5"),
        "length without a body": (b"content-length", b"5"),
    }.items():
        yield "h2 smuggling: " + name, refused(head() + raw(extra))
    for name, block in {
        "line end in the path": head(path=b"/hello HTTP/1.1\r\nHost: evil\r\n\r\nGET /"),
        "space in the path": head(path=b"/hello HTTP/1.1"),
        "path of another host": head(path=b"http://evil/hello"),
        "path empty": head(path=b""),
        "line end in the method": head(method=b"GET / HTTP/1.1\r\nHost: evil\r\n\r\nGET"),
        "space in the method": head(method=b"GET /hello"),
        "line end in the authority": head(authority=b"test\r\nx-a: b"),
        "line end in the scheme": head(scheme=b"http://evil/\r\n"),
        "path twice": head() + raw((b":path", b"/echo")),
        "length twice": head(method=b"POST") + raw((b"content-length", b"0"), (b"content-length", b"0")),
        "host twice": head() + raw((b"host", b"test"), (b"host", b"test")),
        "no authority": raw((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/hello")),
    }.items():
        yield "h2 smuggling: " + name, refused(block)
    post = head(method=b"POST", path=b"/echo")
    yield "h2 smuggling: body longer than its length", refused(post + raw((b"content-length", b"1")), b"xGET /hello")
    yield "h2 smuggling: body shorter than its length", refused(post + raw((b"content-length", b"9")), b"x")
    yield "h2 smuggling: trailer with a line end", refused(post, b"x", raw((b"x-a", smuggled)))
    yield "h2 smuggling: trailer with a pseudo header", refused(post, b"x", raw((b":path", b"/hello")))
