"""Puts what is no ordinary file where eni-routes reads or writes one, and runs it."""

import os
import socket
import stat
import subprocess

from netlink import difference
from watch import WATCH
from world import CONFIG, DROP_INS, METADATA, RT_TABLES, SCRIPTS, STATE, remove, write

# Path, and whether what the kernel is to have hangs on what it says.
PATHS = {
    f"{SCRIPTS}/ifcfg-eth1": False,
    f"{SCRIPTS}/ifcfg-eth2": False,
    f"{SCRIPTS}/rule-eth1": False,
    f"{SCRIPTS}/rule6-eth2": False,
    f"{SCRIPTS}/route-eth1": False,
    f"{SCRIPTS}/route6-eth2": False,
    f"{SCRIPTS}/rule-other": False,
    SCRIPTS: False,
    RT_TABLES: True,
    DROP_INS: True,
    f"{DROP_INS}/site.conf": True,
    f"{DROP_INS}/other.conf": False,
    f"{DROP_INS}/eni-routes.conf": False,
    "/etc/eni-routes/disabled": True,
    CONFIG: True,
    "/etc/eni-routes": True,
    STATE: True,
    "/run/eni-routes/lock": True,
    "/run/eni-routes/watch": False,
    METADATA: True,
    "/var/lib/eni-routes": True,
}
ELSEWHERE = "/run/elsewhere"  # where links lead
DIRECTORIES = (SCRIPTS, DROP_INS, "/etc/eni-routes", "/var/lib/eni-routes")
OURS = (STATE, "/run/eni-routes/lock", "/run/eni-routes/watch", METADATA)
COMMANDS = [("event", "fresh"), ("event", "settled"), ("regenerate", "drifted"), ("clean", "settled"), ("disable", "settled"),
            ("enable", "disabled"), WATCH]


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)


def make_device(kind, major, minor):
    return lambda path: os.mknod(path, kind | 0o666, os.makedev(major, minor))


def make_link_to_directory(path):
    """To one of its own: what a command writes through it is not there for the next."""
    os.makedirs(ELSEWHERE)
    os.symlink(ELSEWHERE, path)


def make_mount(path, text=None):
    """What was there, which can be read, and neither written nor replaced."""
    write(path, "# read only\n" if text is None else text)
    subprocess.run(["mount", "--bind", path, path], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)


MAKERS = {
    "socket": make_socket,
    "FIFO": os.mkfifo,
    "directory": os.mkdir,
    "full directory": lambda path: write(path + "/a/b", "text\n"),
    "/dev/null": make_device(stat.S_IFCHR, 1, 3),
    "/dev/zero": make_device(stat.S_IFCHR, 1, 5),
    "terminal": make_device(stat.S_IFCHR, 5, 0),
    "block device": make_device(stat.S_IFBLK, 7, 200),
    "looped link": lambda path: os.symlink(os.path.basename(path), path),
    "dangling link": lambda path: os.symlink(ELSEWHERE + "/file", path),
    "link to a directory": make_link_to_directory,
    "link to /dev/zero": lambda path: os.symlink("/dev/zero", path),
    "2 MiB": lambda path: write(path, "# a comment line\n" * 123362),
    "one line of 2 MiB": lambda path: write(path, "x" * (2 << 20)),
    "zeros": lambda path: write(path, "\0" * 5000),
    "empty file": lambda path: write(path, ""),
    "read-only mount": make_mount,
}
CHOICES = [(path, kind) for path in PATHS for kind in MAKERS]


def seen(path):
    status = os.lstat(path)
    link = os.readlink(path) if stat.S_ISLNK(status.st_mode) else ""
    return stat.S_IFMT(status.st_mode), status.st_rdev, status.st_size if stat.S_ISREG(status.st_mode) else 0, link


class SpecialFile:
    def __init__(self, scenarios, bystander):
        self.scenarios = scenarios
        self.bystander = bystander  # what runs a command and does nothing to it

    def attack(self, key, path, kind):
        scenario = self.scenarios[key]
        host = scenario.host
        host.restore(scenario.start)
        os.makedirs("/run/eni-routes", exist_ok=True)
        text = None
        if os.path.isfile(path):
            with open(path) as file:
                text = file.read()
        if os.path.lexists(path):
            remove(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if kind == "read-only mount":
            make_mount(path, text)
        else:
            MAKERS[kind](path)
        before = seen(path)
        try:
            found = []
            if key == WATCH:
                status, said, found = scenario.run_it(self.bystander, 0.5 if PATHS[path] else 5)
                found = [(what, words) for what, words in found if what == "endless" or not PATHS[path]]
            else:
                status, said = host.run(scenario.command)
            where = f"{scenario.name}: {path} is a {kind} [exit {status}: {said.strip()[-200:]}]".replace("\n", " | ")
            found += self.judge(scenario, path, kind, before, status, said)
            return [(what, where, words) for what, words in found]
        finally:
            self.put_back(path, kind)

    @staticmethod
    def put_back(path, kind):
        if kind == "read-only mount":
            subprocess.run(["umount", path], check=False)
        if os.path.lexists(path):
            remove(path)
        if os.path.isdir(ELSEWHERE):
            remove(ELSEWHERE)

    def judge(self, scenario, path, kind, before, status, said):
        if status is None:
            yield "endless", f"after {scenario.host.limit:g} s it had not ended"
        elif status >= 128:
            yield "crashed", f"signal {status - 128}"
        elif status > 0 and not said.strip():
            yield "silent failure", f"exit {status} and no message"
        now = seen(path) if os.path.lexists(path) else None
        is_ordinary = before[0] == stat.S_IFREG and kind != "read-only mount"
        # Read as what it says; or there is none, as where something else stands in a directory's place (ENOTDIR).
        is_read = is_ordinary or kind in ("dangling link", "/dev/null") or (path in DIRECTORIES and kind != "looped link")
        if now != before and path not in OURS and not is_ordinary:
            yield "foreign bytes changed", f"the {kind} at {path} is not there any more"
        kernel = scenario.host.kernel.state()
        if not (path == STATE and is_read):  # where that is gone or garbage, what was ours is not known
            yield from scenario.lost_flows()
        for what in ("rule", "route"):
            missing = scenario.host.base[0][what] - kernel[what]
            if missing:
                yield "foreign bytes changed", f"{len(missing)} foreign {what}s are missing"
        left = difference(kernel, scenario.end[0])
        if left and not PATHS[path] and scenario.command != "disable":
            yield "wrong end", "; ".join(left[:3])
        elif left and status == 0 and not is_read and scenario.command != "disable" and scenario.name != "watch":
            yield "wrong exit 0", "; ".join(left[:3])
