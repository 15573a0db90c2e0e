#!/usr/bin/python3
"""Webhooks from a running paidand to a receiver that checks them with npm's standardwebhooks, over TLS: while the
receiver is away, while workers are killed, and where it must not be reached.

usage: test_webhooks.py PAIDAND PAIDAN [PART OF A NAME]
"""
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request

from broker import Broker, Report, RpcError, Town, binary_argument, check, equal, wait_for
from test_node import NODE, prepare

# Seconds instead of days.
RETRY = "--webhook-retry=100ms 200ms 300ms 500ms 500ms 1s 1s 1s 2s 60s"


class Receiver:
    """receiver.mjs in a process of its own, with a certificate that it signed itself."""

    def __init__(self, directory, name):
        self.cert, self.key = (os.path.join(directory, name + ending) for ending in (".crt", ".pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", self.key, "-out", self.cert, "-days", "2", "-subj", "/CN=" + name,
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.process = subprocess.Popen(["node", "receiver.mjs", self.cert, self.key], cwd=NODE, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.arrivals = []
        self.answers = queue.Queue()
        self.lock = threading.Lock()
        threading.Thread(target=self.listen, daemon=True).start()
        self.port = self.answers.get(timeout=30)["port"]
        self.url = "https://127.0.0.1:%d/hook" % self.port

    def listen(self):
        for line in self.process.stdout:
            heard = json.loads(line)
            if "id" in heard:
                with self.lock:
                    self.arrivals.append(heard)
            else:
                self.answers.put(heard)

    def tell(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self.answers.get(timeout=30)

    def taken(self):
        with self.lock:
            return [a for a in self.arrivals if a["status"] < 300]

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


def new_hook(town, receiver, url=None, **more):
    made = town.admin.call("WebhookService/CreateWebhook", {"webhook": {"url": url or receiver.url, **more}})
    check(made["secret"].startswith("whsec_"), made)
    if receiver is not None:
        receiver.tell(secrets=[made["secret"]])
    return made["webhook"]["id"]


def all_events(town, after=""):
    events, token = [], ""
    while True:
        page = town.admin.call("EventService/ListEvents", {"after": after, "pageSize": 200, "pageToken": token})
        events += page.get("events", [])
        token = page.get("nextPageToken", "")
        if not token:
            return events, page.get("lastEventId", after)


def position(event_id):
    return [int(part) for part in event_id.split("-")]


def check_arrivals(town, receiver, after):
    """Every event arrived and was verified; first arrivals of one subject came in the order of the events."""
    events, _ = all_events(town, after)
    check(len(events) > 10, "only %d events" % len(events))

    def missing():
        arrived = {a["event"]["id"] for a in receiver.taken()}
        return [e["id"] for e in events if e["id"] not in arrived]

    wait_for("all events to arrive", lambda: not missing(), 60)
    by_id = {e["id"]: e for e in events}
    last, seen = {}, set()
    for a in receiver.taken():
        event = a["event"]
        check(a["verified"] is True, "not verified: %s" % a["verified"])
        equal(a["id"], "evt_%s_%s" % (town.tenant, event["id"]), "the id")
        if event["id"] in seen or event["id"] not in by_id:
            continue
        seen.add(event["id"])
        equal(event, by_id[event["id"]], "the event is what the list has")
        subject = event["subjectId"]
        check(subject not in last or position(last[subject]) < position(event["id"]),
              "%s of %s arrived after %s" % (event["id"], subject, last.get(subject)))
        last[subject] = event["id"]
    return len(events)


def some_orders(town, n):
    for i in range(n):
        order = town.place()
        town.as_resident().call("OrderService/AddNote", {"orderId": order["id"], "text": "请快一点"})
        if i % 2 == 0:
            town.as_resident().call("OrderService/CancelOrder", {"orderId": order["id"], "reason": "不用了"})


def arrives(town, receiver):
    _, after = all_events(town)
    hook = new_hook(town, receiver)
    some_orders(town, 5)
    n = check_arrivals(town, receiver, after)
    first = receiver.taken()[0]
    equal((first["method"], first["path"], first["contentType"]), ("POST", "/hook", "application/json"), "the request")
    check(first["type"].startswith("order."), first["type"])
    # The outcome is noted a moment after the answer.
    backlog = wait_for("an empty backlog", lambda: town.admin.call("WebhookService/GetWebhook", {
        "webhookId": hook})["backlog"] == {} and {"empty": True})
    check(backlog, "backlog")
    log = town.admin.call("WebhookService/ListDeliveries", {"webhookId": hook, "pageSize": 200})["deliveries"]
    check(len(log) >= n and all(d["result"] == "DELIVERY_RESULT_DELIVERED" for d in log), log[:3])
    town.admin.call("WebhookService/DeleteWebhook", {"webhookId": hook})


def away_and_killed(town, receiver):
    """The receiver closes its port while orders come, and each worker is killed once: no gap, the order kept."""
    _, after = all_events(town)
    hook = new_hook(town, receiver)
    some_orders(town, 3)
    receiver.tell(down=True)
    some_orders(town, 5)
    wait_for("a failure", lambda: town.admin.call("WebhookService/GetWebhook", {"webhookId": hook})[
        "webhook"].get("failingSinceMs"))
    for pid in town.broker.read_state()["workers"]:
        os.kill(pid, signal.SIGKILL)
        town.admin.close()
        wait_for("a new worker", lambda: pid not in town.broker.read_state()["workers"])

        def placed():
            try:
                some_orders(town, 2)
                return True
            except (OSError, RpcError):
                town.admin.close()
                return False

        wait_for("orders after a kill", placed)
    receiver.tell(down=False)
    town.broker.kill(lambda state: state["workers"][0]) # while it delivers
    town.admin.close()
    wait_for("an answer", lambda: answers(town))
    check_arrivals(town, receiver, after)
    town.admin.call("WebhookService/DeleteWebhook", {"webhookId": hook})


def answers(town):
    try:
        return town.admin.call("WebhookService/ListWebhooks")
    except (OSError, RpcError):
        town.admin.close()
        return None


def rotation(town, receiver):
    hook = new_hook(town, receiver)
    old = town.admin.call("WebhookService/RotateWebhookSecret", {"webhookId": hook})["secret"]
    new = town.admin.call("WebhookService/RotateWebhookSecret", {"webhookId": hook})["secret"]
    receiver.tell(secrets=[old, new])
    before = len(receiver.taken())
    town.admin.call("WebhookService/TestWebhook", {"webhookId": hook})
    wait_for("the test", lambda: any(a["type"] == "webhook.test" for a in receiver.taken()[before:]))
    test = next(a for a in receiver.taken()[before:] if a["type"] == "webhook.test")
    equal((test["verified"], test["signatures"]), (True, 2), "verified with both secrets")
    town.admin.call("WebhookService/DeleteWebhook", {"webhookId": hook})


def outcome(town, hook):
    def last():
        return town.admin.call("WebhookService/ListDeliveries", {"webhookId": hook, "pageSize": 1}).get("deliveries")
    return wait_for("a try", last)[0]


def answers_that_fail(town, receiver):
    hook = new_hook(town, receiver, kinds=["EVENT_KIND_WEBHOOK_TEST"])
    receiver.tell(status=302, headers={"location": receiver.url + "/other"})
    town.admin.call("WebhookService/TestWebhook", {"webhookId": hook})
    got = outcome(town, hook)
    equal((got["result"], got["status"]), ("DELIVERY_RESULT_REFUSED", 302), "a redirect is not followed")
    check("nextTryMs" in got, got)
    check(not any(a["path"].endswith("/other") for a in receiver.arrivals), "followed")
    receiver.tell(status=410, headers={})
    wait_for("410 to disable it", lambda: town.admin.call("WebhookService/GetWebhook", {"webhookId": hook})[
        "webhook"].get("disabled") == "WEBHOOK_DISABLED_GONE")
    receiver.tell(status=204)
    kinds = [e["kind"] for e in all_events(town)[0] if e["subjectId"] == hook]
    check("EVENT_KIND_WEBHOOK_DISABLED" in kinds, "no notice among %s" % kinds)
    town.admin.call("WebhookService/DeleteWebhook", {"webhookId": hook})


def untrusted(town, receiver, stranger):
    hook = new_hook(town, None, stranger.url)
    town.admin.call("WebhookService/TestWebhook", {"webhookId": hook})
    equal(outcome(town, hook)["result"], "DELIVERY_RESULT_TLS", "a certificate of nobody")
    equal(stranger.taken(), [], "arrivals")
    town.admin.call("WebhookService/DeleteWebhook", {"webhookId": hook})


def metrics(broker):
    text = urllib.request.urlopen("http://127.0.0.1:%d/metrics" % broker.local_port, timeout=10).read().decode()
    return {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if line.startswith("paidan_webhook")}


def counted(town):
    # Workers tell once a second.
    wait_for("deliveries", lambda: metrics(town.broker)["paidan_webhook_delivered_total"] > 10)
    wait_for("refusals", lambda: metrics(town.broker)["paidan_webhook_refused_total"] > 0)
    wait_for("no lag", lambda: metrics(town.broker)["paidan_webhook_lag_seconds"] == 0)


def command_line(town, receiver, paidan):
    environment = {"PATH": os.environ["PATH"], "HOME": town.broker.directory, "PAIDAN_KEY": town.admin_key,
                   "PAIDAN_CA": town.broker.ca, "PAIDAN_SERVER": "https://localhost:%d" % town.broker.port, "LANG": "C",
                   "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}

    def run(*words):
        got = subprocess.run([paidan, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, timeout=60)
        equal(got.returncode, 0, "paidan %s: %s" % (" ".join(words), got.stdout))
        return got.stdout

    made = json.loads(run("webhook", "new", receiver.url, "-k", "webhook-test", "-l", "shop", "-o", "json"))
    hook = made["webhook"]["id"]
    receiver.tell(secrets=[made["secret"]])
    run("webhook", "test", hook)
    wait_for("the log", lambda: "delivered" in run("webhook", "log", hook))
    check("shop" in run("webhook", "list", "-o", "csv"), "the list")
    run("webhook", "set", hook, "-l", "store")
    check("store" in run("webhook", "show", hook), "the card")
    check("whsec_" in run("webhook", "rotate", hook), "the new secret")
    run("webhook", "disable", hook)
    check("by-request" in run("webhook", "list", "-o", "csv"), "disabled")
    run("webhook", "enable", hook)
    run("webhook", "dead", hook)
    run("webhook", "revive", hook)
    first = json.loads(run("event", "list", "-n", "1", "-o", "jsonl").splitlines()[0])["id"]
    run("webhook", "replay", hook, first)
    wait_for("the test again", lambda: run("webhook", "log", hook, "-o", "csv").count("webhook-test") > 1)
    run("webhook", "delete", hook)


def forbidden(binary, receiver):
    """Without webhook_plain nothing on this machine can be reached, by whatever name."""
    with Broker(binary, "--workers=1", RETRY, "--webhook-ca=" + receiver.cert) as broker:
        town = Town(broker)
        before = receiver.tell()["connections"]
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0.0.0.0"):
            hook = new_hook(town, None, "https://%s:%d/hook" % (host, receiver.port))
            town.admin.call("WebhookService/TestWebhook", {"webhookId": hook})
            equal(outcome(town, hook)["result"], "DELIVERY_RESULT_FORBIDDEN", host)
            town.admin.call("WebhookService/DeleteWebhook", {"webhookId": hook})
        hook = new_hook(town, None, "http://receiver.example/hook")
        town.admin.call("WebhookService/TestWebhook", {"webhookId": hook})
        equal(outcome(town, hook)["result"], "DELIVERY_RESULT_FORBIDDEN", "plain http")
        equal(receiver.tell()["connections"], before, "connections")


def main():
    binary, paidan = binary_argument(), sys.argv[2]
    part = sys.argv[3] if len(sys.argv) > 3 else ""
    report = Report()
    prepare()
    with tempfile.TemporaryDirectory(prefix="paidan-hooks-") as directory:
        receiver, stranger = Receiver(directory, "receiver"), Receiver(directory, "stranger")
        with Broker(binary, "--workers=2", "--webhook-plain=yes", "--webhook-ca=" + receiver.cert, RETRY) as broker:
            town = Town(broker)
            for name, case, arguments in (
                    ("arrives", arrives, (town, receiver)),
                    ("away_and_killed", away_and_killed, (town, receiver)),
                    ("rotation", rotation, (town, receiver)),
                    ("answers_that_fail", answers_that_fail, (town, receiver)),
                    ("untrusted", untrusted, (town, receiver, stranger)),
                    ("counted", counted, (town,)),
                    ("command_line", command_line, (town, receiver, paidan))):
                if part in name:
                    report.run("webhooks/" + name, case, *arguments)
            report.run("webhooks/clean_end", broker.stop)
        if part in "forbidden":
            report.run("webhooks/forbidden", forbidden, binary, receiver)
        receiver.close()
        stranger.close()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
