#!/usr/bin/python3
"""Client certificates at a running paidand: curl, grpcio and Python's own client, over HTTP/1.1 and HTTP/2.

usage: test_identity.py PAIDAND [PART OF A CASE'S NAME]
"""
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile

import grpc

from broker import Broker, Report, RpcError, Town, binary_argument, check, equal, wait_for

CA_CONFIG = """
[ca]
default_ca = it
[it]
database = %(at)s/index.txt
crlnumber = %(at)s/crlnumber
default_md = sha256
default_crl_days = 30
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
        with open(os.path.join(self.at, "crlnumber"), "w") as f:
            f.write("01\n")
        self.config = os.path.join(self.at, "ca.cnf")
        with open(self.config, "w") as f:
            f.write(CA_CONFIG % {"at": self.at})
        self.publish()

    def sign(self, name, *names):
        """The files of a certificate with those names."""
        key, request, cert = (os.path.join(self.at, name + end) for end in (".key", ".csr", ".crt"))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                "-addext", "subjectAltName=" + ",".join(names), "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial", "-days", "1",
                "-copy_extensions", "copy", "-out", cert)
        return cert, key

    def revoke(self, cert):
        openssl("ca", "-config", self.config, "-cert", self.cert, "-keyfile", self.key, "-revoke", cert)

    def publish(self):
        openssl("ca", "-config", self.config, "-cert", self.cert, "-keyfile", self.key, "-gencrl", "-out", self.crl)


class World:
    def __init__(self, broker, ours, strangers):
        self.broker = broker
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


SHARED = [both_versions, acts_for_residents, nobody, host_names, key_first, grpc_client, listed, withdrawn,
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
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    report = Report()
    with tempfile.TemporaryDirectory(prefix="paidan-ca-") as directory:
        ours, strangers = Authority(directory, "ours"), Authority(directory, "strangers")
        with Broker(binary, "--workers=2", "--tls_client_ca=" + ours.cert, "--tls_client_crl=" + ours.crl) as broker:
            world = World(broker, ours, strangers)
            for case in SHARED:
                if part in case.__name__:
                    report.run("identity/" + case.__name__, case, world)
            report.run("identity/clean_end", broker.stop)
        report.run("identity/required", required, binary, ours)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
