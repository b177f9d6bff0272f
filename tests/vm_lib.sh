# shellcheck shell=bash
# What the tests in the virtual machine share, beside vpc_lib.sh; to be sourced.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/vpc_lib.sh"
patience=60
export VM_DEADLINE=300 # beside other work a boot takes minutes

vm() { "$source_dir/tools/vm" "$@"; }
host() { vm in "$@"; }
finish() {
    vm down
    rm -rf "$scratch"
}

# begin_machine [SUITE]
begin_machine() {
    needs_root
    trap finish EXIT
    vm up "${1:-bookworm}" || { echo 'Bail out! the machine did not come up'; exit 1; }
}

all_answer() { vm vpc ping --all; }
answers() { vm ping "$1"; }
show() { host systemctl show --value --property "$1" eni-routes-watch.service; }
failed_units() { host systemctl --failed --plain --no-legend --quiet; }
warnings() { host sh -c 'journalctl --quiet --boot --priority warning | grep eni-routes'; }
in_order() {
    check "$1: every Elastic IP answers" eventually all_answer
    check "$1: nothing is left to do" eventually nothing_to_do
    check "$1: no unit failed" same '' failed_units
    check "$1: eni-routes has not warned of anything" same '' warnings
}

rule_of_eth1() { host ip rule show table eth1; }
repairs() { host ip rule del priority "$1" && eventually prints "^$1:" rule_of_eth1; }
pid='' # of the watch, before it ends
comes_back() { [ "$(show ActiveState)" = active ] && [ "$(show MainPID)" != "$pid" ]; }
