#!/bin/bash
# Nothing younger than EL 7 is used: glib 2.54, NetworkManager 1.10, libnl 3.2.28, libcurl 7.29, yaml-cpp 0.5.1, the headers
# of a 3.10 kernel, and of C++17's library what devtoolset's gcc has there. Looked for in the objects and the sources, with
# the lists in tests/el7; each check is shown something that it must refuse as well, so that none passes by being blind.
# usage: el7_test.sh BUILDDIR
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
build=$(readlink -f "$1")
lists=$source_dir/tests/el7

# ---- glib and libnm: the compiler refuses, by the versions that meson.build gives it ---------------

# compiles PROGRAM: with the flags that nm_client.cpp is compiled with.
compiles() {
    local command
    command=$(sed -n '/gather_nm\.cpp"/s/^ *"command": "\(.*\)",$/\1/p' "$build/compile_commands.json" |
        sed 's/ -M[QF] [^ ]*//g; s/ -MD//; s/ -o [^ ]* -c [^ ]*$//')
    echo "$1" >"$scratch/program.cpp"
    # shellcheck disable=SC2086  # words
    (cd "$build" && $command -fsyntax-only "$scratch/program.cpp")
}
old='#include <NetworkManager.h>
int main() { return nm_client_get_devices(nullptr) != nullptr && g_strv_length(nullptr) != 0; }'
new_nm='#include <NetworkManager.h>
int main() { return nm_device_get_ports(nullptr) != nullptr; }'
new_glib='#include <glib.h>
int main() { return g_memdup2(nullptr, 1) != nullptr; }'
check 'what EL 7 has compiles' compiles "$old"
check 'what libnm has had since 1.34 does not' fails compiles "$new_nm"
check 'what glib has had since 2.68 does not' fails compiles "$new_glib"

# ---- libnl, yaml-cpp, C++: what the objects ask for ------------------------------------------------

objects() { find "$build/src" -name '*.o'; }
wanted() { objects | xargs nm -u "$@" 2>/dev/null | sed -n 's/^ *U //p' | sort -u; }
libnl_wanted() { sed -n 's/@.*//; /^_*\(nl\|nla\|nlmsg\|rtnl\|genl\)_/p'; }
in_list() { all_in "$(grep -v '^#' "$lists/$1")"; }

check 'there are objects' test "$(objects | wc -l)" -gt 30
nl_is_old() { wanted | libnl_wanted | in_list libnl-3.txt; }
check 'libnl: what 3.2.28 exports' nl_is_old
newer_nl() { printf '%s\n' nl_connect nl_strerror_l rtnl_rule_set_protocol | libnl_wanted | in_list libnl-3.txt; }
check 'libnl: what came later would be found' fails newer_nl
check 'libnl: that list is looked at' test "$(wanted | libnl_wanted | wc -l)" -gt 10

# yaml-cpp's tree overflows the stack on deep nesting in 0.5.1; std::filesystem, and numbers with a point from text, are
# in no libstdc++ that EL 7 or its devtoolset has.
refused='YAML::(Node|Load|detail::|NodeBuilder|convert)|std::filesystem|std::(from|to)_chars\([^)]*(float|double)'
nothing_refused() { ! grep -E "$refused"; }
objects_are_old() { wanted -C | nothing_refused; }
check "yaml-cpp's tree, std::filesystem, floating std::from_chars: none" objects_are_old
for sample in 'YAML::Node::Mark() const' 'YAML::LoadFile(std::string const&)' \
    'std::filesystem::__cxx11::path::_M_split_cmpts()' 'std::from_chars(char const*, char const*, double&, std::chars_format)'; do
    offered() { echo "$sample" | nothing_refused; }
    check "${sample%%(*} would be found" fails offered
done

# ---- libcurl: what the sources name -----------------------------------------------------------------

curl_words() { grep -ohE '\b(LIB)?CURL[A-Z]*_[A-Z0-9_]+\b|\bcurl_[a-z_]+ *\(' "$@" | tr -d ' (' | sort -u; }
sources_are_old() { { curl_words -r "$source_dir/src" || true; } | in_list libcurl.txt; }
check 'libcurl: what 7.29 knows' sources_are_old
echo 'curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");' >"$scratch/new.cpp"
newer_curl() { curl_words "$scratch/new.cpp" | in_list libcurl.txt; }
check 'libcurl: an option of 7.85 would be found' fails newer_curl

# ---- rtnetlink: what the sources name of the kernel's headers ---------------------------------------

kinds='FIB_RULE|FR_ACT|FRA|IFA|IFAPROT|IFLA|NDA|NETCONFA|NETLINK|NLM_F|NLMSG|NLMSGERR|NTF|NUD|RTA|RTAX|RTEXT|RTM|RTN|RTNH|RTNLGRP|RTPROT|RT_SCOPE|RT_TABLE'
kernel_words() { cat "$@" | sed 's,//.*,,' | grep -oE "\\b($kinds)_[A-Z0-9_]+\\b" | sort -u; }
numbers_are_old() { kernel_words "$source_dir"/src/*/*.?pp | in_list rtnetlink.txt; }
check "rtnetlink: what 3.10's headers have" numbers_are_old
for number in IFA_PROTO RTA_VIA FRA_SUPPRESS_PREFIXLEN RTM_F_LOOKUP_TABLE NLMSGERR_ATTR_MSG; do
    echo "put(message, $number, value);" >"$scratch/new.cpp"
    newer_number() { kernel_words "$scratch/new.cpp" | in_list rtnetlink.txt; }
    check "rtnetlink: $number would be found" fails newer_number
done
check 'rtnetlink: that list is looked at' test "$(kernel_words "$source_dir"/src/kernel/*.cpp | wc -l)" -gt 50
done_testing
