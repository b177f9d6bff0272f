// See exact_rules.hpp.
#include "exact_rules.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "format.hpp"
#include "gather_kernel.hpp"
#include "write_messages.hpp"

namespace eni {

namespace {

/// What is not named fits everything (fib_nl_delrule).
template <class T>
bool fits(const std::optional<T>& named, const std::optional<T>& has) {
    return !named || named == has;
}
bool fits(const std::string& named, const std::string& has) {
    return named.empty() || named == has;
}

/// Some kernels look at the mark, at `not`, at suppress_...: here all count as fitting.
bool may_be_taken_for(const Rule& other, const Rule& rule) {
    return other.family == rule.family && other.priority == rule.priority &&
           other.action == rule.action && other.table == rule.table &&
           fits(rule.from, other.from) && fits(rule.to, other.to) && fits(rule.iif, other.iif) &&
           fits(rule.oif, other.oif) && !(other == rule);
}

int send(Connection* socket, int type, int flags, const Rule& rule) {
    std::vector<NetlinkMessage> messages;
    messages.push_back(rule_message(type, flags, rule));
    return send_batch(socket, messages).at(0).error;
}

bool has(const std::vector<Rule>& rules, const Rule& rule) {
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

std::string words(int error) {
    return std::generic_category().message(error);
}

/// Those of `before` that are not in `after`, in their order.
std::vector<Rule> missing(const std::vector<Rule>& before, const std::vector<Rule>& after) {
    std::multiset<Rule> there(after.begin(), after.end());
    std::vector<Rule> gone;
    for (const Rule& rule : before) {
        const auto found = there.find(rule);
        if (found == there.end())
            gone.push_back(rule);
        else
            there.erase(found);
    }
    return gone;
}

}  // namespace

std::vector<Rule> rivals_of(const Rule& rule, const std::vector<Rule>& rules) {
    std::vector<Rule> rivals;
    for (const Rule& other : rules)
        if (may_be_taken_for(other, rule)) rivals.push_back(other);
    return rivals;
}

std::optional<std::string> delete_exactly(Connection* socket, const Rule& rule) {
    std::vector<Rule> rules = gather_rules(socket);
    for (const Rule& rival : rivals_of(rule, rules))
        if (rival.is_exotic)
            return "the kernel might delete \"" + format_rule_listing(rival, "") +
                   "\" in its place, which is another program's";
    std::vector<Rule> taken;
    int error = 0;
    while (error == 0 && has(rules, rule)) {
        error = send(socket, RTM_DELRULE, 0, rule);
        const std::vector<Rule> left = gather_rules(socket);
        for (const Rule& gone : missing(rules, left))
            if (!(gone == rule)) taken.push_back(gone);
        rules = left;
    }
    for (const Rule& back : taken)
        if (const int refused = send(socket, RTM_NEWRULE, NLM_F_CREATE, back))
            return "\"" + format_rule_listing(back, "") +
                   "\", another program's, was deleted in its place and cannot be put back: " +
                   words(refused);
    if (error != 0 && error != ENOENT) return words(error);
    return std::nullopt;
}

/// Without NLM_F_EXCL the kernel does not compare.
std::vector<std::pair<Rule, std::string>> add_missing(Connection* socket,
                                                      const std::vector<Rule>& rules) {
    std::vector<std::pair<Rule, std::string>> failures;
    if (rules.empty()) return failures;
    for (const Rule& rule : missing(rules, gather_rules(socket)))
        if (const int error = send(socket, RTM_NEWRULE, NLM_F_CREATE, rule))
            failures.push_back({rule, words(error)});
    return failures;
}

}  // namespace eni
