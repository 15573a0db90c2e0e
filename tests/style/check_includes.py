"""Who may include whom (server/ARCHITECTURE.md): a layer includes itself and those named here, and no library but these."""
import os
import re
import sys

from files import files, read, report

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)

# The layers of server/, bottom to top; "." is main and its wiring.
LAYERS = {
    "base": set(),
    "pb": {"base"},
    "domain": {"base"},
    "redis": {"base"},
    "txn": {"base", "pb", "domain", "redis"},
    "service": {"base", "pb", "domain", "txn"},
    "job": {"base", "pb", "domain", "txn", "service"},
    "sim": {"base", "pb", "domain", "txn", "service", "job"},
    "hook": {"base", "pb", "domain", "txn", "job"},
    "net": {"base"},
    "rpc": {"base", "pb", "txn", "net"},
    "web": {"base", "pb", "txn", "service", "net", "rpc"},
    ".": {"base", "pb", "domain", "txn", "service", "job", "hook", "net", "rpc", "web", "redis"},
}
# Within a layer, the one door to another.
DOORS = {("txn", "redis"): "store_redis", ("rpc", "net"): ("route.h", "rpc.h")}
LIBRARIES = {
    "event2/": {"redis", "txn", "hook", "net", "rpc", "web", "."},
    # It takes requests that two servers read differently, and it can't go on where TLS was agreed on.
    "event2/http": set(),
    "hiredis/": {"redis"},
    "nghttp2/": {"net"},
    "curl/": {"hook"},
    "llhttp": {"net"},
    "openssl/": {"redis", "txn", "hook", "net", "rpc", "web", "."},
    "ini.h": {"."},
    "systemd/": {"."},
    "protobuf-c/": {"pb"},
    "jansson.h": set(),
}
# The core says what is wrong in its results; it never logs.
LOG = "base/log.h"
LOGGING = {"base", "redis", "txn", "hook", "net", "rpc", "web", "."}


def layer_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else "."


def judge(layer, name, own, system):
    """What is wrong with an include of the file `name`; None when nothing is."""
    if own is not None:
        other = own.split("/")[0] if "/" in own else layer
        if own == LOG and layer not in LOGGING:
            return "%s may not log" % layer
        if other in LAYERS and other != layer and other not in LAYERS[layer]:
            return "%s may not include %s" % (layer, own)
        door = DOORS.get((layer, other))
        if door is not None and not name.startswith(door):
            return "only %s of %s may include %s" % (door, layer, own)
        return None
    for library, layers in LIBRARIES.items():
        if system.startswith(library) and layer not in layers:
            return "%s may not include <%s>" % (layer, system)
    return None


def main():
    paths = files(".c", ".h", folders=["server"])
    problems = []
    for path in paths:
        for own, system in INCLUDE.findall(read(path)):
            problem = judge(layer_of(path), os.path.basename(path), own or None, system)
            if problem:
                problems.append("%s: %s" % (path, problem))
    # What is public stands alone.
    for path in files(".h", folders=["include"]):
        problems += ["%s: includes %s" % (path, own) for own, _ in INCLUDE.findall(read(path)) if own]
    # The client shares the lowest layers, and what it simulates with; its lab decides by the broker's own rules.
    for path in files(".c", ".h", folders=["client"]):
        shared = {"base", "pb", "sim", "paidan"} | ({"domain"} if path.startswith("client/lab/") else set())
        problems += ["%s: the client may not include %s" % (path, own) for own, _ in INCLUDE.findall(read(path))
                     if "/" in own and own.split("/")[0] not in shared]
    return report(problems, len(paths))


if __name__ == "__main__":
    sys.exit(main())
