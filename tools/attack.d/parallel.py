"""Many runs at once, while other programs change the kernel and the same files."""

import os
import random
import subprocess
import threading

from scenarios import Scenario, differences, without_block
from world import ENVIRONMENT, LITTER, METADATA, RT_TABLES, read_files

AT_ONCE = 50
FOREIGN_RULES = 3


class Hands:
    """Another program: until it is told to stop it adds and deletes rules and addresses, and appends to rt_tables."""

    def __init__(self):
        self.is_over = threading.Event()
        self.lines = []
        self.threads = [threading.Thread(target=target) for target in (self.change_kernel, self.append)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def change_kernel(self):
        while not self.is_over.is_set():
            for verb in ("add", "del"):
                lines = [f"rule {verb} fwmark 0x77 lookup 300 priority 9100", f"address {verb} 172.17.3.3/24 dev docker0"]
                subprocess.run(["ip", "-batch", "-"], input="\n".join(lines).encode(), check=False)

    def append(self):
        while not self.is_over.wait(0.0003):
            line = f"{60000 + len(self.lines)} other{len(self.lines)}\n"
            with open(RT_TABLES, "a") as file:
                file.write(line)
            self.lines.append(line)


class Parallel:
    def __init__(self, host, seed):
        self.host = host
        self.scenario = Scenario(host, "event", "settled")
        self.dice = random.Random(seed)

    def start(self, ends_clean):
        names = ["event"] * 6 + ["regenerate"] * 2 + ["clean"] * 2
        if not ends_clean:
            names += ["disable", "enable"]
        name = self.dice.choice(names)
        words, environment = self.host.command(name), ENVIRONMENT
        if name == "event":
            words = [words[0], self.dice.choice(["eth0", "eth1", "eth2"]), self.dice.choice(["up", "dhcp4-change"])]
            if words[1] != "eth1":  # whose lease and profile the environment has
                environment = {"PATH": ENVIRONMENT["PATH"]}
        return subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)

    def attack(self, number):
        host, scenario = self.host, self.scenario
        host.restore(scenario.start if number % 2 else host.base)
        rules = [f"rule add fwmark 0x{i + 16:x} lookup 300 priority {9000 + i}" for i in range(FOREIGN_RULES)]
        subprocess.run(["ip", "-batch", "-"], input="\n".join(rules).encode(), check=True)
        hands = Hands()
        found = []
        running = [self.start(number % 3 == 0) for _ in range(AT_ONCE)]
        for process in running:
            try:
                said = process.communicate(timeout=host.limit)[1].decode(errors="replace")
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                found.append(("endless", f"after {host.limit:g} s it had not ended"))
                continue
            if process.returncode < 0 or process.returncode >= 128:
                found.append(("crashed", f"exit {process.returncode}: {said[-200:]}"))
            elif process.returncode and not said.strip():
                found.append(("silent failure", f"exit {process.returncode} and no message"))
        hands.stop()
        with open(METADATA, "wb") as file:  # `clean` forgets what only EC2 knows
            file.write(host.base[1][METADATA][4])
        for name in ("enable", "event", "regenerate", "event"):
            status, said = host.run(name)
            if status != 0:
                found.append(("not recovered", f"{name}: exit {status}, {said[-200:]}"))
        found += self.judge(hands.lines)
        for i in range(FOREIGN_RULES):
            subprocess.run(["ip", "rule", "del", "priority", str(9000 + i)], check=False)
        return [(kind, f"round {number}", words) for kind, words in found]

    def judge(self, lines):
        state = self.host.state()
        files = state[1]
        text = without_block(files[RT_TABLES][4]).decode()
        base = without_block(self.host.base[1][RT_TABLES][4]).decode()
        wanted = base.splitlines(True) + lines
        lost = [line for line in wanted if line not in set(text.splitlines(True))]
        if lost:
            yield "foreign bytes changed", f"{len(lost)} of {len(wanted)} lines of rt_tables were lost, as {lost[0].strip()!r}"
        elif text.splitlines(True) != wanted:
            yield "foreign bytes changed", "the lines of rt_tables have another order, or stand twice"
        rules = state[0]["rule"] - self.scenario.end[0]["rule"]
        if len(rules) != FOREIGN_RULES:
            yield "foreign bytes changed", f"{len(rules)} foreign rules, not {FOREIGN_RULES}"
        kernel = dict(state[0], rule=state[0]["rule"] - rules)
        wrong = [word for word in differences((kernel, files), self.scenario.end) if RT_TABLES + " " not in word]
        if wrong:
            yield "wrong end", "; ".join(wrong[:3])
        for path in read_files():
            if path.endswith(LITTER):
                yield "litter", path
