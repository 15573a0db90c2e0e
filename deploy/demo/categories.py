"""What the demo town's residents can ask for."""


def any_one(count=1):
    return [{} for _ in range(count)]


def needs(skill):
    return [{"skill": skill}]


def wishes(skill, count=1):
    return [{"skill": skill, "optionalSkill": True}] + any_one(count - 1)


def points(per_order, per_quarter_hour=2, rating_bonus=3, daily_cap=200):
    return {"perOrder": per_order, "perQuarterHour": per_quarter_hour, "ratingBonus": rating_bonus,
            "dailyCap": daily_cap}


def category(code, zh, en, urgency, slots, earns, **flags):
    return {"code": code, "nameZh": zh, "nameEn": en, "urgency": "URGENCY_" + urgency, "slots": slots,
            "points": earns, **flags}


NOTHING = {"none": True}

CATEGORIES = [
    category("errand", "代买代办", "Errands", "NORMAL", any_one(), points(5)),
    category("plumbing", "水管维修", "Plumbing", "URGENT", needs("plumber"), points(10, rating_bonus=5)),
    category("electric", "电路维修", "Electrical repair", "URGENT", needs("electrician"), points(10, rating_bonus=5)),
    category("fall", "跌倒求助", "A fall at home", "DANGER", needs("first-aid"), points(20, rating_bonus=10)),
    category("carry", "搬运重物", "Carrying", "NORMAL", wishes("lifting", 2), points(8), twoPerson=True),
    category("escort", "陪同就医", "Company to the clinic", "NORMAL", wishes("first-aid"), points(10, 4),
             codeRequired=True),
    category("visit", "独居探访", "A visit", "NORMAL", any_one(), points(5, 2, 5)),
    category("counsel", "心理疏导", "Counselling", "NORMAL", needs("counsellor"), points(10, 4), private=True),
    category("device", "手机使用辅导", "Help with a phone", "NORMAL", any_one(), points(5)),
    category("homework", "课业辅导", "Homework help", "NORMAL", wishes("teacher"), points(6, 3)),
    category("lamp", "公共照明", "Street lights", "NORMAL", needs("electrician"), points(6)),
    category("litter", "环境卫生", "Litter", "NORMAL", any_one(), points(4)),
    category("dispute", "邻里纠纷", "A dispute between neighbours", "COMPLEX", [{"skill": "mediator"}, {}],
             points(15, 4), twoPerson=True, private=True),
    category("noise", "噪声投诉", "A complaint about noise", "NORMAL", wishes("mediator"), NOTHING, complaint=True),
    category("service", "服务投诉", "A complaint about a service", "NORMAL", any_one(), NOTHING, complaint=True,
             private=True),
]

POLICY = {
    "holdingCap": 3,
    "utcOffsetMin": 8 * 60,
    "chaseIntervalMs": str(10 * 60 * 1000),
    # What comes within half a minute is decided together; urgent orders within five seconds.
    "routine": {"windowMs": "30000"},
    "urgent": {"windowMs": "5000"},
    # Everybody may read what weeks came to.
    "open": {"published": True},
}
