"""How `paidan` behaves as a program of a shell, whatever the command: statuses, forms of output, terminals, completion, the
manual; and the installed libpaidan beside it.

usage: test_cli_shell.py PAIDAND PAIDAN BUILD_DIRECTORY SANITIZERS [CASE]
"""
import csv
import io
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import threading

from broker import check, equal, wait_for
from cli import cli_main

HERE = os.path.dirname(os.path.abspath(__file__))


def doctor(cli):
    fine = cli.admin("doctor")
    equal(fine.out.count("✓"), 9, "findings that are fine in\n" + fine.out)
    rows = {row["check"]: row for row in cli.admin("doctor", "-o", "jsonl").rows()}
    equal(set(rows), {"settings", "name", "tcp", "tls", "certificate", "alpn", "health", "clock", "key"}, "checks")
    nowhere = ["--config", "/nonexistent"]
    wrong = cli.run("doctor", "--server", cli.url, "--key", "x", *nowhere, expect=1)
    check("✗ TLS" in wrong.out and "--ca" in wrong.out, wrong.out)
    wrong = cli.run("doctor", key="pdk_demo_k0000001_" + "0" * 64, expect=1)
    check("✗ Key" in wrong.out and "→" in wrong.out, wrong.out)
    root = cli.run("doctor", key=cli.broker.root_key, expect=1)
    check("! Key" in root.out and "--tenant" in root.out, root.out)
    cli.run("doctor", "--tenant", cli.town.tenant, key=cli.broker.root_key)
    wrong = cli.run("doctor", *nowhere, expect=1)
    check("✗ Settings" in wrong.out and "paidan login" in wrong.out, wrong.out)
    wrong = cli.run("doctor", "--server", "https://localhost:1", expect=1)
    check("✗ TCP" in wrong.out, wrong.out)
    wrong = cli.run("doctor", "--server", "https://no-such-host.invalid", expect=1)
    check("✗ Host name" in wrong.out, wrong.out)
    wrong = cli.run("doctor", "--server", "ftp://x", "--lang", "zh", expect=1)
    check("✗ 设置" in wrong.out, wrong.out)
    clear = cli.run("doctor", "--server", "http://127.0.0.1:%d" % cli.broker.local_port, "--key", cli.town.admin_key)
    check("TLS" not in clear.out, clear.out)
    at = {"PAIDAN_METRICS": "http://127.0.0.1:%d/metrics" % cli.broker.local_port}
    inside = {row["check"]: row["verdict"] for row in cli.admin("doctor", "-o", "jsonl", env=at, expect=None).rows()}
    check({"version", "store", "timers", "webhooks", "loop"} <= set(inside) and inside["store"] == "ok", inside)
    away = cli.admin("doctor", env={"PAIDAN_METRICS": "http://127.0.0.1:1/metrics"}, expect=1)
    check("! Metrics" in away.out and "PAIDAN_METRICS" in away.out, away.out)
    made = cli.admin("key", "new", "backend", "-o", "json").json()
    cli.admin("key", "revoke", made["keyId"])
    revoked = cli.run("doctor", key=made["key"], expect=1)
    check("✗ Key" in revoked.out and "ask an administrator" in revoked.out, revoked.out)


def metrics(cli, port=None):
    return ["--metrics", "http://127.0.0.1:%d/metrics" % (port or cli.broker.local_port)]


def top(cli):
    rounds = cli.run("top", "-n", "2", "--every", "1", "-o", "json", *metrics(cli)).rows()
    equal(len(rounds), 2, "rounds")
    for row in rounds:
        check(row["version"] and row["seconds"] >= 0.9 and row["at"].endswith("Z"), row)
        check(row["process"]["workers"] == row["redis"]["readyWorkers"] > 0, row)
        check({"rpc", "txn", "net", "timers", "webhooks", "errors", "methods"} <= set(row), row)
    plain = cli.run("top", "-n", "1", "--every", "1", *metrics(cli))
    check("Commits" in plain.out and "Method" in plain.out and "\033" not in plain.out, plain.out)
    check("事务" in cli.run("top", "-n", "1", "--every", "1", "--lang", "zh", *metrics(cli)).out, "Chinese")
    cli.run("top", "-n", "1", "--metrics", "file:///etc/hostname", expect=6)
    cli.run("top", "-n", "1", "--metrics", "http://127.0.0.1:1/", expect=6)
    cli.run("top", "-o", "csv", expect=2)
    cli.run("top", "--every", "0", expect=2)


def read_until(terminal, what):
    seen = b""
    while what not in seen:
        seen += os.read(terminal, 65536)
    return seen


def top_restores_the_terminal(cli):
    """Whatever ends it: a key, or a signal."""
    for end in ("q", signal.SIGINT, signal.SIGTERM):
        terminal, other = pty.openpty()
        before = termios.tcgetattr(other)
        process = subprocess.Popen([cli.binary, "top", "--every", "1", *metrics(cli)], stdin=other, stdout=other,
                                   stderr=other, env={**cli.env, "TERM": "xterm"})
        read_until(terminal, b"\033[?1049h")
        read_until(terminal, b"Commits")
        check(not termios.tcgetattr(other)[3] & termios.ECHO, "keys would be seen")
        os.write(terminal, b"p")
        read_until(terminal, b"paused")
        if end == "q":
            os.write(terminal, b"q")
        else:
            process.send_signal(end)
        read_until(terminal, b"\033[?25h\033[?1049l")
        equal(process.wait(30), 0 if end == "q" else 128 + end, "status after %s" % end)
        equal(termios.tcgetattr(other), before, "the terminal after %s" % end)
        os.close(other)
        os.close(terminal)


def exit_codes(cli):
    equal(cli.run(expect=2).out, "", "no command: help goes to stderr")
    typo = cli.run("order", "new", "x", "--catgory", "c", expect=2)
    check("did you mean --category?" in typo.err and "paidan order new --help" in typo.err, typo.err)
    nobody = cli.backend("order", "new", "x", "-c", "nosuch", "--as", "resident/r0zzzzzz", expect=2)
    check('"nosuch"' in nobody.err and "category list" in nobody.err, nobody.err)
    missing = cli.desk("order", "show", "o0zzzzzz", expect=3)
    check("(NOT_FOUND" in missing.err and " request " in missing.err, missing.err)
    check("未找到" in cli.desk("order", "show", "o0zzzzzz", "--lang", "zh", expect=3).err, "in Chinese")
    cli.run("order", "show", "o1", key="nonsense", expect=4)
    cli.backend("policy", "show", expect=None)
    gone = cli.run("order", "show", "o1", "--server", "https://localhost:1", "--key", "k", expect=6)
    check("can't connect" in gone.err, gone.err)
    cli.run("order", "show", "o1", env={"PAIDAN_SERVER": "http://example.com"}, expect=2)
    title = cli.backend("order", "new", "长" * 100, "-c", "repair", "--as", cli.resident, expect=2)
    check("field title = TITLE" in title.err, title.err)


def all_violations(cli):
    wrong = ["order", "new", "米" * 100, "-c", "repair", "-d", "买" * 3000, "--phone", "打电话", "--as", cli.resident]
    first, *more = cli.backend(*wrong, expect=2).err.splitlines()
    check(first.startswith("paidan: ") and " more)" in first, first)
    check(more and all(line.startswith("  ") and "(FIELD_" in line for line in more), more)
    check("，字段 " in cli.backend(*wrong, "--lang", "zh", expect=2).err.splitlines()[1], "in Chinese")


def request_ids(cli):
    arguments = ["-c", "repair", "--as", cli.resident, "--request-id", "same-1", "-o", "json"]
    first = cli.backend("order", "new", "一次", *arguments).json()["order"]["id"]
    equal(cli.backend("order", "new", "一次", *arguments).json()["order"]["id"], first, "sent again")
    other = cli.backend("order", "new", "另一次", *arguments, expect=5)
    check("REQUEST_ID_REUSED" in other.err, other.err)


def traces(cli):
    trace = "0af7651916cd43dd8448eb211c80319c"
    missing = cli.desk("order", "show", "o0zzzzzz", expect=3,
                       env={"TRACEPARENT": "00-%s-b7ad6b7169203331-01" % trace})
    check("request " + trace in missing.err, missing.err)
    check("trace=00-" + trace in cli.broker.log(), "the trace is in the broker's log")
    cli.desk("desk", "board", env={"TRACEPARENT": "not a trace"})


def output_forms(cli):
    listed = cli.backend("order", "list", cli.town.resident, "-n", "0", "-o", "json").json()["orders"]
    lines = cli.backend("order", "list", cli.town.resident, "-n", "0", "-o", "jsonl").rows()
    equal(lines, listed, "jsonl and json")
    rows = list(csv.DictReader(io.StringIO(cli.backend("order", "list", cli.town.resident, "-n", "0", "-o", "csv").out)))
    equal([r["id"] for r in rows], [o["id"] for o in listed], "csv and json")
    check(rows[0]["placedMs"].endswith("Z"), "times in CSV")
    table = cli.backend("order", "list", cli.town.resident).out
    check("\x1b" not in table and table.startswith("ORDER "), table)
    check("\x1b[1mORDER" in cli.backend("order", "list", cli.town.resident, "--color", "always").out, "--color always")
    got = cli.backend("call", "OrderService/GetOrder", json.dumps({"orderId": listed[0]["id"]})).json()
    equal(got["order"]["id"], listed[0]["id"], "call")
    check("UNKNOWN_FIELD" in cli.backend("call", "OrderService/GetOrder", "{\"x\":1}", expect=2).err, "call")
    evil = cli.backend("order", "new", "=cmd|' /C calc'!A0", "-c", "repair", "--as", cli.resident, "-o", "csv").out
    check(",'=cmd|' /C calc'!A0," in evil, evil)


def terminal(cli):
    """On a terminal: colours, and rows that fit."""
    def screen(env, *command, key=cli.town.operator_key):
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [cli.binary, *(command or ("desk", "board")), "--server", cli.url, "--ca", cli.broker.ca, "--key", key],
            stdout=slave, stderr=slave, stdin=slave, env={**cli.env, "TERM": "xterm", **env})
        os.close(slave)
        out = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            out += piece
        equal(process.wait(), 0, "status")
        os.close(master)
        return out.decode()

    cli.backend("order", "new", "一个很长的标题" * 10, "-c", "repair", "--as", cli.resident)
    check("\x1b[" in screen({"COLUMNS": "80"}), "colours")
    plain = screen({"COLUMNS": "60", "NO_COLOR": "1"})
    check("\x1b" not in plain and "…" in plain, plain)
    for line in plain.splitlines():
        width = sum(2 if ord(c) > 0x2e80 else 1 for c in line)
        check(width <= 60, "%d cells: %s" % (width, line))
    counted = screen({}, "stats", "recount", key=cli.town.admin_key)
    check("\rCounted again: 0 %" not in counted.split("100 %")[-1] and "100 %" in counted, "how far it is: %r" % counted)


def tail(cli):
    """A watch that goes on behind a worker's death, without a gap."""
    process = subprocess.Popen(
        [cli.binary, "order", "tail", "-o", "jsonl", "--as", cli.resident, "--server", cli.url, "--ca", cli.broker.ca,
         "--key", cli.town.backend_key], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=cli.env)
    seen = []
    reader = threading.Thread(target=lambda: [seen.append(json.loads(line)) for line in process.stdout])
    reader.start()

    def placed():
        return [e["order"]["title"] for e in seen if e["kind"] == "EVENT_KIND_PLACED"]

    def place(title):
        cli.backend("order", "new", title, "-c", "repair", "--as", cli.resident)

    try:
        # The stream begins at some moment: the first orders may come before it.
        def first():
            place("先")
            return "先" in placed()

        wait_for("the first event", first)
        before = len(placed())
        for worker in cli.broker.read_state()["workers"]:
            os.kill(worker["pid"] if isinstance(worker, dict) else worker, signal.SIGKILL)
        wait_for("a worker", lambda: cli.backend("category", "list", expect=None).status == 0)
        place("后")
        wait_for("the event behind the gap", lambda: placed()[before:].count("后") == 1)
        check(process.poll() is None, "tail ended")
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        process.stderr.close()


def refused_tail(cli):
    """No head above what never came."""
    for form in ("table", "csv", "json", "jsonl"):
        refused = cli.backend("order", "tail", "--after", "nonsense", "-o", form, "--as", cli.resident, "--lang", "en",
                              expect=2)
        equal(refused.out, "", "stdout as " + form)
        check("not an event id" in refused.err, refused.err)


def closed_pipe(cli):
    """`paidan … | head` says nothing."""
    done = subprocess.run("\"$P\" desk board --server \"$U\" --ca \"$CA\" --key \"$K\" -o jsonl | head -c 1",
                          shell=True, capture_output=True, text=True,
                          env={**cli.env, "P": cli.binary, "U": cli.url, "CA": cli.broker.ca,
                               "K": cli.town.operator_key})
    equal(done.stderr, "", "stderr")


def completion(cli):
    script = cli.write("completion.bash", cli.run("completion", "bash").out)

    def complete(*words):
        code = ("source %s; COMP_WORDS=(paidan %s); COMP_CWORD=%d; _paidan; echo ${COMPREPLY[@]}"
                % (script, " ".join("'%s'" % w for w in words), len(words)))
        return subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True).stdout.split()

    check("order" in complete(""), "nouns")
    equal(complete("ord"), ["order"], "a noun's beginning")
    check({"new", "list", "tail"} <= set(complete("order", "")), "verbs")
    check("--category" in complete("order", "new", "--"), "flags")
    equal(complete("order", "new", "--urgency", "d"), ["danger"], "words")
    equal(complete("order", "list", "--output", "js"), ["json", "jsonl"], "global words")
    equal(complete("-o", "json", "desk", "bo"), ["board"], "behind a global flag")
    for shell in ("zsh", "fish"):
        text = cli.run("completion", shell).out
        path = cli.write("completion." + shell, text)
        check("category" in text, shell)
        if shutil.which(shell):
            subprocess.run([shell, "-n", path], check=True)
    check("bash zsh fish" in cli.run("completion", "nosh", expect=2).err, "another shell")


def manual(cli):
    for lang in ("en", "zh"):
        text = cli.run("man", "--lang", lang).out
        check(text.startswith(".TH PAIDAN 1"), text[:80])
        for noun in ("order new", "desk hold", "doctor"):
            check("paidan " + noun in text, noun)
        # Chinese has no spaces to break lines at, which groff is sorry about.
        if lang == "en" and shutil.which("groff"):
            done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", "-K", "utf8"], input=text,
                                  capture_output=True, text=True)
            equal(done.stderr, "", "groff's warnings")


def installed_library(cli, build, sanitizers):
    """The example compiled against what `meson install` installs, shared and static, and the header in C++."""
    root = os.path.join(cli.broker.directory, "root")
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root], check=True,
                   stdout=subprocess.DEVNULL)
    found = []
    for directory, _, files in os.walk(root):
        found += [os.path.join(directory, f) for f in files]
    pc = next(f for f in found if f.endswith("/paidan.pc"))
    libdir = os.path.dirname(os.path.dirname(pc))
    headers = {os.path.basename(f) for f in found if "/include/paidan/" in f}
    equal(headers, {"paidan.h", "reasons.h", "limits.h"}, "headers")
    check(any(f.endswith("/man1/paidan.1") for f in found), "man page")
    flags = [] if sanitizers == "none" else ["-fsanitize=" + sanitizers]

    def pkg_config(*options):
        env = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(pc), "PKG_CONFIG_SYSROOT_DIR": root}
        return subprocess.run(["pkg-config", *options, "paidan"], env=env, check=True, capture_output=True,
                              text=True).stdout.split()

    source = os.path.join(HERE, "ten_lines.c")
    with open(source, encoding="utf-8") as f:
        body = f.read().split("\n{\n")[1].split("\n}\n")[0]
    equal(body.count("\n") + 1, 10, "lines")
    strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    shared = os.path.join(cli.home, "ten_shared")
    static = os.path.join(cli.home, "ten_static")
    subprocess.run(["cc", *strict, *flags, source, *pkg_config("--cflags", "--libs"), "-o", shared], check=True)
    libs = [("-l:libpaidan.a" if f == "-lpaidan" else f) for f in pkg_config("--static", "--libs")]
    subprocess.run(["cc", *strict, *flags, source, *pkg_config("--cflags"), *libs, "-o", static], check=True)
    env = {**cli.env, "PAIDAN_SERVER": cli.url, "PAIDAN_KEY": cli.town.backend_key, "PAIDAN_CA": cli.broker.ca,
           "LD_LIBRARY_PATH": libdir}
    for program in (shared, static):
        done = subprocess.run([program, cli.resident, cli.town.category], env=env, capture_output=True, text=True)
        equal(done.returncode, 0, done.stderr)
        cli.desk("order", "show", done.stdout.strip())
        done = subprocess.run([program, cli.resident, "c0000zzz"], env={**env, "LANG": "zh_CN.UTF-8"},
                              capture_output=True, text=True)
        equal(done.returncode, 5, done.stdout)
        check("未找到" in done.stdout, done.stdout)
    if shutil.which("c++"):
        plus = cli.write("plus.cc", "#include <paidan/paidan.h>\n#include <paidan/reasons.h>\n#include <paidan/limits.h>\n"
                         "int main() { return paidan_version()[0] == PAIDAN_REASON_NOT_FOUND[0]; }\n")
        subprocess.run(["c++", "-std=c++11", "-Wall", "-Wextra", "-Werror", *flags, plus,
                        *pkg_config("--cflags", "--libs"), "-o", os.path.join(cli.home, "plus")], check=True)
    library = next(f for f in found if os.path.basename(f).startswith("libpaidan.so.") and not os.path.islink(f))
    symbols = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True,
                             text=True).stdout
    names = [line.split()[-1].split("@")[0] for line in symbols.splitlines()]
    check(all(n.startswith(("paidan_", "PAIDAN_")) for n in names), "exported: %s" % names)
    with open(os.path.join(os.path.dirname(os.path.dirname(HERE)), "include/paidan/paidan.h"), encoding="utf-8") as f:
        header = f.read()
    for name in names:
        check(name == "PAIDAN_0" or name + "(" in header, name + " is exported but not in the header")


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    paidand, paidan, build, sanitizers = sys.argv[1:5]

    def installed(cli):
        installed_library(cli, os.path.abspath(build), sanitizers)

    installed.__name__ = "installed library"
    cases = (doctor, top, top_restores_the_terminal, exit_codes, all_violations, request_ids, traces, output_forms, terminal,
             closed_pipe, completion, manual, tail, refused_tail, installed)
    return cli_main(paidand, paidan, cases, sys.argv[5:])


if __name__ == "__main__":
    sys.exit(main())
