// The addresses that EC2 has assigned: which of them eni-routes puts on an interface, which it
// takes off again, and what it lets alone. By the plan and its difference to the kernel.
#include "addresses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "example.hpp"
#include "make_plan.hpp"
#include "ownership.hpp"

namespace eni {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Lines = std::vector<std::string>;

constexpr char kOurs[] = "10.0.2.50/32 dev eth1";

Plan plan_of(const Facts& facts, const Config& config = imds()) {
    return make_plan(facts, config, Absent::forget);
}

/// EC2 has said just now that eth1 has 10.0.2.50 as well.
Facts assigned() {
    Facts facts = two_interfaces();
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37", "10.0.2.50"});
    return facts;
}

/// The kernel says of each address who made it: lo's is the kernel's own (IFAPROT_KERNEL_LO).
Facts with_protocols(Facts facts) {
    facts.kernel.addresses.push_back(address("lo", "127.0.0.1/8"));
    facts.kernel.addresses.back().is_global = false;
    facts.kernel.addresses.back().protocol = 1;
    return facts;
}

/// The host after `regenerate`, with what that remembers; EC2's answer is one of before.
Facts afterwards(const Facts& facts, const Config& config = imds()) {
    const Plan plan = plan_of(facts, config);
    Facts later = carried_out(facts, plan);
    later.run = plan.run;
    for (auto& [mac, eni] : later.enis) eni.is_fresh = false;
    return later;
}

void drop_address(Facts& facts, const std::string& text) {
    auto& all = facts.kernel.addresses;
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const Address& each) { return each.address == ip(text); }),
              all.end());
}

Lines words_of(const std::vector<Planned<Address>>& addresses) {
    Lines lines;
    for (const auto& planned : addresses) lines.push_back(format_address(planned.object));
    return lines;
}
Lines added(const Facts& facts, const Config& config = imds()) {
    return words_of(diff(plan_of(facts, config), facts.kernel).addresses_added);
}
Lines deleted(const Facts& facts, const Config& config = imds()) {
    return words_of(diff(plan_of(facts, config), facts.kernel).addresses_deleted);
}
bool is_left_alone(const Facts& facts, const Config& config = imds()) {
    return added(facts, config).empty() && deleted(facts, config).empty();
}

Lines remembered(const Facts& facts, const Config& config = imds()) {
    Lines lines;
    for (const auto& [ifname, state] : plan_of(facts, config).run.interfaces)
        for (const IpAddress& address : state.added)
            lines.push_back(address.to_string() + " of " + ifname);
    return lines;
}
const Lines kRemembered = {"10.0.2.50 of eth1"};

// ---- Put on -------------------------------------------------------------------------------------

TEST(Addresses, ThatAreAssignedArePutOn) {
    const Facts facts = assigned();
    EXPECT_THAT(added(facts), ElementsAre(kOurs));
    EXPECT_THAT(deleted(facts), IsEmpty());
    EXPECT_EQ(remembered(facts), kRemembered);
    const Planned<Address> planned = plan_of(facts).addresses.at(0);
    EXPECT_EQ(planned.ifname, "eth1");
    EXPECT_EQ(planned.why, "EC2 has assigned it to this interface");
    EXPECT_EQ(planned.object.protocol, kOurProtocol);
    EXPECT_TRUE(planned.object.is_global);
}

TEST(Addresses, AreMatchedByTheRuleOfTheirSubnet) {
    EXPECT_THAT(rules_of(plan_of(assigned())),
                ElementsAre(HasSubstr("suppress_ifgroup"),
                            "from 10.0.0.0/24 iif lo table eth0 priority 20100",
                            "from 10.0.2.0/24 iif lo table eth1 priority 20101",
                            "to 10.0.2.0/24 table eth1 priority 25101"));
}

TEST(Addresses, HaveARuleOfTheirOwnInASubnetThatIsShared) {
    Facts facts = two_interfaces();
    facts.kernel.addresses[1] = address("eth1", "10.0.0.30/24");
    facts.kernel.routes[1].hops[0].gateway = ip("10.0.0.1");
    facts.kernel.routes[3] = onlink("10.0.0.0/24", "eth1", "10.0.0.30", 101);
    eni_of(facts, "eth1") = eni(1, {"10.0.0.0/24"}, {"10.0.0.30", "10.0.0.50"});
    EXPECT_THAT(rules_of(plan_of(facts)),
                ElementsAre(HasSubstr("suppress_ifgroup"),
                            "from 10.0.0.29/32 iif lo table eth0 priority 20100",
                            "from 10.0.0.30/32 iif lo table eth1 priority 20101",
                            "from 10.0.0.50/32 iif lo table eth1 priority 20101"));
}

TEST(Addresses, HaveARuleOfTheirOwnWhereEachAddressIsMatched) {
    Config config = imds();
    config.match = Match::address;
    EXPECT_THAT(rules_of(plan_of(assigned(), config)),
                Contains("from 10.0.2.50/32 iif lo table eth1 priority 20101"));
}

TEST(Addresses, OfIpv6AreWholeAddressesToo) {
    Facts facts = two_interfaces();
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 256));
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24", "2001:db8:2::/64"},
                                {"10.0.2.37", "2001:db8:2::37", "2001:db8:2::50"});
    EXPECT_THAT(added(facts), ElementsAre("2001:db8:2::50/128 dev eth1"));
    EXPECT_THAT(rules_of(plan_of(facts)),
                Contains("from 2001:db8:2::/64 iif lo table eth1 priority 20101"));
    EXPECT_THAT(rules_of(plan_of(facts)), Not(Contains(HasSubstr("::50"))));
}

TEST(Addresses, StandBehindThoseThatItHadBefore) {
    Facts facts = afterwards(assigned());
    std::rotate(facts.kernel.addresses.begin(), facts.kernel.addresses.end() - 1,
                facts.kernel.addresses.end());  // the kernel tells ours first
    const Plan plan = plan_of(facts);
    EXPECT_THAT(plan.interfaces.at(1).addresses, ElementsAre(ip("10.0.2.37"), ip("10.0.2.50")));
    EXPECT_THAT(routes_of(plan, "eth1"),
                Contains("10.0.2.0/24 dev eth1 table eth1 scope link src 10.0.2.37"));
}

TEST(Addresses, AreAddressesOfTheInterfaceOnlyWhenTheyAreThere) {
    EXPECT_THAT(plan_of(assigned()).interfaces.at(1).addresses, ElementsAre(ip("10.0.2.37")));
}

TEST(Addresses, AreThereTheSecondTimeAlready) {
    for (const Facts& facts : {assigned(), with_protocols(assigned())}) {
        Facts later = afterwards(facts);
        EXPECT_TRUE(diff(plan_of(later), later.kernel).empty());
        eni_of(later, "eth1").is_fresh = true;
        EXPECT_TRUE(diff(plan_of(later), later.kernel).empty());
        EXPECT_EQ(remembered(later), kRemembered);
    }
}

TEST(Addresses, AreAddedToAnInterfaceThatIsAlone) {
    Facts facts = assigned();
    facts.kernel.links.erase(facts.kernel.links.begin());
    EXPECT_FALSE(plan_of(facts).is_active);
    EXPECT_THAT(added(facts), ElementsAre(kOurs));
    const Facts later = afterwards(facts);
    EXPECT_TRUE(is_left_alone(later));
    EXPECT_EQ(remembered(later), kRemembered);
    EXPECT_THAT(deleted(later, Config{}), ElementsAre(kOurs));
}

// ---- Kept, put back, taken off ------------------------------------------------------------------

TEST(Addresses, ThatAreNoLongerAssignedAreTakenOff) {
    for (const Facts& before : {assigned(), with_protocols(assigned())}) {
        Facts facts = afterwards(before);
        eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
        EXPECT_THAT(added(facts), IsEmpty());
        EXPECT_THAT(deleted(facts), ElementsAre(kOurs));
        EXPECT_THAT(remembered(facts), IsEmpty());
    }
}

TEST(Addresses, StayAndArePutBackWithoutAnAnswer) {
    Facts facts = afterwards(assigned());
    eni_of(facts, "eth1").addresses = {ip("10.0.2.37"), ip("10.0.2.51")};  // is not fresh
    EXPECT_TRUE(is_left_alone(facts));
    EXPECT_EQ(remembered(facts), kRemembered);
    facts.enis.clear();
    EXPECT_TRUE(is_left_alone(facts));
    drop_address(facts, "10.0.2.50");
    EXPECT_THAT(added(facts), ElementsAre(kOurs));
    EXPECT_EQ(remembered(facts), kRemembered);
}

TEST(Addresses, AreNotAddedByAnEarlierAnswer) {
    Facts facts = assigned();
    eni_of(facts, "eth1").is_fresh = false;
    EXPECT_THAT(added(facts), IsEmpty());
    EXPECT_THAT(remembered(facts), IsEmpty());
}

TEST(Addresses, OfAnotherInterfaceThatHasTheNameNowAreNotOurs) {
    Facts facts = afterwards(assigned());
    facts.enis.clear();
    facts.kernel.links[1].mac = "02:00:00:00:00:99";
    EXPECT_TRUE(is_left_alone(facts));
    EXPECT_THAT(remembered(facts), IsEmpty());
    drop_address(facts, "10.0.2.50");
    EXPECT_THAT(added(facts), IsEmpty());
}

TEST(Addresses, StayOursWhenTheInterfaceIsRenamed) {
    Facts facts = afterwards(assigned());
    facts.kernel.links[1].ifname = "eth9";
    for (Address& each : facts.kernel.addresses)
        if (each.ifname == "eth1") each.ifname = "eth9";
    for (Route& each : facts.kernel.routes)
        for (NextHop& hop : each.hops)
            if (hop.ifname == "eth1") hop.ifname = "eth9";
    EXPECT_TRUE(is_left_alone(facts));
    EXPECT_EQ(plan_of(facts).run.interfaces["eth9"].added, std::vector<IpAddress>{ip("10.0.2.50")});
    Config off = imds();
    off.addresses = Addresses::off;
    EXPECT_THAT(deleted(facts, off), ElementsAre("10.0.2.50/32 dev eth9"));
}

TEST(Addresses, AreTakenOffALinkThatIsDownAndComeBackWithIt) {
    Facts facts = afterwards(assigned());
    facts.kernel.links[1].is_up = false;
    EXPECT_THAT(deleted(facts), ElementsAre(kOurs));
    EXPECT_EQ(remembered(facts), kRemembered);
    facts = afterwards(facts);
    EXPECT_TRUE(is_left_alone(facts));
    facts.kernel.links[1].is_up = true;
    EXPECT_THAT(added(facts), ElementsAre(kOurs));
}

TEST(Addresses, GoWithTheAddressThatNetworkManagerGave) {
    Facts facts = afterwards(assigned());
    drop_address(facts, "10.0.2.37");
    EXPECT_THAT(deleted(facts), ElementsAre(kOurs));
    EXPECT_EQ(remembered(facts), kRemembered);
    facts = afterwards(facts);
    facts.kernel.addresses.push_back(address("eth1", "10.0.2.37/24"));
    EXPECT_THAT(added(facts), ElementsAre(kOurs));
}

TEST(Addresses, OfAFamilyThatHasNoneYetAreLeftToDhcp) {
    Facts facts = assigned();
    drop_address(facts, "10.0.2.37");
    Address link_local = address("eth1", "169.254.7.7/16");
    Address host_scope = address("eth1", "10.9.9.9/32");
    host_scope.is_global = false;
    for (const Address& none : {link_local, host_scope, address("eth1", "2001:db8:2::37/64"),
                                address("eth0", "10.0.0.30/24")})
        facts.kernel.addresses.push_back(none);
    EXPECT_THAT(added(facts), IsEmpty());
    EXPECT_THAT(remembered(facts), IsEmpty());
}

/// Whoever controls the answers could claim any address there is.
TEST(Addresses, OfASubnetThatTheInterfaceIsNotInAreNotAdded) {
    Facts facts = assigned();
    eni_of(facts, "eth1") = eni(1, {"198.18.0.0/16"}, {"198.18.7.7"});
    eni_of(facts, "eth1").delegated = {net("198.18.8.0/28")};
    EXPECT_THAT(added(facts), IsEmpty());
    const Plan plan = plan_of(facts);
    EXPECT_TRUE(std::none_of(plan.routes.begin(), plan.routes.end(),
                             [](const auto& route) { return route.object.table == kTableLocal; }));
}

TEST(Addresses, MoveFromOneInterfaceToAnother) {
    Facts facts = afterwards(with_protocols(assigned()));
    eni_of(facts, "eth0") = eni(0, {"10.0.0.0/24", "10.0.2.0/24"}, {"10.0.0.29", "10.0.2.50"});
    for (const bool is_answered : {true, false}) {  // of the one that it was taken from
        eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
        eni_of(facts, "eth1").is_fresh = is_answered;
        EXPECT_THAT(added(facts), ElementsAre("10.0.2.50/32 dev eth0")) << is_answered;
        EXPECT_THAT(deleted(facts), ElementsAre(kOurs)) << is_answered;
        EXPECT_EQ(remembered(facts), Lines{"10.0.2.50 of eth0"}) << is_answered;
    }
    facts.enis.erase(facts.kernel.links[1].mac);
    EXPECT_THAT(deleted(facts), ElementsAre(kOurs)) << "nothing is known of it";
    eni_of(facts, "eth0").is_fresh = false;
    EXPECT_TRUE(is_left_alone(facts)) << "that was said before it was put on eth1";
}

// ---- Somebody else's ----------------------------------------------------------------------------

TEST(Addresses, ThatPeopleAddedAreTheirs) {
    for (const Facts& before : {assigned(), with_protocols(assigned())}) {
        Facts facts = before;
        facts.kernel.addresses.push_back(address("eth1", "10.0.2.60/24"));  // not EC2's
        facts.kernel.addresses.push_back(address("eth1", "10.0.2.61/32"));
        EXPECT_THAT(added(facts), ElementsAre(kOurs));
        EXPECT_THAT(deleted(facts), IsEmpty());
        eni_of(facts, "eth1").addresses.clear();
        EXPECT_TRUE(is_left_alone(facts));
    }
}

TEST(Addresses, ThatAProfileGivesAreNotAddedAgainNorTakenOff) {
    for (const char* profiles : {"10.0.2.50/24", "10.0.2.50/32"}) {
        Facts facts = assigned();
        facts.kernel.addresses.push_back(address("eth1", profiles));
        EXPECT_TRUE(is_left_alone(facts)) << profiles;
        EXPECT_THAT(remembered(facts), IsEmpty()) << profiles;
        eni_of(facts, "eth1").addresses.pop_back();
        EXPECT_TRUE(is_left_alone(facts)) << profiles;
    }
}

TEST(Addresses, ThatAnotherInterfaceHasAreNotAdded) {
    for (const char* ifname : {"eth0", "lo", "docker0"}) {
        Facts facts = assigned();
        facts.kernel.addresses.push_back(address(ifname, "10.0.2.50/32"));
        EXPECT_TRUE(is_left_alone(facts)) << ifname;
        EXPECT_THAT(remembered(facts), IsEmpty()) << ifname;
    }
}

TEST(Addresses, OfAnotherPrefixLengthOrProtocolAreNotTheOneThatWasAdded) {
    Facts facts = with_protocols(afterwards(assigned()));
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    EXPECT_THAT(deleted(facts), ElementsAre(kOurs));
    Address& own = *std::find_if(facts.kernel.addresses.begin(), facts.kernel.addresses.end(),
                                 [](const Address& a) { return a.address == ip("10.0.2.50"); });
    own.prefix_length = 24;
    EXPECT_THAT(deleted(facts), IsEmpty());
    own.prefix_length = 32;
    own.protocol = 0;
    EXPECT_THAT(deleted(facts), IsEmpty());
    own.protocol = kOurProtocol;
    own.ifname = "eth0";
    EXPECT_THAT(deleted(facts), IsEmpty());
}

TEST(Addresses, OfOurProtocolThatNobodyRemembersAreNotOurs) {
    Facts facts = with_protocols(afterwards(assigned()));
    facts.run = {};
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    EXPECT_THAT(deleted(facts), IsEmpty());
}

TEST(Addresses, AreKnownByWhatIsRememberedAloneWhereNoAddressHasAProtocol) {
    Facts facts = afterwards(assigned());
    for (Address& each : facts.kernel.addresses) each.protocol = 0;  // before Linux 5.18
    EXPECT_TRUE(is_left_alone(facts));
    eni_of(facts, "eth1") = eni(1, {"10.0.2.0/24"}, {"10.0.2.37"});
    EXPECT_THAT(deleted(facts), ElementsAre(kOurs));
}

TEST(Addresses, ThatSomebodyElseHasMeanwhileAreLeftToHim) {
    for (const char* ifname : {"eth0", "eth1"}) {
        Facts facts = afterwards(assigned());
        drop_address(facts, "10.0.2.50");
        facts.kernel.addresses.push_back(address(ifname, "10.0.2.50/24"));
        for (const bool is_fresh : {true, false}) {
            eni_of(facts, "eth1").is_fresh = is_fresh;
            EXPECT_TRUE(is_left_alone(facts)) << ifname;
            EXPECT_THAT(remembered(facts), IsEmpty()) << ifname;
        }
    }
}

TEST(Addresses, ThatSomebodyElseAddsBesideOursMakeOursGo) {
    Facts facts = afterwards(with_protocols(assigned()));
    facts.kernel.addresses.insert(facts.kernel.addresses.begin(), address("eth1", "10.0.2.50/24"));
    EXPECT_THAT(deleted(facts), ElementsAre(kOurs));
    const Plan plan = plan_of(facts);
    EXPECT_THAT(plan.interfaces.at(1).addresses, ElementsAre(ip("10.0.2.50"), ip("10.0.2.37")));
    const KernelSnapshot after = applied(diff(plan, facts.kernel), facts.kernel);
    EXPECT_EQ(after.addresses.front().prefix_length, 24) << "his stays";
    EXPECT_EQ(after.addresses.size(), facts.kernel.addresses.size() - 1);
}

// ---- Switched off -------------------------------------------------------------------------------

TEST(Addresses, GoWhereTheyAreSwitchedOff) {
    const Facts facts = afterwards(assigned());
    Config off = imds(), not_managed = imds(), without_eth1 = imds();
    off.enabled = false;
    not_managed.exclude = {"eth1"};
    without_eth1.interfaces["eth1"].enabled = false;
    for (const Config& config : {Config{}, off, not_managed, without_eth1}) {
        EXPECT_THAT(deleted(facts, config), ElementsAre(kOurs));
        EXPECT_THAT(added(facts, config), IsEmpty());
        EXPECT_THAT(remembered(facts, config), IsEmpty());
        EXPECT_TRUE(is_left_alone(two_interfaces(), config));
    }
    for (const char* name : {"eth1", "*"}) {
        Facts disabled = facts;
        disabled.disk.disabled = {name};
        EXPECT_THAT(deleted(disabled), ElementsAre(kOurs)) << name;
        EXPECT_THAT(remembered(disabled), IsEmpty()) << name;
    }
}

TEST(Addresses, AreLeftToCnisPods) {
    Facts facts = assigned();
    eni_of(facts, "eth1").delegated = {net("10.0.2.64/28")};
    Facts later = afterwards(facts);
    Rule cni = rule(Family::v4, 1024, kTableMain);
    cni.fwmark = cni.fwmask = 0x80;
    facts.kernel.rules.push_back(cni);
    later.kernel.rules.push_back(cni);
    EXPECT_THAT(added(facts), IsEmpty());
    EXPECT_THAT(plan_of(facts).routes,
                Not(Contains(testing::Field(&Planned<Route>::in_file, false))));
    EXPECT_THAT(notes_of(plan_of(facts)),
                Contains(": amazon-vpc-cni gives the assigned addresses to its pods: none are "
                         "added"));
    EXPECT_THAT(deleted(later), ElementsAre(kOurs));
    EXPECT_THAT(remembered(later), IsEmpty());
    EXPECT_THAT(notes_of(plan_of(facts, Config{})), Not(Contains(HasSubstr("none are added"))));
}

// ---- Delegated prefixes -------------------------------------------------------------------------

/// Of both families, beside the addresses of before.
Facts delegated() {
    Facts facts = assigned();
    facts.kernel.addresses.push_back(address("eth1", "2001:db8:2::37/64"));
    facts.kernel.routes.push_back(onlink("2001:db8:2::/64", "eth1", "", 256));
    eni_of(facts, "eth1").subnets.push_back(net("2001:db8:2::/64"));
    eni_of(facts, "eth1").delegated = {net("10.0.2.64/28"), net("2001:db8:2:0:1::/80")};
    return facts;
}

Lines local_routes(const std::vector<Planned<Route>>& routes) {
    Lines lines;
    for (const auto& planned : routes)
        if (planned.object.table == kTableLocal)
            lines.push_back(planned.ifname + ": " + format_route(planned.object, "local"));
    return lines;
}
const Lines kLocal = {"eth1: local 10.0.2.64/28 dev eth1 table local",
                      "eth1: local 2001:db8:2:0:1::/80 dev eth1 table local"};

TEST(Delegated, PrefixesAreThisHostsAsAWhole) {
    const Plan plan = plan_of(delegated());
    EXPECT_EQ(local_routes(plan.routes), kLocal);
    for (const auto& planned : plan.routes)
        if (planned.object.table == kTableLocal) {
            EXPECT_EQ(planned.object.protocol, kOurProtocol);
            EXPECT_EQ(planned.why, "EC2 has delegated it to this interface");
            EXPECT_FALSE(planned.in_file);
        }
    EXPECT_THAT(words_of(plan.addresses), ElementsAre(kOurs)) << "the prefixes are no addresses";
}

TEST(Delegated, PrefixesAreThereTheSecondTimeAlready) {
    const Facts later = afterwards(delegated());
    EXPECT_TRUE(diff(plan_of(later), later.kernel).empty());
}

TEST(Delegated, PrefixesGoWhenTheyAreNoLongerDelegated) {
    Facts facts = afterwards(delegated());
    eni_of(facts, "eth1").delegated.pop_back();
    EXPECT_THAT(
        diff(plan_of(facts), facts.kernel).routes_deleted,
        ElementsAre(testing::Field(&Planned<Route>::object,
                                   testing::Field(&Route::dst, net("2001:db8:2:0:1::/80")))));
    facts.enis.clear();
    EXPECT_EQ(diff(plan_of(facts), facts.kernel).routes_deleted.size(), 2u);
}

TEST(Delegated, PrefixesAreOneInterfacesAlone) {
    Facts facts = delegated();
    eni_of(facts, "eth1").delegated.pop_back();
    eni_of(facts, "eth0") = eni(0, {"10.0.2.0/24"});
    facts.kernel.addresses.push_back(address("eth0", "10.0.2.30/24"));
    eni_of(facts, "eth0").delegated = {net("10.0.2.64/28")};
    const auto holder = [&](bool eth0_is_answered, bool eth1_is_answered) {
        eni_of(facts, "eth0").is_fresh = eth0_is_answered;
        eni_of(facts, "eth1").is_fresh = eth1_is_answered;
        const Lines routes = local_routes(plan_of(facts).routes);
        return routes.size() == 1 ? routes[0].substr(0, 4) : "not one";
    };
    EXPECT_EQ(holder(true, false), "eth0");
    EXPECT_EQ(holder(false, true), "eth1") << "it has moved there";
    EXPECT_EQ(holder(true, true), "eth0");
    EXPECT_EQ(holder(false, false), "eth0");
}

TEST(Delegated, PrefixesGoWhereAddressesAreSwitchedOff) {
    const Facts facts = afterwards(delegated());
    EXPECT_EQ(diff(plan_of(facts, Config{}), facts.kernel).routes_deleted.size(), 2u);
    EXPECT_THAT(local_routes(plan_of(delegated(), Config{}).routes), IsEmpty());
}

TEST(Delegated, PrefixesOfALinkThatIsDownOrOfAFamilyThatHasNoneAreNotThisHosts) {
    Facts facts = delegated();
    drop_address(facts, "2001:db8:2::37");
    EXPECT_EQ(local_routes(plan_of(facts).routes), Lines{kLocal[0]});
    facts.kernel.links[1].is_up = false;
    EXPECT_THAT(local_routes(plan_of(facts).routes), IsEmpty());
}

TEST(Delegated, PrefixesAreSourcesWhoeverUsesThem) {
    Config by_address;
    by_address.match = Match::address;
    EXPECT_THAT(rules_of(plan_of(delegated(), by_address)),
                ::testing::IsSupersetOf({"from 10.0.2.37/32 iif lo table eth1 priority 20101",
                                         "from 10.0.2.64/28 table eth1 priority 20101",
                                         "from 2001:db8:2::37/128 iif lo table eth1 priority 20101",
                                         "from 2001:db8:2:0:1::/80 table eth1 priority 20101"}));
    EXPECT_THAT(rules_of(plan_of(delegated(), Config{})),
                Contains("from 10.0.2.64/28 table eth1 priority 20101"))
        << "the subnet's rule is for this host alone";
    EXPECT_THAT(rules_of(plan_of(delegated())), Not(Contains(HasSubstr("/28"))))
        << "all of it is this host's";
}

TEST(Delegated, PrefixesHaveARuleOfTheirOwnInASubnetThatIsShared) {
    Facts facts = two_interfaces();
    facts.kernel.addresses[1] = address("eth1", "10.0.0.30/24");
    facts.kernel.routes[3] = onlink("10.0.0.0/24", "eth1", "10.0.0.30", 101);
    eni_of(facts, "eth1") = eni(1, {"10.0.0.0/24"}, {"10.0.0.30"});
    eni_of(facts, "eth1").delegated = {net("10.0.0.64/28")};
    EXPECT_THAT(rules_of(plan_of(facts)),
                Contains("from 10.0.0.64/28 iif lo table eth1 priority 20101"));
}

TEST(Delegated, PrefixesOfAFamilyWithoutAnAddressAreNoSources) {
    Facts facts = delegated();
    drop_address(facts, "10.0.2.37");
    Config by_address;
    by_address.match = Match::address;
    EXPECT_THAT(rules_of(plan_of(facts, by_address)), Not(Contains(HasSubstr("10.0.2."))));
}

// ---- What is usable -----------------------------------------------------------------------------

TEST(UsableAddresses, AreTheKernelsAndThoseOfThePlan) {
    Facts facts = assigned();
    auto& all = facts.kernel.addresses;
    all.push_back(address("eth1", "10.0.2.70/24"));
    all.back().is_duplicate = true;
    all.push_back(address("eth1", "169.254.7.7/16"));
    all.push_back(address("eth1", "10.0.2.71/32"));
    all.back().is_global = false;
    all.push_back(address("eth1", "2001:db8:2::37/64"));
    const Plan plan = plan_of(facts);
    const auto host = addresses_afterwards(facts.kernel, plan);
    const auto usable = [&](const char* ifname, Family family) {
        Lines lines;
        for (const Address& each : usable_addresses(host, ifname, family))
            lines.push_back(format_address(each));
        return lines;
    };
    EXPECT_EQ(usable("eth1", Family::v4), Lines({"10.0.2.37/24 dev eth1", kOurs}));
    EXPECT_EQ(usable("eth1", Family::v6), Lines({"2001:db8:2::37/64 dev eth1"}));
    EXPECT_EQ(usable("eth0", Family::v4), Lines({"10.0.0.29/24 dev eth0"}));
}

}  // namespace
}  // namespace eni
