"""How time and memory grow with a host: of each program at n, 10 n and 100 n addresses, routes, rules, names or interfaces.
Must run in hosts of its own (bench.py), which it fills. Time is the processor's, of which a busy machine takes less."""

import os
import select
import socket
import subprocess

SIZES = (1, 10, 100)
PATIENCE = 120  # seconds: what takes longer has no end
LINEAR = 1.2
READY = "/run/ready.socket"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "NOTIFY_SOCKET": READY}


def run_to_end(stopwatch, command):
    """Milliseconds of processor time, and MiB at the most. (A child of this process would begin with its memory.) What a
    program says of the host by its exit status is no failure."""
    words = [stopwatch, "turns", "1", "sh", "-c", '"$@"; [ $? -le 5 ]', "sh", *command]
    process = subprocess.Popen(words, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
    output = process.stdout.read()
    usage = os.wait4(process.pid, 0)[2]
    process.returncode = 0
    return (usage.ru_utime + usage.ru_stime) * 1000, int(output.split()[1]) / 1024


def run_until_ready(command):
    """The same of a service, until it says that it is ready; then it is ended."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(READY)
        process = subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            while b"READY=1" not in (ready.recv(4096) if select.select([ready], [], [], PATIENCE)[0] else b""):
                if process.poll() is not None:
                    raise RuntimeError("the watch ended before it was ready")
            with open(f"/proc/{process.pid}/status") as status:
                memory = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
        finally:
            os.unlink(READY)
            process.terminate()
            usage = os.wait4(process.pid, 0)[2]
            process.returncode = 0
    return (usage.ru_utime + usage.ru_stime) * 1000, memory


def growth(what, stopwatch, programs, grow, turns):
    """`grow(n)` fills the host up to n times as many. Of each program its name, and (milliseconds, MiB) at each size."""
    found = {name: [] for name in programs}
    for size in SIZES:
        grow(size)
        run_to_end(stopwatch, programs["event"])  # what is new is done: the rest of the runs change nothing
        for name, command in programs.items():
            runs = [run_until_ready(command) if name == "watch" else run_to_end(stopwatch, command)
                    for _ in range(turns if size < SIZES[-1] else max(turns // 3, 1))]
            found[name].append([min(run[i] for run in runs) for i in (0, 1)])
    return [(what, name, sizes) for name, sizes in found.items()]


def steepest(found, index):
    """Of the programs the one that grows most in the last step: its name, and what it takes against ten times what it took
    before."""
    sizes = {name: [size[index] for size in sizes] for _, name, sizes in found}
    name = max(sizes, key=lambda program: sizes[program][2] / sizes[program][1])
    return name, (sizes[name][2], 10 * sizes[name][1])


def rows_of(found):
    """Of bench.py's table; `found` is a host's."""
    what = found[0][0]
    for index, (unit, kind) in enumerate((("ms", "time"), ("MiB", "memory"))):
        name, sides = steepest(found, index)
        yield f"10 x to 100 x {what}: {kind} ({name})", "10 x the former", LINEAR, [sides], unit


def as_json(found):
    return [{"what": what, "program": name, "ms": [round(size[0], 2) for size in sizes],
             "MiB": [round(size[1], 2) for size in sizes]} for what, name, sizes in found]


def table_of(found):
    yield f"{'growth: 1 x, 10 x, 100 x':44}{'processor time, ms':>27}{'':5}{'peak memory, MiB':>24}"
    for what, name, sizes in found:
        times, memory = ([size[index] for size in sizes] for index in (0, 1))
        cells = "".join(f"{time:9.1f}" for time in times) + "     " + "".join(f"{mib:8.1f}" for mib in memory)
        yield f"{what:36}{name:8}{cells}"
