#!/usr/bin/python3
"""paidand over TLS with the clients that people have: curl and python grpcio (Debian's python3).

usage: test_rpc.py PAIDAND [PART OF A NAME]
"""
import base64
import gzip
import importlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading

import grpc

from broker import REPO, Broker, Failed, Report, Town, binary_argument, check, equal, wait_for


NOTES = 40 # each of 3 KB, all of them in every later event of their order


# --- curl ---

class Reply:
    def __init__(self, text):
        head, _, self.body = text.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.version, self.status = lines[0].split(" ")[0], int(lines[0].split(" ")[1])
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()

    def json(self):
        return json.loads(self.body)


def curl(broker, path, *options, http="--http2", body=None, key=None, clear=False):
    port, scheme = (broker.local_port, "http") if clear else (broker.port, "https")
    command = ["curl", "-sS", "-i", "--max-time", "20", "--cacert", broker.ca, http]
    if body is not None:
        command += ["--data-binary", "@-"]
        if not any(o.startswith("content-type") for o in options):
            command += ["-H", "content-type: application/json"]
    if key:
        command += ["-H", "authorization: Bearer " + key]
    for option in options:
        command += [option] if option.startswith("-") else ["-H", option]
    command.append("%s://localhost:%d%s" % (scheme, port, path))
    run = subprocess.run(command, input=body if isinstance(body, bytes) else (body or "").encode(),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    check(run.returncode == 0, "curl: " + run.stderr.decode())
    return Reply(run.stdout)


def curl_json(world):
    for http, version in (("--http2", "HTTP/2"), ("--http1.1", "HTTP/1.1")):
        reply = curl(world.broker, "/paidan.v1.OrderService/GetOrder", http=http, key=world.town.backend_key,
                     body=json.dumps({"orderId": world.order["id"]}))
        equal((reply.version, reply.status), (version, 200), "answer")
        equal(reply.json()["order"]["title"], "修水龙头", "title")
        check(len(reply.headers["x-request-id"]) == 16, "a request id is made up")


def curl_loopback(world):
    for http in ("--http2-prior-knowledge", "--http1.1"):
        reply = curl(world.broker, "/grpc.health.v1.Health/Check", http=http, body="{}", clear=True)
        equal((reply.status, reply.json()), (200, {"status": "SERVING"}), "health")


def half_closed(world):
    """A client that says that it sends no more is answered all the same, as by `nc -N`."""
    body = json.dumps({"orderId": world.order["id"]}).encode()
    with socket.create_connection(("127.0.0.1", world.broker.local_port), 20) as peer:
        peer.sendall(b"POST /paidan.v1.OrderService/GetOrder HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                     b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                     % (world.town.backend_key.encode(), len(body), body))
        peer.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
    reply = Reply(answer)
    equal(reply.status, 200, "answer")
    equal(reply.json()["order"]["title"], "修水龙头", "title")


def curl_errors(world):
    order = "/paidan.v1.OrderService/GetOrder"
    key = world.town.backend_key
    rows = [
        (order, {"orderId": "o9999999"}, key, 404, "not_found", "NOT_FOUND"),
        (order, {"orderId": world.order["id"]}, None, 401, "unauthenticated", "UNAUTHENTICATED"),
        (order, {"orderId": world.order["id"]}, key[:-1] + "x", 401, "unauthenticated", "UNAUTHENTICATED"),
        (order, {"orderId": world.order["id"]}, key.replace("pdk_demo", "pdk_other"), 401, "unauthenticated",
         "UNAUTHENTICATED"),
        (order, {"order": 1}, key, 400, "invalid_argument", "UNKNOWN_FIELD"),
        (order, "{", key, 400, "invalid_argument", "BAD_JSON"),
        ("/paidan.v1.OrderService/Nothing", {}, key, 404, "unimplemented", "UNKNOWN_METHOD"),
        ("/paidan.v1.OrgService/CreateTenant", {"tenantId": "x1", "name": "x"}, key, 403, "permission_denied",
         "PERMISSION_DENIED"),
        ("/paidan.v1.OrgService/CreateTenant", {"tenantId": "{x}", "name": "x"}, world.broker.root_key, 400,
         "invalid_argument", "FIELD_INVALID"),
    ]
    for path, body, k, status, code, reason in rows:
        reply = curl(world.broker, path, key=k, body=body if isinstance(body, str) else json.dumps(body))
        error = reply.json()
        debug = error["details"][0]["debug"]
        equal((reply.status, error["code"], debug["reason"]), (status, code, reason), "%s %s" % (path, body))
        equal(debug["requestId"], reply.headers["x-request-id"], "request id")
        check(debug["messageZh"] and debug["messageEn"], "both languages")
        raw = error["details"][0]["value"]
        info = world.pb.common.ErrorInfo.FromString(base64.b64decode(raw + "=" * (-len(raw) % 4)))
        equal(info.reason, reason, "the binary detail")


def curl_unknown_fields(world):
    body = json.dumps({"orderId": world.order["id"], "colour": {"red": 1}})
    path = "/paidan.v1.OrderService/GetOrder"
    reply = curl(world.broker, path, key=world.town.backend_key, body=body)
    equal((reply.status, reply.json()["details"][0]["debug"]["field"]), (400, "colour"), "rejected by its name")
    reply = curl(world.broker, path, "x-paidan-unknown-fields: ignore", key=world.town.backend_key, body=body)
    equal((reply.status, reply.json()["order"]["id"]), (200, world.order["id"]), "ignored when asked for")


def curl_languages(world):
    for language, text in (("zh-CN,zh;q=0.9", "未找到"), ("en", "not found")):
        reply = curl(world.broker, "/paidan.v1.OrderService/GetOrder", "accept-language: " + language,
                     "x-request-id: my-id:1", key=world.town.backend_key, body='{"orderId":"o9999999"}')
        check(text in reply.json()["message"], reply.json()["message"])
        equal(reply.headers["x-request-id"], "my-id:1", "the client's request id")


def curl_get(world):
    path = "/paidan.v1.OrderService/GetOrder?connect=v1&encoding=json&message="
    reply = curl(world.broker, path + "%7B%22orderId%22%3A%22" + world.order["id"] + "%22%7D", "-G",
                 key=world.town.backend_key)
    equal((reply.status, reply.json()["order"]["id"]), (200, world.order["id"]), "GET")
    reply = curl(world.broker, "/paidan.v1.OrderService/PlaceOrder?encoding=json&message={}", "-G", "-g")
    equal((reply.status, reply.headers["allow"]), (405, "POST"), "GET of a write")
    reply = curl(world.broker, "/paidan.v1.OrderService/GetOrder", "content-type: text/xml", body="<a/>")
    equal(reply.status, 415, "another content type")
    check("application/json" in reply.headers["accept-post"], "Accept-Post")


def curl_gzip(world):
    body = gzip.compress(json.dumps({"orderId": world.order["id"]}).encode())
    reply = curl(world.broker, "/paidan.v1.OrderService/GetOrder", "content-encoding: gzip", "--compressed",
                 key=world.town.backend_key, body=body)
    equal((reply.status, reply.json()["order"]["id"]), (200, world.order["id"]), "gzip")


def curl_stream(world):
    """A Connect stream over HTTP/1.1, cut by its deadline."""
    message = json.dumps({"orderId": world.order["id"]}).encode()
    reply = curl(world.broker, "/paidan.v1.OrderService/WatchOrders", "content-type: application/connect+json",
                 "connect-timeout-ms: 300", http="--http1.1", key=world.town.backend_key,
                 body=struct.pack(">BI", 0, len(message)) + message)
    equal(reply.status, 200, "status")
    flags, length = struct.unpack(">BI", reply.body[:5])
    begins = json.loads(reply.body[5:5 + length])
    check(flags == 0 and list(begins) == ["eventId"], "the first message says where the stream begins: %r" % reply.body)
    body = reply.body[5 + length:]
    check(body[0] == 2, "the last frame: %r" % body)
    equal(json.loads(body[5:])["error"]["code"], "deadline_exceeded", "outcome")


def too_large(world):
    big = b'{"orderId":"' + b"a" * (6 * 1024 * 1024) + b'"}'
    for http in ("--http2", "--http1.1"):
        reply = curl(world.broker, "/paidan.v1.OrderService/GetOrder", "expect:", http=http, body=big,
                     key=world.town.backend_key)
        equal((reply.status, reply.json()["code"]), (429, "resource_exhausted"), "a large body")


# --- what is there to see ---

def metrics(world):
    text = curl(world.broker, "/metrics", http="--http1.1", clear=True).body.decode()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    names = {line.split("{")[0].split(" ")[0] for line in lines}
    for name in ("paidan_build_info", "paidan_rpc_total", "paidan_rpc_seconds_bucket", "paidan_txn_commits_total",
                 "paidan_store_ready_workers", "paidan_net_connections", "paidan_cpu_seconds_total",
                 "paidan_resident_bytes", "paidan_loop_lag_seconds", "paidan_workers"):
        check(name in names, name + " is missing")
    for line in lines:
        float(line.rsplit(" ", 1)[1])
    total = sum(float(line.rsplit(" ", 1)[1]) for line in lines
                if line.startswith('paidan_rpc_total{method="paidan.v1.OrderService/GetOrder"'))
    check(total >= 2, "the workers' counters are added up")
    equal(curl(world.broker, "/metrics").status, 404, "on the TLS port")


def logs(world):
    text = world.broker.log()
    check("method=paidan.v1.OrderService/GetOrder" in text, "failed calls are logged")
    for secret in (world.town.backend_key.rsplit("_", 1)[1], world.broker.root_key, "王奶奶", "13800000001"):
        check(secret not in text, "a secret in the log")


# --- grpcio ---

class Grpc:
    """Calls by name on Debian's grpcio, with messages made by protoc."""

    def __init__(self, world, key=None, act_as=None, **options):
        with open(world.broker.ca, "rb") as f:
            credentials = grpc.ssl_channel_credentials(f.read())
        self.world = world
        self.metadata = []
        if key:
            self.metadata.append(("authorization", "Bearer " + key))
        if act_as:
            self.metadata.append(("x-paidan-act-as", act_as))
        self.channel = grpc.secure_channel("localhost:%d" % world.broker.port, credentials, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def method(self, service, name, kind="unary_unary"):
        file = {"OrgService": "org_service", "DeskService": "desk_service", "OrderService": "order_service", "TaskService": "task_service",
                "MemberService": "member_service"}[service]
        module = getattr(self.world.pb, file)
        stub = getattr(self.channel, kind)("/paidan.v1.%s/%s" % (service, name),
                                           request_serializer=lambda m: m.SerializeToString(),
                                           response_deserializer=getattr(module, name + "Response").FromString)
        request = getattr(module, name + "Request")

        def call(timeout=20, metadata=(), **fields):
            return stub(request(**fields), metadata=self.metadata + list(metadata), timeout=timeout)

        def future(**fields):
            return stub.future(request(**fields), metadata=self.metadata, timeout=20)

        call.future = future
        return call


def grpc_fails(call, code):
    try:
        call()
    except grpc.RpcError as e:
        equal(e.code(), code, "code (%s)" % e.details())
        return e
    raise Failed("expected %s, got an answer" % code)


def grpc_violations(world):
    """All that is wrong with a request, for a client that knows google.rpc.BadRequest."""
    with Grpc(world, world.town.backend_key, "resident/" + world.town.resident) as r:
        error = grpc_fails(lambda: r.method("OrderService", "PlaceOrder")(
            title="长" * 81, urgency=9, point=world.pb.geo.GeoPoint(lat=91, lon=116)), grpc.StatusCode.INVALID_ARGUMENT)
    status = world.pb.status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    bad = world.pb.bad_request()
    check(status.details[1].Unpack(bad), "the second detail is a BadRequest")
    equal([(v.field, v.reason) for v in bad.field_violations],
          [("category_id", "FIELD_REQUIRED"), ("urgency", "FIELD_INVALID"), ("title", "FIELD_TOO_LONG"),
           ("point.lat", "FIELD_OUT_OF_RANGE")], "violations")
    equal(bad.field_violations[2].localized_message.message, "至多 80 个字符，现有 81 个", "in Chinese")


def grpc_loop(world):
    """The whole loop of an order: placed, offered, accepted, started, completed, rated."""
    town = world.town
    resident = "resident/" + town.resident
    with Grpc(world, town.backend_key, resident) as r:
        place = r.method("OrderService", "PlaceOrder")
        order = place(request_id="loop", category_id=town.category, title="换灯泡",
                      point=world.pb.geo.GeoPoint(**town.point)).order
        again = place(request_id="loop", category_id=town.category, title="换灯泡",
                      point=world.pb.geo.GeoPoint(**town.point)).order
        equal(again.id, order.id, "the same request id places one order")
        error = grpc_fails(lambda: place(request_id="loop", category_id=town.category, title="别的"),
                           grpc.StatusCode.ALREADY_EXISTS)
        status = world.pb.status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
        info = world.pb.common.ErrorInfo()
        check(status.details[0].Unpack(info), "the detail is an ErrorInfo")
        equal((status.code, info.reason), (6, "REQUEST_ID_REUSED"), "detail")

        def offered_to():
            for member in town.members:
                for o in town.as_member(member).call("TaskService/ListOffers").get("orders", []):
                    if o["id"] == order.id:
                        return member
            return None

        member = wait_for("the offer", offered_to)
        with Grpc(world, town.backend_key, "member/" + member) as m:
            equal(m.method("TaskService", "AcceptOffer")(order_id=order.id).order.state,
                  world.pb.order.ORDER_STATE_ACCEPTED, "state")
            m.method("TaskService", "StartTask")(order_id=order.id)
            m.method("TaskService", "CompleteTask")(order_id=order.id, text="换好了", duration_min=10)
            grpc_fails(lambda: m.method("TaskService", "StartTask")(order_id=order.id),
                       grpc.StatusCode.FAILED_PRECONDITION)
        rated = r.method("OrderService", "RateOrder")(order_id=order.id, stars=5).order
        equal(rated.state, world.pb.order.ORDER_STATE_CLOSED, "state")


def grpc_watch(world):
    """A stream tells of every step once, and resumes behind the last one."""
    town = world.town
    with Grpc(world, town.backend_key, "resident/" + town.resident) as r:
        watch = r.method("OrderService", "WatchOrders", "unary_stream")
        stream = watch()
        stream.initial_metadata()
        order = town.place(request_id="watched")
        seen = []
        for message in stream:
            if message.order.id == order["id"]:
                seen.append(message)
            if len(seen) == 2:
                break
        stream.cancel()
        town.as_resident().call("OrderService/CancelOrder", {"orderId": order["id"], "reason": "不需要了"})
        resumed = watch(after=seen[0].event_id)
        kinds = []
        for message in resumed:
            if message.order.id != order["id"]:
                continue
            if not kinds:
                equal(message.event_id, seen[1].event_id, "the first event after the resume")
            kinds.append(message.kind)
            if message.kind == world.pb.order.EVENT_KIND_CANCELLED:
                break
        resumed.cancel()
        equal(len(kinds), len(set(kinds)), "every event once: %r" % kinds)
        grpc_fails(lambda: next(watch(after="nonsense")), grpc.StatusCode.INVALID_ARGUMENT)
        grpc_fails(lambda: next(watch(order_id="o9999999")), grpc.StatusCode.NOT_FOUND)


def grpc_slow_reader(world):
    """A watcher that does not read is stopped, not buffered for; when it reads on it has missed nothing."""
    town = world.town
    operator = Grpc(world, town.operator_key)
    with operator as o, Grpc(world, town.backend_key, "resident/" + town.resident) as r:
        watch = o.method("DeskService", "WatchBoard", "unary_stream")
        note = r.method("OrderService", "AddNote")
        slow, first = watch(timeout=120), watch(timeout=120)
        slow.initial_metadata()
        first.initial_metadata()
        orders = [town.place(request_id="slow-%d" % i)["id"] for i in range(12)]
        seen = {}

        def read(stream, name):
            ids = seen[name] = []
            for message in stream:
                if message.order.id not in orders or message.kind != world.pb.order.EVENT_KIND_NOTED:
                    continue
                ids.append(message.event_id)
                if len(ids) == len(orders) * NOTES:
                    break

        reader = threading.Thread(target=read, args=(first, "first"))
        reader.start()
        for i in range(NOTES):
            for future in [note.future(order_id=order, text="长" * 1000 + str(i)) for order in orders]:
                future.result()
        reader.join()
        read(slow, "slow")
        equal(len(set(seen["first"])), len(orders) * NOTES, "events, each once")
        equal(seen["slow"], seen["first"], "what the slow reader saw")
        first.cancel()
        slow.cancel()


def grpc_deadline(world):
    with Grpc(world, world.town.backend_key, "resident/" + world.town.resident) as r:
        watch = r.method("OrderService", "WatchOrders", "unary_stream")
        grpc_fails(lambda: list(watch(timeout=0.3)), grpc.StatusCode.DEADLINE_EXCEEDED)


def grpc_compressed(world):
    with Grpc(world, world.town.backend_key, compression=grpc.Compression.Gzip) as r:
        order = r.method("OrderService", "GetOrder")(order_id=world.order["id"]).order
        equal(order.id, world.order["id"], "order")


def grpc_large(world):
    """A large message is refused in gRPC's words, and the connection lives on."""
    with Grpc(world, world.town.backend_key) as r:
        get = r.method("OrderService", "GetOrder")
        grpc_fails(lambda: get(order_id="a" * (4 * 1024 * 1024)), grpc.StatusCode.RESOURCE_EXHAUSTED)
        equal(get(order_id=world.order["id"]).order.id, world.order["id"], "the next call")


def grpc_many(world):
    """Hundreds at once on one connection."""
    with Grpc(world, world.town.backend_key) as r:
        get = r.method("OrderService", "GetOrder")
        errors = []

        def some():
            try:
                for _ in range(20):
                    equal(get(order_id=world.order["id"]).order.id, world.order["id"], "order")
            except Exception as e:
                errors.append(e)

        threads = [threading.Thread(target=some) for _ in range(20)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check(not errors, "%d failed, the first: %s" % (len(errors), errors[:1]))


def health(world):
    pb = world.pb.health
    with Grpc(world) as g:
        check_rpc = g.channel.unary_unary("/grpc.health.v1.Health/Check",
                                          request_serializer=pb.HealthCheckRequest.SerializeToString,
                                          response_deserializer=pb.HealthCheckResponse.FromString)
        for service in ("", "paidan.v1.OrderService", "grpc.health.v1.Health"):
            equal(check_rpc(pb.HealthCheckRequest(service=service)).status, 1, service)
        grpc_fails(lambda: check_rpc(pb.HealthCheckRequest(service="x")), grpc.StatusCode.NOT_FOUND)


def reflection(world):
    for version in ("v1", "v1alpha"):
        pb = getattr(world.pb, "reflection_" + version)
        with Grpc(world) as g:
            info = g.channel.stream_stream("/grpc.reflection.%s.ServerReflection/ServerReflectionInfo" % version,
                                           request_serializer=pb.ServerReflectionRequest.SerializeToString,
                                           response_deserializer=pb.ServerReflectionResponse.FromString)
            ask = pb.ServerReflectionRequest
            questions = [ask(list_services=""), ask(file_containing_symbol="paidan.v1.OrderService.PlaceOrder"),
                         ask(file_by_filename="paidan/v1/order.proto"), ask(file_by_filename="x.proto"),
                         ask(file_containing_symbol="google.protobuf.FieldMask"),
                         ask(all_extension_numbers_of_type="paidan.v1.Order"),
                         ask(file_containing_extension={"containing_type": "paidan.v1.Order", "extension_number": 1})]
            answers = list(info(iter(questions)))
            equal(len(answers), len(questions), "answers")
            names = {s.name for s in answers[0].list_services_response.service}
            check("paidan.v1.TaskService" in names and "grpc.health.v1.Health" in names, str(names))
            files = [world.pb.descriptor.FileDescriptorProto.FromString(f).name
                     for f in answers[1].file_descriptor_response.file_descriptor_proto]
            equal(files[0], "paidan/v1/order_service.proto", "the first file")
            check("paidan/v1/common.proto" in files, "its imports come too")
            equal(len(answers[2].file_descriptor_response.file_descriptor_proto) > 0, True, "by name")
            equal(answers[3].error_response.error_code, 5, "an unknown file")
            check(answers[4].file_descriptor_response.file_descriptor_proto, "well-known types")
            equal(answers[5].all_extension_numbers_response.base_type_name, "paidan.v1.Order", "extensions")
            equal(answers[6].error_response.error_code, 5, "an extension")


# --- the server's life, each on a server of its own ---

def reload_keeps_connections(world):
    broker = world.broker
    with Grpc(world, world.town.backend_key) as g:
        get = g.method("OrderService", "GetOrder")
        get(order_id=world.order["id"])
        before = broker.log().count("took the certificate anew")
        broker.process.send_signal(signal.SIGHUP)
        wait_for("the reload of both workers",
                 lambda: broker.log().count("took the certificate anew") >= before + len(broker.state["workers"]))
        get(order_id=world.order["id"])
    equal(curl(broker, "/healthz").status, 200, "a new connection")


def drain(binary, pb):
    """TERM: health says so, streams are told to come again, what is under way ends well."""
    with Broker(binary, "--workers=1") as broker:
        world = World(broker, pb)
        with Grpc(world, world.town.backend_key, "resident/" + world.town.resident) as r:
            stream = r.method("OrderService", "WatchOrders", "unary_stream")()
            stream.initial_metadata()
            watch = r.channel.unary_stream("/grpc.health.v1.Health/Watch", request_serializer=lambda b: b,
                                           response_deserializer=pb.health.HealthCheckResponse.FromString)(b"")
            equal(next(watch).status, 1, "serving")
            broker.process.send_signal(signal.SIGTERM)
            equal(next(watch).status, 2, "not serving")
            grpc_fails(lambda: next(watch), grpc.StatusCode.UNAVAILABLE)
            grpc_fails(lambda: [m for m in stream], grpc.StatusCode.UNAVAILABLE)
        equal(broker.process.wait(30), 0, "exit status")
        broker.process = None
        broker.check_log()
        check(not os.path.exists(os.path.join(broker.data, "paidand.json")), "the state file is removed")


def restart_keeps_data(binary, pb):
    with Broker(binary, "--workers=1") as broker:
        world = World(broker, pb)
        broker.stop()
        broker.start()
        order = broker.client(world.town.backend_key).call("OrderService/GetOrder", {"orderId": world.order["id"]})
        equal(order["order"]["title"], "修水龙头", "title")


def two_on_one_directory(binary, _):
    with Broker(binary, "--workers=1") as broker:
        run = subprocess.run([binary, "--data=" + broker.data, "--listen=127.0.0.1:0", "--local=off"], timeout=20,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        equal(run.returncode, 1, "exit status")
        check(b"another paidand uses this data directory" in run.stderr, run.stderr.decode())
        run = subprocess.run([binary, "--data=" + broker.directory + "/other", "--local=off", "--workers=1",
                              "--listen=127.0.0.1:%d" % broker.port], timeout=20, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        equal(run.returncode, 1, "exit status")
        check(b"Address already in use" in run.stderr, run.stderr.decode())


def wrong_usage(binary, _):
    for arguments, text in ((["--nonsense=1"], b"there is no option"), (["--config=/does/not/exist"], b"No such file"),
                            (["--workers=x"], b"not a number")):
        run = subprocess.run([binary] + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
        equal(run.returncode, 2, "exit status of %s" % arguments)
        check(text in run.stderr, run.stderr.decode())
    run = subprocess.run([binary, "--print-config", "--workers=3"], stdout=subprocess.PIPE, timeout=20, check=True)
    check(b"workers = 3\n" in run.stdout, "the printed configuration")


# --- all of it ---

class Protos:
    """The Python classes of our .proto files, made by protoc for this run."""

    def __init__(self, directory):
        proto = os.path.join(REPO, "proto")
        files = ["paidan/v1/" + f for f in sorted(os.listdir(os.path.join(proto, "paidan/v1")))]
        external = ["grpc/health/v1/health.proto", "grpc/reflection/v1/reflection.proto",
                    "grpc/reflection/v1alpha/reflection.proto", "google/rpc/status.proto",
                    "google/rpc/error_details.proto"]
        # A directory named grpc would hide the grpc package: those files go under names of their own.
        subprocess.run(["protoc", "-I" + proto, "--python_out=" + directory] + files, check=True)
        sys.path.insert(0, directory)
        for f in files:
            name = os.path.basename(f)[:-len(".proto")]
            setattr(self, name, importlib.import_module("paidan.v1.%s_pb2" % name))
        pool_file = os.path.join(directory, "external.bin")
        subprocess.run(["protoc", "-I" + os.path.join(proto, "external"), "--include_imports",
                        "--descriptor_set_out=" + pool_file] + external, check=True)
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
        self.descriptor = descriptor_pb2
        pool = descriptor_pool.Default()
        with open(pool_file, "rb") as f:
            for file in descriptor_pb2.FileDescriptorSet.FromString(f.read()).file:
                pool.AddSerializedFile(file.SerializeToString())
        factory = message_factory.MessageFactory(pool)

        def module(package):
            class Module:
                def __getattr__(self, name):
                    return factory.GetPrototype(pool.FindMessageTypeByName(package + "." + name))
            return Module()

        self.health = module("grpc.health.v1")
        self.reflection_v1 = module("grpc.reflection.v1")
        self.reflection_v1alpha = module("grpc.reflection.v1alpha")
        self.status = module("google.rpc").Status
        self.bad_request = module("google.rpc").BadRequest


class World:
    def __init__(self, broker, pb):
        self.broker = broker
        self.pb = pb
        self.town = Town(broker)
        self.order = self.town.place(request_id="first")


SHARED = [curl_json, curl_loopback, half_closed, curl_errors, curl_unknown_fields, curl_languages, curl_get, curl_gzip, curl_stream, too_large, grpc_violations,
          grpc_loop,
          grpc_watch, grpc_slow_reader, grpc_deadline, grpc_compressed, grpc_large, grpc_many, health, reflection, metrics, logs,
          reload_keeps_connections]
OWN = [drain, restart_keeps_data, two_on_one_directory, wrong_usage]


def main():
    binary = binary_argument()
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    report = Report()
    with tempfile.TemporaryDirectory(prefix="paidan-pb-") as directory:
        pb = Protos(directory)
        shared = [case for case in SHARED if part in case.__name__]
        if shared:
            with Broker(binary, "--workers=2") as broker:
                world = World(broker, pb)
                for case in shared:
                    report.run("rpc/" + case.__name__, case, world)
                report.run("rpc/clean_end", broker.stop)
        for case in OWN:
            if part in case.__name__:
                report.run("rpc/" + case.__name__, case, binary, pb)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
