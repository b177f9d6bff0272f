// What check() says of addresses: whether each is where EC2 delivers it to, and nowhere else.
#include "checked_host.hpp"

namespace eni {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// EC2 has assigned 10.0.2.50 to eth1 beside its own, with no Elastic IP.
Host with_second() {
    Host host = on_ec2();
    eni_of(host.facts, "eth1").addresses.push_back(ip("10.0.2.50"));
    return host;
}

void move_address(Host& host, const std::string& address, const std::string& ifname) {
    for (Address& own : host.facts.kernel.addresses)
        if (own.address == ip(address)) own.ifname = ifname;
}

const std::string kNoneHas = "is assigned to it in EC2, and no interface has it";
const std::string kByImds =
    "  fix: 'addresses: imds' in the configuration, then: eni-routes regenerate";

// ---- Missing ------------------------------------------------------------------------------------

TEST(AddressMissing, IsAWarningWithoutAnElasticIp) {
    Host host = installed(with_second());
    const Lines expected = {"warning eth1 address-missing: 10.0.2.50 " + kNoneHas, kByImds};
    EXPECT_EQ(lines_of(host), expected);
    eni_of(host.facts, "eth1").is_fresh = false;
    EXPECT_EQ(lines_of(host), expected) << "an earlier answer says it as well";
    EXPECT_EQ(finding_of(host, "address-missing").address, ip("10.0.2.50"));
}

TEST(AddressMissing, IsBrokenWithOne) {
    Host host = with_second();
    eni_of(host.facts, "eth1").associations.push_back({ip("10.0.2.50"), ip("203.0.113.67")});
    host = installed(host);
    const CheckResult result = checked(host);
    EXPECT_EQ(lines_of(result, Grade::note),
              Lines({"BROKEN eth1 address-missing: 10.0.2.50 (203.0.113.67) " + kNoneHas, kByImds,
                     "  + replies from 10.0.2.50 to the internet are not sent: no interface has "
                     "the address"}));
    ASSERT_EQ(result.interfaces.at(1).addresses.size(), 2u);
    const CheckedAddress& missing = result.interfaces[1].addresses[1];
    EXPECT_EQ(missing.address, ip("10.0.2.50"));
    EXPECT_EQ(missing.public_address, ip("203.0.113.67"));
    EXPECT_TRUE(missing.is_lost);
    EXPECT_FALSE(result.interfaces[1].addresses[0].is_lost);
    host.config.addresses = Addresses::imds;
    EXPECT_EQ(finding_of(host, "address-missing").fix, "eni-routes regenerate");
}

TEST(AddressMissing, SeveralOfAnInterfaceAreOneFinding) {
    Host host = with_second();
    eni_of(host.facts, "eth1").addresses.push_back(ip("10.0.2.51"));
    EXPECT_EQ(lines_of(installed(host)),
              Lines({"warning eth1 address-missing: 10.0.2.50 " + kNoneHas, kByImds,
                     "  + 10.0.2.51 " + kNoneHas}));
}

/// The first address of a family is NetworkManager's to bring.
TEST(AddressMissing, OfAFamilyThatTheInterfaceHasNoneOf) {
    Host host = on_ec2();
    eni_of(host.facts, "eth1").subnets.push_back(net("2001:db8:1::/64"));
    eni_of(host.facts, "eth1").addresses.push_back(ip("2001:db8:1::37"));
    host.config.addresses = Addresses::imds;
    EXPECT_EQ(lines_of(installed(host)),
              Lines({"warning eth1 address-missing: 2001:db8:1::37 " + kNoneHas,
                     "  fix: nmcli connection up ifname eth1"}));
}

TEST(AddressMissing, SwitchedOffARunAddsNone) {
    Host host = installed(with_second());
    host.config.addresses = Addresses::imds;
    host.facts.disk.disabled = {"*"};
    EXPECT_THAT(finding_of(host, "switched-off").consequences, Contains("10.0.2.50 " + kNoneHas));
    EXPECT_EQ(finding_of(host, "switched-off").fix, "eni-routes enable");
    EXPECT_THAT(heads(host), testing::Not(Contains(HasSubstr("address-missing"))));
    host.facts.disk.disabled = {"eth1"};
    EXPECT_THAT(finding_of(host, "interface-disabled").consequences,
                Contains("10.0.2.50 " + kNoneHas));
}

/// Its profile says another address: the run's own remedy would not bring the right one.
TEST(AddressMissing, BecauseTheProfileSaysAnother) {
    Host host = on_ec2();
    host.facts.kernel.addresses[1] = address("eth1", "10.0.2.99/24");
    host.facts.kernel.routes[3].prefsrc = ip("10.0.2.99");
    add_device(host, "eth0", "eth0");
    add_device(host, "eth1", "Bob's eth1");
    host = installed(host);
    EXPECT_EQ(
        lines_of(host),
        Lines({"BROKEN eth1 address-missing: 10.0.2.37 (198.51.100.11) " + kNoneHas,
               "  because 10.0.2.99 is on it, which EC2 has not assigned",
               "  fix: nmcli connection modify 'Bob'\\''s eth1' ipv4.method auto ipv4.addresses '' "
               "ipv4.gateway '' && nmcli connection up ifname eth1",
               "  + replies from 10.0.2.37 to the internet are not sent: no interface has the "
               "address"}));
}

TEST(AddressMissing, OneThatIsThereIsAllRight) {
    Host host = with_second();
    host.config.addresses = Addresses::imds;
    host.facts.run = make_plan(host.facts, host.config, Absent::forget).run;
    host = installed(host);
    const CheckResult result = checked(host);
    EXPECT_EQ(lines_of(result, Grade::note), Lines());
    EXPECT_EQ(result.interfaces.at(1).addresses.size(), 2u);
}

TEST(AddressMissing, OneThatMainLeadsBehindTheHostIsAGuests) {
    Host host = with_second();
    add_docker(host);
    host.facts.kernel.routes.push_back(onlink("10.0.2.50/32", "docker0", "", 0));
    EXPECT_EQ(lines_of(installed(host)),
              Lines({"note eth1 address-behind-host: 10.0.2.50 is assigned to it in EC2, and main "
                     "leads to it behind this host",
                     "  + what is sent from it leaves by this interface"}));
}

TEST(AddressMissing, WhereCniGivesTheAddressesToPodsNothingIsSaidOfThem) {
    Host host = with_second();
    host.facts.kernel.rules.push_back(marked_rule(1024, 0x80, 0x80, kTableMain));
    host.facts.kernel.addresses.push_back(address("eth1", "10.0.2.60/24"));
    EXPECT_EQ(complaints(installed(host)), Lines());
}

TEST(AddressMissing, ADelegatedPrefix) {
    Host host = on_ec2();
    host.config.addresses = Addresses::imds;
    eni_of(host.facts, "eth1").delegated = {net("10.0.2.64/28")};
    host = installed(host);
    EXPECT_EQ(lines_of(host), Lines());
    erase_routes(host, [](const Route& r) { return r.table == kTableLocal; });
    EXPECT_EQ(lines_of(host),
              Lines({"warning eth1 route-missing: table local lacks \"local 10.0.2.64/28 dev eth1 "
                     "table local\"",
                     kFixed}));
}

/// The kernel makes one with each address, and nothing keeps it from being taken away.
TEST(AddressMissing, ItsRouteInTheLocalTable) {
    Host host = installed(on_ec2());
    Route local = onlink("10.0.0.29/32", "eth0", "10.0.0.29", 0);
    local.table = kTableLocal;
    local.type = RouteType::local;
    local.scope = Scope::host;
    host.facts.kernel.routes.push_back(local);
    const CheckResult result = checked(host);
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 route-missing"}));
    const Finding& finding = result.findings[0];
    EXPECT_EQ(finding.text, "the local table has no route to 10.0.2.37");
    EXPECT_EQ(finding.fix,
              "ip route add local 10.0.2.37 dev eth1 table local proto kernel scope host src "
              "10.0.2.37");
    local.dst = net("10.0.2.37/32");
    local.hops[0].ifname = "eth1";
    local.prefsrc = ip("10.0.2.37");
    host.facts.kernel.routes.push_back(local);
    EXPECT_EQ(lines_of(host), Lines()) << "the remedy";
}

/// There is none while DAD runs, and nobody is told to make one.
TEST(AddressMissing, NotWhileItIsTentative) {
    Host host = installed(on_ec2());
    Route local = onlink("10.0.0.29/32", "eth0", "10.0.0.29", 0);
    local.table = kTableLocal;
    local.type = RouteType::local;
    host.facts.kernel.routes.push_back(local);
    for (Address& own : host.facts.kernel.addresses)
        own.is_tentative = own.address == ip("10.0.2.37");
    const CheckResult result = checked(host);
    ASSERT_FALSE(result.findings.empty());
    EXPECT_EQ(result.findings[0].code, "route-missing");
    EXPECT_EQ(result.findings[0].text,
              "10.0.2.37 is not in use yet: duplicate address detection runs");
    EXPECT_EQ(result.findings[0].fix, "");
    EXPECT_EQ(result.findings.size(), 1U);
}

// ---- On a wrong interface -----------------------------------------------------------------------

TEST(AddressElsewhere, OnAnotherInterfaceAlone) {
    Host host = on_ec2();
    move_address(host, "10.0.2.37", "eth0");
    erase_routes(host, [](const Route& r) { return r.dst == net("10.0.2.0/24"); });
    host.facts.kernel.routes.push_back(onlink("10.0.2.0/24", "eth0", "10.0.2.37", 100));
    host = installed(host);
    const CheckResult result = checked(host);
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 address-elsewhere"})) << "and no more";
    const Finding& finding = result.findings[0];
    EXPECT_EQ(finding.text, "10.0.2.37 (198.51.100.11) is on eth0, and EC2 delivers it here");
    EXPECT_EQ(finding.fix,
              "ip address del 10.0.2.37/24 dev eth0 && nmcli connection up ifname eth1");
    EXPECT_EQ(finding.address, ip("10.0.2.37"));
    EXPECT_THAT(finding.consequences,
                Contains("replies from 10.0.2.37 to the internet leave by eth0"));
}

TEST(AddressElsewhere, OnLoopback) {
    Host host = with_second();
    host.facts.kernel.addresses.push_back(address("lo", "10.0.2.50/32"));
    const CheckResult result = checked(installed(host));
    EXPECT_EQ(lines_of(result, Grade::note),
              Lines({"warning eth1 address-elsewhere: 10.0.2.50 is on lo, and EC2 delivers it here",
                     "  fix: ip address del 10.0.2.50/32 dev lo && nmcli connection up ifname "
                     "eth1"}));
    EXPECT_EQ(result.interfaces.size(), 2u) << "lo is none";
}

TEST(AddressElsewhere, Ipv6IsTakenOffByItsOwnCommand) {
    Host host = on_ec2();
    add_ipv6(host);
    eni_of(host.facts, "eth1").addresses.push_back(ip("2001:db8:2::37"));
    eni_of(host.facts, "eth1").subnets.push_back(net("2001:db8:2::/64"));
    eni_of(host.facts, "eth0").addresses.push_back(ip("2001:db8::29"));
    eni_of(host.facts, "eth0").subnets.push_back(net("2001:db8::/64"));
    EXPECT_EQ(lines_of(installed(host)), Lines());
    move_address(host, "2001:db8:2::37", "eth0");
    EXPECT_THAT(finding_of(installed(host), "address-elsewhere").fix,
                testing::StartsWith("ip -6 address del 2001:db8:2::37/64 dev eth0 && "));
}

/// The plan for an address on two interfaces may take it from the one to which it belongs.
TEST(AddressShared, WithTheRightInterfaceNothingElseIsAdvised) {
    Host host = installed(on_ec2());
    host.facts.kernel.addresses.push_back(address("eth0", "10.0.2.37/24"));
    const CheckResult result = checked(host);
    ASSERT_EQ(result.findings.size(), 1u);
    const Finding& finding = result.findings[0];
    EXPECT_EQ(head_of(finding), "warning eth1 address-shared") << "its answers go the right way";
    EXPECT_EQ(finding.text, "10.0.2.37 (198.51.100.11) is on eth0 as well");
    EXPECT_EQ(finding.because, "EC2 delivers it to eth1");
    EXPECT_EQ(finding.fix, "ip address del 10.0.2.37/24 dev eth0 && eni-routes regenerate");
}

TEST(AddressShared, WhereEc2DoesNotSayWhose) {
    Host host = before();
    host.facts.kernel.addresses.push_back(address("eth0", "10.0.2.37/24"));
    const Finding finding = finding_of(installed(host), "address-shared");
    EXPECT_EQ(finding.text, "10.0.2.37 is an address of eth1 as well");
    EXPECT_EQ(finding.ifname, "eth0");
    EXPECT_EQ(finding.because, "EC2 delivers it to one of them at most; which one is not known");
    EXPECT_EQ(finding.fix, "") << "either may be the wrong one";
}

TEST(AddressShared, TwiceOnOneInterfaceOrOnLinksThatAreNotOursIsNoFault) {
    Host host = before();
    host.facts.kernel.addresses.push_back(address("eth1", "10.0.2.37/32"));
    for (const char* link : {"veth1", "veth2"}) {
        host.facts.kernel.links.push_back(eth(link));
        host.facts.kernel.addresses.push_back(address(link, "169.254.1.1/32"));
        host.facts.kernel.addresses.push_back(address(link, "10.99.0.1/32"));
    }
    EXPECT_EQ(lines_of(installed(host)), Lines());
}

// ---- Not assigned -------------------------------------------------------------------------------

TEST(AddressUnassigned, IsANote) {
    Host host = on_ec2();
    host.facts.kernel.addresses.push_back(address("eth1", "10.0.2.60/24"));
    host = installed(host);
    EXPECT_EQ(lines_of(host),
              Lines({"note eth1 address-unassigned: 10.0.2.60 is not assigned to it in EC2",
                     "  because nothing gets to it, and with the source check nothing from it gets "
                     "out"}));
    eni_of(host.facts, "eth1").is_fresh = false;
    EXPECT_EQ(lines_of(host), Lines()) << "it may have been assigned since";
}

TEST(AddressUnassigned, OneOfADelegatedPrefixIsAssigned) {
    Host host = on_ec2();
    host.facts.kernel.addresses.push_back(address("eth1", "10.0.2.60/24"));
    eni_of(host.facts, "eth1").delegated = {net("10.0.2.48/28")};
    EXPECT_EQ(lines_of(installed(host)), Lines());
    eni_of(host.facts, "eth1").delegated = {net("10.0.2.64/28")};
    EXPECT_EQ(heads(installed(host)), Lines({"note eth1 address-unassigned"}));
}

TEST(AddressUnassigned, AnOverlayAddressIsReachedByARouteOfTheVpcs) {
    Host host = on_ec2();
    host.facts.kernel.addresses.push_back(address("eth1", "192.168.77.1/32"));
    const Finding finding = finding_of(installed(host), "address-unassigned");
    EXPECT_EQ(finding.grade, Grade::note);
    EXPECT_THAT(finding.because, testing::Not(HasSubstr("nothing gets to it")));
    EXPECT_THAT(finding.because, HasSubstr("route"));
}

TEST(AddressUnassigned, SeveralAreOneFinding) {
    Host host = on_ec2();
    for (const char* own : {"10.0.2.60/24", "10.0.2.61/24"})
        host.facts.kernel.addresses.push_back(address("eth1", own));
    const CheckResult result = checked(installed(host));
    ASSERT_EQ(heads(result), Lines({"note eth1 address-unassigned"}));
    EXPECT_EQ(result.findings[0].consequences, Lines({"10.0.2.61 is not assigned to it in EC2"}));
}

TEST(AddressLeftOver, WasPutOnByEniRoutes) {
    Host host = with_second();
    host.config.addresses = Addresses::imds;
    host.facts.run = make_plan(host.facts, host.config, Absent::forget).run;
    host = installed(host);
    const Lines left_over = {
        "warning eth1 address-left-over: 10.0.2.50 was put on it by "
        "eni-routes, and is left over",
        kFixed};
    Host off = host;
    off.config.addresses = Addresses::off;
    EXPECT_EQ(complaints(off), left_over) << "it is assigned as before";
    eni_of(host.facts, "eth1").addresses.pop_back();
    EXPECT_EQ(complaints(host), left_over);
}

}  // namespace
}  // namespace eni
