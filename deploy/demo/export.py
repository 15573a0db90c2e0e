#!/usr/bin/env python3
"""The demo town as files that paidan imports and replays: usage export.py DIR [ORDERS].

grids.geojson   the grids; property code
members.csv     volunteer_id, lat, lon
orders.csv      so many made-up requests of one week (default 500): case_id, open_s, type, lat, lon, geo_ok
"""
import csv
import json
import os
import random
import sys

from categories import CATEGORIES
from load import SEED
from town import make_town

WEEK_S = 7 * 24 * 3600


def write_grids(path, grids):
    features = [{"type": "Feature", "properties": {"code": grid["code"], "name": grid["name"]},
                 "geometry": {"type": "Polygon", "coordinates": [
                     [[p["lon"], p["lat"]] for p in ring["points"]] for ring in grid["polygons"][0]["rings"]]}}
                for grid in grids]
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"type": "FeatureCollection", "features": features}, file, ensure_ascii=False, indent=1)


def write_csv(path, names, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *rows])


def make_orders(dice, town, count):
    """Where people live, when people call: evenly over the week, for what the categories name."""
    types = [c["nameEn"] for c in CATEGORIES]
    for i, open_s in enumerate(sorted(dice.randrange(WEEK_S) for _ in range(count))):
        point = dice.choice(town["buildings"])["point"]
        yield [100000 + i, open_s, dice.choice(types), point["lat"], point["lon"], 1]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    directory = sys.argv[1]
    town = make_town(SEED)
    os.makedirs(directory, exist_ok=True)
    write_grids(os.path.join(directory, "grids.geojson"), town["grids"])
    write_csv(os.path.join(directory, "members.csv"), ["volunteer_id", "lat", "lon"],
              [[i + 1, m["home"]["lat"], m["home"]["lon"]] for i, m in enumerate(town["members"])])
    write_csv(os.path.join(directory, "orders.csv"), ["case_id", "open_s", "type", "lat", "lon", "geo_ok"],
              make_orders(random.Random(SEED), town, int(sys.argv[2]) if len(sys.argv) == 3 else 500))


if __name__ == "__main__":
    main()
