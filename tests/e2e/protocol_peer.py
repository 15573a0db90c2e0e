"""The client of test_protocol.py: requests byte by byte, over HTTP/2 frames or HTTP/1.1, and what came back.

Nouns: an Ask is one request as it goes onto the wire; what came back is a Said: headers, bytes, trailers, and how
the stream ended. Texts and bytes of an Ask may be functions of the world (ids and keys are known only at run time).
"""
import gzip
import json
import struct
import urllib.parse

import hpack

from net_peer import (ACK, CONT, DATA, END_HEADERS, END_STREAM, GOAWAY, H1, H2, HEADERS, PING, RST, SETTINGS, WINDOW,
                      Failed, check, context, frame, literal)

PADDED = 8
CANCEL = 8
CODES = ["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
         "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
         "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"]
WINDOW_BYTES = 0x7FFFFFFF


class Ask:
    """data: what goes into DATA frames (a list of their payloads, None: END_STREAM stands on the headers), or into
    the body of HTTP/1.1. end False: the request stays open. padded: as HTTP/2's padding. stop: after so many
    messages the client has seen enough and leaves."""

    def __init__(self, path, headers, data, method="POST", http="h2", tls=False, end=True, padded=0, stop=None,
                 authority="localhost", scheme=None):
        self.path, self.headers, self.data, self.method, self.http, self.tls = path, headers, data, method, http, tls
        self.end, self.padded, self.stop, self.authority, self.scheme = end, padded, stop, authority, scheme

    def over(self, http, tls):
        again = Ask(**self.__dict__)
        again.http, again.tls = http, tls
        return again


def known(value, world):
    return value(world) if callable(value) else value


class Said:
    def __init__(self):
        self.status = None
        self.head, self.trailers = {}, {}
        self.blocks = 0  # of headers
        self.bytes = b""
        self.reset = None  # the code of RST_STREAM
        self.ended = False
        self.ended_on = None  # the frame that carried END_STREAM

    # --- framed messages ---

    def frames(self):
        """(flags, payload) of every message; what is not whole is an error."""
        rest, found = self.bytes, []
        while rest:
            check(len(rest) >= 5, "half a frame at the end: %r" % rest)
            flags, size = struct.unpack(">BI", rest[:5])
            check(len(rest) >= 5 + size, "half a message at the end: %r" % rest[:40])
            found.append((flags, rest[5:5 + size]))
            rest = rest[5 + size:]
        return found

    def whole_frames(self):
        """How many have arrived so far."""
        rest, n = self.bytes, 0
        while len(rest) >= 5 and len(rest) >= 5 + struct.unpack(">I", rest[1:5])[0]:
            rest = rest[5 + struct.unpack(">I", rest[1:5])[0]:]
            n += 1
        return n

    def messages(self):
        """The payloads of the messages, plain. Connect's last frame is none."""
        return [gzip.decompress(p) if flags & 1 else p for flags, p in self.frames() if not flags & 2]

    def end(self):
        """Connect's EndStreamResponse."""
        frames = self.frames()
        check(frames and frames[-1][0] & 2, "the last frame does not end the stream: %r" % self.bytes[-60:])
        check(not any(flags & 2 for flags, _ in frames[:-1]), "an end before the end")
        flags, payload = frames[-1]
        return json.loads(gzip.decompress(payload) if flags & 1 else payload)

    # --- outcomes ---

    def plain(self):
        """The body of a Connect unary response, out of its encoding."""
        return gzip.decompress(self.bytes) if self.head.get("content-encoding") == "gzip" else self.bytes

    def outcome(self):
        return self.trailers if "grpc-status" in self.trailers else self.head

    def grpc_code(self):
        text = self.outcome().get("grpc-status")
        check(text is not None, "no grpc-status; %s" % self.brief())
        return CODES[int(text)]

    def grpc_message(self):
        return urllib.parse.unquote(self.outcome().get("grpc-message", ""))

    def brief(self):
        return "status %s, headers %s, trailers %s, reset %s, body %r" % (
            self.status, self.head, self.trailers, self.reset, self.bytes[:200])


class Line2:
    """An HTTP/2 connection that understands header blocks."""

    def __init__(self, port, tls=None):
        self.h2 = H2(port, tls, settings=struct.pack(">HI", 4, WINDOW_BYTES))
        self.h2.send(frame(WINDOW, 0, 0, struct.pack(">I", WINDOW_BYTES - 65535)))
        self.decoder = hpack.Decoder()
        self.next = 1
        self.said = {}
        self.first_window = 65535
        self.windows = {0: 65535}  # what may still be sent, of the connection (0) and of each stream

    def close(self):
        self.h2.sock.close()

    def start(self, ask, world):
        """Sends the request; its stream's number."""
        stream, self.next = self.next, self.next + 2
        block = literal(b":method", ask.method.encode()) + literal(b":scheme", (ask.scheme or "https").encode())
        block += literal(b":path", known(ask.path, world).encode())
        if ask.authority is not None:
            block += literal(b":authority", ask.authority.encode())
        for name, value in known(ask.headers, world):
            value = known(value, world)
            block += literal(name.encode(), value if isinstance(value, bytes) else value.encode())
        data = known(ask.data, world)
        self.said[stream] = Said()
        self.windows[stream] = self.first_window
        self.head(stream, block, END_STREAM if data is None and ask.end else 0)
        for i, piece in enumerate(data or []):
            last = ask.end and i == len(data) - 1
            self.data(stream, piece, END_STREAM if last else 0, ask.padded)
        return stream

    def head(self, stream, block, flags):
        self.h2.send(frame(HEADERS, flags | (END_HEADERS if len(block) <= 16384 else 0), stream, block[:16384]))
        for at in range(16384, len(block), 16384):
            self.h2.send(frame(CONT, END_HEADERS if at + 16384 >= len(block) else 0, stream, block[at:at + 16384]))

    def data(self, stream, piece, flags=0, padded=0):
        if padded:
            piece, flags = bytes([padded]) + piece + bytes(padded), flags | PADDED
        for at in range(0, max(len(piece), 1), 16384):
            part = piece[at:at + 16384]
            while min(self.windows[0], self.windows[stream]) < len(part):
                if self.said[stream].ended or self.step() is None:
                    return  # answered already: nobody wants the rest
            self.windows[0] -= len(part)
            self.windows[stream] -= len(part)
            self.h2.send(frame(DATA, flags if at + 16384 >= len(piece) else 0, stream, part))

    def step(self):
        """Takes one frame in; None at the connection's end."""
        f = self.h2.frame()
        if f is None:
            return None
        kind, flags, stream, payload = f
        said = self.said.get(stream)
        if kind == HEADERS:
            fields = [(n.decode() if isinstance(n, bytes) else n, v.decode() if isinstance(v, bytes) else v)
                      for n, v in self.decoder.decode(payload)]
            check(flags & END_HEADERS, "a header block in several frames")
            self.fields(said, fields)
        elif kind == DATA and said is not None:
            said.bytes += payload
        elif kind == WINDOW:
            self.windows[stream] = self.windows.get(stream, 0) + struct.unpack(">I", payload)[0]
        elif kind == SETTINGS:
            self.settings(payload)
        elif kind == RST and said is not None:
            said.reset = struct.unpack(">I", payload)[0]
            said.ended = True
        if said is not None and kind in (HEADERS, DATA) and flags & END_STREAM:
            said.ended, said.ended_on = True, kind
        return f

    def settings(self, payload):
        for at in range(0, len(payload), 6):
            name, value = struct.unpack(">HI", payload[at:at + 6])
            if name == 4:  # INITIAL_WINDOW_SIZE, of the streams there are too
                for stream in self.windows:
                    self.windows[stream] += (value - self.first_window) * (stream != 0)
                self.first_window = value

    @staticmethod
    def fields(said, fields):
        if said is None:
            return
        said.blocks += 1
        names = [n for n, _ in fields]
        check(all(n == n.lower() for n in names), "names in lower case: %r" % names)
        if said.blocks == 1:
            check(names[0] == ":status", ":status comes first: %r" % names)
            said.status = int(fields[0][1])
            said.head = {n: v for n, v in fields[1:]}
        else:
            said.trailers = dict(fields)

    def finish(self, stream, stop=None):
        said = self.said[stream]
        while not said.ended:
            if stop is not None and said.status is not None and said.whole_frames() >= stop:
                self.h2.send(frame(RST, 0, stream, struct.pack(">I", CANCEL)))
                break
            check(self.step() is not None, "the connection ended before the answer; %s" % said.brief())
        return said

    def ask(self, ask, world):
        return self.finish(self.start(ask, world), ask.stop)

    def ping(self, payload=b"12345678"):
        self.h2.send(frame(PING, 0, 0, payload))

    def ponged(self, payload=b"12345678"):
        while True:
            f = self.step()
            check(f is not None, "the connection ended before the PING came back")
            if f[0] == PING and f[1] & ACK:
                check(f[3] == payload, "the PING comes back with other bytes")
                return

    def goaway(self):
        """(last stream, code, debug data) of the next GOAWAY."""
        while True:
            f = self.step()
            check(f is not None, "the connection ended without a GOAWAY")
            if f[0] == GOAWAY:
                last, code = struct.unpack(">II", f[3][:8])
                return last & 0x7FFFFFFF, code, f[3][8:]

    def over(self):
        """Reads on until the server has closed."""
        while self.step() is not None:
            pass
        self.close()


def ask_h1(port, tls, ask, world):
    line = H1(port, tls)
    data = known(ask.data, world)
    body = b"".join(data or [])
    head = "%s %s HTTP/1.1\r\nhost: localhost\r\n" % (ask.method, known(ask.path, world))
    for name, value in known(ask.headers, world):
        value = known(value, world)
        head += "%s: %s\r\n" % (name, value.decode("latin-1") if isinstance(value, bytes) else value)
    if ask.method != "GET":
        head += "content-length: %d\r\n" % len(body)
    line.send((head + "connection: close\r\n\r\n").encode("latin-1") + body)
    answer = line.answer()
    said = Said()
    said.status, said.head, said.bytes, said.trailers = answer.status, answer.headers, answer.body, answer.trailers
    said.blocks, said.ended = 1, True
    line.sock.close()
    return said


def ask(world, ask_):
    """One request on a connection of its own."""
    port = world.broker.port if ask_.tls else world.broker.local_port
    tls = context(["h2"] if ask_.http == "h2" else ["http/1.1"]) if ask_.tls else None
    if ask_.http == "h1":
        return ask_h1(port, tls, ask_, world)
    line = Line2(port, tls)
    try:
        return line.ask(ask_, world)
    finally:
        line.close()


# --- messages ---

def envelope(payload, flags=0, length=None):
    return struct.pack(">BI", flags, len(payload) if length is None else length) + payload


def packed(payload):
    return envelope(gzip.compress(payload), 1)


def text_field(number, text):
    """A string field in protobuf."""
    raw = text.encode() if isinstance(text, str) else text
    size, n = b"", len(raw)
    while n >= 128:
        size += bytes([n % 128 + 128])
        n //= 128
    return bytes([number << 3 | 2]) + size + bytes([n]) + raw
