#!/usr/bin/env python3
"""Who may include whom (design, section 3), and how long files and functions may be.

base <- pb <- domain <- txn <- {service, job} <- rpc <- net <- main. redis is used by txn/store_redis* and
main only. domain and service include no header of libevent, hiredis, OpenSSL, nghttp2 or llhttp.
A file has at most 600 lines, a function 80, tables (a brace with '=' before it) excepted.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
SERVER = ROOT / "server"
FILE_LINES, FUNCTION_LINES = 600, 80

# What a layer may include besides itself; "main" is server/*.c.
LAYERS = {
    "base": set(),
    "pb": {"base"},
    "domain": {"base", "pb"},
    "redis": {"base"},
    "txn": {"base", "pb", "domain"},
    "service": {"base", "pb", "domain", "txn"},
    "job": {"base", "pb", "domain", "txn", "service"},
    "rpc": {"base", "pb", "domain", "txn", "service", "job", "net"},
    "net": {"base"},
    "main": {"base", "pb", "domain", "redis", "txn", "service", "job", "rpc", "net"},
}
FOREIGN = re.compile(r"^(event2?/|event\.h|evhttp|hiredis|async\.h|openssl/|nghttp2/|llhttp)")
PURE = {"base", "pb", "domain", "service", "job"}


def layer_of(path):
    parts = path.relative_to(SERVER).parts
    return parts[0] if len(parts) > 1 else "main"


def check_includes(path, problems):
    layer = layer_of(path)
    store = layer == "txn" and path.name.startswith("store_redis")
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not found:
            continue
        quote, name = found.groups()
        where = f"{path.relative_to(ROOT)}:{number}"
        if FOREIGN.match(name) and layer in PURE:
            problems.append(f"{where}: {layer} includes {name}")
        if quote == "<" or "/" not in name:
            continue
        target = name.split("/")[0]
        if target not in LAYERS or target == layer or target in LAYERS[layer] or (store and target == "redis"):
            continue
        problems.append(f"{where}: {layer} includes {name}")


def check_lengths(path, problems):
    lines = path.read_text().splitlines()
    # A test file's length is that of its table of cases.
    if len(lines) > FILE_LINES and path.relative_to(ROOT).parts[0] != "tests":
        problems.append(f"{path.relative_to(ROOT)}: {len(lines)} lines, at most {FILE_LINES}")
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line.startswith("}") and start is not None:
            length = number - start - 1
            name = next((text for text in reversed(lines[: start - 1]) if re.match(r"\w", text)), "?")
            if line == "}" and length > FUNCTION_LINES:
                problems.append(f"{path.relative_to(ROOT)}:{start}: {length} lines in {name.strip()}")
            start = None


def main():
    problems = []
    for path in sorted(SERVER.rglob("*.[ch]")):
        check_includes(path, problems)
    for folder in ("server", "client", "include", "tests"):
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            if "node_modules" not in path.parts:
                check_lengths(path, problems)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
