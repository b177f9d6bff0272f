#!/bin/bash
# Names from outside that would command a terminal or a shell: of links, tables, groups and programs, with escape sequences, C1,
# what is not UTF-8, what turns text around, and shell syntax. No command prints them as they are, and no file has them.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

# clean_output CMD...: what it prints has no control character but newlines (and tabs), and is UTF-8.
clean_output() {
    host "$@" >"$seen.bytes" 2>&1
    /usr/bin/python3 -I - "$seen.bytes" <<'END'
import sys, unicodedata
text = open(sys.argv[1], "rb").read().decode("utf-8")
assert text.strip(), "it printed nothing"
bad = [c for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
assert not bad, f"{bad!r}\n{text!r}"
END
}
# is_json CMD...
is_json() { clean_output "$@" && /usr/bin/python3 -Ic 'import json, sys; json.load(open(sys.argv[1]))' "$seen.bytes"; }

begin 2
vpc install "$1"
up eth1 >"$seen"
vpc settle

# What netlink takes and `ip` does not.
host /usr/bin/python3 -I - <<'END'
import socket, struct

def attribute(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)

names = [b"eth7\x1b[31mx", b"eth8\x9b31m", b"eth9\xff\xfe", b"eth6\xe2\x80\xaex", b"eth5\x07", b"eth4\x7f\xc2\x9b"]
netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
for number, name in enumerate(names):
    body = struct.pack("BxHiII", 0, 0, 0, 1, 1) + attribute(3, name + b"\0") + attribute(18, attribute(1, b"dummy"))
    netlink.send(struct.pack("IHHII", 16 + len(body), 16, 0x0605, number, 0) + body)
    error = struct.unpack_from("i", netlink.recv(4096), 16)[0]
    assert error == 0, (name, error)
    index = socket.if_nametoindex(name.decode("utf-8", "surrogateescape"))
    address = socket.inet_aton(f"10.77.{number}.1")
    body = struct.pack("BBBBI", 2, 24, 0, 0, index) + attribute(2, address) + attribute(1, address)
    netlink.send(struct.pack("IHHII", 16 + len(body), 20, 0x0605, 0, 0) + body)
    assert struct.unpack_from("i", netlink.recv(4096), 16)[0] == 0
END
host sh -c 'printf "300 t\033[31mx\n301 u\2331mx\n302 v\377\n303 w\342\200\256x\n" >>/etc/iproute2/rt_tables
    ip route add 10.88.0.0/16 via 10.0.2.1 table 300
    for table in 300 301 302 303; do ip rule add from 10.99.$table.0/24 table $table 2>/dev/null; ip rule add to 10.0.2.9 table $table; done
    ip rule add from 10.66.0.1 iif "$(printf "eth7\033[31mx")" table 300'
host /usr/bin/python3 -Ic '
import ctypes, os, socket
if os.fork(): os._exit(0)
os.setsid()
for fd in range(3): os.dup2(os.open("/dev/null", os.O_RDWR), fd)
ctypes.CDLL(None).prctl(15, b"named\x1b[2J\xff", 0, 0, 0)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 5353))
open("/run/server.pid", "w").write(str(os.getpid()))
__import__("time").sleep(600)'

for command in 'status' 'check' 'explain 10.88.0.1' 'explain 10.0.2.9' 'explain 10.77.0.9' 'explain 10.77.1.9' 'regenerate -n' 'regenerate -n -d' \
    'adopt -n' 'clean -n -d' 'status --svg' 'report -' 'disable eth1' 'enable eth1' 'event eth1 up' 'regenerate' 'plug eth1'; do
    # shellcheck disable=SC2086  # words
    check "$command" clean_output sh -c 'echo it ran; exec eni-routes "$@"' sh $command
done
for command in 'status --json' 'check --json' 'facts'; do
    # shellcheck disable=SC2086  # words
    check "$command" is_json eni-routes $command
done
check 'a table is called by its number' prints 'lookup 300' host eni-routes explain 10.0.2.9
check 'what a link is called' prints "iif 'eth7.x1b\[31mx'" host eni-routes explain 10.0.2.9
check 'on a terminal the colours are eni-routes own' host sh -c '! script -qec "eni-routes explain 10.0.2.9" /dev/null | grep -qF "$(printf "\033[31mx")"'
check 'the watch' clean_output sh -c 'timeout 2 /usr/libexec/eni-routes-watch & sleep 1; ip rule del priority 20101; wait; echo it ran'
clean_facts() {
    host sh -c 'eni-routes facts >/run/facts.json'
    clean_output eni-routes "$@" --facts /run/facts.json
}
check 'recorded facts: status' clean_facts status
check 'and check' clean_facts check

# ---- A shell

# With initscripts a boot gives each line of these to a shell.
host sh -c 'printf "10001 *;touch\${IFS}/run/owned;\n" >>/etc/iproute2/rt_tables; printf "interface:\n  eth1: {table: 10001}\n" >/etc/eni-routes/config.yaml'
check 'a name that a shell would run is said' prints 'the name of table 10001 is no name' regenerate
check 'it is in no file of ours' same '' host sh -c 'cd /etc && grep -l touch sysconfig/network-scripts/* iproute2/rt_tables.d/*'
check 'rules have the number' prints 'from 10.0.2.0/24 iif lo table 10001 priority' host cat /etc/sysconfig/network-scripts/rule-eth1
check 'and so has what is printed as a command' prints ' table 10001 priority 20101 ' host sh -c 'ip rule del priority 20101; eni-routes regenerate -n'
check 'once more there is nothing to do' sh -c '"$0" host eni-routes regenerate >/dev/null; "$0" host eni-routes regenerate | tail -n 1 | grep -x "nothing to do"' "$source_dir/tools/vpc"
host sh -c 'kill "$(cat /run/server.pid)"'
done_testing
