"""The `paidan` command in a test: a home of its own, the keys of a town, and what a run came to."""
import json
import os
import subprocess

from broker import Broker, Report, Town, check


class Result:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def json(self):
        return json.loads(self.out)

    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


class Cli:
    """Runs paidan with a home of its own, against one broker."""

    def __init__(self, binary, broker, town):
        self.binary, self.broker, self.town = binary, broker, town
        self.home = os.path.join(broker.directory, "home")
        os.mkdir(self.home)
        self.url = "https://localhost:%d" % broker.port
        self.env = {"PATH": os.environ["PATH"], "HOME": self.home, "LANG": "C.UTF-8", "TZ": "UTC"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.resident = "resident/" + town.resident
        self.member = "member/" + town.members[0]

    def run(self, *args, stdin="", key=None, expect=0, env=None):
        arguments = [self.binary, *args]
        if key is not None:
            arguments += ["--server", self.url, "--ca", self.broker.ca, "--key", key]
        done = Result(subprocess.run(arguments, input=stdin, capture_output=True, text=True, timeout=60,
                                     env={**self.env, **(env or {})}))
        check("Sanitizer" not in done.err and "runtime error" not in done.err, done.err[:2000])
        if expect is not None:
            check(done.status == expect,
                  "paidan %s: status %d\n%s%s" % (" ".join(args), done.status, done.out, done.err))
        return done

    def backend(self, *args, **more):
        return self.run(*args, key=self.town.backend_key, **more)

    def desk(self, *args, **more):
        return self.run(*args, key=self.town.operator_key, **more)

    def admin(self, *args, **more):
        return self.run(*args, key=self.town.admin_key, **more)

    def write(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(text)
        return path


def cli_main(paidand, paidan, cases, chosen):
    """Runs the cases (those whose name has the word that was chosen) on one broker; gives the process's status."""
    report = Report()
    with Broker(paidand) as broker:
        cli = Cli(os.path.abspath(paidan), broker, Town(broker))
        for case in cases:
            if not chosen or chosen[0] in case.__name__:
                report.run("cli: " + case.__name__, case, cli)
    return report.close()
