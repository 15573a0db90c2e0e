"""What browsers and tracing need of HTTP: connectrpc.com/docs/cors with fetch.spec.whatwg.org, and W3C Trace Context.

`cors()` and `traces()` give the tables.
"""
import base64
import re
from types import SimpleNamespace

from broker import Broker
from net_peer import check
from protocol_connect import get, one_order, stream, unary
from protocol_grpc import CHECK, GET_ORDER, WATCH, WATCH_ORDERS, get_order, grpc
from protocol_peer import Ask, ask
from protocol_rule import BOTH, Rule, same

DESK, OTHER = "https://desk.example", "http://pages.example:8080"
ORIGINS = DESK + ", " + OTHER
STRANGERS = ("https://evil.example", "https://desk.example.evil.example", "http://desk.example", "https://desk.example:444",
             "https://desk.exampl", "null", "HTTPS://DESK.EXAMPLE", "*")


def names(value):
    return set(re.split(r", ?", value.lower()))


def preflight(origin, path=GET_ORDER, method="POST", headers="authorization,content-type"):
    return Ask(path, [("origin", origin), ("access-control-request-method", method),
                      ("access-control-request-headers", headers)], None, method="OPTIONS")


def closed_by_default(world):
    with Broker(world.binary, "--workers=1") as broker:
        world = SimpleNamespace(broker=broker, town=world.town, order=world.order)
        for asked in (preflight(DESK), unary(more=[("origin", DESK)])):
            said = ask(world, asked)
            check(not any(n.startswith("access-control") or n == "vary" for n in said.head), said.brief())


def cors():
    section = "Preflight"
    yield Rule(section, "no page may call unless the configuration says so", closed_by_default)
    connect = {"content-type", "connect-protocol-version", "connect-timeout-ms", "authorization", "idempotency-key",
               "x-paidan-act-as", "x-paidan-tenant", "x-request-id", "traceparent"}
    grpc_web = {"grpc-timeout", "x-grpc-web", "x-user-agent"}
    for origin in (DESK, OTHER):
        yield Rule(section, origin + " may call", preflight(origin), BOTH, http=204, head={
            "access-control-allow-origin": origin,
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": lambda v: connect | grpc_web <= names(v),
            "access-control-max-age": lambda v: 0 < int(v) <= 86400,
            "access-control-allow-credentials": None,
            "vary": True})
    yield Rule(section, "a write may be called with POST alone", preflight(DESK, "/paidan.v1.OrderService/PlaceOrder"), BOTH,
               http=204, head={"access-control-allow-methods": "POST"})
    yield Rule(section, "a stream too", preflight(DESK, WATCH_ORDERS), BOTH, http=204,
               head={"access-control-allow-methods": "POST", "access-control-allow-origin": DESK})
    for origin in STRANGERS:
        yield Rule(section, origin + " may not", preflight(origin), BOTH, http=204, head={
            "access-control-allow-origin": None, "access-control-allow-methods": None,
            "access-control-allow-headers": None})
    yield Rule(section, "OPTIONS alone is no preflight", Ask(GET_ORDER, [("origin", DESK)], None, method="OPTIONS"), BOTH,
               http=204, head={"allow": "GET, POST", "access-control-allow-methods": None})
    section = "Actual response"
    origin = [("origin", DESK)]
    exposed = {"x-request-id", "traceresponse", "trailer-server-timing", "grpc-status", "grpc-message",
               "grpc-status-details-bin"}
    readable = {"access-control-allow-origin": DESK, "access-control-expose-headers": lambda v: exposed <= names(v),
                "vary": "origin"}
    for what, ask in (("an answer", one_order(origin)), ("an error", one_order(origin, lambda w: "o9999999")),
                      ("401", unary(GET_ORDER, more=origin)), ("404", unary("/a.B/C", more=origin)),
                      ("404 of no call", Ask("/nothing", origin, None, method="GET")),
                      ("405", unary(method="PUT", more=origin)), ("415", unary(kind="text/xml", more=origin)),
                      ("a stream", stream(more=[("connect-timeout-ms", "40")] + origin)),
                      ("GET", get("encoding=json&message={}", more=origin)),
                      ("GET /healthz", Ask("/healthz", origin, None, method="GET"))):
        yield Rule(section, "%s can be read" % what, ask, BOTH, head=readable)
    yield Rule(section, "a body too large, which HTTP refuses", Ask(
        CHECK, [("content-type", "text/plain"), *origin], [bytes(9 * 1024 * 1024)]), head=readable)
    yield Rule(section, "gRPC's answers too", grpc(more=origin), grpc="OK", head=readable)
    for stranger in STRANGERS:
        yield Rule(section, stranger + " can read nothing", one_order([("origin", stranger)]), BOTH, http=200, head={
            "access-control-allow-origin": None, "access-control-expose-headers": None, "vary": "origin"})
    yield Rule(section, "nothing is said to those that are no pages", one_order(), BOTH, http=200, head={
        "access-control-allow-origin": None, "access-control-expose-headers": None, "vary": None})


# --- traces ---

ID, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GOOD = "00-%s-%s-01" % (ID, PARENT)


def binary(pad, trace=ID, parent=PARENT, version=0):
    raw = bytes([version, 0]) + bytes.fromhex(trace) + b"\x01" + bytes.fromhex(parent) + b"\x02\x01"
    return base64.b64encode(raw).decode().rstrip("" if pad else "=")


def given_back(value):
    match = re.fullmatch("00-(.{32})-([0-9a-f]{16})-01", value)
    return match and match[1] == ID and match[2] not in (PARENT, "0" * 16)


def logged(world):
    """A trace joins the client's logs with ours: the call's line has trace, our span and the client's."""
    trace = "11112222333344445555666677778888"
    said = ask(world, get_order([("traceparent", "00-%s-%s-00" % (trace, PARENT))], which=lambda w: "o9999999"))
    lines = [l for l in world.broker.log().splitlines() if trace in l and "method=" in l]
    same(len(lines), 1, "lines with the trace")
    check("trace=" + said.head["traceresponse"] in lines[0] and "parent=" + PARENT in lines[0], lines[0])
    check("rid=" + trace in lines[0], lines[0])


def traces():
    section = "traceparent"
    for what, make in (("gRPC", lambda more: grpc(more=more)), ("Connect", lambda more: unary(more=more))):
        yield Rule(section, "given back with our span: " + what, make([("traceparent", GOOD)]),
                   head={"traceresponse": given_back})
    yield Rule(section, "in a stream's head", grpc(WATCH, more=[("traceparent", GOOD)], stop=1),
               head={"traceresponse": given_back})
    yield Rule(section, "in an error's head", one_order([("traceparent", GOOD)], lambda w: "o9999999"), BOTH,
               head={"traceresponse": given_back, "x-request-id": ID})
    yield Rule(section, "the trace names the request when nothing else does", unary(more=[("traceparent", GOOD)]), BOTH,
               head={"x-request-id": ID})
    yield Rule(section, "a request id of the client's goes first",
               unary(more=[("traceparent", GOOD), ("x-request-id", "mine")]), BOTH,
               head={"x-request-id": "mine", "traceresponse": given_back})
    yield Rule(section, "without one nothing is given back", unary(), BOTH, head={"traceresponse": None})
    yield Rule(section, "a later version is read as far as it is known",
               unary(more=[("traceparent", "cc-%s-%s-01-what-comes" % (ID, PARENT))]), BOTH,
               head={"traceresponse": given_back})
    for what, value in (("version ff", "ff" + GOOD[2:]), ("upper case", GOOD.upper()), ("no trace", GOOD.replace(ID, "0" * 32)),
                        ("no parent", GOOD.replace(PARENT, "0" * 16)), ("too short", GOOD[:-1]), ("too long", GOOD + "-00"),
                        ("not hex", GOOD.replace("0af", "0xy")), ("something else", "hello"), ("nothing", ""),
                        ("version of one digit", GOOD[1:]), ("a later version, glued", "cc" + GOOD[2:] + "x"),
                        ("other separators", GOOD.replace("-", "_"))):
        yield Rule(section, "%s is none" % what, unary(more=[("traceparent", value)]), BOTH, http=200,
                   head={"traceresponse": None, "x-request-id": lambda v: len(v) == 16})
    yield Rule(section, "two are none", grpc(more=[("traceparent", GOOD), ("traceparent", GOOD)]), grpc="OK",
               head={"traceresponse": None})
    yield Rule(section, "tracestate is no error", unary(more=[("traceparent", GOOD), ("tracestate", "a=1,b=2")]), BOTH,
               http=200)
    yield Rule(section, "joins the logs", logged)
    section = "grpc-trace-bin, a Binary-Header of gRPC"
    for what, value in (("padded", binary(True)), ("without padding", binary(False)),
                        ("joined with another", "AAEC," + binary(False)), ("joined, padded", binary(True) + ", AAEC==")):
        yield Rule(section, "is read %s" % what, grpc(more=[("grpc-trace-bin", value)]), grpc="OK",
                   head={"traceresponse": given_back})
    for what, value in (("another version", binary(False, version=1)), ("no trace", binary(False, trace="0" * 32)),
                        ("not base64", "!" * 39), ("too short", binary(False)[:-4]), ("too long", binary(False) + "AAAA")):
        yield Rule(section, "%s is none, and no error" % what, grpc(more=[("grpc-trace-bin", value)]), grpc="OK",
                   head={"traceresponse": None})
    yield Rule(section, "traceparent goes first", grpc(more=[("grpc-trace-bin", binary(True, trace="1" * 32)),
                                                             ("traceparent", GOOD)]), head={"traceresponse": given_back})
