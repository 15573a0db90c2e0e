"""`paidan replay` and `paidan bench` against a running paidand: a made-up town, played to the end, also while
workers and Redis are killed.

usage: test_replay.py PAIDAND PAIDAN
"""
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import threading

from broker import Broker, Report, check, equal

SIDE = 0.01
ACROSS = 4


def square(column, row):
    west, south = 116.3 + column * SIDE, 39.9 + row * SIDE
    return [[west, south], [west + SIDE, south], [west + SIDE, south + SIDE], [west, south + SIDE], [west, south]]


def write_town(directory, orders, members=60, seed=5):
    """Sixteen grids, members and requests spread over them; some rows that are wrong, on purpose."""
    rng = random.Random(seed)
    point = lambda: (39.9 + rng.random() * SIDE * ACROSS, 116.3 + rng.random() * SIDE * ACROSS)
    features = [{"type": "Feature", "properties": {"ward_precinct": "%02d%02d" % (row, column)},
                 "geometry": {"type": "Polygon", "coordinates": [square(column, row)]}}
                for row in range(ACROSS) for column in range(ACROSS)]
    paths = {name: os.path.join(directory, name) for name in ("grids.geojson", "members.csv", "orders.csv.gz")}
    with open(paths["grids.geojson"], "w", encoding="utf-8") as f:
        json.dump({"type": "FeatureCollection", "features": features}, f)
    with open(paths["members.csv"], "w", encoding="utf-8") as f:
        f.write("volunteer_id,lat,lon\n")
        for i in range(members):
            f.write("%d,%.6f,%.6f\n" % ((i,) + point()))
        f.write("far,10,10\nwrong,north,east\n")
    types = ["Street Light Outages", "Unsafe Dangerous Conditions", "New Tree Requests", "Pothole, large"]
    with gzip.open(paths["orders.csv.gz"], "wt", encoding="utf-8") as f:
        f.write("case_id,open_s,target_s,closed_s,ontime,subject,reason,type,neighborhood,ward,precinct,lat,lon,geo_ok,"
                "source\n")
        for i in range(orders):
            f.write('%d,%d,,,ONTIME,Works,Street,"%s",N,1,1,%.6f,%.6f,1,App\n' % ((i, i * 7, rng.choice(types)) + point()))
        f.write("90001,1,,,ONTIME,Works,Street,Pothole,N,1,1,39.91,116.31,0,App\n")
        f.write("90002,1,,,ONTIME,Works,Street,Pothole,N,1,1,10,10,1,App\n")
        f.write("90003,soon,,,ONTIME,Works,Street,Pothole,N,1,1,39.91,116.31,1,App\n")
    return ["--grids", paths["grids.geojson"], "--members", paths["members.csv"], "--orders", paths["orders.csv.gz"]]


class Player:
    def __init__(self, binary, broker):
        self.binary, self.broker = binary, broker
        self.env = {"PATH": os.environ["PATH"], "HOME": broker.directory, "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def run(self, *words, expect=0):
        words = [self.binary, *map(str, words), "--server", "https://localhost:%d" % self.broker.port, "--ca",
                 self.broker.ca, "--root-key", self.broker.state["root_key_file"], "--lang", "en"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=240, env=self.env, check=False)
        check("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr[:2000])
        check(done.returncode == expect,
              "status %d: %s\n%s%s" % (done.returncode, " ".join(words), done.stdout, done.stderr))
        return done


def sound(report, orders):
    equal(report["placed"], orders, "placed")
    settled = sum(report[name] for name in ("closed", "cancelled", "rejected", "open", "unserved"))
    equal(settled, orders, "every order in one state")
    for name in ("open", "lost", "doubled", "misordered", "miscounted", "points_sum", "errors"):
        equal(report[name], 0, name)


def replay(player, broker):
    town = write_town(broker.directory, 150)
    done = player.run("replay", *town, "-o", "json", "--tenant", "played", "--concurrency", 40, "--not-solved", "0.2",
                      "--cancel", "0.1", "--reject", "0.1", "--pool", "0.1", "--hold", "0.1", "--unrated", "0.2")
    report = json.loads(done.stdout)
    sound(report, 150)
    equal(report["tenant"], "played", "tenant")
    for name in ("closed", "cancelled", "rejected", "reworked", "grabbed", "held", "unrated", "declined", "expired",
                 "reoffers", "points_awarded"):
        check(report[name] > 0, "nothing was " + name)
    equal(report["malformed_rows"], 2, "malformed rows")
    equal(report["members_outside"], 1, "members outside")
    equal(report["skipped_unknown_place"], 1, "skipped for an unknown place")
    equal(report["skipped_outside"], 1, "skipped outside")
    check("members.csv:63: lat is not a latitude" in done.stderr, "no line number for a member: " + done.stderr)
    check("orders.csv.gz:154: open_s is not a number" in done.stderr, "no line number for an order: " + done.stderr)
    check(report["lifecycles_per_s"] > 0 and report["accept_p99_ms"] >= report["accept_p50_ms"] > 0, "no times")
    check(report["rpcs"]["PlaceOrder"]["calls"] == 150, "calls of PlaceOrder")
    again = player.run("replay", *town, "--tenant", "played", "--limit", 1, expect=5)
    check("ALREADY_EXISTS" in again.stderr, "the tenant exists: " + again.stderr)


def replay_all_or_nothing(player, broker):
    """Without --atomic, rows that are wrong are left out (see replay); with it there is not even a tenant."""
    town = write_town(broker.directory, 3)
    refused = player.run("replay", *town, "--atomic", "--tenant", "whole", expect=1)
    for text in ("members.csv:63: lat is not a latitude", "orders.csv.gz:7: open_s is not a number",
                 "Nothing was played: 2 rows"):
        check(text in refused.stderr, text + " in " + refused.stderr)
    equal(refused.stdout, "", "a report of nothing")
    with open(town[3], encoding="utf-8") as f:
        rows = f.read().replace("wrong,north,east\n", "")
    with open(town[3], "w", encoding="utf-8") as f:
        f.write(rows)
    whole = player.run("replay", *town, "--limit", 2, "--atomic", "--tenant", "whole", "-o", "json")
    equal(json.loads(whole.stdout)["malformed_rows"], 0, "malformed rows")


def nothing_expires(player, broker):
    """What Redis may forget by itself, and when its clock says so, is only who is at work (see replay)."""
    script = ("local found = {} for _, key in ipairs(redis.call('KEYS', '*')) do "
              "if redis.call('PTTL', key) >= 0 then found[#found + 1] = key end end return found")
    said = subprocess.run(["redis-cli", "-s", broker.state["redis"], "EVAL", script, "0"], capture_output=True, text=True,
                          check=True).stdout.split()
    equal([key for key in said if not key.endswith(":lease:timers")], [], "keys with an end")
    check(int(subprocess.run(["redis-cli", "-s", broker.state["redis"], "DBSIZE"], capture_output=True, text=True,
                             check=True).stdout) > 500, "keys to look at")


def replay_as_a_table(player, broker):
    town = write_town(broker.directory, 12)
    done = player.run("replay", *town, "--accept", "1", "--decline", "0", "--unrated", "0", "--limit", 10)
    check("lifecycles_per_s" in done.stdout and "PlaceOrder" in done.stdout, done.stdout)
    check("\033" not in done.stdout + done.stderr, "colour without a terminal")


def replay_while_processes_die(player, broker):
    town = write_town(broker.directory, 500)
    over = threading.Event()
    killed = []

    def kill():
        turn = 0
        while not over.wait(1.5):
            try:
                killed.append(broker.kill(lambda state, turn=turn: state["redis_pid"] if turn % 3 == 2
                                          else state["workers"][turn % len(state["workers"])]))
            except ProcessLookupError:
                pass
            turn += 1
            if turn == 5:
                return

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        done = player.run("replay", *town, "-o", "json", "--concurrency", 30)
    finally:
        over.set()
        killer.join()
    sound(json.loads(done.stdout), 500)
    check(len(killed) > 0, "nothing was killed")


def replay_refuses_what_it_can_not_do(player, broker):
    town = write_town(broker.directory, 3)
    for words, text in ((["--accept", "2"], "--accept must be between 0 and 1"),
                        (["--accept", "0.8", "--decline", "0.8"], "sum to more than 1"),
                        (["--concurrency", "0"], "--concurrency must be"),
                        (["--speed", "slow"], "--speed can only be max")):
        check(text in player.run("replay", *town, *words, expect=2).stderr, text)
    missing = player.run("replay", *town[:4], "--orders", os.path.join(broker.directory, "none.csv"), expect=1)
    check("none.csv: No such file" in missing.stderr, missing.stderr)


def bench(player, broker):
    report = json.loads(player.run("bench", "-o", "json", "--seconds", 1, "--warmup", 0, "--in-flight", 8,
                                   "--members", 40, "--grids", 4, "--prefill", 10, "--board", 2).stdout)
    check(report["lifecycles_per_s"] > 0 and report["transitions_per_s"] > report["lifecycles_per_s"], "no lifecycles")
    for name in ("PlaceOrder", "AcceptOffer", "StartTask", "CompleteTask", "RateOrder", "ListBoard"):
        check(report["rpcs"][name]["calls"] > 0, "no calls of " + name)
    equal(report["errors"], 0, "errors")
    polled = json.loads(player.run("bench", "-o", "json", "--poll", "--lifecycles", 20, "--warmup", 0, "--in-flight",
                                     4, "--members", 40, "--grids", 4, "--seconds", 60).stdout)
    equal(polled["errors"], 0, "errors without the stream")
    check(polled["closed"] >= 20, "closed without the stream")
    paced = json.loads(player.run("bench", "-o", "json", "--rate", 20, "--seconds", 1, "--warmup", 1, "--in-flight", 20,
                                  "--members", 40, "--grids", 4).stdout)
    check(0 < paced["closed"] <= 40, "a rate of 20 per second: %d" % paced["closed"])
    pings = json.loads(player.run("bench", "--rpc", "-o", "json", "--seconds", 1, "--warmup", 0, "--in-flight", 4).stdout)
    check(pings["rpc_per_s"] > 0 and pings["errors"] == 0, "health checks")


def idle_connections(player, broker):
    process = subprocess.Popen([player.binary, "bench", "--idle", "20", "--server", "https://localhost:%d" % broker.port,
                                "--ca", broker.ca], stdout=subprocess.PIPE, text=True, env=player.env)
    equal(json.loads(process.stdout.readline()), {"idle_connections": 20}, "idle connections")
    process.send_signal(signal.SIGINT)
    equal(process.wait(20), 0, "status")
    process.stdout.close()


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    paidand, paidan = sys.argv[1:3]
    part = sys.argv[3] if len(sys.argv) > 3 else ""
    report = Report()
    with Broker(paidand, "--workers=2", "--fsync=everysec") as broker:
        player = Player(os.path.abspath(paidan), broker)
        for case in (replay, nothing_expires, replay_all_or_nothing, replay_as_a_table, replay_refuses_what_it_can_not_do, bench, idle_connections,
                     replay_while_processes_die):
            if part in case.__name__:
                report.run("replay: " + case.__name__, case, player, broker)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
