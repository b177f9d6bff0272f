// A thousand hosts that no one recorded, and ten thousand where ENI_FLEET_HOSTS says so: each is
// planned, run, run again, switched off and checked, and nothing of judge.hpp may be violated. The
// number of a host is its seed: ENI_FLEET_FIRST=4711 ENI_FLEET_HOSTS=1 is that one alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>

#include "facts_json.hpp"
#include "judge.hpp"

namespace eni {
namespace {

constexpr std::size_t kMostShown = 3;  // of a kind, in words

std::uint32_t number_from(const char* name, std::uint32_t usual) {
    const char* text = std::getenv(name);
    return text == nullptr ? usual : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

struct Times {
    std::vector<std::pair<double, std::uint32_t>> all;  // seconds, seed

    void add(double seconds, std::uint32_t seed) { all.push_back({seconds, seed}); }
    void print(const char* what) {
        std::sort(all.begin(), all.end());
        double sum = 0;
        for (const auto& [seconds, seed] : all) sum += seconds;
        std::printf("%s: %.2f s in all, a host %.3f ms (median), %.3f ms at most (host %u)\n", what,
                    sum, 1000 * all[all.size() / 2].first, 1000 * all.back().first,
                    all.back().second);
    }
};

/// For `eni-routes regenerate --dry-run --facts`.
void keep_facts(const MadeHost& host) {
    const char* folder = std::getenv("ENI_FLEET_KEEP");
    if (folder == nullptr) return;
    std::ofstream file(std::string(folder) + "/host-" + std::to_string(host.seed) + ".json");
    file << render_facts_json(host.facts);
}

std::string words_of(const MadeHost& host) {
    std::string words = "host " + std::to_string(host.seed) + " (";
    for (const std::string& trait : host.traits) words += trait + ", ";
    words += std::to_string(host.interfaces.size()) + " interfaces";
    for (const TrueInterface& each : host.interfaces)
        if (!each.is_managed) words += ", not " + each.ifname;
    return words + ")";
}

TEST(Fleet, NoPlanViolatesThePolicy) {
    const std::uint32_t first = number_from("ENI_FLEET_FIRST", 1);
    const std::uint32_t count = number_from("ENI_FLEET_HOSTS", 1000);
    std::map<std::string, std::size_t> kinds, traits;
    std::size_t violations = 0, flows = 0, active = 0;
    Times plans, checks;
    for (std::uint32_t seed = first; seed - first < count; ++seed) {
        const MadeHost host = make_host(seed);
        const Verdict verdict = judge(host);
        plans.add(verdict.plan_seconds, seed);
        checks.add(verdict.check_seconds, seed);
        flows += verdict.flows;
        active += verdict.interfaces != 0 ? 1 : 0;
        for (const std::string& trait : host.traits) ++traits[trait];
        if (!verdict.violations.empty()) keep_facts(host);
        for (const std::string& violation : verdict.violations) {
            ++violations;
            if (++kinds[violation.substr(0, violation.find(": "))] <= kMostShown)
                ADD_FAILURE() << words_of(host) << "\n" << violation;
        }
    }
    std::printf("%u hosts (seeds %u to %u), %zu with a policy, %zu flows: %zu violations\n", count,
                first, first + count - 1, active, flows, violations);
    for (const auto& [kind, times] : kinds) std::printf("  %zu x %s\n", times, kind.c_str());
    plans.print("planned");
    checks.print("checked");
    for (const auto& [trait, times] : traits) std::printf("  %zu %s\n", times, trait.c_str());
    EXPECT_EQ(violations, 0U);
    // Of what is judged there is enough; one host alone may have nothing to judge.
    if (count >= 100) EXPECT_GT(active, count * 8 / 10);
    if (count >= 100) EXPECT_GT(flows, std::size_t{count} * 20);
}

}  // namespace
}  // namespace eni
