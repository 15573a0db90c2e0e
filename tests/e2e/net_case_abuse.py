"""HTTP/2: floods, bombs and frames that are wrong."""
import socket
import struct

from net_case import section
from net_peer import *


def streams(n, made):
    """made(stream id) for n streams, in pieces small enough for the peer's replies to be read between."""
    return [b"".join(made(1 + 2 * i) for i in range(at, min(at + 20, n))) for at in range(0, n, 20)]


@section(private=True)
def h2_abuse():
    def expelled(s, pieces, code=ENHANCE_YOUR_CALM, most=None):
        c = H2(s.port)
        for piece in pieces:
            c.send(piece)
        c.goaway(code)
        stats = s.stats()
        check(stats["closed_abuse"] == 1, "not counted")
        check(most is None or stats["begun"] <= most, "%d requests begun" % stats["begun"])
        until("all gone", lambda: s.stats()["requests_now"] == 1)

    def hang(stream, path="/hang", flags=END_HEADERS | END_STREAM, extra=b""):
        return frame(HEADERS, flags, stream, request(path, b"POST", extra))

    def rapid_reset(s):
        expelled(s, streams(400, lambda i: hang(i) + frame(RST, 0, i, struct.pack(">I", 8))), most=600)

    def window_overflow(s):
        big = struct.pack(">I", 0x7FFFFFFF)
        expelled(s, streams(200, lambda i: hang(i) + frame(WINDOW, 0, i, big)), most=220)

    def length_mismatch(s):
        length = literal(b"content-length", b"3")
        expelled(s, streams(200, lambda i: hang(i, flags=END_HEADERS, extra=length) + frame(DATA, 0, i, b"four")), most=220)

    def length_short(s):
        length = literal(b"content-length", b"3")
        expelled(s, streams(200, lambda i: hang(i, flags=END_HEADERS, extra=length) + frame(DATA, END_STREAM, i, b"x")), most=220)

    def bad_headers(s):
        bad = literal(b"connection", b"close")
        expelled(s, streams(200, lambda i: hang(i, extra=bad)), most=5)

    def invalid_values(s):
        expelled(s, streams(200, lambda i: hang(i, extra=literal(b"x-a", b"b\r\nc"))), most=5)

    def trailers_going_on(s):
        expelled(s, streams(200, lambda i: hang(i, flags=END_HEADERS) + frame(HEADERS, END_HEADERS, i, literal(b"x", b"y"))),
                 most=220)

    def empty_headers(s):
        expelled(s, streams(200, lambda i: frame(HEADERS, END_HEADERS | END_STREAM, i)), most=5)

    def hosts(s):
        """Answered 400, so no reset; and no harm done either."""
        c = H2(s.port)
        for piece in streams(200, lambda i: hang(i, extra=literal(b"host", b"evil"))):
            c.send(piece)
        c.alive(1001)
        check(s.stats()["begun"] <= 3, "begun")

    def header_lists(s):
        big = b"".join(literal(b"x-%d" % n, b"a" * 1000) for n in range(16))
        expelled(s, streams(120, lambda i: hang(i, flags=END_STREAM, extra=big[:8000]) + frame(CONT, END_HEADERS, i, big[8000:])), most=5)

    def hpack_bombs(s):
        entry = b"\x40" + integer(1, 7) + b"x" + integer(4000, 7) + b"a" * 4000
        refer = integer(62, 7)
        refer = bytes([refer[0] | 0x80]) + refer[1:]
        c = H2(s.port)
        c.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, request("/hello", extra=entry)))
        check(c.answer(1)[0] == 200, "one such header is fine")
        for i in range(1, 130):
            c.send(frame(HEADERS, END_HEADERS | END_STREAM, 1 + 2 * i, request("/hello", extra=refer * 8000)))
        c.goaway(ENHANCE_YOUR_CALM)
        check(s.stats()["begun"] <= 5, "begun")

    def continuation_flood(s):
        c = H2(s.port)
        c.send(frame(HEADERS, END_STREAM, 1, request("/hello")))
        for _ in range(3000):
            c.send(frame(CONT, 0, 1, literal(b"x", b"y")))
        c.goaway(ENHANCE_YOUR_CALM)

    def continuation_empty(s):
        c = H2(s.port)
        c.send(frame(HEADERS, END_STREAM, 1, request("/hello")))
        c.send(frame(CONT, 0, 1) * 3000)
        c.goaway(ENHANCE_YOUR_CALM)

    def ping_flood(s):
        expelled(s, [frame(PING, 0, 0, b"12345678") * 100] * 30)

    def pings(s):
        c = H2(s.port)
        c.alive(1)
        for _ in range(3):
            c.send(frame(PING, 0, 0, b"12345678"))
            c.wait(PING)
        c.alive(3)  # the answer forgives them
        c.send(frame(PING, 0, 0, b"12345678") * 4)
        debug = c.goaway(ENHANCE_YOUR_CALM)
        check(debug == b"too_many_pings", "debug data %r" % debug)
        check(s.stats()["closed_abuse"] == 1, "not counted")

    def ping_flood_unread(s):
        """The acks are never read: what waits for the peer is bounded, and so is the time."""
        c = H2(s.port)
        try:
            c.sock.settimeout(1)
            for _ in range(2000):
                c.sock.sendall(frame(PING, 0, 0, b"12345678") * 1000)
        except (OSError, socket.timeout):
            pass
        until("expelled", lambda: s.stats()["closed_abuse"] == 1)

    def settings_flood(s):
        expelled(s, [frame(SETTINGS) * 100] * 30)

    def late_headers(s):
        """HEADERS of streams that are no more: the library skips them, but it has to decode them."""
        late = frame(HEADERS, END_HEADERS | END_STREAM, 3, request("/hello"))
        expelled(s, [hang(5)] + [late * 50] * 60, most=3)

    def window_by_settings(s):
        """An overflow of all streams' windows at once: each is a reset."""
        big = struct.pack(">I", 0x7FFF0000)
        grow = frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0x7FFFFFFF)) + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535))
        expelled(s, [piece + grow for piece in streams(200, lambda i: hang(i) + frame(WINDOW, 0, i, big))], most=220)

    def priority_flood(s):
        expelled(s, [frame(PRIORITY, 0, 3, b"\0\0\0\0\x10") * 100] * 30)

    def empty_data_flood(s):
        expelled(s, [hang(1, flags=END_HEADERS)] + [frame(DATA, 0, 1) * 100] * 30)

    def padded_data_flood(s):
        expelled(s, [hang(1, flags=END_HEADERS)] + [frame(DATA, PADDED, 1, b"\xff" + b"\0" * 255) * 50] * 60)

    def table_size_flood(s):
        """Header blocks that only change the table's size, again and again."""
        expelled(s, streams(300, lambda i: frame(HEADERS, END_HEADERS | END_STREAM, i, b"\x20\x3f\xe1\x1f" * 2000)), most=5)

    def window_flood(s):
        expelled(s, [hang(1)] + [frame(WINDOW, 0, 1, b"\0\0\0\1") * 100] * 30)

    def ordinary_cancels(s):
        c = H2(s.port)
        for piece in streams(100, lambda i: hang(i) + frame(RST, 0, i, struct.pack(">I", 8))):
            c.send(piece)
        c.alive(1001)
        check(s.stats()["closed_abuse"] == 0, "100 resets are within the limit")

    yield "h2 abuse: rapid reset", rapid_reset
    yield "h2 abuse: resets provoked by window overflow", window_overflow
    yield "h2 abuse: resets provoked by too long a body", length_mismatch
    yield "h2 abuse: resets provoked by too short a body", length_short
    yield "h2 abuse: resets provoked by bad headers", bad_headers
    yield "h2 abuse: resets provoked by values with line ends", invalid_values
    yield "h2 abuse: resets provoked by trailers that go on", trailers_going_on
    yield "h2 abuse: resets provoked by empty header blocks", empty_headers
    yield "h2 abuse: requests with two hosts", hosts
    yield "h2 abuse: header lists over the limit", header_lists
    yield "h2 abuse: HPACK bombs", hpack_bombs
    yield "h2 abuse: CONTINUATION flood", continuation_flood
    yield "h2 abuse: empty CONTINUATION flood", continuation_empty
    yield "h2 abuse: PING flood", ping_flood
    yield "h2 abuse: a PING too many, three times", pings
    yield "h2 abuse: PING flood, acks not read", ping_flood_unread
    yield "h2 abuse: SETTINGS flood", settings_flood
    yield "h2 abuse: PRIORITY flood", priority_flood
    yield "h2 abuse: HEADERS of streams that are no more", late_headers
    yield "h2 abuse: resets provoked by SETTINGS", window_by_settings
    yield "h2 abuse: empty DATA flood", empty_data_flood
    yield "h2 abuse: DATA flood of nothing but padding", padded_data_flood
    yield "h2 abuse: table size flood", table_size_flood
    yield "h2 abuse: WINDOW_UPDATE flood", window_flood
    yield "h2 abuse: 100 resets are allowed", ordinary_cancels


@section()
def h2_errors():
    def fails(frames, code):
        def case(s):
            c = H2(s.port)
            c.send(frames)
            c.goaway(code)

        return case

    def header_too_large(s):
        c = H2(s.port)
        big = b"".join(literal(b"x-%d" % n, b"a" * 1000) for n in range(16))
        c.send(frame(HEADERS, END_STREAM, 1, request("/hello", extra=big[:8000])) + frame(CONT, END_HEADERS, 1, big[8000:]))
        check(c.answer(1)[0] == 431, "status")
        c.alive(3)
        c.ask(5, extra=b"".join(literal(b"x", b"y") for n in range(65)))
        check(c.answer(5)[0] == 431, "65 headers")
        c.alive(7)

    def unknown_frames(s):
        c = H2(s.port)
        for _ in range(30):
            c.send(frame(0xEE, 0xFF, 1, b"x") * 100)
        c.alive(1)

    def bad_preface(s):
        c = H1(s.port)
        c.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX" + frame(SETTINGS))
        check(c.answer().status == 400, "status")
        c.closed()

    def bad_preface_tls(s):
        c = H2(s.tls_port, context(["h2"]), hello=False)
        c.send(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        while c.frame() is not None:
            pass

    def garbage(s):
        for seed in range(30):
            c = H2(s.port)
            state = seed * 7919 + 1
            junk = bytearray()
            for _ in range(2000):
                state = (state * 1103515245 + 12345) & 0x7FFFFFFF
                junk.append(state >> 16 & 0xFF)
            c.send(frame(seed % 11, seed & 0xFF, 1, bytes(junk[:300])) + bytes(junk))
            c.sock.shutdown(socket.SHUT_WR)
            while c.frame() is not None:
                pass

    def cut_short(s):
        whole = PREFACE + frame(SETTINGS) + frame(HEADERS, END_HEADERS, 1, request("/echo", b"POST")) + frame(DATA, 0, 1, b"x" * 50)
        for n in range(1, len(whole)):
            k = connect(s.port)
            k.sendall(whole[:n])
            k.close()
        until("all closed", lambda: s.stats()["connections_now"] == 1 and s.stats()["requests_now"] == 1)

    yield "h2 error: frame over the size limit", fails(frame(DATA, 0, 1, b"x" * 16385), 6)
    yield "h2 error: frame of 16 MB announced", fails(frame(HEADERS, 5, 1, b"", 0xFFFFFF), 6)
    yield "h2 error: HEADERS on stream 0", fails(frame(HEADERS, 5, 0, request()), 1)
    yield "h2 error: HEADERS on an even stream", fails(frame(HEADERS, 5, 2, request()), 1)
    yield "h2 error: DATA on an idle stream", fails(frame(DATA, 1, 1, b"x"), 1)
    yield "h2 error: SETTINGS of 5 bytes", fails(frame(SETTINGS, 0, 0, b"12345"), 6)
    yield "h2 error: SETTINGS on a stream", fails(frame(SETTINGS, 0, 1), 1)
    yield "h2 error: SETTINGS with a window over 2^31", fails(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0x80000000)), 3)
    yield "h2 error: PING of 7 bytes", fails(frame(PING, 0, 0, b"1234567"), 6)
    yield "h2 error: PUSH_PROMISE from a client", fails(frame(PUSH, 4, 1, b"\0\0\0\2"), 1)
    yield "h2 error: CONTINUATION from nowhere", fails(frame(CONT, 4, 1, b""), 1)
    yield "h2 error: a frame inside a header block", fails(frame(HEADERS, 1, 1, request()) + frame(PING, 0, 0, b"12345678"), 1)
    yield "h2 error: window update of 0", fails(frame(HEADERS, 5, 1, request("/hang")) + frame(WINDOW, 0, 1, b"\0\0\0\0"), 1)
    yield "h2 error: connection window overflow", fails(frame(WINDOW, 0, 0, struct.pack(">I", 0x7FFFFFFF)), 3)
    hang = frame(HEADERS, END_HEADERS | END_STREAM, 1, request("/hang"))
    yield "h2 error: connection window update of 0", fails(frame(WINDOW, 0, 0, b"\0\0\0\0"), 1)
    yield "h2 error: window update of 3 bytes", fails(frame(WINDOW, 0, 0, b"\0\0\1"), 6)
    yield "h2 error: window update of an idle stream", fails(frame(WINDOW, 0, 1, b"\0\0\0\1"), 1)
    yield "h2 error: reset of an idle stream", fails(frame(RST, 0, 1, b"\0\0\0\0"), 1)
    yield "h2 error: reset of 3 bytes", fails(hang + frame(RST, 0, 1, b"\0\0\0"), 6)
    yield "h2 error: DATA behind the end of a stream", fails(hang + frame(DATA, 0, 1, b"x"), 5)
    yield "h2 error: HEADERS behind the end of a stream", fails(hang + frame(HEADERS, 5, 1, request()), 5)
    yield "h2 error: SETTINGS ack with a payload", fails(frame(SETTINGS, ACK, 0, b"123456"), 6)
    yield "h2 error: SETTINGS to push", fails(frame(SETTINGS, 0, 0, struct.pack(">HI", 2, 2)), 1)
    yield "h2 error: SETTINGS with frames below 16 KB", fails(frame(SETTINGS, 0, 0, struct.pack(">HI", 5, 1)), 1)
    yield "h2 error: SETTINGS of 100 entries", fails(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 100) * 100), 11)
    yield "h2 error: PING on a stream", fails(frame(PING, 0, 1, b"12345678"), 1)
    yield "h2 error: GOAWAY on a stream", fails(frame(GOAWAY, 0, 1, b"12345678"), 1)
    yield "h2 error: CONTINUATION of another stream", fails(frame(HEADERS, 1, 1, request()) + frame(CONT, 4, 3, b""), 1)
    yield "h2 error: HPACK entry cut short", fails(frame(HEADERS, 5, 1, request() + b"\x40\x05ab"), 9)
    yield "h2 error: HPACK integer without an end", fails(frame(HEADERS, 5, 1, b"\xff" * 20), 9)
    yield "h2 error: padding longer than the frame", fails(frame(HEADERS, 0xD, 1, b"\xff" + request()), 1)
    yield "h2 error: HPACK index that is not there", fails(frame(HEADERS, 5, 1, b"\xff\xff\xff\x7f"), 9)
    yield "h2 error: HPACK table size over the limit", fails(frame(HEADERS, 5, 1, b"\x3f\xff\xff\x7f" + request()), 9)
    yield "h2 error: header list over the limit gets 431", header_too_large
    yield "h2 error: unknown frames are skipped", unknown_frames
    yield "h2 error: bad preface in the clear", bad_preface
    yield "h2 error: bad preface over TLS", bad_preface_tls
    yield "h2 error: garbage", garbage
    yield "h2 error: connections cut at every byte", cut_short
