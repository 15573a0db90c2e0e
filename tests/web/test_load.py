#!/usr/bin/python3
"""The desk with 5,000 open orders on a slow machine and line: usage test_load.py PAIDAND PAIDAN [CASE…]."""
import sys
from concurrent.futures import ThreadPoolExecutor

import pages

ORDERS, AT_ONCE = 5000, 8


def prepare(town):
    town.set_policy(manualDispatch=True)
    town.operator("desk.one")

    def some(first):
        client = town.broker.client(town.keys["operator"])
        for i in range(first, ORDERS, AT_ONCE):
            code, title = pages.TITLES[i % len(pages.TITLES)]
            client.call("OrderService/PlaceOrder", {
                "categoryId": town.ids["categories"][code], "title": title,
                "beneficiaryId": town.ids["residents"][i % len(town.ids["residents"])]})
        client.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(some, range(AT_ONCE)))


if __name__ == "__main__":
    sys.exit(pages.main("load.mjs", prepare))
