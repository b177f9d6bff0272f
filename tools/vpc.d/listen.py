"""Listens on the PORTs of the arguments, by TCP and UDP, IPv4 and IPv6: says hello to whoever connects or sends something.

Prints "ready" when it does, and ends when it is killed.
"""

import select
import socket
import sys


def server(kind, port):
    listener = socket.socket(socket.AF_INET6, kind)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        listener.listen(100)
    return listener


def greet(listener):
    if listener.type == socket.SOCK_STREAM:
        connection = listener.accept()[0]
        connection.sendall(b"hello\n")
        connection.close()
    else:
        listener.sendto(b"hello\n", listener.recvfrom(100)[1])


def main():
    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    listeners = [server(kind, int(port)) for port in sys.argv[1:] for kind in kinds]
    print("ready", flush=True)
    while True:
        for listener in select.select(listeners, [], [])[0]:
            try:
                greet(listener)
            except OSError:  # it has gone meanwhile, or there is no way to it
                pass


main()
