"""End-to-end tests of server/net through net_echo: usage test_net.py PATH/TO/net_echo [PART-OF-A-NAME].

One line per case, "ok NAME" or "FAIL NAME: why", and a last line "N passed, N failed".
"""
import os
import subprocess
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from net_case import run_all, section
from net_peer import *
import net_case_h1
import net_case_h2
import net_case_abuse
import net_case_tls
import net_case_limits

warnings.simplefilter("ignore", DeprecationWarning)  # old TLS versions are asked for on purpose


@section()
def clients():
    def run(*args, **more):
        done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, **more)
        check(done.returncode == 0, "%s ended with %d: %r" % (args[0], done.returncode, done.stderr[-300:]))
        return done.stdout

    def curl(*options, tls=True, port=None):
        def case(s):
            base = "https://127.0.0.1:%d" % s.tls_port if tls else "http://127.0.0.1:%d" % s.port
            args = ["curl", "-sSk", "--max-time", "30", *options]
            check(run(*args, base + "/hello") == b"hello", "hello")
            path = s.directory + "/upload"
            with open(path, "wb") as f:
                f.write(os.urandom(1500000))
            data = open(path, "rb").read()
            check(run(*args, "--data-binary", "@" + path, base + "/echo") == data, "echo")
            check(run(*args, "-T", path, base + "/stream") == data, "stream")
            check(run(*args, "-T", "-", base + "/echo", input=data) == data, "unknown length")
            if "--http2-prior-knowledge" in options:
                return  # curl 7.88 fails on its second request there, with any server
            out = run(*args, "-w", "%{http_version} %{num_connects} ", base + "/hello", base + "/hello")
            check(out.count(b"hello") == 2 and out.endswith(b" 0 "), "connection is used again: %r" % out)

        return case

    def nghttp(s):
        out = run("nghttp", "-v", "https://127.0.0.1:%d/stream" % s.tls_port, "-d", s.directory + "/cert.pem")
        check(b"x-status: 0" in out and b"; END_STREAM" in out, "trailers")
        check(b"[INVALID" not in out, "invalid frames")

    def h2load(s):
        out = run("h2load", "-n", "20000", "-c", "10", "-m", "50", "https://127.0.0.1:%d/hello" % s.tls_port)
        check(b"20000 succeeded, 0 failed" in out, out.decode()[-300:])
        out = run("h2load", "--h1", "-n", "5000", "-c", "10", "https://127.0.0.1:%d/hello" % s.tls_port)
        check(b"5000 succeeded, 0 failed" in out, "h1")
        out = run("h2load", "-n", "2000", "-c", "4", "-m", "20", "-d", s.directory + "/cert.pem",
                  "http://127.0.0.1:%d/stream" % s.port)
        check(b"2000 succeeded, 0 failed" in out, "h2c")

    yield "clients: curl h2", curl("--http2")
    yield "clients: curl h1", curl("--http1.1")
    yield "clients: curl TLS 1.2", curl("--http2", "--tls-max", "1.2")
    yield "clients: curl h2c by prior knowledge", curl("--http2-prior-knowledge", tls=False)
    yield "clients: curl h1 in the clear", curl("--http1.1", tls=False)
    yield "clients: nghttp", nghttp
    yield "clients: h2load", h2load


@section(private=True, own=True)
def start():
    def refuses(binary, directory):
        code = subprocess.run([binary, "--cert", "/nonexistent", "--key", "/nonexistent"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
        check(code.returncode == 1 and b"can't be used" in code.stderr, "start without a certificate")
        other = directory + "/other"
        os.mkdir(other)
        make_certificate(other)
        code = subprocess.run([binary, "--cert", directory + "/cert.pem", "--key", other + "/key.pem"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        check(code.returncode == 1, "start with a key of another certificate")

    yield "start: without a usable certificate", refuses


def main():
    report = run_all(os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
    print("%d passed, %d failed" % (report.passed, report.failed))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
