"""The kernel's rules, routes and link groups as bytes: read, compared, put back; and which way it would send a packet.

Must not know what eni-routes wants of them. The messages of a dump are what the kernel takes to make the same again
(as `ip route save` and `restore` do), so that none is parsed further than to what is compared.
"""

import errno
import os
import socket
import struct

NEWLINK, GETLINK, SETLINK = 16, 18, 19
NEWROUTE, DELROUTE, GETROUTE = 24, 25, 26
NEWRULE, DELRULE, GETRULE = 32, 33, 34
REQUEST, ACK, DUMP, CREATE, EXCL = 1, 4, 0x300, 0x400, 0x200
ERROR, DONE = 2, 3
HEADER = struct.Struct("=IHHII")
RULE_HEADER = ROUTE_HEADER = 12
ONLINK, INVERT, CLONED = 4, 2, 0x200
MULTICAST = 5  # the kernel's own, which come when a carrier is noticed
IFLA_IFNAME, IFLA_GROUP = 3, 27
RTA_DST, RTA_SRC, RTA_OIF, RTA_GATEWAY, RTA_PREFSRC, RTA_CACHEINFO, RTA_MARK, RTA_VIA = 1, 2, 4, 5, 7, 12, 16, 18
FRA_PRIORITY = 6
FAMILIES = (socket.AF_INET, socket.AF_INET6)


def attributes(payload, offset):
    while offset + 4 <= len(payload):
        length, kind = struct.unpack_from("=HH", payload, offset)
        if length < 4:
            break
        yield kind & 0x3FFF, payload[offset : offset + length]
        offset += (length + 3) & ~3


def attribute(kind, value):
    data = struct.pack("=HH", len(value) + 4, kind) + value
    return data + bytes(-len(data) % 4)


def padded(data):
    return data + bytes(-len(data) % 4)


class Netlink:
    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.settimeout(20)
        self.socket.bind((0, 0))
        self.sequence = 0

    def message(self, kind, flags, payload):
        self.sequence += 1
        return padded(HEADER.pack(16 + len(payload), kind, REQUEST | flags, self.sequence, 0) + payload)

    def received(self):
        data = self.socket.recv(1 << 17)
        offset = 0
        while offset + 16 <= len(data):
            length, kind, _, sequence, _ = HEADER.unpack_from(data, offset)
            yield kind, sequence, data[offset + 16 : offset + length]
            offset += (length + 3) & ~3

    def dump(self, kind, payload):
        self.socket.send(self.message(kind, DUMP, payload))
        found = []
        while True:
            for got, sequence, data in self.received():
                if sequence != self.sequence:
                    continue
                if got in (DONE, ERROR):
                    return found
                found.append(data)

    def ask(self, messages):
        """One answer for each (kind, flags, payload): its payload, or its errno, positive."""
        first = self.sequence + 1
        self.socket.send(b"".join(self.message(*message) for message in messages))
        answers = {}
        while len(answers) < len(messages):
            for kind, sequence, data in self.received():
                if first <= sequence < first + len(messages):
                    answers[sequence] = -struct.unpack_from("=i", data)[0] if kind == ERROR else data
        return [answers[first + i] for i in range(len(messages))]


def without_state(payload, flags_offset, keep, drop=()):
    """What makes a rule or route, without what only says how it does."""
    (flags,) = struct.unpack_from("=I", payload, flags_offset)
    body = b"".join(padded(data) for kind, data in attributes(payload, 12) if kind not in drop)
    return payload[:flags_offset] + struct.pack("=I", flags & keep) + payload[12:12] + body


class Kernel:
    def __init__(self):
        self.netlink = Netlink()

    def rules(self):
        return frozenset(
            without_state(data, 8, INVERT)
            for family in FAMILIES
            for data in self.netlink.dump(GETRULE, struct.pack("=B11x", family))
        )

    def routes(self):
        return frozenset(
            without_state(data, 8, ONLINK, (RTA_CACHEINFO,))
            for family in FAMILIES
            for data in self.netlink.dump(GETROUTE, struct.pack("=B11x", family))
            if not struct.unpack_from("=I", data, 8)[0] & CLONED and data[7] != MULTICAST
        )

    def groups(self):
        found = set()
        for data in self.netlink.dump(GETLINK, struct.pack("=B15x", 0)):
            values = dict(attributes(data, 16))
            group = struct.unpack("=I", values[IFLA_GROUP][4:8])[0]
            found.add((struct.unpack_from("=i", data, 4)[0], values[IFLA_IFNAME][4:].rstrip(b"\0").decode(), group))
        return frozenset(found)

    def state(self):
        return {"rule": self.rules(), "route": self.routes(), "group": self.groups()}

    def restore(self, wanted):
        now = self.state()
        if now == wanted:
            return
        messages = [(SETLINK, ACK, struct.pack("=BxHiII", 0, 0, index, 0, 0) + attribute(IFLA_GROUP, struct.pack("=I", group)))
                    for index, name, group in wanted["group"] - now["group"]]
        for what, new, delete in (("route", NEWROUTE, DELROUTE), ("rule", NEWRULE, DELRULE)):
            messages += [(delete, ACK, payload) for payload in now[what] - wanted[what]]
        # A route by a gateway needs the one to the gateway: those of a narrower scope come first.
        missing = sorted(wanted["route"] - now["route"], key=lambda payload: -payload[6])
        missing.sort(key=lambda payload: any(kind == RTA_GATEWAY for kind, _ in attributes(payload, 12)))
        messages += [(NEWROUTE, ACK | CREATE | EXCL, payload) for payload in missing]
        messages += [(NEWRULE, ACK | CREATE | EXCL, payload) for payload in wanted["rule"] - now["rule"]]
        for at in range(0, len(messages), 50):
            self.netlink.ask(messages[at : at + 50])
        left = difference(self.state(), wanted)
        if left:
            raise RuntimeError("the kernel's state could not be put back: " + "; ".join(left))

    def ways(self, flows):
        """For each flow the interface, gateway and source that the kernel chooses, or the errno."""
        answers = self.netlink.ask([(GETROUTE, 0, flow.request()) for flow in flows])
        return [answer if isinstance(answer, int) else way_from(answer) for answer in answers]


def way_from(payload):
    values = dict(attributes(payload, 12))
    return (payload[7], *(values.get(kind, b"")[4:] for kind in (RTA_OIF, RTA_GATEWAY, RTA_VIA)))


class Flow:
    """A packet that this host sends."""

    def __init__(self, to, source=None, oif=None, mark=0):
        self.name = f"to {to}" + (f" from {source}" if source else "") + (f" mark {mark}" if mark else "")
        if oif:
            self.name += f" oif {oif}"
        self.family = socket.AF_INET6 if ":" in to else socket.AF_INET
        self.to, self.source, self.mark = to, source, mark
        self.oif = socket.if_nametoindex(oif) if oif else 0

    def request(self):
        bits = 128 if self.family == socket.AF_INET6 else 32
        text = struct.pack("=BBBBBBBBI", self.family, bits, bits if self.source else 0, 0, 0, 0, 0, 0, 0)
        text += attribute(RTA_DST, socket.inet_pton(self.family, self.to))
        if self.source:
            text += attribute(RTA_SRC, socket.inet_pton(self.family, self.source))
        if self.oif:
            text += attribute(RTA_OIF, struct.pack("=I", self.oif))
        if self.mark:
            text += attribute(RTA_MARK, struct.pack("=I", self.mark))
        return text


def name_of(way):
    if isinstance(way, int):
        return os.strerror(way)
    kind, oif, gateway, via = way
    if not oif:
        return f"type {kind}"
    family = socket.AF_INET6 if len(gateway) == 16 else socket.AF_INET
    name = socket.if_indextoname(struct.unpack("=I", oif)[0])
    return f"dev {name}" + (f" via {socket.inet_ntop(family, gateway)}" if gateway else via.hex())


def described(what, item):
    if what == "group":
        return f"{item[1]} in group {item[2]}"
    family = "IPv6 " if item[0] == socket.AF_INET6 else ""
    values = {kind: data[4:] for kind, data in attributes(item, 12)}
    table = struct.unpack("=I", values[15])[0] if 15 in values else item[4]
    if what == "rule":
        (priority,) = struct.unpack("=I", values.get(FRA_PRIORITY, bytes(4)))
        return f"{family}rule {priority} table {table}"
    destination = values.get(RTA_DST, b"")
    text = socket.inet_ntop(item[0], destination) if destination else "default"
    return f"{family}route {text}/{item[1]} table {table}"


def difference(now, wanted):
    """What is missing of it, and what is there beside it."""
    return [f"{sign}{described(what, item)}"
            for what in wanted
            for sign, items in (("missing ", wanted[what] - now[what]), ("surplus ", now[what] - wanted[what]))
            for item in sorted(items)]
