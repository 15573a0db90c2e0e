"""Peers for test_net.py: the server under test, raw HTTP/1.1 and raw HTTP/2 clients.

Only the standard library is used, so that every byte on the wire is the test's own choice.
"""
import os
import resource
import signal
import socket
import ssl
import struct
import subprocess
import time

TIMEOUT_S = 20

DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONT = range(10)
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ENHANCE_YOUR_CALM = 11
# What writing to a connection raises that the server has closed, with or without TLS' goodbye.
CLOSED = (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class Failed(Exception):
    pass


def check(condition, why):
    if not condition:
        raise Failed(why)


def until(what, condition):
    """Waits for a condition of the server that no message announces."""
    end = time.monotonic() + TIMEOUT_S
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.01)
    raise Failed("never came true: " + what)


class Server:
    """One net_echo process. It ends with an error when an exchange was begun and not ended."""

    def __init__(self, binary, directory, files=None, **limits):
        self.directory = directory
        self.forgiving = False  # a failed case may have left connections open
        args = [binary, "--cert", directory + "/cert.pem", "--key", directory + "/key.pem"]
        for name, value in limits.items():
            args += ["--limit", "%s=%d" % (name, value)]
        limit = None
        if files:
            limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        self.log = open(directory + "/log", "w+")
        self.process = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=self.log, text=True, preexec_fn=limit)
        line = self.line()
        if not line.startswith("ready "):
            raise Failed("server did not start: " + self.logged())
        ports = dict(word.split("=") for word in line.split()[1:])
        self.tls_port, self.port = int(ports["tls"]), int(ports["clear"])

    def line(self):
        return self.process.stdout.readline().strip()

    def logged(self):
        self.log.seek(0)
        return self.log.read()[-3000:]

    def is_sanitized(self):
        with open("/proc/%d/maps" % self.process.pid, encoding="utf-8") as f:
            return "libasan" in f.read()

    def signal(self, number, answer):
        self.process.send_signal(number)
        line = self.line()
        check(line == answer, "expected %r, got %r" % (answer, line))

    def drain(self):
        self.signal(signal.SIGTERM, "draining")

    def ended(self):
        code = self.process.wait(TIMEOUT_S)
        check(code == 0, "server ended with %d: %s" % (code, self.logged()))

    def stats(self):
        answer = H1(self.port).get("/stats", close=True)
        return dict((name, int(value)) for name, value in (l.split() for l in answer.body.decode().splitlines()))

    def __enter__(self):
        return self

    def finish(self):
        """Drains, unless the case has done so, and looks at how the process ended."""
        if self.forgiving:
            return
        if self.process.poll() is None and "msg=draining" not in self.logged():
            self.drain()
        self.ended()

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()


def context(alpn=None, low=None, high=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    if alpn:
        c.set_alpn_protocols(alpn)
    if low:
        c.minimum_version = low
    if high:
        c.maximum_version = high
    return c


def connect(port, tls=None, session=None):
    s = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return tls.wrap_socket(s, session=session) if tls else s


class CountedTls:
    """A context for connect(): TLS whose records are counted as they come."""

    def __init__(self, tls):
        self.tls, self.records, self.raw = tls, 0, b""

    def wrap_socket(self, sock, session=None):
        self.sock, self.coming, self.going = sock, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.end = self.tls.wrap_bio(self.coming, self.going, session=session)
        self.pump(self.end.do_handshake)
        return self

    def pump(self, step, *args):
        while True:
            try:
                result = step(*args)
                self.sock.sendall(self.going.read())
                return result
            except ssl.SSLWantReadError:
                self.sock.sendall(self.going.read())
                data = self.sock.recv(65536)
                self.count(data)
                self.coming.write(data) if data else self.coming.write_eof()

    def count(self, data):
        self.raw += data
        while len(self.raw) >= 5 and len(self.raw) >= 5 + int.from_bytes(self.raw[3:5], "big"):
            self.raw = self.raw[5 + int.from_bytes(self.raw[3:5], "big"):]
            self.records += 1

    def sendall(self, data):
        self.pump(self.end.write, data)

    def recv(self, size):
        return self.pump(self.end.read, size)

    def close(self):
        self.sock.close()


class Answer:
    def __init__(self, status, headers, body, trailers):
        self.status, self.headers, self.body, self.trailers = status, headers, body, trailers


class H1:
    """An HTTP/1.1 connection that reads answers strictly."""

    def __init__(self, port, tls=None):
        self.sock = connect(port, tls)
        self.kept = b""

    def send(self, data):
        try:
            self.sock.sendall(data)
        except CLOSED:
            pass  # what the server answered before it closed can still be read

    def more(self):
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            raise Failed("connection was reset, not closed")
        except socket.timeout:
            raise Failed("no answer; so far %r" % self.kept[:200])
        self.kept += data
        return len(data) > 0

    def line(self):
        while b"\r\n" not in self.kept:
            check(self.more(), "closed inside a line, after %r" % self.kept[:200])
        line, self.kept = self.kept.split(b"\r\n", 1)
        return line.decode("latin-1")

    def exactly(self, n):
        while len(self.kept) < n:
            check(self.more(), "closed inside a body")
        data, self.kept = self.kept[:n], self.kept[n:]
        return data

    def fields(self):
        fields = {}
        while True:
            line = self.line()
            if line == "":
                return fields
            name, value = line.split(":", 1)
            check(name == name.lower() and name not in fields, "header name " + name)
            fields[name] = value.strip()

    def answer(self, head=False):
        version, status = self.line().split(" ")[:2]
        check(version == "HTTP/1.1", "version " + version)
        headers, trailers, body = self.fields(), {}, b""
        status = int(status)
        if head or status in (100, 204, 304):
            pass
        elif headers.get("transfer-encoding") == "chunked":
            check("content-length" not in headers, "two framings")
            while True:
                size = int(self.line(), 16)
                if size == 0:
                    break
                body += self.exactly(size)
                check(self.exactly(2) == b"\r\n", "end of chunk")
            trailers = self.fields()
        elif "content-length" in headers:
            body = self.exactly(int(headers["content-length"]))
        else:
            while self.more():
                pass
            body, self.kept = self.kept, b""
        return Answer(status, headers, body, trailers)

    def get(self, path, close=False, extra=""):
        end = "Connection: close\r\n" if close else ""
        self.send(("GET %s HTTP/1.1\r\nHost: test\r\n%s%s\r\n" % (path, end, extra)).encode())
        return self.answer()

    def closed(self):
        """The connection ends here, without a byte more."""
        while self.more():
            check(self.kept == b"", "more came: %r" % self.kept[:200])
        self.sock.close()


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    length = len(payload) if length is None else length
    return struct.pack(">I", length)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    """A header without indexing and without Huffman."""
    return b"\x00" + integer(len(name), 7) + name + integer(len(value), 7) + value


def integer(n, bits):
    top = (1 << bits) - 1
    if n < top:
        return bytes([n])
    out, n = [top], n - top
    while n >= 128:
        out.append(n % 128 + 128)
        n //= 128
    return bytes(out + [n])


def request(path="/hello", method=b"GET", extra=b""):
    return literal(b":method", method) + b"\x86" + literal(b":path", path.encode()) + literal(b":authority", b"test") + extra


def status_of(block):
    """:status, always first in our answers; digits are never shorter in Huffman."""
    at = 0
    while block[at] & 0xE0 == 0x20:  # a new table size
        at += 1
    first = block[at]
    if first & 0x80:
        return {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}.get(first & 0x7F, -1)
    check(block[at + 1] == 3, "literal status")
    return int(block[at + 2 : at + 5])


class H2:
    """An HTTP/2 connection on which the test writes frames as it likes."""

    def __init__(self, port, tls=None, settings=b"", hello=True):
        self.sock = connect(port, tls)
        self.kept = b""
        self.seen = []
        if hello:
            # without a dynamic table every answer spells its status out
            self.send(PREFACE + frame(SETTINGS, payload=struct.pack(">HI", 1, 0) + settings))

    def send(self, data):
        try:
            self.sock.sendall(data)
        except CLOSED:
            pass

    def frame(self):
        """The next frame, or None at the end."""
        while len(self.kept) < 9 or len(self.kept) < 9 + int.from_bytes(self.kept[:3], "big"):
            try:
                data = self.sock.recv(262144)
            except ConnectionResetError:
                raise Failed("connection was reset, not closed; frames %r" % self.brief())
            except socket.timeout:
                raise Failed("nothing comes; frames %r" % self.brief())
            if not data:
                check(self.kept == b"", "closed inside a frame")
                return None
            self.kept += data
        length = int.from_bytes(self.kept[:3], "big")
        kind, flags = self.kept[3], self.kept[4]
        stream = int.from_bytes(self.kept[5:9], "big")
        f = (kind, flags, stream, self.kept[9 : 9 + length])
        self.kept = self.kept[9 + length :]
        if kind == SETTINGS and not flags & ACK:
            self.send(frame(SETTINGS, ACK))
        self.seen.append(f)
        return f

    def brief(self):
        return [(f[0], f[1], f[2], f[3][:16]) for f in self.seen[-8:]]

    def wait(self, kind, stream=None, flags=0):
        while True:
            f = self.frame()
            check(f is not None, "closed while waiting for frame %d; frames %r" % (kind, self.brief()))
            if f[0] == kind and (stream is None or f[2] == stream) and f[1] & flags == flags:
                return f

    def goaway(self, code, last=None):
        """The connection ends with this GOAWAY; its debug data."""
        f = self.wait(GOAWAY)
        got = int.from_bytes(f[3][4:8], "big")
        check(got == code, "GOAWAY code %d" % got)
        while self.frame() is not None:
            pass
        self.sock.close()
        return f[3][8:]

    def answer(self, stream, data=True):
        """Status and body of a stream, acknowledging what comes."""
        status, body, ended = None, b"", False
        while not ended:
            f = self.frame()
            check(f is not None, "closed while waiting for an answer; frames %r" % self.brief())
            if f[2] != stream:
                continue
            if f[0] == RST:
                raise Failed("stream was reset with %d" % int.from_bytes(f[3], "big"))
            if f[0] == HEADERS and status is None:
                status = status_of(f[3])
            if f[0] == DATA and f[3]:
                body += f[3]
                self.send(frame(WINDOW, 0, 0, struct.pack(">I", len(f[3]))))
                self.send(frame(WINDOW, 0, stream, struct.pack(">I", len(f[3]))))
            ended = f[0] in (HEADERS, DATA) and f[1] & END_STREAM
        return status, body

    def ask(self, stream, path="/hello", body=None, method=b"GET", extra=b""):
        flags = END_HEADERS | (END_STREAM if body is None else 0)
        self.send(frame(HEADERS, flags, stream, request(path, method, extra)))
        if body is not None:
            self.send(frame(DATA, END_STREAM, stream, body))

    def alive(self, stream):
        """The connection still answers."""
        self.ask(stream)
        check(self.answer(stream) == (200, b"hello"), "answer")


def make_certificate(directory, name="localhost"):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=" + name, "-keyout", directory + "/key.new", "-out", directory + "/cert.new"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.rename(directory + "/key.new", directory + "/key.pem")
    os.rename(directory + "/cert.new", directory + "/cert.pem")
