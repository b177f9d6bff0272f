#!/usr/bin/env python3
"""Writes the corpus of the targets `netlink` and `datagrams` that was not found but made: a message of rtnetlink's of
each kind, and datagrams of several.

usage: netlink_seeds.py    (little-endian, as the machines are that the corpus is tried on)
"""

import os
import socket
import struct

RTM_NEWLINK, RTM_DELLINK, RTM_NEWADDR, RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWNEIGH, RTM_NEWRULE = 16, 17, 20, 24, 25, 28, 32
V4, V6 = socket.AF_INET, socket.AF_INET6


def attribute(kind, payload):
    if isinstance(payload, int):
        payload = struct.pack("I", payload)
    elif isinstance(payload, str):
        payload = payload.encode() + b"\0"
    padding = b"\0" * (-len(payload) % 4)
    return struct.pack("HH", 4 + len(payload), kind) + payload + padding


def address(text):
    return socket.inet_pton(V6 if ":" in text else V4, text)


def message(kind, header, *attributes):
    body = header + b"".join(attributes)
    return struct.pack("IHHII", 16 + len(body), kind, 0, 1, 0) + body


def route(family, dst_len, kind=1, flags=0, table=254, scope=0, protocol=4):
    return struct.pack("8BI", family, dst_len, 0, 0, table, protocol, scope, kind, flags)


def rule(family, action=1, src_len=0, dst_len=0, flags=0, table=254):
    return struct.pack("8BI", family, dst_len, src_len, 0, table, 0, 0, action, flags)


def hop(ifindex, weight, flags, *attributes):
    body = b"".join(attributes)
    return struct.pack("HBBi", 8 + len(body), flags, weight - 1, ifindex) + body


link = struct.pack("BxHiII", 0, 1, 3, 0x1043, 0)
conf4 = attribute(V4, attribute(1, struct.pack("9I", 1, 0, 0, 0, 0, 0, 0, 2, 0)))
conf6 = attribute(V6, attribute(2, struct.pack("3I", 1, 64, 1500)))
metrics = attribute(8, attribute(2, 1400) + attribute(1, 4) + attribute(16, "bbr"))

SEEDS = {
    "link": message(RTM_NEWLINK, link, attribute(3, "eth1"), attribute(1, bytes([2, 0, 0, 0xAB, 0xCD, 1])),
                    attribute(27, 10000), attribute(10, 7), attribute(18, attribute(1, "veth")),
                    attribute(26, conf4 + conf6)),
    "link_gone": message(RTM_DELLINK, link, attribute(3, "eth1")),
    "address4": message(RTM_NEWADDR, struct.pack("4BI", V4, 24, 0x80, 0, 3), attribute(1, address("10.0.2.37")),
                        attribute(2, address("10.0.2.37")), attribute(3, "eth1"), attribute(8, 0x80),
                        attribute(11, b"\xce")),
    "address6": message(RTM_NEWADDR, struct.pack("4BI", V6, 64, 0x80, 0, 2), attribute(1, address("2001:db8::29")),
                        attribute(6, struct.pack("4I", 0xFFFFFFFF, 0xFFFFFFFF, 1, 1)), attribute(8, 0x288)),
    "default4": message(RTM_NEWROUTE, route(V4, 0), attribute(15, 254), attribute(5, address("10.0.2.1")),
                        attribute(4, 3), attribute(6, 101), attribute(7, address("10.0.2.37"))),
    "route6": message(RTM_NEWROUTE, route(V6, 64, protocol=2), attribute(15, 10001),
                      attribute(1, address("2001:db8:2::")), attribute(4, 3), attribute(6, 256), attribute(20, b"\0"),
                      attribute(12, struct.pack("8I", 0, 0, 0, 0, 0, 0, 0, 0))),
    "metrics": message(RTM_NEWROUTE, route(V4, 16), attribute(15, 10001), attribute(1, address("10.1.0.0")),
                       attribute(4, 2), metrics, attribute(11, 7)),
    "multipath": message(RTM_NEWROUTE, route(V4, 24), attribute(15, 300), attribute(1, address("192.0.2.0")),
                         attribute(9, hop(2, 1, 0, attribute(5, address("10.0.0.1")), attribute(11, 5)) +
                                   hop(3, 2, 4, attribute(18, struct.pack("H", V6) + address("fe80::1")),
                                       attribute(11, 5)))),
    "blackhole": message(RTM_DELROUTE, route(V4, 8, 6), attribute(15, 300), attribute(1, address("10.0.0.0"))),
    "local": message(RTM_NEWROUTE, route(V4, 32, 2, table=255, scope=254), attribute(15, 255),
                     attribute(1, address("10.0.2.37")), attribute(4, 3), attribute(7, address("10.0.2.37"))),
    "encapsulated": message(RTM_NEWROUTE, route(V4, 24), attribute(15, 254), attribute(1, address("192.0.2.0")),
                            attribute(21, b"\1\0"), attribute(22, attribute(1, 16)), attribute(4, 3)),
    "rule_from": message(RTM_NEWRULE, rule(V4, src_len=24), attribute(15, 10001), attribute(6, 20101),
                         attribute(2, address("10.0.2.0")), attribute(3, "lo"), attribute(14, 0xFFFFFFFF),
                         attribute(21, b"\0")),
    "rule_suppress": message(RTM_NEWRULE, rule(V6), attribute(15, 254), attribute(6, 20000), attribute(14, 0),
                             attribute(13, 10000)),
    "rule_goto": message(RTM_NEWRULE, rule(V4, action=2), attribute(4, 20000), attribute(6, 99)),
    "rule_ports": message(RTM_NEWRULE, rule(V4, dst_len=32, flags=2), attribute(1, address("192.0.2.1")),
                          attribute(6, 50), attribute(10, 1), attribute(16, 255), attribute(22, b"\6"),
                          attribute(23, struct.pack("HH", 1, 99)), attribute(24, struct.pack("HH", 53, 53)),
                          attribute(20, struct.pack("II", 0, 999)), attribute(17, "eth0")),
    "router": message(RTM_NEWNEIGH, struct.pack("B3xiHBB", V6, 3, 4, 0x80, 1), attribute(1, address("fe80::1")),
                      attribute(2, bytes(6))),
    "failed": message(RTM_NEWNEIGH, struct.pack("B3xiHBB", V4, 3, 0x20, 0, 1), attribute(1, address("10.0.2.1"))),
}

DONE = struct.pack("IHHIIi", 20, 3, 2, 1, 0, 0)
ERROR = struct.pack("IHHIIi", 36, 2, 0x100, 1, 0, -17) + struct.pack("IHHII", 28, RTM_NEWROUTE, 5, 1, 0)
DATAGRAMS = {
    "dump": SEEDS["default4"] + SEEDS["multipath"] + SEEDS["local"] + DONE,
    "links": SEEDS["link"] + SEEDS["link"] + SEEDS["address6"],
    "refused": ERROR,
    "cut": (SEEDS["rule_from"] + SEEDS["rule_ports"])[:-9],
    "too_long": SEEDS["rule_goto"] + struct.pack("IHHII", 0xFFFFFFF0, RTM_NEWRULE, 0, 1, 0),
    "too_short": SEEDS["rule_goto"] + struct.pack("IHHII", 3, RTM_NEWRULE, 0, 1, 0),
}


def write(target, files):
    directory = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", target)
    os.makedirs(directory, exist_ok=True)
    for name, bytes_of_it in files.items():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(bytes_of_it)


if __name__ == "__main__":
    write("netlink", SEEDS)
    write("datagrams", DATAGRAMS)
