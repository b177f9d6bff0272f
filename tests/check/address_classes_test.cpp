// Which addresses the kernel does not tell apart: by rules that name a prefix of theirs, by main's
// route to each, by the local table.
#include "address_classes.hpp"

#include "checked_host.hpp"

namespace eni {
namespace {

/// 10.0.2.1 to 10.0.2.200, and 10.0.3.1 to .200, and so on.
std::vector<IpAddress> addresses(std::size_t count) {
    std::vector<IpAddress> all;
    for (std::size_t i = 0; i < count; ++i)
        all.push_back(
            ip("10.0." + std::to_string(2 + i / 200) + "." + std::to_string(1 + i % 200)));
    return all;
}

std::vector<std::size_t> sizes(const KernelSnapshot& kernel, const std::vector<IpAddress>& all) {
    const RouteIndex routes(kernel);
    std::vector<std::size_t> sizes;
    for (const auto& each : AddressClasses(kernel, routes).classes_of(all))
        sizes.push_back(each.size());
    return sizes;
}

using Sizes = std::vector<std::size_t>;

TEST(AddressClasses, FiveHundredInOnePrefixAreOne) {
    KernelSnapshot kernel = before().facts.kernel;
    kernel.routes[3].dst = net("10.0.0.0/16");
    kernel.rules.push_back(from_rule(20101, "10.0.0.0/16", kTable1));
    EXPECT_EQ(sizes(kernel, addresses(500)), Sizes({500}));
    EXPECT_EQ(sizes(kernel, {}), Sizes());
}

TEST(AddressClasses, OneWithARuleOfItsOwnIsAnother) {
    KernelSnapshot kernel = before().facts.kernel;
    kernel.rules.push_back(from_rule(100, "10.0.2.7/32", kIsp));
    EXPECT_EQ(sizes(kernel, addresses(200)), Sizes({199, 1}));
    kernel.rules.back() = rule(Family::v4, 100, kIsp);
    kernel.rules.back().to = net("10.0.2.7/32");
    EXPECT_EQ(sizes(kernel, addresses(200)), Sizes({199, 1})) << "by what comes in";
    kernel.rules.push_back(from_rule(101, "10.0.2.8/32", kIsp));
    EXPECT_EQ(sizes(kernel, addresses(200)), Sizes({198, 1, 1})) << "two rules, two tables";
    kernel.rules.push_back(from_rule(102, "10.0.2.0/29", kIsp));
    EXPECT_EQ(sizes(kernel, addresses(200)), Sizes({6, 1, 1, 192}))
        << ".1 to .6, .7, .8, and the rest";
}

TEST(AddressClasses, ARuleForAllOrOfAnotherFamilyTellsNoneApart) {
    KernelSnapshot kernel = before().facts.kernel;
    kernel.rules.push_back(from_rule(100, "0.0.0.0/0", kIsp));
    kernel.rules.push_back(from_rule(101, "2001:db8::/64", kIsp));
    EXPECT_EQ(sizes(kernel, addresses(200)), Sizes({200}));
}

TEST(AddressClasses, ARouteOfMainsTellsThemApart) {
    KernelSnapshot kernel = before().facts.kernel;
    EXPECT_EQ(sizes(kernel, addresses(400)), Sizes({200, 200})) << "10.0.2.0/24, and the default";
    kernel.routes.push_back(via("10.0.2.7/32", "10.0.0.9", "eth0", 0));
    EXPECT_EQ(sizes(kernel, addresses(200)), Sizes({199, 1}));
}

TEST(AddressClasses, OneThatIsNotLocalIsAnother) {
    KernelSnapshot kernel = before().facts.kernel;
    for (const char* own : {"10.0.2.1/32", "10.0.2.2/32"}) {
        Route local = onlink(own, "eth1", "", 0);
        local.table = kTableLocal;
        local.type = RouteType::local;
        kernel.routes.push_back(local);
    }
    EXPECT_EQ(sizes(kernel, addresses(3)), Sizes({2, 1}));
}

TEST(AddressClasses, TheFamiliesAreTwoWhereThereIsNoRoute) {
    KernelSnapshot kernel;
    EXPECT_EQ(sizes(kernel, {ip("10.0.2.1"), ip("2001:db8::1"), ip("10.0.2.2")}), Sizes({2, 1}));
}

TEST(AddressClasses, KeepTheOrder) {
    KernelSnapshot kernel = before().facts.kernel;
    kernel.rules.push_back(from_rule(100, "10.0.2.1/32", kIsp));
    const RouteIndex routes(kernel);
    const auto classes = AddressClasses(kernel, routes).classes_of(addresses(3));
    ASSERT_EQ(classes.size(), 2u);
    EXPECT_EQ(classes[0], std::vector<IpAddress>({ip("10.0.2.1")}));
    EXPECT_EQ(classes[1], std::vector<IpAddress>({ip("10.0.2.2"), ip("10.0.2.3")}));
}

// ---- What check() makes of them -----------------------------------------------------------------

/// eth1 with 500 addresses in 10.0.0.0/16 beside its own.
Host with_500() {
    Host host = before();
    host.facts.kernel.addresses[1] = address("eth1", "10.1.2.37/16");
    host.facts.kernel.routes[1].hops[0].gateway = ip("10.1.0.1");
    host.facts.kernel.routes[3] = onlink("10.1.0.0/16", "eth1", "10.1.2.37", 101);
    for (int i = 0; i < 499; ++i)
        host.facts.kernel.addresses.push_back(address(
            "eth1",
            "10.1." + std::to_string(10 + i / 200) + "." + std::to_string(1 + i % 200) + "/16"));
    return installed(host);
}

TEST(AddressClasses, OneIsTriedForAll) {
    Host host = with_500();
    CheckResult result = checked(host);
    EXPECT_EQ(lines_of(result, Grade::note), Lines());
    EXPECT_EQ(result.flows.size(), 9u) << "as for one address";
    EXPECT_EQ(result.interfaces.at(1).addresses.size(), 500u);
    erase_rule(host, 20101);
    result = checked(host);
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 rule-missing"}));
    EXPECT_THAT(result.findings[0].consequences,
                testing::Contains("replies from 10.1.2.37 and 499 more to neighbours in "
                                  "10.0.0.0/24 leave by eth0"));
    for (const CheckedAddress& each : result.interfaces.at(1).addresses)
        EXPECT_TRUE(each.is_lost) << each.address.to_string();
}

TEST(AddressClasses, TheOneThatAForeignRuleTakesIsLostAlone) {
    Host host = with_500();
    host.facts.kernel.rules.push_back(from_rule(100, "10.1.11.7/32", kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    const CheckResult result = checked(host);
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 foreign-rule"}));
    EXPECT_EQ(result.findings[0].address, ip("10.1.11.7"));
    EXPECT_EQ(result.flows.size(), 12u);
    for (const CheckedAddress& each : result.interfaces.at(1).addresses)
        EXPECT_EQ(each.is_lost, each.address == ip("10.1.11.7")) << each.address.to_string();
}

}  // namespace
}  // namespace eni
