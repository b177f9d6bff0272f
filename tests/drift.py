"""Makes each kind of drift in turn, and measures how long until the kernel routes as the policy wants again.

usage: drift.py ROUNDS suppress|basic; runs in the host of the VPC. Prints a line for each kind, and fails where the
median is not under 100 ms or the longest over 1 s. The clock starts when the last command of the drift has ended. Each
object is touched once a round, and a round takes over five seconds: three times in ten seconds would be a fight.
"""

import statistics
import subprocess
import sys
import time

ROUND = 5.2  # seconds
PATIENCE = 5.0


def run(command):
    return subprocess.run(command, shell=True, capture_output=True, text=True)


def way(address, source):
    return f"ip route get {address} from {source}"


# name: what makes it, what is asked then, what the answer has to have ("!" before: must not), what undoes it.
COMMON = {
    "a link down and up": (
        "ip link set eth1 down; ip link set eth1 up",
        way("192.0.2.1", "10.0.2.37"),
        "via 10.0.2.1 dev eth1",
        "",
    ),
    "an address deleted and added": (
        "ip address del 10.0.2.38/24 dev eth2; ip address add 10.0.2.38/24 dev eth2",
        way("192.0.2.1", "10.0.2.38"),
        "via 10.0.2.1 dev eth2",
        "",
    ),
    "a rule deleted": (
        "ip -6 rule del from 2001:db8:1::38 table 10002",
        "ip -6 rule",
        "from 2001:db8:1::38 ",
        "",
    ),
    "a route of ours deleted": (
        "ip -6 route del default dev eth2 table 10002",
        "ip -6 route show table 10002",
        "default",
        "",
    ),
    "all rules of a table flushed": (
        "ip rule flush table 10000",
        "ip rule",
        "from 10.0.0.",
        "",
    ),
    "an address by hand": (
        "ip address add 10.0.2.137/24 dev eth1",
        way("192.0.2.1", "10.0.2.137"),
        "via 10.0.2.1 dev eth1",
        "ip address del 10.0.2.137/24 dev eth1",
    ),
    "a route by an interface": (
        "ip route add 10.98.0.0/16 via 10.0.2.9 dev eth1",
        way("10.98.0.1", "10.0.2.37"),
        "via 10.0.2.9 dev eth1",
        "ip route del 10.98.0.0/16",
    ),
    "a new interface": (
        "ip link add eth5 type veth peer name peer5; ip link set eth5 up; ip address add 10.5.0.5/24 dev eth5",
        "ip rule",
        "from 10.5.0.",
        "",
    ),
    "an interface deleted": (
        "ip link del eth5",
        "ip rule; cat /etc/iproute2/rt_tables.d/eni-routes.conf; ls /etc/sysconfig/network-scripts",
        "!eth5",
        "",
    ),
}
ONLY = {
    "suppress": {
        "a link's group": ("ip link set eth2 group 0", "ip -o link show eth2", "group 10000 ", ""),
        "a new interface without an address": (
            "ip link add eth6 type veth peer name peer6",
            "ip -o link show eth6",
            "group 10000 ",
            "ip link del eth6",
        ),
    },
    "basic": {
        "a sysctl": (
            "sysctl -q -w net.ipv4.conf.eth0.forwarding=1",
            "ip rule",
            "from 10.0.0.29 ",
            "sysctl -q -w net.ipv4.conf.eth0.forwarding=0",
        )
    },
}


def measure(name, drift, ask, wanted):
    made = run(drift)
    begin = time.monotonic()
    if made.returncode != 0:
        sys.exit(f"{name}: {drift}: {made.stderr}")
    while time.monotonic() - begin < PATIENCE:
        answer = run(ask).stdout
        if (wanted[1:] not in answer) if wanted[0] == "!" else (wanted in answer):
            return (time.monotonic() - begin) * 1000
    sys.exit(f"{name}: not repaired in {PATIENCE:.0f} s; `{ask}` says:\n{answer}")


def main():
    rounds, mode = int(sys.argv[1]), sys.argv[2]
    kinds = {**COMMON, **ONLY[mode]}
    times = {name: [] for name in kinds}
    for _ in range(rounds):
        begin = time.monotonic()
        for name, (drift, ask, wanted, undo) in kinds.items():
            times[name].append(measure(name, drift, ask, wanted))
            if undo:
                run(undo)
            time.sleep(0.12)  # until it is quiet again
        time.sleep(max(0.0, begin + ROUND - time.monotonic()))
    bad = 0
    for name, each in times.items():
        median, longest = statistics.median(each), max(each)
        print(f"{name:36} median {median:4.0f} ms, longest {longest:4.0f} ms, of {len(each)}")
        bad += median >= 100 or longest >= 1000
    return 1 if bad else 0


sys.exit(main())
