// See exact_rules.hpp.
#include "exact_rules.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <exception>
#include <set>

#include "error_words.hpp"
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

bool has(const std::vector<Rule>& rules, const Rule& rule) {
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
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

namespace {

/// The rules after one was deleted; what it took is to be put back.
std::vector<Rule> rules_left(Connection* socket) {
    for (int more = 1; true; --more) try {
            return gather_rules(socket);
        } catch (const std::exception&) {
            if (more == 0) throw;
        }
}

/// What the kernel deletes of what may be taken for `rule` and is not, it adds to `taken`. Returns
/// why it is there still. A lost acknowledgement is no matter: the rules tell what became of it.
std::string delete_until_gone(Connection* socket, const Rule& rule, std::vector<Rule> rules,
                              std::vector<Rule>& taken) {
    std::string error;
    while (has(rules, rule)) {
        try {
            const Ack ack = send_one(socket, rule_message(RTM_DELRULE, 0, rule));
            error = ack.error == 0 ? "" : refusal_words(ack);
        } catch (const std::exception& lost) {
            error = lost.what();
        }
        const std::vector<Rule> left = rules_left(socket);
        const std::vector<Rule> gone = missing(rules, left);
        for (const Rule& each : gone)
            if (!(each == rule)) taken.push_back(each);
        rules = left;
        if (gone.empty()) return error.empty() ? "the kernel does not find it" : error;
    }
    return "";
}

/// Tried once more where it is not known whether it was done. (Twice there, it does what it does
/// once.)
std::string put_back(Connection* socket, const Rule& rule) {
    std::string why;
    for (int tries = 0; tries < 3; ++tries) try {
            if (tries > 0 && has(rules_left(socket), rule)) return "";
            if (tries == 2) break;
            const Ack ack = send_one(socket, rule_message(RTM_NEWRULE, NLM_F_CREATE, rule));
            return ack.error == 0 ? "" : refusal_words(ack);
        } catch (const std::exception& lost) {
            why = lost.what();
        }
    return why;
}

}  // namespace

std::optional<std::string> delete_exactly(Connection* socket, const Rule& rule) {
    const std::vector<Rule> rules = gather_rules(socket);
    for (const Rule& rival : rivals_of(rule, rules))
        if (rival.is_exotic)
            return "the kernel might delete \"" + format_rule_listing(rival, "") +
                   "\" in its place, which is another program's";
    std::vector<Rule> taken;
    std::string error;
    try {
        error = delete_until_gone(socket, rule, rules, taken);
    } catch (const std::exception& lost) {
        error = std::string(lost.what()) + "; another program's may be deleted in its place";
    }
    std::string not_back;
    for (const Rule& back : taken) {
        const std::string refused = put_back(socket, back);
        if (!refused.empty())
            not_back += (not_back.empty() ? "\"" : "; \"") + format_rule_listing(back, "") +
                        "\", another program's, was deleted in its place and cannot be put back: " +
                        refused;
    }
    if (!not_back.empty()) return not_back;
    if (!error.empty()) return error;
    return std::nullopt;
}

/// Without NLM_F_EXCL the kernel does not compare.
std::vector<std::pair<Rule, std::string>> add_missing(Connection* socket,
                                                      const std::vector<Rule>& rules) {
    std::vector<std::pair<Rule, std::string>> failures;
    if (rules.empty()) return failures;
    for (const Rule& rule : missing(rules, gather_rules(socket))) {
        const Ack ack = send_one(socket, rule_message(RTM_NEWRULE, NLM_F_CREATE, rule));
        if (ack.error != 0) failures.push_back({rule, refusal_words(ack)});
    }
    return failures;
}

}  // namespace eni
