// The profile that an interface gets which has none: whose, of which families, and its metric.
#include "new_profile.hpp"

#include <gtest/gtest.h>

#include "example.hpp"

namespace eni {
namespace {

/// The example, and eth2 that has just been attached.
Facts with_a_new_interface() {
    Facts facts = two_interfaces();
    facts.kernel.links.push_back(eth("eth2"));
    return facts;
}

NewProfile profile_of(const Facts& facts) {
    return profile_for(facts, {}, "eth2").value();
}

TEST(Newcomer, GetsAProfileByItsMacWithItsTablesNumberForAMetric) {
    Facts facts = with_a_new_interface();
    EXPECT_EQ(profile_of(facts).mac, "02:00:00:00:00:02");
    EXPECT_EQ(profile_of(facts).metric, 10002u);
    eni_of(facts, "eth2") = eni(7, {"10.0.3.0/24"});
    eni_of(facts, "eth2").network_card = 1;
    EXPECT_EQ(profile_of(facts).metric, 10107u);
}

TEST(Newcomer, HasTheFamiliesOfItsSubnets) {
    Facts facts = with_a_new_interface();
    const auto families = [&](const std::vector<std::string>& subnets) {
        eni_of(facts, "eth2") = eni(2, subnets);
        return std::make_pair(profile_of(facts).ipv4, profile_of(facts).ipv6);
    };
    EXPECT_EQ(families({"10.0.3.0/24"}), std::make_pair(true, false));
    EXPECT_EQ(families({"2001:db8:3::/64"}), std::make_pair(false, true));
    EXPECT_EQ(families({"10.0.3.0/24", "2001:db8:3::/64"}), std::make_pair(true, true));
    facts.enis.clear();
    EXPECT_TRUE(profile_of(facts).ipv4 && profile_of(facts).ipv6) << "nobody knows";
}

TEST(Newcomer, ThatIsAloneGetsOneToo) {
    Facts facts = with_a_new_interface();
    facts.kernel.links.erase(facts.kernel.links.begin(), facts.kernel.links.begin() + 2);
    EXPECT_EQ(profile_of(facts).metric, 10002u);
}

TEST(Newcomer, ThatIsNotManagedGetsNone) {
    const Facts facts = with_a_new_interface();
    EXPECT_FALSE(profile_for(facts, {}, "eth9")) << "there is no such link";
    Facts bridge = facts;
    bridge.kernel.links[2].kind = "bridge";
    EXPECT_FALSE(profile_for(bridge, {}, "eth2"));
    Config config;
    config.exclude = {"eth2"};
    EXPECT_FALSE(profile_for(facts, config, "eth2"));
}

TEST(Newcomer, GetsNoneWhereItIsSwitchedOff) {
    const Facts facts = with_a_new_interface();
    Config off, this_off;
    off.enabled = false;
    this_off.interfaces["eth2"].enabled = false;
    EXPECT_FALSE(profile_for(facts, off, "eth2"));
    EXPECT_FALSE(profile_for(facts, this_off, "eth2"));
    for (const char* name : {"*", "eth2"}) {
        Facts disabled = facts;
        disabled.disk.disabled = {name};
        EXPECT_FALSE(profile_for(disabled, {}, "eth2")) << name;
    }
    Facts other = facts;
    other.disk.disabled = {"eth1"};
    EXPECT_TRUE(profile_for(other, {}, "eth2"));
}

}  // namespace
}  // namespace eni
