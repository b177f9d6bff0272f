"""What the hook adds to `nmcli connection up`, in the simulated VPC, with the real NetworkManager. Must not compare figures
of different minutes: with and without it run in pairs, which come first in turn."""

import os
import subprocess

DIRECTORY = "/etc/NetworkManager/dispatcher.d"
NMCLI = "nmcli -w 20 connection up eth1"


def activation(source, build, pairs):
    environment = {**os.environ, "VPC_NAME": "bench"}

    def vpc(*command):
        return subprocess.run([source + "/tools/vpc", *command], check=True, stdout=subprocess.PIPE,
                              universal_newlines=True, env=environment).stdout

    vpc("up", "2")
    try:
        vpc("install", build)
        vpc("host", "sh", "-c", f"""
            cd {DIRECTORY} && cp 30-eni-routes /run/real && printf '#!/bin/sh\nexit 0\n' >/run/idle
            printf 'sleep 0.05; for dir in . pre-up.d; do cat /run/$1 >{DIRECTORY}/$dir/30-eni-routes; done' >/run/use""")
        order = ("real", "idle", "idle", "real")
        words = " -- ".join(f"sh /run/use {hook} -- {NMCLI}" for hook in order).split()
        output = vpc("host", build + "/tests/stopwatch", "turns", str(pairs // 2), *words)
    finally:
        vpc("down")
    sides = []
    for line in output.splitlines():
        first, second, third, fourth = [int(number) / 1e6 for number in line.split()[2::4]]
        sides += [(first, second), (fourth, third)]
    return [("nmcli con up, with the hook", "with a hook that is exit 0", 4, sides, "ms", "more")]
