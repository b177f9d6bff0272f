"""Which system calls of a run are attacked, and with what. Must not run anything."""

import errno
import glob
import re

EIO, ENOSPC, EACCES, EROFS = errno.EIO, errno.ENOSPC, errno.EACCES, errno.EROFS
EMFILE, ENOMEM, ENOBUFS, EINTR = errno.EMFILE, errno.ENOMEM, errno.ENOBUFS, errno.EINTR

OPEN = (EIO, EACCES, EMFILE, ENOMEM)
SEARCH = (EIO, EACCES, ENOMEM)
CHANGE = (EIO, ENOSPC, EACCES, EROFS, ENOMEM)
DATA = (EIO, ENOSPC, ENOMEM)
TALK = (ENOBUFS, EINTR, ENOMEM)
ERRORS = {
    **dict.fromkeys(("access", "faccessat", "faccessat2", "stat", "lstat", "fstat", "newfstatat", "statx", "readlink",
                     "readlinkat", "getxattr", "fgetxattr", "lgetxattr", "listxattr", "flistxattr", "getcwd",
                     "statfs", "fstatfs", "inotify_add_watch"), SEARCH),
    **dict.fromkeys(("read", "pread64", "lseek", "getdents64", "getdents", "ioctl"), (EIO, ENOMEM)),
    **dict.fromkeys(("write", "pwrite64", "writev", "fsync", "fdatasync", "ftruncate"), DATA),
    **dict.fromkeys(("rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "chmod",
                     "fchmod", "fchmodat", "fchown", "chown", "fsetxattr", "setxattr", "fremovexattr", "link",
                     "symlink"), CHANGE),
    **dict.fromkeys(("socket", "epoll_create1", "signalfd4", "eventfd2", "pipe2", "inotify_init1", "dup"),
                    (EMFILE, ENOMEM, EACCES)),
    **dict.fromkeys(("bind", "connect", "getsockname", "setsockopt", "getsockopt"), (ENOMEM, EACCES)),
    **dict.fromkeys(("sendto", "sendmsg", "recvfrom", "recvmsg"), TALK),
    **dict.fromkeys(("poll", "ppoll", "epoll_wait", "select", "clock_nanosleep", "nanosleep"), (EINTR, ENOMEM)),
    **dict.fromkeys(("mmap", "mremap", "mprotect", "clone", "clone3"), (ENOMEM,)),
    # (brk does not say that it failed.)
    "flock": (EIO, EINTR, ENOMEM),
    "fcntl": (EIO, EACCES, ENOMEM),
}
MEMORY = {"mmap", "munmap", "brk", "futex", "mprotect", "madvise", "rt_sigaction", "rt_sigprocmask", "getpid", "gettid",
          "mremap", "clock_gettime", "getrandom", "sched_yield", "getuid", "geteuid", "getgid", "getegid", "set_robust_list",
          "rseq", "prctl", "clone3", "clone", "restart_syscall", "rt_sigreturn", "sysinfo", "sched_getaffinity"}
TAMPERINGS = ("cut-last", "cut-first", "cut-4", "cut-header", "cut-all", "longer", "first-longer", "shorter", "zero", "huge",
              "interrupted", "attribute", "twice")
NETLINK = 16
RECEIVE = ("recvfrom", "recvmsg")


def call_names():
    """By their numbers, as the kernel's headers have them."""
    for path in glob.glob("/usr/include/*/asm/unistd_64.h") + glob.glob("/usr/include/asm/unistd_64.h"):
        with open(path) as file:
            return {int(number): name for name, number in re.findall(r"#define __NR_(\w+)\s+(\d+)", file.read())}
    raise RuntimeError("no asm/unistd_64.h: the package linux-libc-dev or kernel-headers has it")


class SystemCall:
    def __init__(self, line, names):
        words = line.rstrip("\n").split(" ", 6)
        self.number, self.result = int(words[0]), int(words[2])
        self.point = f"{words[0]}:{words[1]}"
        self.name = names.get(int(words[1]), words[1])
        self.arguments = [int(word) for word in words[3:6]]
        self.path = words[6] if len(words) > 6 else ""
        self.is_netlink = self.is_last_answer = False

    def __str__(self):
        return f"call {self.number}, {self.name}" + (f" of {self.path}" if self.path else "")

    def errors(self):
        if self.name in ("open", "openat", "openat2", "creat"):
            flags = self.arguments[2] if self.name == "openat" else self.arguments[1]
            return OPEN + ((ENOSPC, EROFS) if flags & 0o103 else ())
        if self.name in ("socket", "setsockopt"):
            return ERRORS[self.name]
        return ERRORS.get(self.name, ())

    def is_central(self):
        """About a file or the kernel's tables, and not the process's own affair."""
        return self.name not in MEMORY


def read_calls(path, names):
    with open(path, errors="replace") as file:
        calls = [SystemCall(line, names) for line in list(file)[1:]]
    mark_netlink(calls)
    return calls


def mark_netlink(calls):
    """Which calls are of a netlink socket; and which received the last datagram of an answer."""
    sockets = set()
    before = {}
    for call in calls:
        descriptor = call.arguments[0]
        if call.name == "socket":
            sockets.discard(call.result)
            if descriptor == NETLINK:
                sockets.add(call.result)
        elif call.name == "close":
            sockets.discard(descriptor)
        elif descriptor in sockets and call.name in ("sendto", "sendmsg", *RECEIVE):
            call.is_netlink = True
            earlier = before.get(descriptor)
            if earlier and earlier.name in RECEIVE and call.name not in RECEIVE:
                earlier.is_last_answer = True
            before[descriptor] = call
    for call in before.values():
        call.is_last_answer = call.name in RECEIVE


def points(calls):
    """(deed, the call, argument), by the kind of attack."""
    received = [call for call in calls if call.is_netlink and call.name in RECEIVE and call.result > 0]
    # After exit_group there is nothing; a close that did not happen is none, so it happens and says that it failed.
    return {
        "kill": [("kill", str(call.number), 0) for call in calls],
        "fail": [("fail", call.point, error) for call in calls for error in call.errors()]
        + [("failed", call.point, EIO) for call in calls if call.name == "close"],
        "tamper": [(kind, call.point, 0) for call in received for kind in TAMPERINGS]
        + [("drop", call.point, 0) for call in received if call.is_last_answer],
    }
