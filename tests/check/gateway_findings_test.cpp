// What check() says of gateways: one that does not answer, and one that is not EC2's.
#include "checked_host.hpp"

namespace eni {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kRight =
    "'interface: {eth1: {gateway: 10.0.2.1}}' in the configuration, then: eni-routes regenerate";

Host with_gateway(const std::string& gateway) {
    Host host = on_ec2();
    host.config.interfaces["eth1"].gateway = ip(gateway);
    return installed(host);
}

TEST(Gateway, OneThatDoesNotAnswerIsTheCauseOfWhatIsLost) {
    Host host = installed(on_ec2());
    host.facts.kernel.failed_neighbours = {{"eth1", ip("10.0.2.1")}};
    EXPECT_EQ(lines_of(host),
              Lines({"BROKEN eth1 gateway-silent: its gateway 10.0.2.1 does not answer",
                     "  because it is from main table",
                     "  + replies from 10.0.2.37 to the internet and neighbours in 10.0.0.0/24 get "
                     "nowhere: 10.0.2.1 does not answer ARP"}));
    EXPECT_EQ(finding_of(host, "gateway-silent").address, ip("10.0.2.1"));
}

/// What programs send that are bound to no address is lost by it too.
TEST(Gateway, OfThePrimary) {
    Host host = installed(on_ec2());
    host.facts.kernel.failed_neighbours = {{"eth0", ip("10.0.0.1")}};
    EXPECT_EQ(heads(host), Lines({"BROKEN eth0 gateway-silent"}));
    EXPECT_THAT(finding_of(host, "gateway-silent").consequences,
                Contains("packets of programs bound to no address to the internet get nowhere: "
                         "10.0.0.1 does not answer ARP"));
}

TEST(Gateway, AConfiguredOneThatDoesNotAnswer) {
    Host host = with_gateway("10.0.2.99");
    host.facts.kernel.failed_neighbours = {{"eth1", ip("10.0.2.99")}};
    const Finding finding = finding_of(host, "gateway-silent");
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 gateway-silent"}));
    EXPECT_EQ(finding.because,
              "it is from configuration; EC2's router is 10.0.2.1, the first of the subnet");
    EXPECT_EQ(finding.fix, kRight);
}

TEST(Gateway, OneThatIsNotEc2sIsAWarning) {
    EXPECT_EQ(lines_of(with_gateway("10.0.2.99")),
              Lines({"warning eth1 gateway-not-ec2s: its gateway 10.0.2.99 is not EC2's",
                     "  because it is from configuration; EC2's router is 10.0.2.1, the first of "
                     "the subnet",
                     "  fix: " + kRight}));
    EXPECT_EQ(lines_of(with_gateway("10.0.2.1")), Lines());
}

/// Of main's there may be several: none is a fault, and the preferred one becomes the table's.
TEST(Gateway, AnotherDefaultOfMains) {
    Host host = after();
    host.facts.kernel.routes.push_back(via("0.0.0.0/0", "10.0.0.55", "eth0", 1));
    const CheckResult result = checked(host);
    EXPECT_EQ(result.worst(), Grade::warning);
    const Finding finding = finding_of(result, "gateway-not-ec2s");
    EXPECT_EQ(finding.ifname, "eth0");
    EXPECT_EQ(finding.because,
              "it is from main table; EC2's router is 10.0.0.1, the first of the subnet");
    EXPECT_EQ(heads(installed(host)), Lines({"warning eth0 gateway-not-ec2s"}));
    host.config.interfaces["eth0"].gateway = ip("10.0.0.1");
    EXPECT_EQ(lines_of(host), Lines()) << "the remedy";
}

TEST(Gateway, OutsideOfTheSubnetInEc2) {
    EXPECT_THAT(heads(with_gateway("10.0.9.1")), Contains("warning eth1 gateway-outside-subnet"));
}

TEST(Gateway, ASilentNeighbourThatIsNoGateway) {
    Host host = after();
    host.facts.kernel.failed_neighbours = {{"eth1", ip("10.0.2.77")}, {"eth0", ip("10.0.2.1")}};
    EXPECT_EQ(lines_of(host), Lines());
}

/// 10.9.0.0/16 behind a neighbour of eth1's, which is a gateway for a part.
TEST(Gateway, OfARouteOfMainsThatDoesNotAnswer) {
    Host host = before();
    host.facts.kernel.routes.push_back(via("10.9.0.0/16", "10.0.2.50", "eth1", 0));
    host.config.check_peers = {ip("10.9.0.1")};
    host = installed(host);
    EXPECT_EQ(lines_of(host), Lines());
    host.facts.kernel.failed_neighbours = {{"eth1", ip("10.0.2.50")}};
    const Lines lines = lines_of(host);
    EXPECT_THAT(lines, Contains(HasSubstr("10.0.2.50 does not answer ARP")));
    EXPECT_THAT(lines, testing::Not(Contains(HasSubstr("eni-routes regenerate"))))
        << "which makes nobody answer";
}

TEST(Gateway, OfIpv6) {
    Host host = before();
    add_ipv6(host);
    host = installed(host);
    host.facts.kernel.failed_neighbours = {{"eth1", ip("fe80::1")}};
    const Finding finding = finding_of(host, "gateway-silent");
    EXPECT_EQ(finding.text, "its gateway fe80::1 does not answer");
    EXPECT_EQ(finding.fix, "");
}

/// Of IPv6 EC2 says nothing that could be advised; what IPv4 has is no remedy.
TEST(Gateway, ThatIsUnknown) {
    Host host = before();
    add_ipv6(host);
    erase_routes(host, [](const Route& r) {
        return r.family() == Family::v6 && r.is_default() && r.hops[0].ifname == "eth1";
    });
    EXPECT_EQ(finding_of(installed(host), "gateway-unknown").fix, "");
    host = before();
    host.facts.kernel.addresses.push_back(address("eth1", "10.0.2.1/24"));  // the router's own
    host.facts.kernel.routes.erase(host.facts.kernel.routes.begin() + 1);
    EXPECT_EQ(finding_of(installed(host), "gateway-unknown").text,
              "no IPv4 gateway is known: its table has no default yet");
}

TEST(Gateway, ADefaultThatNeedsNone) {
    Host host = before();
    host.facts.kernel.routes[1] = onlink("0.0.0.0/0", "eth1", "", 101);
    EXPECT_EQ(lines_of(installed(host)), Lines());
}

/// One that an earlier run left, and nothing names any more: that it is not EC2's is said alone.
TEST(GatewayThatIsKept, IsOneFinding) {
    Host host = after();
    auto& routes = host.facts.kernel.routes;
    routes.erase(std::remove_if(routes.begin(), routes.end(),
                                [](const Route& route) {
                                    return route.table == kTableMain && route.is_default() &&
                                           route.hops[0].ifname == "eth1";
                                }),
                 routes.end());
    for (Route& route : routes)
        if (number(route.table) == 10001 && route.is_default())
            route.hops[0].gateway = ip("10.0.2.254");
    host.facts.run.tables_given.insert(TableId{10001});
    EXPECT_THAT(heads(host), Contains("warning eth1 gateway-not-ec2s"));
    EXPECT_THAT(heads(host), testing::Not(Contains("warning eth1 gateway-kept")));
    host.facts.kernel.addresses.push_back(address("eth1", "10.0.7.253/24"));
    for (Route& route : routes)
        if (number(route.table) == 10001 && route.is_default())
            route.hops[0].gateway = ip("10.0.7.1");
    EXPECT_THAT(heads(host), Contains("warning eth1 gateway-kept"));
}

}  // namespace
}  // namespace eni
