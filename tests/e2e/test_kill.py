#!/usr/bin/python3
"""Processes killed in the middle of the work: nothing acknowledged is lost, nothing is done twice.

usage: test_kill.py PAIDAND [PART OF A NAME]
"""
import http.client
import json
import os
import signal
import ssl
import struct
import sys
import threading
import time

from broker import Broker, Failed, Report, RpcError, Town, binary_argument, check, equal, wait_for

THREADS = 6
GIVE_UP_S = 60


def patient_call(client, method, body):
    """Asks again while the answer is "not now": some of a worker's connections to Redis may still be on their way."""
    end = time.monotonic() + GIVE_UP_S
    while True:
        try:
            return client.call(method, body)
        except RpcError as e:
            if e.code != "unavailable" or time.monotonic() > end:
                raise
        time.sleep(0.02)


class Load:
    """Residents that place orders, each until it is acknowledged: a request id is sent again after whatever
    failed, so that it must end as one order."""

    def __init__(self, town):
        self.town = town
        self.placed = {}  # request id: order id
        self.retries = 0
        self.errors = []
        self.going = True
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(THREADS)]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for t in self.threads:
            t.join()

    def run(self, thread):
        client = self.town.as_resident()
        n = 0
        try:
            while self.going:
                n += 1
                self.place(client, "t%d-%d" % (thread, n))
        except Exception as e:
            self.errors.append(e)
        client.close()

    def place(self, client, request_id):
        end = time.monotonic() + GIVE_UP_S
        while time.monotonic() < end:
            try:
                order = self.town.place(client, request_id=request_id, title=request_id)
                with self.lock:
                    self.placed[request_id] = order["id"]
                return
            except RpcError as e:
                if e.code not in ("unavailable", "deadline_exceeded"):
                    raise
            except (OSError, ssl.SSLError, http.client.HTTPException):
                pass
            with self.lock:
                self.retries += 1
            client.close()
            time.sleep(0.02)
        raise Failed("%s was not acknowledged in %d s" % (request_id, GIVE_UP_S))

    def wait_for_more(self, n=40):
        goal = len(self.placed) + n

        def is_there():
            check(not self.errors, "a client failed: %s" % self.errors[:1])
            return len(self.placed) >= goal

        wait_for("%d more orders" % n, is_there, GIVE_UP_S)

    def check(self):
        """Every acknowledged order is there, and no request made two."""
        check(not self.errors, "%d clients failed: %s" % (len(self.errors), self.errors[:1]))
        client = self.town.as_resident()
        found = {}
        token = ""
        while True:
            page = patient_call(client, "OrderService/ListOrders", {"pageSize": 200, "pageToken": token})
            for order in page.get("orders", []):
                check(order["title"] not in found, "two orders of one request: " + order["title"])
                found[order["title"]] = order["id"]
            token = page.get("nextPageToken", "")
            if not token:
                break
        for request_id, order_id in self.placed.items():
            equal(found.get(request_id), order_id, "the order of " + request_id)
        for request_id in list(self.placed)[:20]:
            order = patient_call(client, "OrderService/GetOrder", {"orderId": self.placed[request_id]})["order"]
            equal(order["title"], request_id, "read one by one")
        print("# %d orders, %d attempts again" % (len(self.placed), self.retries), flush=True)


class Watcher:
    """The desk's stream of the board, opened again behind the last event whenever it breaks."""

    def __init__(self, town):
        self.town = town
        self.events = []  # (event id, kind, order id)
        self.after = "%d-0-0" % (time.time() * 1000)  # whatever is placed from now on
        self.streams = 0
        self.going = True
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        self.thread.join()

    def run(self):
        while self.going:
            try:
                self.read_stream()
            except (OSError, ssl.SSLError, http.client.HTTPException):
                time.sleep(0.02)

    def read_stream(self):
        message = json.dumps({"after": self.after}).encode()
        connection = http.client.HTTPSConnection("localhost", self.town.broker.port, timeout=1,
                                                 context=self.town.broker.tls())
        try:
            connection.request("POST", "/paidan.v1.DeskService/WatchBoard", struct.pack(">BI", 0, len(message)) + message,
                               {"content-type": "application/connect+json",
                                "authorization": "Bearer " + self.town.operator_key})
            response = connection.getresponse()
            self.streams += 1
            while self.going:
                head = response.read(5)
                if len(head) < 5 or head[0] & 2:
                    return
                self.hear(json.loads(response.read(struct.unpack(">I", head[1:])[0])))
        finally:
            connection.close()

    def hear(self, event):
        self.after = event.get("eventId") or self.after
        if "order" in event:
            self.events.append((event["eventId"], event["kind"], event["order"]["id"]))

    def check(self, orders):
        """What the timelines hold is what was heard, once and in the order of the log."""
        desk = self.town.broker.client(self.town.operator_key)
        for order_id in orders:
            timeline = patient_call(desk, "OrderService/GetOrder", {"orderId": order_id})["order"]["timeline"]
            wanted = [entry["kind"] for entry in timeline]
            wait_for("%s of %s on the stream" % (wanted, order_id),
                     lambda: [kind for _, kind, subject in self.events if subject == order_id] == wanted)
        places = [tuple(map(int, event_id.split("-"))) for event_id, _, _ in self.events]
        check(places == sorted(set(places)), "events out of order or twice")
        print("# %d events on %d streams" % (len(places), self.streams), flush=True)


def is_alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_gone(pid):
    wait_for("the end of process %d" % pid, lambda: not is_alive(pid))


def workers(binary):
    with Broker(binary, "--workers=2") as broker:
        with Load(Town(broker, members=0)) as load:
            load.wait_for_more()
            for i in range(6):
                victim = broker.kill(lambda state, i=i: state["workers"][i % 2])
                wait_for("another worker", lambda: victim not in broker.read_state()["workers"])
                load.wait_for_more()
        load.check()
        text = metrics(broker)
        equal(text["paidan_worker_restarts_total"], 6.0, "restarts")
        placed = text['paidan_rpc_total{method="paidan.v1.OrderService/PlaceOrder",code="ok"}']
        check(placed >= len(load.placed), "counters outlive a worker: %d of %d" % (placed, len(load.placed)))


def redis(binary):
    with Broker(binary, "--workers=2") as broker:
        with Load(Town(broker, members=0)) as load:
            load.wait_for_more()
            for _ in range(3):
                victim = broker.kill(lambda state: state["redis_pid"])
                wait_for("another Redis", lambda: broker.read_state()["redis_pid"] not in (victim, 0))
                load.wait_for_more()
        load.check()
        equal(metrics(broker)["paidan_redis_restarts_total"], 3.0, "restarts")


def master(binary):
    """Workers and Redis go with their master; the next start finds everything."""
    with Broker(binary, "--workers=2") as broker:
        load = Load(Town(broker, members=0))
        with load:
            for _ in range(2):
                load.wait_for_more()
                state = broker.read_state()
                broker.process.kill()
                broker.process.wait()
                for pid in filter(None, state["workers"] + [state["redis_pid"]]):
                    wait_gone(pid)
                broker.start()
            load.wait_for_more()
        load.check()


def everything(binary):
    with Broker(binary, "--workers=2") as broker:
        load = Load(Town(broker, members=0))
        with load:
            load.wait_for_more()
            state = broker.read_state()
            for pid in filter(None, [state["redis_pid"]] + state["workers"] + [state["pid"]]):
                os.kill(pid, signal.SIGKILL)
            broker.process.wait()
            broker.start()
            load.wait_for_more()
        load.check()


def streams(binary):
    """A stream that is resumed misses nothing, whoever dies."""
    with Broker(binary, "--workers=2") as broker:
        town = Town(broker, members=0)
        with Watcher(town) as watcher:
            with Load(town) as load:
                for i in range(6):
                    load.wait_for_more()
                    wait_gone(broker.kill(lambda state, i=i:
                                          state["redis_pid"] if i % 3 == 2 else state["workers"][i % 2]))
                load.wait_for_more()
            load.check()
            watcher.check(load.placed.values())


def redis_away(binary):
    """Without its store the broker says so and lives on; health follows."""
    with Broker(binary, "--workers=1") as broker:
        town = Town(broker, members=0)
        os.kill(broker.read_state()["redis_pid"], signal.SIGSTOP)
        try:
            broker.client().connection = None
            try:
                town.as_resident().call("OrderService/ListOrders", connect_timeout_ms="500")
                raise Failed("answered without a store")
            except RpcError as e:
                check(e.code in ("deadline_exceeded", "unavailable"), e.code)
            check(http_status(broker, "/healthz") == 200, "the process lives")
        finally:
            os.kill(broker.read_state()["redis_pid"], signal.SIGCONT)
        wait_for("readiness", lambda: http_status(broker, "/readyz") == 200)
        town.as_resident().call("OrderService/ListOrders")


def http_status(broker, path):
    connection = http.client.HTTPConnection("127.0.0.1", broker.local_port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def metrics(broker):
    connection = http.client.HTTPConnection("127.0.0.1", broker.local_port, timeout=10)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return {line.split(" ")[0]: float(line.split(" ")[1]) for line in text.splitlines() if not line.startswith("#")}


CASES = [workers, redis, master, everything, streams, redis_away]


def main():
    binary = binary_argument()
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    report = Report()
    for case in CASES:
        if part in case.__name__:
            report.run("kill/" + case.__name__, case, binary)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
