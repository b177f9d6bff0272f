#!/bin/bash
# The report and the picture of a real host, healthy and with faults: they say what check says, what is lost is in red and
# nothing else is. And in a browser: wide, narrow, dark and on paper, with nothing fetched from elsewhere.
# shellcheck source=tests/vpc_lib.sh
. "$(dirname "$0")/vpc_lib.sh"
build=$(readlink -f "$1")
page=$scratch/report.html

# ---- What it says -----------------------------------------------------------------------------------

# report [OPTION...]: read by an XML parser: what is to be seen, a line each.
# shellcheck disable=SC2120  # mostly it has none
report() {
    host eni-routes report "$@" - >"$page" && /usr/bin/python3 -I "$source_dir/tests/read_report.py" "$page"
}
# says PATTERN...: the report has a line that matches, for each.
says() {
    local pattern
    # shellcheck disable=SC2119
    report >"$seen.report" || { cat "$seen.report" && return 1; }
    for pattern in "$@"; do
        grep -q -- "$pattern" "$seen.report" || { echo "not there: $pattern" && cat "$seen.report" && return 1; }
    done
}
in_order='Every address would be routed by its own interface'

begin_at_work "$build"
check 'healthy: says so, with nothing in red' says "^verdict: ok $in_order" '^red: 0$'
check 'each interface is folded, with its addresses' says '^in order: eth0 2 addresses' '^in order: eth1 2 addresses'
check 'the picture has the whole way' says \
    '^picture: .*client host eth0 eth1 .*198.51.100.11 10.0.2.37.* client .*eth1 via 10.0.2.1'
check 'the details are folded' says '^details: Flows' '^details: Status' '^details: Versions' '^details: Configuration' \
    '^details: Rules and routes' '^details: Journal' '^details: Facts'
check 'the picture of status: nothing in red' same 0 red eni-routes
listed() { # what ip lists is in the page
    local line
    host sh -c 'ip rule; ip -6 rule' | sed 's/\t/ /; s/ *$//; s/>/\&gt;/g' | while read -r line; do
        grep -qxF -- "$line" "$page" || { echo "not there: $line" && return 1; }
    done
}
check 'the rules are listed as ip rule lists them' listed
check 'and the routes, with who made them' grep -q '^default via 10.0.2.1 dev eth1 table eth1 .*proto eni-routes$' "$page"

host ip rule del priority 20101
check 'a rule is gone: that is first, with address, Elastic IP, cause and fix' says '^verdict: broken 1 broken$' \
    '^finding: BROKEN eth1 198.51.100.11 = 10.0.2.37 rule-missing | .* leave by eth0; .*"20101: .* is missing.*; fix eni-routes regenerate'
check 'the picture shows where it is lost' says '^picture: .*eth1: EC2 drops it' '^red: [1-9]'
check 'what is not broken is in order' says '^in order: eth0 '
has_red() { [ "$(red eni-routes)" -gt 2 ]; }
check 'the picture of status has red as well' has_red
broken=$scratch/broken.html
cp "$page" "$broken"

host sh -c 'cp /etc/eni-routes/config.yaml /run/config.yaml && echo "check: {accept: [rule-missing]}" >>/etc/eni-routes/config.yaml'
check 'accepted: no red, and it is not hidden' says "^verdict: ok $in_order, but for 1 that is accepted" \
    '^finding: accepted eth1 ' '^picture: .*eth1: EC2 drops it.*lost, and accepted' '^red: 0$'
host mv /run/config.yaml /etc/eni-routes/config.yaml
regenerate >"$seen"

host sh -c 'eni-routes facts >/run/facts.json'
check 'recorded facts: the same verdict' prints "^verdict: ok $in_order" report --facts /run/facts.json
check 'and that the journal is not here' grep -q 'These facts were recorded' "$page"

# ---- The journal ------------------------------------------------------------------------------------

check 'without a journal it says why' says '^details: Journal'
check 'in words' grep -q 'The journal has no line of eni-routes, or this user may not read it' "$page"
# shellcheck disable=SC2016
host sh -c 'mkdir -p /usr/local/bin && cat >/usr/local/bin/journalctl && chmod 755 /usr/local/bin/journalctl' <<'END'
#!/bin/sh
echo "$*" >/run/asked
printf '2026-03-01T12:00:00+0000 host eni-routes[7]: <b>eth1</b>: \033[31m3 rules added\n'
END
check 'its last lines are in the page, as text' says '^details: Journal'
check 'escaped' grep -qF '&lt;b&gt;eth1&lt;/b&gt;: \x1b[31m3 rules added' "$page"
check 'of eni-routes alone' prints '--lines=50 .*SYSLOG_IDENTIFIER=eni-routes' host cat /run/asked
host rm /usr/local/bin/journalctl
program=$(host sh -c 'command -v eni-routes')
without_journalctl() { host env PATH=/nowhere "$program" report - | grep 'There is no journalctl on this host'; }
check 'where there is no journalctl it says so' without_journalctl

# ---- Other faults -----------------------------------------------------------------------------------

vpc nm stop
host ip link set eth1 down
check 'a link is down: the request ends there' says '^verdict: broken ' '^picture: .*link down' '^red: [1-9]'
host ip link set eth1 up
vpc nm start
up eth1 >"$seen"
vpc settle
check 'and is up again: nothing in red' eventually says '^red: 0$'

# ---- In a browser -----------------------------------------------------------------------------------

# browse ARGUMENT...: a real browser, in a network namespace without a link.
browse() {
    unshare --net timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$scratch/profile" "$@" >"$seen.browser" 2>"$seen.log" || { cat "$seen.browser" "$seen.log" && return 1; }
}

pixels() { /usr/bin/python3 -I "$source_dir/tests/count_pixels.py" "$@"; }

# paper HTML: printed, in $scratch/paper.txt and as images.
paper() {
    rm -f "$scratch"/paper*
    browse --print-to-pdf="$scratch/paper.pdf" "file://$1" && pdftotext -layout "$scratch/paper.pdf" "$scratch/paper.txt" &&
        pdftoppm -r 96 "$scratch/paper.pdf" "$scratch/paper"
}
# printed HTML WORD...: on paper there is each, whatever is folded.
printed() {
    local word
    paper "$1" || return 1
    shift
    for word in "$@"; do
        grep -q -- "$word" "$scratch/paper.txt" || { echo "not seen: $word" && cat "$scratch/paper.txt" && return 1; }
    done
}
# screen HTML light|dark: $scratch/screen.png
screen() {
    browse --blink-settings=preferredColorScheme="$([ "$2" = dark ] && echo 0 || echo 1)" --window-size=1280,1000 \
        --screenshot="$scratch/screen.png" "file://$1"
}
# overflow WIDTH HTML: by how many pixels the page is wider than a window of that width.
overflow() {
    cat >"$scratch/frame.html" <<END
<iframe style="border:0;width:$1px;height:900px" src="file://$2"></iframe><p id="p"></p><script>
onload = () => { const page = document.querySelector('iframe').contentDocument.documentElement;
                 document.getElementById('p').textContent = 'overflow ' + (page.scrollWidth - page.clientWidth); };
</script>
END
    browse --allow-file-access-from-files --dump-dom "file://$scratch/frame.html" && grep -o 'overflow [0-9][0-9]*' "$seen.browser"
}

says '^red: 0$' >"$seen"
check 'on paper: all that is folded is to be read' printed "$page" "$in_order" '10.0.2.37' 'table eth1' 'eni-routes regenerate\|hook' \
    "$(uname -r)"
check 'nothing in red' same 0 eval "pixels cf222e $scratch/paper*.ppm"
check 'broken, on paper' printed "$broken" '1 broken' '198.51.100.11 = 10.0.2.37' 'eni-routes regenerate' 'EC2 drops it'
red_on_paper() { [ "$(pixels cf222e "$scratch"/paper*.ppm)" -gt 500 ]; }
check 'in red' red_on_paper
for width in 1280 420 320; do
    check "$width pixels wide: nothing overflows" same 'overflow 0' overflow "$width" "$broken"
done
is_wide() { overflow 200 "$1" | grep 'overflow [1-9]'; }
sed 's|<h1|<p style="width:900px">wide</p>&|' "$broken" >"$scratch/wide.html"
check 'what overflowed would be noticed' is_wide "$scratch/wide.html"
# shades PAGE RED: of a screenshot's pixels more than half are the page's, and some are of that red
shades() { [ "$(pixels "$1" "$scratch/screen.png")" -gt 640000 ] && [ "$(pixels "$2" "$scratch/screen.png")" -gt 500 ]; }
screen "$broken" light
check 'light' shades ffffff cf222e
screen "$broken" dark
check 'dark' shades 0d1117 ff7b72

# fetched HTML: what made the browser ask for something beside itself. (Its own questions to its maker carry a key.)
fetched() {
    browse --print-to-pdf="$scratch/fetched.pdf" --log-net-log="$scratch/net.json" "file://$1" || return 1
    grep -o '"url":"[^"]*"' "$scratch/net.json" | sort -u | grep -v -e 'cup2key=' -e "\"file://$1\""
}
check 'nothing is fetched' fails fetched "$broken"
# The same page with a picture from elsewhere, and with nothing to forbid it: the log tells.
sed -e '/Content-Security-Policy/d' -e 's|<h1|<img src="http://192.0.2.1/x.png" />&|' "$broken" >"$scratch/fetching.html"
would_be_noticed() { fetched "$scratch/fetching.html" | grep 192.0.2.1; }
check 'what was fetched would be noticed' would_be_noticed
done_testing
