#!/usr/bin/env python3
"""Makes the public headers of error reasons and input bounds from the server's own tables.

usage: headers.py reasons OUT ERR_H | headers.py limits OUT LIMITS_H PAIDAN_PB_H
"""
import re
import sys

ROW = re.compile(r'X\((\w+),\s*(\w+),\s*(\d+),\s*"([^"]*)",\s*"([^"]*)"\)')


def guard(name, purpose, lines):
    head = f"/* {purpose} */\n#ifndef PAIDAN_{name}_H\n#define PAIDAN_{name}_H\n\n"
    return head + "\n".join(lines) + "\n\n#endif\n"


def reasons(text):
    flat = re.sub(r"\\\s*\n\s*", " ", text)
    rows = ROW.findall(flat)
    if not rows:
        sys.exit("headers.py: no rows found")
    lines = []
    for name, code, http, chinese, english in rows:
        lines.append(f"/* {code}, HTTP {http}: {english}; {chinese} */")
        lines.append(f'#define PAIDAN_REASON_{name} "{name}"')
    return guard("REASONS", "The stable reasons of errors (paidan_error()->reason).", lines)


def section(text, name):
    """The lines from /* --- name --- */ to the next such comment."""
    start = text.index(f"/* --- {name} --- */")
    end = min(i for i in (text.find("/* --- ", start + 1), text.find("};", start)) if i > 0)
    return ["\t" + line.strip() if line.strip().startswith("/* ---") else line
            for line in text[start:end].rstrip().split("\n")]


def bounds(text):
    """What the rules of the .proto files set, as the generator names it: Message_field_MAX_CHARS."""
    return [f"#define PAIDAN_{name} {number}" for name, number in
            re.findall(r"^#define (\w+_MAX(?:_CHARS|_BYTES|_ITEMS)?) (\d+)$", text, re.M)]


def limits(text, generated):
    lines = section(text, "messages") + [""] + section(text, "fields")
    lines = [re.sub(r"\bLIMIT_", "PAIDAN_LIMIT_", line) for line in lines]
    return guard("LIMITS", "What a request may hold at most; each bound is allowed itself.",
                 ["enum {"] + lines + ["};", ""] + bounds(generated))


def main():
    makers = {"reasons": reasons, "limits": limits}
    kind, out, sources = sys.argv[1], sys.argv[2], sys.argv[3:]
    texts = []
    for source in sources:
        with open(source, encoding="utf-8") as f:
            texts.append(f.read())
    made = makers[kind](*texts)
    with open(out, "w", encoding="utf-8") as f:
        f.write(made)


main()
