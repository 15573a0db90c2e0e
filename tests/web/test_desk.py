#!/usr/bin/python3
"""The desk in a browser, on a running paidand with the demo town: usage test_desk.py PAIDAND PAIDAN [CASE…]."""
import sys

import pages


def prepare(town):
    town.set_policy(manualDispatch=True)
    town.operator("desk.one")
    town.operator("boss.one", "ROLE_ADMIN")
    placed = [town.place(i) for i in range(45)]
    caller = town.ids["residents"][7]
    contact = town.desk.call("PrivacyService/RevealContact", {"personId": caller, "purpose": "test"})["contact"]
    return {"caller": caller, "phone": contact["phone"], "adminKey": town.keys["admin"], "home": placed[0]["point"]}


if __name__ == "__main__":
    sys.exit(pages.main("desk.mjs", prepare))
