"""TLS and reload of the certificate."""
import os
import shutil
import signal
import ssl
import subprocess

from net_case import section
from net_peer import *


@section()
def tls():
    def alpn(s):
        check(connect(s.tls_port, context(["h2", "http/1.1"])).selected_alpn_protocol() == "h2", "h2")
        check(connect(s.tls_port, context(["http/1.1"])).selected_alpn_protocol() == "http/1.1", "http/1.1")
        c = H1(s.tls_port, context())
        check(c.get("/hello").body == b"hello", "without ALPN it is HTTP/1.1")
        try:
            connect(s.tls_port, context(["spdy/3"]))
            raise Failed("a handshake without a common protocol")
        except ssl.SSLError:
            pass

    def versions(s):
        V = ssl.TLSVersion
        for version, name in ((V.TLSv1_2, "TLSv1.2"), (V.TLSv1_3, "TLSv1.3")):
            k = connect(s.tls_port, context(["h2"], version, version))
            check(k.version() == name, "version")
            cipher = k.cipher()[0]
            check("GCM" in cipher or "CHACHA" in cipher, "cipher " + cipher)
        for version in (V.TLSv1, V.TLSv1_1):
            old = context(None, version, version)
            old.set_ciphers("DEFAULT@SECLEVEL=0")
            try:
                connect(s.tls_port, old)
                raise Failed("%s was accepted" % version)
            except (ssl.SSLError, ConnectionError):
                pass

    def weak_ciphers(s):
        weak = context(None, None, ssl.TLSVersion.TLSv1_2)
        weak.set_ciphers("AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
        try:
            connect(s.tls_port, weak)
            raise Failed("a weak cipher was accepted")
        except ssl.SSLError:
            pass

    def h2_over_tls(s):
        c = H2(s.tls_port, context(["h2"]))
        c.alive(1)
        c.ask(3, "/bytes?2000000")
        check(len(c.answer(3)[1]) == 2000000, "download")
        c.ask(5, "/headers")
        body = c.answer(5)[1]
        check(b"tls=1" in body and b"loopback=0" in body, "request")

    def one_record(s):
        counted = CountedTls(context(["h2"]))
        c = H2(s.tls_port, counted)
        c.alive(1)
        before = counted.records
        c.send(frame(HEADERS, END_HEADERS, 3, request("/stream", b"POST")) + frame(DATA, END_STREAM, 3, b"hello"))
        for kind in (HEADERS, DATA, HEADERS):
            c.wait(kind, 3)
        check(counted.records - before == 1, "%d records for head, data and trailers" % (counted.records - before))

    def idle_memory(s):
        """OpenSSL's buffers, some 34 KB, are no idle connection's."""
        resident = lambda: int(open("/proc/%d/statm" % s.process.pid).read().split()[1]) * os.sysconf("SC_PAGESIZE")

        def idle(n):
            held = [H2(s.tls_port, context(["h2"])) for _ in range(n)]
            for c in held:
                c.alive(1)
            return held

        idle(20)
        before, n = resident(), 150
        held = idle(n)
        each = (resident() - before) // n
        check(each <= 34 * 1024 or s.is_sanitized(), "%d bytes for each of %d idle connections" % (each, len(held)))

    def h1_over_tls(s):
        c = H1(s.tls_port, context(["http/1.1"]))
        data = os.urandom(2000000)
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2000000\r\n\r\n" + data)
        check(c.answer().body == data, "echo")
        c.send(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5, 5\r\n\r\nhello")
        check(c.answer().status == 400, "400 arrives")
        c.closed()

    def preface_on_h1(s):
        c = H1(s.tls_port, context(["http/1.1"]))
        c.send(PREFACE + frame(SETTINGS))
        check(c.answer().status == 400, "status")
        c.closed()

    def resumption(s):
        before = s.stats()["handshakes_resumed"]
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            c = context(["http/1.1"], version, version)
            first = connect(s.tls_port, c)
            first.sendall(b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")
            first.recv(1000)
            second = connect(s.tls_port, c, session=first.session)
            check(second.session_reused, "not resumed with %s" % version)
        check(s.stats()["handshakes_resumed"] == before + 2, "not counted")

    def plain_on_tls(s):
        before = s.stats()["handshakes_failed"]
        k = connect(s.tls_port)
        k.sendall(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        said = b""
        while piece := k.recv(1000):
            said += piece
        head, body = said.split(b"\r\n\r\n")
        check(head.startswith(b"HTTP/1.1 400 ") and b"content-length: %d" % len(body) in head, "answer %r" % said)
        check(b"https" in body, "body %r" % body)
        check(s.stats()["handshakes_failed"] == before + 1, "not counted")

    def cut_handshakes(s):
        for n in (1, 5, 6, 50, 100, 200):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            o = context(["h2"]).wrap_bio(incoming, outgoing)
            try:
                o.do_handshake()
            except ssl.SSLWantReadError:
                pass
            k = connect(s.tls_port)
            k.sendall(outgoing.read()[:n])
            k.close()
        until("closed", lambda: s.stats()["connections_now"] == 1)

    def renegotiation(s):
        out = subprocess.run(["openssl", "s_client", "-tls1_2", "-connect", "127.0.0.1:%d" % s.tls_port], input=b"R\n",
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT_S).stdout
        check(b"no renegotiation" in out.lower(), "answer to renegotiation: %r" % out[-200:])

    yield "tls: ALPN", alpn
    yield "tls: 1.2 and 1.3 only", versions
    yield "tls: no weak ciphers", weak_ciphers
    yield "tls: h2", h2_over_tls
    yield "tls: head, data and trailers in one record", one_record
    yield "tls: what is idle holds no buffers", idle_memory
    yield "tls: h1", h1_over_tls
    yield "tls: preface where h1 was agreed on", preface_on_h1
    yield "tls: resumption by tickets", resumption
    yield "tls: plain HTTP on the TLS port", plain_on_tls
    yield "tls: handshakes cut short", cut_handshakes
    yield "tls: no renegotiation", renegotiation


@section(private=True)
def reload():
    def certificate(s):
        h2c, h1c = H2(s.tls_port, context(["h2"])), H1(s.tls_port, context(["http/1.1"]))
        old = h2c.sock.getpeercert(True)
        h2c.alive(1)
        check(h1c.get("/hello").body == b"hello", "before")
        h2c.ask(3, "/slow?300")
        make_certificate(s.directory, "other")
        s.signal(signal.SIGHUP, "reloaded")
        check(connect(s.tls_port, context(["h2"])).getpeercert(True) != old, "the old certificate is served")
        check(h2c.answer(3) == (200, b"slow"), "a request under way")
        h2c.alive(5)
        check(h1c.get("/hello").body == b"hello", "after")

    def bad_certificate(s):
        old = connect(s.tls_port, context()).getpeercert(True)
        good = s.directory + "/cert.pem"
        shutil.copy(good, good + ".kept")
        with open(good, "w") as f:
            f.write("not a certificate")
        s.process.send_signal(signal.SIGHUP)
        until("refused", lambda: "can't be used" in s.logged())
        check(connect(s.tls_port, context()).getpeercert(True) == old, "another certificate")
        os.rename(good + ".kept", good)
        s.signal(signal.SIGHUP, "reloaded")

    def resumes_after(s):
        c = context(["http/1.1"], None, ssl.TLSVersion.TLSv1_2)
        first = connect(s.tls_port, c)
        s.signal(signal.SIGHUP, "reloaded")
        check(connect(s.tls_port, c, session=first.session).session_reused, "not resumed")

    yield "reload: new certificate, old connections live", certificate
    yield "reload: a bad certificate changes nothing", bad_certificate
    yield "reload: sessions resume", resumes_after
