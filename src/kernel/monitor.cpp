// See monitor.hpp.
#include "monitor.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <fstream>
#include <tuple>
#include <utility>

#include "attributes.hpp"
#include "format.hpp"
#include "rtnetlink_numbers.hpp"

namespace eni {

namespace {

constexpr std::size_t kMaxRemembered = 256;

/// amazon-vpc-cni's tables tell which interfaces are its own (interfaces.cpp).
constexpr std::uint32_t kLastSmallTable = 252;

/// In what matters, but for the group.
bool differs(const Link& a, const Link& b) {
    const auto what_matters = [](const Link& link) {
        return std::tie(link.ifname, link.mac, link.kind, link.ethernet, link.is_port, link.is_up,
                        link.forwarding4, link.forwarding6, link.rp_filter, link.src_valid_mark);
    };
    return what_matters(a) != what_matters(b);
}

/// A program's first netlink socket has its process's number; others have any, above all of these.
std::string words_for(std::uint32_t port) {
    constexpr std::uint32_t kMaxProcess = 1U << 22;
    const std::string number = std::to_string(port);
    if (port == 0) return "another program";
    if (port > kMaxProcess) return "another program (netlink port " + number + ")";
    std::string name;
    std::ifstream("/proc/" + number + "/comm") >> name;
    return name.empty() ? "process " + number + ", which has ended" : name + ", process " + number;
}

}  // namespace

Monitor::Monitor() {
    reopen();
}

void Monitor::reopen() {
    netfilter_.reset();
    socket_ = open_monitor({RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                            RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
                            RTNLGRP_IPV6_RULE, kGroupIpv4Netconf, kGroupIpv6Netconf});
}

std::vector<int> Monitor::descriptors() const {
    std::vector<int> descriptors = {descriptor_of(socket_.get())};
    if (netfilter_) descriptors.push_back(descriptor_of(netfilter_.get()));
    return descriptors;
}

/// The kernel loads nfnetlink for it, so that only who needs it asks.
void Monitor::listen_to_netfilter(bool is_wanted) {
    if (!is_wanted)
        netfilter_.reset();
    else if (!netfilter_)
        netfilter_ = open_monitor({kGroupNftables}, NETLINK_NETFILTER);
}

Heard Monitor::hear() {
    Heard heard;
    bool is_whole = drain(socket_.get(), [&](const nlmsghdr& message) {
        if (!is_own_change(message)) hear_message(message, heard);
    });
    if (netfilter_ &&
        !drain(netfilter_.get(), [&](const nlmsghdr& message) { hear_netfilter(message, heard); }))
        is_whole = false;
    if (is_whole)
        forget_closed_sockets();
    else
        heard.is_change = true;
    return heard;
}

void Monitor::hear_message(const nlmsghdr& message, Heard& heard) {
    if (const auto ifindex = index_of_link(message)) return hear_link(message, *ifindex, heard);
    if (const auto table = table_of_route(message)) {
        const bool is_ours = tables_.count(*table) != 0;
        // The kernel makes routes of its own with every address, and takes them off with it; there
        // is no program to name.
        const bool is_a_programs = message.nlmsg_pid != 0;
        if (is_ours && is_a_programs && message.nlmsg_type == RTM_DELROUTE)
            heard.is_loss = true;
        else if (is_ours || asked_.count(*table) != 0 || *table == kTableMain ||
                 number(*table) <= kLastSmallTable)
            heard.is_change = true;
        if ((is_ours || asked_.count(*table) != 0) && is_a_programs)
            if (const auto route = route_from(message, names_))
                remember_who(message, subject_of(*route));
        return;
    }
    if (const auto address = address_from(message, names_))
        remember_who(message, subject_of(*address));
    const auto rule = rule_from(message);
    if (rule) {
        remember_who(message, subject_of(*rule));
        remember_who(message, subject_of_all_rules());
    }
    if (rule && message.nlmsg_type == RTM_DELRULE && rules_.count(*rule) != 0)
        heard.is_loss = true;
    else if (message.nlmsg_type == RTM_NEWADDR || message.nlmsg_type == RTM_DELADDR ||
             message.nlmsg_type == RTM_NEWRULE || message.nlmsg_type == RTM_DELRULE ||
             message.nlmsg_type == kNewNetconf)
        heard.is_change = true;
}

/// A table, a chain or a rule: the first attribute of each has the table's name.
void Monitor::hear_netfilter(const nlmsghdr& message, Heard& heard) {
    if (message.nlmsg_type >> 8 != kSubsystemNftables) return;
    const auto attributes = attributes_after(message, header_of<nfgenmsg>(message));
    if (attributes[1] == nullptr || text_of(attributes[1]) != kNftTable) return;
    remember_who(message, subject_of_marking());
    heard.is_change = true;
}

/// Drivers and udev tell of links for many reasons.
void Monitor::hear_link(const nlmsghdr& message, int ifindex, Heard& heard) {
    const auto known = links_.find(ifindex);
    const auto link = link_from(message);  // nothing: it is gone
    if (known == links_.end() ? link.has_value() : !link || differs(*link, known->second))
        heard.is_change = true;
    else if (link && known != links_.end() && link->group != known->second.group)
        (managed_.count(link->ifname) != 0 ? heard.is_loss : heard.is_change) = true;
    if (known != links_.end() && link && link->group != known->second.group)
        remember_who(message, subject_of(link->ifname));
    if (known != links_.end() && managed_.count(known->second.ifname) != 0 &&
        (!link || link->ifname != known->second.ifname))
        heard.is_managed_gone = true;
}

void Monitor::remember_who(const nlmsghdr& message, const std::string& subject) {
    if (who_.size() >= kMaxRemembered) who_.clear();
    who_[subject] = words_for(message.nlmsg_pid);
}

bool Monitor::know(const std::vector<Link>& links, const Plan& plan) {
    const std::set<std::string> before = std::move(managed_);
    links_.clear();
    names_.clear();
    managed_.clear();
    for (Link link : links) {
        names_[link.ifindex] = link.ifname;
        const auto group = plan.link_groups.find(link.ifname);
        if (group != plan.link_groups.end()) link.group = group->second;
        const auto mark = plan.src_valid_marks.find(link.ifname);
        if (mark != plan.src_valid_marks.end()) link.src_valid_mark = mark->second;
        links_[link.ifindex] = std::move(link);
    }
    const auto& marking = plan.run.marking;
    listen_to_netfilter(marking && marking->tool == MarkingTool::nft);
    for (const InterfacePlan& interface : plan.interfaces) managed_.insert(interface.ifname);
    tables_ = plan.ownership.tables_given;
    for (const auto& [table, name] : plan.ownership.tables_named) tables_.insert(table);
    asked_ = plan.tables_asked;
    rules_.clear();
    for (const auto& rule : plan.rules) rules_.insert(rule.object);
    for (const auto& route : plan.routes)
        if (route.object.table == kTableLocal) tables_.insert(kTableLocal);
    return std::any_of(before.begin(), before.end(), [&](const std::string& ifname) {
        return std::none_of(links.begin(), links.end(),
                            [&](const Link& link) { return link.ifname == ifname; });
    });
}

std::string Monitor::take_who(const std::string& subject) {
    const auto found = who_.find(subject);
    if (found == who_.end()) return "";
    std::string who = found->second;
    who_.erase(found);
    return who;
}

}  // namespace eni
