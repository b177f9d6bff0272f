"""Attacks the watch: it starts, one rule of its policy is deleted, it puts that back, and is told to end."""

import os
import signal
import subprocess
import time

from scenarios import Scenario
from world import ENVIRONMENT, run

# A single failure passes at once, so that the next try succeeds; that is to be made soon.
REPAIR, ENDING = 5, 5
WATCH = ("watch", "settled")
DELETE = "ip rule del priority 20101"


def status_of(pid):
    """Whether it sleeps, and how often it went to sleep; none where it is gone."""
    try:
        with open(f"/proc/{pid}/status") as file:
            values = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        return values["State"][0], values.get("voluntary_ctxt_switches")
    except OSError:
        return None


def wait_for(condition, seconds, pause=0.004):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(pause)
    return bool(condition())


class WatchScenario(Scenario):
    """An event's, from where it changes nothing; what runs is the watch."""

    def __init__(self, host):
        super().__init__(host, "event", "settled")
        self.name = "watch"
        run(*DELETE.split())
        self.after = host.ways()  # and so they go until it is back

    def run_it(self, task, patience=REPAIR):
        """Its exit status, what it said, and what it did not do."""
        wrong = []
        if os.path.exists(task[1]):
            os.unlink(task[1])
        process = subprocess.Popen([*task, *self.host.watch], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            pid = self.wait_until_idle(process, task[1])
            if process.poll() is None:
                subprocess.run(DELETE.split(), check=False, stderr=subprocess.DEVNULL)  # it may be gone already
                if not wait_for(lambda: process.poll() is not None or self.is_settled(), patience) or (
                    process.poll() is None and not self.is_settled()
                ):
                    wrong.append(("not recovered", f"a deleted rule was not back after {patience:g} s"))
            if process.poll() is None:
                self.wait_until_idle(process, task[1])
                os.kill(pid, signal.SIGTERM)
            elif process.returncode not in (137, 0):
                wrong.append(("crashed", f"the watch ended by itself, exit {process.returncode}"))
            said = process.communicate(timeout=max(ENDING, patience))[1]
        except subprocess.TimeoutExpired:
            process.kill()
            said = process.communicate()[1]
            wrong.append(("endless", f"{max(ENDING, patience)} s after SIGTERM it had not ended"))
        except ProcessLookupError:
            said = process.communicate()[1]
        return process.returncode, said.decode(errors="replace"), wrong

    @staticmethod
    def wait_until_idle(process, report):
        """Its number, once it waits for what may happen: between two moments it did not wake up."""
        pid = None
        end = time.monotonic() + 5
        while process.poll() is None and time.monotonic() < end:
            try:
                with open(report) as file:
                    pid = int(file.readline())
            except (OSError, ValueError):
                time.sleep(0.002)
                continue
            before = status_of(pid)
            time.sleep(0.03)
            if before and before[0] == "S" and status_of(pid) == before:
                break
        return pid

    def is_settled(self):
        return self.host.kernel.rules() == self.start[0]["rule"]

    def trace(self, inject, report):
        self.host.restore(self.start)
        _, said, wrong = self.run_it((inject, report, "list"))
        if wrong:
            raise RuntimeError(f"the watch, where nothing was attacked: {wrong}, {said}")
