// See apply_kernel.hpp.
#include "apply_kernel.hpp"

#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>

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
    };
    std::vector<NetlinkMessage> messages;
    std::vector<Step> steps;
    std::vector<Failure> failures;
};

bool is_done(Aim aim, int error) {
    if (aim == Aim::add && error == EEXIST) return true;
    if (aim == Aim::remove &&
        (error == ENOENT || error == ESRCH || error == ENODEV || error == EADDRNOTAVAIL))
        return true;
    return error == 0;
}

template <class Make>
void append(Batch& batch, Aim aim, const std::string& what, Make make) {
    try {
        batch.messages.push_back(make());
        batch.steps.push_back({aim, what});
    } catch (const std::system_error& error) {  // a link that is not there
        if (!is_done(aim, error.code().value())) batch.failures.push_back({what, error.what()});
    } catch (const std::length_error& error) {  // more hops than a message holds
        batch.failures.push_back({what, error.what()});
    }
}

void append_route(Batch& batch, Aim aim, const char* verb, int type, int flags, const Route& route,
                  const LinkIndexes& links) {
    append(batch, aim, ip_command(route.family()) + verb + format_route(route),
           [&] { return route_message(type, flags, route, links); });
}

void append_rule(Batch& batch, Aim aim, const char* verb, int type, int flags, const Rule& rule) {
    append(batch, aim, ip_command(rule.family) + verb + format_rule(rule),
           [&] { return rule_message(type, flags, rule); });
}

void append_address(Batch& batch, Aim aim, const char* verb, int type, int flags,
                    const Address& address, const LinkIndexes& links) {
    append(batch, aim, "ip address " + (verb + format_address(address)),
           [&] { return address_message(type, flags, address, links); });
}

Batch make_batch(const Changes& changes, const LinkIndexes& links) {
    Batch batch;
    for (const GroupChange& change : changes.groups)
        append(batch, Aim::set,
               "ip link set dev " + change.ifname + " group " + std::to_string(change.to),
               [&] { return group_message(change.ifname, change.to, links); });
    for (const Planned<Address>& address : changes.addresses_added)
        append_address(batch, Aim::add, "add ", RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
                       address.object, links);
    for (const auto& [action, route] : changes.routes_added) {
        const bool add = action == RouteAction::add;
        append_route(batch, Aim::add, add ? "route add " : "route replace ", RTM_NEWROUTE,
                     NLM_F_CREATE | (add ? NLM_F_EXCL : NLM_F_REPLACE), route.object, links);
    }
    for (const Planned<Rule>& rule : changes.rules_added)
        append_rule(batch, Aim::add, "rule add ", RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL,
                    rule.object);
    for (const Planned<Rule>& rule : changes.rules_deleted)
        append_rule(batch, Aim::remove, "rule del ", RTM_DELRULE, 0, rule.object);
    for (const Planned<Route>& route : changes.routes_deleted)
        append_route(batch, Aim::remove, "route del ", RTM_DELROUTE, 0, route.object, links);
    for (const Planned<Address>& address : changes.addresses_deleted)
        append_address(batch, Aim::remove, "del ", RTM_DELADDR, 0, address.object, links);
    return batch;
}

}  // namespace

std::vector<Failure> apply_kernel(nl_sock* socket, const KernelSnapshot& kernel,
                                  const Changes& changes) {
    LinkIndexes links;
    for (const Link& link : kernel.links) links[link.ifname] = link.ifindex;
    Batch batch = make_batch(changes, links);
    const std::vector<Ack> acks = send_batch(socket, batch.messages);
    for (std::size_t i = 0; i < acks.size(); ++i) {
        if (is_done(batch.steps[i].aim, acks[i].error)) continue;
        std::string error = std::generic_category().message(acks[i].error);
        if (!acks[i].text.empty()) error += ": " + acks[i].text;
        batch.failures.push_back({batch.steps[i].what, error});
    }
    return batch.failures;
}

}  // namespace eni
