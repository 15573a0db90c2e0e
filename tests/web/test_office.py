#!/usr/bin/python3
"""The office's other pages in a browser, on a running paidand with a demo town in which orders came to an end: usage
test_office.py PAIDAND PAIDAN [CASE…]."""
import sys

import pages

DONE = 24
# Orders that anybody can serve, as rows of pages.TITLES.
SIMPLE = [0, 6, 7, 9]
OUTCOMES = ["SOLVED", "SOLVED", "SOLVED", "PARTLY", "UNABLE"]


def finish(town, i, member_id):
    """An order that a member served, and mostly one that its resident rated."""
    order_id = town.place(SIMPLE[i % len(SIMPLE)])["id"]
    town.desk.call("DeskService/AssignOrder", {"orderId": order_id, "memberId": member_id, "accepted": True, "reason": "测试"})
    town.desk.call("DeskService/CompleteOrder", {"orderId": order_id, "text": "已办妥",
                                                 "outcome": "OUTCOME_" + OUTCOMES[i % len(OUTCOMES)], "reason": "条件不足"})
    if i % 4 != 3:
        whose = town.ids["residents"][SIMPLE[i % len(SIMPLE)]]
        resident = town.broker.client(town.keys["backend"], "resident/" + whose)
        resident.call("OrderService/RateOrder", {
            "orderId": order_id, "stars": 5 - i % 3,
            "resolution": "RESOLUTION_NOT_SOLVED" if i % 12 == 5 else "RESOLUTION_SOLVED"})


def prepare(town):
    town.set_policy(manualDispatch=True, adminsWithoutTotp=True)
    town.operator("desk.one")
    town.operator("admin.one", "ROLE_ADMIN")
    members = town.desk.call("MemberService/ListMembers", {"pageSize": 40})["members"]
    for i in range(DONE):
        finish(town, i, members[i % 6]["id"])
    for i in range(9):
        town.place(i)
    return {"admin": "admin.one", "member": members[0]["id"], "token": town.token("member", members[0]["id"])}


if __name__ == "__main__":
    sys.exit(pages.main("office.mjs", prepare))
