"""What packets in flight pay for a policy: echo requests to the host's addresses and through the host, with eni-routes'
rules, without any, and with those that two other tools make. usage: packets.py BUILDDIR TURNS

Runs in mount and pid namespaces of its own (tools/bench makes them). A host with 15 interfaces of 50 addresses each; the
other ends of its cables are in namespaces around it. The layouts come one after the other in each turn, and what is printed
are medians over the turns. The other tools are not run: their rules and tables are entered as their sources make them."""

import os
import subprocess
import sys
from statistics import median

INTERFACES, ADDRESSES, PINGS = 15, 50, 5000
CLIENT = "203.0.113.9"  # somewhere behind the gateways
BUILD, TURNS = os.path.abspath(sys.argv[1]), int(sys.argv[2])
EVENT, PROGRAM = BUILD + "/src/eni-routes-event", BUILD + "/src/eni-routes"
CONFIG = "/etc/eni-routes/config.yaml"


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True, **options).stdout


def inside(name, *command, **options):
    return run("ip", "netns", "exec", name, *command, **options)


def ip_batch(name, lines):
    inside(name, "ip", "-batch", "-", input="\n".join(lines))


def addresses(number):
    return [f"10.{number}.0.{10 + i}" for i in range(ADDRESSES)]


# ---- The host and what is around it ---------------------------------------------------------------------------------


def neighbourhood(number):
    """eth1's and eth2's neighbours are namespaces of their own, between which the host forwards."""
    return {1: "left", 2: "right"}.get(number, "far")


def set_up():
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    run("cp", "-a", "/etc", "/run/etc")
    run("mount", "--bind", "/run/etc", "/etc")
    os.makedirs(os.path.dirname(CONFIG), exist_ok=True)
    for name in ("host", "far", "left", "right"):
        run("ip", "netns", "add", name)
        ip_batch(name, ["link set lo up"])
        inside(name, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0",
               "net.ipv4.conf.default.rp_filter=0", "net.ipv4.icmp_ratelimit=0")
    for number in range(INTERFACES):
        there = neighbourhood(number)
        ip_batch("host", [
            f"link add eth{number} type veth peer name peer{number} netns {there}",
            f"link set eth{number} up",
            *(f"address add {address}/16 dev eth{number}" for address in addresses(number)),
            f"route add default via 10.{number}.0.1 dev eth{number} metric {100 + number}",
        ])
        ip_batch(there, [f"link set peer{number} up", f"address add 10.{number}.0.1/16 dev peer{number}"])
    ip_batch("far", [f"address add {CLIENT}/32 dev lo"])
    ip_batch("left", ["route add 10.2.0.0/16 via 10.1.0.10"])
    ip_batch("right", ["route add 10.1.0.0/16 via 10.2.0.10"])


# ---- Layouts --------------------------------------------------------------------------------------------------------


def eni_routes(config):
    def apply():
        with open(CONFIG, "w") as file:
            file.write(config)
        inside("host", EVENT, "eth1", "up", stderr=subprocess.DEVNULL)

    return apply, lambda: inside("host", PROGRAM, "clean", stderr=subprocess.DEVNULL)


def by_hand(lines):
    """Rules and routes that `ip` adds, and deletes again."""
    return lambda: ip_batch("host", lines), lambda: ip_batch("host", [line.replace(" add ", " del ", 1) for line in reversed(lines)])


def ec2_net_utils():
    """A table for each secondary interface, a rule for each of its addresses."""
    for number in range(1, INTERFACES):
        table = 10000 + number
        yield f"route add default via 10.{number}.0.1 dev eth{number} table {table}"
        yield f"route add 10.{number}.0.0/16 dev eth{number} scope link table {table}"
        for address in addresses(number):
            yield f"rule add from {address} lookup {table} priority {table}"


def nm_cloud_setup():
    """Two tables for each interface, two rules for each address, and main without its default in between."""
    for number in range(INTERFACES):
        first, second = 30200 + number, 30400 + number
        yield f"route add 10.{number}.0.0/16 dev eth{number} scope link metric 10 table {first}"
        yield f"route add default via 10.{number}.0.1 dev eth{number} metric 10 table {second}"
        for address in addresses(number):
            yield f"rule add from {address} lookup {first} priority {first}"
            yield f"rule add from {address} lookup {second} priority {second}"
    yield "rule add lookup main suppress_prefixlength 0 priority 30350"


LAYOUTS = {
    "no rules": (lambda: None, lambda: None),
    "eni-routes": eni_routes("imds: {mode: off}\n"),
    "eni-routes, match: address": eni_routes("imds: {mode: off}\nmatch: address\n"),
    "eni-routes, basic mode": eni_routes("imds: {mode: off}\nsuppress: off\n"),
    "ec2-net-utils": by_hand(list(ec2_net_utils())),
    "nm-cloud-setup": by_hand(list(nm_cloud_setup())),
}

# ---- What is measured -----------------------------------------------------------------------------------------------


def echo(name, target, *options):
    """Microseconds for each request and its answer, of PINGS one after another."""
    output = inside(name, "ping", "-f", "-q", "-n", "-c", str(PINGS), *options, target)
    times = output[output.index("rtt ") :].split("=")[1].split("/")
    return float(times[1]) * 1000


FLOWS = {
    "a host's address, by its default": lambda: echo("far", addresses(14)[40], "-I", CLIENT),
    "a host's address, from a neighbour": lambda: echo("far", addresses(7)[20]),
    "forwarded, eth1 to eth2": lambda: echo("left", "10.2.0.1"),
}


def main():
    set_up()
    seen = {name: {flow: [] for flow in FLOWS} for name in LAYOUTS}
    rules = {}
    for _ in range(TURNS):
        for name, (apply, undo) in LAYOUTS.items():
            apply()
            rules[name] = len(inside("host", "ip", "rule").splitlines()) - 3
            for flow, measure in FLOWS.items():
                seen[name][flow].append(measure())
            undo()
    print(f"{'microseconds for each echo request':36}{'rules':>6}" + "".join(f"{flow:>38}" for flow in FLOWS))
    for name in LAYOUTS:
        cells = ""
        for flow in FLOWS:
            ratio = median(mine / plain for mine, plain in zip(seen[name][flow], seen["no rules"][flow]))
            cells += f"{median(seen[name][flow]):>29.2f} {ratio:>5.2f} x "
        print(f"{name:36}{rules[name]:>6}{cells}")


main()
