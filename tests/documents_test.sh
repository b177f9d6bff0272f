#!/bin/bash
# The documents against the program: README.md, the manuals, the completion and the shipped configuration name the commands,
# options, keys and codes of findings that there are, all of them, and no others. What there is, is what the program prints, or
# for codes what its source has; no list of it is kept here. README.zh-CN.md is held to README.md, links to what they lead to,
# and the wording to a list of words that readers from elsewhere do not know.
# usage: documents_test.sh ENI-ROUTES
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
program=$(readlink -f "$1")
cd "$source_dir" || exit 1
readme=README.md
chinese=README.zh-CN.md # a translation of it
man8=man/eni-routes.8
man5=man/eni-routes.yaml.5

# ---- Commands and options ----------------------------------------------------------------------

commands() { "$program" --help | sed -n '/^  --version/q; s/^  \([a-z][a-z-]*\) .*/\1/p'; }
# options_of COMMAND: its long ones, one a line.
options_of() { "$program" "$1" --help | grep -oE '^  (-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+'; }

# Its sections are the commands; what stands in OPTIONS is every command's.
man_sections() { sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/s/^\.SS \([a-z-]*\).*/\1/p' "$man8"; }
man_options() {
    {
        sed -n "/^\.SS $1\( .*\)\?\$/,/^\.S[SH] /p" "$man8" | sed '$d'
        sed -n '/^\.SH OPTIONS/,/^Without a command/p' "$man8"
    } | sed 's/\\-/-/g' |
        awk 'before == ".TP" { if (match($0, /--[a-z-]+/)) print substr($0, RSTART, RLENGTH) } { before = $0 }'
}

# code FILE: what is set as code, a piece a line: indented lines, and what is between back quotes.
code() { awk -F'`' '/^    / { print; next } { for (i = 2; i <= NF; i += 2) print $i }' "$1"; }

# as_typed FILE: for each "eni-routes COMMAND ... --option" a line with both, an option a line.
as_typed() {
    code "$1" | sed -n 's/^ *\([#$] \|sudo \|tools\/vpc host \)*eni-routes \([a-z][a-z|-]*\) *\(.*\)/\2 \3/p' |
        while read -r words rest; do
            for word in ${words//|/ }; do
                grep -oE -- '--[a-z][a-z-]*' <<<"$rest" | sed "s/^/$word /" || echo "$word"
            done
        done
}

known() {
    local command
    echo help
    for command in $(commands); do
        echo "$command"
        options_of "$command" | sed "s/^/$command /"
    done
}

check 'the program has commands' test "$(commands | wc -l)" -ge 9
known=$(known)
check 'the manual has a section for each command' differ "$(commands)" "$(man_sections)"
for command in $(commands); do
    check "the manual has the options of $command" \
        differ "$(options_of "$command" | sort)" "$(man_options "$command" | sort)"
done

documented_in_readme() { commands | grep -vx event | all_in "$(as_typed "$readme" | cut -d' ' -f1)"; }
check "README has each command, but for the hook's" documented_in_readme
for document in "$readme" "$chinese" ARCHITECTURE.md CONTRIBUTING.md SECURITY.md docs/*.md; do
    typed() { as_typed "$document" | all_in "$known"; }
    check "$document names only commands and options that there are" typed
done
loose_options() { code "$readme" | grep -oE '^--[a-z-]+' | all_in "$(cut -s -d' ' -f2 <<<"$known")"; }
check 'README names an option by itself only where there is one' loose_options

# ---- The completion ----------------------------------------------------------------------------

# complete_words WORD...: what is offered for the last one.
complete_words() {
    bash -c 'complete() { :; }; . data/bash-completion/eni-routes
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _eni_routes; printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort
}
same_commands() { differ "$({ commands && printf '%s\n' help --help --version; } | sort)" "$(complete_words eni-routes '')"; }
check 'the completion has each command' same_commands
for command in $(commands); do
    check "the completion has the options of $command" \
        differ "$(options_of "$command" | sort)" "$(complete_words eni-routes "$command" --)"
done
check 'it completes commands after help' differ "$(commands | sort)" "$(complete_words eni-routes help '')"
interfaces=$(basename -a /sys/class/net/* | sort)
check 'it completes interfaces' differ "$interfaces" "$(complete_words eni-routes regenerate '')"
check 'and after --in' differ "$interfaces" "$(complete_words eni-routes explain --in '')"
check 'files, after --facts=' differ meson.build "$(complete_words eni-routes check --facts = meson.b)"
check 'and directories' differ rpm "$(complete_words eni-routes status --root rp)"
check 'it sets nothing and prints nothing when it is read' differ '' \
    "$(bash -c 'before=$(compgen -v | sort); . data/bash-completion/eni-routes
        comm -13 <(echo "$before") <(compgen -v | grep -Ev "^(before|PIPESTATUS|_|BASH_.*)$" | sort)' 2>&1)"

# ---- Keys --------------------------------------------------------------------------------------

# keys_below YAML: the program names the keys that it knows where one is asked for that there is not; %s is its place.
keys_below() {
    # shellcheck disable=SC2059  # the place is in it
    printf "$1\n" 'qqqqqqqqqqqqqqqq: 1' >"$scratch/config.yaml"
    "$program" regenerate --dry-run --config "$scratch/config.yaml" --facts tests/cases/example/facts.json 2>&1 |
        sed -n 's/.*known here are //p' | sed 's/,\? and /\n/; s/, /\n/g'
}
# keys: "table_base", "interfaces: include", "interface: IFACE: gateway".
keys() {
    local key below
    for key in $(keys_below '%s'); do
        below=$(keys_below "$key: {%s}" | sed "s/^/$key: /")
        [ "$key" != interface ] || below=$(keys_below "$key: {eth9: {%s}}" | sed "s/^/$key: IFACE: /")
        echo "${below:-$key}"
    done | sort
}

# A key that takes a word or a mapping is documented by what the mapping may hold.
without_mappings() { sort -u | awk '{ line[NR] = $0; top = $0; if (sub(/: .*/, "", top)) is_mapping[top] }
    END { for (i = 1; i <= NR; i++) if (!(line[i] in is_mapping)) print line[i] }'; }
# Its keys are "key:", "  key:" and "    key:", each behind a # or not; "# word: ..." is a sentence.
shipped_keys() {
    sed -n 's/^#\?\(\(  \)*\)\([a-z][a-z0-9_]*\):\( .*\)\?$/\1\3/p' data/config.yaml | awk '
        /^    / { print top ": IFACE: " $1; next }
        /^  / { if (top != "interface") print top ": " $1; next }
        { top = $1; print }' | without_mappings
}
man_keys() {
    sed -n '/^\.SH KEYS/,/^\.SH EXAMPLES/p' "$man5" |
        awk 'before == ".TP" { sub(/^\.B /, ""); print } { before = $0 }' | without_mappings
}
# | `interface: {eth1: {gateway, table}}` | ... |, and the names in the first sentence behind that table: the rarer ones.
readme_keys() {
    awk -F'`' '
        /^\| `[a-z]/ { print $2; after = 1; next }
        after && /^[^|]/ { sub(/(\. |。).*/, ""); n = split($0, part); for (i = 2; i <= n; i += 2) print part[i]; exit }' "$1" |
        awk '{ top = $1; sub(/:$/, "", top) }
            match($0, /\{[^{}]*\}/) {
                n = split(substr($0, RSTART + 1, RLENGTH - 2), name, /, */)
                for (i = 1; i <= n; i++) print top ": " (/\{.*\{/ ? "IFACE: " : "") name[i]
                next
            }
            { print top }' | without_mappings
}
keys=$(keys)
check 'the program names its keys' test "$(wc -l <<<"$keys")" -ge 15
check 'the shipped configuration has each key, and no other' differ "$keys" "$(shipped_keys)"
check 'so has the manual' differ "$keys" "$(man_keys)"
check 'so has README' differ "$keys" "$(readme_keys "$readme")"
check 'and its translation' differ "$keys" "$(readme_keys "$chinese")"
# Switched on, line by line, it is still right: the defaults in it are values that the program takes.
switched_on() {
    sed 's/^#\(\(  \)*[a-z][a-z0-9_]*:\)/\1/' data/config.yaml >"$scratch/config.yaml"
    "$program" regenerate --dry-run --config "$scratch/config.yaml" --facts tests/cases/example/facts.json
}
check 'and the shipped one is right with every line switched on' switched_on
# Each example in the manual is one that the program takes.
examples() {
    awk -v dir="$scratch" '/^\.SH EXAMPLES/ { on = 1 } /^\.fi/ { inside = 0 } on && inside { print > (dir "/example." n ".yaml") }
        /^\.nf/ { inside = 1; n++ }' "$man5"
    local example
    for example in "$scratch"/example.*.yaml; do
        "$program" regenerate --dry-run --config "$example" --facts tests/cases/example/facts.json || return
    done
}
check 'so are the examples in the manual' examples

# ---- Codes of findings -------------------------------------------------------------------------

codes() { sed -n 's/^    "\([a-z0-9-]*\)",$/\1/p' src/model/finding_codes.hpp; }
# statements FILE...: one a line.
statements() { cat "$@" | tr '\n' ' ' | tr ';' '\n'; }
words_like_codes() { grep -oE '"[a-z]+(-[a-z0-9]+)+"' | tr -d '"'; }
# What `check` says: each such word of its source, but for names of programs, which is the first that is said of a tool; and
# what it takes from the plan, that is each warning and the note of which the code has a name.
said_codes() {
    sed 's/{"[a-z0-9-]*", Grade::/{/' src/check/*.cpp | words_like_codes | grep -v '^eni-routes'
    statements src/plan/*.cpp | grep -E '\bwarn\(|Severity::warning' | words_like_codes
    sed -n 's/.*\<kOutgoingChanged = "\(.*\)";/\1/p' src/model/model.hpp
}
# .BR gateway\-silent " (broken, else warning)"
man_findings() { sed -n '/^\.SH FINDINGS/,/^\.SH RULES/p' "$man8" | awk 'before == ".TP" { print } { before = $0 }'; }
man_codes() { man_findings | sed 's/\\-/-/g; s/^\.BR \([a-z0-9-]*\) .*/\1/'; }
# It is "note", or "warning"; broken, else one of them; or, where the text says which, one or the other.
without_grade() { man_findings | grep -vE '" \((note|warning|broken, else (note|warning)|broken, or warning|warning, or note)\)"$'; }
check 'there are codes of findings' test "$(codes | wc -l)" -ge 50
check 'they are sorted, each of them once' env LC_ALL=C sort -cu <(codes)
check 'check and the plan say each of them, and no other' differ "$(codes)" "$(said_codes | LC_ALL=C sort -u)"
check 'the manual has each, and no other' differ "$(codes)" "$(man_codes)"
check 'with its grade' fails without_grade

# ---- The manuals' form -------------------------------------------------------------------------

# A package's build has no mandoc; every developer's machine has (tools/packages).
if command -v mandoc >/dev/null; then
    for manual in "$man8" "$man5"; do
        check "mandoc finds nothing in $manual" mandoc -Tlint -Wwarning "$manual"
    done
fi

# ---- README and its translation ----------------------------------------------------------------

# headings FILE: their levels; tables FILE: how many columns each row has.
headings() { grep -oE '^#+ ' "$1"; }
tables() { sed -n '/^|/p' "$1" | awk -F'[|]' '{ print NF - 2 }'; }
# pieces FILE: what is set as code within a sentence; targets FILE: where its links lead, but for headings and languages.
pieces() { sed '/^    /d' "$1" | awk -F'`' '{ for (i = 2; i <= NF; i += 2) print $i }' | LC_ALL=C sort; }
targets() { grep -oE '\]\([^)]+\)' "$1" | sed 's/^](//; s/)$//; s/#.*//' | grep -v '^README' | LC_ALL=C sort; }
items() { grep -cE '^([0-9]+\.|-) ' "$1"; }
manuals() { grep -oE '[a-z.-]+\([58]\)' "$1" | LC_ALL=C sort; }

# Code is the same, but for what is said beside it: from two blanks on before the first character that is not ASCII.
same_code() {
    LC_ALL=C awk '
        function options(line, all) {
            while (match(line, /--[a-z][a-z-]*/)) { all = all substr(line, RSTART, RLENGTH) " "; line = substr(line, RSTART + RLENGTH) }
            return all
        }
        !/^    / { next }
        NR == FNR { original[++n] = $0; next }
        {
            i++
            start = $0
            if (match($0, /[\200-\377]/)) { start = substr($0, 1, RSTART - 1); sub(/  +[^ ]*( [^ ]+)* ?$/, "  ", start) }
            if (start != $0 ? index(original[i], start) != 1 || options($0) != options(original[i]) : $0 != original[i]) {
                print "not: " $0; print "but: " original[i]; wrong = 1
            }
        }
        END { if (i != n) print "lines of code: " i ", not " n; exit wrong || i != n }' "$readme" "$chinese"
}

for document in "$readme" "$chinese"; do
    check "$document has 200 lines at most" test "$(wc -l <"$document")" -le 200
done
for what in headings items tables pieces targets manuals; do
    check "its translation has the same $what" differ "$("$what" "$readme")" "$("$what" "$chinese")"
done
check 'and the same code, line by line' same_code

# ---- Links -------------------------------------------------------------------------------------

# anchors FILE: its headings as GitHub writes them in links: small letters, no punctuation, Chinese neither.
anchors() {
    sed -nE 's/^#+ //p' "$1" | sed 's/？//g; s/，//g; s/。//g; s/、//g; s/：//g; s/（//g; s/）//g; s/“//g; s/”//g' |
        sed "s/[][\`'\"(),.:;?!/&*]//g; s/ /-/g" | tr '[:upper:]' '[:lower:]'
}
links() {
    local file link target lost=0
    for file in *.md docs/*.md; do
        while read -r link; do
            target=$file
            [ "${link%%#*}" = '' ] || target=$(dirname "$file")/${link%%#*}
            if [ ! -e "$target" ] || { [[ $link == *'#'* ]] && ! anchors "$target" | grep -qxF -- "${link#*#}"; }; then
                lost=1
                echo "$file: $link"
            fi
        done < <(grep -oE '\]\([^):]+\)' "$file" | sed 's/^](//; s/)$//')
    done
    return "$lost"
}
check 'every link between the documents leads to a file and a heading' links
every_page() {
    local page lost=0
    for page in docs/*.md; do
        [ "$page" = docs/README.md ] || grep -qF "](${page#docs/})" docs/README.md || { lost=1; echo "$page"; }
    done
    return "$lost"
}
check 'docs/README.md lists every page' every_page

# ---- The recording of the demo -----------------------------------------------------------------

# What was typed in it, and what its two pings and checks had: written by tools/demo --record.
recorded() { sed -n 's/<[^>]*>//g; s/&gt;/>/g; s/&lt;/</g; s/&amp;/\&/g; p' docs/demo.svg; }
typed_in_demo() { recorded | sed -n 's/^host# \([^ ]*\/\)\{0,1\}eni-routes \([a-z]*\).*/\2/p' | sort -u | paste -sd ' '; }
check 'the recording of the demo has the commands that it shows' differ 'check explain regenerate report' "$(typed_in_demo)"
check 'each of which there is' all_in "$(commands)" < <(typed_in_demo | tr ' ' '\n')
check 'in it the second Elastic IP is lost, and then it answers' differ 'LOST answered' \
    "$(recorded | sed -n 's/^198.51.100.11  *eth1 .* \(LOST\|answered\).*/\1/p' | paste -sd ' ')"
check 'and so check finds first' differ 'BROKEN ok' \
    "$(recorded | sed -n 's/^eth1  *10.0.2.37 .*  \(BROKEN\|ok\).*/\1/p' | paste -sd ' ')"
for document in "$readme" "$chinese" docs/README.md; do
    check "$document links to it" grep -q 'demo\.svg)' "$document"
done
well_formed() { /usr/bin/python3 -Ic 'import sys, xml.etree.ElementTree as etree; etree.parse(sys.argv[1])' "$1"; }
# The pictures of README: what is lost is in red, and on a telephone letters of 12 pixels shrink to 9 at most.
check 'broken.svg has what is lost in red' grep -q 'class="lost cross"' docs/broken.svg
check 'repaired.svg has nothing in red' fails grep 'class="[a-z ]*lost' docs/repaired.svg
for picture in docs/broken.svg docs/repaired.svg; do
    check "$picture is narrow" test "$(sed -n '1s/.*viewBox="0 0 \([0-9]*\) .*/\1/p' "$picture")" -lt 460
    check "$picture has colours for a dark page" grep -q 'prefers-color-scheme: dark' "$picture"
done
if [ -x /usr/bin/python3 ]; then # a package's build need not have it
    for picture in docs/*.svg; do check "$picture is well-formed" well_formed "$picture"; done
    check 'docs/performance.md has the figures that were measured' \
        /usr/bin/python3 -I tools/bench.d/document.py tools/bench.d/figures.json docs/performance.md --check
fi

# ---- Words ---------------------------------------------------------------------------------------

# What readers from elsewhere stumble over, and what makes a person of a program. (To look up a route, traffic that looks in
# main, and to handle something are no such words.)
house_words="\b(a|the next|the last|another|each) look\b|\blook(s|ed|ing)? at\b|\bla(y|ys|id|ying)( [a-z]+)? down\b|\
\bput(s|ting)?( [a-z]+)? right\b|\b(some|no|any|every)body\b|\b(he|him|his|himself)\b|\bsteps? (back|aside)\b|\
\bstands? aside\b|\b(say|says|said|saying|tell|tells|told|hear|hears|heard|believes?|believed|thinks?|speaks?)\b"
# prose FILE: one line for each line, without what is code: that may be a message.
prose() {
    case $1 in
        *.md) sed 's/^    .*//; s/`[^`]*`/X/g' "$1" ;;
        *) sed '/^\.nf/,/^\.fi/s/.*//; s/^\.[A-Z]* //; s/^\.\\".*//; s/\\f[BIRP]//g; s/\\-/-/g; s/"//g' "$1" ;;
    esac
}
# without_house_words FILE...: prints where one is.
without_house_words() {
    local file
    differ '' "$(for file; do prose "$file" | grep -niE "$house_words" | sed "s|^|$file:|"; done)"
}
check 'the documents have none of the words of the house' without_house_words "$readme" docs/*.md man/*
check 'nor has the shipped configuration' without_house_words data/config.yaml

# The same for what the program prints. Text that comes in pieces is read piece by piece.
messages_without_house_words() {
    local file
    differ '' "$(find src -name '*.[ch]pp' | sort | while read -r file; do
        grep -noE '"([^"\\]|\\.)*"' "$file" | grep ' ' | grep -iE "$house_words" | sed "s|^|$file:|"
    done)"
}
check 'the messages have none of them either' messages_without_house_words
done_testing
