"""What an event reads of the kernel beside many routes of another program's: how often and how much, where the kernel can
dump one table alone, and where it cannot (before Linux 4.20: that is refused here by a filter of system calls). Must run in
hosts of its own (bench.py), which it fills."""

import ctypes
import os
import platform
import subprocess

ROUTES, TABLE = 100000, "77"
REPORT = "/run/calls"
SETSOCKOPT = {"x86_64": 54, "aarch64": 208}  # <asm/unistd.h>
SOL_NETLINK, NETLINK_GET_STRICT_CHK, ENOPROTOOPT = 270, 12, 92
RECVMSG = 47  # x86-64's, where alone there is an inject
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06  # <linux/bpf_common.h>: of a word, with a constant
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


class Step(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32)]


class Steps(ctypes.Structure):
    _fields_ = [("count", ctypes.c_uint16), ("first", ctypes.POINTER(Step))]


def without_strict_checking():
    """In this process, and all that it starts, the kernel does not know NETLINK_GET_STRICT_CHK. (Of struct seccomp_data: the
    call's number is at 0, its second and third argument at 24 and 32.)"""
    steps = (Step * 8)(
        (LOAD, 0, 0, 0), (EQUALS, 0, 5, SETSOCKOPT[platform.machine()]),
        (LOAD, 0, 0, 24), (EQUALS, 0, 3, SOL_NETLINK),
        (LOAD, 0, 0, 32), (EQUALS, 0, 1, NETLINK_GET_STRICT_CHK),
        (RETURN, 0, 0, REFUSE | ENOPROTOOPT), (RETURN, 0, 0, ALLOW))
    program = Steps(len(steps), steps)
    if ctypes.CDLL(None).prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError("prctl: no filter of system calls")


def times_without_strict_checking(count, stopwatch, command):
    """Milliseconds."""
    output = subprocess.run([stopwatch, "turns", str(count), *command], check=True, stdout=subprocess.PIPE,
                            preexec_fn=without_strict_checking, universal_newlines=True).stdout
    return [int(line.split()[0]) / 1e6 for line in output.splitlines()]


def calls_of(inject, command, prepare=None):
    """How many system calls it makes in all, how many datagrams it receives, and how many KiB these are."""
    subprocess.run([inject, REPORT, "list", *command], check=True, preexec_fn=prepare)
    with open(REPORT, errors="replace") as file:
        calls = [[int(word) for word in line.split(" ", 3)[1:3]] for line in list(file)[1:]]
    received = [result for number, result in calls if number == RECVMSG and result > 0]
    return {"system calls": len(calls), "datagrams received": len(received), "received": sum(received) / 1024}


def measure(stopwatch, inject, command, turns):
    """On a host that is filled: the times and the calls without strict checking, and the calls with it."""
    if platform.machine() not in SETSOCKOPT:
        return None
    has_inject = os.path.exists(inject)
    return {
        "whole": times_without_strict_checking(turns, stopwatch, command),
        "calls": calls_of(inject, command) if has_inject else {},
        "calls whole": calls_of(inject, command, without_strict_checking) if has_inject else {},
    }


def rows(found, both):
    """Of bench.py's table. `both` are pairs of times, beside the routes and without them; `found` what measure() found beside
    them."""
    what = f"event, nothing to change, {ROUTES:,} routes in table {TABLE}"
    yield what, "without them", 2, both
    if found is None:
        return
    whole = found["whole"]
    pairs = list(zip(whole, [ours for ours, _ in both[-len(whole):]]))
    yield what + ", all dumped, as before Linux 4.20", "not dumped", None, pairs
    for kind, unit in (("system calls", "calls"), ("datagrams received", ""), ("received", "KiB")):
        if found["calls"]:
            yield f"{what}: {kind}", "all dumped", None, [(found["calls"][kind], found["calls whole"][kind])], unit
