// What EC2's metadata may say of an interface: each sentence of contradiction_in, on both sides of
// its border.
#include "metadata.hpp"

#include <gtest/gtest.h>

#include "example.hpp"
#include "make_plan.hpp"

namespace eni {
namespace {

/// Of both families, with everything that EC2 can say.
Eni whole_eni() {
    Eni whole =
        eni(1, {"10.0.2.0/24", "2001:db8:2::/64"}, {"10.0.2.37", "10.0.2.50", "2001:db8:2::37"});
    whole.delegated = {net("10.0.2.64/28"), net("2001:db8:2:0:1::/80")};
    whole.vpc_blocks = {net("10.0.0.0/16"), net("2001:db8:2::/56")};
    whole.associations = {{ip("10.0.2.37"), ip("203.0.113.66")}};
    return whole;
}

template <class Change>
std::string contradiction_after(Change change) {
    Eni changed = whole_eni();
    change(changed);
    return contradiction_in(changed).value_or("none");
}

TEST(Contradiction, IsNoneInWhatEc2Says) {
    EXPECT_EQ(contradiction_in(whole_eni()), std::nullopt);
    EXPECT_EQ(contradiction_in(eni(0, {"2001:db8:2::/64"})), std::nullopt) << "IPv6 alone";
    EXPECT_EQ(contradiction_in(eni(0, {"10.0.2.0/24"})), std::nullopt) << "and nothing else";
}

TEST(Contradiction, ACardHasAHundredDevicesAndThereAreAHundredCards) {
    const auto numbered = [](std::uint32_t card, std::uint32_t device) {
        return contradiction_after([&](Eni& e) {
            e.network_card = card;
            e.device_number = device;
        });
    };
    EXPECT_EQ(numbered(99, 99), "none");
    EXPECT_EQ(numbered(0, 100), "device 100 on network card 0 is out of range");
    EXPECT_EQ(numbered(100, 0), "device 0 on network card 100 is out of range");
    EXPECT_EQ(numbered(0, 4294967295), "device 4294967295 on network card 0 is out of range");
}

TEST(Contradiction, WithoutASubnetNothingIs) {
    EXPECT_EQ(contradiction_in(Eni{}), "it has no subnet");
}

TEST(Contradiction, ANetworkIsNoLargerThanEc2HasThemAndNoSingleAddress) {
    const auto with_block = [](const char* block) {
        return contradiction_after([&](Eni& e) { e.vpc_blocks.push_back(net(block)); });
    };
    for (const char* good : {"10.0.0.0/16", "10.0.2.36/31", "2001:db8::/32", "2001:db8::2/127"})
        EXPECT_EQ(with_block(good), "none") << good;
    for (const std::string bad :
         {"10.0.0.0/15", "10.0.2.37/32", "2001:db8::/31", "2001:db8::1/128"})
        EXPECT_EQ(with_block(bad.c_str()), bad + " is no network");
}

TEST(Contradiction, ANetworkIsOfAddressesThatAHostCanHave) {
    for (const std::string bad : {"0.0.0.0/16", "127.0.0.0/16", "169.254.0.0/16", "224.0.0.0/16",
                                  "::/32", "::1/128", "fe80::/32", "ff00::/32"})
        EXPECT_EQ(contradiction_after([&](Eni& e) { e.vpc_blocks = {net(bad)}; }),
                  bad + " is no network");
}

TEST(Contradiction, EachListOfNetworksIsLookedAt) {
    EXPECT_EQ(contradiction_after([](Eni& e) { e.subnets.push_back(net("10.0.2.37/32")); }),
              "10.0.2.37/32 is no network");
    EXPECT_EQ(contradiction_after([](Eni& e) { e.delegated = {net("10.0.2.37/32")}; }),
              "10.0.2.37/32 is no network");
    EXPECT_EQ(contradiction_after([](Eni& e) { e.vpc_blocks.clear(); }), "none");
}

TEST(Contradiction, AnAddressIsOfItsSubnets) {
    const auto with_address = [](const std::string& address) {
        return contradiction_after([&](Eni& e) { e.addresses.push_back(ip(address)); });
    };
    for (const char* good : {"10.0.2.4", "10.0.2.254", "2001:db8:2::", "2001:db8:2::ffff"})
        EXPECT_EQ(with_address(good), "none") << good;
    for (const std::string bad : {"10.0.1.254", "10.0.3.4", "2001:db8:2:1::", "2001:db8:1::1",
                                  "0.0.0.0", "127.0.0.1", "169.254.169.254", "224.0.0.1", "::1"})
        EXPECT_EQ(with_address(bad), bad + " is not in its subnet");
}

/// The network's, the router's, the name server's, one more; and the broadcast address.
TEST(Contradiction, AnAddressIsNoneThatEc2KeepsToItself) {
    for (const std::string kept : {"10.0.2.0", "10.0.2.1", "10.0.2.2", "10.0.2.3", "10.0.2.255"})
        EXPECT_EQ(contradiction_in(eni(1, {"10.0.2.0/24"}, {kept})),
                  kept + " is not in its subnet");
    EXPECT_EQ(contradiction_in(eni(1, {"2001:db8:2::/64"}, {"2001:db8:2::1"})), std::nullopt);
}

TEST(Contradiction, AnAddressIsNotOfAnotherFamilysSubnet) {
    EXPECT_EQ(contradiction_in(eni(1, {"10.0.2.0/24"}, {"2001:db8:2::37"})),
              "2001:db8:2::37 is not in its subnet");
    EXPECT_EQ(contradiction_in(eni(1, {"2001:db8:2::/64"}, {"10.0.2.37"})),
              "10.0.2.37 is not in its subnet");
}

TEST(Contradiction, ADelegatedPrefixIsAPartOfASubnet) {
    const auto delegating = [](const std::string& prefix) {
        return contradiction_after([&](Eni& e) { e.delegated.push_back(net(prefix)); });
    };
    EXPECT_EQ(delegating("10.0.2.240/28"), "none");
    for (const std::string bad : {"10.0.3.0/28", "10.0.2.0/24", "10.0.2.0/23", "2001:db8:3::/80"})
        EXPECT_EQ(delegating(bad), bad + " is not in its subnet");
}

TEST(Contradiction, NobodyHasMoreThan256OfAKind) {
    const auto with = [](int count) {
        return contradiction_after([&](Eni& e) {
            e.vpc_blocks.clear();
            for (int i = 0; i < count; ++i) e.vpc_blocks.push_back(net("10.0.0.0/16"));
        });
    };
    EXPECT_EQ(with(256), "none");
    EXPECT_EQ(with(257), "it has 257 of a kind");
}

TEST(Contradiction, APublicAddressIsThatOfOneInTheSubnet) {
    EXPECT_EQ(contradiction_after([](Eni& e) { e.associations[0].address = ip("10.0.9.37"); }),
              "203.0.113.66 is that of 10.0.9.37, which is not in its subnet");
    EXPECT_EQ(contradiction_after([](Eni& e) { e.associations[0].address = ip("10.0.2.99"); }),
              "none")
        << "it may be an address that is just coming";
}

// ---- What is known of a link --------------------------------------------------------------------

// ---- What is kept -------------------------------------------------------------------------------

/// Of so many interfaces that are gone, beside one that is here and sorts behind them all.
std::size_t kept_of(std::size_t gone) {
    Facts facts;
    Link link;
    link.ifname = "eth1";
    link.mac = "fe:00:00:00:00:01";
    facts.kernel.links = {link};
    facts.enis[link.mac] = eni(1, {"10.0.2.0/24"});
    for (std::size_t i = 0; i < gone; ++i)
        facts.enis["02:" + std::to_string(1000 + i)] = eni(2, {"10.0.3.0/24"});
    const Enis kept = enis_to_keep(facts);
    EXPECT_EQ(kept.count(link.mac), 1u);
    return kept.size();
}

TEST(EnisToKeep, WhatIsHereAndTwoHundredInAll) {
    EXPECT_EQ(kept_of(0), 1u);
    EXPECT_EQ(kept_of(199), 200u);
    EXPECT_EQ(kept_of(300), 200u);
}

// ---- Of an image --------------------------------------------------------------------------------

TEST(AnotherInstance, IsWhereAllThatIsKnownIsOfOtherInterfaces) {
    Facts facts = two_interfaces();
    EXPECT_FALSE(is_of_another_instance(facts)) << "nothing is known";
    facts.enis["02:00:00:00:0a:00"] = eni(0, {"10.9.0.0/24"});
    facts.enis["02:00:00:00:0a:01"] = eni(1, {"10.9.2.0/24"});
    EXPECT_TRUE(is_of_another_instance(facts));
    facts.enis["02:00:00:00:00:01"] = eni(1, {"10.0.2.0/24"});
    EXPECT_FALSE(is_of_another_instance(facts)) << "one is here: the others were detached";
}

/// Files and names of an eth2 that is not there are kept, as it may be back; of another instance's
/// they are not.
TEST(AnotherInstance, LeavesNothingOfInterfacesThatAreNotHere) {
    Facts facts = two_interfaces();
    const std::string path = "/etc/sysconfig/network-scripts/rule-eth2";
    facts.disk.has_network_scripts = true;
    facts.disk.files[path] = "# eni-routes: eth2\nfrom 10.9.3.0/24 table eth2\n";
    facts.disk.table_names = {{TableId{10205}, "eth1", true}, {TableId{10007}, "eth2", true}};
    const auto plan = [&] { return make_plan(facts, Config{}, Absent::keep); };
    const auto table_of_eth1 = [](const Plan& made) { return number(made.interfaces[1].table.id); };
    EXPECT_EQ(plan().keep_files_of, std::set<std::string>{"eth2"});
    EXPECT_EQ(table_of_eth1(plan()), 10205u) << "the number that it had";
    facts.enis["02:00:00:00:0a:00"] = eni(0, {"10.9.0.0/24"});
    EXPECT_TRUE(plan().is_of_another_instance);
    EXPECT_EQ(plan().keep_files_of, std::set<std::string>{});
    EXPECT_EQ(table_of_eth1(plan()), 10001u) << "by its name, until EC2 says otherwise";
}

/// As while a driver is loaded anew: they will be back.
TEST(AnotherInstance, IsNotWhereNoInterfaceIsHere) {
    Facts facts = two_interfaces();
    facts.enis["02:00:00:00:0a:00"] = eni(0, {"10.9.0.0/24"});
    facts.kernel.links.clear();
    EXPECT_FALSE(make_plan(facts, Config{}, Absent::keep).is_of_another_instance);
}

TEST(FindEni, GoesByTheMacOfTheLink) {
    Facts facts = two_interfaces();
    facts.enis["02:00:00:00:00:01"] = eni(7, {"10.0.2.0/24"});
    ASSERT_NE(find_eni(facts, "eth1"), nullptr);
    EXPECT_EQ(find_eni(facts, "eth1")->device_number, 7u);
    EXPECT_EQ(find_eni(facts, "eth0"), nullptr) << "nothing is known of it";
    EXPECT_EQ(find_eni(facts, "eth9"), nullptr) << "there is no such link";
    facts.kernel.links[1].ifname = "ens6";
    EXPECT_EQ(find_eni(facts, "ens6")->device_number, 7u);
    EXPECT_EQ(find_eni(facts, "eth1"), nullptr);
}

TEST(PublicAddress, IsThatOfTheAddressAlone) {
    Eni both = whole_eni();
    both.associations.push_back({ip("10.0.2.50"), ip("203.0.113.67")});
    EXPECT_EQ(public_address_of(both, ip("10.0.2.37")), ip("203.0.113.66"));
    EXPECT_EQ(public_address_of(both, ip("10.0.2.50")), ip("203.0.113.67"));
    EXPECT_EQ(public_address_of(both, ip("10.0.2.51")), std::nullopt);
}

}  // namespace
}  // namespace eni
