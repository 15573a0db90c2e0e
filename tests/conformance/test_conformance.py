#!/usr/bin/python3
"""protobuf's conformance tests for server/pb: usage test_conformance.py BUILD SANITIZERS COMPILER... -- LIBRARY...

Compiles testee.c with the messages of the tests (proto/gen/pbgen.py) against our codecs as BUILD has them, and lets
the runner ask it. What is only recommended counts like what is required, and no failure is expected; the runner may
skip nothing but proto2 and the text format, of which we have none. Prints "N passed, N failed".
"""
import os
import re
import subprocess
import sys
import tempfile

import runner

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
# Shared by all build trees; git ignores it as it does those.
CACHE = os.path.join(REPO, "build-conformance")
STRICT = ["-Wall", "-Wextra", "-Werror"]


def generate(protos, folder):
    files = [os.path.join(protos, name) for name in ("conformance.proto", "test_messages_proto3.proto")]
    runner.run(sys.executable, os.path.join(REPO, "proto/gen/pbgen.py"), "--out", folder, "--name", "conformance_pb",
               "--friendly", "conformance", "--uses", "wkt_pb:google/protobuf/", "-I", protos,
               "--allow-recursive", "test_messages_proto3.proto", *files)


def compile_testee(folder, build, sanitizers, compiler, libraries):
    flags = ["-std=gnu11", "-g", "-O1", "-I" + os.path.join(REPO, "server"), "-I" + folder,
             "-I" + os.path.join(build, "proto")]
    if sanitizers != "none":
        flags.append("-fsanitize=" + sanitizers)
    generated = [os.path.join(folder, "conformance_pb%s.c" % part) for part in ("", "_side")]
    objects = []
    for source, warnings in [(os.path.join(HERE, "testee.c"), STRICT)] + [(path, ["-w"]) for path in generated]:
        objects.append(os.path.join(folder, os.path.basename(source) + ".o"))
        runner.run(*compiler, *flags, *warnings, "-c", source, "-o", objects[-1])
    testee = os.path.join(folder, "testee")
    runner.run(*compiler, *flags, *objects, *libraries, "-lprotobuf-c", "-lm", "-o", testee)
    return testee


def judge(out):
    """(passed, failed) of the runner's report."""
    passed = failed = 0
    for line in out.splitlines():
        counts = re.match(r"CONFORMANCE SUITE \w+: (\d+) successes, \d+ skipped, (\d+) expected failures, "
                          r"(\d+) unexpected failures", line)
        name = re.match(r"(ERROR|SKIPPED), test=([^:]*)", line)
        if counts:
            passed += int(counts.group(1))
            failed += int(counts.group(2)) + int(counts.group(3))
        elif name and name.group(1) == "ERROR":
            print("FAIL " + line[:600])
        elif name and not re.search(r"\.Proto2\.|TextFormat", name.group(2)):
            print("FAIL skipped: " + line[:600])
            failed += 1
    return passed, failed


def main():
    build, sanitizers = os.path.abspath(sys.argv[1]), sys.argv[2]
    dashes = sys.argv.index("--")
    compiler, libraries = sys.argv[3:dashes], sys.argv[dashes + 1:]
    with tempfile.TemporaryDirectory() as folder:
        try:
            ready = runner.prepare(CACHE)
            generate(ready, folder)
            testee = compile_testee(folder, build, sanitizers, compiler, libraries)
        except (runner.Unavailable, subprocess.TimeoutExpired) as error:
            sys.exit("the tests could not be prepared: %s" % error)
        done = subprocess.run([os.path.join(ready, "runner"), "--enforce_recommended", "--verbose", testee], cwd=folder,
                              timeout=300, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    passed, failed = judge(done.stdout.decode(errors="replace"))
    if passed == 0 or (done.returncode != 0 and failed == 0):
        print(done.stdout[-2000:].decode(errors="replace"))
        failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
