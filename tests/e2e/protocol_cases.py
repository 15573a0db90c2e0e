"""What connectrpc's public conformance suite (github.com/connectrpc/conformance) expects of a server, on our methods.

A Case is one of the suite's cases, by its suite and name, asked in every Config that applies: protocol, HTTP version,
codec, compression, TLS. Reflection stands for bidirectional streams, the watches for server streams, which end with
their deadline. `cases()` gives the table.

Left out is what nothing of ours can be asked: client streams, for we have no method that takes several messages and
answers one, which is all of "TLS Client Certs" (test_identity.py shows certificates); gRPC-Web; a server stream that ends
well; errors that are not ours to give, `canceled`, `unknown`, `internal` and `data_loss` on demand (every code in both
protocols' words: tests/unit/test_base.c), and `unavailable`, which a broker says that drains (protocol_grpc.py).
"""
import base64
import gzip
import json
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from net_peer import Failed, check
from protocol_grpc import CHECK, GET_ORDER, LIMIT, REFLECTION, SERVING, WATCH, WATCH_ORDERS, key
from protocol_peer import Ask, Line2, ask, envelope, packed, text_field
from protocol_rule import judge, same

PLACE = "/paidan.v1.OrderService/PlaceOrder"


class Config:
    def __init__(self, protocol, http, codec, compression, tls):
        self.protocol, self.http, self.codec, self.compression, self.tls = protocol, http, codec, compression, tls

    def __str__(self):
        return "%s %s %s %s%s" % (self.protocol, self.http, self.codec, self.compression, " TLS" if self.tls else "")


CONFIGS = [Config(protocol, http, codec, compression, tls)
           for protocol, https in (("grpc", ("h2",)), ("connect", ("h1", "h2"))) for http in https
           for codec in ("proto", "json") for compression in ("identity", "gzip") for tls in (False, True)]


class Message:
    """One message in both codecs."""

    def __init__(self, as_json=None, as_proto=b""):
        self.as_json, self.as_proto = as_json or {}, as_proto

    def bytes(self, codec):
        return self.as_proto if codec == "proto" else json.dumps(self.as_json).encode()


def order(which):
    return lambda w: Message({"orderId": which(w)}, text_field(1, which(w)))


def service(name):
    return Message({"service": name}, text_field(1, name))


EMPTY = Message()
FIRST = order(lambda w: w.order["id"])
BIG = order(lambda w: w.big["id"])
NOWHERE = order(lambda w: "o9999999")
AUTH = (("authorization", key),)


class Case:
    """kind: unary, get, stream, bidi. messages: of the request. want: code (None: it ends well), says, replies (what
    each message of the answer contains), head."""

    def __init__(self, name, kind, path, messages=(EMPTY,), more=(), timeout_ms=None, only=lambda c: True, raw=None,
                 **want):
        self.name, self.kind, self.path, self.messages, self.more = name, kind, path, messages, more
        self.timeout_ms, self.only, self.raw, self.want = timeout_ms, only, raw, want

    def applies(self, config):
        if self.kind == "get" and config.protocol == "grpc":
            return False
        return not (self.kind == "bidi" and config.http == "h1") and self.only(config)

    def build(self, config, world):
        payloads = [(m(world) if callable(m) else m).bytes(config.codec) for m in self.messages]
        if self.raw is not None:
            return self.raw(config, world)
        if self.kind == "get":
            return get(config, self.path, payloads[0], headers(config, self, "get"))
        if config.protocol == "connect" and self.kind == "unary":
            body = gzip.compress(payloads[0]) if config.compression == "gzip" and payloads[0] else payloads[0]
            return Ask(self.path, headers(config, self, "unary"), [body])
        wrap = packed if config.compression == "gzip" else envelope
        return Ask(self.path, headers(config, self, "stream"), [wrap(p) for p in payloads] or None)

    def judge(self, config, world, said):
        want = {}
        framed = config.protocol == "grpc" or self.kind in ("stream", "bidi")
        code = self.want.get("code")
        if code is not None:
            want.update(code=code, says=self.want.get("says", ""))
        elif config.protocol == "grpc":
            want["grpc"] = "OK"
        elif framed:
            want["end"] = lambda end: "error" not in end
        else:
            want["http"] = 200
        if framed or code is None:
            want["http"] = 200
        if "head" in self.want:
            want["head"] = self.want["head"]
        judge(world, said, want)
        if "replies" in self.want:
            got = said.messages() if framed else [said.plain()]
            same(len(got), len(self.want["replies"]), "messages")
            for one, wish in zip(got, self.want["replies"]):
                wish = wish(world) if callable(wish) else wish[config.codec]
                check(wish in one, "%r is not in %r" % (wish, one[:200]))

    def run(self, world):
        configs = [c for c in CONFIGS if self.applies(c)]
        check(configs, "asked nowhere")
        # Side by side: many of them wait for a deadline.
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda config: self.run_one(config, world), configs))
        world.asked += len(configs)

    def run_one(self, config, world):
        said = ask(world, self.build(config, world).over(config.http, config.tls))
        try:
            self.judge(config, world, said)
        except Failed as e:
            raise Failed("%s: %s; %s" % (config, e, said.brief()))


def headers(config, case, kind):
    zipped = config.compression == "gzip"
    if config.protocol == "grpc":
        found = [("content-type", "application/grpc+" + config.codec), ("te", "trailers")]
        names = ("grpc-encoding", "grpc-accept-encoding")
    elif kind == "stream":
        found = [("content-type", "application/connect+" + config.codec), ("connect-protocol-version", "1")]
        names = ("connect-content-encoding", "connect-accept-encoding")
    else:
        found = [] if kind == "get" else [("content-type", "application/" + config.codec), ("connect-protocol-version", "1")]
        names = (None if kind == "get" else "content-encoding", "accept-encoding")
    if zipped:
        found += [(name, "gzip") for name in names if name is not None]
    if case.timeout_ms is not None:
        found += [("grpc-timeout", "%dm" % case.timeout_ms) if config.protocol == "grpc"
                  else ("connect-timeout-ms", str(case.timeout_ms))]
    return found + list(case.more)


def get(config, path, payload, more):
    zipped = config.compression == "gzip"
    raw = gzip.compress(payload) if zipped else payload
    parts = [("connect", "v1"), ("encoding", config.codec)] + ([("compression", "gzip")] if zipped else [])
    parts += [("base64", "1"), ("message", base64.urlsafe_b64encode(raw).decode().rstrip("="))]
    return Ask(path + "?" + urllib.parse.urlencode(parts), more, None, method="GET")


ok = {"proto": SERVING, "json": b'"SERVING"'}
the_order = lambda w: w.order["id"].encode()
LATE = {"code": "deadline_exceeded"}


def basic():
    yield Case("unary/success", "unary", GET_ORDER, (FIRST,), AUTH, replies=[the_order], head={"x-request-id": True})
    yield Case("server-stream/success", "stream", WATCH, timeout_ms=60, replies=[ok], **LATE)
    ask_list = Message({"listServices": ""}, text_field(7, ""))
    ask_file = Message({"fileByFilename": "x.proto"}, text_field(3, "x.proto"))
    yield Case("bidi-stream/success", "bidi", REFLECTION, (ask_list, ask_file), replies=[
        lambda w: b"paidan.v1.TaskService", lambda w: b"not found"])
    yield Case("bidi-stream/no-requests", "bidi", REFLECTION, (), replies=[])
    yield Case("unimplemented", "unary", "/paidan.v1.OrderService/Unimplemented", code="unimplemented")


def empty():
    yield Case("unary/empty-request", "unary", CHECK, replies=[ok])
    yield Case("server-stream/empty-request", "stream", WATCH, timeout_ms=60, replies=[ok], **LATE)


def size():
    def padded(extra):
        return Message(None, text_field(1, "a" * (LIMIT - 5 + extra)))

    most, more = padded(0), padded(10)
    only = lambda c: c.codec == "proto"
    yield Case("unary/request-equal-to-server-limit", "unary", CHECK, (most,), only=only, code="not_found")
    yield Case("unary/request-exceeds-server-limit", "unary", CHECK, (more,), only=only, code="resource_exhausted")
    yield Case("server-stream/request-equal-to-server-limit", "stream", WATCH, (most,), timeout_ms=2000, only=only,
               replies=[{"proto": b"\x08\x03"}], **LATE)
    yield Case("server-stream/request-exceeds-server-limit", "stream", WATCH, (more,), only=only,
               code="resource_exhausted")

    def listing(extra):
        return Message(None, text_field(7, "a" * (LIMIT - 5 + extra)))

    listed, once = lambda w: b"TaskService", lambda c: c.codec == "proto" and c.compression == "identity"
    yield Case("bidi-stream/all-requests-equal-to-server-limit", "bidi", REFLECTION, (listing(0), listing(0)), only=once,
               replies=[listed, listed])
    yield Case("bidi-stream/first-request-exceeds-server-limit", "bidi", REFLECTION, (listing(10), listing(0)), only=once,
               replies=[], code="resource_exhausted")
    yield Case("bidi-stream/subsequent-request-exceeds-server-limit", "bidi", REFLECTION, (listing(0), listing(10)),
               only=once, replies=[listed], code="resource_exhausted")


def errors():
    again = lambda w: Message({"categoryId": w.town.category, "title": "别的", "requestId": "first"},
                              text_field(1, "first") + text_field(2, w.town.category) + text_field(3, "别的"))
    resident = (*AUTH, ("x-paidan-act-as", lambda w: "resident/" + w.town.resident))
    rate = lambda w: Message({"orderId": w.order["id"], "stars": 5}, text_field(1, w.order["id"]) + b"\x10\x05")
    tenant = Message({"tenantId": "x1", "name": "x"}, text_field(1, "x1") + text_field(2, "x"))
    yield Case("unary/invalid-argument", "unary", GET_ORDER, more=AUTH, code="invalid_argument")
    yield Case("unary/deadline-exceeded", "unary", CHECK, timeout_ms=0, code="deadline_exceeded")
    yield Case("unary/not-found", "unary", GET_ORDER, (NOWHERE,), AUTH, code="not_found")
    yield Case("unary/already-exists", "unary", PLACE, (again,), resident, only=lambda c: c.codec == "json",
               code="already_exists")
    yield Case("unary/permission-denied", "unary", "/paidan.v1.OrgService/CreateTenant", (tenant,), AUTH,
               code="permission_denied")
    yield Case("unary/resource-exhausted", "unary", CHECK, (Message({"service": "a" * LIMIT}, text_field(1, "a" * LIMIT)),),
               only=lambda c: c.tls and c.compression == "identity", code="resource_exhausted")
    yield Case("unary/failed-precondition", "unary", "/paidan.v1.OrderService/RateOrder", (rate,), resident,
               only=lambda c: c.codec == "json", code="failed_precondition")
    stale = lambda w: Message({"member": {"id": w.town.members[0], "etag": "999", "holdingCap": 3},
                               "updateMask": "holdingCap"})
    yield Case("unary/aborted", "unary", "/paidan.v1.MemberService/UpdateMember", (stale,), AUTH,
               only=lambda c: c.codec == "json", code="aborted")
    gone = Message({"after": "1-1-1"}, b"\x22\x05" + b"1-1-1")
    yield Case("unary/out-of-range", "unary", "/paidan.v1.EventService/ListEvents", (gone,), AUTH, code="out_of_range")
    yield Case("unary/unimplemented", "unary", "/paidan.v1.OrderService/Unimplemented", code="unimplemented")
    yield Case("unary/unauthenticated", "unary", GET_ORDER, (FIRST,), code="unauthenticated")
    yield Case("unary/error-with-metadata", "unary", GET_ORDER, (FIRST,), (("x-request-id", "r.1"),),
               code="unauthenticated", head={"x-request-id": "r.1"})
    yield Case("unary/unicode-error-message", "unary", GET_ORDER, (NOWHERE,), (*AUTH, ("accept-language", "zh")),
               code="not_found", says="未找到")
    after = lambda text: Message({"after": text}, text_field(2, text))
    yield Case("server-stream/out-of-range", "stream", WATCH_ORDERS, (after("1-1-1"),), AUTH, code="out_of_range")
    yield Case("server-stream/invalid-argument", "stream", WATCH_ORDERS, (after("nonsense"),), AUTH,
               code="invalid_argument")
    yield Case("server-stream/permission-denied", "stream", "/paidan.v1.TaskService/WatchOffers", more=AUTH,
               code="permission_denied")
    yield Case("server-stream/not-found", "stream", WATCH_ORDERS, (NOWHERE,), AUTH, code="not_found")
    yield Case("server-stream/unauthenticated", "stream", WATCH_ORDERS, code="unauthenticated")
    yield Case("server-stream/unimplemented", "stream", "/paidan.v1.OrderService/Unimplemented", code="unimplemented")
    yield Case("server-stream/error-with-metadata", "stream", WATCH_ORDERS, more=(("x-request-id", "r.2"),),
               code="unauthenticated", head={"x-request-id": "r.2"})
    yield Case("server-stream/error-with-responses", "stream", WATCH, timeout_ms=60, replies=[ok], **LATE)
    yield Case("bidi-stream/error-with-responses", "bidi", REFLECTION, (
        Message({"listServices": ""}, text_field(7, "")), EMPTY), replies=[lambda w: b"TaskService"], code="invalid_argument")
    yield Case("bidi-stream/error-no-responses", "bidi", REFLECTION, code="invalid_argument", replies=[])
    yield Case("bidi-stream/error-with-metadata", "bidi", REFLECTION, more=(("x-request-id", "r.3"),),
               code="invalid_argument", head={"x-request-id": "r.3"}, replies=[])


def metadata():
    twice = (("x-conformance-test", "Value1"), ("x-conformance-test", "Value2"))
    yield Case("unary/success", "unary", CHECK, more=twice, replies=[ok])
    yield Case("unary/error", "unary", GET_ORDER, more=twice, code="unauthenticated")
    yield Case("server-stream/success", "stream", WATCH, more=twice, timeout_ms=60, replies=[ok], **LATE)
    yield Case("server-stream/error-with-no-responses", "stream", WATCH_ORDERS, more=twice, code="unauthenticated")
    listing, listed = Message({"listServices": ""}, text_field(7, "")), lambda w: b"TaskService"
    yield Case("bidi-stream/success", "bidi", REFLECTION, (listing, listing), twice, replies=[listed, listed])
    yield Case("bidi-stream/error-with-responses", "bidi", REFLECTION, (listing, EMPTY), twice, replies=[listed],
               code="invalid_argument")
    yield Case("bidi-stream/error-no-responses", "bidi", REFLECTION, (EMPTY,), twice, replies=[], code="invalid_argument")


def timeouts():
    yield Case("unary", "unary", CHECK, timeout_ms=0, **LATE)
    yield Case("server-stream", "stream", WATCH, timeout_ms=60, **LATE)
    yield Case("server-stream, of orders", "stream", WATCH_ORDERS, more=AUTH, timeout_ms=60, **LATE)


    def held_open(config, world):
        """The client has more to say, and does not."""
        wrap = packed if config.compression == "gzip" else envelope
        message = Message({"listServices": ""}, text_field(7, "")).bytes(config.codec)
        return Ask(REFLECTION, headers(config, SimpleNamespace(timeout_ms=60, more=()), "stream"), [wrap(message)],
                   end=False)

    yield Case("bidi-stream", "bidi", REFLECTION, raw=held_open, replies=[lambda w: b"TaskService"], **LATE)


def deadlines():
    yield Case("unary/success", "unary", CHECK, timeout_ms=20000, replies=[ok])
    yield Case("bidi-stream/success", "bidi", REFLECTION, (Message({"listServices": ""}, text_field(7, "")),),
               timeout_ms=20000, replies=[lambda w: b"TaskService"])


def with_get():
    yield Case("success", "get", GET_ORDER, (FIRST,), AUTH, replies=[the_order])
    yield Case("error", "get", GET_ORDER, (NOWHERE,), AUTH, code="not_found")


def plain(protocol):
    """The suite asks these in the simplest configuration alone."""
    return lambda c: c.protocol == protocol and c.codec == "proto" and c.compression == "identity"


def unexpected_grpc():
    kinds = (("unary", "unary", GET_ORDER), ("server-stream", "stream", WATCH_ORDERS))
    base = [("te", "trailers"), *AUTH]
    only = plain("grpc")

    def raw(path, data, kind="application/grpc+proto", more=(), method="POST"):
        return lambda c, w: Ask(path, [("content-type", kind), *base, *more], data, method=method)

    message = envelope(text_field(1, "o1"))
    for name, kind, path in kinds:
        yield Case(name + "/no-request", kind, path, only=only, raw=raw(path, None), code="unimplemented")
        yield Case(name + "/multiple-requests", kind, path, only=only, raw=raw(path, [message, message]),
                   code="unimplemented")
    yield Plain("unexpected-content-type", only, raw(GET_ORDER, [b"12345678"], "image/jpeg"), http=415)
    yield Plain("unexpected-verb", only, raw(GET_ORDER, [message], "application/grpc", method="DELETE"), http=405)
    yield Case("unexpected-uri", "unary", "", only=only, raw=raw("/paidan.v1.Unknown/Unknown", [message], "application/grpc"),
               code="unimplemented")
    yield Plain("unexpected-codec", only, raw(GET_ORDER, [message], "application/grpc+foo"), http=415)
    yield Case("unexpected-compression", "unary", "", only=only, raw=raw(
        GET_ORDER, [envelope(b"x", 1)], "application/grpc", [("grpc-encoding", "foo")]), code="unimplemented")
    yield Case("unexpected-compressed-message", "unary", "", only=only, raw=raw(
        GET_ORDER, [envelope(text_field(1, "o1"), 1)], more=[("grpc-encoding", "identity")]), code="internal")
    yield Case("bidi-stream/incomplete-message", "bidi", "", only=only, raw=raw(REFLECTION, [envelope(b"AAAA", 0, 10)]),
               code="invalid_argument")
    yield Case("bidi-stream/incomplete-message-prefix", "bidi", "", only=only, raw=raw(REFLECTION, [b"\0\0\0"]),
               code="invalid_argument")


def unexpected_connect():
    only = plain("connect")

    def raw(path, kind, data, more=(), method="POST"):
        return lambda c, w: Ask(path, [("content-type", kind), *AUTH, *more], data, method=method)

    message = text_field(1, "o1")
    yield Plain("unexpected-content-type", only, raw(GET_ORDER, "image/jpeg", [b"12345678"]), http=415)
    yield Case("server-stream/no-request", "stream", "", only=only, raw=raw(WATCH_ORDERS, "application/connect+proto", [b""]),
               code="unimplemented")
    yield Case("server-stream/multiple-requests", "stream", "", only=only, raw=raw(
        WATCH_ORDERS, "application/connect+proto", [envelope(message), envelope(message)]), code="unimplemented")
    yield Plain("unexpected-verb", only, raw(GET_ORDER, "application/proto", [message], method="DELETE"), http=405)
    yield Plain("unexpected-uri", only, raw("/paidan.v1.Unknown/Unknown", "application/proto", [message]), http=404,
                code="unimplemented")
    yield Plain("unexpected-codec", only, raw(GET_ORDER, "application/foo", [message]), http=415)
    yield Case("unexpected-compression", "unary", "", only=only, raw=raw(
        GET_ORDER, "application/proto", [b"x"], [("content-encoding", "foo")]), code="unimplemented")
    yield Case("unexpected-compressed-message", "stream", "", only=only, raw=raw(
        WATCH_ORDERS, "application/connect+proto", [envelope(message, 1)], [("connect-content-encoding", "identity")]),
        code="internal")


def sub_format():
    for name, kind in (("with-proto-sub-format", "application/grpc+proto"), ("without-proto-sub-format", "application/grpc")):
        raw = lambda c, w, kind=kind: Ask(CHECK, [("content-type", kind), ("te", "trailers")], [envelope(b"")])
        yield Case(name, "unary", CHECK, only=plain("grpc"), raw=raw, replies=[ok], head={"content-type": kind})


class Plain(Case):
    """Answered by HTTP itself: a status, and nothing that a protocol would call an outcome."""

    def __init__(self, name, only, raw, http, code=None):
        super().__init__(name, "unary", "", only=only, raw=raw)
        self.http, self.code = http, code

    def judge(self, config, world, said):
        judge(world, said, {"http": self.http, "head": {"grpc-status": None}, **({"code": self.code} if self.code else {})})


class Delivery(Case):
    """Messages of a stream come as they are made, not in a batch."""

    def run_one(self, config, world):
        line = Line2(world.broker.local_port)
        stream = line.start(self.build(config, world), world)
        said = line.said[stream]
        # What there was before the watch began is not told: write until it speaks, and see that each comes alone.
        times = seen = 0
        for i in range(1000):
            if times == 3:
                break
            world.note("%s %d" % (config, i))
            line.h2.sock.settimeout(0.05)
            try:
                line.step()
            except Failed:
                pass  # nothing yet
            if said.whole_frames() > seen:
                seen, times = said.whole_frames(), times + 1
        same(times, 3, "times that messages came")
        line.close()


def delivery():
    yield Delivery("server-stream/incremental-delivery", "stream", WATCH_ORDERS, (FIRST,), AUTH, timeout_ms=20000,
                   only=lambda c: c.http == "h2" and c.compression == "identity" and not c.tls)


SUITES = [("Basic", basic), ("Server Empty Requests", empty), ("Server Message Size", size), ("Errors", errors),
          ("Duplicate Metadata", metadata), ("Timeouts", timeouts), ("Deadline Propagation", deadlines),
          ("Connect with GET", with_get), ("gRPC Unexpected Requests", unexpected_grpc),
          ("Connect Unexpected Requests", unexpected_connect), ("gRPC Proto Sub-Format Requests", sub_format),
          ("Streaming Delivery", delivery)]


def cases():
    for suite, rows in SUITES:
        for case in rows():
            case.section, case.text = suite, case.name
            yield case
