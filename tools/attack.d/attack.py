"""Attacks eni-routes, and prints what went wrong. usage: attack.py BUILDDIR [--all] [--tap] [--seed N] [--only ATTACK]... [--command NAME]...

Runs in mount and pid namespaces of its own (tools/attack makes them); each worker has a host of its own (world.py).
"""

import argparse
import collections
import json
import os
import random
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import calls  # noqa: E402  the folder of this file is not searched with -I
import special  # noqa: E402
from scenarios import SCENARIOS  # noqa: E402
from watch import WATCH  # noqa: E402
from worker import Worker  # noqa: E402

WORLDS = {"drop-ins": False, "shared": True}  # how the tables are named; shared is with copies of main, too
DAMAGE = ("lost flows", "torn files", "foreign bytes changed", "litter")
OUTCOME = ("endless", "crashed", "wrong exit 0", "silent failure", "not recovered")
ATTACKS = {
    "kill": ("kill points", (*DAMAGE, "not recovered")),
    "fail": ("failing calls", DAMAGE + OUTCOME),
    "tamper": ("tampered answers", DAMAGE + OUTCOME),
    "special": ("special files", ("lost flows", "foreign bytes changed", "endless", "crashed", "wrong exit 0", "silent failure",
                                  "not recovered", "wrong end")),
    "parallel": ("parallel runs", ("foreign bytes changed", "litter", "endless", "crashed", "silent failure", "not recovered",
                                   "wrong end")),
}
# How many of a scenario's points are tried where not all are: of those that are about files and the kernel, of the others.
SAMPLE = {"kill": (160, 20), "fail": (260, 30), "tamper": (110, 0)}
SAMPLE_OF_WATCH = {"kill": (30, 5), "fail": (90, 10), "tamper": (40, 0)}
DROPS, SPECIAL_SAMPLE, ROUNDS, ALL_ROUNDS = 1, 500, 3, 40


def in_processes(functions):
    """The values that the functions return, each run in a process of its own, all at once."""
    children = []
    for function in functions:
        file = tempfile.TemporaryFile("w+")
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                json.dump(function(), file)
                file.flush()
                status = 0
            except BaseException:  # whatever it is: the process is to end here
                traceback.print_exc()
            os._exit(status)
        children.append((pid, file))
    values = []
    for pid, file in children:
        if os.waitpid(pid, 0)[1] != 0:
            sys.exit("attack: a worker failed")
        file.seek(0)
        values.append(json.load(file))
    return values


def distinct(found, most=8):
    """One of each, as they differ in more than where: with how many there are like it."""
    groups = collections.defaultdict(list)
    for where, words in found:
        groups[words].append(where)
    for words, places in sorted(groups.items(), key=lambda item: -len(item[1]))[:most]:
        yield f"{len(places)} x {words}; first {places[0]}"
    if len(groups) > most:
        yield f"and {len(groups) - most} other kinds"


class Attack:
    def __init__(self, options):
        self.options = options
        self.counts = collections.Counter()
        self.found = collections.defaultdict(list)  # by (attack, kind)
        self.dice = random.Random(options.seed)

    # ---- What is done ----

    def sample(self, sizes, points, central):
        if self.options.all:
            return points
        sampled = []
        for size, is_central in zip(sizes, (True, False)):
            pool = [point for point in points if (point[1] in central) == is_central]
            sampled += pool if len(pool) <= size else self.dice.sample(pool, size)
        return sampled

    def jobs(self, world, surveys):
        for key, survey in surveys:
            central = set(survey["central"])
            for attack, points in survey["points"].items():
                if not self.options.all:  # each is waited for until the run gives the answer up
                    drops = [point for point in points if point[0] == "drop"]
                    points = [point for point in points if point[0] != "drop"]
                    for point in self.dice.sample(drops, min(DROPS, len(drops))):
                        yield attack, (tuple(key), *point)
                sizes = (SAMPLE_OF_WATCH if tuple(key) == WATCH else SAMPLE)[attack]
                for point in self.sample(sizes, points, central):
                    yield attack, (tuple(key), *point)
        pairs = [(tuple(key), path, kind) for key, _ in surveys if tuple(key) in special.COMMANDS
                 for path, kind in special.CHOICES]
        size = len(pairs) if self.options.all else min(SPECIAL_SAMPLE, len(pairs))
        for job in self.dice.sample(pairs, size):
            yield "special", job
        for number in range(0 if self.options.command else ALL_ROUNDS if self.options.all else ROUNDS):
            yield "parallel", number

    def run_world(self, world):
        options = self.options
        scenarios = SCENARIOS + [WATCH]
        if world == "shared" and not options.all:
            scenarios = [("event", "fresh"), ("event", "settled"), ("clean", "settled")]

        if options.command:
            scenarios = [key for key in scenarios if key[0] in options.command]

        def survey():
            worker = Worker(options, WORLDS[world], scenarios)
            return [(key, {"points": calls.points(found), "central": [point for c in found if c.is_central() for point in (c.point, str(c.number))]})
                    for key, found in worker.calls.items()]

        jobs = [job for job in self.jobs(world, in_processes([survey])[0]) if not options.only or job[0] in options.only]
        self.dice.shuffle(jobs)
        reading, writing = os.pipe()  # of the jobs' numbers: whoever is free takes the next
        feeder = os.fork()
        if feeder == 0:
            os.close(reading)
            for number in range(len(jobs)):
                os.write(writing, number.to_bytes(4, "little"))
            os._exit(0)
        os.close(writing)

        def work():
            worker = Worker(options, WORLDS[world], scenarios)
            results = []
            for word in iter(lambda: os.read(reading, 4), b""):
                attack, job = jobs[int.from_bytes(word, "little")]
                results.append((attack, worker.do(attack, job)))
            return results

        for results in in_processes([work] * options.workers):
            for attack, found in results:
                self.counts[attack] += 1
                for kind, where, words in found:
                    self.found[attack, kind].append((f"{world}, {where}", words))
        os.close(reading)
        os.waitpid(feeder, 0)

    # ---- What is printed ----

    def verdicts(self):
        for attack, (name, kinds) in ATTACKS.items():
            if self.counts[attack]:
                yield name, self.counts[attack], [(kind, self.found[attack, kind]) for kind in kinds]

    def lines(self):
        for name, count, kinds in self.verdicts():
            yield f"{name} {count}, " + ", ".join(f"{kind} {len(found)}" for kind, found in kinds)

    def print_tap(self):
        number = 0
        for name, count, kinds in self.verdicts():
            for kind, found in kinds:
                number += 1
                print(f"{'not ok' if found else 'ok'} {number} - {name} {count}, {kind} {len(found)}")
                for words in distinct(found):
                    print("# " + words.replace("\n", " | "))
        print(f"1..{number}")

    def write_all(self, path):
        with open(path, "w") as file:
            for (attack, kind), found in self.found.items():
                file.writelines(f"{attack} / {kind}: {words}\t{where}\n" for where, words in found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--tap", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=list(ATTACKS))
    parser.add_argument("--command", action="append")
    parser.add_argument("--limit", type=float, default=40)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--log")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    options.inject = options.build + "/tests/inject"
    begin = time.monotonic()
    attack = Attack(options)
    for world in WORLDS:
        attack.run_world(world)
    text = "".join(line + "\n" for line in attack.lines())
    if options.log:
        attack.write_all(options.log)
    if options.tap:
        attack.print_tap()
        with open(options.build + "/attack.txt", "w") as file:
            file.write(text)
    print("".join("# " + line for line in text.splitlines(True)) if options.tap else text, end="")
    print(f"# seed {options.seed}, {time.monotonic() - begin:.0f} s")
    sys.exit(1 if any(found for _, _, kinds in attack.verdicts() for _, found in kinds) else 0)


main()
