"""What a rule of a protocol document is in our tables, and how it is judged.

A Rule names the document's section, says the rule, and has an ask with what must come back (`want`), or a function of
the world for what one request can't show. It may be asked several ways (`ways`: HTTP version and TLS); it passes when
all of them do.

What can be wanted:
    http, grpc          the HTTP status; the name of the gRPC status
    code, says, reason  of an error, in whichever protocol: Connect's code, a part of the message, our reason
    head, trailer       {name: text, None (absent), True (present) or a function of the value}
    only                gRPC's Trailers-Only: one block of headers that ends the stream
    messages            [payload or function of it] of a framed answer
    body, json          of a Connect unary answer
    end                 a function of Connect's EndStreamResponse
    reset               the code of RST_STREAM behind the answer
    check               a function of world and answer, for the rest
"""
import base64
import json

from net_peer import Failed, check
from protocol_peer import CODES, Ask, ask, known

# gRPC's names in Connect's spelling.
CONNECT_CODES = {name: name.lower() for name in CODES}
CONNECT_CODES["CANCELLED"] = "canceled"
H2C, H2, H1C, H1 = ("h2", False), ("h2", True), ("h1", False), ("h1", True)
BOTH = (H2C, H1C)


class Rule:
    def __init__(self, section, text, what, ways=(H2C,), **want):
        self.section, self.text, self.what, self.ways, self.want = section, text, what, ways, want

    def run(self, world):
        if not isinstance(self.what, Ask):
            self.what(world)
            return
        for http, tls in self.ways:
            said = ask(world, self.what.over(http, tls))
            try:
                judge(world, said, self.want)
            except Failed as e:
                raise Failed("%s%s: %s; %s" % (http, " over TLS" if tls else "", e, said.brief()))


def same(got, want, what):
    check(got == want, "%s: got %r, want %r" % (what, got, want))


def fields(got, want, what):
    for name, value in want.items():
        if value is None:
            check(name not in got, "%s %s is there: %r" % (what, name, got.get(name)))
        elif value is True:
            check(got.get(name), "%s %s is missing" % (what, name))
        elif callable(value):
            check(name in got and value(got[name]), "%s %s: %r" % (what, name, got.get(name)))
        else:
            same(got.get(name), value, "%s %s" % (what, name))


def error_of(said):
    """Connect's error object: of a stream's last frame, or of a unary answer."""
    if said.head.get("content-type", "").startswith("application/connect+"):
        error = said.end().get("error")
        check(error, "the stream ended well")
        return error
    check(said.status != 200, "no error")
    return json.loads(said.plain())


def judge_error(said, want):
    grpc = said.head.get("content-type", "").startswith("application/grpc")
    error = {} if grpc else error_of(said)
    if "code" in want:
        code = CONNECT_CODES[said.grpc_code()] if grpc else error["code"]
        same(code, want["code"], "code")
    message = said.grpc_message() if grpc else error["message"]
    check(want.get("says", "") in message, "message: %r" % message)
    if "reason" in want:
        if grpc:
            details = said.outcome()["grpc-status-details-bin"]
            raw = base64.b64decode(details + "=" * (-len(details) % 4))
        else:
            raw = json.dumps(error["details"]).encode()
        check(want["reason"].encode() in raw, "reason: %r" % raw)


def judge_messages(world, said, want):
    got, wanted = said.messages(), want["messages"]
    same(len(got), len(wanted), "messages")
    for one, wish in zip(got, wanted):
        check(wish(one) if callable(wish) else one == wish, "message %r" % one)


def judge(world, said, want):
    if "http" in want:
        same(said.status, want["http"], "HTTP status")
    if "grpc" in want:
        same(said.status, 200, "HTTP status")
        same(said.grpc_code(), want["grpc"], "grpc-status")
    fields(said.head, want.get("head", {}), "header")
    fields(said.trailers, want.get("trailer", {}), "trailer")
    if want.get("only"):
        check(said.blocks == 1 and said.bytes == b"" and said.ended_on == 1, "not Trailers-Only")
        check("grpc-status" in said.head and "content-type" in said.head, "Trailers-Only lacks a header")
        check("content-length" not in said.head, "Trailers-Only has a length")
    if {"code", "says", "reason"} & want.keys():
        judge_error(said, want)
    if "messages" in want:
        judge_messages(world, said, want)
    if "body" in want:
        same(said.plain(), known(want["body"], world), "body")
    if "json" in want:
        got = json.loads(said.plain())
        for name, value in known(want["json"], world).items():
            same(got.get(name), value, name)
    if "end" in want:
        check(want["end"](said.end()), "the end: %r" % said.end())
    if "reset" in want:
        same(said.reset, want["reset"], "RST_STREAM")
    if "check" in want:
        want["check"](world, said)
