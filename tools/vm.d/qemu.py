"""Talks to a running qemu: to its monitor, or to qemu-guest-agent in the machine. Both speak JSON, a line each, through a
socket that takes one client after the other.

usage: qemu.py monitor SOCKET SECONDS COMMAND...
           runs each COMMAND as a person would type it; after a device_del waits until the machine has let the device go
       qemu.py agent SOCKET SECONDS [--repeatable] [--input FILE] COMMAND [ARGUMENT...]
           runs COMMAND in the machine, prints what it prints, and exits with its status; one that is repeatable is run
           once more where the agent was started anew meanwhile, as it is while a machine boots

SECONDS is the longest wait for all of it. What fails is said on standard error, with exit status 125.
"""

import base64
import fcntl
import json
import random
import socket
import sys
import time

FAILED = 125
LOST = 30  # seconds: what is repeatable and has not been answered for so long is asked once more
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = ["PATH=" + PATH, "HOME=/root", "LANG=C.UTF-8", "TERM=dumb", "SYSTEMD_PAGER=cat", "SYSTEMD_COLORS=0"]


class Failure(Exception):
    pass


class Refusal(Failure):
    """An answer, and it is an error."""


class Forgotten(Failure):
    def __init__(self, command):
        super().__init__("the agent was started anew, what became of this is unknown: " + " ".join(command))


class Channel:
    def __init__(self, path, seconds):
        self.end = time.monotonic() + seconds
        self.lock = open(path + ".lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.rest = b""

    def send(self, message, before=b""):
        self.socket.sendall(before + json.dumps(message).encode() + b"\n")

    def receive(self, end=None):
        """The next message; None where it is none: the end of one that was for another client."""
        end = min(end or self.end, self.end)
        while b"\n" not in self.rest:
            self.socket.settimeout(max(0.001, end - time.monotonic()))
            data = self.socket.recv(1 << 16)
            if not data:
                raise Failure("the machine went off")
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        try:
            return json.loads(line.rpartition(b"\xff")[2])
        except ValueError:
            return None

    def ask(self, command, within=None, **arguments):
        """What the command returns; the events that come before that are for see()."""
        end = within and time.monotonic() + within
        self.send({"execute": command, "arguments": arguments})
        while True:
            message = self.receive(end) or {}
            if "error" in message:
                raise Refusal(message["error"]["desc"])
            if "return" in message:
                return message["return"]
            self.see(message)

    def see(self, message):
        pass


class Monitor(Channel):
    """https://www.qemu.org/docs/master/interop/qmp-spec.html"""

    def __init__(self, path, seconds):
        super().__init__(path, seconds)
        self.gone = set()
        self.ask("qmp_capabilities")

    def see(self, message):
        if message.get("event") == "DEVICE_DELETED":
            self.gone.add(message["data"].get("device"))

    def run(self, commands):
        for command in commands:
            said = self.ask("human-monitor-command", **{"command-line": command})
            if said:
                raise Failure("%s: %s" % (command, said.strip()))
        for verb, device in (command.split()[:2] for command in commands):
            while verb == "device_del" and device not in self.gone:
                self.see(self.receive() or {})


class Agent(Channel):
    """https://www.qemu.org/docs/master/interop/qemu-ga-ref.html"""

    def __init__(self, path, seconds):
        super().__init__(path, seconds)
        self.synchronise()

    def synchronise(self):
        """It may not have started yet, and may still have answers for a client that left."""
        while True:
            number = random.randrange(1 << 30)
            self.send({"execute": "guest-sync-delimited", "arguments": {"id": number}}, b"\xff")
            try:
                end = time.monotonic() + 2
                while (self.receive(end) or {}).get("return") != number:
                    pass
                return
            except socket.timeout:
                if time.monotonic() > self.end:
                    raise

    def run(self, command, stdin, is_repeatable):
        while True:
            try:
                return self.run_once(command, stdin, LOST if is_repeatable else None)
            except (Forgotten, socket.timeout):
                if not is_repeatable or time.monotonic() > self.end:
                    raise
                self.synchronise()

    def run_once(self, command, stdin, within):
        pid = self.ask("guest-exec", within, path=command[0], arg=command[1:], env=ENVIRONMENT,
                       **{"capture-output": True, "input-data": base64.b64encode(stdin).decode()})["pid"]
        pause = 0.02
        while True:
            try:
                status = self.ask("guest-exec-status", within, pid=pid)
            except Refusal:  # only the agent that ran it knows its number
                raise Forgotten(command)
            if status["exited"]:
                return status
            if time.monotonic() > self.end:
                raise socket.timeout
            time.sleep(pause)
            pause = min(0.5, pause * 1.3)


def run_in_machine(agent, arguments):
    stdin = b""
    is_repeatable = arguments[0] == "--repeatable"
    if is_repeatable:
        arguments = arguments[1:]
    if arguments[0] == "--input":
        with open(arguments[1], "rb") as file:
            stdin = file.read()
        arguments = arguments[2:]
    status = agent.run(arguments, stdin, is_repeatable)
    for stream, key in ((sys.stdout, "out-data"), (sys.stderr, "err-data")):
        stream.buffer.write(base64.b64decode(status.get(key, "")))
        stream.flush()
    return status.get("exitcode", 128 + status.get("signal", 0))


def main(who, path, seconds, *arguments):
    try:
        if who == "agent":
            return run_in_machine(Agent(path, float(seconds)), arguments)
        Monitor(path, float(seconds)).run(arguments)
        return 0
    except socket.timeout:
        print("vm: no answer within %s s: %s" % (seconds, " ".join(arguments)), file=sys.stderr)
    except (Failure, OSError) as failure:
        print("vm: %s" % failure, file=sys.stderr)
    return FAILED


sys.exit(main(*sys.argv[1:]))
