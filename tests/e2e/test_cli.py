"""What the commands of `paidan` do, against a running paidand.

usage: test_cli.py PAIDAND PAIDAN [CASE]
"""
import csv
import io
import json
import os
import re
import stat
import sys

from broker import check, equal, wait_for
from cli import cli_main

BOM = "\ufeff"


def login(cli):
    config = os.path.join(cli.home, ".config/paidan/config")
    bad = cli.run("login", cli.url, "--ca", cli.broker.ca, "--key-stdin", stdin="pdk_demo_k0000001_" + "0" * 64 + "\n",
                  expect=4)
    check("UNAUTHENTICATED" in bad.err and not os.path.exists(config), bad.err)
    cli.run("login", cli.url, "--key-stdin", stdin=cli.town.admin_key, expect=6)
    check(not os.path.exists(config), "a server that is not trusted was saved")
    cli.run("login", cli.url, "--ca", cli.broker.ca, "--key-stdin", stdin=cli.town.admin_key + "\n")
    cli.run("login", cli.url, "--ca", cli.broker.ca, "--key-stdin", "--profile", "desk",
            stdin=cli.town.operator_key + "\n")
    equal(stat.S_IMODE(os.stat(config).st_mode), 0o600, "mode of the config file")
    cli.run("category", "list")
    cli.run("desk", "board", "--profile", "desk")
    os.chmod(config, 0o644)
    check("chmod 600" in cli.run("category", "list", expect=1).err, "a config file that others may read")
    cli.run("--help")
    os.chmod(config, 0o600)


def loop(cli):
    """Order, dispatch, accept, rate, points: by commands alone."""
    placed = cli.backend("order", "new", "厨房水管漏水", "-c", "维修", "--as", cli.resident, "-d", "水槽下面一直滴水").out
    check("厨房水管漏水" in placed and "水槽下面" in placed, placed)
    order = placed.split()[0]

    def offered():
        return cli.backend("task", "offers", "--as", cli.member, "-o", "jsonl").rows()

    offer = wait_for("an offer", offered)[0]
    equal(offer["id"], order, "offered order")
    mine = cli.backend("task", "accept", order, "--as", cli.member).out
    check("13800000001" in mine, "who holds the order sees whom to call:\n" + mine)
    cli.backend("task", "accept", order, "--as", "member/" + cli.town.members[1], expect=3)
    again = cli.backend("task", "accept", order, "--as", cli.member, expect=5)
    check("(OFFER_ANSWERED" in again.err or "(ORDER_STATE" in again.err, again.err)
    cli.backend("task", "start", order, "--as", cli.member)
    nothing = cli.backend("task", "finish", order, "--as", cli.member, expect=2)
    check("EVIDENCE_MISSING, field text = TEXT" in nothing.err, nothing.err)
    equal(cli.backend("task", "finish", order, "换了垫圈", "-t", "30", "--as", cli.member).out.split()[:2],
          [order, "completed"], "what finish prints")
    stranger = cli.backend("order", "rate", order, "5", "--as", cli.member, expect=4)
    check("PERMISSION_DENIED" in stranger.err or "NOT_BENEFICIARY" in stranger.err, stranger.err)
    cli.backend("order", "rate", order, "5", "-t", "热情", "-m", "很快", "--as", cli.resident)
    account = cli.backend("points", "balance", "--as", cli.member, "-o", "json").json()["account"]
    equal(account["available"], "10", "points")
    check("balanced" in cli.admin("points", "check").out, "the books")
    shown = cli.desk("order", "show", order, "--lang", "zh").out
    for word in ("已办结", "★★★★★", "换了垫圈", "经过", "评单", "138****0001"):
        check(word in shown, "%s in\n%s" % (word, shown))
    check("13800000001" in cli.desk("desk", "reveal", order, "-p", "回访").out, "revealed")
    log = cli.backend("privacy", "access-log", "--as", cli.resident, "-o", "jsonl").rows()
    equal([(e["kind"], e["orderId"], e.get("purpose")) for e in log[:2]],
          [("ACCESS_KIND_REVEALED", order, "回访"), ("ACCESS_KIND_ASSIGNED", order, None)], "access log")
    listed = next(csv.reader(io.StringIO(cli.backend("points", "history", "--as", cli.member, "-o", "csv").out)))
    equal(listed[0], "atMs", "CSV header")


def desk(cli):
    first = cli.backend("order", "new", "一", "-c", "repair", "--as", cli.resident, "-o", "json").json()["order"]["id"]
    second = cli.backend("order", "new", "二", "-c", "repair", "--as", cli.resident, "-o", "json").json()["order"]["id"]

    def dispatched():
        """The board, once nothing moves on it by itself."""
        rows = cli.desk("desk", "board", "-o", "jsonl").rows()
        check({first, second} <= {o["id"] for o in rows}, "board")
        return all(o["state"] == "ORDER_STATE_OFFERED" for o in rows if o["id"] in (first, second)) and rows

    board = wait_for("offers", dispatched)
    equal(len(cli.desk("desk", "board", "-n", "1", "-o", "jsonl").rows()), 1, "--limit")
    page = cli.desk("desk", "board", "-n", "1", "-o", "json").json()
    rest = cli.desk("desk", "board", "-n", "0", "--page", page["nextPageToken"], "-o", "jsonl").rows()
    equal([o["id"] for o in board], [page["orders"][0]["id"]] + [o["id"] for o in rest], "pages")
    more = cli.desk("desk", "board", "-n", "1")
    check("--page" in more.err, more.err)
    check(cli.desk("desk", "counts", "-o", "csv").out.startswith("state,urgency,orders\n"), "counts")
    explained = cli.desk("order", "explain", first, "-o", "json").json()
    check("decision" in explained and explained["nowMs"], explained)
    chosen = explained["decision"]["candidates"][0]
    check(chosen["chosen"], chosen)
    said = cli.desk("desk", "explain", first).out
    check(all(word in said for word in ("Decided then", chosen["memberId"], "chosen", "Now: ", "rating -")), said)
    said = cli.desk("order", "explain", first, "--lang", "zh").out
    check(all(word in said for word in ("当时的决定", "选中", "现在", "评价 -", "本轮已派过")), said)
    check(cli.desk("order", "explain", first, "-o", "csv").out.startswith("memberId,costM,filtered,"), "CSV")
    cli.desk("desk", "hold", first, "-p", "third-party", "-n", "物业", "-t", "2h", "-r", "等配件")
    equal(cli.desk("desk", "board", "-s", "held", "-o", "jsonl").rows()[0]["heldParty"], "物业", "held by")
    cli.desk("desk", "resume", first)
    cli.desk("desk", "merge", first, second, "-r", "重复")
    equal(cli.desk("order", "show", second, "-o", "json").json()["order"]["mergedInto"], first, "merged")
    cli.desk("desk", "assign", first, cli.town.members[2], "--accepted", "-r", "电话确认")
    said = cli.desk("order", "explain", first).out
    check("Assigned by hand" in said and "电话确认" in said, said)
    bulk = cli.desk("desk", "bulk", "%s=%s" % (second, cli.town.members[0]), "-o", "jsonl").rows()
    equal(bulk[0]["error"]["reason"], "ORDER_STATE", "bulk, each on its own")
    cli.desk("desk", "complete", first, "好了")
    cli.desk("desk", "rework", first, "-r", "又漏了")
    cli.desk("order", "note", first, "已电话联系")
    cli.admin("category", "put", "stars", "--zh", "观星", "-s", "astronaut")
    nobody = cli.backend("order", "new", "看星星", "-c", "stars", "--as", cli.resident, "-o", "json").json()["order"]["id"]
    cli.desk("desk", "reject", nobody, "-r", "不属于社区事务")
    stale = cli.desk("desk", "resume", nobody, expect=5)
    check("ORDER_STATE" in stale.err, stale.err)


def rates(cli):
    """What loop() and desk() came to; two people leave an order out of it, one alone does not."""
    def total(*more):
        return cli.desk("stats", "rates", *more, "-o", "jsonl").rows()[-1]

    closed = total()
    equal(closed["id"], "total", "the last row")
    valid = int(closed["counts"].get("valid", 0))
    check(valid >= 1 and closed["fewSamples"], closed)
    order = next(o["id"] for o in cli.backend("order", "list", "--as", cli.resident, "-o", "jsonl").rows()
                 if o["state"] == "ORDER_STATE_CLOSED")
    asked = cli.desk("desk", "exclude", order, "-r", "电梯停运", "-o", "json").json()["exclusion"]
    alone = cli.admin("desk", "approve", asked["id"], expect=4)
    check("SAME_PERSON" in alone.err and "somebody else" in alone.err, "an administrator who made the key: " + alone.err)
    check("不能自己批准" in cli.admin("desk", "approve", asked["id"], "--lang", "zh", expect=4).err, "in Chinese")
    equal(int(total()["counts"]["valid"]), valid, "still counted")
    other = cli.run("key", "new", "operator", "--tenant", cli.town.tenant, "-o", "json", key=cli.broker.root_key).json()
    equal(cli.run("desk", "exclusions", "-o", "jsonl", key=other["key"]).rows()[0]["reason"], "电梯停运", "listed")
    check("approved" in cli.run("desk", "approve", asked["id"], "-c", "属实", key=other["key"]).out, "approved")
    excluded = total("-b", "day")["counts"]
    equal((int(excluded.get("valid", 0)), excluded["excluded"]), (valid - 1, "1"), "left out")
    shown = cli.desk("order", "show", order, "--lang", "zh").out
    check("申请剔除" in shown and "同意剔除" in shown and "电梯停运" in shown, shown)
    check("withdrawn" in cli.desk("desk", "include", asked["id"]).out, "one person lets it count again")
    equal(total("-b", "category")["counts"]["valid"], str(valid), "counted again")
    table = cli.desk("stats", "rates").out
    check("100.00%" in table and "total" in table and "RESOLUTION" in table, table)
    check(cli.desk("stats", "rates", "-o", "csv").out.startswith("id,dayMs,counts.valid"), "CSV")
    again = cli.admin("stats", "recount")
    check(re.fullmatch(r"Orders counted again: \d+; the counts were right\n", again.out) and not again.err, again.out + again.err)


def people(cli):
    member = cli.admin("member", "new", "王芳", "-k", "party-member", "--phone", "138", "--at", "39.905,116.405", "-s",
                       "electrician:D-1:2030-01-01", "--shift", "mon-fri 08:00-17:30", "--quiet", "22:00-07:00", "-o",
                       "json").json()["member"]
    equal((len(member["shifts"]), member["skills"][0]["certificate"]), (5, "D-1"), "shifts and certificate")
    changed = cli.admin("member", "set", member["id"], "--cap", "2", "-o", "json").json()["member"]
    equal((changed["holdingCap"], changed["name"]), (2, "王**"), "only what is given changes")
    masked = cli.admin("member", "set", member["id"], "--name", changed["name"], expect=2)
    check("member.name" in masked.err, "what is masked is not written back:\n" + masked.err)
    stale = cli.admin("member", "set", member["id"], "--cap", "3", "--etag", member["etag"], expect=5)
    check("ETAG_STALE" in stale.err, stale.err)
    cli.admin("member", "pause", member["id"], "-t", "2h")
    check("pausedUntilMs" in cli.admin("member", "show", member["id"], "-o", "json").json()["member"], "paused")
    cli.admin("member", "resume", member["id"])
    check("pausedUntilMs" not in cli.admin("member", "show", member["id"], "-o", "json").json()["member"], "resumed")
    key = cli.admin("key", "new", "operator", "-l", "x", "-o", "json").json()
    cli.run("desk", "board", key=key["key"])
    fresh = cli.admin("key", "rotate", key["keyId"], "--overlap", "1h", "-o", "json").json()
    for either in (key, fresh):
        cli.run("desk", "board", key=either["key"])
    listed = next(k for k in cli.admin("key", "list", "-n", "0", "-o", "jsonl").rows() if k["keyId"] == key["keyId"])
    check("lastUsedMs" in listed and "oldSecretUntilMs" in listed and "revoked" not in listed, listed)
    cli.admin("key", "revoke", key["keyId"])
    gone = cli.run("desk", "board", key=fresh["key"], expect=4)
    check("CREDENTIAL_REVOKED" in gone.err, gone.err)
    narrow = cli.admin("key", "new", "operator", "--read-only", "--allow", "DeskService", "--from", "127.0.0.0/8",
                       "--from", "::1", "--expires", "90d", "-o", "json").json()
    cli.run("desk", "board", key=narrow["key"])
    refused = cli.run("desk", "reject", "o1", "-r", "x", key=narrow["key"], expect=4)
    check("CREDENTIAL_SCOPE" in refused.err, refused.err)
    refused = cli.run("member", "list", key=narrow["key"], expect=4)
    check("CREDENTIAL_SCOPE" in refused.err, refused.err)
    far = cli.admin("key", "new", "operator", "--from", "192.0.2.0/24", "-o", "json").json()
    refused = cli.run("desk", "board", key=far["key"], expect=4)
    check("CREDENTIAL_SOURCE" in refused.err, refused.err)


def rules(cli):
    first = cli.admin("rules", "show", "-o", "json").json()
    before = first["policy"]
    cli.admin("rules", "set", "serviceTimes.urgentMs=12h", "holding_cap=7", "-r", "试行")
    after = cli.admin("policy", "show", "-o", "json").json()["policy"]  # its former name
    equal((after["serviceTimes"]["urgentMs"], after["holdingCap"]), ("43200000", 7), "set")
    equal(after["serviceTimes"]["normalMs"], before["serviceTimes"]["normalMs"], "the rest of the policy")
    changes = {c["name"]: (c["from"], c["to"]) for c in cli.admin("rules", "diff", "1", "-o", "jsonl").rows()}
    equal(changes, {"serviceTimes.urgentMs": ("1d", "12h"), "holdingCap": ("3", "7")}, "diff")
    winter = cli.write("winter.json", '{"routine": {"fanout": 2}, "manualDispatch": true}')
    changes = {c["name"]: (c["from"], c["to"]) for c in cli.admin("rules", "diff", winter, "-o", "jsonl").rows()}
    equal(changes, {"routine.fanout": ("1", "2"), "manualDispatch": ("false", "true")}, "diff with a file")
    unsaid = cli.admin("rules", "set", "--file", winter)
    check("no reason was given" in unsaid.err, unsaid.err)
    present = cli.admin("rules", "show", "-o", "json").json()["policy"]
    equal((present["routine"]["fanout"], present["routine"]["offerTtlMs"], present["holdingCap"]),
          (2, before["routine"]["offerTtlMs"], 7), "set from a file")
    history = cli.admin("rules", "history", "-o", "jsonl").rows()
    equal([v["number"] for v in history], [3, 2, 1], "versions, the newest first")
    equal((history[1]["reason"], history[1]["by"]["role"]), ("试行", "ROLE_ADMIN"), "who and why")
    back = cli.admin("rules", "restore", "1", "-r", "试行结束", "-o", "json").json()
    equal((back["version"]["number"], back["version"]["restored"]), (4, 1), "restored")
    equal(cli.admin("rules", "diff", "1", "-o", "jsonl").rows(), [], "as at first")
    for setting, field in (("routine.offerTtlMs=-1s", "policy.routine.offer_ttl_ms"), ("urgent.fanout=0", "policy.urgent.fanout"),
                           ("emergency.ringsPerStep=0", "policy.emergency.rings_per_step"),
                           ("urgent.offerTtlMs=13h serviceTimes.urgentMs=12h", "policy.urgent.offer_ttl_ms")):
        refused = cli.admin("rules", "set", *setting.split(), "-r", "x", expect=2)
        check(field in refused.err and "FIELD_OUT_OF_RANGE" in refused.err, refused.err)
    check("应不大于" in cli.admin("rules", "set", "urgent.offerTtlMs=13h", "serviceTimes.urgentMs=12h", "--lang", "zh",
                              expect=2).err, "in Chinese")
    nonsense = cli.admin("rules", "set", "serviceTimes.nonsense=1", expect=2)
    check("UNKNOWN_FIELD" in nonsense.err, nonsense.err)
    tried = cli.admin("rules", "try", "routine.fanout=3", "--seeds", "2", "-o", "json").json()
    equal((tried["acceptance"], tried["seeds"], tried["changes"]),
          ("simulated", 2, [{"name": "routine.fanout", "from": "1", "to": "3"}]), "what was tried")
    check(tried["orders"] > 0 and tried["members"] == len(cli.admin("member", "list", "-n", "0", "-o", "jsonl").rows()), tried)
    again = cli.admin("rules", "try", "routine.fanout=3", "--seeds", "2", "-o", "json").json()
    equal(again, tried, "the same seed, the same run")
    said = cli.admin("rules", "try", "routine.fanout=3").out
    check("Acceptance is simulated" in said and "routine.fanout: 1 → 3" in said and "Gini of work done" in said, said)
    check("是否接单为模拟" in cli.admin("rules", "try", "--lang", "zh").out, "in Chinese")
    refused = cli.admin("rules", "try", "routine.offerTtlMs=-1", "urgent.fanout=0", expect=2)
    check("policy.routine.offer_ttl_ms" in refused.err and "policy.urgent.fanout" in refused.err, refused.err)
    check("PERMISSION_DENIED" in cli.backend("rules", "try", expect=4).err, "for administrators")
    broken = cli.write("broken.json", '{"routine": {\n"fanout": }}')
    check("broken.json:2: not JSON" in cli.admin("rules", "set", "--file", broken, expect=1).err, "file:line")
    equal(cli.admin("rules", "show", "-o", "json").json()["version"]["number"], 4, "nothing else was stored")


def member_import(cli):
    before = len(cli.admin("member", "list", "-n", "0", "-o", "jsonl").rows())
    good = cli.write("good.csv", BOM + "name,phone,kind,lat,lon,skills,shifts,cap\r\n"
                     "\"李, 雷\",139,grid-worker,39.905,116.405,plumber; nurse:N-1,mon-fri 08:00-12:00;sat 09:00-10:00,3\r\n")
    cli.admin("member", "import", good)
    added = next(m for m in cli.admin("member", "list", "-n", "0", "-o", "jsonl").rows() if m.get("name") == "李**")
    revealed = cli.desk("desk", "reveal", "--person", added["id"], "-p", "核对名册", "-o", "json").json()["contact"]
    equal((revealed["name"], revealed["phone"]), ("李, 雷", "139"), "revealed")
    equal((added["kind"], len(added["skills"]), len(added["shifts"]), added["holdingCap"]),
          ("MEMBER_KIND_GRID_WORKER", 2, 6, 3), "imported member")
    points = cli.write("points.csv", "volunteer_id,lat,lon\n1,39.905,116.405\n2,95,1\n\n3,39.905\n\"4,39.905,116.405\n")
    some = cli.admin("member", "import", points, expect=1)
    for line in ("line 3: lat and lon", "line 5: it has 2 fields", "line 6: a quote is never closed"):
        check(line in some.err, "%s in\n%s" % (line, some.err))
    check("Imported 1, failed 3" in some.out, some.out)
    nowhere = cli.write("nowhere.csv", "volunteer_id,lat,lon\n1,39.905,116.405\n2,10,10\n")
    refused = cli.admin("member", "import", nowhere, "--atomic", expect=None)
    check(refused.status != 0 and "OUTSIDE_GRIDS" in refused.err, refused.err)
    nothing = cli.admin("member", "import", points, "--atomic", "-o", "json", expect=1).json()
    equal((nothing["imported"], nothing["failed"]), (0, 3), "--atomic")
    dry = cli.admin("member", "import", good, "--dry-run")
    check("nothing was" in dry.out, dry.out)
    equal(len(cli.admin("member", "list", "-n", "0", "-o", "jsonl").rows()), before + 2, "members after all that")
    # The same import again, under the same request id, imports nobody twice.
    for _ in range(2):
        cli.admin("member", "import", good, "--request-id", "import-1")
    equal(len(cli.admin("member", "list", "-n", "0", "-o", "jsonl").rows()), before + 3, "members after a repeat")
    headless = cli.write("headless.csv", "1,2,3\n")
    check("names no column" in cli.admin("member", "import", headless, expect=1).err, "a file without header")
    check("No such file" in cli.admin("member", "import", "/nonexistent.csv", expect=1).err, "no file")


def feature(code, ring):
    return {"type": "Feature", "properties": {"ward": code},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}


def grid_import(cli):
    square = [[117.0, 40.0], [117.1, 40.0], [117.1, 40.1], [117.0, 40.1], [117.0, 40.0]]
    bow = [[118.0, 40.0], [118.1, 40.1], [118.1, 40.0], [118.0, 40.2], [118.0, 40.0]]
    pinched = [[119.0, 40.0], [119.1, 40.0], [119.1, 40.1], [119.2, 40.1], [119.2, 40.2], [119.1, 40.2], [119.1, 40.1],
               [119.0, 40.1], [119.0, 40.0]]
    files = {}
    for name, features in {"good": [feature("7", square), feature("8", pinched)],
                           "open": [feature("7", square), feature("9", square[:-1])],
                           "bow": [feature("7", square), feature("9", bow)]}.items():
        files[name] = cli.write(name + ".geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    arguments = ["--parent", cli.town.community, "--code-property", "ward"]
    check("2 new, 0 replaced" in cli.admin("grid", "import", files["good"], *arguments).out, "import")
    check("0 new, 2 replaced" in cli.admin("grid", "import", files["good"], *arguments).out, "import again")
    equal(cli.admin("grid", "locate", "40.15,119.15", "-o", "json").json()["grid"]["code"], "8", "a pinched grid")
    broken = cli.admin("grid", "import", files["open"], *arguments, expect=1)
    check("feature 2 (9): a ring is not closed" in broken.err and "--skip" in broken.err, broken.err)
    check("1 left out" in cli.admin("grid", "import", files["open"], *arguments, "--skip").out, "--skip")
    crossed = cli.admin("grid", "import", files["bow"], *arguments, expect=2)
    check("POLYGON_INVALID" in crossed.err and "feature 2 (9)" in crossed.err, crossed.err)
    nested = cli.write("nested.geojson", "[" * 100000)
    check("not JSON" in cli.admin("grid", "import", nested, *arguments, expect=1).err, "deep nesting")


def waits(cli):
    """A window that asks nobody though somebody could come says why; one member can't have both places of a team."""
    singer = cli.admin("member", "new", "李敏", "--at", "39.905,116.405", "-s", "singing", "-o", "json").json()["member"]["id"]
    cli.admin("category", "put", "duet", "--zh", "二重唱", "-s", "singing", "-s", "singing")
    cli.admin("rules", "set", "routine.windowMs=1s", "-r", "集中派单")
    order = cli.backend("order", "new", "晚会", "-c", "duet", "--as", cli.resident, "-o", "json").json()["order"]["id"]

    def told(slot):
        return cli.desk("order", "explain", order, "--slot", slot, "-o", "json").json()

    reasons = [wait_for("a window", lambda: told(slot).get("decision", {}).get("wait")) for slot in ("0", "1")]
    equal(sorted(reasons), ["WAIT_REASON_INCOMPLETE", "WAIT_REASON_USED_ELSEWHERE"], "one for each place")
    check(int(told("0")["againMs"]) > 0, "and it goes on")
    elsewhere = str(reasons.index("WAIT_REASON_USED_ELSEWHERE"))
    said = cli.desk("order", "explain", order, "--slot", elsewhere).out
    check(all(word in said for word in ("Decided to wait", singer, "cheapest", "better used for", "looks at the order again")), said)
    said = cli.desk("order", "explain", order, "--slot", elsewhere, "--lang", "zh").out
    check(all(word in said for word in ("当时决定等待", singer, "最省", "更合适", "派单再看此单")), said)
    cli.admin("rules", "set", "routine.windowMs=0", "-r", "随到随派")


LAB_TRACE = """2 2 20 4
0 w 0 0 1 1 100 0.5
10 t 0.5 0 100 10
20 w 1.2 0 1 1 100 0.9
30 t 0.1 0 100 4
"""


def lab(cli):
    path, charts = os.path.join(cli.home, "trace.txt"), os.path.join(cli.home, "charts")
    with open(path, "w", encoding="utf-8") as file:
        file.write(LAB_TRACE)
    rows = cli.run("lab", "gmission", path, path, "--policy", "deferral", "-o", "jsonl", "--plots", charts).rows()
    equal(len(rows), 3, "one for each file, and the means")
    last = rows[-1]
    check(last["opt"] == 11 and last["utility"] == 11 and last["served"] == 2, str(last))
    for name in ("dataset", "policy", "seeds", "opt_clairvoyant", "ratio_opt", "wait_p50_s", "wait_mean_s", "metres_mean",
                 "offers_per_completion", "gini_done", "gini_offers", "offers_per_volunteer_day_p99"):
        check(name in last, name + " in " + str(last))
    equal(sorted(os.listdir(charts)), ["distance.svg", "fairness.svg", "load.svg", "wait.svg"], "the charts")
    curve = cli.run("lab", "gmission", path, "--vary", "regret=0,0.5", "--beside", "greedy", "-o", "jsonl", "--plots",
                    os.path.join(cli.home, "curves")).rows()
    equal([row["policy"] for row in curve if "file" not in row], ["engine,regret=0", "engine,regret=0.5", "greedy"], "points")
    with open(os.path.join(cli.home, "curves", "curve.svg"), encoding="utf-8") as file:
        equal(file.read().count("<circle"), 3, "points of the curve")
    refused = cli.run("lab", "gmission", path, "--vary", "regret", "--lang", "en", expect=2)
    check("regret=0,0.01" in refused.err, refused.err)
    worth = cli.run("lab", "synthetic", "--orders", "300", "--seeds", "1", "--policy", "worth,window=5", "--broker",
                    "-o", "jsonl").rows()[-1]
    check("weights.worthM=60000 weights.lostM=1000000" in worth["rules"], "the record that it is: " + worth["rules"])
    learn = cli.run("lab", "synthetic", "--orders", "2000", "--policy", "worth,learn", "--broker", "--lang", "en", expect=2)
    check("learn: the broker has no such setting" in learn.err, learn.err)
    serving = cli.run("lab", "gmission", path, "--service", "10", "--policy", "greedy", "-o", "jsonl").rows()[-1]
    check(serving["served"] == 2 and serving["utility"] == 7 and serving["opt"] == 11, str(serving))
    greedy = cli.run("lab", "gmission", path, "--policy", "greedy", "-o", "jsonl").rows()[-1]
    check(greedy["utility"] == 5 and greedy["wait_p50_s"] == 0, str(greedy))
    check("simulated" in cli.run("lab", "gmission", path, "--lang", "en").out, "as a table")
    day = ("lab", "synthetic", "--orders", "2000", "--accept", "0.5", "--seeds", "2", "-o", "jsonl")
    first, again = cli.run(*day).rows()[-1], cli.run(*day).rows()[-1]
    del first["seconds"], again["seconds"], first["spread"], again["spread"]
    equal(first, again, "the same seeds give the same")
    refused = cli.run("lab", "gmission", path, "--policy", "engine,ttl=-1", "--lang", "en", expect=2)
    check("ttl: must be from 1 to 86400, not -1" in refused.err, refused.err)
    with open(path, "a", encoding="utf-8") as file:
        file.write("40 q 1 1\n")
    refused = cli.run("lab", "gmission", path, "--lang", "en", expect=2)
    check(path + ":6: the second column must be w" in refused.err, refused.err)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    return cli_main(sys.argv[1], sys.argv[2], (login, loop, desk, rates, people, rules, member_import, grid_import, waits, lab), sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
