// See explain.hpp.
#include "explain.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cause.hpp"

namespace eni {

namespace {

std::string range_words(const NumberRange& range) {
    const std::string first = std::to_string(range.first);
    return range.first == range.last ? first : first + " to " + std::to_string(range.last);
}

/// What of it the packet does not match.
std::string mismatch_words(const Rule& rule, Mismatch mismatch) {
    switch (mismatch) {
        case Mismatch::none:
            return "";
        case Mismatch::no_source:
            return "no source is chosen yet";
        case Mismatch::source:
            return "it is not sent from " + rule.from->to_string();
        case Mismatch::destination:
            return "it does not go to " + rule.to->to_string();
        case Mismatch::incoming:
            return rule.iif == "lo" ? "this host does not send it"
                                    : "it does not come by " + rule.iif;
        case Mismatch::outgoing:
            return "it is not bound to " + rule.oif;
        case Mismatch::mark:
            return "it does not carry that mark";
        case Mismatch::tos:
            return "it does not carry that TOS";
        case Mismatch::protocol:
            return "it is for " + protocol_word(rule.ip_protocol);
        case Mismatch::source_port:
            return "it is for source ports " + range_words(*rule.sport);
        case Mismatch::destination_port:
            return "it is for destination ports " + range_words(*rule.dport);
        case Mismatch::user:
            return "it is for users " + range_words(*rule.users);
        case Mismatch::left_out:
            return "it is one of those that are left out";
    }
    return "";
}

std::string suppression_words(const Step& step) {
    return step.suppression == Suppression::prefix_length
               ? "its prefix is too short"
               : step.route->hops[0].ifname + " is in that group";
}

/// A local route to more than an address, or in another table, is named.
bool is_own_address(const Step& step) {
    return step.route == nullptr ||
           (step.is_local() && step.rule->table == kTableLocal && step.route->dst.is_host());
}

std::string step_words(const Step& step, const TableNames& names, const Paint& paint) {
    switch (step.result) {
        case StepResult::no_match:
            return paint.faint("no: " + mismatch_words(*step.rule, step.mismatch));
        case StepResult::unknown:
            return paint.yellow(
                "passed over: it has a selector or an action that eni-routes does not know");
        case StepResult::nothing:
            if (step.rule->action == RuleAction::nop) return paint.faint("does nothing");
            if (step.rule->action == RuleAction::go_to)
                return paint.faint("no rule has that priority: does nothing");
            return paint.faint("nothing in table " + name_of(step.rule->table, names));
        case StepResult::suppressed:
            return "passes over " + quoted_route(*step.route, names) + ": " +
                   suppression_words(step);
        case StepResult::jumped:
            return "goes on at " + std::to_string(number(step.rule->target));
        case StepResult::refused:
            return "refuses it";
        case StepResult::found:
            return is_own_address(step) ? "an address of this host"
                                        : "finds " + quoted_route(*step.route, names);
    }
    return "";
}

std::string steps_text(const Walk& walk, const TableNames& names, const Paint& paint) {
    std::size_t width = 0;
    std::vector<std::string> listings;
    for (const Step& step : walk.steps) {
        listings.push_back(format_rule_listing(*step.rule, name_of(step.rule->table, names)));
        width = std::max(width, listings.back().size());
    }
    std::string text;
    for (std::size_t i = 0; i < walk.steps.size(); ++i) {
        const bool decides = &walk.steps[i] == walk.decision();
        const std::string listing = padded(listings[i], width);
        text += std::string(decides ? "> " : "  ") + (decides ? paint.bold(listing) : listing) +
                "  " + step_words(walk.steps[i], names, paint) + "\n";
    }
    if (walk.decision() == nullptr) text += "  no rule finds a route\n";
    return text;
}

/// An address of an interface, or one in a prefix that is delegated to this host as a whole.
bool is_this_hosts(const RouteIndex& routes, const IpAddress& address) {
    const Route* route = routes.longest_match(kTableLocal, address);
    return routes.is_own_address(address) || (route != nullptr && route->type == RouteType::local);
}

std::string way_words(const RouteAnswer& answer) {
    if (answer.error != 0) return std::string("no way: ") + std::strerror(answer.error);
    if (answer.is_local()) return "to this host itself";
    return "by " + answer.ifname +
           (answer.gateway ? " via " + answer.gateway->to_string() : ", directly");
}

std::string row(const char* title, const std::string& text) {
    return padded(title, 11) + text + "\n";
}

/// Why the kernel does not do as its rules say; empty where it does. (ip_route_output_key_hash_rcu,
/// ip_route_input_rcu; IPv6 asks its rules always.)
std::string exception_words(const RouteIndex& routes, const RouteQuery& query,
                            const RouteAnswer& answer) {
    constexpr char kAll[] = "255.255.255.255";
    const bool is_sent = query.iif.empty();
    const bool is_to_a_group = query.dst.is_multicast() || query.dst.to_string() == kAll;
    if (query.family() == Family::v6) return "";
    // EINVAL, which Linux 6.18 calls ENETUNREACH.
    if (is_sent && query.src && answer.error != 0 && !is_this_hosts(routes, *query.src))
        return "no interface has " + query.src->to_string() +
               ", so that this host sends nothing from it (what comes in from there: --in IFACE)";
    if (is_sent && is_to_a_group && query.src && answer.error == 0)
        return "what is sent to a group from an address leaves by the interface that has it, and no "
               "rule is asked";
    if (is_sent && is_to_a_group && answer.error == 0)
        return "to a group, so that there is no gateway";
    if (!is_sent && is_to_a_group)
        return answer.error == 0 ? "a program has joined that group on " + query.iif
                                 : "no program has joined that group on " + query.iif;
    if (!query.oif.empty() && answer.error == 0 && answer.ifname == query.oif && !answer.gateway)
        return "no rule finds a way by it: the kernel takes the destination for a neighbour's";
    const Link* link = routes.find_link(query.iif);
    if (answer.error == EHOSTUNREACH && link != nullptr && !link->forwarding4)
        return "this host does not forward what comes in by " + query.iif;
    if (!is_sent && answer.error == EINVAL && is_this_hosts(routes, *query.src))
        return query.src->to_string() + " is this host's, and no other host sends from it";
    return "";
}

std::string kernel_row(const RouteIndex& routes, const RouteQuery& query, const Walk& steps,
                       const RouteAnswer& answer, const Paint& paint) {
    if (agrees(steps, answer)) return row("kernel", way_words(answer) + "; it agrees");
    const std::string why = exception_words(routes, query, answer);
    if (!why.empty()) return row("kernel", way_words(answer) + ": " + why);
    return row("kernel", way_words(answer) + paint.red("; it DISAGREES with the walk above"));
}

/// What the kernel gives a packet that has no source yet, and what becomes of a connection then.
std::string source_rows(const RouteQuery& query, const RouteAnswer& answer, const Ask& ask) {
    if (answer.error != 0 || !answer.prefsrc) return "";
    std::string text = row("source", answer.prefsrc->to_string() + ", chosen by the kernel");
    RouteQuery connected = query;
    connected.src = answer.prefsrc;
    const RouteAnswer again = ask(connected);
    if (again.error != answer.error || again.ifname != answer.ifname)
        text += row("", "a connection asks once more with it, and goes " + way_words(again));
    return text;
}

/// A packet that comes in: what rp_filter makes of it.
std::string arrival_text(const Lookup& lookup, const TableNames& names, const RouteQuery& query,
                         const Paint& paint) {
    if (query.family() == Family::v6)
        return row("rp_filter", "there is none for IPv6 (a firewall may have one)");
    const int filter = lookup.routes().effective_rp_filter(query.iif);
    if (filter == 0) return row("rp_filter", "off on " + query.iif);
    const Walk walk_back =
        lookup.walk_all(way_back(query, lookup.way(query), lookup.routes().find_link(query.iif)));
    const Step* decision = walk_back.decision();
    const std::string way = decision != nullptr && decision->route && !decision->route->hops.empty()
                                ? decision->route->hops[0].ifname
                                : "";
    const bool is_accepted = filter == 2 ? !way.empty() : way == query.iif;
    return "\nThe way back to " + query.src->to_string() + ", which rp_filter (" +
           rp_filter_word(filter) + " on " + query.iif + ") looks up:\n\n" +
           steps_text(walk_back, names, paint) + "\n" +
           row("rp_filter", is_accepted ? "accepts it"
                                        : paint.red("drops it: ") +
                                              (way.empty() ? "there is no way back"
                                                           : "the answer would leave by " + way));
}

}  // namespace

std::string explain(const KernelSnapshot& kernel, const TableNames& names, const RouteQuery& query,
                    const Ask& ask, const Paint& paint) {
    const std::string from = query.src ? query.src->to_string() : "no address in particular";
    const std::string how = query.iif.empty() ? "sent by this host" : "come in by " + query.iif;
    const std::string bound = query.oif.empty() ? "" : ", bound to " + query.oif;
    const Lookup lookup(kernel);
    const Walk steps = lookup.walk_all(query);
    const RouteAnswer answer = ask(query);
    std::string text =
        paint.bold("From " + from + " to " + query.dst.to_string() + ", " + how + bound) + ":\n\n" +
        steps_text(steps, names, paint) + "\n";
    if (query.iif.empty())
        return text + kernel_row(lookup.routes(), query, steps, answer, paint) +
               (query.src ? "" : source_rows(query, answer, ask));
    // An error is rp_filter's, as long as the walk finds a way.
    const bool is_filtered = (answer.error == EXDEV || answer.error == EINVAL) &&
                             exception_words(lookup.routes(), query, answer).empty();
    text += is_filtered ? row("kernel", std::string("refuses it: ") + std::strerror(answer.error))
                        : kernel_row(lookup.routes(), query, steps, answer, paint);
    return text + arrival_text(lookup, names, query, paint);
}

}  // namespace eni
