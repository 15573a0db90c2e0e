"""HTTP/1.1: smuggling, framing, connection handling, sizes."""
import os
import socket

from net_case import section
from net_peer import *
from net_smuggling import CASES, EXPECTS, SECOND


def smuggling_case(data, status=400):
    def case(s):
        before = s.stats()["begun"]
        c = H1(s.port)
        c.send(data)
        answer = c.answer()
        check(answer.status == status, "status %d" % answer.status)
        check(answer.headers.get("connection") == "close", "no connection: close")
        c.closed()
        check(s.stats()["begun"] - before <= 2, "a second request was seen")  # this one at most, and /stats

    return case


@section()
def smuggling():
    for name, data in CASES.items():
        yield "smuggling: " + name, smuggling_case(data)
    for name, data in EXPECTS.items():
        yield "smuggling: " + name, smuggling_case(data, 417)


@section()
def framing():
    """Requests inside bodies stay there, and what follows a body is a request."""

    def begun(s, send, answers, closes=False):
        before = s.stats()["begun"]
        c = H1(s.port)
        c.send(send)
        for body in answers:
            got = c.answer(head=body is None)
            check(body is None or got.body == body, "answer %r" % got.body)
        if closes:
            c.closed()
        n = s.stats()["begun"] - before - 1
        check(n == len(answers), "%d requests were begun" % n)

    def length(method, target, answer):
        head = b"%s %s HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % (method, target, len(SECOND))
        return lambda s: begun(s, head + SECOND + SECOND, [answer, b"hello"])

    def chunked(s):
        c = b"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(SECOND), SECOND)
        begun(s, c + body + SECOND, [SECOND, b"hello"])

    def trailers(s):
        c = b"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
        begun(s, c + b"1;a=b\r\nx\r\n000\r\nX-A: GET /hello HTTP/1.1\r\nX-B:\r\n\r\n" + SECOND, [b"x", b"hello"])

    def upgrade(s):
        """Nothing is upgraded, so what follows must be HTTP/1.1, which HTTP/2's preface is not."""
        c = H1(s.port)
        c.send(b"GET /hello HTTP/1.1\r\nHost: t\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
               b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n" + PREFACE + frame(SETTINGS)
               + frame(HEADERS, 5, 1, request("/hello")))
        check(c.answer().body == b"hello" and c.answer().status == 400, "answers")
        c.closed()

    def early(expect):
        """An answer before the body was read: what comes behind it may be that body, so nothing of it is taken."""
        head = b"POST /early HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n%s\r\n" % (len(SECOND) + 1, expect)
        return lambda s: begun(s, head + SECOND, [b"early"], closes=True)

    def cut(s):
        """A body that never comes whole: its request is not answered, nor is what is in it."""
        before = s.stats()["begun"]
        c = H1(s.port)
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % (len(SECOND) + 1) + SECOND)
        c.sock.shutdown(socket.SHUT_WR)
        c.closed()
        check(s.stats()["begun"] - before == 2, "begun")

    yield "framing: a request in a body", length(b"POST", b"/echo", SECOND)
    yield "framing: a request in the body of a GET", length(b"GET", b"/echo", SECOND)
    yield "framing: a request in the body of a HEAD", length(b"HEAD", b"/hello", None)
    yield "framing: a request in a body of no use", length(b"POST", b"/hello", b"hello")
    yield "framing: a request in a chunk", chunked
    yield "framing: requests in and behind trailers", trailers
    yield "framing: HTTP/2 behind an offer to upgrade", upgrade
    yield "framing: an early answer ends the connection", early(b"")
    yield "framing: an early answer to one who waits for 100", early(b"Expect: 100-continue\r\n")
    yield "framing: a body cut short", cut


@section()
def h1():
    def keep_alive(s):
        c = H1(s.port)
        for _ in range(20):
            check(c.get("/hello").body == b"hello", "body")
        check(c.get("/hello", close=True).headers["connection"] == "close", "header")
        c.closed()

    def pipelining(s):
        c = H1(s.port)
        n = 300
        c.send(b"".join(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\n%04d" % i for i in range(n)))
        for i in range(n):
            check(c.answer().body == b"%04d" % i, "order")

    def pipelining_waits(s):
        c = H1(s.port)
        c.send(b"GET /slow?150 HTTP/1.1\r\nHost: t\r\n\r\nGET /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        check(c.answer().body == b"slow" and c.answer().body == b"hello", "order")
        c.closed()

    def pipelining_bounded(s):
        c = H1(s.port)
        c.sock.settimeout(0.2)
        sent = c.sock.send(b"GET /slow?1000 HTTP/1.1\r\nHost: t\r\n\r\n")
        rest = b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n" * 4000
        before = s.stats()["bytes_in"]
        try:
            while sent < 20000000:
                sent += c.sock.send(rest)
        except socket.timeout:
            pass
        check(sent < 20000000, "all was taken")
        check(s.stats()["bytes_in"] - before < 100000, "much was read ahead")

    def byte_by_byte(s):
        c = H1(s.port)
        for b in b"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n":
            c.send(bytes([b]))
        check(c.answer().body == b"abcde", "body")
        check(c.get("/hello").body == b"hello", "the next request")

    def chunk_extensions(s):
        """Of one request, however they are spread over its chunks."""
        for lengths, status in (((256,), 200), ((257,), 400), ((100, 156), 200), ((100, 157), 400)):
            c = H1(s.port)
            c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                   + b"".join(b"1;%s\r\na\r\n" % (b"x" * n) for n in lengths) + b"0\r\n\r\n")
            check(c.answer().status == status, "%r" % (lengths,))

    def large_chunked(s):
        data = os.urandom(3000000)
        c = H1(s.port)
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(data), 70000):
            piece = data[at : at + 70000]
            c.send(b"%X\r\n%s\r\n" % (len(piece), piece))
        c.send(b"0\r\n\r\n")
        check(c.answer().body == data, "body")

    def chunked_answer(s):
        c = H1(s.port)
        c.send(b"POST /stream HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello")
        a = c.answer()
        check(a.body == b"hello" and a.headers["transfer-encoding"] == "chunked", "body")
        check(a.trailers == {"x-status": "0", "x-message": "line  break"}, "trailers %r" % a.trailers)
        check(c.get("/hello").body == b"hello", "the next request")

    def expect(s):
        c = H1(s.port)
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        check(c.answer().status == 100, "no 100")
        c.send(b"hello")
        check(c.answer().body == b"hello", "body")
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\nhello")
        check(c.answer().body == b"hello", "100 where the body was there already")

    def expect_other(s):
        c = H1(s.port)
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nExpect: tea\r\n\r\nhello")
        check(c.answer().status == 417, "status")
        c.closed()

    def early_answer(s):
        c = H1(s.port)
        c.send(b"POST /early HTTP/1.1\r\nHost: t\r\nContent-Length: 500000\r\n\r\n")
        a = c.answer()
        check(a.body == b"early" and a.headers["connection"] == "close", "answer")
        c.send(b"x" * 100000)  # must not turn into a reset before the answer is read
        c.closed()

    def head_request(s):
        c = H1(s.port)
        c.send(b"HEAD /hello HTTP/1.1\r\nHost: t\r\n\r\n")
        a = c.answer(head=True)
        check(a.headers["content-length"] == "5", "length")
        c.send(b"HEAD /bytes?100000 HTTP/1.1\r\nHost: t\r\n\r\n")
        c.answer(head=True)
        check(c.get("/hello").body == b"hello", "a body came")

    def http10(s):
        c = H1(s.port)
        c.send(b"GET /hello HTTP/1.0\r\n\r\n")
        check(c.answer().headers["connection"] == "close", "close")
        c.closed()
        c = H1(s.port)
        c.send(b"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        check(c.answer().headers["connection"] == "keep-alive", "keep-alive")
        c.send(b"GET /bytes?100000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        a = c.answer()
        check(len(a.body) == 100000 and "transfer-encoding" not in a.headers, "body to the end")

    def absolute_form(s):
        c = H1(s.port)
        c.send(b"GET http://TEST/headers?a=b?c HTTP/1.1\r\nHost: test\r\n\r\n")
        lines = c.answer().body.decode().splitlines()
        check("path=/headers" in lines and "query=a=b?c" in lines and "authority=TEST" in lines, repr(lines))
        c.send(b"OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n")
        check(c.answer().status == 404, "asterisk")

    def head_understood(s):
        c = H1(s.port)
        c.send(b"\r\nGET /headers HTTP/1.1\r\nhOsT: test:1\r\nX-Empty:\r\nX-Pad: \t a b \t \r\nx-last:c\r\n\r\n")
        lines = c.answer().body.decode().splitlines()
        for want in ("method=GET", "path=/headers", "query=", "authority=test:1", "length=-1", "h2=0", "tls=0",
                     "loopback=1", "peer=127.0.0.1", "x-empty: ", "x-pad: a b", "x-last: c"):
            check(want in lines, "%r not in %r" % (want, lines))

    def upgrade_ignored(s):
        c = H1(s.port)
        c.send(b"GET /hello HTTP/1.1\r\nHost: t\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
               b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\nGET /echo HTTP/1.1\r\nHost: t\r\n\r\n")
        check(c.answer().body == b"hello" and c.answer().body == b"", "answers")

    def half_close(s):
        c = H1(s.port)
        c.send(b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n" * 3)
        c.sock.shutdown(socket.SHUT_WR)
        for _ in range(3):
            check(c.answer().body == b"hello", "body")
        c.closed()

    def half_close_waits(s):
        """What has arrived whole is answered, and what stands behind it; what has not, is not."""
        get = b"GET %s HTTP/1.1\r\nHost: t\r\n\r\n"
        post = b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n"
        for behind, bodies in ((b"", []), (get % b"/hello", [b"hello"]), (get % b"/slow?50" + get % b"/hello", [b"slow", b"hello"]),
                               (post + b"0123456789", [b"0123456789"]), (post + b"012", []), (b"GET /hel", [])):
            c = H1(s.port)
            c.send(get % b"/slow?100" + behind)
            c.sock.shutdown(socket.SHUT_WR)
            for body in [b"slow"] + bodies:
                check(c.answer().body == body, "body")
            c.closed()

    def peer_leaves(s):
        before = s.stats()
        for path in ("/events?1000,1", "/bytes?100000000"):
            c = H1(s.port)
            c.send(b"GET %s HTTP/1.1\r\nHost: t\r\n\r\n" % path.encode())
            until("begun", lambda: s.stats()["requests_now"] == 2)
            c.sock.close()
            until("gone", lambda: s.stats()["requests_now"] == 1)
        c = H1(s.port)
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
        until("begun", lambda: s.stats()["requests_now"] == 2)
        c.sock.close()
        until("gone", lambda: s.stats()["requests_now"] == 1)
        check(s.stats()["gone"] > before["gone"] + 3, "gone")

    def abort(s):
        c = H1(s.port)
        c.send(b"GET /abort HTTP/1.1\r\nHost: t\r\n\r\n")
        c.closed()

    def backpressure(s):
        c = H1(s.port)
        c.send(b"GET /bytes?40000000 HTTP/1.1\r\nHost: t\r\n\r\n")
        until("stuck", lambda: s.stats()["pending_max"] >= 262144)
        check(s.stats()["pending_max"] <= 262144 + 16384, "buffered too much")
        check(len(c.answer().body) == 40000000, "body")

    def sizes(s):
        c = H1(s.port)
        c.send(b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: t\r\n\r\n")
        check(c.answer().status == 414, "long target")
        c.closed()
        c = H1(s.port)
        c.send(b"GET /hello HTTP/1.1\r\nHost: t\r\nX-A: " + b"a" * 20000 + b"\r\n\r\n")
        check(c.answer().status == 431, "long header")
        c.closed()
        c = H1(s.port)
        c.send(b"GET /hello HTTP/1.1\r\nHost: t\r\n" + b"X: y\r\n" * 64 + b"\r\n")
        check(c.answer().status == 431, "65 headers")
        c = H1(s.port)
        c.send(b"GET /hello HTTP/1.1\r\nHost: t\r\n" + b"X: y\r\n" * 63 + b"\r\n")
        check(c.answer().status == 200, "64 headers")
        c = H1(s.port)
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 8390657\r\n\r\n")
        check(c.answer().status == 413, "announced body")
        c.closed()

    yield "h1: keep-alive", keep_alive
    yield "h1: pipelining", pipelining
    yield "h1: a pipelined request waits for the one before", pipelining_waits
    yield "h1: pipelining reads only so far ahead", pipelining_bounded
    yield "h1: byte by byte, chunked with extension and trailer", byte_by_byte
    yield "h1: chunk extensions", chunk_extensions
    yield "h1: large chunked body", large_chunked
    yield "h1: chunked answer with trailers", chunked_answer
    yield "h1: Expect: 100-continue", expect
    yield "h1: other Expect gets 417", expect_other
    yield "h1: answer before the body", early_answer
    yield "h1: HEAD", head_request
    yield "h1: HTTP/1.0", http10
    yield "h1: absolute form and asterisk", absolute_form
    yield "h1: head as understood", head_understood
    yield "h1: offers to upgrade are ignored", upgrade_ignored
    yield "h1: half-closed by the client", half_close
    yield "h1: half-closed by a client that waits", half_close_waits
    yield "h1: peer leaves in the middle", peer_leaves
    yield "h1: abort closes", abort
    yield "h1: backpressure", backpressure
    yield "h1: sizes get 414, 431, 413", sizes


@section(body_bytes=100000)
def body_limits():
    def h1_chunked(s):
        c = H1(s.port)
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
        c.send(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
        c.send((b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 3)
        check(c.answer().status == 413, "status")
        c.closed()

    def h2_body(s):
        c = H2(s.port)
        c.send(frame(HEADERS, END_HEADERS, 1, request("/echo", b"POST")))
        for _ in range(7):
            c.send(frame(DATA, 0, 1, b"x" * 16384))
        check(c.answer(1)[0] == 413, "status")
        check(int.from_bytes(c.wait(RST, 1)[3], "big") == 0, "RST_STREAM(NO_ERROR)")
        c.alive(3)

    def at_limit(s):
        c = H1(s.port)
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100000)
        check(len(c.answer().body) == 100000, "body")

    yield "body limit: h1 chunked gets 413", h1_chunked
    yield "body limit: h2 gets 413", h2_body
    yield "body limit: the limit itself is allowed", at_limit
