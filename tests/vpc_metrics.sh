#!/bin/bash
# The metrics of a real host: promtool and node_exporter take them, they follow what happens to it, the watch and the refresh
# service write them, and the alerts of data/eni-routes.rules.yml fire on a host that is broken on purpose, and on no other.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
file=/run/eni-routes/eni-routes.prom
log=$seen.watch
rules=$source_dir/data/eni-routes.rules.yml

configure() { host sh -c 'mkdir -p /etc/eni-routes && printf "%s\n" "$@" >/etc/eni-routes/config.yaml' sh "$@"; }
metrics() { host eni-routes metrics; }
written() { host cat "$file"; }
# What the timer starts.
refresh() { host eni-routes regenerate --quiet --unattended; }
# has LINE... FROM CMD: CMD prints each line, with eni_routes_ before it.
has() {
    local line lost=0
    "${@:$#}" >"$seen.metrics" || return 1
    for line in "${@:1:$#-1}"; do
        grep -qxF -- "eni_routes_$line" "$seen.metrics" || { lost=1; echo "not there: $line"; }
    done
    [ "$lost" = 0 ] || { cat "$seen.metrics" && return 1; }
}
lacks() { "$2" | grep -F "eni_routes_$1" && return 1 || return 0; }
value() { "$2" | sed -n "s/^eni_routes_$1 //p"; }
is_more() { [ "$(value "$1" written)" -gt "$2" ]; }
accepted() {
    "$1" >"$seen.metrics" && promtool check metrics <"$seen.metrics" >"$seen.said" 2>&1
    local status=$?
    cat "$seen.said"
    [ "$status" = 0 ] && [ ! -s "$seen.said" ]
}
alerts() { /usr/bin/python3 -I "$source_dir/tests/alert_rules.py" "$rules" "$@"; }
healthy=('verdict{interface="",verdict="broken"} 0' 'verdict{interface="eth0",verdict="ok"} 1'
    'verdict{interface="eth1",verdict="ok"} 1' 'addresses{interface="eth1",state="lost"} 0' 'policy_active 1'
    'interface_in_force{interface="eth0"} 1' 'interface_in_force{interface="eth1"} 1' 'pending_changes 0')

begin_at_work "$1"

# ---- What is printed --------------------------------------------------------------------------------

# Runs are counted where they are wanted: from here to the first `configure`.
check 'without the key none is counted' has 'runs_total{by="event"} 0' metrics
configure "metrics: $file"
host /usr/libexec/eni-routes-event eth1 up
check 'regenerate, for its metadata' regenerate
check 'a host that is well' has "${healthy[@]}" metrics
check 'promtool accepts it, and says nothing' accepted metrics
is_now() {
    local at
    at=$(value "$1" metrics) && [ -n "$at" ] && [ $(($(date +%s) - ${at%.*})) -lt 60 ]
}
check 'when it was made' is_now metrics_timestamp_seconds
check 'when the metadata answered' is_now metadata_timestamp_seconds
check 'when the last event was' is_now 'last_run_timestamp_seconds{by="event"}'
check 'which did not fail' has 'last_run_success{by="event"} 1' 'run_failures_total{by="event"} 0' metrics
counted() { differ "$1" "$(host ip -"$2" rule | grep -cE '^(2[0-9]{4}):')" && has "rules{family=\"ipv$2\"} $1" metrics; }
check 'the rules are counted' counted 4 4
check 'also those of IPv6' counted 4 6
routes() { host sh -c 'for table in 10000 10001; do ip route show table $table; done | wc -l'; }
check 'so are the routes' has "routes{family=\"ipv4\"} $(routes)" metrics
configure 'imds: off'
check 'metadata that is not asked' has 'metadata_enabled 0' metrics
configure 'interfaces: {exclude: [eth1]}'
check 'without a plan' has 'policy_active 0' 'interface_in_force{interface="eth0"} 0' metrics
configure ''
check 'it prints the same twice, but for the time' same '' bash -c \
    'diff <("$1" host eni-routes metrics | grep -v timestamp) <("$1" host eni-routes metrics | grep -v timestamp)' bash "$source_dir/tools/vpc"

# ---- The file, by the refresh service ---------------------------------------------------------------

check 'without the key none is written' refresh
check_not 'there is none' host test -e "$file"
check 'nor is that an error' host eni-routes metrics --write
configure "metrics: $file"
check 'with it' refresh
check 'it is there' has "${healthy[@]}" 'runs_total{by="refresh"} 1' 'repairs_total{by="refresh"} 0' written
check 'for all to read' same '644' host stat -c %a "$file"
check 'nothing is left beside it' same '' host sh -c 'ls -A /run/eni-routes | grep new'
written >"$scratch/healthy"
check 'no alert fires' alerts 30="$scratch/healthy"

before=$(host stat -c %y "$file")
host /usr/libexec/eni-routes-event eth1 up
check 'an event does not write it' same "$before" host stat -c %y "$file"

host ip rule del priority 20101
check 'a rule is deleted: that is broken, and which interface' has 'verdict{interface="eth1",verdict="broken"} 1' \
    'verdict{interface="eth0",verdict="broken"} 0' 'findings{interface="eth1",code="rule-missing",grade="broken"} 1' \
    'addresses{interface="eth1",state="lost"} 1' 'interface_in_force{interface="eth1"} 0' 'interface_in_force{interface="eth0"} 1' \
    'pending_changes 1' 'rules{family="ipv4"} 3' metrics
check 'promtool accepts that as well' accepted metrics
metrics >"$scratch/broken"
check 'after two minutes the alert fires' alerts 5="$scratch/healthy" 3="$scratch/broken" -- \
    EniRoutesBroken,interface=eth1
check 'after ten also the one for the policy' alerts 11="$scratch/broken" -- EniRoutesBroken,interface=eth1 \
    EniRoutesNotInForce,interface=eth1
check 'before it has not' alerts 5="$scratch/healthy" 2="$scratch/broken"
check 'the refresh repairs it' prints 'ip rule add from 10.0.2.0/24' refresh
check 'and counts it' has "${healthy[@]}" 'repairs_total{by="refresh"} 1' 'last_run_success{by="refresh"} 1' written
check 'then the alert is over' alerts 5="$scratch/broken" 1="$scratch/healthy"

# ---- By the watch -----------------------------------------------------------------------------------

# With the one capability that its unit leaves it.
start_watch() {
    host setpriv --bounding-set=-all,+net_admin --no-new-privs /usr/libexec/eni-routes-watch >>"$log" 2>&1 &
    eventually prints 'runs, process' host eni-routes status
}
pid() { host eni-routes status | sed -n 's/.*watch *runs, process \([0-9]*\).*/\1/p'; }
host sh -c 'mkdir -p /run/systemd/system /etc/systemd/system/multi-user.target.wants &&
    ln -s /usr/lib/systemd/system/eni-routes-watch.service /etc/systemd/system/multi-user.target.wants/'
host rm "$file"
check 'the watch runs' start_watch
check 'and writes the file' eventually has "${healthy[@]}" 'watch_running 1' 'watch_enabled 1' 'watch_fights 0' written
repairs=$(value 'repairs_total{by="watch"}' written)
written >"$scratch/drift.0"
number=0
# Another one each time: the same rule three times in ten seconds would be a fight.
for rule in '-4 20100' '-4 20101' '-4 25101' '-6 20101' '-6 25101'; do
    number=$((number + 1))
    host ip "${rule% *}" rule del priority "${rule#* }"
    check "drift is repaired, and counted ($number)" eventually has "${healthy[@]}" \
        "repairs_total{by=\"watch\"} $((repairs + number))" written
    written >"$scratch/drift.$number"
done
check 'promtool accepts the file' accepted written
check 'drift that repeats raises an alert' alerts 2="$scratch/drift.0" 2="$scratch/drift.1" 2="$scratch/drift.2" \
    2="$scratch/drift.3" 2="$scratch/drift.4" 2="$scratch/drift.5" -- EniRoutesDriftRepeats
check 'once a while it does not' alerts 10="$scratch/drift.0" 10="$scratch/drift.1"
everything() { sed -n 's/^# HELP \([a-z_]*\) .*/\1/p' "$scratch/drift.5" | sort; }
source_families() {
    { tr '\n' ' ' <"$source_dir/src/show/metrics_text.cpp" | grep -oE '"[a-z_]+", +k(Gauge|Counter),' | sed 's/^"\([a-z_]*\).*/eni_routes_\1/'
    echo eni_routes_findings; } | sort -u
}
check 'every metric that there is is there' all_in "$(everything; echo eni_routes_findings)" < <(source_families)
kept=$(pid)
host kill -9 "$kept"
wait
check 'killed: what its unit runs then says so' host eni-routes metrics --write
check 'it does not run' has 'watch_running 0' 'watch_enabled 1' written
written >"$scratch/dead"
check 'which raises an alert' alerts 4="$scratch/dead" -- EniRoutesWatchDead
: >"$log"
check 'the watch runs again' start_watch
undone() { host ip rule del priority 20101 2>/dev/null; has 'watch_fights 1' written; }
check 'a rule is deleted again and again: it steps back, and the metrics say so' eventually undone
written >"$scratch/fight"
check 'which raises the alert of the loss, and names the fight' alerts 4="$scratch/fight" -- \
    EniRoutesBroken,interface=eth1 EniRoutesFight
host kill -9 "$(pid)"
wait
check 'the refresh repairs it' prints 'ip rule add from 10.0.2.0/24' refresh

# ---- Age --------------------------------------------------------------------------------------------

check 'a file that is not written any more raises one' alerts --frozen 7="$scratch/healthy" -- EniRoutesMetricsStale
check 'so does metadata that does not answer' alerts --frozen 32="$scratch/healthy" -- EniRoutesMetricsStale EniRoutesMetadataStale

# ---- node_exporter ----------------------------------------------------------------------------------

# It finds the file by a link in its own directory.
host sh -c "mkdir -p /run/textfile && ln -s $file /run/textfile/"
host prometheus-node-exporter --collector.disable-defaults --collector.textfile --collector.textfile.directory=/run/textfile \
    --web.listen-address=127.0.0.1:9100 >"$seen.exporter" 2>&1 &
exporter=$!
scraped() { host curl -sS --max-time 5 http://127.0.0.1:9100/metrics; }
scraped_well() { scraped | grep -qx 'node_textfile_scrape_error 0' && has 'watch_running 0' 'policy_active 1' scraped; }
check 'node_exporter has them' eventually scraped_well
kill "$exporter"
wait "$exporter" 2>/dev/null

# ---- What is in the way -----------------------------------------------------------------------------

refused() { prints "$1" exits 1 refresh; }
host sh -c "rm $file && mkfifo $file"
check 'a FIFO is left, and reported' refused "metrics: cannot read $file: it is not a regular file"
check 'it is one still' host test -p "$file"
host rm "$file"
host sh -c "echo precious >$file"
check "another program's file is left" refused 'is not a file of eni-routes. metrics, left alone'
check 'with its bytes' same precious written
host rm "$file"
host sh -c 'mkdir -m 1777 /run/shared'
configure 'metrics: /run/shared/host.prom'
host ip rule del priority 20101
check 'a directory that all write to is refused' refused 'other users than its owner can write to /run/shared'
check 'the run is done all the same' prints 'from 10.0.2.0/24 iif lo lookup' host ip rule
check 'it wrote nothing there' same '' host ls -A /run/shared
: >"$log"
check 'the watch runs with that' start_watch
check 'and says so, once' eventually prints 'the metrics are not written: .*cannot write /run/shared/host.prom: other users' cat "$log"
host ip rule del priority 20101
repaired() { host ip rule | grep -q '^20101:'; }
check 'it repairs all the same' eventually repaired
host kill -9 "$(pid)"
wait
configure 'metrics: host.txt'
check 'a wrong path is a mistake in the configuration' prints 'metrics must be the absolute path of a file that ends in .prom' refresh

configure "metrics: $file"
check 'again' refresh
check 'clean' host eni-routes clean
check_not 'removes the file' host test -e "$file"
check_not 'and forgets the runs' host test -e /run/eni-routes/runs
done_testing
