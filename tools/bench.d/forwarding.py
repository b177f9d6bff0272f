"""What `forwarded: connmark` costs packets: connections to a published port, and echo requests to the host itself, with
it and without it in turn. In the simulated VPC, with rp_filter strict, where requests are marked as well."""

import os
import subprocess

CONNECTIONS, PINGS = 500, 2000
ELASTIC, PORT = "198.51.100.10", 8080


def forwarding(source, build, count):
    """The rows of bench.py's table; each side is of so many connections or echo requests."""
    environment = {**os.environ, "VPC_NAME": "bench"}

    def vpc(*command):
        command = (source + "/tools/vpc", *command)
        return subprocess.run(
            command, check=True, stdout=subprocess.PIPE, universal_newlines=True, env=environment
        ).stdout

    def load():
        words = (ELASTIC, str(PORT), str(CONNECTIONS), str(PINGS))
        return map(float, vpc("client", "/usr/bin/python3", "-I", source + "/tools/bench.d/load.py", *words).split())

    def use(word):
        vpc("host", "eni-routes", "regenerate", "--quiet", "--config", f"/run/{word}.yaml")
        return load()

    vpc("up", "2")
    try:
        vpc("install", build)
        vpc("add", "docker")
        vpc("host", "sh", "-c", """
            sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=1
            for word in off connmark; do echo "forwarded: $word" >/run/$word.yaml; done""")
        use("off")  # and the caches are warm
        connections, pings = [], []
        for turn in range(count):
            order = ("connmark", "off") if turn % 2 == 0 else ("off", "connmark")
            seen = {word: tuple(use(word)) for word in order}
            connections.append((seen["connmark"][0], seen["off"][0]))
            pings.append((seen["connmark"][1], seen["off"][1]))
    finally:
        vpc("down")
    return [
        (f"{CONNECTIONS} connections to a published port, connmark", "forwarded: off", 1.05, connections),
        (f"ping -f, {PINGS} echo requests, connmark", "forwarded: off", 1.05, pings),
    ]
