"""What an authenticator app shows: RFC 6238."""
import base64
import hashlib
import hmac
import struct


def totp(secret, at_s):
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(at_s) // 30), hashlib.sha1).digest()
    at = mac[-1] & 15
    return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000)
