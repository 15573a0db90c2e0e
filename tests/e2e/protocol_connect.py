"""The Connect protocol: the rules of connectrpc.com/docs/protocol (and its page on CORS) that a server can keep or break.

Sections are those of the document; rules are asked over HTTP/1.1 and HTTP/2. `rules()` gives the table.
"""
import base64
import gzip
import json
import re
import signal
import socket
import urllib.parse

from broker import Broker
from net_peer import check
from protocol_grpc import (CHECK, GET_ORDER, LIMIT, REFLECTION, SERVING, WATCH, WATCH_ORDERS, answer_ping, key, streams_now)
from protocol_peer import Ask, Line2, envelope, known, packed, text_field
from protocol_rule import BOTH, H1, H1C, H2, H2C, Rule, same

PLACE = "/paidan.v1.OrderService/PlaceOrder"
SERVING_JSON = b'{"status":"SERVING"}'


# What the document says to servers and these tables don't ask: where it is asked, or why it is not done.
NOT_HERE = [
    ("Unary-Request, Path", "a routing prefix is arbitrary, and ours is none: whoever wants one has a proxy cut it off"),
    ("Unary-Request, Connect-Protocol-Version", "servers may refuse requests without it: curl is to work as it is"),
    ("Unary-Request, Timeout", "servers may clamp it: a unary call has a minute at most (limits.h)"),
    ("Error Codes", "canceled (499) is told to nobody, for the client has gone; unknown is never used; data_loss and "
     "internal of unary calls need a broken store: all are rows of err.h, checked by test_base.c"),
    ("Streaming RPCs", "client streams: the API has none, and reflection's two directions are asked for here"),
]


def unary(path=CHECK, body=b"{}", kind="application/json", more=(), **options):
    headers = [("content-type", kind)] if kind is not None else []
    data = body if callable(body) else None if body is None else [body]
    return Ask(path, headers + list(more), data, **options)


def proto(path=CHECK, body=b"", more=(), **options):
    return unary(path, body, "application/proto", more, **options)


def order_json(which):
    return lambda w: [json.dumps({"orderId": which(w)}).encode()]


def one_order(more=(), which=lambda w: w.order["id"], path=GET_ORDER):
    return unary(path, order_json(which), more=[("authorization", key), *more])


def big_order(more=()):
    return one_order(more, lambda w: w.big["id"])


def get(query, path=GET_ORDER, more=(), **options):
    """query: a list of (name, value), text as it stands in the URL, or a function of the world to either."""

    def url(world):
        parts = known(query, world)
        if not isinstance(parts, str):
            parts = "&".join("%s=%s" % (n, urllib.parse.quote(v, safe="")) for n, v in parts)
        return path + ("?" + parts if parts else "")

    return Ask(url, [("authorization", key), *more], None, method="GET", **options)


def stream(path=WATCH, data=(envelope(b"{}"),), kind="application/connect+json", more=(), **options):
    return Ask(path, [("content-type", kind), *more], list(data) if isinstance(data, tuple) else data, **options)


def unary_request():
    section = "Unary-Request"
    yield Rule(section, "Method-Post, application/json", unary(), BOTH + (H1, H2), http=200, body=SERVING_JSON,
               head={"content-type": "application/json"})
    yield Rule(section, "Method-Post, application/proto", proto(), BOTH, http=200, body=SERVING,
               head={"content-type": "application/proto"})
    for method in ("PUT", "DELETE", "PATCH"):
        yield Rule(section, "no other method: " + method, unary(method=method), BOTH, http=405, head={"allow": "POST"})
    for path in ("/grpc.health.v1.health/Check", "/grpc.health.v1.Health/CHECK", CHECK + "/", "/x" + CHECK):
        yield Rule(section, "Path is case-sensitive and exact: " + path, unary(path), BOTH, http=404,
                   code="unimplemented", head={"content-type": "application/json"})
    for kind in ("application/json; charset=utf-8", "Application/Json", 'application/json;charset="UTF-8"'):
        yield Rule(section, "Message-Codec: %s is json" % kind, unary(kind=kind), BOTH, http=200, body=SERVING_JSON)
    for kind in ("application/foo", "application/xml", "text/json", "image/jpeg", "application/json; charset=gbk", "",
                 None):
        yield Rule(section, "Message-Codec: %s gets 415" % (kind or "none"), unary(kind=kind), BOTH, http=415,
                   head={"accept-post": lambda v: "application/proto" in v and "application/json" in v})
    for kind in ("application/connect+json", "application/connect+proto"):
        yield Rule(section, "a unary method takes no " + kind, unary(kind=kind), BOTH, http=415)
    yield Rule(section, "Connect-Protocol-Version 1", unary(more=[("connect-protocol-version", "1")]), BOTH, http=200)
    yield Rule(section, "Connect-Protocol-Version may be left out", unary(), BOTH, http=200)
    for version in ("2", "0", "v1", "1.0", "one"):
        yield Rule(section, "Connect-Protocol-Version %s is none" % version,
                   unary(more=[("connect-protocol-version", version)]), BOTH, http=400, code="invalid_argument",
                   says="connect-protocol-version")
    for value in ("30000", "0000030000", "9999999999"):
        yield Rule(section, "Timeout of at most 10 digits: " + value, unary(more=[("connect-timeout-ms", value)]), BOTH,
                   http=200)
    for value in ("10000000000", "-1", "+1", "1.5", "5s", "", "soon", "0x10"):
        yield Rule(section, "Timeout %r is malformed" % value, unary(more=[("connect-timeout-ms", value)]), BOTH, http=400,
                   code="invalid_argument", says="connect-timeout-ms")
    yield Rule(section, "Timeout 0 has expired", unary(more=[("connect-timeout-ms", "0")]), BOTH, http=504,
               code="deadline_exceeded")
    for value in ("AAECAw==", "AAECAw", "AAECAw==,BAUG", "not base64!"):
        yield Rule(section, "Binary-Metadata %r is no error" % value, unary(more=[("x-blob-bin", value)]), BOTH, http=200)
    yield Rule(section, "too many headers are refused", unary(more=[("x-%d" % i, "v" * 900) for i in range(20)]), BOTH,
               http=431)
    yield Rule(section, "Custom-Metadata is no error, reserved names neither",
               unary(more=[("acme-shard-id", "42"), ("connect-future", "x")]), BOTH, http=200)


def unary_encoding():
    section = "Unary-Request, Content-Encoding"
    body = lambda w: [gzip.compress(order_json(lambda w: w.order["id"])(w)[0])]
    zipped = [("content-encoding", "gzip")]
    auth = [("authorization", key)]
    right = lambda w, s: same(json.loads(s.plain())["order"]["id"], w.order["id"], "order")
    yield Rule(section, "gzip is read", unary(GET_ORDER, body, more=zipped + auth), BOTH, http=200, check=right)
    yield Rule(section, "identity is read", one_order([("content-encoding", "identity")]), BOTH, http=200, check=right)
    yield Rule(section, "identity is assumed", one_order(), BOTH, http=200, check=right)
    yield Rule(section, "no content is not decompressed", proto(more=zipped), BOTH, http=200, body=SERVING)
    for encoding in ("br", "zstd", "deflate", "foo"):
        yield Rule(section, encoding + " is unimplemented, with a list of what is",
                   unary(more=[("content-encoding", encoding)]), BOTH, http=501, code="unimplemented",
                   says="gzip and identity", head={"accept-encoding": "gzip, identity"})
    for what, bad in (("no gzip", b"{}"), ("gzip cut short", gzip.compress(b"{}" * 99)[:-9])):
        yield Rule(section, what + " under gzip is an error", unary(body=bad, more=zipped), BOTH, http=400,
                   code="invalid_argument")
    yield Rule(section, "a bomb", unary(body=gzip.compress(bytes(LIMIT + 1)), more=zipped), BOTH, http=429,
               code="resource_exhausted")
    section = "Unary-Request, Accept-Encoding"
    for value in ("gzip", "gzip, br", "br, gzip", "zstd,gzip;q=0.5", "GZIP", "gzip, identity"):
        yield Rule(section, "%r gets gzip" % value, big_order([("accept-encoding", value)]), BOTH, http=200,
                   head={"content-encoding": "gzip"}, json={})
    for value in ("identity", "br", "gzip;q=0", "gzip; q=0.000, br", "identity, gzip", "*;q=0", ""):
        yield Rule(section, "%r gets identity, in order of preference" % value, big_order([("accept-encoding", value)]),
                   BOTH, http=200, head={"content-encoding": None}, json={})
    big = lambda w: [gzip.compress(order_json(lambda w: w.big["id"])(w)[0])]
    yield Rule(section, "left out, the request's encoding is accepted", unary(GET_ORDER, big, more=zipped + auth), BOTH,
               http=200, head={"content-encoding": "gzip"}, json={})
    yield Rule(section, "left out, with nothing encoded, identity", big_order(), BOTH, http=200,
               head={"content-encoding": None})


def unary_size():
    section = "Unary-Request, Bare-Message"
    pad = LIMIT - 2
    yield Rule(section, "4 MiB are taken", unary(body=b"{" + b" " * pad + b"}"), BOTH, http=200, body=SERVING_JSON)
    yield Rule(section, "one byte more is resource_exhausted", unary(body=b"{" + b" " * (pad + 1) + b"}"), BOTH, http=429,
               code="resource_exhausted", reason="TOO_LARGE")
    yield Rule(section, "no bytes are an empty message in proto", proto(body=None), BOTH, http=200, body=SERVING)
    for bad in (b"", b"{", b"[]", b"null x", b"\xff", b'{"service":1}', b'{"nothing":1}'):
        yield Rule(section, "%r is no message in JSON" % bad, unary(body=bad), BOTH, http=400, code="invalid_argument")
    for bad in (b"\n\x05a", b"\x0a", b"\xff\xff\xff", b"\n\x01\xff"):
        yield Rule(section, "%r is no message in proto" % bad, proto(body=bad), BOTH, http=400, code="invalid_argument")


def unary_get():
    section = "Unary-Get-Request"
    message = lambda w: json.dumps({"orderId": w.order["id"]})
    binary = lambda w: text_field(1, w.order["id"])
    url64 = lambda raw, pad=False: base64.urlsafe_b64encode(raw).decode().rstrip("" if pad else "=")
    right = lambda w, s: same(json.loads(s.plain())["order"]["id"], w.order["id"], "order")
    fine = {"http": 200, "check": right, "head": {"content-type": "application/json", "cache-control": "no-store"}}
    yield Rule(section, "message and encoding, the version may be left out",
               get(lambda w: [("message", message(w)), ("encoding", "json")]), BOTH, **fine)
    yield Rule(section, "connect=v1", get(lambda w: [("connect", "v1"), ("encoding", "json"), ("message", message(w))]),
               BOTH, **fine)
    yield Rule(section, "parameters in any order, unknown ones beside them",
               get(lambda w: [("x", "1"), ("message", message(w)), ("utm_source", "a b"), ("encoding", "json"),
                              ("connect", "v1")]), BOTH, **fine)
    yield Rule(section, "names and values mean the same percent-encoded",
               get(lambda w: "%63onnect=v%31&encodin%67=%6As%6fn&compression=identit%79&message=" + urllib.parse.quote(
                   message(w))), BOTH, **fine)
    yield Rule(section, "a + is a blank", get(lambda w: "encoding=json&message=" + urllib.parse.quote_plus(
        message(w))), BOTH, **fine)
    yield Rule(section, "base64=1 is URL-safe base64", get(lambda w: [
        ("encoding", "json"), ("base64", "1"), ("message", url64(message(w).encode()))]), BOTH, **fine)
    yield Rule(section, "padded too, percent-encoded", get(lambda w: [
        ("encoding", "json"), ("base64", "1"), ("message", url64(message(w).encode() + b" ", True))]), BOTH, **fine)
    yield Rule(section, "another value of base64 is ignored",
               get(lambda w: [("encoding", "json"), ("base64", "0"), ("message", message(w))]), BOTH, **fine)
    yield Rule(section, "proto in base64", get(lambda w: [
        ("encoding", "proto"), ("base64", "1"), ("message", url64(binary(w)))]), BOTH, http=200,
        head={"content-type": "application/proto"}, check=lambda w, s: check(w.order["id"].encode() in s.bytes, "order"))
    yield Rule(section, "compression=gzip", get(lambda w: [
        ("encoding", "json"), ("base64", "1"), ("compression", "gzip"),
        ("message", url64(gzip.compress(message(w).encode())))]), BOTH, **fine)
    yield Rule(section, "compression=identity",
               get(lambda w: [("encoding", "json"), ("compression", "identity"), ("message", message(w))]), BOTH, **fine)
    big = lambda w: url64(gzip.compress(json.dumps({"orderId": w.big["id"]}).encode()))
    yield Rule(section, "without Accept-Encoding, the message's compression is accepted", get(lambda w: [
        ("encoding", "json"), ("base64", "1"), ("compression", "gzip"), ("message", big(w))]), BOTH, http=200,
        head={"content-encoding": "gzip"}, json={})
    yield Rule(section, "compression=br is unimplemented, with a list", get([
        ("encoding", "json"), ("compression", "br"), ("message", "{}")]), BOTH, http=501, code="unimplemented",
        says="gzip and identity", head={"cache-control": "no-store"})
    yield Rule(section, "an empty message is not decompressed", get([
        ("encoding", "proto"), ("compression", "gzip"), ("message", "")]), BOTH, http=400, reason="FIELD_REQUIRED")
    for codec in ("xml", "JSON", "text", "foo"):
        yield Rule(section, "Message-Codec %s gets 415" % codec, get([("encoding", codec), ("message", "{}")]), BOTH,
                   http=415)
    for what, query in (("no message", "encoding=json"), ("no encoding", "message={}"), ("nothing", ""),
                        ("connect=v2", "connect=v2&encoding=json&message={}"),
                        ("a broken escape", "encoding=json&message=%7"),
                        ("broken base64", "encoding=json&base64=1&message=a!!!"),
                        ("broken JSON", "encoding=json&message={")):
        yield Rule(section, "%s is an error" % what, get(query), BOTH, http=400, code="invalid_argument",
                   head={"content-type": "application/json", "cache-control": "no-store"})
    yield Rule(section, "Timeout stays a header", get([("encoding", "json"), ("message", "{}")],
               more=[("connect-timeout-ms", "0")]), BOTH, http=504, code="deadline_exceeded")
    yield Rule(section, "Connect-Protocol-Version as a header is checked too", get(
        [("encoding", "json"), ("message", "{}")], more=[("connect-protocol-version", "9")]), BOTH, http=400)
    yield Rule(section, "only for methods without side effects: a write", get(
        [("encoding", "json"), ("message", "{}")], PLACE), BOTH, http=405, head={"allow": "POST"})
    yield Rule(section, "nor for streams", get([("encoding", "json"), ("message", "{}")], WATCH_ORDERS), BOTH, http=405,
               head={"allow": "POST"})
    yield Rule(section, "an unknown path", get([("encoding", "json"), ("message", "{}")], "/a.B/C"), BOTH, http=404)


def unary_response():
    section = "Unary-Response"
    yield Rule(section, "200 and the request's type", one_order(), BOTH, http=200,
               head={"content-type": "application/json", "content-length": True})
    for ask in (proto(GET_ORDER), proto("/a.B/C"), proto(body=b"\xff")):
        yield Rule(section, "errors are JSON, whatever the request was: " + ask.path, ask, BOTH,
                   head={"content-type": "application/json"}, check=lambda w, s: check(s.status != 200, "status"))
    timing = lambda v: re.fullmatch(r"rpc;dur=\d+\.\d{3}", v)
    for what, ask in (("an answer", unary()), ("an error", proto("/a.B/C")), ("GET", get("encoding=json&message={}"))):
        yield Rule(section, "Prefixed-Trailing-Metadata of " + what, ask, BOTH,
                   head={"trailer-server-timing": timing, "server-timing": None})
    yield Rule(section, "Leading-Metadata", unary(more=[("x-request-id", "my.id:1")]), BOTH, head={"x-request-id": "my.id:1"})
    yield Rule(section, "no trailers", unary(), (H2C,), http=200, check=lambda w, s: same((s.blocks, s.trailers), (1, {}),
                                                                                       "headers"))


def streaming_request():
    section = "Streaming-Request"
    timeout = [("connect-timeout-ms", "40")]
    late = {"code": "deadline_exceeded"}
    yield Rule(section, "application/connect+json", stream(more=timeout), BOTH + (H1, H2), http=200,
               messages=[SERVING_JSON], head={"content-type": "application/connect+json"}, **late)
    yield Rule(section, "application/connect+proto", stream(data=(envelope(b""),), kind="application/connect+proto",
               more=timeout), BOTH, http=200, messages=[SERVING], head={"content-type": "application/connect+proto"}, **late)
    for kind in ("application/json", "application/proto", "application/connect", "application/connect+xml", "text/plain"):
        yield Rule(section, kind + " gets 415", stream(kind=kind), BOTH, http=415,
                   head={"accept-post": lambda v: "application/connect+json" in v})
    yield Rule(section, "in pieces", stream(data=(b"\0", b"\0\0\0\2", b"{", b"}"), more=timeout), (H2C,), **late)
    for flags, what in ((2, "an end of stream"), (4, "reserved bit 2"), (128, "reserved bit 7"), (253, "all of them")):
        yield Rule(section, "Envelope-Flags: %s is an error" % what, stream(data=(envelope(b"{}", flags),)), BOTH,
                   http=200, code="invalid_argument", says="flags")
    for what, data in (("the prefix", b"\0\0"), ("the message", envelope(b"{", 0, 9))):
        yield Rule(section, "an end inside " + what, stream(data=(data,)), BOTH, http=200, code="invalid_argument",
                   says="not whole")
    for path in (WATCH, WATCH_ORDERS):
        more = [("authorization", key)]
        yield Rule(section, "a server stream takes one message, not none: " + path, stream(path, (b"",), more=more), BOTH,
                   http=200, code="unimplemented", reason="MESSAGE_COUNT")
        yield Rule(section, "nor two: " + path, stream(path, (envelope(b"{}") * 2,), more=more), BOTH, http=200,
                   code="unimplemented")
    yield Rule(section, "a message over 4 MiB", stream(data=(envelope(b"{" + b" " * LIMIT + b"}"),)), BOTH, http=200,
               code="resource_exhausted")
    yield Rule(section, "Timeout malformed", stream(more=[("connect-timeout-ms", "x")]), BOTH, http=200,
               code="invalid_argument", says="connect-timeout-ms")
    yield Rule(section, "Connect-Protocol-Version 2", stream(more=[("connect-protocol-version", "2")]), BOTH, http=200,
               code="invalid_argument")
    yield Rule(section, "bidirectional streams need HTTP/2", stream(REFLECTION), (H1C,), http=505)
    yield Rule(section, "bidirectional streams over HTTP/2",
               stream(REFLECTION, (envelope(b'{"listServices":""}'), envelope(b'{"fileByFilename":"x"}'))), (H2C,), http=200,
               end=lambda end: "error" not in end, check=lambda w, s: same(len(s.messages()), 2, "messages"))


def streaming_encoding():
    section = "Streaming-Request, Streaming-Content-Encoding"
    timeout = [("connect-timeout-ms", "40")]
    zipped = [("connect-content-encoding", "gzip")] + timeout
    late = {"http": 200, "code": "deadline_exceeded"}
    yield Rule(section, "gzip is read", stream(data=(packed(b"{}"),), more=zipped), BOTH, messages=[SERVING_JSON], **late)
    yield Rule(section, "a message may still be plain", stream(more=zipped), BOTH, messages=[SERVING_JSON], **late)
    yield Rule(section, "identity is read", stream(more=[("connect-content-encoding", "identity")] + timeout), BOTH, **late)
    yield Rule(section, "no bytes are not decompressed", stream(data=(envelope(b"", 1),), kind="application/connect+proto",
               more=zipped), BOTH, messages=[SERVING], **late)
    for encoding in ("br", "foo"):
        yield Rule(section, encoding + " is unimplemented, with a list",
                   stream(more=[("connect-content-encoding", encoding)]), BOTH, http=200, code="unimplemented",
                   says="gzip and identity", head={"connect-accept-encoding": "gzip, identity"})
    for more in ([], [("connect-content-encoding", "identity")]):
        yield Rule(section, "compressed with %s announced" % (more[0][1] if more else "nothing"),
                   stream(data=(packed(b"{}"),), more=more), BOTH, http=200, code="internal")
    yield Rule(section, "Content-Encoding is not meant for messages", stream(data=(packed(b"{}"),),
               more=[("content-encoding", "gzip")]), BOTH, http=200, code="internal")
    section = "Streaming-Request, Streaming-Accept-Encoding"
    for more, answer in (([("connect-accept-encoding", "gzip")], "gzip"), ([("connect-accept-encoding", "br, gzip")], "gzip"),
                         ([("connect-accept-encoding", "identity, gzip")], None), ([], None),
                         ([("connect-content-encoding", "gzip")], "gzip"), ([("accept-encoding", "gzip")], None)):
        yield Rule(section, "%s: %s" % (more[0] if more else "nothing said", answer or "identity"),
                   stream(more=more + timeout), BOTH, head={"connect-content-encoding": answer}, messages=[SERVING_JSON],
                   **late)


def streaming_response():
    section = "Streaming-Response"
    more = [("connect-timeout-ms", "40")]
    for what, ask in (("refused at once", stream(WATCH_ORDERS)), ("ended later", stream(more=more)),
                      ("an unknown method", stream("/a.B/C")),
                      ("not found", stream(WATCH_ORDERS, (envelope(b'{"orderId":"o9999999"}'),),
                                           more=[("authorization", key)]))):
        yield Rule(section, "200 and an EndStreamResponse as the last message, %s" % what, ask, BOTH, http=200,
                   head={"content-type": "application/connect+json", "content-length": None},
                   end=lambda end: end["error"]["code"])
    yield Rule(section, "no trailers", stream(more=more), BOTH, check=lambda w, s: same(s.trailers, {}, "trailers"))
    yield Rule(section, "chunked on HTTP/1.1", stream(more=more), (H1C,), head={"transfer-encoding": "chunked"})


def abandoned(world):
    """A client that leaves ends its stream, on HTTP/1.1 too."""
    before = streams_now(world)
    head = "POST %s HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+json\r\ncontent-length: 7\r\n\r\n" % WATCH
    with socket.create_connection(("127.0.0.1", world.broker.local_port), 20) as s:
        s.sendall(head.encode() + envelope(b"{}"))
        s.recv(100)
        world.wait("the stream", lambda: streams_now(world) == before + 1)
    world.wait("its end", lambda: streams_now(world) == before)


def errors():
    section = "Error and EndStreamResponse"

    def shape(error):
        same(sorted(error), ["code", "details", "message"], "members")
        detail = error["details"][0]
        same(detail["type"], "paidan.v1.ErrorInfo", "type, without a prefix")
        value = detail["value"]
        raw = base64.b64decode(value + "=" * (-len(value) % 4))
        check("=" not in value and detail["debug"]["reason"].encode() in raw, "value: %r" % value)
        check(detail["debug"]["messageZh"] and detail["debug"]["messageEn"], "debug")

    wrong = lambda w: "o9999999"
    yield Rule(section, "code, message and details of a unary call", one_order(which=wrong), BOTH,
               check=lambda w, s: shape(json.loads(s.bytes)))
    yield Rule(section, "code, message and details in a stream's end", stream(WATCH_ORDERS), BOTH,
               end=lambda end: shape(end["error"]) or True)
    yield Rule(section, "texts are UTF-8", one_order([("accept-language", "zh")], wrong), BOTH, says="未找到：单")
    for bad, says in ((b'{"orderId":5}', "order_id：应为字符串"), (b'{"orderId":"a",}', "第 1 行第 16 列：应为字符串"),
                      (b'{"nothing":1}', "nothing：GetOrderRequest 没有这个字段")):
        yield Rule(section, "what is wrong is said in Chinese too: %s" % bad.decode(), unary(
            GET_ORDER, bad, more=[("accept-language", "zh-CN"), ("authorization", key)]), BOTH, http=400, says=says)
    yield Rule(section, "a stream that ends well has no error", stream(REFLECTION, None), (H2C,), http=200, messages=[],
               end=lambda end: "error" not in end)
    metadata = lambda end: re.fullmatch(r"rpc;dur=\d+\.\d{3}", end["metadata"]["server-timing"][0])
    yield Rule(section, "metadata of a stream that ends well", stream(REFLECTION, None), (H2C,), end=metadata)
    yield Rule(section, "metadata of a stream that fails", stream(WATCH_ORDERS), BOTH, end=metadata)
    yield Rule(section, "a client that leaves ends its stream", abandoned)


def error_codes():
    section = "Error Codes"
    place = lambda w: [json.dumps({"categoryId": w.town.category, "title": "别的", "requestId": "first"}).encode()]
    act = [("authorization", key), ("x-paidan-act-as", lambda w: "resident/" + w.town.resident)]
    auth = [("authorization", key)]
    rows = [
        ("invalid_argument", 400, unary(body=b"{")),
        ("deadline_exceeded", 504, unary(more=[("connect-timeout-ms", "0")])),
        ("not_found", 404, one_order(which=lambda w: "o9999999")),
        ("already_exists", 409, unary(PLACE, place, more=act)),
        ("permission_denied", 403, unary("/paidan.v1.OrgService/CreateTenant", b'{"tenantId":"x1","name":"x"}', more=auth)),
        ("resource_exhausted", 429, unary(body=b" " * (LIMIT + 1))),
        ("failed_precondition", 400, unary("/paidan.v1.OrderService/RateOrder", lambda w: [
            json.dumps({"orderId": w.order["id"], "stars": 5}).encode()], more=act)),
        ("aborted", 409, unary("/paidan.v1.DeskService/AssignOrder", lambda w: [json.dumps({
            "orderId": w.order["id"], "memberId": w.town.members[0], "etag": "9999"}).encode()],
            more=[("authorization", lambda w: "Bearer " + w.town.operator_key)])),
        ("unimplemented", 501, unary(more=[("content-encoding", "br")])),
        ("unauthenticated", 401, unary(GET_ORDER)),
    ]
    for code, status, ask in rows:
        yield Rule(section, "%s is %d" % (code, status), ask, BOTH, http=status, code=code)
    for code, ask in (("out_of_range", stream(WATCH_ORDERS, (envelope(b'{"after":"1-1-1"}'),), more=auth)),
                      ("internal", stream(data=(packed(b"{}"),)))):
        yield Rule(section, "%s in a stream has status 200" % code, ask, BOTH, http=200, code=code)
    yield Rule(section, "unavailable is 503, in a stream 200", unavailable)
    for status, ask, says in ((405, unary(method="PUT"), b"the method must be one of: POST\n"),
                              (415, unary(kind="text/plain"), b"the content-type must be one of: application/json, ")):
        yield Rule(section, "what HTTP itself answers is no error of ours, but a word to whoever typed it: %d" % status, ask,
                   BOTH, http=status, head={"content-type": "text/plain; charset=utf-8"},
                   check=lambda w, s, says=says: check(s.bytes.startswith(says), "body %r" % s.bytes))


def unavailable(world):
    """While the broker drains: unary and stream, each in its way."""
    with Broker(world.binary, "--workers=1") as broker:
        c = Line2(broker.local_port)
        same(c.ask(unary(), world).status, 200, "a call")
        broker.process.send_signal(signal.SIGTERM)
        c.goaway()
        asks = [c.start(ask, world) for ask in (one_order(), stream(WATCH_ORDERS, more=[("authorization", key)]))]
        answer_ping(c)
        single, many = [c.finish(ask) for ask in asks]
        same((single.status, json.loads(single.bytes)["code"]), (503, "unavailable"), "a unary call")
        same((many.status, many.end()["error"]["code"]), (200, "unavailable"), "a stream")
        c.over()
        same(broker.process.wait(30), 0, "exit status")
        broker.process = None


def protocol_buffers():
    section = "Protocol Buffers"
    yield Rule(section, "Procedure-Name has package, service and method", unary("/Health/Check"), BOTH, http=404)
    yield Rule(section, "JSON is the canonical mapping: both spellings of a field are read",
               unary(GET_ORDER, lambda w: [json.dumps({"order_id": w.order["id"]}).encode()], more=[("authorization", key)]),
               BOTH, http=200)
    yield Rule(section, "JSON is the canonical mapping: enums by name", one_order(), BOTH, http=200,
               check=lambda w, s: check(b'"state":"ORDER_STATE_' in s.bytes, "state"))


def rules():
    for part in (unary_request, unary_encoding, unary_size, unary_get, unary_response, streaming_request,
                 streaming_encoding, streaming_response, errors, error_codes, protocol_buffers):
        yield from part()
