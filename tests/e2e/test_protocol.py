#!/usr/bin/python3
"""paidand beside the protocol documents: each rule of gRPC over HTTP/2 and of Connect is a row of a table.

usage: test_protocol.py PAIDAND [PART OF A NAME]
"""
import sys
import urllib.request

import protocol_cases
import protocol_connect
import protocol_grpc
import protocol_services
import protocol_web
from broker import Broker, Report, Town, binary_argument, wait_for

DOCUMENTS = [("gRPC over HTTP2", protocol_grpc.rules), ("gRPC Health Checking", protocol_services.health),
             ("gRPC Server Reflection", protocol_services.reflection), ("Connect", protocol_connect.rules),
             ("CORS", protocol_web.cors), ("W3C Trace Context", protocol_web.traces),
             ("connectrpc conformance", protocol_cases.cases)]
NOT_HERE = protocol_grpc.NOT_HERE + protocol_connect.NOT_HERE


class World:
    def __init__(self, binary, broker):
        self.binary = binary
        self.broker = broker
        self.town = Town(broker)
        self.order = self.town.place(request_id="first")
        self.big = self.town.place(request_id="big", description="水龙头" * 600)
        self.wait = wait_for
        self.asked = 0  # requests of the conformance cases

    def note(self, text):
        self.town.as_resident().call("OrderService/AddNote", {"orderId": self.order["id"], "text": text})

    def metrics(self):
        with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % self.broker.local_port, timeout=20) as answer:
            return answer.read().decode()


def main():
    binary = binary_argument()
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    report = Report()
    sums = []
    with Broker(binary, "--workers=1", "--cors_origins=" + protocol_web.ORIGINS) as broker:
        world = World(binary, broker)
        for document, rules in DOCUMENTS:
            before = (report.passed, report.failed)
            for rule in rules():
                name = "protocol/%s/%s/%s" % (document, rule.section, rule.text)
                if part in name:
                    report.run(name, rule.run, world)
            sums.append((document, report.passed - before[0], report.failed - before[1]))
        report.run("protocol/clean_end", broker.stop)
    for document, passed, failed in sums:
        print("%s: %d rules, %s" % (document, passed + failed, "%d fail" % failed if failed else "all pass"))
    print("%d more are asked elsewhere, or left out for a reason: NOT_HERE of each table." % len(NOT_HERE))
    print("The conformance cases were asked %d times, in %d configurations." % (world.asked, len(protocol_cases.CONFIGS)))
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
