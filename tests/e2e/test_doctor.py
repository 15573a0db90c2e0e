#!/usr/bin/python3
"""`paidan doctor` where something is wrong with the broker or the machine: usage test_doctor.py PAIDAND PAIDAN."""
import os
import signal
import subprocess
import sys

from broker import Broker, Report, Town, check, wait_for
from cli import Cli

# The time of a machine whose clock is an hour ahead.
AHEAD = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *t)
{
	int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(id, t);
	t->tv_sec += id == CLOCK_REALTIME ? 3600 : 0;
	return result;
}
time_t time(time_t *to)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (to != NULL)
		*to = now.tv_sec;
	return now.tv_sec;
}
"""


def certificate_expires(cli, broker):
    """A certificate of five days; the clients trust it by itself."""
    names = [os.path.join(broker.directory, name) for name in ("short.crt", "short.key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "5", "-subj", "/CN=short", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", names[0],
                    "-keyout", names[1]], check=True, stderr=subprocess.DEVNULL)
    with Broker(broker.binary, "--workers=1", "--tls_cert=" + names[0], "--tls_key=" + names[1]) as short:
        said = cli.run("doctor", "--server", "https://localhost:%d" % short.port, "--ca", names[0], "--key",
                       short.root_key, expect=1).out
    check("! Certificate" in said and "issued by \"short\"" in said and "expires soon" in said, said)


def clock_is_wrong(cli, broker):
    if b"libasan" in subprocess.run(["ldd", cli.binary], stdout=subprocess.PIPE, check=True).stdout:
        return  # it wants to come first itself
    source, shim = os.path.join(broker.directory, "ahead.c"), os.path.join(broker.directory, "ahead.so")
    with open(source, "w", encoding="ascii") as file:
        file.write(AHEAD)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
    said = cli.admin("doctor", expect=1, env={"LD_PRELOAD": shim}).out
    check("Clock" in said and "✓ Clock" not in said and "→" in said, said)


def not_serving(cli, broker):
    """Redis answers nobody: the broker is there, and says so."""
    redis = broker.read_state()["redis_pid"]
    os.kill(redis, signal.SIGSTOP)
    try:
        wait_for("doctor's word", lambda: "✗ Health" in cli.admin("doctor", expect=None).out, 40)
        said = cli.admin("doctor", expect=1).out
        check("does not serve now" in said and "Redis" in said, said)
    finally:
        os.kill(redis, signal.SIGCONT)
    wait_for("health", lambda: "All is well" in cli.admin("doctor", expect=None).out, 40)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    report = Report()
    with Broker(sys.argv[1]) as broker:
        cli = Cli(os.path.abspath(sys.argv[2]), broker, Town(broker))
        for case in (certificate_expires, clock_is_wrong, not_serving):
            report.run("doctor: " + case.__name__.replace("_", " "), case, cli, broker)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
