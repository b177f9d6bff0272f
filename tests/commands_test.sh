#!/bin/bash
# The command that people run, as it is typed: help, mistakes, recorded facts, and what is switched off below a directory.
# Nothing here reads or changes this machine.
# usage: commands_test.sh ENI-ROUTES
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
program=$(readlink -f "$1")
facts=$source_dir/tests/cases/example/facts.json
config=$source_dir/tests/cases/example/config.yaml

# says STATUS TEXT WORD...: what `eni-routes WORD...` prints has TEXT in it, and its exit status is STATUS.
says() {
    local status=$1 text=$2 got_status=0 got
    shift 2
    got=$(timeout 60 "$program" "$@" 2>&1) || got_status=$?
    echo "$got" && echo "exit status $got_status"
    [ "$got_status" = "$status" ] && grep -qF -- "$text" <<<"$got"
}
recorded() { "$program" "$@" --facts "$facts" --config "$config"; }

# ---- Help --------------------------------------------------------------------------------------

help=$("$program" --help)
check 'help is --help' differ "$help" "$("$program" help)"
check 'help COMMAND is COMMAND --help' differ "$("$program" explain --help)" "$("$program" help explain)"
check 'it names the options' says 0 '-q, --quiet' help check
check 'help of a command that there is not' says 2 "there is no command 'stauts', did you mean 'status'?" help stauts
headings() { grep -E '^[A-Z].*:$' <<<"$help"; }
check 'the commands have headings' differ $'Show the host:\nChange it:\nRun by services:' "$(headings)"
# below HEADING: the commands, in their order.
below() { sed -n "/^$1:/,/^\$/s/^  \([a-z]*\) .*/\1/p" <<<"$help" | paste -sd ' '; }
check 'those that show something' differ 'status check explain report facts diff metrics' "$(below 'Show the host')"
check 'those that change something' differ 'regenerate confirm adopt clean disable enable' "$(below 'Change it')"
check 'and those that people need not run' differ 'watch plug event' "$(below 'Run by services')"
too_wide() { awk 'length > 80' | grep .; }
check 'no line is wider than 80 columns' fails too_wide <<<"$help"
columns() { sed -n 's/^\(  .*[^ ]  \+\)[^ ].*/\1/p' <<<"$help" | awk '{ print length }' | sort -u | wc -l; }
check 'and they are aligned' differ 1 "$(columns)"
full() { "$program" "$@" >/dev/full; }
check 'help that cannot be written is a failure' fails full check --help

# ---- Mistakes ----------------------------------------------------------------------------------

check 'a misspelt command' says 2 "there is no command 'stauts', did you mean 'status'?" stauts
check 'one that there is not' says 2 "there is no command 'shutdown'; see eni-routes --help" shutdown
check 'what is not printable is not printed' says 2 "there is no command '?[31m'" $'\033[31m'
check 'a misspelt option' says 2 "Unknown option --dryrun, did you mean '--dry-run'?" regenerate --dryrun
check 'one that there is not' says 2 'Unknown option --loudly; see --help' status --loudly
check 'two that contradict each other' says 2 '--quiet and --verbose contradict each other' check --quiet --verbose
check 'another host is not probed' says 2 '--probe asks this host: not with --facts' check --probe --facts "$facts"
check 'two formats' says 2 '--json and --svg are two formats' status --json --svg --facts "$facts"
check 'arguments of a command that takes none' says 2 'takes no arguments; see --help' status eth0
check 'check takes no interface' says 2 'takes files with --facts alone' check eth0
check 'diff takes two files' says 2 'takes two files that `eni-routes facts` wrote' diff "$facts"
check 'facts of another host are not applied to this one' says 2 '--facts describes another time or machine' regenerate --facts "$facts"

# ---- Recorded facts ----------------------------------------------------------------------------

check 'status has a line for each interface' differ $'eth0\neth1' "$(recorded status | sed -n 's/^\(eth[0-9]\).*/\1/p')"
check 'none is wider than 80 columns' fails too_wide <<<"$(recorded status)"
check 'its exit status says that something is missing' says 3 'missing  rule 20101:' status --facts "$facts" --config "$config"
check 'and so it does for programs' says 3 '"verdict": "incomplete"' status --json --facts "$facts" --config "$config"
check 'the tables are printed where they are asked for' says 3 '  rules       20101: ' status -v --facts "$facts" --config "$config"
picture() { [[ $(recorded status --svg) == '<svg xmlns="http://www.w3.org/2000/svg" '* ]]; }
check '--svg is a picture' picture
# These are of a version that recorded nothing of the host around.
check 'check says what it does not judge' says 1 'these facts do not have what else is on the host' check --facts "$facts"
hook() { recorded check | grep 'hook is'; }
check 'and says nothing of the hook' fails hook

check 'a configuration that there is not is not the default one' says 1 'cannot read /nonexistent/c.yaml: No such file or directory' \
    status --facts "$facts" --config /nonexistent/c.yaml
piped() { says 1 'cannot read /dev/stdin: it is not a regular file' status --facts "$facts" --config /dev/stdin < <(echo 'enabled: false'); }
check 'nor is one that comes through a pipe' piped

# ---- Many hosts --------------------------------------------------------------------------------

hosts=$scratch/hosts
mkdir "$hosts" "$scratch/empty"
cp "$facts" "$hosts/web1.json"
# web3 is no host.
cp "$facts" "$hosts/web2.json"
echo '{' >"$hosts/web3.json"
echo 'no facts' >"$hosts/README"
check 'a directory: a line for each host, and one exit status' says 1 "$hosts/web1.json  " check --facts "$hosts"
check 'one that cannot be read does not hide the others' says 1 ' could not be checked' check --facts "$hosts"
check 'files, one after the other' says 1 '2 hosts: ' check --facts "$hosts/web1.json" "$hosts/web2.json"
check 'a directory without one' says 1 "$scratch/empty has no file that ends in .json" check --facts "$scratch/empty"
check 'a table has no room for everything' says 2 '--verbose is for one host' check -v --facts "$hosts"
json_lines() {
    "$program" check --json --facts "$hosts" | while read -r line; do
        case $line in '{"facts":"'"$hosts"'/web'?'.json",'*'}') echo line ;; *) echo "$line" ;; esac
    done | sort | uniq -c | sed 's/^ *//'
}
check 'a JSON line for each' differ '3 line' "$(json_lines)"
check 'the same host has no difference' differ '' "$("$program" diff "$hosts/web1.json" "$hosts/web2.json")"
sed -i 's/"eth1"/"eth2"/g' "$hosts/web2.json"
check 'another name of an interface is one' says 0 '+eth2 managed, table 10002' diff "$hosts/web1.json" "$hosts/web2.json"
check 'and what hangs on it' says 0 '-eth1 rule 20101: from 10.0.2.0/24 iif lo lookup eth1' diff "$hosts/web1.json" "$hosts/web2.json"
check 'a report of each, and a page that leads to them' says 0 "written: $scratch/pages/index.html" report "$scratch/pages" --facts "$hosts"
pages() { (cd "$scratch/pages" && grep -c '<!DOCTYPE html>' ./*.html && grep -o 'href="[^"]*"' index.html); }
check 'but of what cannot be read' differ $'./index.html:1\n./web1.html:1\n./web2.html:1\nhref="./web1.html"\nhref="./web2.html"' "$(pages)"

# ---- A report ----------------------------------------------------------------------------------

report() { recorded report - | grep -F '<p class="about">eni-routes on another host, or at another time, '; }
check 'a report is of another host' report
# writes_report PATH: and says so.
writes_report() { says 0 "written: $1" report "$1" --facts "$facts" --config "$config" && grep -q '^<!DOCTYPE html>' "$1"; }
refuses_report() { says 1 "cannot write $1: $2" report "$1" --facts "$facts" --config "$config"; }
traps=$scratch/traps
mkdir "$traps"
echo precious >"$traps/precious"
ln -s precious "$traps/link"
ln -s /nowhere/at/all "$traps/dangling"
ln "$traps/precious" "$traps/second"
mkfifo "$traps/fifo"
check 'it is written to a new file' writes_report "$traps/new.html"
check 'which others may read' differ 644 "$(stat -c %a "$traps/new.html")"
chmod 600 "$traps/new.html"
head -c 10000000 /dev/zero >>"$traps/new.html"
check 'and to one that is there' writes_report "$traps/new.html"
check 'whose mode stays' differ 600 "$(stat -c %a "$traps/new.html")"
check 'of which nothing is left' test "$(stat -c %s "$traps/new.html")" -lt 10000000
check 'through no link' refuses_report "$traps/link" 'it is a symbolic link, which is not followed'
check 'also one that leads nowhere' refuses_report "$traps/dangling" 'it is a symbolic link'
check 'also one of a path that begins in /dev, as /dev/shm is for everyone' refuses_report "/dev/..$traps/link" 'it is a symbolic link'
check 'to no file of two names' refuses_report "$traps/second" 'the file has another name as well'
check 'and none of these is changed' differ precious "$(cat "$traps/precious")"
check 'to no FIFO, which it does not wait for' refuses_report "$traps/fifo" 'it is not a regular file'
check 'to no directory' refuses_report "$traps" 'Is a directory'
check 'where it cannot be, it says why' refuses_report "$traps/none/report.html" 'No such file or directory'
check 'what has no room is a failure' refuses_report /dev/full 'No space left on device'
on_standard_output() { recorded report /dev/stdout | grep '^<!DOCTYPE html>'; }
check 'it can be piped' on_standard_output
in_a_file() { recorded report /dev/stdout >"$scratch/report.html" && grep -q '^<!DOCTYPE html>' "$scratch/report.html"; }
check 'and redirected' in_a_file

check 'adopt has nothing to do where there is nothing by hand' says 0 'nothing to do' adopt --dry-run --facts "$facts" --config "$config"
by_hand() {
    /usr/bin/python3 -Ic 'import json, sys
facts = json.load(open(sys.argv[1]))
facts["disk"]["files"] = {sys.argv[2]: sys.argv[3]}
json.dump(facts, sys.stdout)' "$facts" "$@" >"$scratch/by_hand.json"
}
rule=/etc/sysconfig/network-scripts/rule-eth1
by_hand "$rule" $'from 10.0.2.0/24 table 10001\nto 10.99.0.0/24 table 300\n'
check 'what it would do' says 0 "keep $rule as rule-eth1.before-eni-routes.bak" adopt -n --facts "$scratch/by_hand.json" --config "$config"
check 'a line that says more' says 0 "$rule:2: to 10.99.0.0/24 table 300   # does more than eni-routes:" adopt -n --facts "$scratch/by_hand.json" --config "$config"
check 'gets a priority' says 0 '+to 10.99.0.0/24 table 300 priority 19000' adopt -n --facts "$scratch/by_hand.json" --config "$config"
check 'check names the command' says 1 'fix      eni-routes adopt eth1' check --facts "$scratch/by_hand.json" --config "$config"
by_hand "$rule" $'from 10.0.2.0/24 tabel eth1\n'
check 'one that cannot be read' says 1 "$rule:1: 'from 10.0.2.0/24 tabel eth1': 'tabel' is no word" adopt -n --facts "$scratch/by_hand.json" --config "$config"
check 'adopt of other facts needs --dry-run' says 2 'it needs --dry-run, and no --undo' adopt --facts "$facts"

# ---- disable and enable, below a directory -------------------------------------------------------

root=$scratch/root
mkdir -p "$root/etc/sysconfig/network-scripts"
echo 'DEVICE=eth1' >"$root/etc/sysconfig/network-scripts/ifcfg-eth1"
echo 'DEVICE=lan0' >"$root/etc/sysconfig/network-scripts/ifcfg-office"
disabled() { grep -v '^#' "$root/etc/eni-routes/disabled"; }
check 'a misspelt interface is refused' says 2 "there is no interface 'eht1', did you mean 'eth1'?" disable --root "$root" eht1
check 'also beside one that is right' says 2 "there is no interface 'eht1'" disable --root "$root" eth1 eht1
check 'and by enable' says 2 "there is no interface 'eht1', did you mean 'eth1'?" enable --root "$root" eht1
check 'nothing was changed' fails test -e "$root/etc/eni-routes"
check 'one with a profile' "$program" disable --root "$root" eth1
check 'one whose profile has another name' "$program" disable --root "$root" lan0
check 'one that an image does not know yet, but is going to manage' "$program" disable --root "$root" eth7
check 'all are on the list' differ $'eth1\neth7\nlan0' "$(disabled)"
rm "$root/etc/sysconfig/network-scripts/ifcfg-office"
check 'one that is on the list is known' "$program" enable --root "$root" lan0
check 'and off it again' differ $'eth1\neth7' "$(disabled)"
litter=$root/etc/sysconfig/network-scripts/.rule-eth1.eni-routes-new
touch "$litter" "$root/etc/eni-routes/.disabled.eni-routes-new"
check 'what a killed run left does not stand in the way' "$program" clean --root "$root"
check 'and is removed' fails test -e "$litter"
check 'in each directory' fails test -e "$root/etc/eni-routes/.disabled.eni-routes-new"
touch "$litter"
check 'not by a dry run' "$program" regenerate --root "$root" --dry-run
check 'which changes nothing' test -e "$litter"
check 'regenerate' "$program" regenerate --root "$root"
check 'removes it as well' fails test -e "$litter"

check 'no name at all is all of them' "$program" disable --root "$root"
check 'which is a line of its own' grep -qx '\*' "$root/etc/eni-routes/disabled"
done_testing
