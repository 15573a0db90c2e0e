#!/usr/bin/python3
"""The member's and the resident's page in a real browser, on a running paidand with the demo town.

usage: test_phones.py PAIDAND PAIDAN [PART OF A NAME]

The packages come from npm, once (node/package-lock.json); the browser is Debian's chromium. With SHOTS=DIRECTORY in
the environment pictures of all screens are written there.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(REPO, "tests", "e2e"))

from broker import Broker, Failed  # noqa: E402

NODE = os.path.join(HERE, "node")
STORIES_S = 420
OPERATOR = {"name": "desk.three", "password": "a lantern on the hill"}
PACKAGES = ("playwright-core", "axe-core")


def prepare():
    if not all(os.path.exists(os.path.join(NODE, "node_modules", name)) for name in PACKAGES):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=NODE, check=True, stdout=sys.stderr)


def read(broker, name):
    with open(os.path.join(broker.data, "demo", name), encoding="utf-8") as file:
        return file.read().strip()


def load_town(broker, paidan):
    """The desk dispatches by hand, so that offers come when the story wants them."""
    loader = os.path.join(REPO, "deploy", "demo", "load.py")
    subprocess.run([sys.executable, loader, paidan, broker.data], check=True, stdout=sys.stderr)
    admin = broker.client(read(broker, "admin.key"))
    made = admin.call("OperatorService/CreateOperator", {"operator": {
        "name": OPERATOR["name"], "displayName": "演示派单员", "assignments": [{"role": "ROLE_OPERATOR"}]}})
    broker.client().call("SessionService/RedeemInvite", {
        "tenantId": "demo", "invite": made["invite"], "password": OPERATOR["password"]})
    policy = admin.call("OrgService/GetPolicy")["policy"]
    admin.call("OrgService/PutPolicy", {"policy": {**policy, "manualDispatch": True, "chaseIntervalMs": "0"}})


def write_world(broker):
    town = json.loads(read(broker, "town.json"))
    path = os.path.join(broker.directory, "world.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({
            "port": broker.port, "ca": broker.ca, "backend_key": read(broker, "backend.key"),
            "desk_key": read(broker, "operator.key"), "admin_key": read(broker, "admin.key"), "operator": OPERATOR,
            "member": town["members"][0], "resident": town["residents"][0],
            "members": town["members"], "residents": town["residents"], "categories": town["categories"],
            "shots": os.environ.get("SHOTS", "")}, file)
    return path


def main():
    paidand, paidan = (os.path.abspath(argument) for argument in sys.argv[1:3])
    prepare()
    with Broker(paidand) as broker:
        load_town(broker, paidan)
        done = subprocess.run(["node", "phones.mjs", write_world(broker), *sys.argv[3:]], cwd=NODE, check=False,
                              timeout=STORIES_S)
        broker.keep = done.returncode != 0
    return done.returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failed:
        sys.exit(str(failed))
