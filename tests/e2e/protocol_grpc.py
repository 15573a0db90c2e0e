"""gRPC over HTTP/2: the rules of grpc's PROTOCOL-HTTP2.md and compression.md that a server can keep or break.

Sections are those of PROTOCOL-HTTP2.md; "Compression" is compression.md. `rules()` gives the table.
"""
import base64
import gzip
import re
import signal
import struct
import time

from broker import Broker
from net_peer import ACK, END_STREAM, ENHANCE_YOUR_CALM, HEADERS, PING, RST, check, context, frame, literal
from protocol_peer import CANCEL, Ask, Line2, envelope, packed, text_field
from protocol_rule import H2, H2C, Rule, same

CHECK = "/grpc.health.v1.Health/Check"
WATCH = "/grpc.health.v1.Health/Watch"
GET_ORDER = "/paidan.v1.OrderService/GetOrder"
WATCH_ORDERS = "/paidan.v1.OrderService/WatchOrders"
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
SERVING = b"\x08\x01"
LIMIT = 4 * 1024 * 1024
REFUSED_STREAM = 7
NO_ERROR = 0
PROTOCOL_ERROR = 1


# What the documents say to servers and these tables don't ask: where it is asked, or why it is not done.
NOT_HERE = [
    ("Requests, Path", "some implementations allow it to be overridden: strongly discouraged, so ours does not"),
    ("HTTP2 Transport Mapping, Errors", "RST_STREAM on a stream that is closed should be logged: a peer could fill the "
     "log; it is counted (paidan_net_resets_received_total), and too many end the connection (net_case_h2.py)"),
    ("HTTP2 Transport Mapping, Client Cancellation", "a deadline that has passed should end the stream with "
     "RST_STREAM(CANCEL): that is for streams whose bytes are not whole. Ours are, and DEADLINE_EXCEEDED in trailers "
     "tells a client more that still listens; the rule below holds us to it"),
    ("HTTP2 Transport Mapping, Security", "TLS 1.2 or higher, its ciphers: net_case_tls.py"),
    ("HTTP2 Transport Mapping, GOAWAY Frame", "sent before an idle connection is ended: net_case_limits.py"),
    ("HTTP2 Transport Mapping, PING Frame", "a server's PING that does not come back ends the calls: net_case_limits.py"),
    ("A8, Server Enforcement", "the Server header should name the version: it would tell everybody who connects what to "
     "try. /metrics of the loopback port has it"),
]


def key(world):
    return "Bearer " + world.town.backend_key


def grpc(path=CHECK, data=(envelope(b""),), kind="application/grpc", te="trailers", more=(), **options):
    headers = [("content-type", kind)] if kind is not None else []
    headers += [("te", te)] if te is not None else []
    return Ask(path, headers + list(more), list(data) if isinstance(data, tuple) else data, **options)


def get_order(more=(), wrap=envelope, which=lambda w: w.order["id"], **options):
    return grpc(GET_ORDER, lambda w: [wrap(text_field(1, which(w)))], more=[("authorization", key), *more], **options)


def big_order(more=()):
    return get_order(more, which=lambda w: w.big["id"])


def requests():
    section = "Requests"
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        yield Rule(section, "Method is POST, not " + method, grpc(method=method), http=405, head={"allow": "POST"})
    yield Rule(section, "Scheme is http or https", grpc(scheme="https"), ways=(H2C, H2), grpc="OK")
    yield Rule(section, "Scheme is http or https", grpc(scheme="http"), grpc="OK")
    for path in ("/grpc.health.v1.health/Check", "/grpc.health.v1.Health/check", CHECK + "/", "/Check", "/",
                 "/grpc.health.v1.Health/", "/paidan.v1.NoService/Get"):
        yield Rule(section, "Path is Service-Name/method, case-sensitive: %s is UNIMPLEMENTED" % path, grpc(path),
                   grpc="UNIMPLEMENTED", only=True, reason="UNKNOWN_METHOD")
    yield Rule(section, "TE: trailers detects incompatible proxies", grpc(te=None), grpc="INVALID_ARGUMENT", says="te",
               only=True)
    yield Rule(section, "TE is nothing but trailers", grpc(te="gzip"), reset=PROTOCOL_ERROR)
    yield Rule(section, "Authority may be left to Host", grpc(authority=None, more=[("host", "broker")]), grpc="OK")
    yield Rule(section, "Authority may be any name", grpc(authority="broker.example:443"), grpc="OK")
    yield Rule(section, "grpc-message-type may be there", grpc(more=[("grpc-message-type", "a.B")]), grpc="OK")
    yield Rule(section, "User-Agent may be any text", grpc(more=[("user-agent", "grpc-go/1.60.0 (x; y;)")]), grpc="OK")


def timeouts():
    section = "Requests, Timeout"
    for value in ("1H", "99999999H", "2M", "30S", "30000m", "30000000u", "99999999n", "00000001M"):
        yield Rule(section, "%s is at most 8 digits and a unit" % value, grpc(more=[("grpc-timeout", value)]), grpc="OK")
    for value in ("100000000S", "S", "5", "5s", "5h", "-1S", "+1S", "1.5S", "5 S", "", "five", "1SS", "0x1S", "m1"):
        yield Rule(section, "%r is malformed" % value, grpc(more=[("grpc-timeout", value)]), grpc="INVALID_ARGUMENT",
                   only=True, says="grpc-timeout")
    yield Rule(section, "0 has expired", grpc(more=[("grpc-timeout", "0S")]), grpc="DEADLINE_EXCEEDED", only=True)
    for value in ("1n", "900u", "40m"):
        yield Rule(section, "a stream ends when %s have passed" % value, grpc(WATCH, more=[("grpc-timeout", value)]),
                   grpc="DEADLINE_EXCEEDED")
    yield Rule(section, "without one a stream goes on", grpc(WATCH, stop=1), messages=[SERVING])


def content_types():
    section = "Requests, Content-Type"
    for kind in ("application/grpc", "application/grpc+proto"):
        yield Rule(section, kind + " is served, and named in the response", grpc(kind=kind), grpc="OK",
                   head={"content-type": kind}, messages=[SERVING])
    yield Rule(section, "application/grpc+json is served", grpc(data=(envelope(b"{}"),), kind="application/grpc+json"),
               grpc="OK", head={"content-type": "application/grpc+json"}, messages=[b'{"status":"SERVING"}'])
    for kind in ("application/grpc; charset=utf-8", "Application/GRPC", "application/grpc+proto;x=y"):
        yield Rule(section, kind + " is the same type", grpc(kind=kind), grpc="OK")
    for kind in ("application/grpc+foo", "application/grpc-web", "application/grpcfoo", "application/grp", "text/plain",
                 "image/jpeg", "", None):
        yield Rule(section, "%s gets 415" % (kind or "none"), grpc(kind=kind), http=415,
                   head={"accept-post": lambda v: "application/grpc+proto" in v, "grpc-status": None})
    yield Rule(section, "a stream takes no application/json", grpc(WATCH, kind="application/json"), http=415)


def metadata():
    section = "Requests, Custom-Metadata"
    many = [("x-name", "a"), ("x-name", "b"), ("x.y_z-0", "c"), ("grpc-future", "reserved")]
    yield Rule(section, "any names, repeated too, and reserved ones", grpc(more=many), grpc="OK")
    yield Rule(section, "blanks around a value are malformed in HTTP/2 itself", grpc(more=[("x-value", " v ")]),
               reset=PROTOCOL_ERROR)
    for value in (b"spaces  between", b"caf\xc3\xa9", b"\x80\xff", b"tab\there", b"", b'"quoted"; x=y'):
        yield Rule(section, "%r is no error" % value, grpc(more=[("x-value", value)]), grpc="OK")
    for value in ("", "AAECAw==", "AAECAw", "AAECAw==,BAUG", "AAECAw,,", "not base64!"):
        yield Rule(section, "a -bin header %r is no error" % value, grpc(more=[("x-blob-bin", value)]), grpc="OK")
    yield Rule(section, "8 KiB of headers are taken",
               grpc(more=[("x-%d" % i, "v" * 900) for i in range(8)]), grpc="OK")
    yield Rule(section, "more than 16 KiB are refused",
               grpc(more=[("x-%d" % i, "v" * 900) for i in range(20)]), http=431)


def messages():
    section = "Requests, Length-Prefixed-Message"
    name = text_field(1, "paidan.v1.OrderService")
    whole = envelope(name)
    yield Rule(section, "an empty message is a message", grpc(), grpc="OK", messages=[SERVING])
    yield Rule(section, "one byte in each DATA frame", grpc(data=tuple(bytes([b]) for b in whole)), grpc="OK")
    for at in (1, 4, 5, 6, len(whole) - 1):
        yield Rule(section, "cut at byte %d" % at, grpc(data=(whole[:at], whole[at:])), grpc="OK")
    yield Rule(section, "empty DATA frames between", grpc(data=(b"", whole[:3], b"", b"", whole[3:], b"")), grpc="OK")
    yield Rule(section, "padded DATA frames", grpc(data=(whole[:7], whole[7:]), padded=31), grpc="OK")
    yield Rule(section, "EOS may be an empty DATA frame", grpc(data=(whole, b"")), grpc="OK")
    for flags in (2, 4, 64, 128, 255):
        yield Rule(section, "Compressed-Flag is 0 or 1, not %d" % flags, grpc(data=(envelope(name, flags),)),
                   grpc="INVALID_ARGUMENT", only=True, says="flags")
    for what, data in (("inside its prefix", b"\0\0\0"), ("inside its bytes", envelope(name[:9], 0, 40)),
                       ("before its bytes", envelope(b"", 0, 1))):
        yield Rule(section, "a message that ends " + what, grpc(data=(data,)), grpc="INVALID_ARGUMENT", only=True,
                   says="not whole")
    for path in (CHECK, WATCH, GET_ORDER, WATCH_ORDERS):
        more = [("authorization", key)]
        yield Rule(section, "exactly one message: none to %s" % path, grpc(path, None, more=more), grpc="UNIMPLEMENTED",
                   only=True, reason="MESSAGE_COUNT")
        yield Rule(section, "exactly one message: none, EOS on a DATA frame, to %s" % path, grpc(path, (b"",), more=more),
                   grpc="UNIMPLEMENTED", only=True)
    for path in (CHECK, GET_ORDER, WATCH_ORDERS):
        data = (envelope(b"") + envelope(b""),)
        yield Rule(section, "exactly one message: two to %s" % path, grpc(path, data, more=[("authorization", key)]),
                   grpc="UNIMPLEMENTED", only=True, reason="MESSAGE_COUNT")
    yield Rule(section, "exactly one message: two to a stream", grpc(WATCH, (envelope(b"") * 2,)), grpc="UNIMPLEMENTED")
    yield Rule(section, "a stream of requests may have none", grpc(REFLECTION, None), grpc="OK", messages=[])
    most = text_field(1, "a" * (LIMIT - 5))
    yield Rule(section, "4 MiB are taken", grpc(data=(envelope(most),)), grpc="NOT_FOUND",
               check=lambda w, s: same(len(most), LIMIT, "size"))
    yield Rule(section, "one byte more is RESOURCE_EXHAUSTED", grpc(data=(envelope(b"\n" + most),)),
               grpc="RESOURCE_EXHAUSTED", reason="TOO_LARGE")
    yield Rule(section, "before the rest of it has come", grpc(data=(envelope(bytes(80000), 0, LIMIT + 1),), end=False),
               grpc="RESOURCE_EXHAUSTED")
    yield Rule(section, "4 GiB announced", grpc(data=(b"\0\xff\xff\xff\xff",)), grpc="RESOURCE_EXHAUSTED")
    yield Rule(section, "bytes that are no protobuf", grpc(data=(envelope(b"\n\x05ab"),)), grpc="INVALID_ARGUMENT",
               reason="BAD_PROTO")
    yield Rule(section, "a text that is no UTF-8", grpc(data=(envelope(b"\n\x02\xff\xfe"),)), grpc="INVALID_ARGUMENT",
               reason="BAD_UTF8")


def compression():
    section = "Compression"
    name = text_field(1, "paidan.v1.OrderService")
    zipped = [("grpc-encoding", "gzip")]
    reads = lambda value: [("grpc-accept-encoding", value)]
    told = {"grpc-accept-encoding": lambda v: "gzip" in v.split(",")}
    yield Rule(section, "gzip is read, and who uses it untold is told", get_order(zipped, packed), grpc="OK", head=told)
    yield Rule(section, "in a stream too", grpc(WATCH, (packed(b""),), more=zipped, stop=1), head=told)
    yield Rule(section, "and in an error", get_order(zipped, packed, lambda w: "o9999999"), grpc="NOT_FOUND", head=told)
    yield Rule(section, "identity is read", get_order([("grpc-encoding", "identity")]), grpc="OK")
    yield Rule(section, "with an encoding announced, a message may still be plain", get_order(zipped), grpc="OK")
    yield Rule(section, "an empty message may be compressed", grpc(data=(packed(b""),), more=zipped), grpc="OK")
    yield Rule(section, "each message has a context of its own",
               grpc(REFLECTION, (packed(text_field(7, "")), packed(text_field(3, "x.proto"))), more=zipped), grpc="OK",
               check=lambda w, s: same(len(s.messages()), 2, "messages"))
    for encoding in ("br", "deflate", "snappy", "zstd", "foo"):
        yield Rule(section, "%s is UNIMPLEMENTED, the answer lists what is read" % encoding,
                   grpc(data=(envelope(name, 1),), more=[("grpc-encoding", encoding)]), grpc="UNIMPLEMENTED", only=True,
                   says="gzip and identity", head={"grpc-accept-encoding": lambda v: v.split(",") == ["identity", "gzip"]})
    for more in ([], [("grpc-encoding", "identity")]):
        yield Rule(section, "compressed with %s announced is INTERNAL" % (more[0][1] if more else "nothing"),
                   grpc(data=(packed(name),), more=more), grpc="INTERNAL", reason="UNEXPECTED_COMPRESSION")
    for what, bad in (("no gzip", b"abcd"), ("gzip cut short", gzip.compress(name * 9)[:-9]), ("nothing", b""),
                      ("gzip with more behind it", gzip.compress(name) + b"x")):
        yield Rule(section, "%s under gzip is an error" % what, grpc(data=(envelope(bad, 1),), more=zipped),
                   grpc="INVALID_ARGUMENT", only=True)
    yield Rule(section, "a bomb is RESOURCE_EXHAUSTED", grpc(data=(packed(bytes(LIMIT + 1)),), more=zipped),
               grpc="RESOURCE_EXHAUSTED")

    def is_gzip(_, said):
        check(said.frames()[0][0] == 1 and "水龙头".encode() in said.messages()[0], "the reply")

    def is_plain(_, said):
        check(said.frames()[0][0] == 0 and "水龙头".encode() in said.messages()[0], "the reply")

    for value in ("gzip", "identity,deflate,gzip", "identity, gzip", "gzip;q=0.5", "br,gzip , x"):
        yield Rule(section, "who accepts %r gets gzip" % value, big_order(reads(value)), grpc="OK", check=is_gzip,
                   head={"grpc-encoding": "gzip"})
    yield Rule(section, "the list may stand in two headers", big_order(reads("identity") + reads("gzip")), check=is_gzip)
    for more in (reads("identity"), reads("br,zstd"), reads("gzip;q=0"), reads("gzipped"), reads(""), []):
        yield Rule(section, "who accepts %r gets none" % (more[0][1] if more else "nothing named"), big_order(more),
                   grpc="OK", check=is_plain, head={"grpc-encoding": None})
    yield Rule(section, "a request's encoding is not the reply's", big_order([("grpc-encoding", "gzip")]), check=is_plain)
    yield Rule(section, "a small reply is not worth it", grpc(more=reads("gzip")), head={"grpc-encoding": None},
               messages=[SERVING], check=lambda w, s: same(s.frames()[0][0], 0, "flag"))
    yield Rule(section, "a stream names its encoding in the headers", grpc(WATCH, more=reads("gzip"), stop=1),
               head={"grpc-encoding": "gzip"}, messages=[SERVING])


def responses():
    section = "Responses"

    def shape(_, said):
        same(said.blocks, 2, "blocks of headers")
        same(said.ended_on, HEADERS, "END_STREAM is on the trailers")
        same(said.trailers["grpc-status"], "0", "status")
        check("grpc-message" not in said.trailers, "a message")
        check("content-length" not in said.head, "a length")

    yield Rule(section, "Response-Headers, message, Trailers with Status even when OK", grpc(), http=200, check=shape,
               head={"content-type": "application/grpc", "grpc-status": None})
    for name, ask in (("an unknown method", grpc("/a.B/C")), ("an error of a handler", get_order(which=lambda w: "o9999999")),
                      ("no credentials", grpc(GET_ORDER)), ("a stream that is refused", grpc(WATCH_ORDERS))):
        yield Rule(section, "Trailers-Only for " + name, ask, http=200, only=True,
                   head={"content-type": "application/grpc", "grpc-status": lambda v: v.isdigit() and v[0] != "0"})
    for code, ask in (("5", get_order(which=lambda w: "o9999999")), ("12", grpc("/a.B/C")), ("16", grpc(GET_ORDER))):
        yield Rule(section, "Status is a decimal without leading zeros: %s" % code, ask, head={"grpc-status": code})

    def encoded(value):
        safe = all(0x20 <= ord(c) <= 0x7E for c in value)
        escapes = [value[i + 1:i + 3] for i, c in enumerate(value) if c == "%"]
        return safe and escapes and all(len(e) == 2 and set(e) <= set("0123456789ABCDEF") for e in escapes)

    timing = lambda v: re.fullmatch(r"rpc;dur=\d+\.\d{3}", v)
    yield Rule(section, "Custom-Metadata in Trailers", grpc(), grpc="OK", head={"server-timing": None},
               trailer={"server-timing": timing})
    yield Rule(section, "Custom-Metadata in Trailers-Only", grpc("/a.B/C"), only=True, head={"server-timing": timing})
    yield Rule(section, "Custom-Metadata in Response-Headers", grpc(more=[("x-request-id", "my.id:1")]), grpc="OK",
               head={"x-request-id": "my.id:1"})
    zh = [("accept-language", "zh-CN")]
    yield Rule(section, "Status-Message is percent-encoded UTF-8", get_order(zh, which=lambda w: "o9999999"),
               head={"grpc-message": encoded}, says="未找到")
    yield Rule(section, "Status-Message keeps plain ASCII", grpc(GET_ORDER), head={"grpc-message": lambda v: "%" not in v})

    def unpadded(value):
        return "=" not in value and b"paidan.v1.ErrorInfo" in base64.b64decode(value + "=" * (-len(value) % 4))

    yield Rule(section, "binary headers are base64 without padding", grpc(GET_ORDER),
               head={"grpc-status-details-bin": unpadded})
    yield Rule(section, "an error behind messages is in the trailers", grpc(WATCH, more=[("grpc-timeout", "50m")]),
               messages=[SERVING], head={"grpc-status": None},
               trailer={"grpc-status": "4", "grpc-message": True, "grpc-status-details-bin": True})


# --- the transport: what one request can't show ---

def line(world, tls=False):
    return Line2(world.broker.port, context(["h2"])) if tls else Line2(world.broker.local_port)


def early_closure(world):
    c = line(world)
    stream = c.start(grpc("/a.B/C", (b"",), end=False), world)
    # The broker waits for the end of a short request; a long one is answered before.
    for _ in range(20):
        c.data(stream, bytes(16384))
    said = c.finish(stream)
    same(said.grpc_code(), "UNIMPLEMENTED", "status")
    f = c.step()
    while f[0] != RST:
        f = c.step()
    same((f[2], struct.unpack(">I", f[3])[0]), (stream, NO_ERROR), "RST_STREAM(NO_ERROR)")
    same(c.finish(c.start(grpc(), world)).grpc_code(), "OK", "the next call")
    c.close()


def streams_now(world):
    text = world.metrics()
    return sum(float(l.rsplit(" ", 1)[1]) for l in text.splitlines() if l.startswith("paidan_rpc_streams"))


def cancelled(world):
    """How many watches of the health have been counted as CANCELLED."""
    name = 'paidan_rpc_total{method="%s",code="canceled"} ' % WATCH[1:]
    return sum(int(l[len(name):]) for l in world.metrics().splitlines() if l.startswith(name))


def cancellation(code):
    def case(world):
        c = line(world)
        before, counted = streams_now(world), cancelled(world)
        stream = c.start(grpc(WATCH), world)
        said = c.said[stream]
        while said.whole_frames() < 1:
            c.step()
        same(streams_now(world), before + 1, "open streams")
        c.h2.send(frame(RST, 0, stream, struct.pack(">I", code)))
        world.wait("the stream's end", lambda: streams_now(world) == before)
        same(cancelled(world), counted + 1, "streams that ended as CANCELLED")
        same(c.ask(grpc(), world).grpc_code(), "OK", "the next call")
        c.close()

    return case


def connection_lost(world):
    before, counted = streams_now(world), cancelled(world)
    c = line(world)
    for _ in range(3):
        stream = c.start(grpc(WATCH), world)
    while c.said[stream].whole_frames() < 1:
        c.step()
    same(streams_now(world), before + 3, "open streams")
    c.close()
    world.wait("the streams' end", lambda: streams_now(world) == before)
    same(cancelled(world), counted + 3, "streams that ended as CANCELLED")


def request_trailers(world):
    """HTTP/2 lets a request end with trailers; gRPC has no use for them."""
    c = line(world)
    stream = c.start(grpc(end=False), world)
    c.head(stream, literal(b"x-checksum", b"1"), END_STREAM)
    same(c.finish(stream).messages(), [SERVING], "answer")
    c.close()


def interleaved(world):
    """Two requests whose frames alternate, answered each on its stream."""
    c = line(world)
    first = c.start(grpc(data=(b"\0\0",), end=False), world)
    second = c.start(grpc(data=(b"\0",), end=False), world)
    c.data(second, b"\0\0\0\0", END_STREAM)
    c.data(first, b"\0\0\0", END_STREAM)
    for stream in (first, second):
        same(c.finish(stream).messages(), [SERVING], "answer")
    c.close()


def refused_streams(world):
    c = line(world)
    streams = [c.start(grpc(WATCH), world) for _ in range(257)]
    last = c.said[streams[-1]]
    while last.reset is None:
        c.step()
    same(last.reset, REFUSED_STREAM, "the 257th stream")
    c.close()
    world.wait("the streams' end", lambda: streams_now(world) == 0)


def ping(world):
    c = line(world)
    c.ping(b"\0\xff8bytes")
    c.ponged(b"\0\xff8bytes")
    c.close()


# --- keepalive and drain ---

def burst(c, n):
    for _ in range(n):
        c.ping()
        c.ponged()


def pings_tolerated(world):
    c = line(world)
    same(c.ask(grpc(), world).grpc_code(), "OK", "a call")
    burst(c, 3)
    same(c.ask(grpc(), world).grpc_code(), "OK", "the answer that forgives them")
    burst(c, 3)
    same(c.ask(grpc(), world).grpc_code(), "OK", "the next call")
    c.close()


def too_many_pings(world):
    c = line(world)
    stream = c.start(grpc(WATCH), world)
    while c.said[stream].whole_frames() < 1:
        c.step()
    for _ in range(4):
        c.ping()
    same(c.goaway()[1:], (ENHANCE_YOUR_CALM, b"too_many_pings"), "GOAWAY")
    c.over()
    check(not c.said[stream].trailers, "the call under way fails, so that somebody notices")
    world.wait("the stream's end", lambda: streams_now(world) == 0)


def ping_acks(world):
    c = line(world)
    same(c.ask(grpc(), world).grpc_code(), "OK", "a call")
    for _ in range(20):
        c.h2.send(frame(PING, ACK, 0, b"12345678"))
    burst(c, 1)
    c.close()


def keepalive_settings(world):
    """PINGs far enough apart for a connection with calls are too many for one without."""
    with Broker(world.binary, "--workers=1", "--keepalive_ms=20", "--keepalive_idle_ms=600000") as broker:
        c = Line2(broker.local_port)
        stream = c.start(grpc(WATCH), world)
        while c.said[stream].whole_frames() < 1:
            c.step()
        for _ in range(10):
            time.sleep(0.03)  # what is tested is how far apart they are
            burst(c, 1)
        c.h2.send(frame(RST, 0, stream, struct.pack(">I", CANCEL)))
        for _ in range(4):
            time.sleep(0.03)
            c.ping()
        same(c.goaway()[1:], (ENHANCE_YOUR_CALM, b"too_many_pings"), "GOAWAY")
        c.over()


def answer_ping(c):
    f = c.step()
    while f[0] != PING or f[1] & ACK:
        f = c.step()
    c.h2.send(frame(PING, ACK, 0, f[3]))


def two_step_goaway(world):
    with Broker(world.binary, "--workers=1") as broker:
        c = Line2(broker.local_port)
        stream = c.start(grpc(WATCH), world)
        while c.said[stream].whole_frames() < 1:
            c.step()
        broker.process.send_signal(signal.SIGTERM)
        same(c.goaway(), (2**31 - 1, NO_ERROR, b""), "the first GOAWAY")
        late = c.start(grpc(), world)  # sent before the broker can know that the notice has come
        answer_ping(c)
        same(c.goaway(), (late, NO_ERROR, b""), "the second GOAWAY, with the last stream taken")
        same(c.finish(late).grpc_code(), "OK", "the call between the two")
        same(c.finish(stream).grpc_code(), "UNAVAILABLE", "the stream")
        c.over()
        same(broker.process.wait(30), 0, "exit status")
        broker.process = None


def unavailable(world):
    """What comes while the broker drains is told to go elsewhere."""
    with Broker(world.binary, "--workers=1") as broker:
        c = Line2(broker.local_port)
        same(c.ask(grpc(), world).grpc_code(), "OK", "a call")
        broker.process.send_signal(signal.SIGTERM)
        c.goaway()
        late = c.start(get_order(which=lambda w: "o0000001"), world)
        answer_ping(c)
        same(c.finish(late).grpc_code(), "UNAVAILABLE", "a call while draining")
        c.over()
        same(broker.process.wait(30), 0, "exit status")
        broker.process = None


def keepalive():
    section = "A8, Server Enforcement"
    yield Rule(section, "two PINGs too early are tolerated, an answer forgives them", pings_tolerated)
    yield Rule(section, "the third gets GOAWAY ENHANCE_YOUR_CALM too_many_pings and the end", too_many_pings)
    yield Rule(section, "acks of PINGs are none", ping_acks)
    yield Rule(section, "with and without calls the time between them is different", keepalive_settings)
    section = "HTTP2 Transport Mapping, GOAWAY Frame"
    yield Rule(section, "2^31-1 first, the last stream after a round trip", two_step_goaway)
    yield Rule(section, "calls that come later are UNAVAILABLE", unavailable)


def transport():
    yield Rule("HTTP2 Transport Mapping, Stream Identification", "calls of one connection don't mix", interleaved)
    yield Rule("Requests", "EOS may come with trailers, which HTTP/2 has and gRPC passes over", request_trailers)
    yield Rule("HTTP2 Transport Mapping, Early Server Closure", "RST_STREAM(NO_ERROR) behind the trailers", early_closure)
    yield Rule("HTTP2 Transport Mapping, Errors", "beyond the streams allowed: REFUSED_STREAM", refused_streams)
    yield Rule("HTTP2 Transport Mapping, Client Cancellation", "RST_STREAM(CANCEL) ends the call", cancellation(CANCEL))
    for name, code in (("NO_ERROR", NO_ERROR), ("INTERNAL_ERROR", 2), ("STREAM_CLOSED", 5), ("unknown code 77", 77)):
        yield Rule("HTTP2 Transport Mapping, Errors", "RST_STREAM is full closure, whatever its code: " + name,
                   cancellation(code))
    yield Rule("HTTP2 Transport Mapping, Client Cancellation",
               "an expired deadline ends the call; its frames being whole, with trailers and not with a reset",
               grpc(WATCH, more=[("grpc-timeout", "30m")]), grpc="DEADLINE_EXCEEDED",
               check=lambda w, s: same(s.reset, None, "RST_STREAM"))
    yield Rule("HTTP2 Transport Mapping, Security", "TLS and ALPN h2", grpc(), ways=(H2,), grpc="OK")
    yield Rule("HTTP2 Transport Mapping, PING Frame", "comes back with the same bytes", ping)
    yield Rule("HTTP2 Transport Mapping, Connection failure", "ends the calls of the connection", connection_lost)
    yield Rule("Appendix A", "Service-Name has the proto package", grpc("/Health/Check"), grpc="UNIMPLEMENTED")


def rules():
    for part in (requests, timeouts, content_types, metadata, messages, compression, responses, transport,
                 keepalive):
        yield from part()
