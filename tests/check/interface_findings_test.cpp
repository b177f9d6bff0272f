// What check() says of an interface that has no part in the policy, or by which nothing gets out:
// switched off, down, without a carrier, an address or a manager. One finding, and all that
// follows below it; an Elastic IP that does not answer makes it BROKEN.
#include "checked_host.hpp"

namespace eni {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kLostElastic = "replies from 10.0.2.37 to the internet ";

/// As the kernel leaves it: no route by it in any table, its IPv4 addresses stay.
void set_down(Host& host, const std::string& ifname) {
    link_named(host, ifname).is_up = false;
    erase_routes(host,
                 [&](const Route& r) { return !r.hops.empty() && r.hops[0].ifname == ifname; });
}

void take_addresses(Host& host, const std::string& ifname) {
    auto& addresses = host.facts.kernel.addresses;
    addresses.erase(std::remove_if(addresses.begin(), addresses.end(),
                                   [&](const Address& own) { return own.ifname == ifname; }),
                    addresses.end());
    erase_routes(host,
                 [&](const Route& r) { return !r.hops.empty() && r.hops[0].ifname == ifname; });
}

// ---- Switched off -------------------------------------------------------------------------------

TEST(InterfaceOff, OneOfTwoIsTheCauseOfAllThatIsLost) {
    Host host = on_ec2();
    host.facts.disk.disabled = {"eth1"};
    const CheckResult result = checked(host);
    EXPECT_EQ(
        lines_of(result, Grade::note),
        Lines({"BROKEN eth1 interface-disabled: is switched off",
               "  because eni-routes disable eth1 was called", "  fix: eni-routes enable eth1",
               "  + replies from 10.0.0.29 to neighbours in 10.0.2.0/24 leave by eth1",
               dropped_on("eth0"), "  + replies from 10.0.2.37 to the internet leave by eth0",
               dropped_on("eth1"),
               "  + replies from 10.0.2.37 to neighbours in 10.0.0.0/24 leave by eth0"}));
    EXPECT_EQ(result.worst_of("eth1"), Grade::broken);
    EXPECT_EQ(result.worst_of("eth0"), Grade::good);
    ASSERT_EQ(result.interfaces.size(), 2u) << "it is named all the same";
    EXPECT_TRUE(result.interfaces[1].addresses.at(0).is_lost);
}

TEST(InterfaceOff, OneOfThreeIsTheCauseOfAllThatIsLost) {
    Host host = on_ec2();
    add_eth2(host);
    host.facts.disk.disabled = {"eth1"};
    host = installed(host);
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 interface-disabled"}));
    EXPECT_THAT(finding_of(host, "interface-disabled").consequences,
                Contains(kLostElastic + "leave by eth0"));
    host.facts.disk.disabled.clear();
    host.config.interfaces["eth1"].enabled = false;
    const Finding finding = finding_of(host, "interface-disabled");
    EXPECT_EQ(finding.because, "the configuration has 'enabled: false' for it");
    EXPECT_EQ(finding.fix,
              "'interface: {eth1: {enabled: true}}' in the configuration, then: eni-routes "
              "regenerate");
}

/// Its rules and its table are left over until the next run: that is the same cause.
TEST(InterfaceOff, WhatIsLeftOfItIsNoFindingOfItsOwn) {
    Host host = on_ec2();
    add_eth2(host);
    host = installed(host);
    host.facts.disk.disabled = {"eth1"};
    EXPECT_EQ(heads(host), Lines({"note eth1 interface-disabled"}));
    EXPECT_THAT(finding_of(host, "interface-disabled").consequences,
                testing::IsSupersetOf(Lines{kOurs + " is left over",
                                            "table eth1 has left over \"default via 10.0.2.1 dev "
                                            "eth1 table eth1\""}));
}

TEST(InterfaceOff, WithNothingLostItIsANote) {
    Host host = before();
    host.facts.kernel.links.push_back(eth("eth2"));  // no address
    host.facts.disk.disabled = {"eth2"};
    EXPECT_EQ(heads(installed(host)), Lines({"note eth2 interface-disabled"}));
}

TEST(InterfaceOff, WithTheWholeProgramOffItIsNotNamed) {
    Host host = on_ec2();
    host.facts.disk.disabled = {"*", "eth1"};
    EXPECT_EQ(heads(host), Lines({"BROKEN host switched-off"}));
}

// ---- Down, without a carrier, without an address ------------------------------------------------

TEST(Interface, DownIsBrokenByItsElasticIp) {
    Host host = installed(on_ec2());
    set_down(host, "eth1");
    const CheckResult result = checked(host);
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 link-down"}));
    const Finding& finding = result.findings[0];
    EXPECT_EQ(finding.text, "is down");
    EXPECT_EQ(finding.fix, "ip link set eth1 up");
    EXPECT_THAT(finding.consequences, Contains(kLostElastic + "are not sent: eth1 is down"));
    EXPECT_THAT(finding.consequences, Contains(HasSubstr("is left over"))) << "and no finding each";
    add_device(host, "eth1", "eth1");
    EXPECT_EQ(finding_of(host, "link-down").fix,
              "ip link set eth1 up && nmcli connection up ifname eth1");
    host.facts.host->networkmanager->devices[0].is_managed = false;
    EXPECT_EQ(finding_of(host, "link-down").fix, "ip link set eth1 up");
}

TEST(Interface, DownWithNothingThatClientsKnowIsANote) {
    Host host = before();
    host.facts.kernel.links.push_back(eth("eth2"));
    host.facts.kernel.links.push_back(eth("eth3"));
    host.facts.kernel.links.back().is_up = false;
    EXPECT_EQ(
        lines_of(installed(host)),
        Lines({"note eth2 no-address: has no address", "  fix: nmcli connection up ifname eth2",
               "note eth3 link-down: is down", "  fix: ip link set eth3 up"}));
}

/// The kernel chooses a link without carrier as it chooses any other.
TEST(Interface, WithoutACarrierNothingGetsOut) {
    Host host = installed(on_ec2());
    link_named(host, "eth1").has_carrier = false;
    EXPECT_EQ(
        lines_of(host),
        Lines(
            {"BROKEN eth1 no-carrier: has no carrier: the kernel chooses it, and nothing gets out",
             "  because it may be detached from the instance, or be failing",
             "  + replies from 10.0.2.37 to the internet and neighbours in 10.0.0.0/24 get "
             "nowhere: eth1 has no carrier",
             "  + replies from 10.0.2.37 to neighbours in 10.0.2.0/24 get nowhere: eth1 has no "
             "carrier",
             "  + packets of programs bound to no address to neighbours in 10.0.2.0/24 get "
             "nowhere: eth1 has no carrier"}));
}

TEST(Interface, WithoutAnAddressAndAProfile) {
    Host host = on_ec2();
    host = installed(host);
    take_addresses(host, "eth1");
    add_device(host, "eth0", "eth0");
    add_device(host, "eth1", "");
    const CheckResult result = checked(host);
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 no-address"}));
    const Finding& finding = result.findings[0];
    EXPECT_EQ(finding.text, "has no address");
    EXPECT_EQ(finding.because, "NetworkManager has no profile for it");
    EXPECT_EQ(finding.fix, "eni-routes plug eth1");
    EXPECT_THAT(finding.consequences,
                testing::IsSupersetOf(
                    Lines{"10.0.2.37 (198.51.100.11) is assigned to it in EC2, and no interface "
                          "has it",
                          kLostElastic + "are not sent: no interface has the address"}));
    host.facts.host->networkmanager->devices[1].is_managed = false;
    EXPECT_EQ(lines_of(host),
              Lines({"BROKEN eth1 networkmanager-unmanaged: is not managed by NetworkManager, and "
                     "has no address",
                     "  fix: nmcli device set eth1 managed yes && nmcli connection up ifname eth1",
                     "  + 10.0.2.37 (198.51.100.11) is assigned to it in EC2, and no interface has "
                     "it",
                     "  + " + kLostElastic + "are not sent: no interface has the address",
                     "  + " + kOurs + " is left over",
                     "  + rule \"25101: from all to 10.0.2.0/24 lookup eth1\" is left over"}))
        << "a profile on a link that is not managed is not usable";
}

TEST(Interface, WithoutAnAddressItsProfileIsBroughtUp) {
    Host host = installed(on_ec2());
    take_addresses(host, "eth1");
    EXPECT_EQ(finding_of(host, "no-address").fix, "nmcli connection up ifname eth1");
    add_device(host, "eth1", "eth1");
    const Finding finding = finding_of(host, "no-address");
    EXPECT_EQ(finding.fix, "nmcli connection up ifname eth1");
    EXPECT_EQ(finding.because, "");
    EXPECT_EQ(finding.grade, Grade::broken);
    eni_of(host.facts, "eth1").associations.clear();
    EXPECT_EQ(finding_of(host, "no-address").grade, Grade::warning) << "no client knows it";
}

// ---- Not managed --------------------------------------------------------------------------------

/// eth1 has become another link, which has its address and its default in main.
Host with_other_link(const std::string& ifname, const std::string& kind) {
    Host host = on_ec2();
    KernelSnapshot& kernel = host.facts.kernel;
    kernel.links.push_back(kernel.links[1]);
    kernel.links.back().ifname = ifname;
    kernel.links.back().kind = kind;
    kernel.addresses[1].ifname = ifname;
    for (Route& route : kernel.routes)
        if (route.hops[0].ifname == "eth1") route.hops[0].ifname = ifname;
    return host;
}

/// By name alone, where EC2 was not asked.
Host without_metadata(Host host) {
    host.facts.enis.clear();
    return host;
}

TEST(Unmanaged, ABridgeOverAnInterface) {
    Host host = with_other_link("br0", "bridge");
    host.facts.kernel.links[1].is_port = true;
    EXPECT_EQ(lines_of(without_metadata(host)),
              Lines({"warning br0 interface-unmanaged: has a default in main, and is not managed",
                     "  because it is a bridge, which is no network interface of EC2's"}));
    const CheckResult result = checked(host);
    EXPECT_EQ(
        lines_of(result, Grade::note),
        Lines({"BROKEN br0 interface-unmanaged: is not managed: replies from its addresses follow "
               "main",
               "  because it is a bridge, which is no network interface of EC2's",
               "  + replies from 10.0.2.37 to the internet leave by eth0", dropped_on("br0")}));
    ASSERT_FALSE(result.interfaces.empty());
    const CheckedInterface& last = result.interfaces.back();
    EXPECT_EQ(last.ifname, "br0");
    EXPECT_FALSE(last.is_managed);
    ASSERT_EQ(last.addresses.size(), 1u);
    EXPECT_EQ(last.addresses[0].public_address, ip("198.51.100.11"));
    EXPECT_TRUE(last.addresses[0].is_lost);
}

TEST(Unmanaged, AVlan) {
    EXPECT_THAT(lines_of(without_metadata(with_other_link("ens5.100", "vlan"))),
                testing::IsSupersetOf(
                    {"warning ens5.100 interface-unmanaged: has a default in main, and is not "
                     "managed",
                     "  because it is a vlan, which is no network interface of EC2's"}));
}

TEST(Unmanaged, ANameThatIsNotIncluded) {
    Host host = with_other_link("lan0", "");
    host.facts.kernel.links.erase(host.facts.kernel.links.begin() + 1);
    const Lines reason = {
        "  because its name is none of 'interfaces: {include}'",
        "  fix: 'interfaces: {include: [\"eth[0-9]*\", \"en[opsx][0-9]*\", \"enX[0-9]*\", lan0]}' "
        "in the configuration, then: eni-routes regenerate"};
    Lines expected = {
        "warning lan0 interface-unmanaged: has a default in main, and is not managed"};
    expected.insert(expected.end(), reason.begin(), reason.end());
    EXPECT_EQ(lines_of(without_metadata(host)), expected);
    EXPECT_EQ(heads(host), Lines({"BROKEN lan0 interface-unmanaged"}));
    host.config.include.push_back("lan0");
    EXPECT_EQ(heads(installed(host)), Lines()) << "the remedy";
}

TEST(Unmanaged, OneThatTheConfigurationExcludes) {
    Host host = on_ec2();
    host.config.exclude = {"eth1"};
    EXPECT_EQ(finding_of(host, "interface-unmanaged").because,
              "'interfaces: {exclude}' leaves it out");
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 interface-unmanaged"}));
}

TEST(Unmanaged, APortThatEc2DeliversTo) {
    Host host = on_ec2();
    link_named(host, "eth1").is_port = true;  // of a VRF, and has the address itself
    EXPECT_EQ(finding_of(host, "interface-unmanaged").because,
              "it is a port of another link, which has its addresses");
    host.facts.enis.clear();
    EXPECT_EQ(heads(host), Lines()) << "the link that it is a port of is named";
}

TEST(Unmanaged, WhatIsNoInterfaceOfEc2sIsNotNamed) {
    Host host = before();
    add_docker(host);
    host.facts.kernel.links.push_back(eth("tun0"));
    host.facts.kernel.links.back().ethernet = false;
    for (const char* half : {"0.0.0.0/1", "128.0.0.0/1"})
        host.facts.kernel.routes.push_back(onlink(half, "tun0", "10.8.0.2", 0));
    EXPECT_EQ(complaints(installed(host)), Lines());
}

/// It gives the secondary interfaces' addresses to pods, and leaves them nameless.
TEST(Unmanaged, WhereCniIsAtWorkItIsANote) {
    Host host = without_metadata(with_other_link("lan0", ""));
    host.facts.kernel.rules.push_back(marked_rule(1024, 0x80, 0x80, kTableMain));
    EXPECT_EQ(finding_of(host, "interface-unmanaged").grade, Grade::note);
}

// ---- Notes of the plan --------------------------------------------------------------------------

TEST(PlanNotes, TheHostsOwnOutgoingAddressHasChanged) {
    Host host = after();
    host.facts.run.outgoing4 = Outgoing{"eth1", ip("10.0.2.37")};
    EXPECT_EQ(lines_of(host),
              Lines({"note eth0 outgoing-changed: programs bound to no address now leave by eth0 "
                     "with 10.0.0.29: main's default went there from eth1 (10.0.2.37)"}));
    host.facts.run.outgoing4 = Outgoing{"eth0", ip("10.0.0.29")};
    EXPECT_EQ(lines_of(host), Lines());
}

TEST(PlanNotes, WithoutAGatewayAnInterfaceHasMainsDefault) {
    Host host = before();
    add_ipv6(host);
    erase_routes(host, [](const Route& r) {
        return r.family() == Family::v6 && r.is_default() && r.hops[0].ifname == "eth1";
    });
    host = installed(host);
    EXPECT_EQ(lines_of(host),
              Lines({"BROKEN eth1 gateway-unknown: no IPv6 gateway is known: its table has no "
                     "default yet",
                     "  + replies from 2001:db8:2::37 to the internet (IPv6) leave by eth0",
                     "  + replies from 2001:db8:2::37 to neighbours in 2001:db8::/64 leave by "
                     "eth0"}));
    link_named(host, "eth1").has_carrier = false;
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 no-carrier", "BROKEN eth1 gateway-unknown"}))
        << "two causes";
}

TEST(PlanNotes, AWarningGoesToWhatExplainsTheInterface) {
    Host host = on_ec2();
    host.config.interfaces["eth1"].gateway = ip("10.0.9.1");
    host = installed(host);
    EXPECT_EQ(lines_of(host), Lines({"warning eth1 gateway-outside-subnet: its gateway 10.0.9.1, "
                                     "from configuration, is not in its subnet in EC2, "
                                     "10.0.2.0/24"}));
    link_named(host, "eth1").has_carrier = false;
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 no-carrier"}));
    EXPECT_THAT(finding_of(host, "no-carrier").consequences,
                Contains(HasSubstr("is not in its subnet in EC2")));
}

/// What main makes of it is lost, and said below it.
TEST(PlanNotes, AWrongNetmaskIsOneFinding) {
    Host host = on_ec2();
    host.facts.kernel.addresses[1].prefix_length = 16;
    host.facts.kernel.routes[3].dst = net("10.0.0.0/16");
    host = installed(host);
    const Finding finding = finding_of(host, "netmask-wrong");
    EXPECT_EQ(finding.fix, "") << "which profile says it is not known";
    EXPECT_THAT(finding.text, HasSubstr("its subnet in EC2 is 10.0.2.0/24"));
    add_device(host, "eth1", "my eth1");
    EXPECT_EQ(finding_of(host, "netmask-wrong").fix,
              "nmcli connection modify 'my eth1' ipv4.addresses 10.0.2.37/24 && nmcli connection "
              "up ifname eth1");
}

}  // namespace
}  // namespace eni
