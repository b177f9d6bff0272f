// See apply_kernel.hpp.
#include "apply_kernel.hpp"

#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "exact_rules.hpp"
#include "format.hpp"
#include "write_messages.hpp"

namespace eni {

namespace {

enum class Aim { set, add, remove };

/// What was put in messages, the words of each beside it; and what could not be.
struct Batch {
    struct Step {
        Aim aim;
        std::string what;
        const Rule* rule = nullptr;  // that is added
    };
    std::vector<NetlinkMessage> messages;
    std::vector<Step> steps;
    std::vector<Failure> failures;
    std::vector<Rule> rivalled;  // to be deleted one by one
};

bool is_done(Aim aim, int error) {
    if (aim == Aim::add && error == EEXIST) return true;
    if (aim == Aim::remove &&
        (error == ENOENT || error == ESRCH || error == ENODEV || error == EADDRNOTAVAIL))
        return true;
    return error == 0;
}

template <class Make>
void append(Batch& batch, const Batch::Step& step, Make make) {
    try {
        batch.messages.push_back(make());
        batch.steps.push_back(step);
    } catch (const std::system_error& error) {  // a link that is not there
        if (!is_done(step.aim, error.code().value()))
            batch.failures.push_back({step.what, error.what()});
    } catch (const std::length_error& error) {  // more hops than a message holds
        batch.failures.push_back({step.what, error.what()});
    }
}

Batch make_batch(const Changes& changes, const std::vector<Rule>& rules, const LinkIndexes& links) {
    constexpr int kAdd = NLM_F_CREATE | NLM_F_EXCL;
    Batch batch;
    const auto address = [&](Aim aim, const char* verb, int type, int flags, const Address& of) {
        append(batch, {aim, format_command(verb, of)},
               [&] { return address_message(type, flags, of, links); });
    };
    const auto route = [&](Aim aim, const char* verb, int type, int flags, const Route& of) {
        append(batch, {aim, format_command(verb, of)},
               [&] { return route_message(type, flags, of, links); });
    };
    const auto rule = [&](Aim aim, const char* verb, int type, int flags, const Rule& of) {
        append(batch, {aim, format_command(verb, of), aim == Aim::add ? &of : nullptr},
               [&] { return rule_message(type, flags, of); });
    };
    for (const GroupChange& change : changes.groups)
        append(batch, {Aim::set, format_command(change)},
               [&] { return group_message(change.ifname, change.to, links); });
    for (const auto& added : changes.addresses_added)
        address(Aim::add, "add", RTM_NEWADDR, kAdd, added.object);
    for (const auto& [action, added] : changes.routes_added)
        if (action == RouteAction::add)
            route(Aim::add, "add", RTM_NEWROUTE, kAdd, added.object);
        else
            route(Aim::add, "replace", RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, added.object);
    for (const auto& added : changes.rules_added)
        rule(Aim::add, "add", RTM_NEWRULE, kAdd, added.object);
    for (const auto& deleted : changes.rules_deleted)
        if (rivals_of(deleted.object, rules).empty())
            rule(Aim::remove, "del", RTM_DELRULE, 0, deleted.object);
        else
            batch.rivalled.push_back(deleted.object);
    for (const auto& deleted : changes.routes_deleted)
        route(Aim::remove, "del", RTM_DELROUTE, 0, deleted.object);
    for (const auto& deleted : changes.addresses_deleted)
        address(Aim::remove, "del", RTM_DELADDR, 0, deleted.object);
    return batch;
}

}  // namespace

std::vector<Failure> apply_kernel(nl_sock* socket, const KernelSnapshot& kernel,
                                  const Changes& changes) {
    LinkIndexes links;
    for (const Link& link : kernel.links) links[link.ifname] = link.ifindex;
    Batch batch = make_batch(changes, kernel.rules, links);
    const std::vector<Ack> acks = send_batch(socket, batch.messages);
    std::vector<Rule> said_to_be_there;
    for (std::size_t i = 0; i < acks.size(); ++i) {
        if (acks[i].error == EEXIST && batch.steps[i].rule != nullptr)
            said_to_be_there.push_back(*batch.steps[i].rule);
        if (is_done(batch.steps[i].aim, acks[i].error)) continue;
        std::string error = std::generic_category().message(acks[i].error);
        if (!acks[i].text.empty()) error += ": " + acks[i].text;
        batch.failures.push_back({batch.steps[i].what, error});
    }
    for (const auto& [rule, error] : add_missing(socket, said_to_be_there))
        batch.failures.push_back({format_command("add", rule), error});
    for (const Rule& rule : batch.rivalled)
        if (const auto error = delete_exactly(socket, rule))
            batch.failures.push_back({format_command("del", rule), *error});
    return batch.failures;
}

}  // namespace eni
