// See marking_text.hpp. A connection gets the mark of the interface that it came in by; what comes
// back from inside gets it from the connection, before it is routed.
#include "marking_text.hpp"

#include "format.hpp"
#include "text.hpp"

namespace eni {

namespace {

// ---- nft ----------------------------------------------------------------------------------------

/// Sets our bits and leaves the others: "ct mark set ct mark & 0xffffff80 | 0x2".
std::string set_words(const std::string& what, std::uint32_t mark, std::uint32_t mask) {
    return what + " set " + what + " & " + hex(~mask) + " | " + hex(mark);
}

std::string is_words(const std::string& what, std::uint32_t mark, std::uint32_t mask) {
    return what + " & " + hex(mask) + " == " + hex(mark);
}

/// From a managed interface only the first thing is of interest, the mark of a connection.
std::string prerouting_rules(const Marking& marking) {
    std::string text;
    const std::uint32_t mask = marking.mask;
    for (const auto& [ifname, mark, is_on_requests] : marking.interfaces)
        text += "    iifname \"" + ifname + "\" ct direction original " +
                is_words("ct mark", 0, mask) + " " + set_words("ct mark", mark, mask) +
                " accept\n    iifname \"" + ifname + "\" accept\n";
    text += "    ct direction original accept\n";
    for (const auto& [ifname, mark, is_on_requests] : marking.interfaces)
        text += "    " + is_words("ct mark", mark, mask) + " " +
                set_words("meta mark", mark, mask) + " accept\n";
    return text;
}

/// What is translated: rp_filter looks for the way back from the new destination.
std::string request_rules(const Marking& marking, Family family) {
    std::string text;
    for (const InterfaceMark& own : marking.interfaces)
        if (own.marks_requests(family))
            text += "    iifname \"" + own.ifname + "\" ct direction original ct status dnat " +
                    is_words("ct mark", own.mark, marking.mask) + " " +
                    set_words("meta mark", own.mark, marking.mask) + "\n";
    return text;
}

/// Once it is routed the mark has done its part. A tunnel (VXLAN, Geneve) would look its own
/// packet's way up by it.
std::string forward_rules(const Marking& marking) {
    return "    ct direction original meta mark & " + hex(marking.mask) + " != 0x0 meta mark set " +
           "meta mark & " + hex(~marking.mask) + "\n";
}

/// This host itself answers what was translated to an address of its own.
std::string output_rules(const Marking& marking) {
    std::string text;
    for (const auto& [ifname, mark, is_on_requests] : marking.interfaces)
        text += "    ct direction reply ct status dnat " + is_words("ct mark", mark, marking.mask) +
                " " + set_words("meta mark", mark, marking.mask) + "\n";
    return text;
}

/// Conntrack is at -200 and before all of ours, destinations are translated at -100, by firewalld
/// at -90: requests are marked after these.
std::string nft_table(const Marking& marking, Family family) {
    const auto chain = [](const char* name, const char* hook, const std::string& rules) {
        return std::string("  chain ") + name + " {\n    " + hook + "; policy accept;\n" + rules +
               "  }\n";
    };
    std::string text =
        std::string("table ") + (family == Family::v4 ? "ip " : "ip6 ") + kNftTable + " {\n" +
        chain("prerouting", "type filter hook prerouting priority -150", prerouting_rules(marking));
    const std::string requests = request_rules(marking, family);
    if (!requests.empty())
        text += chain("requests", "type filter hook prerouting priority -10", requests) +
                chain("forward", "type filter hook forward priority -150", forward_rules(marking));
    return text + chain("output", "type route hook output priority -150", output_rules(marking)) +
           "}\n";
}

// ---- iptables -----------------------------------------------------------------------------------

/// Table mangle is asked before the translation: of new connections it is not known whether they
/// will be translated, so that the first packet of each that comes in is marked. One that carries
/// another program's mark, which may be compared as a whole, is left alone.
std::string in_rules(const Marking& marking, Family family) {
    const std::string begin = std::string("-A ") + kInChain + " ";
    const std::string none = format_mark(0, marking.mask);
    std::string text;
    for (const InterfaceMark& own : marking.interfaces) {
        const std::string value = format_mark(own.mark, marking.mask);
        const std::string from = begin + "-i " + own.ifname + " ";
        text += from + "-m conntrack --ctdir ORIGINAL -m connmark --mark " + none +
                " -j CONNMARK --set-xmark " + value + "\n";
        if (own.marks_requests(family))
            text += from + "-m conntrack --ctstate NEW,DNAT --ctdir ORIGINAL -m connmark --mark " +
                    value + " -m mark --mark 0x0 -j MARK --set-xmark " + value + "\n";
        text += from + "-j RETURN\n";
    }
    return text + begin + "-m conntrack --ctdir REPLY -m connmark ! --mark " + none +
           " -j CONNMARK --restore-mark --nfmask " + hex(marking.mask) + " --ctmask " +
           hex(marking.mask) + "\n";
}

std::string out_rules(const Marking& marking) {
    return std::string("-A ") + kOutChain +
           " -m conntrack --ctstate DNAT --ctdir REPLY -m connmark ! --mark " +
           format_mark(0, marking.mask) + " -j CONNMARK --restore-mark --nfmask " +
           hex(marking.mask) + " --ctmask " + hex(marking.mask) + "\n";
}

std::string declaration(const char* chain) {
    return std::string(":") + chain + " - [0:0]\n";  // with --noflush it empties this chain alone
}

std::string jump(const char* verb, const char* from, const char* to) {
    return std::string(verb) + " " + from + " -j " + to + "\n";
}

}  // namespace

std::string nft_removal() {
    std::string text;
    for (const char* family : {"ip ", "ip6 "})  // what is not there cannot be deleted
        for (const char* verb : {"add", "delete"})
            text += std::string(verb) + " table " + family + kNftTable + "\n";
    return text;
}

std::string nft_text(const Marking& marking) {
    std::string text = nft_removal();
    for (const Family family : kFamilies) text += nft_table(marking, family);
    return text;
}

std::string iptables_text(const Marking& marking, Family family, const ChainsThere& there) {
    std::string text = std::string("*mangle\n") + declaration(kInChain) + declaration(kOutChain);
    if (there.jumps_to_in == 0) text += jump("-A", "PREROUTING", kInChain);
    if (there.jumps_to_out == 0) text += jump("-A", "OUTPUT", kOutChain);
    return text + in_rules(marking, family) + out_rules(marking) + "COMMIT\n";
}

std::string iptables_removal(const ChainsThere& there) {
    std::string text;
    for (std::size_t i = 0; i < there.jumps_to_in; ++i) text += jump("-D", "PREROUTING", kInChain);
    for (std::size_t i = 0; i < there.jumps_to_out; ++i) text += jump("-D", "OUTPUT", kOutChain);
    for (const auto& [is_there, chain] :
         {std::pair(there.has_in, kInChain), std::pair(there.has_out, kOutChain)})
        if (is_there) text += std::string("-F ") + chain + "\n" + "-X " + chain + "\n";
    return text.empty() ? "" : "*mangle\n" + text + "COMMIT\n";
}

}  // namespace eni
