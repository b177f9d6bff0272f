"""Measures, and prints a table, JSON or TAP. usage: bench.py BUILDDIR DISK [--quick] [--json | --tap]

Runs in mount and pid namespaces of its own (tools/bench makes them); each host that it needs has further ones, with
/etc and /run on a tmpfs. Every figure is a median over turns in which both sides run one after the other: a machine
that is slow for a while is so for both. DISK is an empty directory on a real disk. The events of a small host and of
the one with 750 rules are the package's (BUILDDIR/package; tools/bench builds it), unless it says otherwise.
"""

import contextlib
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
from statistics import median

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dumps  # noqa: E402 (-I leaves this directory out)
from activation import activation  # noqa: E402
from forwarding import forwarding  # noqa: E402
from growth import as_json, growth, rows_of, table_of  # noqa: E402
from watch_repair import repairs  # noqa: E402

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD, DISK = map(os.path.abspath, sys.argv[1:3])
QUICK = "--quick" in sys.argv
PROGRAM, EVENT = BUILD + "/src/eni-routes", BUILD + "/src/eni-routes-event"
PACKAGED = BUILD + "/package/src/eni-routes-event"
WATCH = BUILD + "/src/eni-routes-watch"
STOPWATCH, INJECT = BUILD + "/tests/stopwatch", BUILD + "/tests/inject"
HOOK, STOCK = "/run/hook", SOURCE + "/tests/stock_script.sh"
SCRIPTS = "/etc/sysconfig/network-scripts"
UP, PACKAGED_UP = [EVENT, "eth1", "up"], [PACKAGED, "eth1", "up"]
CLEAN = [PROGRAM, "clean"]
IP_RULE = ["ip", "rule"]


def run(*command, **options):
    """What it prints; its errors go where ours go."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True, **options).stdout


def turns(count, *commands):
    """Runs the commands in turn; for each turn and command its milliseconds, and its peak memory in MiB."""
    words = [word for command in commands for word in [*command, "--"]][:-1]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}  # as the dispatcher's
    output = run(STOPWATCH, "turns", str(count), *words, env=environment)
    rows = [[int(number) for number in line.split()] for line in output.splitlines()]
    return [[(row[i] / 1e6, row[i + 1] / 1024) for i in range(0, len(row), 2)] for row in rows]


def times(count, *commands):
    return [[time for time, _ in turn] for turn in turns(count, *commands)]


def runs(count):
    return max(count // 4, 5) if QUICK else count


# ---- Results --------------------------------------------------------------------------------------------------------


def confidence(values):
    """Between which two the median is of all that could have been measured, with 95 %: by the binomial distribution of how
    many are below it, whatever the distribution of the values."""
    ordered, half = sorted(values), 0.98 * len(values) ** 0.5
    middle = (len(values) - 1) / 2
    return ordered[max(round(middle - half), 0)], ordered[min(round(middle + half), len(values) - 1)]


class Row:
    """`sides` are pairs, ours and the yardstick's, of each turn; `kind` is what the target says of them: "at most" so
    many times the yardstick, the yardstick "at least" so many times ours, at most so much "more"."""

    def __init__(self, what, yardstick, target, sides, unit="ms", kind="at most"):
        self.what, self.yardstick, self.target, self.kind, self.unit = what, yardstick, target, kind, unit
        self.ours, self.theirs = (median(side) for side in zip(*sides))
        figures = {
            "at most": lambda ours, theirs: ours / theirs,
            "at least": lambda ours, theirs: theirs / ours,
            "more": lambda ours, theirs: ours - theirs,
        }
        each = [figures[kind](*pair) for pair in sides]
        self.figure, self.interval = median(each), confidence(each)

    def is_within(self, slack=1):
        if self.target is None:
            return True
        return self.figure * slack >= self.target if self.kind == "at least" else self.figure <= self.target * slack

    def cells(self):
        measure = " ms" if self.kind == "more" else " x"
        target = "" if self.target is None else self.kind.replace("more", "at most") + f" {self.target:g}{measure}"
        verdict = "" if self.target is None else "reached" if self.is_within() else "MISSED"
        seen = f"{self.ours:.2f} : {self.theirs:.2f} {self.unit}"
        figure = f"{self.figure:.2f}"
        if self.kind == "more":
            figure += " ({:.2f} to {:.2f})".format(*self.interval)
        return self.what, self.yardstick, seen, figure + measure, target, verdict

    def as_json(self):
        return {
            "what": self.what,
            "yardstick": self.yardstick,
            self.unit: [round(self.ours, 3), round(self.theirs, 3)],
            "figure": round(self.figure, 3),
            "confidence_95": [round(end, 3) for end in self.interval],
            "kind": self.kind,
            "target": self.target,
            "reached": self.is_within(),
        }


def table(rows):
    lines = [("what", "yardstick", "ours : its", "figure", "to reach", ""), *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    right = (2, 3)
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width) for i, (cell, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    ]


# ---- Hosts ----------------------------------------------------------------------------------------------------------


def unshare(flags):
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def ip_batch(lines):
    run("ip", "-batch", "-", input="\n".join(lines))


@contextlib.contextmanager
def new_host(function):
    """A process in namespaces of its own, on a machine where nothing is configured: its pid, and what `function`
    returned in it. It lives as long as the context."""
    reading, writing = os.pipe()
    waiting, release = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(release)
            prepare_host()
            with open(writing, "w") as pipe:
                json.dump(function(), pipe)
            os.read(waiting, 1)  # until nobody holds the other end
            os._exit(0)
        except BaseException as error:
            print(f"bench: {function.__name__}: {error}", file=sys.stderr)
            os._exit(1)
    os.close(writing)
    os.close(waiting)
    with open(reading) as pipe:
        result = pipe.read()
    if not result:
        sys.exit(1)
    yield child, json.loads(result)
    os.close(release)
    os.waitpid(child, 0)


def prepare_host():
    unshare(CLONE_NEWNS | CLONE_NEWNET)
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    run("cp", "-a", "/etc", "/run/etc")
    run("mount", "--bind", "/run/etc", "/etc")
    for path in ("/etc/eni-routes", "/etc/iproute2/rt_tables.d", SCRIPTS):
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
    shutil.copy(SOURCE + "/data/config.yaml", "/etc/eni-routes")
    ip_batch(["link set lo up"])


def add_interface(number, addresses, length=16):
    """ethN, and main's default by it: onlink, since /32 addresses make no subnet."""
    name = f"eth{number}"
    ip_batch([f"link add {name} type veth peer name peer{number}", f"link set peer{number} up", f"link set {name} up"])
    add_addresses(number, 0, addresses, length)
    ip_batch([f"route add default via 10.{number}.0.1 dev {name} onlink metric {100 + number}"])


def add_addresses(number, first, last, length):
    ip_batch(f"address add 10.{number}.{a // 200}.{a % 200 + 10}/{length} dev eth{number}" for a in range(first, last))


def set_up_small_host():
    """Two interfaces with IPv4, IPv6 and ifcfg files, as after DHCP and a router's advertisement."""
    write("/proc/sys/net/ipv6/conf/default/dad_transmits", "0")
    for number in range(2):
        add_interface(number, 1)
        ip_batch(
            [
                f"address add 2001:db8:{number}::10/64 dev eth{number} nodad",
                f"route add default via fe80::{number + 1} dev eth{number} metric {100 + number}",
            ]
        )
        write(f"{SCRIPTS}/ifcfg-eth{number}", f"DEVICE=eth{number}\n")
    with open(SOURCE + "/dispatcher.d/30-eni-routes.in") as hook:
        write(HOOK, hook.read().replace("@EVENT_PROGRAM@", PACKAGED))
    os.chmod(HOOK, 0o755)


def set_up_large_host(interfaces, addresses, config, length=16):
    write("/etc/eni-routes/config.yaml", config)
    write("/proc/sys/net/ipv4/ip_forward", "1")
    write("/proc/sys/net/ipv4/conf/all/rp_filter", "1")
    for number in range(interfaces):
        add_interface(number, addresses, length)


def planned():
    """What eni-routes would do to the kernel, and what undoes it, in the words of `ip` with numbers for tables."""
    changes = run(PROGRAM, "regenerate", "--dry-run")
    found = re.findall(r"^ip ((?:-6 )?(?:link|route|rule) .*)   #", changes, re.MULTILINE)
    do = [re.sub(r"table eth(\d+)", lambda match: f"table {10000 + int(match[1])}", line) for line in found]
    undo = [re.sub(r"(rule|route) add", r"\1 del", re.sub(r"group \d+$", "group 0", line)) for line in reversed(do)]
    return do, undo


FORGET = ["rm", "-f", "/run/eni-routes/state", "/etc/iproute2/rt_tables.d/eni-routes.conf"]


# ---- What is measured -----------------------------------------------------------------------------------------------


def small_host():
    set_up_small_host()
    hook = [HOOK, "eth1", "up"]
    first = times(runs(200), CLEAN, PACKAGED_UP, CLEAN, UP, IP_RULE)
    quiet = times(runs(400), PACKAGED_UP, UP, hook, IP_RULE)
    turns(1, CLEAN)
    _, undo = planned()
    write("/run/undo", "".join(f"ip {line}\n" for line in undo))  # the files stay: the stock script reads them
    both = times(runs(40), CLEAN, hook, ["sh", "/run/undo"], ["bash", STOCK, "eth1", "pre-up"])
    turns(1, CLEAN)
    on_tmpfs = [turn[1] for turn in times(runs(40), CLEAN, UP)]
    for path in (SCRIPTS, "/etc/iproute2/rt_tables.d"):
        place = DISK + path
        shutil.copytree(path, place)
        run("mount", "--bind", place, path)
    on_disk = [turn[1] for turn in times(runs(40), CLEAN, UP)]
    return [
        ("event, first time: rules, routes, files", "ip rule", 1.7, [(turn[1], turn[4]) for turn in first]),
        ("event, first time, as this build has it", "ip rule", 1.7, [(turn[3], turn[4]) for turn in first]),
        ("event, nothing to change", "ip rule", 1.3, [(turn[0], turn[3]) for turn in quiet]),
        ("event, nothing to change, as this build has it", "ip rule", 1.3, [(turn[1], turn[3]) for turn in quiet]),
        ("hook, nothing to change", "ip rule", 1.6, [turn[2:] for turn in quiet]),
        ("hook, first time", "stock script, the same lines", 4, [turn[1::2] for turn in both], "ms", "at least"),
        ("event, first time, files on this disk", "on a tmpfs", None, list(zip(on_disk, on_tmpfs)), "ms", "more"),
    ]


def many_rules():
    set_up_large_host(15, 50, "match: address\nfiles: none\n")
    for name, lines in zip(("do", "undo"), planned()):
        write(f"/run/{name}", "\n".join(lines))
    do, undo = ["ip", "-batch", "/run/do"], ["ip", "-batch", "/run/undo"]
    turns(1, UP, undo, FORGET)  # a configuration that is new to it the package's has read by a program in /usr
    made = [(ours, theirs) for ours, _, _, theirs, _ in times(runs(40), PACKAGED_UP, undo, FORGET, do, undo)]
    turns(1, PACKAGED_UP)
    quiet = times(runs(200), PACKAGED_UP, IP_RULE, ["ip", "route", "show", "table", "all"])
    return [
        ("750 rules from nothing", "ip -batch, the same commands", 1, made),
        ("750 rules, nothing to do", "ip rule; ip route show table all", 1, [(up, a + b) for up, a, b in quiet]),
    ]


def lookups():
    def in_namespace(name, *command):
        return run("ip", "netns", "exec", name, *command)

    sources = [f"10.{number}.0.{a + 10}" for number in range(15) for a in range(50)]
    set_up_large_host(15, 50, "match: auto\n")
    run("ip", "netns", "attach", "plain", str(os.getpid()))
    unshare(CLONE_NEWNET)
    ip_batch(["link set lo up"])
    set_up_large_host(15, 50, "match: auto\n")
    turns(1, UP)
    run("ip", "netns", "attach", "ruled", str(os.getpid()))
    look_up = (STOPWATCH, "lookups", "100", "203.0.113.9", *sources)
    pairs = [[int(in_namespace(name, *look_up)) for name in ("ruled", "plain")] for _ in range(runs(60))]
    return [("route lookup, 15 interfaces x 50 addresses", "without rules", 1.5, pairs, "ns")]


def add_tunnel():
    ip_batch(["link add tunnel type veth peer name far", "link set far up", "link set tunnel up"])
    ip_batch(["address add 192.0.2.1/24 dev tunnel"])


def modes(routes):
    """Where the kernel has no suppress rule, one table has a copy of main: against the mode that needs none. The kernel
    needs its time for each route of the copy, so that the first run has another yardstick."""

    def host(config):
        set_up_large_host(15, 1, config)
        add_tunnel()
        add_routes(0, routes, "main")
        turns(2, UP)

    def basic_host():
        host("suppress: off\n")
        write("/run/do", "\n".join(f"route add {route} table 77" for route in tunnel_routes(0, routes)))
        undo = ["ip", "route", "flush", "table", "77"]
        return [(up, batch) for _, up, batch, _ in times(runs(20), CLEAN, UP, ["ip", "-batch", "/run/do"], undo)]

    host("")
    with new_host(basic_host) as (pid, first):
        both = turns(runs(20), [f"@{pid}"], UP, [f"@{os.getpid()}"], UP)
    what = f"basic mode, 15 interfaces, {routes:,} routes in main: "
    yardstick = "with the suppress rule"
    return [
        (what + "first time", "ip -batch, the same routes", 2, first),
        (what + "nothing to do", yardstick, 3, [(ours[0], its[0]) for ours, its in both]),
        (what + "peak memory", yardstick, 3, [(ours[1], its[1]) for ours, its in both], "MiB"),
    ]


def modes_16000():
    return modes(16000)


def modes_100000():
    return modes(100000)


def tunnel_routes(first, last):
    return (f"100.{64 + i // 65536}.{i // 256 % 256}.{i % 256} via 192.0.2.2" for i in range(first, last))


def add_routes(first, last, table):
    ip_batch(f"route add {route} table {table}" for route in tunnel_routes(first, last))


def programs():
    named = {name: [PROGRAM, name] for name in ("status", "check")}
    return {"event": UP, **named, "report": [PROGRAM, "report", "/run/report.html"], "watch": [WATCH]}


def measure_growth(what, add, config=""):
    """`add(first, last)` makes those of them; counted from 0."""
    there = 0

    def grow(size):
        nonlocal there
        add(there, size)
        there = size

    set_up_large_host(2, 1, "imds: {mode: off}\n" + config)
    add_tunnel()
    return growth(what, STOPWATCH, programs(), grow, 1 if QUICK else 3)


def add_foreign_rules(first, last):
    """Each with a table that has a way for it."""
    ip_batch(f"route add default dev tunnel table {50000 + i}" for i in range(first, last))
    ip_batch(f"rule add to 100.64.{i // 256}.{i % 256} lookup {50000 + i} priority 31000" for i in range(first, last))


def add_small_interfaces(first, last):
    ip_batch(
        line
        for i in range(first + 2, last + 2)
        for line in (
            f"link add eth{i} type veth peer name peer{i}",
            f"link set peer{i} up",
            f"link set eth{i} up",
            f"address add 11.{i // 250}.{i % 250}.10/24 dev eth{i}",
            f"route add default via 11.{i // 250}.{i % 250}.1 dev eth{i} metric {200 + i}",
        )
    )


def add_names(_, last):
    write("/etc/iproute2/rt_tables.d/many.conf", "".join(f"{200000 + i}\tname{i}\n" for i in range(last)))


def grow_addresses():
    for number in range(2, 15):
        add_interface(number, 1)
    return measure_growth("15 x 5 addresses", lambda first, last: [
        add_addresses(number, max(5 * first, 1), 5 * last, 16) for number in range(15)])


def grow_networks():
    """Each address a /32 without a subnet around it: a network with a rule of its own."""
    for number in range(2, 15):
        add_interface(number, 1, 32)
    return measure_growth("15 x 2 addresses, each with a rule", lambda first, last: [
        add_addresses(number, max(2 * first, 1), 2 * last, 32) for number in range(15)])


def grow_main():
    return measure_growth("1,000 routes in main", lambda first, last: add_routes(1000 * first, 1000 * last, "main"))


def grow_basic():
    return measure_growth("1,000 routes in main, basic mode",
                          lambda first, last: add_routes(1000 * first, 1000 * last, "main"), "suppress: off\n")


def grow_other_table():
    return measure_growth("1,000 routes in table 77", lambda first, last: add_routes(1000 * first, 1000 * last, "77"))


def grow_foreign_rules():
    return measure_growth("100 rules of others", lambda first, last: add_foreign_rules(100 * first, 100 * last))


def grow_all_at_once():
    for number in range(2, 15):
        add_interface(number, 1)

    def add(first, last):
        for number in range(15):
            add_addresses(number, max(5 * first, 1), 5 * last, 16)
        add_routes(1000 * first, 1000 * last, "main")
        add_foreign_rules(100 * first, 100 * last)

    return measure_growth("all three at once", add)


def grow_names():
    return measure_growth("400 names of tables", lambda first, last: add_names(400 * first, 400 * last))


def grow_interfaces():
    """Without IPv6: the kernel itself takes minutes for that of 6,000 links, and holds up who asks it meanwhile."""
    for kind in ("default", "all"):
        write(f"/proc/sys/net/ipv6/conf/{kind}/disable_ipv6", "1")
    return measure_growth("30 interfaces", lambda first, last: add_small_interfaces(30 * first, 30 * last))


def crowded_host():
    set_up_small_host()
    add_tunnel()
    add_routes(0, dumps.ROUTES, dumps.TABLE)
    turns(2, PACKAGED_UP)
    return dumps.measure(STOPWATCH, INJECT, PACKAGED_UP, runs(20))


def needed_tables():
    set_up_small_host()
    turns(2, PACKAGED_UP)
    with new_host(crowded_host) as (pid, found):
        both = times(runs(200), [f"@{pid}"], PACKAGED_UP, [f"@{os.getpid()}"], PACKAGED_UP)
    return list(dumps.rows(found, both))


def watch():
    set_up_small_host()
    return repairs(WATCH, 1 if QUICK else 4)


HOSTS = (
    small_host,
    needed_tables,
    watch,
    many_rules,
    lookups,
    modes_16000,
    modes_100000,
)
GROWING = (
    grow_addresses,
    grow_networks,
    grow_main,
    grow_basic,
    grow_other_table,
    grow_foreign_rules,
    grow_all_at_once,
    grow_names,
    grow_interfaces,
)


def main():
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    rows = []
    for host in HOSTS:
        with new_host(host) as (_, measured):
            rows += [Row(*row) for row in measured]
    rows += [Row(*row) for row in activation(SOURCE, BUILD, 200)]
    rows += [Row(*row) for row in forwarding(SOURCE, BUILD, runs(40))]
    grown = []
    for host in GROWING:
        with new_host(host) as (_, measured):
            grown += measured
        rows += [Row(*row) for row in rows_of(measured)]
    lines = [*table(rows), "", *table_of(grown)]
    if "--json" in sys.argv:
        found = {"cores": os.cpu_count(), "kernel": os.uname().release, "rows": [row.as_json() for row in rows],
                 "growth": as_json(grown)}
        print(json.dumps(found, indent=1))
        return 0
    if "--tap" not in sys.argv:
        print("\n".join(lines))
        return 0
    write(BUILD + "/bench.txt", "\n".join(lines) + "\n")
    for number, row in enumerate(rows, 1):
        verdict = "ok" if row.is_within(slack=2) else "not ok"
        print(f"{verdict} {number} - {row.what}: {row.cells()[3]}")
    print(*(f"# {line}" for line in lines), f"1..{len(rows)}", sep="\n")
    return 0 if all(row.is_within(slack=2) for row in rows) else 1


sys.exit(main())
