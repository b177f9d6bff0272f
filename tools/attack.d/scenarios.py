"""From where a command starts and where it is to end, and what of a host after an attack is a fault."""

import os
import stat

from calls import read_calls
from netlink import described, difference, name_of
from world import CONFIG, DROP_INS, LITTER, METADATA, RT_TABLES, SCRIPTS, is_transient, read_files, run, write

OUR_OWN = {METADATA}  # it stands in each start
BEGIN, END = b"# BEGIN eni-routes", b"# END eni-routes"


def fresh(host):
    host.restore(host.base)


def settled(host):
    fresh(host)
    for name in ("event", "regenerate", "event"):
        succeed(host, name)


def drifted(host):
    """Some is missing, and some is there that is ours and not wanted."""
    settled(host)
    run("ip", "-batch", "-", input="""rule del priority 20101
route flush table 10005
rule add from 10.0.9.0/24 iif lo lookup 10005 priority 20150
route add 10.0.9.0/24 dev eth1 table 10000 proto 206
link set eth0 group 0
""")
    run(*"ip -6 rule del priority 25105".split())
    write(f"{SCRIPTS}/route-eth7", "# eni-routes: eth7\n10.0.9.0/24 dev eth7\n")
    for path in (f"{SCRIPTS}/rule-eth1", f"{DROP_INS}/eni-routes.conf"):
        if os.path.exists(path):
            os.unlink(path)


def old(host):
    """Its policy by another configuration: only the state knows that this is ours."""
    fresh(host)
    kind, _, _, _, data, _ = host.base[1][CONFIG]
    write(CONFIG, data.decode() + "priority_base: 7000\nlink_group: 777\ntable_base: 30000\n")
    for name in ("event", "regenerate"):
        succeed(host, name)
    write(CONFIG, data.decode())


def disabled(host):
    settled(host)
    succeed(host, "disable")


STARTS = {"fresh": fresh, "settled": settled, "drifted": drifted, "old": old, "disabled": disabled}
SCENARIOS = [("event", "fresh"), ("event", "settled"), ("event", "drifted"), ("event", "old"), ("regenerate", "drifted"),
             ("regenerate", "old"), ("clean", "settled"), ("clean", "old"), ("disable", "settled"), ("enable", "disabled")]


def succeed(host, name):
    status, said = host.run(name)
    if status != 0:
        raise RuntimeError(f"{name} failed where nothing was attacked: exit {status}, {said}")


def compared(state):
    kernel, files = state
    return kernel, {path: entry for path, entry in files.items() if not is_transient(path) and not path.endswith(LITTER)}


def differences(state, wanted):
    kernel, files = compared(state)
    wanted_kernel, wanted_files = compared(wanted)
    paths = sorted(path for path in set(files) | set(wanted_files) if files.get(path) != wanted_files.get(path))
    return difference(kernel, wanted_kernel) + [f"{path} {how(files.get(path), wanted_files.get(path))}" for path in paths]


def how(entry, wanted):
    if entry is None or wanted is None:
        return "is missing" if entry is None else "is surplus"
    return "has other bytes" if entry[4] != wanted[4] else "has another mode, owner or attribute"


class Scenario:
    """On one host; made once, by running the command undisturbed."""

    def __init__(self, host, command, start):
        self.host, self.command, self.name = host, command, f"{command} from {start}"
        STARTS[start](host)
        self.start, self.before = host.state(), host.ways()
        succeed(host, command)
        self.end, self.after = host.state(), host.ways()
        succeed(host, command)
        again = differences(host.state(), self.end)
        if again:
            raise RuntimeError(f"{self.name}: run twice, the second run changes: " + "; ".join(again))
        self.known = {}
        for state in (self.start, self.end):
            self.learn(state[1])

    def learn(self, files):
        """Contents that are whole."""
        for path, entry in files.items():
            self.known.setdefault(path, set()).add(entry[4])

    def survey(self, inject, report, names):
        """The command's system calls; and what its files hold after each rename."""
        self.host.restore(self.start)
        self.host.run(self.command, (inject, report, "list"))
        calls = read_calls(report, names)
        for call in calls:
            if call.name.startswith("rename"):
                self.host.restore(self.start)
                self.host.run(self.command, (inject, report, "kill", str(call.number + 1)))
                self.learn(read_files())
        return calls

    # ---- Verdicts: (kind, what was seen) ----

    def damage(self, state):
        yield from self.lost_flows()
        yield from self.torn_files(state[1])
        yield from self.changed_foreign(state)

    def lost_flows(self):
        """Each goes as it went before, or as it will."""
        ways = self.host.ways()
        if ways in (self.before, self.after):
            return
        lost = [f"{flow.name} goes {name_of(way)}, not {name_of(after)}"
                for flow, way, before, after in zip(self.host.flows, ways, self.before, self.after)
                if way not in (before, after)]
        if lost:
            yield "lost flows", f"{len(lost)} flows: {lost[0]}"

    def torn_files(self, files):
        for path, entry in files.items():
            if entry[0] != stat.S_IFREG or is_transient(path) or path.endswith(LITTER):
                continue
            known = self.known.get(path, set())
            data = entry[4]
            if data in known:
                continue
            if not data.endswith(b"\n") or any(whole.startswith(data) for whole in known):
                yield "torn files", f"{path} has {len(data)} bytes"

    def changed_foreign(self, state):
        kernel, files = state
        for what in ("rule", "route"):
            for item in self.host.base[0][what] - kernel[what]:
                yield "foreign bytes changed", f"{described(what, item)} is missing"
        for path, entry in self.host.base[1].items():
            now = files.get(path)
            if now and path == RT_TABLES:
                now = now[:4] + (without_block(now[4]),) + now[5:]
            if now != entry and path not in OUR_OWN:
                yield "foreign bytes changed", f"{path} {how(now, entry)}"

    def outcome(self, status, said, state):
        if status is None:
            yield "endless", f"after {self.host.limit:g} s it had not ended"
            return
        # GLib ends a process that cannot have a thread, and says so; the next run does the rest.
        is_refused_a_thread = status == 133 and "creating thread" in said
        if status >= 128 and not is_refused_a_thread:
            yield "crashed", f"signal {status - 128}: {said.strip()[-200:]}"
        wrong = differences(state, self.end) if status == 0 else []
        if wrong:
            yield "wrong exit 0", "; ".join(wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        if 0 < status < 128 and not said.strip():
            yield "silent failure", f"exit {status} and no message"

    def recovery(self, state):
        """What the same command, run once more and undisturbed, leaves as it should not be."""
        if state == self.start or state == self.end:
            return
        if litter_in(state[1]):
            yield from self.cleaning(state)
        status, said = self.host.run(self.command)
        state = self.host.state()
        wrong = differences(state, self.end)
        if status != 0:
            wrong.insert(0, f"exit {status}, {said.strip()[-200:]}")
        if wrong:
            yield "not recovered", "; ".join(wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        if litter_in(state[1]) and self.command != "clean":
            # An event may leave it, as it writes what differs alone; not so what people run to mend something.
            self.host.run("regenerate")
            state = self.host.state()
        for path in litter_in(state[1]):
            yield "litter", f"{path} stays after {'clean' if self.command == 'clean' else 'regenerate'}"

    def cleaning(self, state):
        """Where the file itself is not to be, nothing else would take its half-written neighbour."""
        self.host.run("clean")
        for path in litter_in(read_files()):
            yield "litter", f"{path} stays after clean"
        self.host.restore(state)


def litter_in(files):
    return [path for path in files if path.endswith(LITTER)]


def without_block(data):
    begin, end = data.find(BEGIN), data.find(END)
    if begin < 0 or end < begin:
        return data
    end = data.find(b"\n", end)
    return data[:begin] + (data[end + 1 :] if end >= 0 else b"")
