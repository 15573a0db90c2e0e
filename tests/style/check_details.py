"""Whether what faults say has its Chinese in base/detail.c, and says the same numbers and names in the same order."""
import re
import sys

from files import files, read, report

TABLE = "server/base/detail.c"
# Which argument of these is the format; and whose texts go to them as "%s".
FORMATS = {"fault_set": 3, "pb_fault": 4, "json_wrong": 3}
TEXTS = {"server/pb/pb_wire.c": {"bad": 4}, "server/pb/json_scan.c": {"fail": 2, "step": 3},
         "server/pb/json_write_known.c": {"wrong": 2}, "server/rpc/query.c": {"bad": 2},
         "server/txn/jwt.c": {"malformed": 1}, "server/txn/authn.c": {"refuse": 1}, "server/txn/token.c": {"refuse": 2},
         "server/txn/jwk.c": {"invalid": 1}, "server/txn/watch.c": {"refuse": 3},
         "server/domain/authz.c": {"unseen": 1}, "server/domain/exclusion.c": {"not_in_state": 1},
         "server/service/erasure.c": {"refuse": 1}}
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
CONVERSION = re.compile(r"%[-.\d]*(?:ll|z)?[a-zA-Z]")
ROW = re.compile(r'^    \{"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\},$', re.M)
KIND = re.compile(r'^    \[KIND_\w+\] = \{"([a-z ]+)"', re.M)


def arguments(text, at):
    """Those of the call whose parenthesis opens before at."""
    found, depth, start, quoted = [], 1, at, False
    while depth > 0:
        c = text[at]
        if quoted:
            at += c == "\\"
            quoted = c != '"'
        elif c == '"':
            quoted = True
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        if not quoted and (depth == 0 or (depth == 1 and c == ",")):
            found.append(text[start:at])
            start = at + 1
        at += 1
    return found


def said(path, text):
    """(line, detail) of all that the file's faults say."""
    calls = {**FORMATS, **TEXTS.get(path, {})}
    for call in re.finditer(r"\b(%s)\(" % "|".join(calls), text):
        given = arguments(text, call.end())
        place = calls[call[1]]
        if len(given) <= place or text[:call.start()].endswith("#define "):
            continue
        wanted = given[place] + (given[place + 1] if given[place].strip() == '"%s"' and len(given) > place + 1 else "")
        for literal in LITERAL.findall(wanted):
            yield text.count("\n", 0, call.start()) + 1, literal


def bytes_of(literal):
    return re.sub(r"\\(.)", r"\1", literal).encode()


def main():
    rows, problems, paths = {}, [], files(".c", folders=["server"])
    last = ""
    for en, zh in ROW.findall(read(TABLE)):
        if bytes_of(en) <= bytes_of(last):
            problems.append('%s: "%s" stands behind "%s": sort them by their bytes' % (TABLE, en, last))
        last = en
        if CONVERSION.findall(en) != CONVERSION.findall(zh):
            problems.append('%s: "%s" and "%s" differ in what they say' % (TABLE, en, zh))
        rows[en] = zh
    for path in paths:
        text = read(path)
        details = list(said(path, text))
        if path == "server/txn/kind.c":
            details += [(1, name) for name in KIND.findall(text)]
        for line, detail in details:
            words = re.search(r"[A-Za-z]{2}", CONVERSION.sub("", detail))
            if words and detail not in rows and not detail.isupper():
                problems.append('%s:%d: "%s" has no row in %s' % (path, line, detail, TABLE))
    return report(problems if rows else [TABLE + ": no rows"], len(paths))


if __name__ == "__main__":
    sys.exit(main())
