#!/bin/bash
# The simulated cloud itself: its metadata server and the server's faults, addresses that are assigned, interfaces that
# are attached and detached, and what udev has started for them. It looks from the host and from the client.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

build=$1
macs=/latest/meta-data/network/interfaces/macs
eth0=06:00:0a:00:00:1d eth1=06:00:0a:00:02:25 eth2=06:00:0a:00:03:26

# python CODE ARGUMENT...: in the host, with `request METHOD PATH HEADERS`: the status and the body.
python() { host /usr/bin/python3 -Ic "$requests$1" "${@:2}"; }
requests='
import http.client, socket, sys, time

def request(method, path, headers, host="169.254.169.254"):
    connection = http.client.HTTPConnection(host, 80, timeout=1)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode("latin-1")

def new_token(seconds="60", **arguments):
    return request("PUT", "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": seconds}, **arguments)

def get(path, token, **arguments):
    return request("GET", path, {"X-aws-ec2-metadata-token": token}, **arguments)
'

# ask PATH...: the body of each, or the status where it is not 200, or the error's name.
ask() {
    python '
token = new_token()[1]
for path in sys.argv[1:]:
    try:
        status, body = get(path, token)
        print(body if status == 200 else status)
    except socket.timeout:
        print("no answer")
    except Exception as error:
        print(type(error).__name__)' "$@"
}

# pings ADDRESS: from the client.
pings() { vpc client ping -n -q -c 1 -W 1 "$1"; }
link_address() { host cat "/sys/class/net/$1/address"; }
has_no_link() { ! host test -e "/sys/class/net/$1"; }

# ---- The metadata -----------------------------------------------------------------------------------

tokens() {
    python '
print("v1:", request("GET", "/latest/meta-data/mac", {})[0])
print("wrong:", get("/latest/meta-data/mac", "wrong")[0])
print("no time:", request("PUT", "/latest/api/token", {})[0])
print("times:", *[new_token(seconds)[0] for seconds in ("0", "1", "21600", "21601", "x")])
brief = new_token("1")[1]
first = get("/latest/meta-data/mac", brief)
time.sleep(1.05)
print("expires:", first[0], get("/latest/meta-data/mac", brief)[0])
print("over IPv6:", get("/latest/meta-data/mac", new_token(host="fd00:ec2::254")[1], host="fd00:ec2::254")[1])'
}

keys='device-number
interface-id
ipv4-associations/
ipv6s
local-hostname
local-ipv4s
mac
owner-id
public-ipv4s
security-group-ids
subnet-id
subnet-ipv4-cidr-block
subnet-ipv6-cidr-blocks
vpc-id
vpc-ipv4-cidr-block
vpc-ipv4-cidr-blocks
vpc-ipv6-cidr-blocks'

metadata() {
    check 'a token is needed, and expires' same "v1: 401
wrong: 401
no time: 400
times: 400 200 200 400 400
expires: 200 401
over IPv6: $eth0" tokens
    check 'two interfaces are listed' same "$eth0/
$eth1/" ask "$macs/"
    check 'and what there is to each' same "$keys" ask "$macs/$eth1/"
    check "eth1's values" same '1
10.0.2.37
198.51.100.11
10.0.2.37
2001:db8:1::37
10.0.2.0/24
2001:db8:1::/64' ask "$macs/$eth1/"{device-number,local-ipv4s,ipv4-associations/,ipv4-associations/198.51.100.11} \
        "$macs/$eth1/"{ipv6s,subnet-ipv4-cidr-block,subnet-ipv6-cidr-blocks}
    check 'what it has no value for is not there' same '404
404
404' ask "$macs/$eth1/ipv4-prefix" "$macs/$eth1/network-card" "$macs/06:00:00:00:00:01/"
}

# ---- Its faults -------------------------------------------------------------------------------------

# looks FAULT WANTED: what the host sees of a request that meets it.
looks() {
    vpc metadata "$1" local-ipv4s
    check "fault $1" same "$2" ask "$macs/$eth1/local-ipv4s"
}

lies() {
    local first second
    first=$(ask "$macs/$eth1/$1") second=$(ask "$macs/$eth1/$1")
    echo "$first, $second"
    [ "$first" != "$second" ] && [ "$first" != "$2" ] && grep -Eqx "$3" <<<"$first"
}

at_random() {
    vpc metadata random:50:7 /macs/
    vpc metadata clear-log
    ask "$macs/"{1..40} >"$seen"
    vpc metadata log | grep -c ' 404$'
    vpc metadata log | cut -d' ' -f3- | cksum
}

faults() {
    local status truth=10.0.2.37
    for status in 404 429 500 503; do looks "$status" "$status"; done
    looks empty ''
    looks half IncompleteRead
    looks hang 'no answer'
    looks reset ConnectionResetError
    looks token 401
    looks delay:0.2 "$truth"
    vpc metadata garbage local-ipv4s
    check_not 'fault garbage' prints "^$truth\$" ask "$macs/$eth1/local-ipv4s"
    vpc metadata lie
    check 'a lie: addresses' lies local-ipv4s "$truth" '10\.0\.[0-9]+\.37'
    check 'a lie: a device number' lies device-number 1 '[0-9]+'
    check 'a lie: the listings are true' same "$eth0/
$eth1/" ask "$macs/"
    vpc metadata 500 local-ipv4s empty ipv6s
    check 'several faults' same "500

1" ask "$macs/$eth1/"{local-ipv4s,ipv6s,device-number}
    check 'at random, the same for the same seed' unchanged "$(at_random)" at_random
    vpc metadata down
    check 'down: refused' prints ConnectionRefusedError ask_fresh
    vpc metadata drop
    check 'drop: no answer' prints 'timed out' ask_fresh
    check_not 'a fault that there is not' vpc metadata 418
    vpc metadata none
    vpc metadata clear-log
    check 'none: in order' same "$truth" ask "$macs/$eth1/local-ipv4s"
    check 'the log' same "PUT /latest/api/token 200
GET $macs/$eth1/local-ipv4s 200" vpc metadata log
}

ask_fresh() { python 'new_token()'; }


# ---- Addresses --------------------------------------------------------------------------------------

assigned() {
    vpc assign 1 10.0.2.50 203.0.113.200
    check_not 'assigned, but the host does not have it' pings 203.0.113.200
    host ip address add 10.0.2.50/32 dev eth1
    check 'the host has it: its Elastic IP answers' eventually pings 203.0.113.200
    check 'ping shows it when asked' prints '203.0.113.200 .*eth1 .*10.0.2.50 .*answered' vpc ping --all
    check_not 'and not otherwise' prints 203.0.113.200 vpc ping
    check 'the metadata says so' same '10.0.2.37
10.0.2.50
198.51.100.11
203.0.113.200
10.0.2.50' ask "$macs/$eth1/"{local-ipv4s,public-ipv4s,ipv4-associations/203.0.113.200}
    check_not 'it cannot be assigned twice' vpc assign 0 10.0.2.50
    check_not 'nor in another subnet' vpc assign 1 10.0.3.50

    check 'an IPv6 address' vpc assign 1 2001:db8:1::50
    host ip address add 2001:db8:1::50/128 dev eth1 nodad
    check 'it answers' eventually pings 2001:db8:1::50
}

# from ADDRESS: the host's packets from it get to the subnet's gateway.
from() { host ping -n -q -c 1 -W 1 -I "$1" "${2:-10.0.2.1}"; }

unassigned() {
    local before
    host ip address add 10.0.2.51/32 dev eth1
    before=$(vpc source-check)
    check_not 'an address that is not assigned' from 10.0.2.51
    check_not 'is dropped by the source check' unchanged "$before" vpc source-check
    vpc unassign 1 10.0.2.50
    check_not 'taken back: dropped' from 10.0.2.50
    check_not 'and its Elastic IP is lost' pings 203.0.113.200
    check 'the metadata as before' same "10.0.2.37
198.51.100.11" ask "$macs/$eth1/"{local-ipv4s,public-ipv4s}
    host ip address del 10.0.2.50/32 dev eth1
    host ip address del 10.0.2.51/32 dev eth1
}

prefixes() {
    vpc node neighbour 1 200
    host ip address add 10.0.2.70/32 dev eth1
    host ip address add 2001:db8:1:0:1::5/128 dev eth1 nodad
    check_not 'no prefix: not from it' from 10.0.2.70
    check_not 'no prefix: not from it over IPv6' from 2001:db8:1:0:1::5 2001:db8:ffff::10
    vpc assign 1 10.0.2.64/28
    vpc assign 1 2001:db8:1:0:1::/80
    check 'a delegated prefix: from it' from 10.0.2.70
    check 'a delegated prefix: to it' vpc at neighbour ping -n -q -c 1 -W 1 10.0.2.70
    check 'a delegated prefix of IPv6' eventually pings 2001:db8:1:0:1::5
    check 'the metadata lists them' same '10.0.2.64/28
2001:db8:1:0:1::/80' ask "$macs/$eth1/"{ipv4-prefix,ipv6-prefix}
    vpc unassign 1 10.0.2.64/28
    vpc unassign 1 2001:db8:1:0:1::/80
    check_not 'taken back' from 10.0.2.70
    check_not 'taken back over IPv6' pings 2001:db8:1:0:1::5
}

# ---- Interfaces -------------------------------------------------------------------------------------

attached() {
    check 'attach' vpc attach
    check 'the link appears' same "$eth2" eventually_link eth2
    vpc settle
    check 'without an address' same '' host ip -o -4 address show dev eth2
    check 'without a profile' same '' host nmcli -g GENERAL.CONNECTION device show eth2
    check 'the metadata lists it' same "$eth0/
$eth1/
$eth2/
2" ask "$macs/" "$macs/$eth2/device-number"
    check 'nothing was started for it' same '' vpc log units
    # It will have another name: known by that, it would be refused the address that it still has a lease of.
    host nmcli connection add type ethernet ifname eth2 con-name eth2 ipv6.dhcp-iaid mac >"$seen"
    check 'with a profile it gets its lease' eventually prints 10.0.3.38/24 host ip -o address show dev eth2
    check 'and its Elastic IP answers' eventually prints '198.51.100.12 .*eth2 .*answered' vpc ping
    vpc assign 2 10.0.3.50 203.0.113.201
}

eventually_link() { eventually host test -e "/sys/class/net/$1" && link_address "$1"; }

detached() {
    check_not 'the primary stays' vpc detach eth0
    check 'detach' vpc detach eth2
    check 'the link is gone' eventually has_no_link eth2
    check 'so is the metadata' same 404 ask "$macs/$eth2/"
    check 'and attached again, by another name' vpc attach eth2 --name eth7
    check 'it has its MAC' same "$eth2" eventually_link eth7
    check 'its device number, its addresses' same "2
10.0.3.38
10.0.3.50" ask "$macs/$eth2/"{device-number,local-ipv4s}
    host nmcli connection modify eth2 connection.interface-name eth7
    host nmcli connection up eth2 >"$seen" 2>&1
    host ip address add 10.0.3.50/32 dev eth7
    check 'its Elastic IPs answer' eventually vpc ping --all
    check 'ping has the name' prints '198.51.100.12 .*eth7' vpc ping
    vpc settle
    host eni-routes regenerate >"$seen"
    check 'so has the matrix' prints 'internet -> eth7  *ok' vpc matrix
    check 'every flow' eventually vpc matrix
}

slow() {
    local eth3=06:00:0a:00:02:27
    vpc attach eth3=eth1 --card 1 --device 4 --slow 3
    check 'slow: not listed at first' same 404 ask "$macs/$eth3/"
    check 'slow: then without its subnet' eventually same "0
404" ask "$macs/$eth3/"{device-number,subnet-ipv4-cidr-block}
    check 'slow: then complete' eventually same "4
1
10.0.2.0/24" ask "$macs/$eth3/"{device-number,network-card,subnet-ipv4-cidr-block}
    vpc detach eth3
}

# ---- What udev has started --------------------------------------------------------------------------

# The real rule and the real unit, and in the program's place one that says what it was asked for.
units() {
    vpc install --hotplug "$build"
    host sh -c 'printf "%s\n" "#!/bin/sh" "echo \$* >>/var/lib/asked" "[ ! -e /var/lib/wait ] || exec sleep 60" \
        >/usr/sbin/eni-routes'
    vpc attach eth3
    vpc settle
    check 'udev has the unit started' same 'plug eth3' host cat /var/lib/asked
    vpc detach eth3
    vpc settle
    check 'and stopped' same 'plug eth3
regenerate --quiet --unattended' host cat /var/lib/asked
    host sh -c 'rm /var/lib/asked; touch /var/lib/wait'
    vpc attach eth3
    check 'one that takes its time' eventually host cat /var/lib/asked
    host rm /var/lib/wait
    vpc detach eth3
    check 'is ended with its link' vpc settle
    check 'and what it began is cleared away' eventually same 'plug eth3
regenerate --quiet --unattended' host cat /var/lib/asked
    host rm /var/lib/asked
}

rebooted() {
    vpc reboot
    vpc settle
    check 'after a reboot each interface has its unit' same 'plug eth0
plug eth1
plug eth7' host sort /var/lib/asked
    host ip address add 10.0.3.50/32 dev eth7
    check 'after a reboot: what was attached' eventually pings 198.51.100.12
    check 'after a reboot: what was assigned' eventually pings 203.0.113.201
}

begin 2
vpc install "$build"
up eth1 >"$seen"
vpc settle
for part in ${PARTS:-metadata faults assigned unassigned prefixes attached detached slow units rebooted}; do
    "$part"
done
done_testing
