#!/usr/bin/python3
"""Client certificates at a running paidand: curl, grpcio, paidan and Python's own client, over HTTP/1.1 and HTTP/2.

usage: test_identity.py PAIDAND PAIDAN [PART OF A CASE'S NAME]
"""
import base64
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

import grpc

from broker import Broker, Report, RpcError, Town, binary_argument, check, equal, wait_for

CA_CONFIG = """
[ca]
default_ca = it
[it]
database = %(at)s/index.txt
crlnumber = %(at)s/crlnumber
default_md = sha256
new_certs_dir = %(at)s
serial = %(at)s/serial
policy = any
copy_extensions = copy
unique_subject = no
default_crl_days = 30
[any]
commonName = supplied
"""


def openssl(*arguments):
    run = subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check(run.returncode == 0, "openssl %s: %s" % (arguments[0], run.stderr))


class Authority:
    """An authority and what it signs, all in one directory."""

    def __init__(self, directory, name):
        self.at = os.path.join(directory, name)
        os.mkdir(self.at)
        self.cert, self.key, self.crl = (os.path.join(self.at, f) for f in ("ca.crt", "ca.key", "crl.pem"))
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=" + name, "-keyout", self.key, "-out", self.cert)
        with open(os.path.join(self.at, "index.txt"), "w"):
            pass
        for counter in ("crlnumber", "serial"):
            with open(os.path.join(self.at, counter), "w") as f:
                f.write("01\n")
        self.config = os.path.join(self.at, "ca.cnf")
        with open(self.config, "w") as f:
            f.write(CA_CONFIG % {"at": self.at})
        self.publish()

    def request(self, name, *names):
        key, request, cert = (os.path.join(self.at, name + end) for end in (".key", ".csr", ".crt"))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                "-addext", "subjectAltName=" + ",".join(names), "-keyout", key, "-out", request)
        return key, request, cert

    def sign_for(self, name, start_s, end_s, *names):
        """One that is valid between these moments, in seconds from now."""
        key, request, cert = self.request(name, *names)
        start, end = (time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + s)) for s in (start_s, end_s))
        openssl("ca", "-batch", "-config", self.config, "-cert", self.cert, "-keyfile", self.key, "-notext",
                "-startdate", start, "-enddate", end, "-in", request, "-out", cert)
        return cert, key

    def sign(self, name, *names):
        """The files of a certificate with those names."""
        key, request, cert = self.request(name, *names)
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial", "-days", "1",
                "-copy_extensions", "copy", "-out", cert)
        return cert, key

    def revoke(self, cert):
        openssl("ca", "-config", self.config, "-cert", self.cert, "-keyfile", self.key, "-revoke", cert)

    def publish(self):
        openssl("ca", "-config", self.config, "-cert", self.cert, "-keyfile", self.key, "-gencrl", "-out", self.crl)


class World:
    def __init__(self, broker, paidan, ours, strangers):
        self.broker, self.paidan = broker, paidan
        self.town = Town(broker)
        self.other = Town(broker, "other", members=0)
        self.ours = ours
        self.mini = ours.sign("mini", "URI:paidan://demo/backend/mini")
        self.named = ours.sign("named", "DNS:Mini.Example", "DNS:other.example")
        self.unknown = ours.sign("unknown", "URI:paidan://demo/backend/unknown")
        self.stranger = strangers.sign("stranger", "URI:paidan://demo/backend/mini")
        put = self.town.admin.call
        put("CredentialService/PutClientCert", {"cert": {
            "name": "uri:paidan://demo/backend/mini", "role": "ROLE_BACKEND"}})
        put("CredentialService/PutClientCert", {"cert": {
            "name": "dns:mini.example", "role": "ROLE_OPERATOR", "nodeId": self.town.grids[1]}})

    def cli(self, *options, command=("category", "list"), environment=None, expect=0):
        """What paidan prints, to either output."""
        clean = {n: v for n, v in os.environ.items() if not n.startswith("PAIDAN_")}
        run = subprocess.run(
            [self.paidan, *command, "--server", "https://localhost:%d" % self.broker.port, "--ca", self.broker.ca, *options],
            env={**clean, "LANG": "C.UTF-8", "HOME": self.ours.at, **(environment or {})}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        equal(run.returncode, expect, "paidan %s: %s" % (" ".join(options), run.stdout))
        return run.stdout

    def curl(self, method, body, cert, *options):
        """(HTTP status or 0, reply) of a call with curl."""
        shown = ["--cert", cert[0], "--key", cert[1]] if cert else []
        run = subprocess.run(
            ["curl", "-sS", "--cacert", self.broker.ca, "-w", "\n%{http_code}", "-H", "content-type: application/json",
             "-d", json.dumps(body), *shown, *options,
             "https://localhost:%d/paidan.v1.%s" % (self.broker.port, method)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        text, _, status = run.stdout.rpartition("\n")
        return int(status or 0), json.loads(text) if text.startswith("{") else {}


def reason(reply):
    return (reply.get("details") or [{}])[0].get("debug", {}).get("reason", "")


def both_versions(w):
    for version in ("--http1.1", "--http2"):
        status, reply = w.curl("OrgService/ListCategories", {}, w.mini, version)
        equal((status, len(reply.get("categories", []))), (200, 1), "with a certificate, " + version)
        status, reply = w.curl("OrgService/ListCategories", {}, None, version)
        equal((status, reason(reply)), (401, "UNAUTHENTICATED"), "without one, " + version)


def acts_for_residents(w):
    body = {"categoryId": w.town.category, "title": "买米", "point": w.town.point}
    status, reply = w.curl("OrderService/PlaceOrder", body, w.mini, "-H",
                           "x-paidan-act-as: resident/" + w.town.resident)
    equal((status, reply.get("order", {}).get("beneficiaryId")), (200, w.town.resident), "an order")


def nobody(w):
    """A name that is not registered; an authority that is not ours; a tenant that is another's."""
    status, reply = w.curl("OrgService/ListCategories", {}, w.unknown)
    equal((status, reason(reply)), (401, "UNAUTHENTICATED"), "an unknown name")
    equal(w.curl("OrgService/ListCategories", {}, w.stranger)[0], 0, "a stranger's certificate fails the handshake")
    status, reply = w.curl("OrgService/ListCategories", {}, w.mini, "-H", "x-paidan-tenant: other")
    equal((status, reason(reply)), (401, "UNAUTHENTICATED"), "another tenant")


def host_names(w):
    status, reply = w.curl("OrgService/ListCategories", {}, w.named)
    equal((status, reason(reply)), (401, "UNAUTHENTICATED"), "a host name says no tenant")
    status, reply = w.curl("DeskService/ListBoard", {"nodeId": w.town.grids[1]}, w.named, "-H", "x-paidan-tenant: demo")
    equal(status, 200, "a host name with the tenant: %s" % reply)
    status, reply = w.curl("DeskService/ListBoard", {"nodeId": w.town.grids[0]}, w.named, "-H", "x-paidan-tenant: demo")
    equal((status, reason(reply)), (404, "NOT_FOUND"), "beyond its node")
    status, reply = w.curl("OrgService/ListCategories", {}, w.named, "-H", "x-paidan-tenant: other")
    equal(status, 401, "not registered there")


def key_first(w):
    """A key in the request counts; the certificate beside it says nothing."""
    def with_key(key):
        return w.curl("DeskService/ListBoard", {}, w.mini, "-H", "authorization: Bearer " + key)[0]
    equal(with_key(w.town.operator_key), 200, "an operator's key")
    equal(with_key("pdk_demo_k0000001_" + "0" * 64), 401, "a wrong key")
    equal(w.curl("DeskService/ListBoard", {}, w.mini)[0], 403, "the certificate's own role")


def grpc_client(w):
    def channel(cert):
        ca, chain, key = (open(path, "rb").read() for path in (w.broker.ca, *cert))
        return grpc.secure_channel("localhost:%d" % w.broker.port, grpc.ssl_channel_credentials(ca, key, chain))
    for cert, code in ((w.mini, None), (w.unknown, grpc.StatusCode.UNAUTHENTICATED),
                       (w.stranger, grpc.StatusCode.UNAVAILABLE)):
        with channel(cert) as opened:
            call = opened.unary_unary("/paidan.v1.OrgService/ListCategories", lambda m: m, lambda b: b)
            try:
                check(len(call(b"", timeout=20)) > 0 and code is None, "an answer to %s" % cert[0])
            except grpc.RpcError as e:
                equal(e.code(), code, cert[0])


def listed(w):
    certs = w.town.admin.call("CredentialService/ListClientCerts")["certs"]
    equal([c["name"] for c in certs], ["uri:paidan://demo/backend/mini", "dns:mini.example"], "names")
    check(int(certs[0]["lastUsedMs"]) > 0, "its last use: %s" % certs[0])


def withdrawn(w):
    cert = w.ours.sign("short", "URI:paidan://demo/backend/short")
    name = "uri:paidan://demo/backend/short"
    w.town.admin.call("CredentialService/PutClientCert", {"cert": {"name": name, "role": "ROLE_BACKEND"}})
    equal(w.curl("OrgService/ListCategories", {}, cert)[0], 200, "before")
    w.town.admin.call("CredentialService/RevokeClientCert", {"name": name})
    status, reply = w.curl("OrgService/ListCategories", {}, cert)
    equal((status, reason(reply)), (401, "CREDENTIAL_REVOKED"), "after")


def revoked_by_the_authority(w):
    """A new CRL and SIGHUP: no handshake any more, and no way around it by a resumed session."""
    cert = w.ours.sign("lost", "URI:paidan://demo/backend/lost")
    name = "uri:paidan://demo/backend/lost"
    w.town.admin.call("CredentialService/PutClientCert", {"cert": {"name": name, "role": "ROLE_BACKEND"}})
    context = w.broker.tls()
    context.load_cert_chain(*cert)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # its sessions are there when the handshake is

    def handshake(session=None):
        with socket.create_connection(("localhost", w.broker.port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="localhost", session=session) as tls:
                tls.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                check(tls.recv(100).startswith(b"HTTP/1.1 200"), "an answer")
                return tls.session, tls.session_reused
    session, _ = handshake()
    check(handshake(session)[1], "a session is resumed")
    w.ours.revoke(cert[0])
    w.ours.publish()
    w.broker.process.send_signal(signal.SIGHUP)

    def refused():
        try:
            handshake(session)
        except (ssl.SSLError, ConnectionError):
            return True
        return False
    # Both workers must have heard of it.
    wait_for("the CRL", lambda: all(refused() for _ in range(12)))
    equal(w.curl("OrgService/ListCategories", {}, w.mini)[0], 200, "the others go on")


DAY_S = 86400


def not_now(w):
    """Valid until yesterday, or from tomorrow on: no handshake, whatever the name."""
    uri = "URI:paidan://demo/backend/mini"
    for cert in (w.ours.sign_for("expired", -2 * DAY_S, -DAY_S, uri), w.ours.sign_for("early", DAY_S, 2 * DAY_S, uri)):
        for version in ("--http1.1", "--http2"):
            equal(w.curl("OrgService/ListCategories", {}, cert, version)[0], 0, "%s, %s" % (cert[0], version))
        refused = w.cli("--cert", cert[0], "--cert-key", cert[1], expect=6)
        check("certificate" in refused, refused)
    equal(w.curl("OrgService/ListCategories", {}, w.mini)[0], 200, "the others go on")


def runs_out(w):
    """A connection outlives the certificate that it was opened with; what it may do does not."""
    cert = w.ours.sign_for("soon", -DAY_S, 4, "URI:paidan://demo/backend/mini")
    context = w.broker.tls()
    context.load_cert_chain(*cert)
    connection = http.client.HTTPSConnection("localhost", w.broker.port, context=context, timeout=20)

    def ask():
        connection.request("POST", "/paidan.v1.OrgService/ListCategories", "{}", {"content-type": "application/json"})
        reply = connection.getresponse()
        return reply.status, reason(json.loads(reply.read()))
    equal(ask(), (200, ""), "while it is valid")
    wait_for("its end", lambda: ask() == (401, "CREDENTIAL_EXPIRED"))
    connection.close()


def command_line(w):
    """paidan, and so libpaidan, without any key: by --cert, by the environment, by what login saved."""
    pair = ["--cert", w.mini[0], "--cert-key", w.mini[1]]
    both = os.path.join(w.ours.at, "both.pem")
    with open(both, "w", encoding="ascii") as file:
        for path in w.mini:
            with open(path, encoding="ascii") as part:
                file.write(part.read())
    shown = json.loads(w.cli(*pair, "-o", "json", command=["resident", "show", w.town.resident]))
    equal(shown["resident"]["id"], w.town.resident, "a resident")
    w.cli("--cert", both)
    w.cli(environment={"PAIDAN_CERT": w.mini[0], "PAIDAN_CERT_KEY": w.mini[1]})
    with tempfile.TemporaryDirectory() as home:
        saved = w.cli(*pair, command=["login", "https://localhost:%d" % w.broker.port], environment={"HOME": home})
        check("Logged in" in saved, saved)
        run = subprocess.run([w.paidan, "category", "list"], env={**os.environ, "HOME": home, "LANG": "C.UTF-8"},
                             capture_output=True, text=True, check=False)
        equal(run.returncode, 0, run.stderr)
        fine = subprocess.run([w.paidan, "doctor"], env={**os.environ, "HOME": home, "LANG": "C.UTF-8"},
                              capture_output=True, text=True, check=False)
        check("there is no key" not in fine.stdout, fine.stdout)
    w.cli("--cert", w.unknown[0], "--cert-key", w.unknown[1], expect=4)
    wrong = w.cli("--cert", w.mini[0], "--cert-key", w.named[1], expect=2)
    check("cert-key" in wrong, wrong)
    check("No such file" in w.cli("--cert", "/nonexistent.pem", expect=2), "a file that is not there")
    for _ in range(8):  # the refusal comes before, while or after the call is sent
        refused = w.cli("--cert", w.stranger[0], "--cert-key", w.stranger[1], expect=6)
        check("certificate" in refused or "unknown ca" in refused, refused)


def foreign_tokens(w):
    """A resident's token is nothing in another tenant, and no more than the resident in its own."""
    minted = w.broker.client(w.town.backend_key).call("CredentialService/MintToken", {"residentId": w.town.resident})
    own = w.broker.client(minted["token"])
    check("orders" in own.call("OrderService/ListOrders"), "the resident's own orders")
    try:
        own.call("OrderService/ListOrders", x_paidan_tenant="other")
        check(False, "the other tenant took it")
    except RpcError as e:
        equal((e.status, e.reason), (401, "TOKEN_ISSUER"), "the other tenant")
    try:
        own.call("DeskService/ListBoard")
        check(False, "a resident saw the board")
    except RpcError as e:
        equal((e.status, e.reason), (403, "PERMISSION_DENIED"), "the desk")
    own.close()


def key_set(w):
    """The public keys of minted tokens where verifiers look for them, without any credential."""
    minted = w.broker.client(w.town.backend_key).call("CredentialService/MintToken", {"residentId": w.town.resident})
    head = json.loads(base64.urlsafe_b64decode(minted["token"].split(".")[0] + "=="))

    def get(query, method="GET"):
        run = subprocess.run(["curl", "-sS", "--cacert", w.broker.ca, "-X", method, "-w", "\n%{http_code} %{content_type}",
                              "https://localhost:%d/.well-known/jwks.json%s" % (w.broker.port, query)],
                             stdout=subprocess.PIPE, text=True, check=True)
        text, _, status = run.stdout.rpartition("\n")
        return text, status
    text, status = get("?tenant=demo")
    equal(status, "200 application/json", "a key set")
    keys = json.loads(text)["keys"]
    equal([(k["kid"], k["kty"], k["crv"], k["alg"]) for k in keys], [(head["kid"], "OKP", "Ed25519", "EdDSA")], "its keys")
    for query, method, code in (("", "GET", "404"), ("?tenant=DEMO", "GET", "404"), ("?tenant=nobody", "GET", "401"),
                                ("?tenant=x%22", "GET", "404"), ("?tenant=demo", "POST", "405")):
        equal(get(query, method)[1].split()[0], code, "%s %s" % (method, query))


SHARED = [key_set, command_line, not_now, runs_out, both_versions, acts_for_residents, nobody, host_names, key_first, grpc_client, listed, withdrawn,
          foreign_tokens, revoked_by_the_authority]


def required(binary, ours):
    with Broker(binary, "--workers=1", "--tls_client_ca=" + ours.cert, "--tls_client_required=yes") as broker:
        mini = ours.sign("required", "URI:paidan://demo/backend/mini")
        for cert, status in ((None, "000"), (mini, "200")):
            shown = ["--cert", cert[0], "--key", cert[1]] if cert else []
            run = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", broker.ca, *shown,
                                  "https://localhost:%d/healthz" % broker.port], stdout=subprocess.PIPE, text=True)
            equal(run.stdout, status, "with" if cert else "without")


def main():
    binary = binary_argument()
    paidan = sys.argv[2]
    part = sys.argv[3] if len(sys.argv) > 3 else ""
    report = Report()
    with tempfile.TemporaryDirectory(prefix="paidan-ca-") as directory:
        ours, strangers = Authority(directory, "ours"), Authority(directory, "strangers")
        with Broker(binary, "--workers=2", "--tls_client_ca=" + ours.cert, "--tls_client_crl=" + ours.crl) as broker:
            world = World(broker, paidan, ours, strangers)
            for case in SHARED:
                if part in case.__name__:
                    report.run("identity/" + case.__name__, case, world)
            report.run("identity/clean_end", broker.stop)
        report.run("identity/required", required, binary, ours)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
