#!/usr/bin/python3
"""The documentation's examples, as a reader pastes them: usage test_docs.py PAIDAND [--record].

Plays the story of proto/examples against a broker, step by step, with the curl commands that the pages have. Each reply
must have the shape of the one that was recorded; --record records them anew.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

from broker import REPO, Broker, check, equal
from authenticator import totp

sys.path.insert(0, os.path.join(REPO, "proto", "gen"))
import story  # pylint: disable=wrong-import-position

EXAMPLES = os.path.join(REPO, "proto", "examples")
# Of a broker that is gone, but nobody should have to wonder.
SECRET = re.compile(r"(pd[kis]_[a-z]+_\w{8}_|whsec_|eyJ)[\w+/=.-]+")
REPLIES = os.path.join(EXAMPLES, "replies.json")


def merge(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: merge(one.get(key, other.get(key)), other.get(key, one.get(key))) for key in {**one, **other}}
    return one


def shape(value):
    """The fields and types of a reply, a list's elements taken together: which come first may change."""
    if isinstance(value, dict):
        return {key: shape(held) for key, held in value.items()}
    if isinstance(value, list):
        merged = shape(value[0]) if value else None
        for held in value[1:]:
            merged = merge(merged, shape(held))
        return [merged]
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def play(step, broker, values):
    environment = {**os.environ, "CA": broker.ca, "URL": "https://localhost:%d" % broker.port,
                   **{name.upper(): value for name, value in values.items() if name.endswith("_key")}}
    run = subprocess.run(["bash", "-c", step.curl(values)], env=environment, stdout=subprocess.PIPE, check=False)
    equal(run.returncode, 0, step.method)
    reply = step.reply(run.stdout)
    reason = reply["details"][0]["debug"]["reason"] if "code" in reply else None
    check(reason == step.reason, "%s: %s" % (step.method, reply))
    return reply


def main():
    steps = story.read(os.path.join(EXAMPLES, "story.txt"))
    record = "--record" in sys.argv
    recorded = []
    if not record:
        with open(REPLIES, encoding="utf-8") as file:
            recorded = json.load(file)
        equal(len(recorded), len(steps), "recorded steps")
    with Broker(sys.argv[1]) as broker:
        values = {"root_key": broker.root_key}
        for number, step in enumerate(steps):
            if "secret" in values:
                values["code"] = totp(values["secret"], time.time())
            before = dict(values)
            reply = play(step, broker, values)
            step.keep(reply, values)
            if record:
                recorded.append({"method": step.method, "values": {k: v for k, v in before.items() if "_key" not in k},
                                 "reply": reply})
            else:
                equal(shape(reply), shape(recorded[number]["reply"]), "the shape of %s's reply" % step.method)
            print("ok docs: %s" % step.method)
    if record:
        with tempfile.NamedTemporaryFile("w", dir=EXAMPLES, delete=False, encoding="utf-8") as file:
            lines = ",\n".join(json.dumps(step, ensure_ascii=False) for step in recorded)
            file.write(SECRET.sub(r"\1…", "[\n%s\n]\n" % lines))
        os.chmod(file.name, 0o644)
        os.replace(file.name, REPLIES)
    print("%d steps" % len(steps))


if __name__ == "__main__":
    main()
