"""The demo town, made from a seed: one street, 2 communities, 12 grids, 60 buildings, 200 households, 60 members.

Places, people and numbers are made up; the phone numbers begin with a prefix that nobody has been given. Things refer
to each other by their position in these lists ("grid": 3); load.py puts the broker's ids in their place.

usage: town.py [SEED]   prints the town as JSON
"""
import json
import math
import random
import sys

ORIGIN_LAT, ORIGIN_LON = 30.5, 119.5
GRID_M = 360.0
COLUMNS, ROWS = 4, 3
BUILDINGS_PER_GRID = 5
HOUSEHOLDS = 200
METRES_PER_DEGREE = 111195.0
WEEKDAYS, WEEKEND = range(0, 5), range(5, 7)
DAY_MIN = 24 * 60

COMMUNITIES = ["春风社区", "晓月社区"]
ESTATES = ["柳苑", "荷苑", "桂苑", "枫苑", "松苑", "梅苑", "云苑", "霞苑", "星苑", "晨苑", "晴苑", "禾苑"]
NUMERALS = ["第一网格", "第二网格", "第三网格", "第四网格", "第五网格", "第六网格"]
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜戚谢邹柏章云苏潘葛范彭鲁韦马苗方俞任袁柳"
GIVEN = "安宁和平乐康怡然晨曦明远思齐佳禾雨桐子墨清扬书瑶文博雅静秋实春生长青海棠云舒知行守正立夏小满若谷如松向阳"
UNITS = [
    ("惠邻物业服务站", ["electrician", "plumber", "lifting"]),
    ("春风卫生服务点", ["first-aid", "nurse", "counsellor"]),
    ("晓月便民维修部", ["plumber", "electrician", "carpenter"]),
    ("同心调解工作室", ["mediator", "counsellor"]),
]
VOLUNTEER_SKILLS = ["plumber", "electrician", "first-aid", "lifting", "teacher", "counsellor", "driver", "barber"]
CERTIFIED = {"plumber", "electrician", "first-aid", "nurse", "counsellor"}


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.phones = 0

    def phone(self):
        self.phones += 1
        return "1540000%04d" % self.phones

    def name(self, surname=None):
        given = "".join(self.random.sample(GIVEN, self.random.choice([1, 2, 2])))
        return (surname or self.random.choice(SURNAMES)) + given

    def near(self, point, metres):
        """A point at most so many metres away along each axis."""
        return moved(point, self.random.uniform(-metres, metres), self.random.uniform(-metres, metres))


def moved(point, east_m, north_m):
    lat = point["lat"] + north_m / METRES_PER_DEGREE
    lon = point["lon"] + east_m / (METRES_PER_DEGREE * math.cos(math.radians(ORIGIN_LAT)))
    return {"lat": round(lat, 6), "lon": round(lon, 6)}


def at(column, row):
    return moved({"lat": ORIGIN_LAT, "lon": ORIGIN_LON}, column * GRID_M, row * GRID_M)


def make_grids(maker):
    """Corners and the middles of the sides are moved a little, and shared: the grids meet without gap or overlap."""
    points = {}
    for column in range(2 * COLUMNS + 1):
        for row in range(2 * ROWS + 1):
            points[column, row] = maker.near(at(column / 2, row / 2), 35)
    around = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1), (0, 0)]
    grids = []
    for i in range(COLUMNS * ROWS):
        community, place = divmod(i, COLUMNS * ROWS // 2)
        column, row = community * COLUMNS // 2 + place % (COLUMNS // 2), place // (COLUMNS // 2)
        outline = [points[2 * column + x, 2 * row + y] for x, y in around]
        grids.append({"community": community, "name": ESTATES[i] + NUMERALS[place],
                      "code": "%d%02d" % (community + 1, place + 1), "centre": at(column + 0.5, row + 0.5),
                      "polygons": [{"rings": [{"points": outline}]}]})
    return grids


def make_buildings(maker, grids):
    return [{"grid": i, "name": "%s%d幢" % (ESTATES[i], n + 1), "point": maker.near(grid["centre"], 110)}
            for i, grid in enumerate(grids) for n in range(BUILDINGS_PER_GRID)]


def make_households(maker, buildings):
    households = []
    for i in range(HOUSEHOLDS):
        building = i % len(buildings)
        flat = "%d单元%d0%d室" % (maker.random.randint(1, 3), 1 + i // len(buildings), maker.random.randint(1, 2))
        tags = maker.random.choices([[], ["独居"], ["高龄"], ["独居", "高龄"], ["残疾"]], [70, 10, 10, 6, 4])[0]
        households.append({"building": building, "address": buildings[building]["name"] + flat, "tags": tags})
    return households


def make_residents(maker, households):
    """The first of a household comes before those who may order for it; `proxies` are positions, too."""
    residents = []
    for i, household in enumerate(households):
        surname = maker.random.choice(SURNAMES)
        family = [{"household": i, "name": maker.name(surname if n < 2 else None), "phone": maker.phone(), "proxies": []}
                  for n in range(1 if "独居" in household["tags"] else maker.random.randint(1, 3))]
        for other in range(1, len(family)):
            family[0]["proxies"].append(len(residents) + other - 1)
        residents += family[1:] + family[:1]  # an id must be known before it is named as a proxy
    return residents


def shifts(days, from_hour, to_hour):
    return [{"fromMin": d * DAY_MIN + from_hour * 60, "toMin": d * DAY_MIN + to_hour * 60} for d in days]


def skills(maker, names):
    return [{"name": n, "certificate": "ZS-%04d" % maker.random.randint(1, 9999)} if n in CERTIFIED else {"name": n}
            for n in names]


def make_grid_worker(maker, i, grid):
    return {"kind": "GRID_WORKER", "grid": i, "community": grid["community"], "name": maker.name(),
            "home": maker.near(grid["centre"], 60), "skills": skills(maker, ["patrol", "mediator"]),
            "shifts": shifts(WEEKDAYS, 8, 18) + shifts(WEEKEND, 9, 12), "holdingCap": 5}


def make_neighbour(maker, kind, households, buildings, grids):
    """A volunteer or party member at home in one of the households."""
    household = maker.random.randrange(len(households))
    building = households[household]["building"]
    community = grids[buildings[building]["grid"]]["community"]
    member = {"kind": kind, "household": household, "building": building, "grid": buildings[building]["grid"],
              "community": community, "name": maker.name(), "home": buildings[building]["point"],
              "skills": skills(maker, maker.random.sample(VOLUNTEER_SKILLS, maker.random.choice([0, 1, 1, 2]))),
              "shifts": maker.random.choice([[], shifts(WEEKDAYS, 18, 22) + shifts(WEEKEND, 8, 22),
                                             shifts(WEEKEND, 8, 20), shifts(range(7), 8, 20)])}
    if maker.random.random() < 0.3:
        member["quiet"] = {"fromMin": 22 * 60, "toMin": 7 * 60}
    if kind == "PARTY_MEMBER":
        member["linked"] = 1 - community  # 双报到: at home here, from a unit over there
    return member


def make_unit(maker, i, name, has, grids):
    grid = i * len(grids) // len(UNITS)
    return {"kind": "UNIT", "grid": grid, "community": grids[grid]["community"], "name": name,
            "home": grids[grid]["centre"], "skills": skills(maker, has), "shifts": [], "holdingCap": 20}


def make_members(maker, grids, buildings, households):
    members = [make_grid_worker(maker, i, grid) for i, grid in enumerate(grids)]
    members += [make_unit(maker, i, name, has, grids) for i, (name, has) in enumerate(UNITS)]
    members += [make_neighbour(maker, "PARTY_MEMBER", households, buildings, grids) for _ in range(10)]
    members += [make_neighbour(maker, "VOLUNTEER", households, buildings, grids) for _ in range(34)]
    for member in members:
        member["phone"] = maker.phone()
    return members


def make_responsible(households, buildings, members):
    """包保: who lives alone has the grid's worker or a neighbour from the same grid."""
    by_grid = {}
    for i, member in enumerate(members):
        if member["kind"] != "UNIT":
            by_grid.setdefault(member["grid"], []).append(i)
    pairs = []
    for i, household in enumerate(households):
        if household["tags"]:
            near = [m for m in by_grid[buildings[household["building"]]["grid"]] if members[m].get("household") != i]
            pairs.append({"household": i, "member": near[i % len(near)]})
    return pairs


def make_town(seed):
    maker = Maker(seed)
    grids = make_grids(maker)
    buildings = make_buildings(maker, grids)
    households = make_households(maker, buildings)
    members = make_members(maker, grids, buildings, households)
    return {"name": "云杉街道", "communities": COMMUNITIES, "grids": grids, "buildings": buildings,
            "households": households, "residents": make_residents(maker, households), "members": members,
            "responsible": make_responsible(households, buildings, members)}


if __name__ == "__main__":
    json.dump(make_town(int(sys.argv[1]) if len(sys.argv) > 1 else 1), sys.stdout, ensure_ascii=False, indent=1)
    print()
