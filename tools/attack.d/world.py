"""A host to attack: namespaces with three interfaces, other programs' rules, routes and files; its state as values that
are compared and put back. Must not touch the machine underneath, and must not know what is done to the host.
"""

import ctypes
import os
import shutil
import stat
import subprocess
import time

from netlink import Flow, Kernel

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
SCRIPTS = "/etc/sysconfig/network-scripts"
RT_TABLES, DROP_INS = "/etc/iproute2/rt_tables", "/etc/iproute2/rt_tables.d"
CONFIG, STATE, METADATA = "/etc/eni-routes/config.yaml", "/run/eni-routes/state", "/var/lib/eni-routes/metadata"
TOPS = ("/etc/sysconfig", "/etc/iproute2", "/etc/eni-routes", "/run/eni-routes", "/var/lib/eni-routes")
LITTER = ".eni-routes-new"
ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "DEVICE_IP_IFACE": "eth1",
    "DHCP4_ROUTERS": "10.0.2.1",
    "CONNECTION_UUID": "9d1b7d2c-8a34-4c52-9b2e-1f6f2b0f7f11",
}
# Asked at once, and refused at once.
CONFIGURATION = 'imds: {mode: auto, endpoint: "http://127.0.0.1:9"}\n'
ADDRESSES = {"eth0": "10.0.0.29", "eth1": "10.0.2.37", "eth2": "10.0.3.45"}


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True, **options).stdout


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def enter_namespaces():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    run("cp", "-a", "/etc", "/run/etc")
    run("mount", "--bind", "/run/etc", "/etc")
    run("mount", "-t", "tmpfs", "tmpfs", "/var/lib")
    run("mount", "-t", "sysfs", "sysfs", "/sys")


def make_interfaces():
    for name in ("dad_transmits", "accept_ra"):
        with open(f"/proc/sys/net/ipv6/conf/default/{name}", "w") as file:
            file.write("0")
    lines = ["link set lo up"]
    for number, (name, address) in enumerate(ADDRESSES.items()):
        net = address.rsplit(".", 1)[0]
        lines += [
            f"link add {name} address 02:00:00:00:00:0{number} type veth peer name peer{number}",
            f"link set peer{number} addrgenmode none up",
            f"link set {name} addrgenmode none up",
            f"address add {address}/24 dev {name}",
            f"address add 2001:db8:{number}::10/64 dev {name} nodad",
            f"route add default via {net}.1 dev {name} metric {100 + number}",
            f"route add default via 2001:db8:{number}::1 dev {name} metric {100 + number}",
            # The kernel asks for a gateway that it does not know, and leaves one that does not answer.
            f"neighbour add 2001:db8:{number}::1 lladdr 02:00:00:00:01:0{number} dev {name} nud permanent",
        ]
    # A container's bridge, a tunnel with a mark, an appliance behind eth2; rules for certain packets and for all.
    for name, address in (("docker0", "172.17.0.1/16"), ("wg0", "10.99.0.1/24")):
        lines += [f"link add {name} type veth peer name far-{name}", f"link set far-{name} addrgenmode none up"]
        lines += [f"link set {name} addrgenmode none up", f"address add {address} dev {name}"]
    lines += [
        "route add 192.168.0.0/16 via 10.0.3.9 dev eth2",
        "route add default dev wg0 table 51820",
        "route add 10.98.0.0/16 dev wg0 table 300",
        "rule add fwmark 0xca6c lookup 51820 priority 5200",
        "rule add to 10.98.0.0/16 lookup 300 priority 31000",
    ]
    run("ip", "-batch", "-", input="\n".join(lines))
    run(*"ip -6 rule add to 2001:db8:98::/48 lookup 300 priority 31000".split())


def make_files(is_shared):
    shutil.rmtree("/etc/sysconfig", ignore_errors=True)
    for path in ("/etc/eni-routes", "/var/lib/eni-routes", DROP_INS):
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
    for name in ADDRESSES:
        write(f"{SCRIPTS}/ifcfg-{name}", f"DEVICE={name}\nBOOTPROTO=dhcp\nONBOOT=yes\n")
    write(f"{SCRIPTS}/rule-wg0", "fwmark 0xca6c table 51820\n", 0o640)
    write(f"{SCRIPTS}/route-eth0", "172.31.0.0/16 via 10.0.0.9\n")
    write(METADATA, "[02:00:00:00:00:02]\ndevice_number=5\nnetwork_card=0\naddresses=10.0.3.45;\nsubnets=10.0.3.0/24;\n")
    write(CONFIG, CONFIGURATION + ("suppress: off\n" if is_shared else ""))
    write(RT_TABLES, "255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n#\n300 appliance\n51820 tunnel\n", 0o640)
    os.chown(RT_TABLES, 12, 34)
    try:
        os.setxattr(RT_TABLES, "user.note", b"kept")
    except OSError:
        pass  # a tmpfs before Linux 6.6
    if is_shared:
        os.rmdir(DROP_INS)
        write(RT_TABLES, open(RT_TABLES).read() + "500 eth1\n", 0o640)
    else:
        write(f"{DROP_INS}/site.conf", "500 eth1\n")


def is_transient(path):
    """Of the runs themselves: locks, and what the watch says while it runs."""
    return path.startswith("/run/eni-routes") and path != STATE


def entry_of(path):
    status = os.lstat(path)
    kind = stat.S_IFMT(status.st_mode)
    data, extra = b"", ()
    if kind == stat.S_IFREG:
        with open(path, "rb") as file:
            data = file.read()
        extra = tuple((name, os.getxattr(path, name)) for name in os.listxattr(path) if not name.startswith("security."))
    if kind == stat.S_IFLNK:
        data = os.readlink(path).encode()
    return kind, status.st_mode & 0o7777, status.st_uid, status.st_gid, data, extra


def read_files():
    """Each file, directory and link below TOPS, by its path."""
    found = {}
    waiting = list(TOPS)
    while waiting:
        path = waiting.pop()
        try:
            found[path] = entry_of(path)
        except FileNotFoundError:
            continue
        if found[path][0] == stat.S_IFDIR:
            waiting += [f"{path}/{name}" for name in os.listdir(path)]
    return found


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def restore_files(wanted):
    now = read_files()
    for path in sorted(set(now) - set(wanted), reverse=True):
        if os.path.lexists(path):
            remove(path)
    for path in sorted(wanted):
        if now.get(path) == wanted[path]:
            continue
        kind, mode, uid, gid, data, extra = wanted[path]
        if path in now and now[path][0] != kind or path in now and kind != stat.S_IFDIR:
            remove(path)
        if kind == stat.S_IFDIR:
            os.makedirs(path, exist_ok=True)
        elif kind == stat.S_IFLNK:
            os.symlink(data.decode(), path)
            continue
        else:
            with open(path, "wb") as file:
                file.write(data)
        os.chown(path, uid, gid)
        os.chmod(path, mode)
        for name, value in extra:
            os.setxattr(path, name, value)


def make_flows():
    """From each address, from none, and with a mark or an interface; to where each kind of rule or route leads."""
    sources = [None, *ADDRESSES.values()]
    to = ("198.51.100.7", "10.0.0.9", "10.0.2.9", "10.0.3.9", "172.17.0.5", "10.98.0.5", "192.168.1.1")
    flows = [Flow(destination, source) for source in sources for destination in to]
    flows += [Flow("198.51.100.7", None, name) for name in ADDRESSES]
    flows += [Flow("198.51.100.7", None, None, 0xCA6C)]
    to6 = ("2001:db8:ff::7", "2001:db8:1::9", "2001:db8:2::9")
    flows += [Flow(d, s) for s in (None, *(f"2001:db8:{n}::10" for n in range(3))) for d in to6]
    return flows


class Host:
    """`base` is what other programs made: it is to be there at any time."""

    def __init__(self, build, is_shared, limit):
        self.limit = limit  # seconds; a run that takes longer has no end
        self.event = [build + "/src/eni-routes-event", "eth1", "up"]
        self.program = build + "/src/eni-routes"
        self.watch = [build + "/src/eni-routes-watch"]
        enter_namespaces()
        make_interfaces()
        make_files(is_shared)
        self.kernel = Kernel()
        self.flows = make_flows()
        self.base = self.settled_state()

    def state(self):
        return self.kernel.state(), read_files()

    def settled_state(self):
        """Once it stays: the kernel notices a carrier a while later."""
        state = None
        while state != (state := self.state()):
            time.sleep(0.3)
        return state

    def restore(self, state):
        self.kernel.restore(state[0])
        restore_files(state[1])

    def ways(self):
        return self.kernel.ways(self.flows)

    def command(self, name):
        return self.event if name == "event" else [self.program, *name.split()]

    def run(self, name, prefix=()):
        """Its exit status, none where it did not end, and what it said on standard error."""
        try:
            done = subprocess.run([*prefix, *self.command(name)], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=self.limit)
        except subprocess.TimeoutExpired:
            return None, ""
        return done.returncode, done.stderr.decode(errors="replace")
