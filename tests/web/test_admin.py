#!/usr/bin/python3
"""The administration in a browser, on a running paidand with a demo town in which orders came to an end: usage
test_admin.py PAIDAND PAIDAN [CASE…]."""
import sys

import pages
import test_office


def prepare(town):
    given = test_office.prepare(town)
    resident = town.ids["residents"][test_office.SIMPLE[0]]
    ended = [order for order in town.desk.call("OrderService/ListOrders", {"residentId": resident})["orders"]
             if order["state"] == "ORDER_STATE_CLOSED"]
    return {**given, "adminKey": town.keys["admin"], "ended": ended[0]["id"]}


if __name__ == "__main__":
    sys.exit(pages.main("admin.mjs", prepare))
