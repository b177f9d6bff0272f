// The addresses that are assigned in EC2, put on a link and taken off, in a network namespace: see
// kernel_fixture.hpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "apply_kernel.hpp"
#include "format.hpp"
#include "kernel_abilities.hpp"
#include "kernel_fixture.hpp"

namespace eni {
namespace {

std::vector<Planned<Address>> our_addresses() {
    std::vector<Planned<Address>> addresses;
    for (const char* text : {"10.0.2.50", "2001:db8:2::50"}) {
        Address ours;
        ours.ifname = "eth1";
        ours.address = address(text);
        ours.prefix_length = ours.address.bits();
        ours.protocol = 206;
        addresses.push_back({ours, "eth1", ""});
    }
    return addresses;
}

Changes adding(const std::vector<Planned<Address>>& addresses) {
    Changes changes;
    changes.addresses_added = addresses;
    return changes;
}
Changes deleting(const std::vector<Planned<Address>>& addresses) {
    Changes changes;
    changes.addresses_deleted = addresses;
    return changes;
}

/// The addresses of an interface with who made them, as the kernel tells them.
Words addresses_of(const KernelSnapshot& kernel, const std::string& ifname) {
    Words found;
    for (const Address& each : kernel.addresses)
        if (each.ifname == ifname)
            found.push_back(format_address(each) + " proto " + std::to_string(each.protocol));
    std::sort(found.begin(), found.end());
    return found;
}

TEST_F(Kernel, AddressesArePutOnAndTakenOff) {
    if (lacks_address_protocol(socket.get())) GTEST_SKIP() << "an address has no protocol";
    const Words before = addresses_of(look(), "eth1");
    ASSERT_EQ(words(apply(adding(our_addresses()))), "");
    Words expected = before;
    expected.push_back("10.0.2.50/32 dev eth1 proto 206");
    expected.push_back("2001:db8:2::50/128 dev eth1 proto 206");
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(addresses_of(look(), "eth1"), expected);
    ASSERT_EQ(words(apply(deleting(our_addresses()))), "");
    EXPECT_EQ(addresses_of(look(), "eth1"), before);
}

TEST_F(Kernel, AnAddressIsUsableAtOnceAndMakesNoRoute) {
    const auto main_before = table(254);
    ASSERT_EQ(words(apply(adding(our_addresses()))), "");
    EXPECT_EQ(table(254), main_before);
    EXPECT_NE(std::system("ip -6 address show tentative | grep -q ::50"), 0);
}

TEST_F(Kernel, AnAddressIsNotTheSourceOfThoseWhoAskForNone) {
    ip("route add default via 10.0.2.1 dev eth1");
    ip("-6 route add default via 2001:db8:2::1 dev eth1");
    ASSERT_EQ(words(apply(adding(our_addresses()))), "");
    for (const char* words :
         {"192.0.2.1 | grep -q 'src 10.0.2.37 '", "3fff::1 | grep -q 'src 2001:db8:2::37 '",
          "192.0.2.1 from 10.0.2.50 | grep -q eth1", "3fff::1 from 2001:db8:2::50 | grep -q eth1"})
        EXPECT_EQ(std::system(("ip route get " + std::string(words)).c_str()), 0) << words;
}

TEST_F(Kernel, AddressesThatAreThereOrGoneAlreadyAreNoFailure) {
    ASSERT_EQ(words(apply(adding(our_addresses()))), "");
    EXPECT_EQ(words(apply(adding(our_addresses()))), "");
    ASSERT_EQ(words(apply(deleting(our_addresses()))), "");
    EXPECT_EQ(words(apply(deleting(our_addresses()))), "");
    auto gone = our_addresses();
    gone[0].object.ifname = gone[1].object.ifname = "gone0";
    EXPECT_EQ(words(apply(deleting(gone))), "");
    EXPECT_NE(words(apply(adding(gone))), "");
}

TEST_F(Kernel, ADeletedAddressIsTheOneThatWasNamed) {
    ip("address add 10.0.2.50/24 dev eth1");
    ip("address add 10.0.2.50/32 dev eth0");
    const Words others = addresses_of(look(), "eth0");
    EXPECT_EQ(words(apply(deleting(our_addresses()))), "");
    ASSERT_EQ(words(apply(adding(our_addresses()))), "");
    ASSERT_EQ(words(apply(deleting(our_addresses()))), "");
    EXPECT_EQ(addresses_of(look(), "eth0"), others);
    EXPECT_EQ(std::system("ip address show dev eth1 | grep -q 'inet 10.0.2.50/24 '"), 0);
}

TEST_F(Kernel, DelegatedPrefixesAreLocalAsAWhole) {
    std::vector<Route> routes;
    for (const char* dst : {"10.0.2.64/28", "2001:db8:2:0:1::/80"}) {
        routes.push_back(route_to(dst, "eth1"));
        routes.back().table = kTableLocal;
        routes.back().type = RouteType::local;
        routes.back().protocol = 206;
        if (routes.back().family() == Family::v4) routes.back().scope = Scope::host;
    }
    ip("route add local 10.0.9.0/28 dev eth1");  // another program's
    const Words others = table(255);
    ASSERT_EQ(words(apply(additions(routes))), "");
    EXPECT_EQ(words(apply(additions(routes))), "");
    EXPECT_EQ(table(255).size(), others.size() + 2);
    for (const Route& route : routes) {
        const KernelSnapshot kernel = look();
        EXPECT_EQ(std::count(kernel.routes.begin(), kernel.routes.end(), route), 1);
    }
    EXPECT_EQ(std::system("ip route get 10.0.2.70 | grep -q '^local '"), 0);
    EXPECT_EQ(std::system("ip -6 route get 2001:db8:2:0:1::7 | grep -q '^local '"), 0);
    ASSERT_EQ(words(apply(deletions(routes))), "");
    EXPECT_EQ(words(apply(deletions(routes))), "");
    EXPECT_EQ(table(255), others);
}

}  // namespace
}  // namespace eni
