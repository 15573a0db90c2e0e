#!/usr/bin/python3
"""What browsers are given: pages and assets, on both ports and protocols.

usage: test_web.py PAIDAND [PART OF A NAME]
"""
import gzip
import http.client
import re
import sys
from types import SimpleNamespace

from broker import Broker, Report, binary_argument, check, equal
from protocol_peer import Ask, ask

WAYS = (("h2", True), ("h2", False), ("h1", True), ("h1", False))
BROWSER = [("accept-encoding", "gzip, deflate, br")]


def get(world, way, path, headers=(), method="GET"):
    return ask(world, Ask(path, list(headers), None, method=method).over(*way))


def start(world, way):
    """The page that / is, or leads to."""
    said = get(world, way, "/")
    path = "/"
    if said.status == 302:
        path = said.head["location"]
        said = get(world, way, path)
    equal(said.status, 200, "status")
    return path, said


def pages(world):
    for way in WAYS:
        _, said = start(world, way)
        equal(said.head["content-type"], "text/html; charset=utf-8", "type")
        check(said.bytes.startswith(b"<!doctype html>"), said.brief())
        policy = said.head["content-security-policy"]
        check("default-src 'none'" in policy and "unsafe" not in policy, policy)
        equal(said.head["x-content-type-options"], "nosniff", "nosniff")


def all_that_a_page_names(world):
    """Each script and style of the page is there, of the right type, and the same packed and plain."""
    for way in WAYS:
        _, page = start(world, way)
        names = re.findall(r'(?:src|href)="(/[^"]+)"', page.bytes.decode())
        check(names, "the page names nothing")
        for name in names:
            plain, packed = get(world, way, name), get(world, way, name, BROWSER)
            equal((plain.status, packed.status), (200, 200), name)
            if "content-encoding" in packed.head:
                check(packed.head["etag"] != plain.head["etag"], "one tag for two forms")
                check(int(packed.head.get("content-length", 0)) < len(plain.bytes), "packed is longer")
            equal(gzip.decompress(packed.bytes) if "content-encoding" in packed.head else packed.bytes, plain.bytes,
                  name)
            lasts = name.startswith("/assets/")
            equal("immutable" in plain.head["cache-control"], lasts, name + ", how long it is kept")


def asked_again(world):
    for way in WAYS:
        path, page = start(world, way)
        again = get(world, way, path, [("if-none-match", page.head["etag"])])
        equal((again.status, again.bytes), (304, b""), "the same page")
        other = get(world, way, path, [("if-none-match", '"other"')])
        equal((other.status, other.bytes), (200, page.bytes), "another page")


def methods(world):
    path, page = start(world, WAYS[0])
    for way in WAYS:
        for method in ("POST", "PUT", "DELETE"):
            said = ask(world, Ask(path, [("content-type", "text/plain")], [b"{}"], method=method).over(*way))
            equal((said.status, said.head["allow"]), (405, "GET, HEAD"), method)
    line = http.client.HTTPConnection("127.0.0.1", world.broker.local_port, timeout=20)
    line.request("HEAD", path)
    said = line.getresponse()
    equal((said.status, said.read(), int(said.headers["content-length"])), (200, b"", len(page.bytes)), "HEAD")
    line.request("GET", path)
    equal(line.getresponse().read(), page.bytes, "GET behind it on the same connection")
    line.close()


def no_other_files(world):
    """Nothing but what the table has, whatever the path looks like."""
    for way in WAYS:
        for path in ("/assets", "/assets/", "/../etc/passwd", "/assets/../../../../etc/passwd", "/assets/..%2f..%2fetc/passwd",
                     "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cetc/passwd", "/desk.html", "/data/root.key", "/desk%00.html",
                     "//desk", "/.git/config", "/assets/%s" % ("a" * 4000)):
            said = get(world, way, path)
            check(said.status == 404 and b"root:" not in said.bytes, "%s: %s" % (path, said.brief()))


def beside_rpcs(world):
    """The pages are in nobody's way."""
    equal(get(world, ("h1", False), "/healthz").status, 200, "healthz")
    said = ask(world, Ask("/grpc.health.v1.Health/Check", [("content-type", "application/json")], [b"{}"]))
    equal((said.status, said.bytes), (200, b'{"status":"SERVING"}'), "health")


CASES = [pages, all_that_a_page_names, asked_again, methods, no_other_files, beside_rpcs]


def main():
    binary = binary_argument()
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    report = Report()
    with Broker(binary, "--workers=1") as broker:
        world = SimpleNamespace(broker=broker)
        for case in CASES:
            if part in case.__name__:
                report.run("web/" + case.__name__, case, world)
        report.run("web/clean_end", broker.stop)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
