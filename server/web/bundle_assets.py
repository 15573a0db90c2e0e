"""Writes a directory of built pages into a C file, the table of web/asset.h.

usage: bundle_assets.py OUTPUT.c DIRECTORY

    NAME.html            the page /NAME (/NAME/ leads to it); index.html is /, without it / leads to /desk
    assets/NAME          /assets/NAME, which browsers keep forever: its name has the content's hash in it
    any other NAME       /NAME

A page that the content policy would keep from working is an error: inline scripts and styles, handlers in
attributes, anything of another origin.
"""

import gzip
import hashlib
import pathlib
import re
import sys

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".json": "application/json", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".ico": "image/vnd.microsoft.icon",
    ".woff2": "font/woff2",
}
FORBIDDEN = [
    (r"<script(?![^>]*\ssrc=)[^>]*>", "a script inside the page"),
    (r"<style", "a style inside the page"),
    (r"<[^>]+\sstyle\s*=", "a style in an attribute"),
    (r"<[^>]+\son\w+\s*=", "a handler in an attribute"),
    (r"""<[^>]+\s(?:src|href)\s*=\s*["']?(?:https?:)?//""", "something of another origin"),
    (r"javascript:", "a script in a link"),
]
HASHED = re.compile(r"-[0-9A-Za-z]{8,}\.\w+$")


def literal(data: bytes) -> str:
    """A slice's two values; octal escapes end after three digits, so that nothing runs into the next byte."""
    lines = []
    for at in range(0, len(data), 64):
        quoted = "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else "\\%03o" % b for b in data[at:at + 64])
        lines.append('\n\t "%s"' % quoted)
    return "{(const uint8_t *)%s, %d}" % ("".join(lines) or '""', len(data))


def tag(data: bytes) -> bytes:
    return b'"%s"' % hashlib.sha256(data).hexdigest()[:24].encode()


def check_page(name: str, text: str) -> None:
    for pattern, what in FORBIDDEN:
        found = re.search(pattern, text, re.I)
        if found:
            sys.exit("%s: %s: %s" % (name, what, found.group()[:80]))


def file_row(path: str, name: str, data: bytes) -> dict:
    ending = pathlib.PurePath(name).suffix
    if ending not in TYPES:
        sys.exit("%s: no content type is known for it" % name)
    if ending == ".html":
        check_page(name, data.decode())
    lasts = name.startswith("assets/")
    if lasts and not HASHED.search(name):
        sys.exit("%s: an asset needs its content's hash in its name, NAME-HASH.ending" % name)
    packed = gzip.compress(data, 9, mtime=0)
    if len(packed) > len(data) * 0.95:
        packed = b""
    return {"path": path.encode(), "type": TYPES[ending].encode(), "plain": data, "packed": packed,
            "plain_tag": tag(data), "packed_tag": tag(packed), "location": b"", "lasts": lasts}


def way_row(path: str, location: str) -> dict:
    return {"path": path.encode(), "type": b"", "plain": b"", "packed": b"", "plain_tag": b"", "packed_tag": b"",
            "location": location.encode(), "lasts": False}


def rows(directory: pathlib.Path):
    names = sorted(p.relative_to(directory).as_posix() for p in directory.rglob("*") if p.is_file())
    for name in names:
        data = (directory / name).read_bytes()
        if name == "index.html":
            yield file_row("/", name, data)
        elif "/" not in name and name.endswith(".html"):
            page = "/" + name.removesuffix(".html")
            yield file_row(page, name, data)
            yield way_row(page + "/", page)
        else:
            yield file_row("/" + name, name, data)
    if "index.html" not in names and "desk.html" in names:
        yield way_row("/", "/desk")


def main() -> None:
    table = sorted(rows(pathlib.Path(sys.argv[2])), key=lambda row: row["path"])
    if not table:
        sys.exit("%s has no files" % sys.argv[2])
    out = ['#include "web/asset.h"\n', "static const struct asset assets[] = {"]
    for row in table:
        fields = [".%s = %s" % (name, literal(value) if name != "lasts" else str(value).lower())
                  for name, value in row.items()]
        out.append("    {%s}," % ",\n     ".join(fields))
    out.append("};\n\nconst struct asset_table asset_table = {assets, %d};" % len(table))
    pathlib.Path(sys.argv[1]).write_text("\n".join(out) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
