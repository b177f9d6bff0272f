#!/bin/bash
# The house: each room of src/ knows the rooms and libraries that src/meson.build gives it, and no others. Tried with the
# compiler, in both directions, so that the law is neither broken nor blind; and what a compiler does not see is read.
# usage: rooms_test.sh BUILDDIR
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
build=$(readlink -f "$1")
cd "$source_dir" || exit 1

# knows ROOM: the rooms that src/meson.build lets it include from, a line each.
knows() {
    sed -n "/^  {'name': '$1'/,/'sources'/s/.*'knows': \[\([^]]*\)\].*/\1/p" src/meson.build |
        tr -d "' " | tr , '\n' | grep .
}
rooms() { sed -n "s/^  {'name': '\([a-z0-9]*\)'.*/\1/p" src/meson.build; }
header_of() { find "src/$1" -maxdepth 1 -name '*.hpp' -printf '%f\n' | sort | head -n 1; }

check 'there are rooms' test "$(rooms | wc -l)" -ge 10
check 'each folder of src/ is one of them' differ "$(find src -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)" "$(rooms | sort)"
only_meson() { ! find src -maxdepth 1 -type f ! -name meson.build | grep .; }
check 'and nothing lies beside them' only_meson

# finds ROOM HEADER: whether a source of that room can include it, by the flags that it is compiled with.
finds() {
    local command
    command=$(sed -n "s/^ *\"command\": \"\(.*-c [^ ]*src\/$1\/[^/ ]*\.cpp\)\",$/\1/p" "$build/compile_commands.json" |
        grep "src/lib$1\.a\.p" | head -n 1 | sed 's/ -M[QF] [^ ]*//g; s/ -MD//; s/ -o [^ ]* -c [^ ]*$//')
    [ -n "$command" ] || return 2
    # shellcheck disable=SC2086  # words
    (cd "$build" && echo "#include \"$2\"" | $command -E -x c++ - >/dev/null 2>&1)
}
for room in $(rooms); do
    allowed=" $room $(knows "$room" | tr '\n' ' ')"
    as_allowed() {
        local other wrong=0
        for other in $(rooms); do
            if finds "$room" "$(header_of "$other")"; then is=yes; else is=no; fi
            case $allowed in *" $other "*) may=yes ;; *) may=no ;; esac
            [ "$is" = "$may" ] || { wrong=1; echo "$room includes from $other: $is; it may: $may"; }
        done
        return "$wrong"
    }
    check "$room finds the headers of the rooms that it knows, and no others" as_allowed
done
downwards() {
    local room other seen=' ' wrong=0
    for room in $(rooms); do
        for other in $(knows "$room"); do
            case $seen in *" $other "*) ;; *) wrong=1; echo "$room knows $other, which comes after it" ;; esac
        done
        seen="$seen$room "
    done
    return "$wrong"
}
check 'and knows only rooms that come before it' downwards

# What ARCHITECTURE.md says of each room: "room: knows; libraries", as src/meson.build does.
documented() {
    sed -n 's/^| `\([a-z0-9]*\)` | .* | \([^|]*\) | \([^|]*\) |$/\1: \2; \3/p' ARCHITECTURE.md |
        sed 's/: all;/: '"$(rooms | grep -vx programs | paste -sd, | sed 's/,/, /g')"';/'
}
built() {
    local room
    for room in $(rooms); do
        printf '%s: %s; %s\n' "$room" "$(knows "$room" | list)" \
            "$(sed -n "/^  {'name': '$room'/,/'sources'/s/.*'libraries': \[\([^]]*\)\].*/\1/p" src/meson.build | tr , '\n' | tr -d ' ' | list)"
    done
}
list() { paste -sd, | sed 's/,/, /g; s/^$/-/'; }
check 'ARCHITECTURE.md has the same rooms, which know the same' differ "$(built)" "$(documented)"
pictured() { sed -n '/^    outside/,/^Read in/p' ARCHITECTURE.md | grep -oE "\b($(rooms | paste -sd'|'))\b" | sort -u; }
check 'and all of them in its picture' differ "$(rooms | sort)" "$(pictured)"

sources() { find "$@" -name '*.?pp'; }
bare() { ! grep -nE '^ *# *include "[^"]*/' -r src; }
check 'no include leads through a folder' bare
unique() { ! find src -name '*.hpp' -printf '%f\n' | sort | uniq -d | grep .; }
check 'no two headers have one name' unique

# Two of one name would be one to the linker, which takes either's destructor.
one_type() { ! grep -hoE '^(struct|class) [A-Za-z]+ [{:]' -r src --include='*.hpp' | cut -d' ' -f2 | sort | uniq -d | grep .; }
check 'no two types have one name' one_type

# foreign ROOM: the headers that it includes of libraries which are not the C library's, C++'s or the kernel's.
foreign() {
    sources "src/$1" | xargs sed -n 's/^ *# *include <\([^>]*\)>.*/\1/p' | sort -u |
        grep -vE '^([a-z_0-9]+|(linux|sys|net|netinet|netpacket|arpa)/.*|(poll|signal|spawn|ifaddrs|unistd|fcntl|dirent|fnmatch|malloc|limits|stdlib|strings?|endian|errno|syslog)\.h)$'
}
# libraries ROOM: what of them stands behind its name in the list below; the pure rooms have none.
libraries() {
    case $1 in
        kernel | netfilter) echo '^netlink/' ;;
        files) echo '^(glib|glib-object|gio/gio|yaml-cpp/.*)(\.h)?$' ;;
        nm) echo '^(glib|NetworkManager)\.h$' ;;
        ec2) echo '^curl/curl\.h$' ;;
        host) echo '^(glib|gio/gio)\.h$|^nlohmann/json\.hpp$' ;;
        show) echo '^glib\.h$|^nlohmann/json\.hpp$' ;;
        programs) echo '^glib\.h$' ;;
        *) echo '^$' ;;
    esac
}
for room in $(rooms); do
    allowed_libraries() { ! foreign "$room" | grep -vE "$(libraries "$room")"; }
    check "$room includes its own libraries' headers alone" allowed_libraries
done
check 'and the libraries are found at all' test "$(for room in $(rooms); do foreign "$room"; done | wc -l)" -ge 8
# What is printed past print() and log_message() could hold what commands a terminal.
printing() { ! grep -rnE '\b(f?puts|v?f?printf|putchar|fwrite|cout|cerr)\b *(\(.*stdout|\(|<<)' src --include='*.cpp' | grep -vE '^src/show/(terminal|log)\.cpp:|^src/files/[a-z_]*\.cpp:'; }
check 'text is printed in one place' printing
long_files() { ! sources src | xargs wc -l | awk '$2 != "total" && $1 > 450' | grep .; }
check 'no file of src/ has more than 450 lines' long_files
# A function begins at the left margin, and so does the brace that ends it.
long_functions() {
    ! sources src | xargs awk 'FNR == 1 { start = 0 }
        /^[A-Za-z].*[{]$/ && !/^(namespace|struct|class|enum|constexpr|inline const)/ { start = FNR; name = $0 }
        /^[}]/ && start { if (FNR - start >= 50) print FILENAME ":" start ": " FNR - start + 1 " lines: " name; start = 0 }' |
        grep .
}
check 'and no function more than 50' long_functions
done_testing
