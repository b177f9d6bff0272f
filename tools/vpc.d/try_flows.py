"""Tries flows, all at once, and prints a line for each and how many of how many are in order.

Reads `counted|known NAME NODE ping ADDRESS [SOURCE]` or `... tcp|udp ADDRESS PORT`, fields ended by a tab. One that is
known to be lost is tried but not counted. Fails if one that counts is lost. Enters network namespaces by their names
under /run/netns, and must leave nothing there. One process, not one for each flow: a matrix takes a tenth of a second.
"""

import argparse
import ctypes
import ipaddress
import os
import re
import select
import socket
import struct
import sys
import time

PATIENCE = {"counted": 1.0, "known": 0.3}  # seconds
CLONE_NEWNET = 0x40000000
ECHO, ECHO_REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
ECHO_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence


def enter(node):
    with open(f"/run/netns/{node}") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {node}")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


class Ping:
    """An echo request from no address in particular, or from one."""

    def __init__(self, identifier, address, source=None):
        self.version = ipaddress.ip_address(address).version
        self.address = str(ipaddress.ip_address(address))  # as recvfrom writes it
        self.identifier = identifier
        family, protocol = {4: (socket.AF_INET, socket.IPPROTO_ICMP), 6: (socket.AF_INET6, socket.IPPROTO_ICMPV6)}[
            self.version
        ]
        self.socket = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
        if source:
            self.socket.bind((source, 0))
        request = ECHO_HEADER.pack(ECHO[self.version], 0, 0, identifier, 1)
        if self.version == 4:  # the kernel does it for IPv6
            request = ECHO_HEADER.pack(ECHO[4], 0, checksum(request), identifier, 1)
        self.socket.sendto(request, (address, 0))

    def is_answered(self):
        """A raw socket gets everybody's answers."""
        packet, peer = self.socket.recvfrom(2048)
        if self.version == 4:
            packet = packet[(packet[0] & 0xF) * 4 :]
        kind, _, _, identifier, _ = ECHO_HEADER.unpack_from(packet)
        return (kind, identifier, peer[0]) == (ECHO_REPLY[self.version], self.identifier, self.address)


class Tcp:
    """A connection by which the other side says something."""

    kind = socket.SOCK_STREAM

    def __init__(self, _, address, port):
        family = {4: socket.AF_INET, 6: socket.AF_INET6}[ipaddress.ip_address(address).version]
        self.socket = socket.socket(family, self.kind | socket.SOCK_NONBLOCK)
        self.socket.connect_ex((address, int(port)))

    def is_answered(self):
        return bool(self.socket.recv(100))


class Udp(Tcp):
    """A datagram that the other side answers: from where it was sent to, or it is no answer."""

    kind = socket.SOCK_DGRAM

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.socket.send(b"hello\n")


class Flow:
    def __init__(self, number, line):
        self.kind, self.name, self.node, self.how, *self.arguments = line.rstrip("\t\n").split("\t")
        self.identifier = (os.getpid() + number) & 0xFFFF
        self.probe, self.is_ok = None, False

    def start(self):
        try:
            self.probe = {"ping": Ping, "tcp": Tcp, "udp": Udp}[self.how](self.identifier, *self.arguments)
        except OSError:  # no route, no such address
            self.probe = None

    def result(self):
        return "ok" if self.is_ok else "LOST" if self.kind == "counted" else "known to be lost"


def start(flows):
    node = None
    for flow in flows:
        if flow.node != node:
            enter(flow.node)
            node = flow.node
        flow.start()


def wait(flows):
    begin = time.monotonic()
    waiting = {flow.probe.socket.fileno(): flow for flow in flows if flow.probe}
    poll = select.poll()
    for descriptor in waiting:
        poll.register(descriptor, select.POLLIN)
    while waiting:
        left = begin + max(PATIENCE[flow.kind] for flow in waiting.values()) - time.monotonic()
        if left <= 0:
            return
        for descriptor, _ in poll.poll(left * 1000):
            try:
                waiting[descriptor].is_ok = waiting[descriptor].probe.is_answered()
                is_over = waiting[descriptor].is_ok
            except OSError:  # refused, unreachable
                is_over = True
            if is_over:
                poll.unregister(descriptor)
                del waiting[descriptor]


def main():
    parser = argparse.ArgumentParser(prog="tools/vpc matrix")
    parser.add_argument("--only", metavar="PATTERN", default="")
    parser.add_argument("--without", metavar="PATTERN", default="$^")
    options = parser.parse_args()
    flows = [Flow(number, line) for number, line in enumerate(sys.stdin)]
    flows = [f for f in flows if re.search(options.only, f.name) and not re.search(options.without, f.name)]

    start(sorted(flows, key=lambda flow: flow.node))
    wait(flows)
    for flow in flows:
        print(f"{flow.name:36}  {flow.result()}")
    counted = [flow for flow in flows if flow.kind == "counted"]
    ok = sum(flow.is_ok for flow in counted)
    print(f"{ok} of {len(counted)}")
    return 0 if counted and ok == len(counted) else 1


sys.exit(main())
