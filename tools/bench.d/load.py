"""load.py ADDRESS PORT CONNECTIONS PINGS: from the network namespace that it runs in, so many TCP connections one after
another, each closed by a reset, so that none is left waiting, and so many echo requests (`ping -f`). Prints the
milliseconds of both."""

import socket
import struct
import subprocess
import sys
import time

RESET = struct.pack("ii", 1, 0)  # SO_LINGER, 0 s


def connections(address, port, count):
    begin = time.monotonic()
    for _ in range(count):
        with socket.create_connection((address, port), timeout=5) as connection:
            connection.recv(64)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    return (time.monotonic() - begin) * 1000


def pings(address, count):
    begin = time.monotonic()
    subprocess.run(
        ["ping", "-f", "-q", "-c", str(count), "-W", "5", address], check=True, stdout=subprocess.DEVNULL
    )
    return (time.monotonic() - begin) * 1000


def main():
    address, port, of_connections, of_pings = sys.argv[1], *map(int, sys.argv[2:])
    print(connections(address, port, of_connections), pings(address, of_pings))


main()
