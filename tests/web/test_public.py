#!/usr/bin/python3
"""The pages that anybody in the room can see: usage test_public.py PAIDAND PAIDAN [CASE…].

What weeks came to is written into the store, for no test can wait for a week. The script asks for the broker to be
started anew with a line "@restart" and goes on when it is answered.
"""
import json
import os
import subprocess
import sys
import time

import pages

WEEKS = 8
DAY_S = 86400
EAST_S = 8 * 3600
FIRST_MONDAY = 4
SPAN_DAYS = 32
PLACED, VALID = 1, 16
CONTACTED, SOLVED, LATE = 1, 2, 4
SATISFIED, BASICALLY = 1 << 3, 2 << 3


def cell(day, category, fate, times=""):
    """As server/domain/rates.h has them."""
    return chr(48 + day % SPAN_DAYS) + category + chr(48 + fate) + times


def week_of_grid(i, week):
    """(fate, orders) of a week: many, but for the last grids; the same in each run."""
    n = 20 + 7 * i + 3 * week if i < 10 else (week % 3)
    return [(VALID + CONTACTED + SOLVED + SATISFIED, n // 2), (VALID + CONTACTED + SOLVED + BASICALLY, n // 4),
            (VALID + CONTACTED, n // 8), (VALID + LATE, n - n // 2 - n // 4 - n // 8)]


def write_past(town):
    """Into the counters of the store: each day of the last weeks."""
    today = int((time.time() + EAST_S) // DAY_S)
    monday = today - (today - FIRST_MONDAY) % 7
    category = town.ids["categories"]["errand"]
    lines = []
    for week in range(WEEKS + 2):
        for i, grid in enumerate(sorted(town.ids["grids"])):
            for at, (fate, n) in enumerate(week_of_grid(i, week)):
                day = monday - 7 * (week + 1) + at
                key = "pd:{demo}:ctr:%s:%d" % (grid, day // SPAN_DAYS)
                if n > 0:
                    lines.append("ZINCRBY %s %d %s" % (key, n, cell(day, category, fate, "ek")))
                    lines.append("ZINCRBY %s %d %s" % (key, n, cell(day, category, PLACED)))
    socket = os.path.join(town.broker.data, "redis", "redis.sock")
    subprocess.run(["redis-cli", "-s", socket], input="\n".join(lines) + "\n", text=True, check=True,
                   stdout=subprocess.DEVNULL)


def prepare(town):
    town.set_policy(open={"published": True})
    write_past(town)
    for i in range(36):
        order = town.place(i)
        if i % 9 == 0:
            town.desk.call("OrderService/CancelOrder", {"orderId": order["id"], "reason": "演示"})
    key = town.admin.call("WallService/CreateWallKey", {"label": "一楼大厅"})
    return {"wallKey": key["key"], "wallKeyId": key["keyId"], "adminKey": town.keys["admin"]}


def play(script, town, cases, more):
    """Runs the script, and does for it what a page can't."""
    given = {"url": "https://localhost:%d" % town.broker.port, "tenant": "demo", "residents": town.ids["residents"],
             "operatorKey": town.keys["operator"], "categories": town.ids["categories"], **more}
    environment = {**os.environ, "PAIDAN_WEB": json.dumps(given)}
    with subprocess.Popen(["node", os.path.join(pages.HERE, script), *cases], env=environment, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as node:
        for line in node.stdout:
            if line.strip() != "@restart":
                print(line, end="", flush=True)
                continue
            town.broker.stop()
            town.broker.start()
            node.stdin.write("done\n")
            node.stdin.flush()
    return node.returncode


def main(script):
    paidand, paidan = sys.argv[1:3]
    with pages.Broker(paidand, "--workers=1") as broker:
        town = pages.DemoTown(broker, paidan)
        more = prepare(town)
        # A page knows one address.
        broker.options += ("--listen=127.0.0.1:%d" % broker.port,)
        return play(script, town, sys.argv[3:], more)


if __name__ == "__main__":
    sys.exit(main("public.mjs"))
