"""What gRPC's own services must keep: the documents health-checking.md and server-reflection.md.

Messages are asked for in JSON, for it is the answers that count here. `health()` and `reflection()` give the tables.
"""
import base64
import json
import signal

from google.protobuf import descriptor_pb2

from broker import Broker
from net_peer import check
from protocol_grpc import CHECK, REFLECTION, WATCH, answer_ping, grpc
from protocol_peer import Line2, envelope
from protocol_rule import Rule, same

ALPHA = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
SERVICES = ("paidan.v1.OrderService", "paidan.v1.StatsService", "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")


def ask(path, *messages, **options):
    return grpc(path, tuple(envelope(json.dumps(m).encode()) for m in messages), kind="application/grpc+json", **options)


def says(status):
    return [json.dumps({"status": status}, separators=(",", ":")).encode()]


# --- health ---

def turns_unhealthy(world):
    """What watches hears that it ends; who asks while it drains is answered."""
    with Broker(world.binary, "--workers=1") as broker:
        c = Line2(broker.local_port)
        streams = [c.start(ask(WATCH, {"service": s}), world) for s in ("", "paidan.v1.OrderService", "a.Nobody")]
        for stream in streams:
            while c.said[stream].whole_frames() < 1:
                c.step()
        broker.process.send_signal(signal.SIGTERM)
        c.goaway()
        late = c.start(ask(CHECK, {"service": ""}), world)
        answer_ping(c)
        for stream in streams[:2]:
            same(c.finish(stream).messages(), says("SERVING") + says("NOT_SERVING"), "a watched service")
        same(c.finish(streams[2]).messages(), says("SERVICE_UNKNOWN"), "no service")
        said = c.finish(late)
        same((said.grpc_code(), said.messages()), ("OK", says("NOT_SERVING")), "who asks")
        c.over()
        same(broker.process.wait(30), 0, "exit status")
        broker.process = None


def health():
    section = "Service Definition"
    yield Rule(section, "an empty name is the server's overall status", ask(CHECK, {}), grpc="OK", messages=says("SERVING"))
    for service in SERVICES:
        yield Rule(section, "every service is registered: " + service, ask(CHECK, {"service": service}), grpc="OK",
                   messages=says("SERVING"))
    for name in ("paidan.v1.NoService", "paidan.v1", "paidan.v1.*", "paidan.v1.orderservice", "OrderService",
                 "paidan.v1.OrderService/GetOrder", " "):
        yield Rule(section, "names match exactly: %r is NOT_FOUND" % name, ask(CHECK, {"service": name}), grpc="NOT_FOUND")
        yield Rule(section, "and to who watches SERVICE_UNKNOWN, for it may come: %r" % name,
                   ask(WATCH, {"service": name}, stop=1), messages=says("SERVICE_UNKNOWN"))
    for service in ("",) + SERVICES[:1]:
        yield Rule(section, "Watch sends the status at once: %r" % service, ask(WATCH, {"service": service}, stop=1),
                   messages=says("SERVING"))
    yield Rule(section, "nobody needs a credential", grpc(), grpc="OK")
    yield Rule(section, "and once more when it changes, and Check says NOT_SERVING with OK", turns_unhealthy)


# --- reflection ---

def one(said):
    answers = [json.loads(m) for m in said.messages()]
    same(len(answers), 1, "answers")
    return answers[0]


def files_of(answer):
    return [descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(f))
            for f in answer["fileDescriptorResponse"]["fileDescriptorProto"]]


def closed(name):
    """The file first, then all that it imports and they import, each once."""

    def case(_, said):
        files = files_of(one(said))
        names = [f.name for f in files]
        same(names[0], name, "the file asked for")
        same(len(set(names)), len(names), "each once")
        missing = {d for f in files for d in f.dependency} - set(names)
        check(not missing, "imported and not there: %r" % missing)

    return case


def failed(_, said):
    error = one(said)["errorResponse"]
    same(error["errorCode"], 5, "NOT_FOUND")
    check(error["errorMessage"], "a message")


def echoed(_, said):
    answer = one(said)
    same(answer["validHost"], "broker.example", "valid_host")
    same(answer["originalRequest"], {"host": "broker.example", "fileByFilename": "x.proto"}, "original_request")


def lists(_, said):
    names = {s["name"] for s in one(said)["listServicesResponse"]["service"]}
    check(set(SERVICES) <= names, "services: %r" % names)


def goes_on(_, said):
    kinds = [sorted(k for k in json.loads(m) if k.endswith("Response"))[0] for m in said.messages()]
    same(kinds, ["errorResponse", "listServicesResponse", "errorResponse", "fileDescriptorResponse"], "answers in order")


def reflection():
    for path in (REFLECTION, ALPHA):
        section = path.split("/")[1].split(".")[2]
        yield Rule(section, "what services are there", ask(path, {"listServices": ""}), grpc="OK", check=lists)
        for name in ("paidan/v1/order_service.proto", "grpc/health/v1/health.proto", "google/protobuf/timestamp.proto",
                     "paidan/v1/options.proto", "google/protobuf/descriptor.proto"):
            yield Rule(section, "files_for_file_name: the transitive closure of " + name,
                       ask(path, {"fileByFilename": name}), grpc="OK", check=closed(name))
        for symbol, name in (("paidan.v1.OrderService", "order_service"), ("paidan.v1.OrderService.GetOrder", "order_service"),
                             ("paidan.v1.GetOrderRequest", "order_service"), ("paidan.v1.Order", "order"),
                             ("paidan.v1.OrderState", "order")):
            yield Rule(section, "files_for_symbol_name: that which has " + symbol,
                       ask(path, {"fileContainingSymbol": symbol}), grpc="OK", check=closed("paidan/v1/%s.proto" % name))
        for request in ({"fileByFilename": "no.proto"}, {"fileContainingSymbol": "paidan.v1.Nothing"},
                        {"fileContainingSymbol": ""}, {"allExtensionNumbersOfType": "paidan.v1.Nothing"},
                        {"fileContainingExtension": {"containingType": "paidan.v1.Order", "extensionNumber": 1}}):
            yield Rule(section, "an error code, and no end of the stream: %s" % json.dumps(request), ask(path, request),
                       grpc="OK", check=failed)
        yield Rule(section, "list_all_extensions_of_type: a message without any",
                   ask(path, {"allExtensionNumbersOfType": "paidan.v1.Order"}), grpc="OK",
                   check=lambda w, s: same(one(s)["allExtensionNumbersResponse"], {"baseTypeName": "paidan.v1.Order"}, "answer"))
        yield Rule(section, "host and request come back", ask(path, {"host": "broker.example", "fileByFilename": "x.proto"}),
                   grpc="OK", check=echoed)
        yield Rule(section, "one stream takes many requests, answered in their order",
                   ask(path, {"fileByFilename": "x"}, {"listServices": ""}, {"fileContainingSymbol": "x"},
                       {"fileContainingSymbol": "paidan.v1.Order"}), grpc="OK", check=goes_on)
        yield Rule(section, "who asks for nothing made a mistake", ask(path, {}), grpc="INVALID_ARGUMENT")
