#!/bin/bash
# On a machine that boots: systemd runs the units in their own sandboxes, interfaces are plugged into a PCI bus, and the
# power is cut. The processor is emulated: seconds say nothing here.
# usage: vm_boot.sh BUILDDIR [SUITE]    (Debian's, default: bookworm)
# shellcheck source=tests/vm_lib.sh
. "$(dirname "$0")/vm_lib.sh"

# open_in UNIT [INSTANCE]: what it can do in its sandbox (sandbox_probe.sh).
open_in() {
    vm in --input "$source_dir/tests/sandbox_probe.sh" sh -c 'cat >/run/probe'
    host sh /run/probe "$@"
}

# What a boot of this machine logs as a warning, or worse, that is neither of eni-routes nor caused by it; whole lines, and
# why each is there. Nothing else may be in its journal.
foreign_warnings() {
    grep -v '^#' <<'END'
# qemu's processors have no firmware that sets these registers of each.
kernel: mtrr: your CPUs had inconsistent (fixed MTRR|variable MTRR|MTRRdefType) settings
# Its PCI bus is of the first kind.
kernel: acpi PNP0A03:00: fail to add MMCONFIG information, can't access extended (PCI )?configuration space under this bridge\.?
# An emulated clock goes as the machine underneath has time for it.
kernel: tsc: Unable to calibrate against PIT
kernel: Unstable clock detected, switching default tracing clock to "global"
kernel: clocksource: .*
# The processor is said to be AMD's, and lacks how those save power.
kernel: amd_pstate: the _CPC object is not present in SBIOS or ACPI disabled
# So Debian's kernel is compiled.
kernel: device-mapper: core: CONFIG_IMA_DISABLE_HTABLE is disabled\. Duplicate IMA measurements will not be recorded in the IMA log\.
# An emulated processor is slow to load what a device needs.
systemd-udevd: .*Worker \[[0-9]+\] processing SEQNUM=[0-9]+ is taking a long time\.?
# Bullseye's NetworkManager asks for the state of Debian's ifupdown, which is not there.
NetworkManager: <warn>  \[[0-9.]+\] Error: failed to open /run/network/ifstate
# The power was cut.
systemd-journald: File /var/log/journal/[0-9a-f]+/system\.journal corrupted or uncleanly shut down, renaming and replacing\.
END
}
# Lines that begin with a blank belong to the one before.
other_warnings() {
    host journalctl --quiet --boot --priority warning --output short-monotonic --no-hostname >"$seen.journal" || echo 'no journal'
    sed '/^ /d; s/^\[ *[0-9.]*\] //; s/^\([^ :[]*\)\[[0-9]*\]:/\1:/' "$seen.journal" | grep -vxE -f <(foreign_warnings)
}

# ---- The first boot ----------------------------------------------------------------------------------

begin_machine "${2:-}"
check 'without eni-routes the first Elastic IP answers' answers 198.51.100.10
check_not 'and the second is lost' answers 198.51.100.11
check 'installation' vm install --hotplug "$1"
check 'the watch is enabled, the timer is not' same $'enabled\ndisabled' \
    host systemctl is-enabled eni-routes-watch.service eni-routes-refresh.timer
check 'nmcli connection up' host nmcli -w 60 connection up eth1
check 'both answer' eventually all_answer
check 'the watch starts' host systemctl start eni-routes-watch.service
check 'and says when it is ready' same $'notify\nactive' show Type,ActiveState
in_order 'installed'

# ---- The units ---------------------------------------------------------------------------------------

host rm -f /var/lib/eni-routes/metadata
check 'refresh' host systemctl start eni-routes-refresh.service
check 'it has learnt from the metadata' prints 06:00:0a:00:02:25 host cat /var/lib/eni-routes/metadata
journal_of_refresh() { host journalctl --quiet --boot --unit eni-routes-refresh.service; }
logged=$(journal_of_refresh)
host systemctl start eni-routes-refresh.service
# Before systemd 249 LogLevelMax is not for what systemd itself says.
[ "$(host sh -c "systemctl --version | sed -n '1s/[^0-9]*\([0-9]*\).*/\1/p'")" -lt 249 ] ||
    check 'one that changes nothing is not logged' unchanged "$logged" journal_of_refresh

# libnm of each generation, when its patience of 2 s is over.
check 'NetworkManager hangs: regenerate does its work' host sh -c 'pkill -STOP -x NetworkManager; eni-routes regenerate
    status=$?; pkill -CONT -x NetworkManager; exit $status'

# This is the whole list of what is open to them beside what each process of root can: to read, and to speak to
# others that listen.
everywhere='write in /etc/iproute2
write in /etc/sysconfig/network-scripts
write in /var/lib/eni-routes
write in /run/eni-routes
send a signal to process 1'
check 'the sandbox of the watch' same "$everywhere
open a socket of netlink
reach /run/systemd/journal/stdout" open_in eni-routes-watch.service
by_network="$everywhere
open a socket of IPv4
open a socket of IPv6
open a socket of netlink
reach /run/dbus/system_bus_socket
reach /run/systemd/journal/stdout"
check 'the sandbox of refresh' same "$by_network" open_in eni-routes-refresh.service
check 'the sandbox of plug' same "$by_network" open_in eni-routes-plug@eth1.service eth1
before=$(policy_and_disk)

vm attach eth2
check 'an interface is plugged in: its Elastic IP answers by itself' eventually answers 198.51.100.12
in_order 'three interfaces'
vm detach eth2
check 'it is unplugged: nothing of it is left' eventually same '' traces_of eth2 10002
check 'and all is as it was' eventually unchanged "$before" policy_and_disk

vm attach eth2 eth3
check 'two at once: the one answers' eventually answers 198.51.100.12
check 'and the other' eventually answers 198.51.100.13
in_order 'four interfaces'
vm detach eth2 eth3
check 'both at once: nothing of the one is left' eventually same '' traces_of eth2 10002
check 'nor of the other' eventually same '' traces_of eth3 10003
check 'and all is as it was once more' eventually unchanged "$before" policy_and_disk

# ---- The watch ---------------------------------------------------------------------------------------

pid=$(show MainPID)
host sh -c 'cp /etc/eni-routes/config.yaml /run && echo "priority_base: 12000" >/etc/eni-routes/config.yaml'
check 'reload' host systemctl reload eni-routes-watch.service
check 'it reads the configuration again' eventually prints '^12101:' rule_of_eth1
host sh -c 'cp /run/config.yaml /etc/eni-routes/config.yaml && systemctl reload eni-routes-watch.service'
check 'and once more' eventually prints '^20101:' rule_of_eth1
check 'it is the same process' same "$pid" show MainPID

host systemctl kill --signal=KILL eni-routes-watch.service
check 'killed, it comes back' eventually comes_back
check 'and repairs' repairs 20101

host sh -c 'mkdir -p /run/systemd/system/eni-routes-watch.service.d
    printf "[Service]\nWatchdogSec=10\n" >/run/systemd/system/eni-routes-watch.service.d/soon.conf
    systemctl daemon-reload && systemctl restart eni-routes-watch.service'
pid=$(show MainPID)
sleep 15
check 'its watchdog is content with it' same "$pid" show MainPID
host systemctl kill --signal=STOP eni-routes-watch.service
check 'hung, it is ended by the watchdog and comes back' eventually comes_back
check 'and repairs as before' repairs 20101

# What systemd has made writable is the directory that there was.
pid=$(show MainPID)
host sh -c 'cd /etc/sysconfig && cp -a network-scripts old && rm -r network-scripts && mv old network-scripts &&
    rm network-scripts/rule-eth1 && ip rule del priority 20101'
rule_file() { host cat /etc/sysconfig/network-scripts/rule-eth1; }
check 'network-scripts is made anew under the watch: another one writes there' eventually prints 'priority 20101' rule_file
check 'it is another process' comes_back

# ---- Later boots -------------------------------------------------------------------------------------

vm attach eth2
check 'the third is plugged in again' eventually answers 198.51.100.12
host sh -c 'echo "addresses: imds" >/etc/eni-routes/config.yaml; systemctl --quiet enable eni-routes-refresh.timer'
vm vpc assign 1 10.0.2.50 203.0.113.200
check 'the machine boots again' vm reboot
in_order 'after a reboot'
check 'the watch runs by itself' same active show ActiveState
check 'so does the timer' same active host systemctl is-active eni-routes-refresh.timer
check 'refresh once more' host systemctl start eni-routes-refresh.service
check 'nobody has warned of anything' same '' other_warnings
kept=$(disk)

host nmcli -w 60 connection down eth1 >"$seen"
host nmcli -w 60 connection up eth1 >"$seen"
vm power-cut
check 'the power was cut: it boots again' vm start
in_order 'after a power cut'
check 'nobody has warned of anything then' same '' other_warnings
check 'no file is torn, none is left over' eventually unchanged "$kept" disk
done_testing
