#!/bin/bash
# Images: a host's disk becomes that of another VPC's host, which has other addresses, MACs and fewer interfaces. Its first
# boot is right without hands, and nothing of the original is left. `clean --image` leaves nothing, and holds events, the
# watch and timers. The examples of docs/images.md do what they are there for. Usage: vpc_image.sh BUILD
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

patience=20
original=$VPC_NAME
clone=$VPC_NAME-clone
finish() {
    VPC_NAME=$clone vpc down
    VPC_NAME=$original vpc down
    rm -rf "$scratch"
}

# in_clone CMD...: as CMD, of the other VPC.
in_clone() { VPC_NAME=$clone VPC_BLOCK=1 "$@"; }
# boot_clone N: the first boot of an instance that is made from the original's disk.
boot_clone() { in_clone vpc up --image-of "$original" "$1" && in_clone vpc settle; }

# What has an address or a MAC of the original's, but for what is not eni-routes': the shipped configuration's examples,
# NetworkManager's leases, and what the simulation itself knows.
traces_of_original() {
    # shellcheck disable=SC2016
    in_clone host sh -c '{ ip rule; ip -6 rule; ip route show table all; ip -6 route show table all; ip address; } | grep -E "$1"
        cd / && grep -rIlE --exclude=config.yaml --exclude="*.lease" --exclude-dir=eni-routes-vpc "$1" \
            etc/sysconfig etc/iproute2 etc/NetworkManager etc/eni-routes var/lib/eni-routes var/lib/NetworkManager run' \
        sh '(^|[^0-9])10\.0\.[0-9]|06:00:0a:00:|2001:db8:[0-9]:|198\.51\.100\.1[0-9]'
}
clone_is_right() { in_clone vpc matrix && in_clone host eni-routes check --quiet && in_clone nothing_left; }
named_tables() { in_clone host sh -c 'grep -hv "^#" /etc/iproute2/rt_tables.d/eni-routes.conf | xargs'; }

# What eni-routes has, beside its configuration.
left_in_original() {
    host sh -c '{ ip rule; ip -6 rule; } | grep -E "^(2[0-9]{4}|[0-9]*:.*lookup eth)"
        ip route show table all proto 206; ip -6 route show table all proto 206
        ip -o link show group 10000; ls /var/lib/eni-routes
        cd /etc && grep -rl "eni-routes: eth" sysconfig; ls iproute2/rt_tables.d | grep eni
        nmcli -e no -t -f NAME connection | grep "^eni-routes "; ls NetworkManager/system-connections | grep eni-routes' 2>/dev/null
}
sealed() { prints 'was cleaned for an image' host eni-routes status; }
plugged=eni-routes\ 06:00:0a:00:04:27

# ---- The original: three interfaces, one that was attached, yesterday's files, the stock script, the metadata

begin 3
vpc install --hotplug "$1"
host sh -c 'echo "hotplug: {save: true}" >/etc/eni-routes/config.yaml'
install_stock_script
vpc attach eth3 --card 1 --device 1
up eth1 >"$seen"
up eth2 >"$seen"
vpc settle
host eni-routes regenerate >"$seen"
check 'the original: every flow' eventually vpc matrix
check 'it has a profile of plug' same 1 host sh -c 'ls /etc/NetworkManager/system-connections | grep -c eni-routes'
check 'what EC2 said' prints '^\[06:00:0a:00:04:27\]' host cat /var/lib/eni-routes/metadata
check 'files of eth2' host test -e /etc/sysconfig/network-scripts/rule-eth2
check 'and a table numbered by card and device' prints 10101 host cat /etc/iproute2/rt_tables.d/eni-routes.conf

# ---- A clone of it as it is: two interfaces

check 'a clone boots' boot_clone 2
check 'by the stock script, which had the files of the original' in_clone prints 'pre-up.d/10-ifcfg-rh-routes.sh.*complete' vpc log dispatcher
check 'its addresses are others' prints '^06:00:0a:01:00:1d 06:00:0a:01:02:25$' \
    bash -c "VPC_NAME=$clone '$source_dir/tools/vpc' macs | cut -d' ' -f2 | xargs"
check 'it is right, without hands' eventually clone_is_right
check 'nothing of the original is left, but the profile of plug, which fits nothing' \
    same "etc/NetworkManager/system-connections/$plugged.nmconnection" traces_of_original
check 'nor a table' same '10000 eth0 10001 eth1' named_tables
in_clone vpc attach eth2
check 'an interface that is attached to it gets a profile of its own, and answers' eventually in_clone vpc ping 198.51.100.32
in_clone vpc settle
in_clone host eni-routes regenerate >"$seen"
check 'what EC2 says of it is kept, and no more of the original' same 3 in_clone host grep -c '^\[06:00:0a:01:' /var/lib/eni-routes/metadata
in_clone vpc down

check 'a clone with one interface boots' boot_clone 1
check 'it is right' eventually clone_is_right
check 'nothing of any second interface is left' \
    in_clone host sh -c '! ls /etc/sysconfig/network-scripts | grep -E "^(rule|route)" && ! grep -rl 10000 /etc/iproute2/rt_tables.d'
in_clone vpc down

# ---- clean --image: first what it would do, and below a root

before=$(policy_and_disk)
host eni-routes clean --image --dry-run >"$scratch/dry"
check 'a dry run names the profile' grep -qF "would delete the profile '$plugged' that plug made" "$scratch/dry"
check 'and the files' grep -q '^remove /etc/sysconfig/network-scripts/rule-eth1' "$scratch/dry"
check 'it changes nothing' unchanged "$before" policy_and_disk
check_not 'nor holds anything' sealed
host sh -c 'mkdir /run/mounted && cd / && cp -a --parents -t /run/mounted etc/sysconfig etc/iproute2 etc/NetworkManager etc/eni-routes var/lib/eni-routes'
check 'below a root it cleans' prints "deleted the profile '$plugged'" host eni-routes clean --image --root /run/mounted
check 'all of it' same '' host sh -c 'cd /run/mounted && find . | grep -E "/(rule|route)6?-|metadata|eni-routes.06|rt_tables.d/eni"'
check 'and not this host' unchanged "$before" policy_and_disk
check_not 'nor is anything held' sealed

# ---- clean --image, with the watch and by events

host /usr/libexec/eni-routes-watch 2>"$seen.watch" &
check 'the watch runs' eventually prints 'runs, process' host eni-routes status
check 'clean --image' exits 0 host eni-routes clean --image
check 'nothing is left' same '' left_in_original
check 'status says why' sealed
check 'so does check' prints '^warning image-sealed host -$' findings
check 'an event changes nothing, and says why' prints 'up: the host was cleaned for an image' host eni-routes event eth1 up
up eth1 >"$seen"
down eth2 >"$seen"
up eth2 >"$seen"
vpc settle
host ip link set eth2 down
host ip link set eth2 up
check 'nor does a timer' exits 0 host eni-routes regenerate --quiet --unattended
check 'nor is there anything to be confirmed' exits 1 host eni-routes confirm
vpc detach eth3
vpc attach eth3
vpc settle
check 'an interface that is attached gets no profile' prints 'eth3: no profile is made: the host was cleaned' vpc log units
sleep 1 # the watch waits for half a second at most
check 'nor does the watch write anything' same '' left_in_original
check 'which has said so' grep -q 'was cleaned for an image' "$seen.watch"

check 'a clone of that boots' boot_clone 2
check 'it is right, without hands' eventually clone_is_right
check 'nothing of the original was in it' same '' traces_of_original
in_clone vpc down

# ---- The hold ends

regenerate >"$seen"
check_not 'regenerate by hand ends the hold' sealed
host eni-routes plug eth3 >"$seen"
check 'the policy is back, and plug makes a profile again' eventually elastic_ips_answer
host ip rule del priority 20101
check 'the watch goes on' eventually prints '^20101:' host ip rule
check 'clean --image once more' exits 0 host eni-routes clean --image
check 'nothing is left' same '' left_in_original
vpc reboot
vpc settle
check_not 'a reboot ends the hold' sealed
check 'the policy is back without hands' eventually nothing_left
check 'the attached one has a profile again' eventually prints "$plugged" host ls /etc/NetworkManager/system-connections
vpc settle
vpc nm stop
check 'where NetworkManager does not run' prints "deleted the profile '$plugged'" host eni-routes clean --image
check 'nothing is left either' same '' left_in_original
vpc nm start
host eni-routes clean >"$seen"
check_not 'clean without --image ends the hold as well' sealed

# ---- The examples of docs/images.md

# example HEADING: the first piece of code that is more than one line, below that heading.
example() {
    awk -v heading="## $1" '$0 == heading { here = 1; next } /^## / { here = 0 }
        here && /^    / { code = code substr($0, 5) "\n"; next }
        here && /^$/ && code { code = code "\n"; next }
        here && code { exit } END { sub(/\n+$/, "\n", code); printf "%s", code }' "$source_dir/docs/images.md"
}
# commands_of KIND: of the example on standard input, one a line.
commands_of() {
    /usr/bin/python3 -Ic '
import json, shlex, sys, yaml
kind, text = sys.argv[1], sys.stdin.read()
if kind == "cloud-init":
    user_data = yaml.safe_load(text)
    assert text.startswith("#cloud-config\n")
    lines = [shlex.join(command) for command in user_data["runcmd"]]
elif kind == "component":
    component = yaml.safe_load(text)
    assert component["schemaVersion"] == 1.0, component
    steps = [step for phase in component["phases"] if phase["name"] == "build" for step in phase["steps"]]
    assert all(step["action"] == "ExecuteBash" for step in steps), steps
    lines = [command for step in steps for command in step["inputs"]["commands"]]
elif kind == "packer":
    inline = text[text.index("inline = ") + len("inline = "):].split("]")[0]
    lines = json.loads(inline.rstrip().rstrip(",") + "]")
else:
    lines = text.split("%post --erroronfail\n")[1].split("%end")[0].splitlines()
print("\n".join(lines))' "$1"
}
# run_example KIND HEADING: in the host, where systemd and a repository are stand-ins; the first that fails ends it.
run_example() {
    local commands
    commands=$(example "$2" | commands_of "$1") || return 1
    echo "$commands"
    grep -q eni-routes <<<"$commands" && host bash -ec "systemctl() { echo systemctl \"\$@\"; }; dnf() { echo dnf \"\$@\"; }
$commands"
}
configuration_of() { example cloud-init | /usr/bin/python3 -Ic 'import sys, yaml
print(yaml.safe_load(sys.stdin)["write_files"][0]["content"], end="")'; }

example cloud-init >"$scratch/user-data"
check 'cloud-init takes the user data' prints 'Valid' cloud-init schema --config-file "$scratch/user-data"
is_configuration() { configuration_of | host sh -c 'cat >/run/example.yaml && eni-routes regenerate --dry-run --config /run/example.yaml'; }
check 'its configuration is one' prints '^dry run: nothing was changed' is_configuration
check 'its commands apply the policy' run_example cloud-init cloud-init
check 'every Elastic IP answers' elastic_ips_answer
for kind in component packer; do
    [ "$kind" = packer ] && heading=Packer || heading='EC2 Image Builder'
    regenerate >"$seen"
    check "$heading: the commands run" run_example "$kind" "$heading"
    check "$heading: nothing is left" same '' left_in_original
    check "$heading: and runs are held" sealed
done
regenerate >"$seen"
before=$(host ip -N rule)
check 'Kickstart: the commands run' run_example kickstart Kickstart
check 'Kickstart: no file is left' same '' host sh -c 'ls /var/lib/eni-routes; cd /etc && grep -rl "eni-routes: eth" sysconfig; ls iproute2/rt_tables.d | grep eni'
check "Kickstart: the installer's kernel is left alone" unchanged "$before" host ip -N rule
done_testing
