// See apply_kernel.hpp.
#include "apply_kernel.hpp"

#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include "error_words.hpp"
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
    std::variant<const GroupChange*, const SrcValidMarkChange*, const Address*, const Route*,
                 const Rule*>
        object;

    std::string words() const {
        return std::visit(
            [this](const auto* what) {
                using Change = std::decay_t<decltype(*what)>;
                if constexpr (std::is_same_v<Change, GroupChange> ||
                              std::is_same_v<Change, SrcValidMarkChange>)
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

constexpr char kNotTried[] = "not tried, as it is unknown what became of the changes before it";

std::string unknown_words(const std::exception& error) {
    return std::string("unknown whether it was done: ") + error.what();
}

/// Sends the changes in their order, so many at a time that their messages take little memory.
class Sender {
  public:
    Sender(Connection* socket, const LinkIndexes& links) : socket_(socket), links_(links) {}

    void send(const GroupChange& change) {
        append({Aim::set, "", &change},
               [&] { return group_message(change.ifname, change.to, links_); });
    }
    void send(const SrcValidMarkChange& change) {
        append({Aim::set, "", &change},
               [&] { return src_valid_mark_message(change.ifname, change.to, links_); });
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

    /// What comes after a lost acknowledgement is not tried: the second round knows more.
    void flush() {
        std::string why = kNotTried;
        try {
            if (!is_lost) return take_in(send_batch(socket_, messages_));
        } catch (const std::exception& error) {
            is_lost = true;
            why = unknown_words(error);
        }
        for (const Step& step : steps_) failures.push_back({step.words(), why});
        clear();
    }

    std::vector<Failure> failures;
    std::vector<Rule> said_to_be_there;  // by the kernel, when they were to be added
    bool is_lost = false;                // an acknowledgement

  private:
    void take_in(const std::vector<Ack>& acks) {
        for (std::size_t i = 0; i < acks.size(); ++i) {
            const auto* rule = std::get_if<const Rule*>(&steps_[i].object);
            if (acks[i].error == EEXIST && rule != nullptr) said_to_be_there.push_back(**rule);
            if (!is_done(steps_[i].aim, acks[i].error))
                failures.push_back({steps_[i].words(), refusal_words(acks[i])});
        }
        clear();
    }

    void clear() {
        messages_.clear();
        steps_.clear();
    }

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
    for (const SrcValidMarkChange& change : changes.src_valid_marks) sender.send(change);
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

/// The rules that the kernel may take for others.
void send_by_themselves(Connection* socket, const Sender& sender, const std::vector<Rule>& rivalled,
                        std::vector<Failure>& failures) {
    try {
        if (!sender.is_lost)
            for (const auto& [rule, error] : add_missing(socket, sender.said_to_be_there))
                failures.push_back({format_command("add", rule), error});
    } catch (const std::exception& error) {
        for (const Rule& rule : sender.said_to_be_there)
            failures.push_back({format_command("add", rule), unknown_words(error)});
    }
    for (const Rule& rule : rivalled) {
        std::optional<std::string> error = kNotTried;
        try {
            if (!sender.is_lost) error = delete_exactly(socket, rule);
        } catch (const std::exception& failure) {
            error = failure.what();
        }
        if (error) failures.push_back({format_command("del", rule), *error});
    }
}

}  // namespace

std::vector<Failure> apply_kernel(Connection* socket, const KernelSnapshot& kernel,
                                  const Changes& changes) {
    LinkIndexes links;
    for (const Link& link : kernel.links) links[link.ifname] = link.ifindex;
    Sender sender(socket, links);
    const std::vector<Rule> rivalled = send_all(sender, changes, kernel.rules);
    std::vector<Failure> failures = std::move(sender.failures);
    send_by_themselves(socket, sender, rivalled, failures);
    return failures;
}

}  // namespace eni
