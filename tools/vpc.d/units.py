"""systemd's part of a hotplug, in the host: starts the units that udev's rules want for a link that comes, and stops
what is bound to a link that goes. Run by host.sh; what it does and what the units print is its standard output.

It knows what such units use (templates, Type=oneshot, ExecStart=, ExecStopPost=, BindsTo=, After=NetworkManager.service,
RemainAfterExit=, TimeoutStartSec=), and no more; the real udevd decides what comes. It must not start anything that
no rule asked for.
"""

import os
import queue
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

UNIT_DIRECTORIES = ["/etc/systemd/system", "/usr/lib/systemd/system"]
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
PATIENCE = 90  # seconds, for what is told to stop


def say(unit, what):
    print("%s: %s" % (unit, what), flush=True)


def text_of(name):
    """The unit file, the template's for an instance; None where there is none."""
    for directory in UNIT_DIRECTORIES:
        for candidate in (name, re.sub(r"@.*\.", "@.", name)):
            path = os.path.join(directory, candidate)
            if os.path.exists(path):
                with open(path) as file:
                    return file.read()
    return None


class Unit(threading.Thread):
    """One thing at a time, in the order in which it was asked for; a start that goes on is ended by a stop."""

    def __init__(self, name):
        super().__init__(daemon=True)
        self.name, self.asked, self.settings = name, queue.Queue(), None
        self.process, self.is_active, self.is_starting, self.is_stopping = None, False, False, False
        self.start()

    def read(self):
        text = text_of(self.name)
        if text is None:
            return None
        instance = self.name.partition("@")[2].rpartition(".")[0]
        specifiers = {"i": instance, "I": instance.replace("-", "/"), "n": self.name, "%": "%"}
        settings = {}
        for line in text.replace("\\\n", " ").splitlines():
            key, is_setting, value = line.partition("=")
            if is_setting and line[0] not in "#;":
                value = re.sub("%([iIn%])", lambda match: specifiers[match.group(1)], value.strip())
                settings.setdefault(key.strip(), []).append(value)
        return settings

    def words(self, key):
        return " ".join((self.settings or {}).get(key, [])).split()

    def ask_start(self):
        if not self.asked.unfinished_tasks and not self.is_active:
            self.settings = self.read()
        self.asked.put(self.do_start)

    def ask_stop(self):
        """What is being started is not waited for, nor does it count as started."""
        self.is_stopping = self.asked.unfinished_tasks > 0
        if self.is_starting:
            self.end_process()
        self.asked.put(self.do_stop)

    def run(self):
        while True:
            self.asked.get()()
            self.asked.task_done()

    def do_start(self):
        if self.settings is None:
            say(self.name, "there is no such unit")
            return
        if "NetworkManager.service" in self.words("After"):
            wait_for_network_manager()
        if self.is_active or self.is_stopping:
            say(self.name, "started before" if self.is_active else "failed, as its device has gone")
            return
        timeout = self.words("TimeoutStartSec")[-1:]
        timeout = int(timeout[0]) if timeout and timeout[0].isdigit() else None
        say(self.name, "starting")
        self.is_starting = True
        commands = self.settings.get("ExecStart", [])
        is_ok = all(self.execute(command, timeout) for command in commands if not self.is_stopping)
        self.is_starting, self.is_active = False, is_ok and not self.is_stopping
        say(self.name, "started" if self.is_active else "failed")
        if not self.is_active:
            self.finish()
        elif self.words("RemainAfterExit") != ["yes"]:
            self.do_stop()

    def do_stop(self):
        self.is_stopping = False
        if not self.is_active:
            return
        say(self.name, "stopping")
        self.is_active = False
        self.finish()
        say(self.name, "stopped")

    def finish(self):
        """Also what did not start has been begun."""
        all(self.execute(command, PATIENCE) for command in self.settings.get("ExecStopPost", []))

    def execute(self, command, timeout):
        """Whether it succeeded, or need not."""
        is_forgiven, command = command.startswith("-"), command.lstrip("-@:+!")
        say(self.name, "runs " + command)
        try:
            self.process = subprocess.Popen(
                shlex.split(command), stdin=subprocess.DEVNULL, env=ENVIRONMENT, cwd="/", start_new_session=True
            )
            if self.is_starting and self.is_stopping:  # since a moment ago
                self.end_process()
            status = self.process.wait(timeout)
        except OSError as error:
            say(self.name, str(error))
            status = 203  # systemd's for what cannot be executed
        except subprocess.TimeoutExpired:
            say(self.name, "takes too long")
            self.end_process()
            status, is_forgiven = self.process.wait(), False
        say(self.name, "exit status %d" % status)
        return status == 0 or is_forgiven

    def end_process(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)


def wait_for_network_manager():
    """systemd starts it at boot, and whatever comes after it waits; later it may be stopped, and nobody waits."""
    command = ["dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/"]
    command += ["org.freedesktop.DBus.GetNameOwner", "string:org.freedesktop.NetworkManager"]
    while not wait_for_network_manager.is_over:
        if subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            wait_for_network_manager.is_over = True
        else:
            time.sleep(0.1)


wait_for_network_manager.is_over = False


def events(monitor):
    """The properties of each event."""
    event = {}
    for line in monitor:
        key, is_property, value = line.rstrip("\n").partition("=")
        if is_property:
            event[key] = value
        elif not line.strip() and event:
            yield event
            event = {}


def heed(event, units):
    link = event.get("INTERFACE", "")
    if event.get("ACTION") == "add" and ":systemd:" in event.get("TAGS", ""):
        for name in event.get("SYSTEMD_WANTS", "").split():
            say(name, "wanted by %s" % link)
            if name not in units:
                units[name] = Unit(name)
            units[name].ask_start()
    if event.get("ACTION") == "remove":
        device = "sys-subsystem-net-devices-%s.device" % link
        for unit in units.values():
            if device in unit.words("BindsTo"):
                unit.ask_stop()


def main():
    command = ["udevadm", "monitor", "--udev", "--property", "--subsystem-match=net"]
    monitor = subprocess.Popen(command, stdout=subprocess.PIPE, universal_newlines=True)
    units = {}
    for line in iter(monitor.stdout.readline, ""):
        if line.startswith("UDEV - "):
            break
    open(sys.argv[1], "w").close()  # from here on nothing is missed
    for event in events(iter(monitor.stdout.readline, "")):
        heed(event, units)


main()
