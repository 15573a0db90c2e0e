#!/usr/bin/python3
"""What /metrics says can be read by Prometheus, and the alerts and the dashboard ask for nothing that it doesn't say.

usage: test_metrics.py PAIDAND [PART OF A NAME]
"""
import json
import os
import re
import subprocess
import sys
import urllib.request

from broker import REPO, Broker, Report, Town, binary_argument, check, equal, wait_for

METRICS_DIR = os.path.join(REPO, "deploy", "metrics")
NAME = re.compile(r"\bpaidan_[a-z0-9_]+\b")


def promtool(*words, text=None):
    done = subprocess.run(["promtool", *words], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    equal(done.returncode, 0, "promtool " + " ".join(words) + ":\n" + done.stdout)
    return done.stdout


class World:
    def __init__(self, broker):
        self.broker = broker
        self.town = Town(broker)

    def scrape(self):
        with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % self.broker.local_port, timeout=10) as page:
            return page.read().decode()


def names_of(text):
    return set(re.findall(r"^# TYPE (\S+) ", text, re.M))


def readable(world):
    text = world.scrape()
    equal(promtool("check", "metrics", text=text).strip(), "", "promtool finds nothing to say")
    for name in names_of(text):
        check(re.search(r"^# HELP %s \S+" % name, text, re.M), "no help for " + name)


def orders_are_counted(world):
    world.town.place()
    placed, waiting = r'^paidan_order_events_total\{kind="placed"\} [1-9]', r'^paidan_orders\{state="[a-z]+"\} [1-9]'
    wait_for("a placed order in the metrics", lambda: re.search(placed, world.scrape(), re.M))
    # Counted every ten seconds.
    wait_for("an order that waits", lambda: re.search(waiting, world.scrape(), re.M), 30)


def asked_for(text, known):
    for name in set(NAME.findall(text)):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        check(name in known or base in known, "no metric is called " + name)


def alerts(world):
    path = os.path.join(METRICS_DIR, "alerts.yml")
    promtool("check", "rules", path)
    with open(path) as rules:
        asked_for("\n".join(line for line in rules if "description:" not in line), names_of(world.scrape()))


def dashboard(world):
    with open(os.path.join(METRICS_DIR, "dashboard.json")) as file:
        board = json.load(file)
    known = names_of(world.scrape())
    for panel in board["panels"]:
        for target in panel["targets"]:
            asked_for(target["expr"], known)
            rule = json.dumps({"groups": [{"name": "g", "rules": [
                {"record": "r", "expr": target["expr"].replace("$__rate_interval", "1m")}]}]})
            promtool("check", "rules", "/dev/stdin", text=rule)
    equal(len({panel["id"] for panel in board["panels"]}), len(board["panels"]), "ids of panels")


def main():
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    report = Report()
    with Broker(binary_argument(), "--workers=2") as broker:
        world = World(broker)
        for case in (readable, orders_are_counted, alerts, dashboard):
            if part in case.__name__:
                report.run("metrics/" + case.__name__, case, world)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
