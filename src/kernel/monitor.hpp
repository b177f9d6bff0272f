// Hears what changes in the kernel, and tells what can matter to the policy from what cannot. Must
// not ask the kernel itself, nor act.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model.hpp"
#include "read_messages.hpp"
#include "socket.hpp"

namespace eni {

struct Heard {
    bool is_change = false;        // another program changed what the policy is made from, or of
    bool is_loss = false;          // one took off a rule, a route or a link's group of ours
    bool is_managed_gone = false;  // a managed link was deleted or renamed

    bool matters() const { return is_change || is_loss; }
    /// What is to be done does not hang on what may still come.
    bool is_only_loss() const { return is_loss && !is_change; }
};

class Monitor {
  public:
    /// Links, addresses, routes, rules and netconf of both families; and, from the plan on that
    /// marks connections, our tables of nf_tables. Throws std::runtime_error.
    Monitor();

    /// With a new socket: what came meanwhile is lost, what it knows of links stays. Throws
    /// std::runtime_error.
    void reopen();

    /// Each can be read when something has come.
    std::vector<int> descriptors() const;

    /// All that has come since the last time. What was lost on the way matters.
    Heard hear();

    /// What a run found and did, so that what it tells of itself is no news. True where a link that
    /// was managed was not found any more: the kernel tells of its end after it is gone, and of a
    /// link that is not known then.
    bool know(const std::vector<Link>& links, const Plan& plan);

    /// The other program that changed a link's group, a rule or a route of ours since this was last
    /// asked, as far as the kernel tells: "ip, process 4711". `subject` is that of format.hpp;
    /// empty: none did.
    std::string take_who(const std::string& subject);

  private:
    void hear_message(const nlmsghdr& message, Heard& heard);
    void hear_link(const nlmsghdr& message, int ifindex, Heard& heard);
    void hear_netfilter(const nlmsghdr& message, Heard& heard);
    void listen_to_netfilter(bool is_wanted);
    void remember_who(const nlmsghdr& message, const std::string& subject);

    NetlinkSocket socket_;
    NetlinkSocket netfilter_;    // where marks are wanted
    std::map<int, Link> links_;  // by index
    LinkNames names_;            // of the same
    std::set<std::string> managed_;
    std::set<TableId> tables_;  // ours
    std::set<TableId> asked_;   // others', which the plan depends on
    std::set<Rule> rules_;      // the plan's
    std::map<std::string, std::string> who_;
};

}  // namespace eni
