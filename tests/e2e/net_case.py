"""How cases are registered and run."""
import shutil
import ssl
import subprocess
import tempfile

from net_peer import Failed, Server, check, make_certificate

SECTIONS = []


def section(**config):
    """Registers a generator of (name, case). Its cases share one server of this configuration; `private`: one
    server for each case; `own`: none, the case starts its own."""

    def register(function):
        SECTIONS.append((function, config))
        return function

    return register


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, case, *args):
        try:
            case(*args)
        except (Failed, OSError, ssl.SSLError, subprocess.SubprocessError) as e:
            self.failed += 1
            print("FAIL %s: %s" % (name, e), flush=True)
            return False
        self.passed += 1
        print("ok " + name, flush=True)
        return True


def run_group(report, binary, group, config, own):
    """Cases that share one server; its clean end belongs to the last of them."""
    directory = tempfile.mkdtemp(prefix="net-")
    try:
        make_certificate(directory)
        if own:
            for name, case in group:
                report.run(name, case, binary, directory)
            return
        with Server(binary, directory, **config) as server:
            for name, case in group[:-1]:
                if not report.run(name, case, server):
                    server.forgiving = True
            report.run(group[-1][0], lambda s: (group[-1][1](s), s.finish()), server)
    except Failed as e:
        report.run(group[0][0], lambda: check(False, str(e)))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def run_all(binary, part):
    report = Report()
    for function, config in SECTIONS:
        config = dict(config)
        private, own = config.pop("private", False), config.pop("own", False)
        cases = [(name, case) for name, case in function() if part in name]
        for group in [[c] for c in cases] if private else [cases] if cases else []:
            run_group(report, binary, group, config, own)
    return report
