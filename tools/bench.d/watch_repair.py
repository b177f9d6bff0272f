"""How soon eni-routes-watch repairs what another program took off, where nothing else moves: between the kernel's two
messages, of the deletion and of what brings it back. Must run in a host of its own (bench.py)."""

import select
import socket
import struct
import subprocess
import time

RTM_NEWRULE, RTM_DELRULE, RTM_NEWROUTE, RTM_DELROUTE = 32, 33, 24, 25
RULES, ROUTES = 1 << 7, 1 << 6  # RTNLGRP_IPV4_RULE, RTNLGRP_IPV4_ROUTE
ALONE = 1.1  # seconds: within one after a run the watch waits for quiet
DEADLINE = 10  # seconds

# One after the other: what is undone three times in ten seconds the watch leaves so.
CASES = [(f"ip rule del priority {priority}", RULES, RTM_DELRULE, RTM_NEWRULE) for priority in (20100, 20101, 25101)] + [
    (f"ip route del {route}", ROUTES, RTM_DELROUTE, RTM_NEWROUTE)
    for route in ("default table eth0", "default table eth1", "10.0.0.0/16 table eth0", "10.1.0.0/16 table eth1")
]


def messages(listener):
    """Their types, as they come."""
    end = time.monotonic() + DEADLINE
    while select.select([listener], [], [], max(end - time.monotonic(), 0))[0]:
        data = listener.recv(1 << 16)
        while len(data) >= 16:
            length, kind = struct.unpack("=IH", data[:6])
            yield kind
            data = data[(length + 3) & ~3 :]
    raise RuntimeError(f"the watch repaired nothing within {DEADLINE} s")


def repair(command, group, gone, back):
    """Milliseconds."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as listener:
        listener.bind((0, group))
        begin = None
        with subprocess.Popen(command.split()):  # which may end later than the repair
            for kind in messages(listener):
                if kind == gone:
                    begin = time.monotonic()
                if kind == back and begin is not None:
                    return (time.monotonic() - begin) * 1000


def repairs(program, rounds):
    watch = subprocess.Popen([program], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + DEADLINE
        while b"20101:" not in subprocess.run(["ip", "rule"], check=True, stdout=subprocess.PIPE).stdout:
            if time.monotonic() > end:
                raise RuntimeError("the watch did not begin")
            time.sleep(0.01)
        seen = []
        for turn in range(rounds * len(CASES)):
            time.sleep(ALONE)
            seen.append((repair(*CASES[turn % len(CASES)]), 0))
        return [("watch: a rule or route that was deleted is back", "its deletion", 10, seen, "ms", "more")]
    finally:
        watch.terminate()
        watch.wait()
