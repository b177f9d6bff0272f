"""The VPC's metadata server: EC2's instance metadata service, version 2 alone, for the interfaces of the host.

Runs in the router's namespaces, started by router.sh. What it says is in $VPC_STATE: interfaces, enis and assigned
(router.sh, cloud.sh), read at each request; so are the faults that `tools/vpc metadata` asks for. It must neither
write there, but for its log, nor wait before it answers: a host asks some thirty questions at a time.
"""

import http
import http.server
import os
import random
import re
import socket
import socketserver
import struct
import sys
import threading
import time

STATE = os.environ["VPC_STATE"]
BLOCK = int(os.environ.get("VPC_BLOCK", "0"))
WITH_IPV6 = os.environ.get("VPC_IPV6") == "yes"
ADDRESSES = {socket.AF_INET: "169.254.169.254", socket.AF_INET6: "fd00:ec2::254"}
LONGEST_TOKEN = 21600  # seconds
OWNER, VPC = "123456789012", "vpc-0a1b2c3d4e5f60718"
PAGE = """<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
\t"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>{0} - {1}</title>
 </head>
 <body>
  <h1>{0} - {1}</h1>
 </body>
</html>
"""


def rows(name):
    """The fields of each line of a file of the VPC's state; none where it is not there."""
    try:
        with open(os.path.join(STATE, name)) as lines:
            return [line.split() for line in lines]
    except FileNotFoundError:
        return []


# ---- What there is to know: a tree of dictionaries (directories) and lists (values, one a line) -------


def tree():
    macs, primary = {}, None
    enis = {row[0]: row[1:] for row in rows("enis")}
    for link, address, elastic, subnet, number in rows("interfaces"):
        prefix = subnet4(subnet)
        mac = "06:00:" + ":".join("%02x" % int(part) for part in (prefix + "." + number).split("."))
        primary = primary or mac
        about = interface(mac, address, elastic, subnet, number, enis[link])
        if about:
            macs[mac] = about
    network = {"interfaces": {"macs": macs}}
    return {"latest": {"meta-data": {"mac": [primary], "network": network}}}


def subnet4(subnet):
    return "10.%d.%d" % (BLOCK, int(subnet) + 1 if int(subnet) else 0)


def short(address6):
    return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address6))


def interface(mac, address, elastic, subnet, number, eni):
    """None while a new one is not listed yet."""
    eni, device, card, since, slow = eni[0], eni[1], eni[2], float(eni[3]), float(eni[4])
    age = time.time() - since
    if age < slow / 2:
        return None
    associations, own4, own6, prefixes4, prefixes6 = addresses_of(eni, address, elastic)
    about = {
        "device-number": [device],
        "interface-id": ["eni-%017x" % (0xE100000000000000 + int(eni))],
        "ipv4-associations": {public: [private] for public, private in associations.items()},
        "ipv4-prefix": prefixes4,
        "local-hostname": ["ip-%s.ec2.internal" % address.replace(".", "-")],
        "local-ipv4s": own4,
        "mac": [mac],
        "network-card": [card] if card != "0" else [],  # most instance types have but one, and do not name it
        "owner-id": [OWNER],
        "public-ipv4s": list(associations),
        "security-group-ids": ["sg-0123456789abcdef0"],
        "subnet-id": ["subnet-%017x" % (0x5B00000000000000 + int(subnet))],
        "subnet-ipv4-cidr-block": [subnet4(subnet) + ".0/24"],
        "vpc-id": [VPC],
        "vpc-ipv4-cidr-block": ["10.%d.0.0/16" % BLOCK],
        "vpc-ipv4-cidr-blocks": ["10.%d.0.0/16" % BLOCK],
    }
    if WITH_IPV6:
        subnet6 = "2001:db8:%x::" % (256 * BLOCK + int(subnet))
        about["ipv6s"] = [short(subnet6 + number)] + own6
        about["ipv6-prefix"] = prefixes6
        about["subnet-ipv6-cidr-blocks"] = [short(subnet6) + "/64"]
        about["vpc-ipv6-cidr-blocks"] = ["%s/40" % short("2001:db8:%x::" % (256 * BLOCK))]
    if age < slow:
        about["device-number"] = ["0"]
        about = {key: value for key, value in about.items() if not key.startswith("subnet")}
    return {key: value for key, value in about.items() if value}


def addresses_of(eni, address, elastic):
    associations, own4, own6, prefixes4, prefixes6 = {elastic: address}, [address], [], [], []
    for owner, assigned, public in rows("assigned"):
        if owner != eni:
            continue
        if public != "-":
            associations[public] = assigned
        if "/" in assigned:
            (prefixes6 if ":" in assigned else prefixes4).append(assigned)
        else:
            (own6 if ":" in assigned else own4).append(assigned)
    return associations, own4, own6, prefixes4, prefixes6


def find(path):
    """The node there, or None."""
    node = tree()
    for part in path.split("?")[0].strip("/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    return None if isinstance(node, list) and path.endswith("/") else node


def text(node):
    if isinstance(node, dict):
        node = sorted(name + "/" if isinstance(below, dict) else name for name, below in node.items())
    return "\n".join(node).encode()


# ---- The faults ---------------------------------------------------------------------------------------


class Faults:
    """The file metadata.faults: lines of a fault and an expression for the paths; the first that matches counts."""

    AT_RANDOM = ["404", "429", "500", "503", "empty", "garbage", "half", "reset", "delay:0.2", "token"]

    def __init__(self):
        self.lock, self.version, self.rows, self.chance = threading.Lock(), None, [], None

    def read(self):
        try:
            status = os.stat(os.path.join(STATE, "metadata.faults"))
        except FileNotFoundError:
            self.version, self.rows = None, []
            return
        if self.version == (status.st_ino, status.st_mtime_ns):
            return
        self.version, self.rows = (status.st_ino, status.st_mtime_ns), rows("metadata.faults")
        seeds = [fault.split(":")[2] for fault, _ in self.rows if fault.count(":") == 2]
        self.chance = random.Random(seeds[0] if seeds else None)

    def of(self, path):
        with self.lock:
            self.read()
            for fault, pattern in self.rows:
                if not re.search(pattern, path):
                    continue
                if not fault.startswith("random:"):
                    return fault
                if self.chance.random() * 100 < float(fault.split(":")[1]):
                    return self.chance.choice(self.AT_RANDOM)
                return None
        return None


def garbage(chance):
    """Bytes, a page of a proxy's, numbers out of range."""
    kinds = [
        os.urandom(64).replace(b"\n", b"\0"),
        PAGE.format(200, "Welcome").encode(),
        b"4294967296",
        b"-1",
        b"999.300.1.1\n10.0.0.0/64\nfe80::1::2\n2001:db8::/129",
    ]
    return chance.choice(kinds)


def lie(body, count):
    """Another subnet, another device, another MAC, and never the same twice."""
    step = 1 + count % 97
    said = re.sub(r"\b(10\.\d)\.(\d+)\.", lambda m: "%s.%d." % (m[1], (int(m[2]) + step) % 256), body.decode())
    said = re.sub(r"\b2001:db8:[0-9a-f]+:", "2001:db8:%x:" % (0x100 + step), said)
    said = re.sub(r"\b2001:db8::", "2001:db8:%x::" % (0x100 + step), said)
    said = re.sub(r"\b06:00:0a:00:(..:..)", lambda m: "06:00:0a:%02x:%s" % (step, m.group(1)), said)
    said = re.sub(r"^\d{1,2}$", lambda m: str((int(m.group()) + 1 + count % 15) % 16), said)
    return said.encode()


# ---- Over the network ---------------------------------------------------------------------------------


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 128
    tokens, faults, count, lies = {}, Faults(), 0, 0  # of all: there are two servers, one for each family

    def __init__(self, family):
        self.address_family = family
        super().__init__((ADDRESSES[family], 80), Handler)

    def shutdown_request(self, request):
        """No more than closed: what is reset must not be ended in order before."""
        request.close()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # a client that has gone
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
        pass

    def do_GET(self):
        self.serve(self.value)

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.serve(self.new_token)

    def serve(self, honest):
        self.fault = Server.faults.of(self.path) or ""
        Server.count += 1
        self.status, self.body, self.length = 200, b"", None
        self.more = {}
        honest()
        name, _, value = self.fault.partition(":")
        spoil = getattr(self, "be_" + name, None)
        if spoil:
            spoil(value)
        elif name.isdigit():
            self.refuse(int(name))
        Log.write("%s %s %s" % (self.command, self.path, " ".join(filter(None, [str(self.status), self.fault]))))
        if name == "delay":
            time.sleep(float(value))
        self.send()

    def refuse(self, status):
        self.status, self.body = status, PAGE.format(status, http.HTTPStatus(status).phrase).encode()
        self.more = {}

    def new_token(self):
        seconds = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if self.path != "/latest/api/token":
            return self.refuse(404)
        if not re.match(r"\d{1,5}$", seconds) or not 1 <= int(seconds) <= LONGEST_TOKEN:
            return self.refuse(400)
        token = os.urandom(28).hex()
        if self.fault != "token":
            Server.tokens[token] = time.monotonic() + int(seconds)
        self.body, self.more = token.encode(), {"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": seconds}
        return None

    def value(self):
        left = Server.tokens.get(self.headers.get("X-aws-ec2-metadata-token"), 0) - time.monotonic()
        if left <= 0 or self.fault == "token":
            return self.refuse(401)
        node = find(self.path)
        if node is None:
            return self.refuse(404)
        self.body, self.more = text(node), {"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": str(int(left))}
        return None

    def is_listing(self):
        return re.search(r"/macs/?([^/]*/?)$", self.path)

    def be_empty(self, _):
        self.status, self.body = 200, b""

    def be_garbage(self, _):
        self.status, self.body = 200, garbage(Server.faults.chance)

    def be_lie(self, _):
        if self.command == "GET" and self.status == 200 and not self.is_listing():
            Server.lies += 1
            self.body = lie(self.body, Server.lies)

    def be_half(self, _):
        """Cut in its middle; a listing at times between two lines, so that nothing tells."""
        whole = self.body
        lines = whole.split(b"\n")
        if self.is_listing() and len(lines) > 1 and Server.faults.chance.random() < 0.5:
            self.body = b"\n".join(lines[: len(lines) // 2])
        else:
            self.body, self.length = whole[: len(whole) // 2], len(whole)

    def be_hang(self, _):
        """Until the client goes."""
        self.status = "-"

    def be_reset(self, _):
        self.status = "-"
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def send(self):
        if self.status == "-" or self.length is not None:
            self.close_connection = True
        if self.status == "-":
            while self.fault == "hang" and self.request.recv(4096):
                pass
            return
        lines = ["HTTP/1.1 %d %s" % (self.status, http.HTTPStatus(self.status).phrase)]
        lines += ["%s: %s" % item for item in self.more.items()]
        lines += [
            "Content-Type: text/%s" % ("plain" if self.status == 200 else "html"),
            "Content-Length: %d" % (len(self.body) if self.length is None else self.length),
            "Server: EC2ws",
            "Connection: %s" % ("close" if self.close_connection else "keep-alive"),
        ]
        self.request.sendall("\r\n".join(lines + ["", ""]).encode() + self.body)


class Log:
    """Appended to, so that it can be emptied at any time."""

    file = os.open(os.path.join(STATE, "metadata.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    @classmethod
    def write(cls, line):
        os.write(cls.file, line.encode() + b"\n")


def main():
    servers = [Server(family) for family in ADDRESSES]
    open(os.path.join(STATE, "metadata.ready"), "w").close()
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()


main()
