// What check knows of a host, and what it has found so far: the notebook of the *_findings.cpp
// files, each of which judges one subject. What is wrong is looked for from the causes on; a lost
// packet, or a difference from the plan, goes to the cause that explains it. For check.cpp and
// these alone.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adoption.hpp"
#include "cause.hpp"
#include "check.hpp"
#include "subjects.hpp"

namespace eni {

/// Which cause a finding is about: of each there is one finding.
struct CauseKey {
    enum class Kind : std::uint8_t {
        host,       // the policy as a whole: off, not installed, not in the kernel
        interface,  // its link, or eni-routes being switched off for it
        missing,    // addresses that EC2 delivers to an interface, and none has
        unassigned,
        address,  // one that is on a wrong interface
        gateway,
        netmask,
        policy,  // what of the plan the kernel and the disk do not have, for an interface
        rule,    // another program's
        route,
        rp_filter,
        published
    };
    Kind kind;
    std::string name;  // of the interface, the address, the rule

    bool operator<(const CauseKey& other) const {
        return std::tie(kind, name) < std::tie(other.kind, other.name);
    }
};

struct Diagnosis {
    const Facts& facts;
    const Config& config;
    const ChangeSet& change_set;  // of a run as it would be now
    const Plan& plan;             // that the flows are judged by
    const Comparison& comparison;
    const bool is_off;        // eni-routes as a whole
    const bool is_installed;  // or not known
    const Deliveries deliveries;
    const std::map<Rule, std::string> served;  // the plan's rules, and which interface each serves

    // Empty where eni-routes is not installed or is off: then such files are all that there is.
    std::vector<InterfaceAdoption> adoptions = {};
    std::vector<Finding> findings = {};
    std::map<CauseKey, std::size_t> causes = {};  // indexes of findings
    /// By interface: the cause that explains whatever is wrong with it.
    std::map<std::string, CauseKey> roots = {};
    std::vector<std::string> host_is_right = {};
    std::set<std::pair<IpAddress, std::uint16_t>> dead_peers = {};  // that were told

    void say(Finding finding) { findings.push_back(std::move(finding)); }

    /// Null where it was not found.
    Finding* find(const CauseKey& key);
    /// That of a cause, which `draft` describes the first time.
    Finding& of_cause(const CauseKey& key, const Finding& draft);

    /// What explains all that is wrong with an interface; null where nothing does.
    Finding* root_of(const std::string& ifname);
    Finding& make_root(const std::string& ifname, const CauseKey& key, const Finding& draft);

    /// The first is the finding, the others follow from it.
    void add_to(const CauseKey& key, const Finding& draft);

    /// Those that a finding is about already.
    std::set<Rule> told_rules() const;

    /// " (eth2 is gone)" of a table that was for an interface which is gone. Tables have other
    /// names than interfaces' as well: "main", "isp2".
    std::string gone_words(TableId table) const;

    /// `eni-routes adopt` of a rule that a file made by hand says; empty of any other.
    std::string adoption_of(const Rule& rule) const;
};

/// As NetworkManager has it; null where that is not known.
const NetworkManagerDevice* device_of(const Facts& facts, const std::string& ifname);

/// "10.0.2.37 (198.51.100.11)"; the address alone where it has no Elastic IP.
std::string with_public(const IpAddress& address, const Eni* eni);

/// "'LINE' in the configuration, then: eni-routes regenerate"
std::string by_configuration(const std::string& line);

/// The name of a cause: "in the way of eth1".
constexpr char kInTheWayOf[] = "in the way of ";

constexpr char kRegenerate[] = "eni-routes regenerate";

// Causes, and what they cannot be told from packets.
void judge_policy_as_a_whole(Diagnosis& diagnosis);  // policy_findings.cpp
void judge_interfaces(Diagnosis& diagnosis);         // interface_findings.cpp
void judge_addresses(Diagnosis& diagnosis);          // address_findings.cpp
void judge_gateways(Diagnosis& diagnosis);           // gateway_findings.cpp

/// What is lost goes to its causes. `mended` are the same flows when all changes are made.
void judge_losses(Diagnosis& diagnosis, const std::vector<Flow>& flows,
                  const std::vector<Flow>& mended);  // loss_findings.cpp

/// Of what the watch steps back from: it differs from the plan.
void judge_fights(Diagnosis& diagnosis, const HostFacts& host);  // host_findings.cpp

// What remains.
void judge_differences(Diagnosis& diagnosis);     // difference_findings.cpp
void judge_plan_notes(Diagnosis& diagnosis);      // interface_findings.cpp
void judge_other_programs(Diagnosis& diagnosis);  // foreign_rule_findings.cpp
void judge_foreign_rules(Diagnosis& diagnosis);
void judge_configuration(Diagnosis& diagnosis);  // config_findings.cpp
void judge_networkmanager(Diagnosis& diagnosis,
                          const HostFacts& host);              // networkmanager_findings.cpp
void judge_hook(Diagnosis& diagnosis, const HostFacts& host);  // host_findings.cpp
void judge_denials(Diagnosis& diagnosis, const HostFacts& host);
void judge_watch(Diagnosis& diagnosis, const HostFacts& host);
void judge_udp_servers(Diagnosis& diagnosis, const HostFacts& host);
void judge_multicast(Diagnosis& diagnosis, const HostFacts& host);
void judge_unread(Diagnosis& diagnosis);  // file_findings.cpp
void judge_route_files(Diagnosis& diagnosis);
void judge_files_by_hand(Diagnosis& diagnosis);
void judge_probe(Diagnosis& diagnosis, const Probe& probe);  // probe_findings.cpp

}  // namespace eni
