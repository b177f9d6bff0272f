#!/bin/bash
# What `eni-routes metrics` prints, as promtool reads it; that docs/fleet.md explains each metric, and that the alerts and the
# dashboard in data/ name no other. What there is, is what the source has: no list of it is kept here.
# usage: metrics_test.sh ENI-ROUTES
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
program=$(readlink -f "$1")
cd "$source_dir" || exit 1
if ! command -v promtool >/dev/null; then
    echo '1..0 # SKIP no promtool: tools/packages has prometheus'
    exit 0
fi

metrics() { "$program" metrics --facts "tests/cases/$1/facts.json" --config "tests/cases/$1/config.yaml"; }
# What it says of a metric it prints, also where it accepts it.
accepted() {
    metrics "$1" >"$scratch/metrics" && promtool check metrics <"$scratch/metrics" >"$scratch/said" 2>&1
    local status=$?
    cat "$scratch/said"
    [ "$status" = 0 ] && [ ! -s "$scratch/said" ]
}
for case in tests/cases/*/facts.json; do
    case=$(basename "$(dirname "$case")")
    check "promtool accepts the metrics of $case, and says nothing" accepted "$case"
done
refused() { ! { echo '# TYPE a gauge'; echo 'a{b="c} 1'; } | promtool check metrics; }
check 'it would refuse others' refused

families() { tr '\n' ' ' <src/show/metrics_text.cpp | grep -oE '"[a-z_]+", +k(Gauge|Counter),' | sed 's/^"\([a-z_]*\).*/\1/' | sort; }
documented() { sed -n '/^### What each means/,/^###* Alerts/s/^| \(`[^|]*\) |.*/\1/p' docs/fleet.md | grep -oE '[a-z_]+' | sort; }
printed() { sed -n 's/^# HELP eni_routes_\([a-z_]*\) .*/\1/p' "$scratch/metrics"; }
check 'there are metrics' test "$(families | wc -l)" -ge 15
check 'what is printed is among those of the source' all_in "$(families)" < <(printed)
check 'docs/fleet.md explains each, and no other' differ "$(families)" "$(documented)"

# ---- The alerts ------------------------------------------------------------------------------------

rules=data/eni-routes.rules.yml
board=data/grafana-dashboard.json
named_in() { grep -oE '\beni_routes_[a-z_]+' "$1" | sed 's/^eni_routes_//' | sort -u; }
known_alone() { named_in "$1" | all_in "$(families)"; }
alerts() { sed -n 's/^ *- alert: //p' "$rules" | sort; }
check 'promtool accepts the rules' promtool check rules "$rules"
check 'they name metrics' test "$(named_in "$rules" | wc -l)" -ge 8
check 'and none that is not printed' known_alone "$rules"
# shellcheck disable=SC2016
check 'docs/fleet.md has each alert' differ "$(alerts)" "$(sed -n 's/^| `\(EniRoutes[A-Za-z]*\)` .*/\1/p' docs/fleet.md | sort)"

# ---- The dashboard ---------------------------------------------------------------------------------

# queries: those of its panels, as rules that promtool can read; it fails where a panel has none.
queries() {
    /usr/bin/python3 -Ic 'import json, sys
board = json.load(open(sys.argv[1]))
rules = []
for panel in board["panels"]:
    assert panel["title"] and panel["description"] and panel["targets"], panel
    assert len([other for other in board["panels"] if other["id"] == panel["id"]]) == 1, panel
    for target in panel["targets"]:
        assert "eni_routes_" in target["expr"], target
        rules.append({"record": "panel%d%s" % (panel["id"], target["refId"]), "expr": target["expr"]})
assert len(rules) >= 10
json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, sys.stdout)' "$board"
}
valid_queries() { queries >"$scratch/board.yml" && promtool check rules "$scratch/board.yml"; }
check 'the dashboard is JSON, and promtool reads the query of each panel' valid_queries
check 'it names metrics' test "$(named_in "$board" | wc -l)" -ge 12
check 'and none that is not printed' known_alone "$board"

# ---- The program -----------------------------------------------------------------------------------

usage_error() { "$program" metrics --write --facts tests/cases/example/facts.json; [ $? = 2 ]; }
check 'recorded facts are not written as those of this host' usage_error
done_testing
