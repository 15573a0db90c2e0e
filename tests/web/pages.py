"""A running paidand with the demo town, an operator's account and orders, for the browser tests."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(REPO, "tests/e2e"))

from broker import Broker, Report, check  # noqa: E402

PASSWORD = "a lantern on the hill"
TITLES = [
    ("errand", "代买大米和食用油"), ("plumbing", "厨房水管漏水"), ("electric", "客厅跳闸，灯都不亮"), ("fall", "老人在卫生间滑倒"),
    ("carry", "搬运旧衣柜到楼下"), ("escort", "陪同去社区医院复查"), ("visit", "独居老人上门探访"), ("device", "手机挂号不会用"),
    ("lamp", "三单元路灯不亮"), ("litter", "楼道堆放杂物"), ("noise", "晚上施工噪声"), ("service", "上门维修态度不好"),
    ("dispute", "楼上漏水协商赔偿"), ("homework", "小学数学辅导"), ("counsel", "想找人聊聊"),
]


class DemoTown:
    def __init__(self, broker, paidan):
        self.broker = broker
        subprocess.run([sys.executable, os.path.join(REPO, "deploy/demo/load.py"), paidan, broker.data], check=True,
                       stdout=subprocess.DEVNULL)
        self.ids = json.loads(self.read("town.json"))
        self.keys = {name: self.read(name + ".key").strip() for name in ("backend", "operator", "admin")}
        self.admin = broker.client(self.keys["admin"])
        self.desk = broker.client(self.keys["operator"])

    def read(self, name):
        with open(os.path.join(self.broker.data, "demo", name), encoding="utf-8") as file:
            return file.read()

    def set_policy(self, **more):
        policy = self.admin.call("OrgService/GetPolicy")["policy"]
        self.admin.call("OrgService/PutPolicy", {"policy": {**policy, **more}})

    def operator(self, name, role="ROLE_OPERATOR"):
        made = self.admin.call("OperatorService/CreateOperator", {"operator": {
            "name": name, "displayName": "演示派单员", "assignments": [{"role": role}]}})
        self.broker.client().call("SessionService/RedeemInvite", {
            "tenantId": "demo", "invite": made["invite"], "password": PASSWORD})
        return made["operator"]["id"]

    def token(self, kind, person_id):
        """What a member's or resident's link ends with."""
        backend = self.broker.client(self.keys["backend"])
        return backend.call("CredentialService/MintToken", {kind + "Id": person_id, "ttlMs": "600000"})["token"]

    def place(self, i):
        code, title = TITLES[i % len(TITLES)]
        return self.desk.call("OrderService/PlaceOrder", {
            "categoryId": self.ids["categories"][code], "title": title,
            "beneficiaryId": self.ids["residents"][i % len(self.ids["residents"])]})["order"]


def run_node(script, town, *cases, **more):
    """Runs a script of this directory; its output is this test's. What it needs to know comes as JSON."""
    given = {"url": "https://localhost:%d" % town.broker.port, "tenant": "demo", "name": "desk.one", "password": PASSWORD,
             "residents": town.ids["residents"], "operatorKey": town.keys["operator"],
             "categories": town.ids["categories"], "log": town.broker.log_file, **more}
    environment = {**os.environ, "PAIDAN_WEB": json.dumps(given)}
    return subprocess.run(["node", os.path.join(HERE, script), *cases], env=environment, check=False, timeout=420).returncode


def main(script, prepare, *options):
    paidand, paidan = sys.argv[1:3]
    with Broker(paidand, "--workers=1", *options) as broker:
        town = DemoTown(broker, paidan)
        more = prepare(town) or {}
        status = run_node(script, town, *sys.argv[3:], **more)
    return status


__all__ = ["Broker", "DemoTown", "Report", "check", "main", "run_node"]
