#!/bin/bash
# `regenerate --confirm`: a change that cuts the administrator's own TCP connection is undone when the time is over, and that
# very connection answers again, whatever became of his shell; one that he confirms stays.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"

patience=20
config=/etc/eni-routes/config.yaml
begin_at_work "$1"

# ---- As with ssh: a connection from outside to eth1's Elastic IP, and a shell for each line behind it

host /usr/bin/python3 -Ic '
import os, signal, socket, subprocess, threading
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup(1) may stand above this test
def serve(connection):
    for line in connection.makefile():
        shell = subprocess.Popen(["bash", "-c", line], stdin=subprocess.DEVNULL, stdout=connection, stderr=connection,
                                 start_new_session=True)
        threading.Thread(target=shell.wait).start()
server = socket.create_server(("", 2222))
while True:
    threading.Thread(target=serve, args=(server.accept()[0],)).start()' &
eventually vpc client bash -c 'echo >/dev/tcp/198.51.100.11/2222'
coproc client { vpc client /usr/bin/python3 -Ic '
import os, socket, threading
connection = socket.create_connection(("198.51.100.11", 2222))
def receive():
    while data := connection.recv(4096): os.write(1, data)
    os.write(1, b"the connection has ended\n")
threading.Thread(target=receive, daemon=True).start()
while line := os.read(0, 4096): connection.sendall(line)'; }
say() { echo "$1" >&"${client[1]}"; }
# hears PATTERN [SECONDS]: such a line comes from the host.
hears() {
    local line end=$((SECONDS + ${2:-$patience}))
    while [ "$SECONDS" -lt "$end" ]; do
        read -r -t 1 line <&"${client[0]}" || continue
        echo "$line"
        grep -q -- "$1" <<<"$line" && return
    done
    return 1
}
answers() { say "echo alive-\$((${1} + 1))" && hears "^alive-$(($1 + 1))$" "${2-}"; }

# But for the configuration, which is the administrator's.
state() { policy_and_disk | grep -v ' eni-routes/config.yaml$' && host cat /run/eni-routes/state; }
as_before() { unchanged "$before" state; }
settings() { host sh -c 'cat >"$1"' sh "$config" <<<"$1"; }
keeper() { host sed -n 's/^keeper=\([0-9]*\)-.*/\1/p' /run/eni-routes/confirmation; }
# Its last word; 9 where the kernel has no such process.
keeper_is_gone() { host sh -c '! kill -0 "$1" 2>/dev/null' sh "$1"; }
# It reconciles half a second after a change at the latest, by the configuration that there is then.
let_the_watch_run() { sleep 1; }
event() { host eni-routes event eth1 up; }
undone() { prints 'was undone' host eni-routes status; }
# The dead gateway is in eth1's subnet: nothing but the packets says that it is dead.
dead_gateway='interface: {eth1: {gateway: 10.0.2.77}}'

host /usr/libexec/eni-routes-watch 2>"$seen.watch" &
check 'the connection answers' answers 1
before=$(state)

# ---- A change that cuts it

settings "$dead_gateway"
say 'eni-routes regenerate --confirm 12'
check 'what will be is said before anything is changed' hears '^unconfirmed: the old state comes back at .* unless .eni-routes confirm. is run$'
check 'the change is made' eventually prints 'via 10.0.2.77' host ip route show table eth1
check_not 'the connection is cut' answers 2 2
check_not 'so are others' vpc ping 198.51.100.11
check 'another change is refused meanwhile' exits 1 host eni-routes regenerate
check 'and says what to do' prints 'eni-routes confirm. keeps it' host eni-routes clean
check 'with --confirm as well' exits 1 host eni-routes regenerate --confirm 60
check 'adopt and disable too' host sh -c '! eni-routes adopt && ! eni-routes disable eth1 && [ ! -e /etc/eni-routes/disabled ]'
check 'an event changes nothing, and says why' prints 'up: the change of .* is not confirmed' event
check 'status says it' prints 'the change of .* is not confirmed' host eni-routes status
check 'the old state is back by itself' eventually as_before
check 'and the connection lives on' hears '^alive-3$'
check 'it answers again' answers 3
check 'both Elastic IPs do' elastic_ips_answer

# ---- Runs are held until somebody says otherwise

check 'status says it' undone
check 'so does check' prints 'was not confirmed' host eni-routes check
check 'an event does not make the change again' exits 0 event
check 'it says why' prints 'nothing until the next .eni-routes regenerate. or boot' event
check 'nor does a timer' exits 0 host eni-routes regenerate --quiet --unattended
sleep 1
check 'nor the watch' as_before
check 'which has said so' prints 'was not confirmed' cat "$seen.watch"
check 'to confirm it is too late' exits 1 host eni-routes confirm
settings ''
regenerate >"$seen"
check 'regenerate ends that' prints '^nothing to do$' regenerate
check_not 'status says no more of it' undone
check 'the watch goes on' host sh -c 'ip rule del priority 20101'
patience=25 check 'by itself' eventually prints '^20101:' host ip rule

# ---- Confirmed

settings 'match: address'
say 'eni-routes regenerate --confirm 4'
check 'a change that cuts nothing' hears '^unconfirmed: run'
pid=$(keeper)
now=$(state)
say 'eni-routes confirm'
check 'is confirmed' hears '^confirmed: the change of .* stays'
check 'nobody waits any longer' eventually keeper_is_gone "$pid"
sleep 4
check 'it stays after the time' unchanged "$now" state
check 'events run again' same '' event
check 'nothing is left to be confirmed' exits 1 host eni-routes confirm

# ---- The terminal dies

settings ''
regenerate >"$seen"
let_the_watch_run
before=$(state)
settings "$dead_gateway"
for signal in KILL HUP TERM; do
    say 'echo session $$; eni-routes regenerate --confirm 4; sleep 60'
    hears '^session ' >"$seen.session"
    session=$(sed -n 's/^session //p' "$seen.session")
    check "$signal: the change is made" eventually prints 'via 10.0.2.77' host ip route show table eth1
    host kill "-$signal" -- "-$session"
    check "$signal: the session is gone" eventually keeper_is_gone "$session"
    check "$signal: it is undone all the same" eventually as_before
    check "$signal: and the connection answers" answers 5
done

# ---- The run is killed, before it is at its end

# Stopped where nothing is changed yet, and killed there: then nothing is to be undone, and the keeper finds so.
say 'eni-routes regenerate --confirm 3 & until [ -e /run/eni-routes/confirmation ]; do :; done; kill -KILL $!'
check 'a run that was killed is undone as far as it came' eventually undone
check 'to the byte' as_before
settings ''
regenerate >"$seen"
let_the_watch_run
before=$(state)

# ---- Where systemd runs and gives it no scope, it does without

before=$(state)
settings "$dead_gateway"
host mkdir -p /run/systemd/system
host dbus-monitor --system "member=StartTransientUnit" >"$seen.bus" 2>&1 &
monitor=$!
eventually grep -q NameAcquired "$seen.bus"
check 'it says that it stays in the session' prints 'stays in this login session' host eni-routes regenerate --confirm 3
host rm -r /run/systemd
check 'and undoes the change all the same' eventually as_before
check 'systemd was asked for its scope' eventually grep -q 'string "eni-routes-confirm-[0-9]*.scope"' "$seen.bus"
kill "$monitor"
settings ''
regenerate >"$seen"
let_the_watch_run

# ---- NetworkManager meanwhile

settings "$dead_gateway"
host eni-routes regenerate --confirm 8 >"$seen"
up eth1 >"$seen"
vpc settle
check_not 'with eth1 brought up anew its table has lost what was there' prints default host ip route show table eth1
check 'it is back with the old state' eventually as_before
check 'the connection answers' answers 6
check 'and others' elastic_ips_answer
settings ''
regenerate >"$seen"
let_the_watch_run

# ---- The keeper is killed, or there is nothing for it to do

settings 'match: address'
host eni-routes regenerate --confirm 4 >"$seen"
now=$(state)
host kill -KILL "$(keeper)"
check 'without its keeper a change stays, and status says so' prints 'has ended: the change stays' host eni-routes status
sleep 5
check 'also after the time' unchanged "$now" state
check 'events run' same '' event
check 'it can be confirmed' exits 0 host eni-routes confirm
check 'where nothing changes nothing is to be confirmed' prints 'nothing is to be confirmed' host eni-routes regenerate --confirm 60
check 'and nobody waits' exits 1 host eni-routes confirm

for arguments in '--confirm 0' '--confirm 3601' '--confirm 5s' '--confirm=' '--confirm 5 --dry-run' '--confirm 5 --root /run' \
    '--confirm 5 --unattended'; do
    # shellcheck disable=SC2086  # words
    check "$arguments is exit 2" exits 2 host eni-routes regenerate $arguments
done
check 'a lock that another holds is none of a keeper' host sh -c 'flock /run/eni-routes/lock true && eni-routes regenerate'
done_testing
