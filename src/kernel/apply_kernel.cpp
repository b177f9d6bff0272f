// See apply_kernel.hpp.
#include "apply_kernel.hpp"

#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include "exact_rules.hpp"
#include "format.hpp"
#include "write_messages.hpp"

namespace eni {

namespace {

enum class Aim { set, add, remove };

/// A change, and what to say of it where it fails.
struct Step {
    Aim aim;
    const char* verb;
    std::variant<const GroupChange*, const Address*, const Route*, const Rule*> object;

    std::string words() const {
        return std::visit(
            [this](const auto* what) {
                if constexpr (std::is_same_v<decltype(what), const GroupChange*>)
                    return format_command(*what);
                else
                    return format_command(verb, *what);
            },
            object);
    }
};

bool is_done(Aim aim, int error) {
    if (aim == Aim::add && error == EEXIST) return true;
    if (aim == Aim::remove &&
        (error == ENOENT || error == ESRCH || error == ENODEV || error == EADDRNOTAVAIL))
        return true;
    return error == 0;
}

/// Sends the changes in their order, so many at a time that their messages take little memory.
class Sender {
  public:
    Sender(Connection* socket, const LinkIndexes& links) : socket_(socket), links_(links) {}

    void send(const GroupChange& change) {
        append({Aim::set, "", &change},
               [&] { return group_message(change.ifname, change.to, links_); });
    }
    void send(Aim aim, const char* verb, int type, int flags, const Address& address) {
        append({aim, verb, &address},
               [&] { return address_message(type, flags, address, links_); });
    }
    void send(Aim aim, const char* verb, int type, int flags, const Route& route) {
        append({aim, verb, &route}, [&] { return route_message(type, flags, route, links_); });
    }
    void send(Aim aim, const char* verb, int type, int flags, const Rule& rule) {
        append({aim, verb, &rule}, [&] { return rule_message(type, flags, rule); });
    }

    void flush() {
        const std::vector<Ack> acks = send_batch(socket_, messages_);
        for (std::size_t i = 0; i < acks.size(); ++i) {
            const auto* rule = std::get_if<const Rule*>(&steps_[i].object);
            if (acks[i].error == EEXIST && rule != nullptr) said_to_be_there.push_back(**rule);
            if (is_done(steps_[i].aim, acks[i].error)) continue;
            std::string error = std::generic_category().message(acks[i].error);
            if (!acks[i].text.empty()) error += ": " + acks[i].text;
            failures.push_back({steps_[i].words(), error});
        }
        messages_.clear();
        steps_.clear();
    }

    std::vector<Failure> failures;
    std::vector<Rule> said_to_be_there;  // by the kernel, when they were to be added

  private:
    template <class Make>
    void append(const Step& step, Make make) {
        constexpr std::size_t kAtATime = 1024;
        try {
            messages_.push_back(make());
            steps_.push_back(step);
        } catch (const std::system_error& error) {  // a link that is not there
            if (!is_done(step.aim, error.code().value()))
                failures.push_back({step.words(), error.what()});
        } catch (const std::length_error& error) {  // more hops than a message holds
            failures.push_back({step.words(), error.what()});
        }
        if (messages_.size() == kAtATime) flush();
    }

    Connection* socket_;
    const LinkIndexes& links_;
    std::vector<NetlinkMessage> messages_;
    std::vector<Step> steps_;
};

/// Returns the rules that have to be deleted one by one, as another could be taken for each.
std::vector<Rule> send_all(Sender& sender, const Changes& changes, const std::vector<Rule>& rules) {
    constexpr int kAdd = NLM_F_CREATE | NLM_F_EXCL;
    constexpr int kReplace = NLM_F_CREATE | NLM_F_REPLACE;
    std::vector<Rule> rivalled;
    for (const GroupChange& change : changes.groups) sender.send(change);
    for (const auto& added : changes.addresses_added)
        sender.send(Aim::add, "add", RTM_NEWADDR, kAdd, added.object);
    for (const auto& [action, added] : changes.routes_added)
        if (action == RouteAction::add)
            sender.send(Aim::add, "add", RTM_NEWROUTE, kAdd, added.object);
        else
            sender.send(Aim::add, "replace", RTM_NEWROUTE, kReplace, added.object);
    for (const auto& added : changes.rules_added)
        sender.send(Aim::add, "add", RTM_NEWRULE, kAdd, added.object);
    for (const auto& deleted : changes.rules_deleted)
        if (rivals_of(deleted.object, rules).empty())
            sender.send(Aim::remove, "del", RTM_DELRULE, 0, deleted.object);
        else
            rivalled.push_back(deleted.object);
    for (const auto& deleted : changes.routes_deleted)
        sender.send(Aim::remove, "del", RTM_DELROUTE, 0, deleted.object);
    for (const auto& deleted : changes.addresses_deleted)
        sender.send(Aim::remove, "del", RTM_DELADDR, 0, deleted.object);
    sender.flush();
    return rivalled;
}

}  // namespace

std::vector<Failure> apply_kernel(Connection* socket, const KernelSnapshot& kernel,
                                  const Changes& changes) {
    LinkIndexes links;
    for (const Link& link : kernel.links) links[link.ifname] = link.ifindex;
    Sender sender(socket, links);
    const std::vector<Rule> rivalled = send_all(sender, changes, kernel.rules);
    std::vector<Failure> failures = std::move(sender.failures);
    for (const auto& [rule, error] : add_missing(socket, sender.said_to_be_there))
        failures.push_back({format_command("add", rule), error});
    for (const Rule& rule : rivalled)
        if (const auto error = delete_exactly(socket, rule))
            failures.push_back({format_command("del", rule), *error});
    return failures;
}

}  // namespace eni
