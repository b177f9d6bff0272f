"""One host, and whatever is done to it, job by job. Must not decide what is done; attack.py does."""

import errno
import os

import calls
from parallel import Parallel
from scenarios import Scenario
from special import SpecialFile
from watch import REPAIR, WATCH, WatchScenario
from world import Host

LOST_ANSWER = 15  # seconds: one that never comes is waited for, 5 s at most, and then asked for anew


class Worker:
    def __init__(self, options, is_shared, scenarios):
        self.options = options
        self.host = Host(options.build, is_shared, options.limit)
        self.report = f"/run/report.{os.getpid()}"
        self.names = calls.call_names()
        self.calls, self.scenarios = {}, {}
        self.special = SpecialFile(self.scenarios, (options.inject, self.report, "fail", "999999999", "5"))
        self.parallel = None
        for key in scenarios:
            self.scenarios[key] = WatchScenario(self.host) if key == WATCH else Scenario(self.host, *key)
            self.calls[key] = self.survey(key)

    def survey(self, key):
        scenario = self.scenarios[key]
        if key != WATCH:
            return scenario.survey(self.options.inject, self.report, self.names)
        scenario.survey(self.options.inject, self.report, self.names)
        scenario.trace(self.options.inject, self.report)
        return calls.read_calls(self.report, self.names)

    def do(self, attack, job):
        """What went wrong: (kind, where, words)."""
        if attack == "special":
            return self.special.attack(*job)
        if attack == "parallel":
            if self.parallel is None:
                self.parallel = Parallel(self.host, self.options.seed)
            return self.parallel.attack(job)
        return self.attack(*job)

    def attack(self, key, deed, number, argument):
        scenario = self.scenarios[key]
        self.host.restore(scenario.start)
        task = [self.options.inject, self.report, deed, str(number)] + ([str(argument)] if argument else [])
        found = []
        if key == WATCH:
            status, said, found = scenario.run_it(task, LOST_ANSWER if deed == "drop" else REPAIR)
            if deed == "kill":
                found = []
        else:
            status, said = self.host.run(scenario.command, task)
        state = self.host.state()
        found += scenario.damage(state)
        if deed != "kill":
            found += scenario.outcome(status, said, state)
        elif status not in (137, 0):
            found.append(("crashed", f"exit {status}: {said.strip()[-200:]}"))
        found += scenario.recovery(state)
        if not found:
            return []
        met = calls.read_calls(self.report, self.names)
        word = f" {errno.errorcode[argument]}" if argument else ""
        where = f"{scenario.name}: {deed}{word} at {met[-1] if met else f'call {number}, which was not made'}"
        if deed != "kill":
            where += " [exit {}: {}]".format(status, said.strip().replace("\n", " | ")[-160:])
        return [(kind, where, words) for kind, words in found]
