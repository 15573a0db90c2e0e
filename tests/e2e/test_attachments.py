#!/usr/bin/python3
"""Pictures and memos on a running paidand: up, down, who may see them, what is left of them on disk.

usage: test_attachments.py PAIDAND [PART OF A NAME]
"""
import hashlib
import json
import os
import re
import struct
import sys
from types import SimpleNamespace

from broker import Broker, Report, RpcError, Town, binary_argument, check, equal, wait_for
from net_peer import Failed
from protocol_peer import Ask, ask

WAYS = (("h2", True), ("h2", False), ("h1", True), ("h1", False))
CANARY = b"canary-30.5016N-119.5018E"
ROUTE = "/v1/attachments"


def segment(marker, payload):
    return bytes([0xff, marker]) + struct.pack(">H", len(payload) + 2) + payload


def jpeg(content, canary=CANARY):
    """As a camera would write it, with a place in it."""
    return (b"\xff\xd8" + segment(0xe1, b"Exif\0\0MM\0\x2a\0\0\0\x08\0\0" + canary) + segment(0xfe, canary)
            + segment(0xc0, b"\x08\0\1\0\1\1\1\x11\0") + segment(0xda, b"\1\1\0\0\x3f\0") + content.replace(b"\xff", b"")
            + b"\xff\xd9" + canary)


def page(length):
    return b"\xff\xfb\x90\x00" + bytes(413)


def up(world, headers, content, way=("h1", False), more=()):
    pieces = [content[at:at + 100000] for at in range(0, len(content), 100000)] or [b""]
    return ask(world, Ask(ROUTE, list(headers) + list(more), pieces).over(*way))


def down(world, headers, ref, way=("h1", False), method="GET"):
    return ask(world, Ask("%s/%s" % (ROUTE, ref), list(headers), None, method=method).over(*way))


def as_(town, who=None, key=None):
    headers = [("authorization", "Bearer " + (key or town.backend_key))]
    return headers + ([("x-paidan-act-as", who)] if who else [])


def resident(world):
    return as_(world.town, "resident/" + world.town.resident)


def uploaded(said):
    equal(said.status, 200, "status; " + said.brief())
    equal(said.head["content-type"], "application/json", "type")
    return json.loads(said.bytes)


def refused(said, status, reason):
    equal((said.status, json.loads(said.bytes)["details"][0]["debug"]["reason"]), (status, reason), said.brief())


def directory(world):
    return os.path.join(world.broker.data, "attachments", "demo")


def both_ways(world):
    """Over every protocol and port; the same content is one file."""
    names = set()
    for way in WAYS:
        said = uploaded(up(world, resident(world), jpeg(b"one"), way))
        equal(said["mediaType"], "image/jpeg", "media type")
        got = down(world, resident(world), said["ref"], way)
        equal(got.status, 200, got.brief())
        check(CANARY not in got.bytes and b"one" in got.bytes, "what came back: %r" % got.bytes)
        for name, value in (("content-type", "image/jpeg"), ("x-content-type-options", "nosniff")):
            equal(got.head[name], value, name)
        check("sandbox" in got.head["content-security-policy"], "policy")
        check(got.head["content-disposition"].endswith('%s.jpg"' % said["ref"]), "name")
        equal(os.stat(os.path.join(directory(world), said["ref"])).st_ino,
              os.stat(os.path.join(directory(world), hashlib.sha256(got.bytes).hexdigest())).st_ino, "one file")
        names.add(said["ref"])
    equal(len(names), len(WAYS), "an attachment for each")
    for name in os.listdir(directory(world)):
        with open(os.path.join(directory(world), name), "rb") as file:
            check(CANARY not in file.read(), "metadata on disk in " + name)


def what_is_taken(world):
    """Known by its bytes, whatever it is called."""
    mp3 = uploaded(up(world, resident(world), b"ID3\3\0\0\0\0\0\x19" + CANARY + page(0) * 3,
                      more=[("content-type", "image/png")]))
    equal(mp3["mediaType"], "audio/mpeg", "media type")
    for what, content, reason in (("html", b"<html><script>1</script>", "MEDIA_UNKNOWN"), ("nothing", b"", "MEDIA_UNKNOWN"),
                                  ("svg", b"<svg onload='1'/>", "MEDIA_UNKNOWN"), ("half", jpeg(b"x")[:-60], "MEDIA_BROKEN")):
        said = up(world, resident(world), content, more=[("content-type", "image/jpeg")])
        refused(said, 400, reason)
        check(what != "half" or said.status == 400, what)
    big = jpeg(b"\x01" * (5 * 1024 * 1024 - 400))
    uploaded(up(world, resident(world), big))
    for way in WAYS:
        refused(up(world, resident(world), big + bytes(1000), way), 429, "TOO_LARGE")
    zh = up(world, resident(world), b"x", more=[("accept-language", "zh-CN")])
    check("只接受" in json.loads(zh.bytes)["message"], zh.brief())


def who_may(world):
    """A loose one is its uploader's; one of an order is seen with the order."""
    town = world.town
    mine = uploaded(up(world, resident(world), jpeg(b"mine")))
    other_resident = town.admin.call("OrgService/CreateResident", {"resident": {
        "householdId": town.household, "name": "李奶奶", "phone": "13800000002"}})["resident"]["id"]
    others = [as_(town, "resident/" + other_resident), as_(town, "member/" + town.members[0]), as_(town),
              as_(town, key=town.operator_key), as_(world.elsewhere), as_(world.elsewhere, key=world.elsewhere.admin_key)]
    for headers in others:
        refused(down(world, headers, mine["ref"]), 404, "NOT_FOUND")
    refused(down(world, [], mine["ref"]), 401, "UNAUTHENTICATED")
    refused(up(world, [], jpeg(b"x")), 401, "UNAUTHENTICATED")
    refused(up(world, as_(town, key=town.backend_key[:-1] + "x"), jpeg(b"x")), 401, "UNAUTHENTICATED")
    # Nobody attaches what is somebody else's.
    theirs = uploaded(up(world, as_(town, "resident/" + other_resident), jpeg(b"theirs")))
    for wrong, reason, field in ((theirs, "NOT_FOUND", "attachments[0].ref"),
                                 ({**mine, "mediaType": "audio/mpeg"}, "FIELD_INVALID", "attachments[0].media_type"),
                                 ({**mine, "ref": "f000zzzz"}, "NOT_FOUND", "attachments[0].ref")):
        try:
            town.place(attachments=[wrong])
            check(False, "placed with %s" % wrong)
        except RpcError as error:
            equal(error.reason, reason, "reason")
            check(field in str(error), str(error))
    order = town.place(attachments=[mine, {"ref": "https://backend.example/1", "mediaType": "image/png"}])
    equal([a["ref"] for a in order["attachments"]], [mine["ref"], "https://backend.example/1"], "attachments")
    for headers in (resident(world), as_(town), as_(town, key=town.operator_key), as_(town, key=town.admin_key)):
        equal(down(world, headers, mine["ref"]).status, 200, "with the order: %s" % headers)
    for headers in (others[0], others[4], others[5]):
        refused(down(world, headers, mine["ref"]), 404, "NOT_FOUND")
    # Not to two orders.
    try:
        town.place(attachments=[mine])
        check(False, "attached twice")
    except RpcError as error:
        equal(error.reason, "NOT_FOUND", "reason")


def completion(world):
    """A member's photo of what was done, which the resident then sees."""
    town = world.town
    order = town.place()["id"]

    def asked():
        return next((m for m in town.members if any(
            o["id"] == order for o in town.as_member(m).call("TaskService/ListOffers").get("orders", []))), None)

    chosen = wait_for("an offer", asked)
    member = town.as_member(chosen)
    member.call("TaskService/AcceptOffer", {"orderId": order})
    done = uploaded(up(world, as_(town, "member/" + chosen), jpeg(b"done")))
    refused(down(world, resident(world), done["ref"]), 404, "NOT_FOUND")
    member.call("TaskService/CompleteTask", {"orderId": order, "photos": [done]})
    equal(down(world, resident(world), done["ref"]).status, 200, "the resident sees it")


def paths(world):
    for method, path, status, allow in (("GET", ROUTE, 405, "POST"), ("PUT", ROUTE, 405, "POST"),
                                        ("OPTIONS", ROUTE, 204, "POST"), ("POST", ROUTE + "/f0000001", 405, "GET, HEAD"),
                                        ("DELETE", ROUTE + "/f0000001", 405, "GET, HEAD")):
        said = ask(world, Ask(path, [], None if method == "GET" else [b"x"], method=method).over("h1", False))
        equal((said.status, said.head["allow"]), (status, allow), "%s %s" % (method, path))
    for ref in ("", "f0000zzz", "F0000001", "../root.key", "..%2froot.key", "f000000", "f00000012", "o0000001",
                "....///", "a" * 300):
        refused(down(world, resident(world), ref), 404, "NOT_FOUND")


def durable(world):
    """What was acknowledged is there when a worker was killed, and after a restart."""
    said = uploaded(up(world, resident(world), jpeg(b"durable")))
    for pid in world.broker.read_state()["workers"]:
        os.kill(pid, 9)

    def is_there():
        try:
            return down(world, resident(world), said["ref"]).status == 200
        except (OSError, Failed):  # nobody listens, or a dying worker has half answered
            return False

    wait_for("the worker is back with the file", is_there)
    world.broker.stop()
    world.broker.start()
    check(CANARY not in down(world, resident(world), said["ref"]).bytes, "after a restart")


def erased(world):
    """An erased person's pictures go from disk, too."""
    town = world.town
    gone = town.admin.call("OrgService/CreateResident", {"resident": {
        "householdId": town.household, "name": "赵奶奶", "phone": "13800000003"}})["resident"]["id"]
    headers = as_(town, "resident/" + gone)
    said = uploaded(up(world, headers, jpeg(b"to be erased")))
    order = world.broker.client(town.backend_key, "resident/" + gone).call("OrderService/PlaceOrder", {
        "categoryId": town.category, "title": "x", "point": town.point, "attachments": [said]})["order"]["id"]
    world.broker.client(town.backend_key, "resident/" + gone).call("OrderService/CancelOrder", {"orderId": order})
    path = os.path.join(directory(world), said["ref"])
    with open(path, "rb") as file:
        content = hashlib.sha256(file.read()).hexdigest()
    world.broker.client(town.admin_key).call("PrivacyService/EraseData", {"personId": gone})
    wait_for("its file is gone", lambda: not os.path.exists(path), 90)
    check(not os.path.exists(os.path.join(directory(world), content)), "the content is left")
    check(not [n for n in os.listdir(directory(world)) if not re.fullmatch("f[0-9a-z]{7}|[0-9a-f]{64}", n)], "leftovers")


CASES = [both_ways, what_is_taken, who_may, completion, paths, erased, durable]


def main():
    binary = binary_argument()
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    report = Report()
    with Broker(binary, "--workers=1") as broker:
        world = SimpleNamespace(broker=broker, town=Town(broker), elsewhere=Town(broker, "other"))
        for case in CASES:
            if part in case.__name__:
                report.run("attachments/" + case.__name__, case, world)
        report.run("attachments/clean_end", broker.stop)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
