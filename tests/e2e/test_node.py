#!/usr/bin/python3
"""paidand with JavaScript's clients: connect-node, grpc-js, and buf curl by reflection.

usage: test_node.py PAIDAND [connect|grpcjs|tokens|buf]

The packages come from npm, once (node/package-lock.json); the code of our .proto files is made for each run.
"""
import json
import os
import subprocess
import sys

from broker import HERE, REPO, Broker, Report, Town, binary_argument, check, equal

NODE = os.path.join(HERE, "node")
BIN = os.path.join(NODE, "node_modules", ".bin")
PROTO = os.path.join(REPO, "proto")


def prepare():
    if not all(os.path.exists(os.path.join(NODE, "node_modules", p)) for p in ("@bufbuild/buf", "jose")):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=NODE, check=True, stdout=sys.stderr)
    environment = dict(os.environ, PATH=BIN + os.pathsep + os.environ["PATH"])
    subprocess.run([os.path.join(BIN, "buf"), "generate", PROTO, "--template", "buf.gen.yaml"], cwd=NODE, check=True,
                   env=environment)


def write_world(broker, town, other, order):
    path = os.path.join(broker.directory, "world.json")
    with open(path, "w") as f:
        json.dump({
            "url": "https://localhost:%d" % broker.port, "ca": broker.ca, "proto": PROTO,
            "backend_key": town.backend_key, "admin_key": town.admin_key, "resident": town.resident,
            "members": town.members, "category": town.category, "community": town.community, "point": town.point,
            "order": order["id"], "tenant": town.tenant, "other_admin_key": other.admin_key,
            "other_tenant": other.tenant}, f)
    return path


def script(report, name, world):
    """A script prints its cases as we do; its closing line is folded into ours."""
    run = subprocess.run(["node", name, world], cwd=NODE, timeout=600, text=True, stdout=subprocess.PIPE)
    lines = run.stdout.splitlines()
    for line in lines:
        if line.startswith("ok "):
            report.passed += 1
            print(line)
        elif line.startswith("FAIL "):
            report.failed += 1
            print(line)
    if not lines or not lines[-1].endswith(" failed"):
        report.run("node/" + name, lambda: check(False, "ended with %d before its end" % run.returncode))


def buf_curl(broker, town, order):
    def curl(path, data, *options, fails=False):
        run = subprocess.run([os.path.join(BIN, "buf"), "curl", "--cacert", broker.ca, "-d", json.dumps(data), *options,
                              "https://localhost:%d%s" % (broker.port, path)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        equal(run.returncode != 0, fails, "buf curl %s: %s" % (path, run.stderr))
        return json.loads(run.stderr if fails else run.stdout)

    key = ["-H", "authorization: Bearer " + town.backend_key]
    for protocol in ("connect", "grpc"):
        for reflect in ("grpc-v1", "grpc-v1alpha"):
            options = ["--protocol", protocol, "--reflect-protocol", reflect] + key
            reply = curl("/paidan.v1.OrderService/GetOrder", {"orderId": order["id"]}, *options)
            equal(reply["order"]["title"], "修水龙头", "title over %s, %s" % (protocol, reflect))
    error = curl("/paidan.v1.OrderService/GetOrder", {"orderId": "o9999999"}, *key, fails=True)
    equal(error["code"], "not_found", "code")
    equal(error["details"][0]["debug"]["reason"], "NOT_FOUND", "the detail, known by reflection")
    reply = curl("/grpc.health.v1.Health/Check", {}, "--protocol", "grpc")
    equal(reply["status"], "SERVING", "health")


def buf_list(broker):
    run = subprocess.run([os.path.join(BIN, "buf"), "curl", "--cacert", broker.ca, "--list-methods",
                          "https://localhost:%d" % broker.port], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True, timeout=60)
    equal(run.returncode, 0, run.stderr)
    check("paidan.v1.OrderService/PlaceOrder" in run.stdout, run.stdout)


def main():
    binary = binary_argument()
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    report = Report()
    prepare()
    with Broker(binary, "--workers=2") as broker:
        town = Town(broker)
        order = town.place(request_id="first")
        world = write_world(broker, town, Town(broker, "other", members=0), order)
        for name in ("connect.mjs", "grpcjs.mjs", "tokens.mjs"):
            if part in name:
                script(report, name, world)
        if part in "buf":
            report.run("node/buf-curl", buf_curl, broker, town, order)
            report.run("node/buf-list", buf_list, broker)
        report.run("node/clean_end", broker.stop)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
