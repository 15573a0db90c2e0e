"""server/web/bundle_assets.py: usage check_bundle.py BUNDLE_ASSETS.PY. What it takes, and what it refuses and why."""
import os
import subprocess
import sys
import tempfile

PAGE = '<!doctype html><script type="module" src="/assets/a-1a2b3c4d.js"></script><p>on time</p>'
TAKEN = {
    "a page": ({"desk.html": PAGE}, ['"/desk"', '"/desk/"', '"/"', "text/html"]),
    "a start page": ({"index.html": PAGE, "desk.html": PAGE}, ['"/"', '"/desk"']),
    "assets": ({"desk.html": PAGE, "assets/a-1a2b3c4d.js": "1;" * 400, "sw.js": "1"},
               ['"/assets/a-1a2b3c4d.js"', '"/sw.js"', ".lasts = true"]),
    "every byte": ({"a.txt": bytes(range(256)) * 2}, ["\\000", "\\377", "\\042", "\\134", "\\077"]),
}
REFUSED = {
    "no files": ({}, "has no files"),
    "an unknown kind": ({"a.exe": "x"}, "content type"),
    "an asset without a hash": ({"assets/a.js": "1"}, "hash"),
    "an inline script": ({"m.html": PAGE + "<script>alert(1)</script>"}, "a script inside"),
    "an inline script of a type": ({"m.html": '<script type="module">1</script>'}, "a script inside"),
    "an inline style": ({"m.html": "<style>a{}</style>"}, "a style inside"),
    "a style attribute": ({"m.html": '<p style="color:red">'}, "a style in"),
    "a handler": ({"m.html": '<p onclick="x()">'}, "a handler"),
    "another origin": ({"m.html": '<script src="https://cdn.example/a.js"></script>'}, "another origin"),
    "another origin, short": ({"m.html": '<link href=//cdn.example/a.css>'}, "another origin"),
    "a script link": ({"m.html": '<a href="javascript:1">'}, "a script in a link"),
}


def bundle(tool, files):
    with tempfile.TemporaryDirectory() as directory:
        for name, content in files.items():
            path = os.path.join(directory, "dist", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
        os.makedirs(os.path.join(directory, "dist"), exist_ok=True)
        out = os.path.join(directory, "out.c")
        done = subprocess.run([sys.executable, tool, out, os.path.join(directory, "dist")], check=False,
                              stderr=subprocess.PIPE, encoding="utf-8")
        if done.returncode != 0:
            return None, done.stderr
        with open(out, encoding="ascii") as file:
            return file.read(), ""


def main():
    tool, failed = sys.argv[1], 0
    for name, (files, parts) in TAKEN.items():
        text, why = bundle(tool, files)
        missing = [part for part in parts if part not in (text or "")]
        failed += bool(missing)
        print("%s takes %s %s%s" % ("FAIL" if missing else "ok", name, missing or "", why))
    for name, (files, part) in REFUSED.items():
        text, why = bundle(tool, files)
        wrong = text is not None or part not in why
        failed += wrong
        print("%s refuses %s %s" % ("FAIL" if wrong else "ok", name, why.strip() if wrong else ""))
    print("%d passed, %d failed" % (len(TAKEN) + len(REFUSED) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
