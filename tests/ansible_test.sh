#!/bin/bash
# The Ansible role, by the real ansible-playbook and ssh, on four hosts, each in a simulated VPC of its own: ssh comes from
# that VPC's internet, so that what a play breaks it loses. Nothing but these hosts may be changed.
# usage: ansible_test.sh BUILDDIR
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
build=$1
needs_root
vpcs=$VPC_NAME
fleet='a b c d'

# on HOST CMD...: functions of vpc_lib.sh as well.
on() {
    local VPC_NAME=$vpcs-$1
    export VPC_NAME
    shift
    "$@"
}
finish() {
    local name
    for name in $fleet; do on "$name" vpc down; done
    rm -rf "$scratch"
}
trap finish EXIT

# ---- The hosts, and how they are reached ----------------------------------------------------------

# An ssh that is of this test alone: neither the user's keys and configuration nor the machine's.
prepare_ssh() {
    ssh-keygen -q -t ed25519 -N '' -f "$scratch/key" && ssh-keygen -q -t ed25519 -N '' -f "$scratch/host_key" || return
    # Without systemd as process 1 systemctl enables units all the same, where it is told so. The home is an empty one: bash
    # reads this machine's .bashrc where sshd starts it, which may wait for what only this machine has.
    cat >"$scratch/sshd_config" <<END
HostKey $scratch/host_key
AuthorizedKeysFile $scratch/key.pub
StrictModes no
UsePAM no
PidFile none
SetEnv SYSTEMD_OFFLINE=1 HOME=$scratch/home
Subsystem sftp internal-sftp
END
    cat >"$scratch/reach" <<END
#!/bin/sh
VPC_NAME=$vpcs-\$1 exec $source_dir/tools/vpc client busybox nc 198.51.100.10 22
END
    chmod 755 "$scratch/reach"
}

# Host e is in the inventory only.
prepare_ansible() {
    mkdir -p "$scratch/library" "$scratch/cp" "$scratch/home"
    cat >"$scratch/inventory" <<END
[fleet]
a
b eni_routes_adopt=true
c
d eni_routes_install=repository
[gone]
e
[all:vars]
ansible_user=root
ansible_python_interpreter=/usr/bin/python3
ansible_remote_tmp=/var/tmp/ansible
ansible_ssh_private_key_file=$scratch/key
ansible_ssh_common_args=-F none -o ProxyCommand="$scratch/reach %h" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR
eni_routes_install=none
eni_routes_confirm_seconds=24
eni_routes_package_module=stub_package
eni_routes_repository_url=http://192.0.2.1/eni-routes
END
    cat >"$scratch/library/stub_package.py" <<'END'
# In place of dnf: the package is the program under another name, and its %post applies the rules as the real one does.
import os
import subprocess
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(dict(name=dict(type="list"), state=dict()), supports_check_mode=True)
is_missing = not os.path.exists("/usr/sbin/eni-routes")
if is_missing and not module.check_mode:
    os.rename("/usr/sbin/packaged", "/usr/sbin/eni-routes")
    subprocess.run(["/usr/sbin/eni-routes", "regenerate"], check=True)
    with open("/var/tmp/after-post", "w") as rules:
        subprocess.run(["ip", "rule"], check=True, stdout=rules)
module.exit_json(changed=is_missing)
END
    export ANSIBLE_CONFIG=$source_dir/ansible/ansible.cfg ANSIBLE_HOME=$scratch/ansible ANSIBLE_LIBRARY=$scratch/library
    export ANSIBLE_SSH_CONTROL_PATH_DIR=$scratch/cp ANSIBLE_NOCOLOR=1 ANSIBLE_INVENTORY=$scratch/inventory
    export XDG_CACHE_HOME=$scratch/cache LC_ALL=C.UTF-8
    unset ANSIBLE_FORCE_COLOR
}

start_host() {
    on "$1" vpc up 2 && on "$1" vpc install "$build" || return
    on "$1" host sh -c 'mkdir -p /run/sshd /var/tmp; /usr/sbin/sshd -f "$1"' sshd "$scratch/sshd_config"
}
start_hosts() { local name; for name in $fleet; do start_host "$name" || return; done; }
# The recipe, followed by hand, on b; and d, on which nothing is installed.
prepare_hosts() {
    on b host sh -c 'echo "501 eth1" >>/etc/iproute2/rt_tables; cd /etc/sysconfig/network-scripts
        printf "from 10.0.2.0/24 table eth1\nto 10.0.2.0/24 table eth1\n" >rule-eth1
        echo "default via 10.0.2.1 dev eth1 table eth1" >route-eth1'
    on d host sh -c 'mv /usr/sbin/eni-routes /usr/sbin/packaged; rm -r /etc/eni-routes; mkdir -p /etc/yum.repos.d'
}

# play NAME PLAYBOOK [ARGUMENT...]: its output is in $scratch/NAME.out.
play() {
    local name=$1 playbook=$2 status=0
    shift 2
    ansible-playbook "$source_dir/ansible/$playbook" "$@" >"$scratch/$name.out" 2>&1 || status=$?
    cat "$scratch/$name.out"
    return "$status"
}
# roll_out NAME SERIAL CONFIGURATION [ARGUMENT...]: both in JSON.
roll_out() {
    play "$1" rollout.yml -e "{\"eni_routes_hosts\": \"fleet\", \"eni_routes_serial\": $2, \"eni_routes_config\": $3}" "${@:4}"
}
# recap NAME HOST: "changed=0 failed=0 rescued=0", or nothing where the host was not played.
recap() { sed -nE "s/^$2 +:.* (changed=[0-9]+) +unreachable=0 +(failed=[0-9]+) .*(rescued=[0-9]+).*/\1 \2 \3/p" "$scratch/$1.out"; }
recapped() { differ "$3" "$(recap "$1" "$2")"; }
unaltered() { local name; for name in ${2:-$fleet}; do recapped "$1" "$name" 'changed=0 failed=0 rescued=0' || return; done; }
show_recap() { sed -n '/^PLAY RECAP/,$s/^/# /p' "$scratch/$1.out"; }

# Rules, routes, link groups, files with their modes, and what eni-routes keeps.
everything() {
    policy_and_disk 2>&1
    host sh -c 'ip route show table all; find /etc/eni-routes /etc/systemd/system /etc/yum.repos.d | sort | xargs stat -c "%n %A %s"
        cat /run/eni-routes/state; cat /run/eni-routes/confirmation; echo' 2>&1
}
state_of() { on "$1" everything; }
is_as_before() { unchanged "${before[$1]}" state_of "$1"; }
declare -A before
remember() { local name; for name in $fleet; do before[$name]=$(state_of "$name"); done; }
are_as_before() { local name; for name in ${1:-$fleet}; do is_as_before "$name" || return; done; }
both_answer() { local name; for name in ${1:-$fleet}; do on "$name" vpc ping || return; done; }
has_line() { on "$1" host grep -qxF "$2" /etc/eni-routes/config.yaml; }

lint() { (cd "$source_dir/ansible" && ansible-lint --offline --nocolor); }
check 'ssh has keys of its own' prepare_ssh
prepare_ansible
check 'ansible-lint finds nothing' lint
check 'four hosts are up' start_hosts
prepare_hosts

# ---- Check mode, the first run, and the second ----------------------------------------------------

remember
check 'check mode passes' roll_out dry 4 '{"log_level": "info"}' --check --diff
check 'it announces rules' grep -q 'ip rule add from 10.0.2.0/24 iif lo table eth1' "$scratch/dry.out"
check 'and changes nothing' are_as_before
# c is new to eni-routes as well, and its confirmation comes too late: nothing may be left of the policy.
put_too_late() {
    # shellcheck disable=SC2016  # the host's shell expands it
    on "$1" host sh -c 'printf "%s\n" "#!/bin/sh" "[ \$1 != confirm ] || exit 1" "exec /usr/sbin/eni-routes \"\$@\"" >/var/tmp/too-late
        chmod 755 /var/tmp/too-late'
}
put_too_late c
before_c=$(on c policy_and_disk)
check 'a host fails that is new and does not confirm' exits 2 \
    roll_out fresh 4 '{"log_level": "info"}' -e eni_routes_program=/var/tmp/too-late -e eni_routes_confirm_seconds=12 --limit c
check 'nothing of the policy is left there' unchanged "$before_c" on c policy_and_disk
check 'it has failed, and no other' grep -q '^c .*failed=1 .*rescued=1' "$scratch/fresh.out"
check 'the first run passes' roll_out first 4 '{"log_level": "info"}'
show_recap first
check 'all Elastic IPs answer' both_answer
check 'the configuration is there' has_line a 'log_level: info'
check 'nothing waits to be confirmed' prints '"unconfirmed": null' on a host eni-routes status --json
check 'on b the file by hand is replaced' on b host test -e /etc/sysconfig/network-scripts/rule-eth1.before-eni-routes.bak
check 'on d the repository is there' on d host grep -qx 'baseurl = http://192.0.2.1/eni-routes' /etc/yum.repos.d/eni-routes.repo
check_not 'on d the package applied nothing by itself' on d host grep -q '^20101:' /var/tmp/after-post
check 'the watch is enabled' on a host sh -c 'ls /etc/systemd/system/*.wants/eni-routes-watch.service'
remember
check 'the second run passes' roll_out second 4 '{"log_level": "info"}'
show_recap second
check 'and has nothing to do' unaltered second
check 'really' are_as_before

# ---- A host that would be broken ------------------------------------------------------------------

# Another program's rule takes eth1's answers away; eni-routes leaves it alone.
on b host sh -c 'ip route add default via 10.0.0.1 dev eth0 table 500; ip rule add pref 10000 from 10.0.2.37 lookup 500'
remember
check 'a table of verdicts' play table check.yml
check 'a is ok in it' grep -Eq '^ *- .?a  (ok|note)( |$)' "$scratch/table.out"
check 'b is broken, and why' grep -q 'b  broken  *eth1 10.0.2.37 foreign-rule replies to the internet leave by eth0' "$scratch/table.out"
check 'e is not reached' grep -q 'e  unreachable' "$scratch/table.out"
check 'the table changes nothing' are_as_before
check 'with a broken host a roll-out fails' exits 2 roll_out broken 2 '{"match": "address"}'
show_recap broken
check 'by that host alone' recapped broken b 'changed=1 failed=1 rescued=1'
check 'it names the cause' grep -q 'The policy was undone.*broken foreign-rule eth1 10.0.2.37' "$scratch/broken.out"
check 'the host is as before' is_as_before b
for name in a c d; do
    check "$name has the new policy" prints '^20101:.from 10.0.2.37 iif lo lookup eth1' on "$name" host ip rule
    check "$name has the new configuration" has_line "$name" 'match: address'
done
on b host ip rule del pref 10000
check 'with the cause gone a run passes' roll_out mended 4 '{"match": "address"}'
check 'and has nothing to do but there' unaltered mended 'a c d'
check 'that host has the new policy' prints '^20101:.from 10.0.2.37 iif lo lookup eth1' on b host ip rule
check 'all Elastic IPs answer again' both_answer

# ---- A configuration that is wrong, one that cuts the play's own connection, and a confirmation that fails --------

remember
check 'a wrong key fails' exits 2 roll_out wrong '[1, 3]' '{"macht": "address"}'
check 'with the reason' grep -q "did you mean 'match'" "$scratch/wrong.out"
check 'at the first host' recapped wrong a 'changed=0 failed=1 rescued=0'
for name in b c d; do check "the next batch, with $name, is not begun" recapped wrong "$name" ''; done
check 'nothing is changed' are_as_before

# a gets a gateway that is dead, and d's confirmation comes too late.
put_too_late d
dead_on_a="\"{{ {'interface': {'eth0': {'gateway': '10.0.0.77'}}} if inventory_hostname == 'a' else {'match': 'subnet'} }}\""
late_on_d="{\"eni_routes_program\": \"{{ '/var/tmp/too-late' if inventory_hostname == 'd' else '/usr/sbin/eni-routes' }}\"}"
check 'a roll-out fails that cuts a off' exits 2 roll_out cut 4 "$dead_on_a" -e "$late_on_d" --limit a,c,d
show_recap cut
check 'a has failed' recapped cut a 'changed=0 failed=1 rescued=1'
check 'it was cut off, indeed' grep -q 'Apply the policy, for a time: The ansible.builtin.shell' "$scratch/cut.out"
check 'a is back as it was' is_as_before a
check 'd has failed, after its configuration was written' recapped cut d 'changed=3 failed=1 rescued=1'
check 'd is back as it was' is_as_before d
check 'c, of the same batch, has gone on' recapped cut c 'changed=3 failed=0 rescued=0'
check 'it has the new policy' prints '^20101:.from 10.0.2.0/24 iif lo lookup eth1' on c host ip rule
check 'all answer' both_answer
done_testing
