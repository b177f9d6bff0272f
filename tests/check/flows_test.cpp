// Which flows check() judges, and what is wrong with each: whom the host talks with, by which link
// each should go, and what the kernel's answer makes of it.
#include <cerrno>

#include "checked_host.hpp"
#include "marking.hpp"

namespace eni {
namespace {

std::vector<Flow> flows_of(const Host& host, const Ask& ask) {
    const Plan plan = make_plan(host.facts, host.config, Absent::forget);
    const auto ports =
        host.facts.host ? host.facts.host->published_ports : std::vector<PublishedPort>();
    return judge_flows(host.facts.kernel, plan, host.config.peer_addresses(), ports, ask,
                       host.facts.enis, marking_in_force(host.facts));
}
std::vector<Flow> flows_of(const Host& host) {
    return flows_of(host, walk_of(host.facts.kernel));
}

/// The one from that address to that peer; from none, where it is empty.
Flow flow_between(const std::vector<Flow>& flows, const std::string& local,
                  const std::string& peer) {
    for (const Flow& flow : flows) {
        const bool is_bound = flow.kind == FlowKind::bound && flow.local->to_string() == local;
        if ((local.empty() ? flow.kind == FlowKind::unbound : is_bound) && flow.peer.name == peer)
            return flow;
    }
    ADD_FAILURE() << "no flow from " << local << " to " << peer;
    return {};
}

/// The addresses that programs are tried with that are bound to none.
Lines peers_of(const Host& host) {
    Lines peers;
    for (const Flow& flow : flows_of(host))
        if (flow.kind == FlowKind::unbound) peers.push_back(flow.peer.address.to_string());
    return peers;
}

// ---- Whom the host talks with -------------------------------------------------------------------

TEST(Peers, ANeighbourIsNoAddressOfOursNoRouterAndHasNoRouteOfItsOwn) {
    Host host = before();
    EXPECT_EQ(peers_of(host), Lines({"192.0.2.1", "10.0.0.2", "10.0.2.2"}));
    host.config.check_peers = {ip("2001:db8::99")};  // of a family that nobody has here
    host.facts.kernel.addresses.push_back(address("eth0", "10.0.0.2/24"));
    host.facts.kernel.routes.push_back(via("10.0.2.2/32", "10.0.0.9", "eth0", 0));
    EXPECT_EQ(peers_of(host), Lines({"192.0.2.1", "10.0.0.3", "10.0.2.3"}));
}

TEST(Peers, ASubnetWithoutARoomHasNoNeighbour) {
    Host host = before();
    host.facts.kernel.addresses[1] = address("eth1", "10.0.2.38/30");  // .37 is the gateway
    host.facts.kernel.routes[1].hops[0].gateway = ip("10.0.2.37");
    host.facts.kernel.routes[3] = onlink("10.0.2.36/30", "eth1", "10.0.2.38", 101);
    EXPECT_EQ(peers_of(host), Lines({"192.0.2.1", "10.0.0.2"}));
}

TEST(Peers, TheInternetIsOneWhereThereIsAGateway) {
    Host host = before();
    host.facts.kernel.addresses[0] = address("eth0", "10.0.0.29/32");
    host.facts.kernel.addresses[1] = address("eth1", "10.0.2.37/32");
    host.facts.kernel.routes.clear();
    EXPECT_EQ(peers_of(host), Lines());
    add_ipv6(host);
    EXPECT_EQ(peers_of(host), Lines({"3fff::1", "2001:db8::1", "2001:db8:2::1"}));
}

/// A route of its own to the first documentation network is not the internet.
TEST(Peers, TheInternetIsWhatMainSendsByItsDefault) {
    Host host = before();
    host.facts.kernel.links.push_back(eth("tun0"));
    host.facts.kernel.routes.push_back(onlink("192.0.2.0/24", "tun0", "", 0));
    EXPECT_EQ(peers_of(host).front(), "198.51.100.1");
}

TEST(Peers, AHomeIsALinkThatIsNotOursAndNoDefault) {
    Host host = before();
    host.facts.kernel.links.push_back(eth("tun0"));
    for (const char* half : {"0.0.0.0/1", "128.0.0.0/1"})
        host.facts.kernel.routes.push_back(onlink(half, "tun0", "", 0));
    host.facts.kernel.routes.push_back(onlink("10.8.0.0/24", "tun0", "", 0));
    host.config.check_peers = {ip("10.8.0.7"), ip("10.9.0.7"), ip("10.0.2.77")};
    Lines homes;
    for (const Flow& flow : flows_of(host))
        if (flow.kind == FlowKind::unbound && flow.peer.is_configured)
            homes.push_back(flow.peer.home);
    EXPECT_EQ(homes, Lines({"tun0", "", ""}));
}

TEST(Peers, NobodyLivesBehindARouteToThisHostItself) {
    Host host = after();
    host.config.check_peers = {ip("10.9.0.1")};
    host.facts.kernel.routes.push_back(proxy_route(kTableMain));
    host.facts.kernel.routes.back().dst = net("10.9.0.0/16");
    for (const Flow& flow : flows_of(host)) EXPECT_NE(flow.expected, "lo") << flow.peer.name;
}

TEST(Peers, SomebodyInEachBlockOfTheVpc) {
    Host host = before();
    const Lines others = {"192.0.2.1", "10.0.0.2", "10.0.2.2"};
    const auto with_blocks = [&](const Lines& blocks) {
        std::vector<Prefix> prefixes;
        for (const std::string& block : blocks) prefixes.push_back(net(block));
        for (const char* ifname : {"eth0", "eth1"})
            eni_of(host.facts, ifname).vpc_blocks = prefixes;
        const Lines peers = peers_of(host);
        EXPECT_EQ(Lines(peers.begin(), peers.begin() + 3), others);
        return Lines(peers.begin() + 3, peers.end());
    };
    EXPECT_EQ(with_blocks({"10.0.0.0/16"}), Lines({"10.0.1.1"})) << "behind eth0's subnet";
    EXPECT_EQ(with_blocks({"10.0.2.0/23"}), Lines({"10.0.3.1"})) << "behind eth1's";
    EXPECT_EQ(with_blocks({"10.1.0.0/16", "10.2.0.0/16"}), Lines({"10.1.0.1", "10.2.0.1"}));
    EXPECT_EQ(with_blocks({"10.0.0.0/24"}), Lines()) << "is eth0's subnet as a whole";
    EXPECT_EQ(with_blocks({"2001:db8::/56"}), Lines()) << "nobody here has IPv6";
}

/// A host there is main's business: what answers it by the link of the address arrives too.
TEST(Peers, TheVpcBehindTheSubnetOfAnInterfaceThatIsNotManaged) {
    Host host = before();
    eni_of(host.facts, "eth0").vpc_blocks = {net("10.0.0.0/16")};
    host.facts.kernel.links.push_back(eth("lan0"));
    host.facts.kernel.routes.push_back(onlink("10.0.1.0/24", "lan0", "10.0.1.9", 102));
    EXPECT_EQ(peers_of(host).back(), "10.0.3.1") << "behind eth1's as well";
}

TEST(Peers, TheVpcBehindSeveralSubnetsInARow) {
    Host host = before();
    host.facts.kernel.addresses[1] = address("eth1", "10.0.1.37/24");
    host.facts.kernel.routes[1].hops[0].gateway = ip("10.0.1.1");
    host.facts.kernel.routes[3] = onlink("10.0.1.0/24", "eth1", "10.0.1.37", 101);
    eni_of(host.facts, "eth0").vpc_blocks = {net("10.0.0.0/16")};
    EXPECT_EQ(peers_of(host).back(), "10.0.2.1");
    eni_of(host.facts, "eth0").vpc_blocks = {net("10.0.0.0/23")};
    EXPECT_EQ(peers_of(host), Lines({"192.0.2.1", "10.0.0.2", "10.0.1.2"})) << "there is no room";
    add_ipv6(host);
    eni_of(host.facts, "eth0").vpc_blocks = {net("2001:db8::/56")};
    EXPECT_EQ(peers_of(host).back(), "2001:db8:0:1::1");
}

TEST(Peers, TheVpcsBlockMayEndWhereAllAddressesEnd) {
    Host host = before();
    host.facts.kernel.addresses.push_back(address("eth1", "223.255.255.9/24"));
    eni_of(host.facts, "eth0").vpc_blocks = {net("223.255.255.0/24")};
    EXPECT_EQ(peers_of(host), Lines({"192.0.2.1", "10.0.0.2", "10.0.2.2", "223.255.255.1"}));
}

TEST(Peers, OfTheVpcLivesWhereMainHasIt) {
    Host host = before();
    add_docker(host);
    host.facts.kernel.routes.push_back(onlink("10.0.1.0/24", "docker0", "", 0));
    eni_of(host.facts, "eth0").vpc_blocks = {net("10.0.0.0/16")};
    Lines homes;
    for (const Flow& flow : flows_of(host))
        if (flow.peer.name == "the rest of the VPC's 10.0.0.0/16") homes.push_back(flow.peer.home);
    EXPECT_EQ(homes, Lines({"docker0", "docker0", "docker0"})) << "bound to each, and to none";
}

// ---- By which link each should go ---------------------------------------------------------------

TEST(Flows, OfAHostThatIsAllRight) {
    Host host = before();
    eni_of(host.facts, "eth1").vpc_blocks = {net("10.0.0.0/16")};
    host = installed(host);
    const auto flows = flows_of(host);
    EXPECT_EQ(flows.size(), 12u) << "2 addresses and nobody, with 4 peers each";
    for (const Flow& flow : flows) EXPECT_EQ(flow.fault, Fault::none) << flow.peer.name;
    EXPECT_EQ(flow_between(flows, "10.0.2.37", "the rest of the VPC's 10.0.0.0/16").expected,
              "eth1");
    EXPECT_EQ(flow_between(flows, "", "the internet").expected, "eth0");
    EXPECT_EQ(flow_between(flows, "", "the internet").ifname, "eth0");
    EXPECT_EQ(flow_between(flows, "", "neighbours in 10.0.2.0/24").local, ip("10.0.2.37"));
}

TEST(Flows, APeerBehindTheHostIsReachedByItsHome) {
    Host host = before();
    add_docker(host);
    host.config.check_peers = {ip("172.17.0.2"), ip("10.0.2.37")};  // the host itself is no peer
    host = installed(host);
    const auto flows = flows_of(host);
    for (const Flow& flow : flows) EXPECT_EQ(flow.fault, Fault::none) << flow.peer.name;
    for (const char* local : {"10.0.0.29", "10.0.2.37", ""})
        EXPECT_EQ(flow_between(flows, local, "172.17.0.2").expected, "docker0");
    Lines forwarded;
    for (const Flow& flow : flows)
        if (flow.kind == FlowKind::forwarded) {
            EXPECT_EQ(flow.behind, ip("172.17.0.2"));
            forwarded.push_back(flow.peer.name + " by " + flow.expected);
        }
    EXPECT_EQ(forwarded, Lines({"the internet by eth0", "neighbours in 10.0.0.0/24 by eth0",
                                "neighbours in 10.0.2.0/24 by eth1"}));
    for (Link& link : host.facts.kernel.links) link.forwarding4 = false;
    for (const Flow& flow : flows_of(host)) EXPECT_NE(flow.kind, FlowKind::forwarded);
}

/// One that is a client by an interface goes through this host to the internet alone.
TEST(Flows, WhatIsForwardedForAPeerBehindANeighbour) {
    Host host = before();
    host.facts.kernel.routes.push_back(via("10.9.0.0/16", "10.0.2.50", "eth1", 0));
    host.config.check_peers = {ip("10.9.0.1")};
    for (Link& link : host.facts.kernel.links) link.forwarding4 = true;
    Lines forwarded;
    for (const Flow& flow : flows_of(installed(host)))
        if (flow.kind == FlowKind::forwarded) forwarded.push_back(flow.peer.name);
    EXPECT_EQ(forwarded, Lines({"the internet"}));
}

TEST(Flows, ToDockerByItsOwnAddressOrAnotherOne) {
    Host host = before();
    add_docker(host);
    host.config.check_peers = {ip("172.17.0.2")};
    Host other = host;
    other.facts.kernel.routes.back().prefsrc = ip("10.0.0.29");
    for (const Flow& flow : flows_of(installed(other))) EXPECT_EQ(flow.fault, Fault::none);
    host = installed(host);
    host.facts.kernel.rules.push_back(from_rule(100, "172.17.0.1/32", kIsp));
    host.facts.kernel.routes.push_back(in_table(kIsp, via("0.0.0.0/0", "10.0.0.1", "eth0", 0)));
    const Flow flow = flow_between(flows_of(host), "", "172.17.0.2");
    EXPECT_EQ(flow.fault, Fault::wrong_link);
    EXPECT_EQ(flow.local, ip("172.17.0.1"));
    EXPECT_EQ(flow.ifname, "") << "the address is none of ours";
    EXPECT_EQ(
        finding_of(host, "foreign-rule").text,
        "packets of programs bound to no address to 172.17.0.2 leave by eth0 with 172.17.0.1");
}

TEST(Flows, ToAnElasticIpThatNoInterfaceHas) {
    Host host = on_ec2();
    eni_of(host.facts, "eth1").associations.push_back({ip("10.0.2.50"), ip("203.0.113.67")});
    const Flow flow = flow_between(flows_of(installed(host)), "10.0.2.50", "the internet");
    EXPECT_EQ(flow.fault, Fault::no_address);
    EXPECT_EQ(flow.ifname, "eth1");
}

// ---- Published ports, and marks -----------------------------------------------------------------

/// "10.0.2.37 by eth1 mark 2", of each that a port is published on, in their order.
Lines published(const Host& host) {
    Lines lines;
    for (const Flow& flow : flows_of(host))
        if (flow.kind == FlowKind::published) {
            EXPECT_EQ(flow.peer.name, "the internet");
            EXPECT_EQ(flow.behind, ip("172.17.0.2"));
            EXPECT_EQ(flow.query.iif, "docker0");
            lines.push_back(flow.local->to_string() + " by " + flow.out.ifname + " mark " +
                            std::to_string(flow.query.mark) +
                            (flow.fault == Fault::none ? "" : " lost") +
                            (flow.is_dropped_by_rp_filter ? " dropped" : ""));
        }
    return lines;
}

TEST(Published, AnswersCarryTheMarkOfTheInterfaceThatWasAsked) {
    EXPECT_EQ(published(installed(with_published_port())),
              Lines({"10.0.0.29 by eth0 mark 0", "10.0.2.37 by eth0 mark 0 lost dropped"}));
    EXPECT_EQ(published(marked(with_published_port())),
              Lines({"10.0.0.29 by eth0 mark 1", "10.0.2.37 by eth1 mark 2"}));
    EXPECT_EQ(published(marked(with_published_port("10.0.2.37"))),
              Lines({"10.0.2.37 by eth1 mark 2"}));
    Host host = marked(with_published_port());
    host.facts.marking->nft.clear();
    EXPECT_EQ(published(host),
              Lines({"10.0.0.29 by eth0 mark 0", "10.0.2.37 by eth0 mark 0 lost dropped"}))
        << "netfilter gives it no more, though the rules are there";
}

TEST(Published, RequestsCarryItWhereRpFilterIsStrict) {
    for (const int filter : {0, 1, 2}) {
        Host host = with_published_port("10.0.2.37");
        host.facts.kernel.rp_filter_all = filter;
        host = marked(host);
        std::vector<std::uint32_t> marks;
        flows_of(host, [&](const RouteQuery& query) {
            if (query.iif == "eth1" && query.dst == ip("172.17.0.2")) marks.push_back(query.mark);
            return answer_by_walk(host.facts.kernel, query);
        });
        EXPECT_EQ(marks, std::vector<std::uint32_t>{filter == 1 ? 2u : 0u}) << filter;
    }
}

/// IPv6 has no rp_filter, but firewalld's, which asks by the mark as well.
TEST(Published, RequestsOfIpv6AlwaysCarryIt) {
    Host host = with_published_port();
    add_ipv6(host);
    host.facts.kernel.rp_filter_all = 0;
    host.facts.kernel.routes.push_back(onlink("2001:db8:172::/64", "docker0", "", 256));
    host.facts.kernel.addresses.push_back(address("docker0", "2001:db8:172::1/64"));
    for (Link& link : host.facts.kernel.links) link.forwarding6 = true;
    host.facts.host->published_ports = {{"tcp", 8080, ip("2001:db8:2::37"), ip("2001:db8:172::2")}};
    host = marked(host);
    std::vector<std::uint32_t> marks;
    flows_of(host, [&](const RouteQuery& query) {
        if (query.iif == "eth1" && query.dst == ip("2001:db8:172::2")) marks.push_back(query.mark);
        return answer_by_walk(host.facts.kernel, query);
    });
    EXPECT_EQ(marks, std::vector<std::uint32_t>{2});
}

// ---- What is wrong ------------------------------------------------------------------------------

/// The walk, but for one errno where eth1's neighbour comes in.
std::vector<Flow> refusing(const Host& host, int error) {
    return flows_of(host, [&host, error](const RouteQuery& query) {
        RouteAnswer answer = answer_by_walk(host.facts.kernel, query);
        if (query.iif == "eth1" && query.src == ip("10.0.2.2") && query.dst == ip("10.0.2.37"))
            answer.error = error;
        return answer;
    });
}

TEST(Arrival, IsRefusedThoughTheWayOutIsRight) {
    const Host host = after();
    for (const int error : {EXDEV, EHOSTUNREACH, EINVAL}) {
        const auto flows = refusing(host, error);
        for (const char* local : {"10.0.2.37", ""}) {
            const Flow flow = flow_between(flows, local, "neighbours in 10.0.2.0/24");
            EXPECT_EQ(flow.fault, Fault::refused);
            EXPECT_EQ(flow.refusal, error);
            EXPECT_EQ(flow.is_dropped_by_rp_filter, error == EXDEV)
                << "EINVAL is a blackhole's: the way back is eth1 itself";
        }
    }
}

TEST(Arrival, DroppedByRpFilterAloneHasItsRemedy) {
    const Host host = after();
    const CheckResult result = checked(host, [&host](const RouteQuery& query) {
        RouteAnswer answer = answer_by_walk(host.facts.kernel, query);
        if (query.iif == "eth1" && query.src == ip("10.0.2.2")) answer.error = EXDEV;
        return answer;
    });
    ASSERT_EQ(heads(result).front(), "BROKEN eth1 rp-filter");
    EXPECT_EQ(result.findings[0].text,
              "requests from neighbours in 10.0.2.0/24 are dropped on arrival");
    EXPECT_EQ(result.findings[0].because,
              "requests are dropped on arrival: rp_filter is strict on eth1");
}

TEST(Arrival, OfAnswersToWhatIsForwarded) {
    Host host = before();
    add_docker(host);
    host.config.check_peers = {ip("172.17.0.2")};
    host = installed(host);
    const auto flows = flows_of(host, [&](const RouteQuery& query) {
        RouteAnswer answer = answer_by_walk(host.facts.kernel, query);
        if (query.iif == "eth0" && query.dst == ip("172.17.0.2") && query.src == ip("192.0.2.1"))
            answer.error = EXDEV;
        return answer;
    });
    std::size_t refused = 0;
    for (const Flow& flow : flows)
        if (flow.fault == Fault::refused) {
            EXPECT_EQ(flow.kind, FlowKind::forwarded);
            EXPECT_STREQ(arrivals_word(flow), "answers");
            ++refused;
        }
    EXPECT_EQ(refused, 1u);
}

/// Linux 6.18 has EINVAL for a drop by rp_filter.
TEST(Arrival, EinvalIsRpFiltersWhereItIsStrictAndTheWayBackIsAnotherLink) {
    for (const int filter : {0, 1, 2}) {
        Host host = before();
        host.facts.kernel.rp_filter_all = filter;
        const auto flows = flows_of(host, [&](const RouteQuery& query) {
            RouteAnswer answer = answer_by_walk(host.facts.kernel, query);
            if (query.iif == "eth1" && query.src == ip("192.0.2.1")) answer.error = EINVAL;
            return answer;
        });
        const Flow flow = flow_between(flows, "10.0.2.37", "the internet");
        EXPECT_EQ(flow.fault, Fault::wrong_link);
        EXPECT_EQ(flow.refusal, EINVAL);
        EXPECT_EQ(flow.is_dropped_by_rp_filter, filter == 1);
    }
}

TEST(Fault, OfALinkOrAGatewayIsTheLinksOrTheGateways) {
    Host host = after();
    link_named(host, "eth1").has_carrier = false;
    EXPECT_EQ(flow_between(flows_of(host), "10.0.2.37", "the internet").fault, Fault::no_carrier);
    EXPECT_EQ(flow_between(flows_of(host), "10.0.0.29", "the internet").fault, Fault::none);
    host = after();
    host.facts.kernel.failed_neighbours = {{"eth1", ip("10.0.2.1")}};
    EXPECT_EQ(flow_between(flows_of(host), "10.0.2.37", "the internet").fault,
              Fault::silent_gateway);
    EXPECT_EQ(flow_between(flows_of(host), "10.0.2.37", "neighbours in 10.0.2.0/24").fault,
              Fault::none)
        << "which needs no gateway";
}

TEST(Fault, AnotherDefaultOfMainsIsNoWrongGateway) {
    Host host = after();
    default_of(host, kTable1).hops[0].gateway = ip("10.0.2.55");
    EXPECT_EQ(flow_between(flows_of(host), "10.0.2.37", "the internet").fault,
              Fault::wrong_gateway);
    host.facts.kernel.routes.push_back(via("0.0.0.0/0", "10.0.2.55", "eth1", 999));
    EXPECT_EQ(flow_between(flows_of(host), "10.0.2.37", "the internet").fault, Fault::none);
}

}  // namespace
}  // namespace eni
