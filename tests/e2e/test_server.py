#!/usr/bin/python3
"""What an operator does with paidand: starts it wrongly, reloads it, runs it under systemd, gives it another Redis.

usage: test_server.py PAIDAND [PART OF A NAME]
"""
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

from broker import Broker, Failed, Report, RpcError, Town, binary_argument, check, equal, wait_for


def run(binary, *arguments, timeout=30):
    return subprocess.run([binary, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          text=True)


def certificate(directory, name, common_name):
    """A self-signed certificate; returns the two files."""
    key, cert = os.path.join(directory, name + ".key"), os.path.join(directory, name + ".crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "30", "-subj", "/CN=" + common_name, "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
    return cert, key


class Directory:
    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="paidan-")
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def cannot_start(binary):
    """What can't work ends the start with a reason, rather than trying for ever."""
    with Directory() as d:
        cert, _ = certificate(d, "a", "one")
        _, key = certificate(d, "b", "another")
        short = os.path.join(d, "short")
        with open(short, "w") as f:
            f.write("short")
        base = ["--data=" + d + "/data", "--listen=127.0.0.1:0", "--local=off", "--workers=2"]
        rows = [
            (["--tls_cert=" + cert, "--tls_key=" + key], "key"),
            (["--tls_cert=" + d + "/none", "--tls_key=" + key], "none"),
            (["--root_key_file=" + d + "/none"], "No such file"),
            (["--root_key_file=" + short], "32 to 512 characters"),
            (["--tenant_key_file=" + short], "line 1 is not VERSION KEY"),
            (["--redis_server=/does/not/exist"], "exist"),
            (["--data=/dev/null/x"], "Not a directory"),
            (["--listen=192.0.2.1:0"], "192.0.2.1"),
            (["--listen=nowhere:0"], "not a numeric address"),
        ]
        for options, text in rows:
            ended = run(binary, *base, *options)
            equal(ended.returncode, 1, "exit status with %s: %s" % (options, ended.stderr))
            check(text in ended.stderr, "%s: %s" % (options, ended.stderr))
            check(not os.path.exists(d + "/data/paidand.json"), "no state file")


def lost_key(binary):
    """Data whose key is gone is not given another."""
    with Broker(binary, "--workers=1") as broker:
        Town(broker, members=0)
        broker.stop()
        os.rename(os.path.join(broker.data, "tenant.key"), os.path.join(broker.data, "kept"))
        ended = run(binary, "--data=" + broker.data, "--local=off")
        equal(ended.returncode, 1, "exit status")
        check("can't be read without it" in ended.stderr, ended.stderr)
        os.rename(os.path.join(broker.data, "kept"), os.path.join(broker.data, "tenant.key"))
        broker.start()


def files_are_private(binary):
    with Broker(binary, "--workers=1") as broker:
        for name in ("root.key", "tenant.key", "tls/server.key"):
            mode = os.stat(os.path.join(broker.data, name)).st_mode & 0o777
            equal(oct(mode), oct(0o600), name)
        for name in ("", "redis", "tls"):
            equal(oct(os.stat(os.path.join(broker.data, name)).st_mode & 0o777), oct(0o700), "directory " + name)


def peer_name(broker, ca):
    context = ssl.create_default_context(cafile=ca)
    with socket.create_connection(("127.0.0.1", broker.port), 10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as tls:
            return dict(x[0] for x in tls.getpeercert()["subject"])["commonName"]


def new_certificate(binary):
    """HUP: new connections get the new certificate, old ones stay; a broken one changes nothing."""
    with Directory() as d:
        first, first_key = certificate(d, "first", "first")
        second, second_key = certificate(d, "second", "second")
        cert, key = os.path.join(d, "now.crt"), os.path.join(d, "now.key")
        shutil.copy(first, cert)
        shutil.copy(first_key, key)
        with Broker(binary, "--workers=2", "--tls_cert=" + cert, "--tls_key=" + key) as broker:
            equal(broker.ca, "", "the certificate is not the broker's own")
            broker.ca = first
            equal(peer_name(broker, first), "first", "certificate")
            old = http.client.HTTPSConnection("localhost", broker.port, context=broker.tls(), timeout=20)
            old.request("GET", "/healthz")
            old.getresponse().read()
            shutil.copy(second, cert)
            shutil.copy(second_key, key)
            broker.process.send_signal(signal.SIGHUP)
            wait_for("the reload", lambda: broker.log().count("took the certificate anew") == 2)
            for _ in range(8):
                equal(peer_name(broker, second), "second", "certificate")
            old.request("GET", "/healthz")
            equal(old.getresponse().read(), b"ok\n", "the old connection")
            with open(cert, "w") as f:
                f.write("nonsense")
            errors = broker.log().count("level=error")
            broker.process.send_signal(signal.SIGHUP)
            wait_for("the failure", lambda: broker.log().count("level=error") >= errors + 2)
            equal(peer_name(broker, second), "second", "certificate after a broken one")


def new_log_level(binary):
    with Directory() as d:
        path = os.path.join(d, "paidan.conf")

        def write(level):
            with open(path, "w") as f:
                f.write("workers = 1\nlog_level = %s\n" % level)

        write("warn")
        with Broker(binary, "--config=" + path) as broker:
            check("level=info" not in broker.log(), "no info")
            write("debug")
            broker.process.send_signal(signal.SIGHUP)
            wait_for("lines of info", lambda: "proc=worker0 level=info" in broker.log() or
                     ("level=info" in broker.log() and "took the certificate anew" in broker.log()))
            write("nonsense")
            broker.process.send_signal(signal.SIGHUP)
            wait_for("the complaint", lambda: "the configuration stays as it was" in broker.log())


def json_log(binary):
    """Every line is an object, whoever wrote it and whatever it quotes; calls stand in it with their trace."""
    trace = "11112222333344445555666677779999"
    with Broker(binary, "--workers=2", "--log_format=json", "--log_ok_requests=yes", "--log_level=debug") as broker:
        town = Town(broker)
        town.place(title='say "no" \\ \n 你好')
        connection = http.client.HTTPSConnection("localhost", broker.port, timeout=30, context=broker.tls())
        connection.putrequest("POST", "/paidan.v1.OrderService/GetOrder", skip_accept_encoding=True)
        for name, value in (("content-type", "application/json"), ("content-length", "2"),
                            ("user-agent", 'a "quoted" \\ agent \xff'.encode("latin-1")),
                            ("traceparent", "00-%s-b7ad6b7169203331-01" % trace)):
            connection.putheader(name, value)
        connection.endheaders(b"{}")
        equal(connection.getresponse().status, 401, "no credentials")
        connection.close()
        victim = broker.kill(lambda state: state["workers"][0])
        wait_for("another worker", lambda: broker.read_state()["workers"][0] not in (0, victim))
        broker.stop()
        lines = [json.loads(line) for line in broker.log().splitlines()]
        check(len(lines) > 10, "only %d lines" % len(lines))
        for line in lines:
            check({"time", "level", "group", "msg"} <= line.keys(), line)
        failed = [line for line in lines if line.get("trace", "").startswith("00-" + trace)]
        equal(len(failed), 1, "lines with the trace")
        check("GetOrder" in failed[0]["method"] and failed[0]["group"] == "rpc", failed[0])
        check(not any("你好" in json.dumps(line, ensure_ascii=False) for line in lines), "an order's title is logged")


def systemd(binary):
    """READY, RELOADING, WATCHDOG and STOPPING, as a service manager hears them."""
    with Directory() as d:
        path = os.path.join(d, "notify")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(path)
        notify.settimeout(30)
        heard = []

        def hear(word):
            while not any(word in text for text in heard):
                heard.append(notify.recv(4096).decode())

        os.environ.update(NOTIFY_SOCKET=path, WATCHDOG_USEC="400000")
        try:
            with Broker(binary, "--workers=1") as broker:
                hear("READY=1")
                hear("WATCHDOG=1")
                broker.process.send_signal(signal.SIGHUP)
                hear("RELOADING=1")
                broker.process.send_signal(signal.SIGTERM)
                hear("STOPPING=1")
                equal(broker.process.wait(30), 0, "exit status")
                broker.process = None
        finally:
            for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
                del os.environ[name]
            notify.close()


class Redis:
    """A redis-server outside: TLS, a password, a user of its own."""

    def __init__(self, directory):
        self.directory = directory
        self.cert, key = certificate(directory, "redis", "redis")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        with open(os.path.join(directory, "acl"), "w") as f:
            f.write("user default off\n"
                    "user paidan on >sesame ~pd:* &* +@read +@write +@scripting +@connection +@stream +wait +client|id "
                    "+client|unblock +select +info\n")
        with open(os.path.join(directory, "redis.conf"), "w") as f:
            f.write("port 0\ntls-port %d\nbind 127.0.0.1\ntls-cert-file %s\ntls-key-file %s\ntls-auth-clients no\n"
                    "aclfile %s/acl\ndir %s\nappendonly yes\nappendfsync always\nmaxmemory-policy noeviction\n" % (
                        self.port, self.cert, key, directory, directory))
        self.process = subprocess.Popen(["redis-server", os.path.join(directory, "redis.conf")],
                                        stdout=subprocess.DEVNULL)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def external_redis(binary):
    with Directory() as d:
        redis = Redis(d)
        try:
            with open(os.path.join(d, "password"), "w") as f:
                f.write("sesame\n")
            options = ["--redis=localhost:%d" % redis.port, "--redis_user=paidan", "--redis_tls=yes",
                       "--redis_ca=" + redis.cert, "--redis_password_file=" + os.path.join(d, "password")]
            with Broker(binary, "--workers=2", *options) as broker:
                equal(broker.state["redis_pid"], 0, "no Redis of our own")
                town = Town(broker, members=0)
                order = town.place()
                got = town.as_resident().call("OrderService/GetOrder", {"orderId": order["id"]})["order"]
                equal(got["title"], order["title"], "title")
                redis.stop()
                wait_for("the broker to notice", lambda: ready_status(broker) == 503)
                try:
                    town.place()
                    raise Failed("placed without a store")
                except RpcError as e:
                    equal(e.code, "unavailable", "code")
                check("sesame" not in broker.log(), "the password is not in the log")
        finally:
            redis.stop()


def ready_status(broker):
    connection = http.client.HTTPConnection("127.0.0.1", broker.local_port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    finally:
        connection.close()


def overload(binary):
    """More at once than allowed: some are told to come again, none is lost, health answers."""
    with Broker(binary, "--workers=1", "--max_requests=4") as broker:
        town = Town(broker, members=0)
        outcomes = []

        def some(n):
            client = town.as_resident()
            for i in range(20):
                try:
                    outcomes.append(town.place(client, request_id="r%d-%d" % (n, i))["id"])
                except RpcError as e:
                    outcomes.append(e.reason)
            client.close()

        threads = [threading.Thread(target=some, args=(n,)) for n in range(16)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        equal(len(outcomes), 320, "answers")
        placed = [o for o in outcomes if o != "OVERLOADED"]
        check(all(o.startswith("o") for o in placed), "other errors: %s" % set(placed))
        check(len(placed) > 0, "none was placed")
        equal(len(set(placed)), len(placed), "ids")


CASES = [cannot_start, lost_key, files_are_private, new_certificate, new_log_level, json_log, systemd, external_redis,
         overload]


def main():
    binary = binary_argument()
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    report = Report()
    for case in CASES:
        if part in case.__name__:
            report.run("server/" + case.__name__, case, binary)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
