"""protobuf's conformance test runner, built from the source of Debian's package `protobuf`.

No binary package has it. The source is that of the libprotobuf-dev which is installed, fetched by apt from wherever
this machine's packages come from, with lists and caches of our own: the machine's are left alone, and one need not be
root. Only the runner is compiled, against the installed libprotobuf; that takes some 20 s of one core, once.
"""
import glob
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

SOURCES = ["conformance_test.cc", "conformance_test_main.cc", "conformance_test_runner.cc",
           "binary_json_conformance_suite.cc", "text_format_conformance_suite.cc", "third_party/jsoncpp/jsoncpp.cpp"]
PROTOS = ["conformance/conformance.proto", "src/google/protobuf/test_messages_proto3.proto",
          "src/google/protobuf/test_messages_proto2.proto"]


class Unavailable(Exception):
    """The source can't be had; says why."""


def run(*command, cwd=None, timeout=300):
    done = subprocess.run(command, cwd=cwd, timeout=timeout, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Unavailable("%s: %s" % (" ".join(command[:4]), done.stdout[-2000:]))
    return done.stdout


def source_version():
    return run("dpkg-query", "-W", "-f", "${source:Version}", "libprotobuf-dev")


def source_lists(folder):
    """The machine's package sources once more, as places of source packages."""
    for path in glob.glob("/etc/apt/sources.list") + glob.glob("/etc/apt/sources.list.d/*"):
        with open(path, encoding="utf-8") as f:
            lines = f.read().splitlines()
        if path.endswith(".sources"):
            lines = ["Types: deb-src" if line.startswith("Types:") else line for line in lines]
        elif path.endswith(".list"):
            lines = ["deb-src " + line[4:] for line in lines if line.startswith("deb ")]
        else:
            continue
        with open(os.path.join(folder, os.path.basename(path)), "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")


def fetch(folder, version):
    """Unpacks the source; its folder."""
    for name in ("sources.list.d", "lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(folder, name))
    source_lists(os.path.join(folder, "sources.list.d"))
    options = ["Dir::Etc::sourcelist=/dev/null", "Dir::Etc::sourceparts=%s/sources.list.d" % folder,
               "Dir::State::lists=%s/lists" % folder, "Dir::Cache=%s/cache" % folder, "APT::Sandbox::User=",
               "Acquire::Retries=3"]
    apt = ["apt-get", "-q"] + [part for option in options for part in ("-o", option)]
    # A list that can't be had is no harm as long as the package is in another one.
    subprocess.run([*apt, "update"], timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        run(*apt, "source", "protobuf=" + version, cwd=folder)
    except Unavailable:
        # An installed version that was since replaced is in no list any more; its successor tests the same.
        run(*apt, "source", "protobuf", cwd=folder)
    found = glob.glob(os.path.join(folder, "protobuf-*", "conformance"))
    if not found:
        raise Unavailable("the source of protobuf %s has no conformance tests" % version)
    return os.path.dirname(found[0])


def build(source, folder):
    """Compiles the runner from the unpacked source, in the folder."""
    proto_paths = [os.path.join(source, p) for p in PROTOS]
    for path in proto_paths:
        shutil.copy(path, folder)
    names = [os.path.basename(p) for p in proto_paths]
    run("protoc", "-I" + folder, "--cpp_out=" + folder, *names, cwd=folder)
    conformance = os.path.join(source, "conformance")
    # The runner includes its messages by the path that they have in the source.
    os.makedirs(os.path.join(folder, "google/protobuf"))
    for name in names[1:]:
        header = name.replace(".proto", ".pb.h")
        os.symlink(os.path.join("../..", header), os.path.join(folder, "google/protobuf", header))
    units = [os.path.join(conformance, s) for s in SOURCES]
    units += [os.path.join(folder, n.replace(".proto", ".pb.cc")) for n in names]
    # The installed headers first; the source's have the few that libprotobuf keeps to itself.
    flags = ["-std=c++11", "-O0", "-w", "-I" + folder, "-I" + conformance, "-idirafter", os.path.join(source, "src")]

    def compile_one(unit):
        target = os.path.join(folder, os.path.basename(unit) + ".o")
        run("c++", *flags, "-c", unit, "-o", target)
        return target

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(compile_one, units))
    run("c++", *objects, "-lprotobuf", "-lpthread", "-o", os.path.join(folder, "runner"))
    for path in objects:
        os.remove(path)


def prepare(cache):
    """A folder with `runner`, conformance.proto and test_messages_proto3.proto; made when it is not there yet."""
    version = source_version()
    ready = os.path.join(cache, version)
    if os.path.exists(os.path.join(ready, "runner")):
        return ready
    os.makedirs(cache, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        print("building the runner from the source of protobuf " + version, flush=True)
        made = os.path.join(scratch, "made")
        fetched = os.path.join(scratch, "fetched")
        os.makedirs(made)
        os.makedirs(fetched)
        build(fetch(fetched, version), made)
        shutil.rmtree(ready, ignore_errors=True)
        os.rename(made, ready)
    return ready
