"""Brings the demo town into a running broker, through its public API: usage load.py PAIDAN DATA-DIR.

What is there already stays: each step is remembered in DATA-DIR/demo/town.json, every request has a fixed id (so a step
that was cut off is taken up where it ended) and keys are made once. Beside it are written
  backend.key operator.key admin.key   the demo's API keys
  wall.key                             the key of a screen
  config                               for paidan: profiles default (the backend), desk and admin
  links                                to the pages: the desk's, the administration's, a member's, a resident's, a
                                       screen's, and the open figures
  env                                  for the shell: PATH, PAIDAN_CONFIG, DEMO (that directory), DEMO_URL, DEMO_CA,
                                       DEMO_METRICS, RESIDENT (someone to order for), ERRAND (a category)
All of them are readable by their owner alone.
"""
import json
import os
import shlex
import subprocess
import sys
import uuid

from categories import CATEGORIES, POLICY
from town import make_town

SEED = 1
TENANT = "demo"
KEYS = {"backend": "小程序后台", "operator": "街道派单台", "admin": "管理员"}
ACCOUNTS = {"desk": ("ROLE_OPERATOR", "演示派单员"), "admin": ("ROLE_ADMIN", "演示管理员")}
WALL = "wall"
HOUR_MS = "3600000"
AUTH, CONFLICT = 4, 5  # exit statuses of paidan


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def write(path, text):
    """Whole or not at all, for its owner alone."""
    with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Broker:
    """The running broker, as paidan reaches it."""

    def __init__(self, paidan, data):
        self.paidan = paidan
        state = json.loads(read(os.path.join(data, "paidand.json")))
        self.url = "https://localhost:%s" % state["listen"].rpartition(":")[2]
        self.ca = state["ca"]
        self.local = state["local"]
        self.root_key = read(state["root_key_file"]).strip()

    def call(self, method, requests, key):
        """The replies to many requests of one method."""
        settings = {"SERVER": self.url, "CA": self.ca, "KEY": key, "TENANT": TENANT, "LANG": "en",
                    "CONFIG": os.path.join(os.path.dirname(self.paidan), "no-such-config")}
        environment = {n: v for n, v in os.environ.items() if not n.startswith("PAIDAN_")}
        environment.update({"PAIDAN_" + name: value for name, value in settings.items()})
        lines = "".join(json.dumps(request, ensure_ascii=False) + "\n" for request in requests)
        done = subprocess.run([self.paidan, "call", "--lines", method], env=environment, input=lines, check=False,
                              capture_output=True, encoding="utf-8")
        if done.returncode != 0:
            raise Refused(done.returncode, "%s: %s" % (method, done.stderr.strip()))
        return [json.loads(line) for line in done.stdout.splitlines()]


class Loader:
    def __init__(self, broker, directory):
        self.broker = broker
        self.directory = directory
        self.file = os.path.join(directory, "town.json")
        self.ids = {}
        self.key = None

    def path(self, name):
        return os.path.join(self.directory, name)

    def remember(self, step, ids):
        self.ids[step] = ids
        write(self.file, json.dumps(self.ids, indent=1) + "\n")

    def calls(self, method, requests, first=0):
        """With request ids by method and position."""
        named = [{"requestId": "demo-%d-%s-%d" % (SEED, method.rpartition("/")[2], first + i), **request}
                 for i, request in enumerate(requests)]
        return self.broker.call(method, named, self.key)

    def make(self, step, method, field, things):
        """Makes one record for each thing and remembers their ids."""
        if step not in self.ids:
            self.remember(step, [reply[field]["id"] for reply in self.calls(method, [{field: t} for t in things])])
        return self.ids[step]

    def open(self):
        """Takes up what is there; forgets it when the broker doesn't know it any more."""
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        try:
            self.ids = json.loads(read(self.file))
            self.broker.call("OrgService/GetPolicy", [{}], read(self.path("admin.key")).strip())
        except (OSError, ValueError):
            self.ids = {}
        except Refused as refused:
            if refused.status != AUTH:
                raise
            self.ids = {}
        if not self.ids:
            for name in (*KEYS, WALL):
                if os.path.exists(self.path(name + ".key")):
                    os.remove(self.path(name + ".key"))

    def make_tenant(self, name):
        self.key = self.broker.root_key
        if "tenant" not in self.ids:
            try:
                self.calls("OrgService/CreateTenant", [{"tenantId": TENANT, "name": name}])
            except Refused as refused:
                if refused.status != CONFLICT:
                    raise
        for role, label in KEYS.items():
            if not os.path.exists(self.path(role + ".key")):
                request = {"requestId": str(uuid.uuid4()), "role": "ROLE_" + role.upper(), "label": label}
                reply = self.broker.call("OrgService/CreateApiKey", [request], self.key)[0]
                write(self.path(role + ".key"), reply["key"] + "\n")
        if "tenant" not in self.ids:
            self.remember("tenant", TENANT)
        self.key = read(self.path("admin.key")).strip()

    def make_rules(self):
        if "policy" in self.ids:
            return
        there = {}
        for category in self.broker.call("OrgService/ListCategories", [{"pageSize": 200}], self.key)[0].get(
                "categories", []):
            there[category["code"]] = category["id"]
        missing = [c for c in CATEGORIES if c["code"] not in there]
        for reply in self.broker.call("OrgService/PutCategory", [{"category": c} for c in missing], self.key):
            there[reply["category"]["code"]] = reply["category"]["id"]
        self.remember("categories", there)
        policy = self.broker.call("OrgService/GetPolicy", [{}], self.key)[0]["policy"]
        for name, value in POLICY.items():
            policy[name] = {**policy.get(name, {}), **value} if isinstance(value, dict) else value
        self.broker.call("OrgService/PutPolicy", [{"policy": policy}], self.key)
        self.remember("policy", True)

    def make_places(self, town):
        communities = self.make("communities", "OrgService/CreateNode", "node", [
            {"kind": "NODE_KIND_COMMUNITY", "name": name, "phone": "1540001%04d" % (i + 1)}
            for i, name in enumerate(town["communities"])])
        if "grids" not in self.ids:
            requests = [{"parentId": community, "grids": [
                {k: grid[k] for k in ("name", "code", "polygons")} for grid in town["grids"] if grid["community"] == i]}
                for i, community in enumerate(communities)]
            replies = self.broker.call("OrgService/ImportGrids", requests, self.key)
            by_code = {grid["code"]: grid["id"] for reply in replies for grid in reply["grids"]}
            self.remember("grids", [by_code[grid["code"]] for grid in town["grids"]])
        buildings = self.make("buildings", "OrgService/CreateBuilding", "building", [
            {"name": b["name"], "gridId": self.ids["grids"][b["grid"]], "point": b["point"]} for b in town["buildings"]])
        self.make("households", "OrgService/CreateHousehold", "household", [
            {"buildingId": buildings[h["building"]], "address": h["address"], "tags": h["tags"]}
            for h in town["households"]])

    def resident(self, resident, ids):
        return {"resident": {"householdId": self.ids["households"][resident["household"]], "name": resident["name"],
                             "phone": resident["phone"], "proxyIds": [ids[p] for p in resident["proxies"]]}}

    def make_residents(self, residents):
        """Those whom others may order for come second, when the others' ids are known."""
        if "residents" in self.ids:
            return
        ids = {}
        for with_proxies in (False, True):
            batch = [i for i, r in enumerate(residents) if bool(r["proxies"]) == with_proxies]
            replies = self.calls("OrgService/CreateResident", [self.resident(residents[i], ids) for i in batch], len(ids))
            ids.update(zip(batch, (reply["resident"]["id"] for reply in replies)))
        self.remember("residents", [ids[i] for i in range(len(residents))])

    def member(self, m):
        out = {k: m[k] for k in ("name", "phone", "home", "skills", "shifts", "quiet", "holdingCap") if k in m}
        out.update(kind="MEMBER_KIND_" + m["kind"], gridId=self.ids["grids"][m["grid"]],
                   homeCommunityId=self.ids["communities"][m["community"]])
        if "household" in m:
            out.update(householdId=self.ids["households"][m["household"]],
                       buildingId=self.ids["buildings"][m["building"]])
        if "linked" in m:
            out["linkedUnitId"] = self.ids["communities"][m["linked"]]
        return out

    def make_members(self, town):
        members = self.make("members", "MemberService/CreateMember", "member",
                            [self.member(m) for m in town["members"]])
        if "responsible" not in self.ids:
            self.calls("OrgService/SetResponsibleMember", [
                {"householdId": self.ids["households"][p["household"]], "memberId": members[p["member"]]}
                for p in town["responsible"]])
            self.remember("responsible", len(town["responsible"]))

    def write_settings(self):
        """Every time: the port may be another one."""
        profiles = {"default": "backend", "desk": "operator", "admin": "admin"}
        metrics = "http://%s/metrics" % self.broker.local
        write(self.path("config"), "".join(
            "[%s]\nserver = %s\nca = %s\nmetrics = %s\nkey = %s\n\n" % (
                name, self.broker.url, self.broker.ca, metrics, read(self.path(role + ".key")).strip())
            for name, role in profiles.items()))
        write(self.path("env"), "".join("export %s\n" % line for line in (
            "PATH=%s:\"$PATH\"" % shlex.quote(os.path.dirname(self.broker.paidan)),
            "PAIDAN_CONFIG=" + shlex.quote(self.path("config")), "DEMO=" + shlex.quote(self.directory),
            "DEMO_URL=" + self.broker.url, "DEMO_CA=" + shlex.quote(self.broker.ca),
            "DEMO_METRICS=" + metrics,
            "RESIDENT=" + self.ids["residents"][0], "ERRAND=" + self.ids["categories"]["errand"])))

    def make_screen(self):
        """Its key is shown once, like others."""
        path = self.path(WALL + ".key")
        if not os.path.exists(path):
            request = {"requestId": str(uuid.uuid4()), "label": "演示大屏"}
            write(path, self.broker.call("WallService/CreateWallKey", [request], self.key)[0]["key"] + "\n")

    def invite(self, name):
        """The end of the link with which an account's owner sets a password; nothing when that was done."""
        role, title = ACCOUNTS[name]
        named = [o for o in self.broker.call("OperatorService/ListOperators", [{"pageSize": 200}], self.key)[0].get(
            "operators", []) if o["name"] == name]
        if not named:
            request = {"operator": {"name": name, "displayName": title, "assignments": [{"role": role}]}}
            return "#" + self.broker.call("OperatorService/CreateOperator", [request], self.key)[0]["invite"]
        if not named[0].get("invited"):
            return ""
        return "#" + self.broker.call("OperatorService/ResetOperator", [{"operatorId": named[0]["id"]}],
                                      self.key)[0]["invite"]

    def write_links(self):
        """Pages that are ready: an invite is good once, a token for an hour."""
        tokens = self.broker.call("CredentialService/MintToken", [
            {"memberId": self.ids["members"][0], "ttlMs": HOUR_MS},
            {"residentId": self.ids["residents"][0], "ttlMs": HOUR_MS}], read(self.path("backend.key")).strip())
        links = {name: "/%s%s" % (name, self.invite(name)) for name in ACCOUNTS}
        links["member"] = "/m#token=" + tokens[0]["token"]
        links["resident"] = "/r#token=" + tokens[1]["token"]
        links["wall"] = "/wall#token=" + read(self.path(WALL + ".key")).strip()
        links["open"] = "/open?tenant=" + TENANT
        write(self.path("links"), "".join("%s %s%s\n" % (name, self.broker.url, rest) for name, rest in links.items()))

    def load(self):
        self.open()
        new = "responsible" not in self.ids
        town = make_town(SEED)
        self.make_tenant(town["name"])
        self.make_rules()
        self.make_places(town)
        self.make_residents(town["residents"])
        self.make_members(town)
        self.make_screen()
        self.write_settings()
        self.write_links()
        if new:
            print("The demo town is there: %s with %d communities, %d grids, %d households, %d members" % (
                town["name"], len(town["communities"]), len(town["grids"]), len(town["households"]),
                len(town["members"])))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    paidan, data = (os.path.abspath(argument) for argument in sys.argv[1:])
    try:
        Loader(Broker(paidan, data), os.path.join(data, "demo")).load()
    except Refused as refused:
        sys.exit("The demo town could not be loaded: %s" % refused)


if __name__ == "__main__":
    main()
