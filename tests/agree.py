"""Compares what `eni-routes check --json` says with what became of real packets, flow by flow.

usage: agree.py STATE-DIRECTORY CHECK.json < the lines of `tools/vpc matrix`

A flow of the matrix that check does not speak of is a failure as well, but for those to a published port from elsewhere
than the internet. Must not know what is right: only that both say the same. `agree.py STATE-DIRECTORY --peers` prints whom check has to be told of, as a list in YAML.
"""

import json
import re
import sys

INTERNET = {4: "203.0.113.10", 6: "2001:db8:ffff::10"}
POD, CONTAINER = "192.168.77.2", "172.17.0.2"
CONTAINERS = {4: CONTAINER, 6: "fd00:17::2"}
PUBLISHED = re.compile(r"published (?:port|range) by (.*)")


def subnet(version, number):
    number = int(number)
    if version == 6:
        return f"2001:db8:{number:x}:" if number else "2001:db8:"
    return f"10.0.{number + 1 if number else 0}"


def neighbour(version, number):
    return subnet(version, number) + (":200" if version == 6 else ".200")


def neighbours_name(version, number):
    return "neighbours in " + subnet(version, number) + (":/64" if version == 6 else ".0/24")


class Vpc:
    def __init__(self, state):
        self.interfaces = [line.split() for line in open(f"{state}/interfaces")]
        self.address, self.subnets = {}, set()
        for name, address, _, number, last in self.interfaces:
            self.address[name, 4] = address
            self.address[name, 6] = subnet(6, number) + ":" + last
            self.subnets.add(number)
        try:
            for line in open(f"{state}/vips"):
                name, address = line.split()[:2]
                self.address[name + "'s VIP", 4] = address
        except FileNotFoundError:
            pass

    def peers(self):
        yield from INTERNET.values()
        yield from (POD, CONTAINER)
        for number in sorted(self.subnets):
            yield from (neighbour(4, number), neighbour(6, number), f"10.99.{number}.10", subnet(4, number) + ".60")

    def ends(self, version, end):
        """By which addresses or names check may know the other end."""
        if end == "internet":
            return {INTERNET[version], "the internet" + (" (IPv6)" if version == 6 else "")}
        if match := re.fullmatch(r"neighbour(\d+)", end):
            return {neighbour(version, match[1]), neighbours_name(version, match[1])}
        if match := re.fullmatch(r"appliance(\d+)", end):
            return {f"10.99.{match[1]}.10"}
        if match := re.fullmatch(r"NAT client in subnet (\d+)", end):
            return {subnet(4, match[1]) + ".60"}
        return {{"pod": POD, "container": CONTAINERS[version], "host": "the host"}[end]}

    def selectors(self, name):
        """(kind, local, behind, peers): which of check's flows are that one."""
        version = 6 if "(IPv6)" in name else 4
        first, second = re.sub(r" \((IPv6|TCP|UDP)\)", "", name).split(" -> ")
        if match := PUBLISHED.fullmatch(second):
            return "published", self.address[match[1], version], CONTAINERS[version], self.ends(version, first)
        for end, other in ((first, second), (second, first)):
            if (end, version) in self.address:
                return "bound", self.address[end, version], None, self.ends(version, other)
        if first == "host":
            return "unbound", None, None, self.ends(version, second)
        (client,) = self.ends(version, first)
        return "forwarded", None, client, self.ends(version, second)


def find(flows, kind, local, behind, peers):
    """A bound flow is of all addresses that the kernel does not tell apart."""
    return [
        flow
        for flow in flows
        if flow["kind"] == kind
        and {flow["peer"], flow["peer_name"]} & peers
        and (kind == "unbound" or local in (flow["locals"] or [flow["local"]]))
        and flow["behind"] == behind
    ]


def main():
    vpc = Vpc(sys.argv[1])
    if sys.argv[2] == "--peers":
        print("[" + ", ".join(f'"{peer}"' for peer in vpc.peers()) + "]")
        return 0
    flows = json.load(open(sys.argv[2]))["flows"]
    compared = different = 0
    for line in sys.stdin:
        match = re.fullmatch(r"(.*?) +(ok|LOST|known to be lost)\n", line)
        if not match:
            continue
        found = find(flows, *vpc.selectors(match[1]))
        if not found and PUBLISHED.search(match[1]) and not match[1].startswith("internet"):
            continue
        said = {flow["ok"] for flow in found}
        compared += 1
        if said != {match[2] == "ok"}:
            different += 1
            print(f"{match[1]}: packets: {match[2]}; check: {found or 'says nothing'}")
    print(f"{compared - different} of {compared}")
    return 1 if different or not compared else 0


sys.exit(main())
