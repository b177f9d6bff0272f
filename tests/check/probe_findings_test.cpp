// What `check --probe` asks, and what check() makes of the answers: a silent gateway, a peer that
// one address does not reach, a peer that is dead.
#include <cerrno>

#include "checked_host.hpp"

namespace eni {
namespace {

using testing::Contains;
using testing::HasSubstr;

const CheckPeer kServer(ip("203.0.113.80"), 443);

Host with_peers(const std::vector<CheckPeer>& peers) {
    Host host = on_ec2();
    host.config.check_peers = peers;
    return installed(host);
}

ProbeQuestions questions_of(const Host& host) {
    return questions_for(host.facts, host.config,
                         make_plan(host.facts, host.config, Absent::forget));
}

/// All answer, but those of whom `is_silent` says so.
template <class IsSilent>
CheckResult probed(const Host& host, IsSilent is_silent,
                   const ProbeAnswer& otherwise = {ProbeOutcome::silent, 0}) {
    Probe probe{questions_of(host), {}};
    const ProbeAnswer answered{ProbeOutcome::answered, 0};
    for (const GatewayQuestion& question : probe.questions.gateways)
        probe.answers.gateways.push_back(is_silent(question.ifname, question.address) ? otherwise
                                                                                      : answered);
    for (const PeerQuestion& question : probe.questions.peers)
        probe.answers.peers.push_back(is_silent(question.ifname, question.peer) ? otherwise
                                                                                : answered);
    return checked(host, probe);
}

TEST(Probe, AsksEachGatewayAndOfEachAddressEachPeer) {
    Host host = with_peers({kServer, CheckPeer(ip("2001:db8:9::1"))});
    const ProbeQuestions questions = questions_of(host);
    ASSERT_EQ(questions.gateways.size(), 2u);
    EXPECT_EQ(questions.gateways[0].address, ip("10.0.0.1"));
    EXPECT_EQ(questions.gateways[1].ifname, "eth1");
    EXPECT_EQ(questions.gateways[1].address, ip("10.0.2.1"));
    ASSERT_EQ(questions.peers.size(), 2u) << "nobody here has IPv6";
    EXPECT_EQ(questions.peers[1].ifname, "eth1");
    EXPECT_EQ(questions.peers[1].local, ip("10.0.2.37"));
    EXPECT_EQ(questions.peers[1].peer, kServer.address);
    EXPECT_EQ(questions.peers[1].port, 443);
    link_named(host, "eth1").has_carrier = false;
    EXPECT_EQ(questions_of(host).gateways.size(), 1u) << "nothing gets out by eth1";
    EXPECT_EQ(questions_of(host).peers.size(), 1u);
}

TEST(Probe, WhereAllAnswerNothingIsFound) {
    const CheckResult result =
        probed(with_peers({kServer}), [](const auto&, const auto&) { return false; });
    EXPECT_EQ(lines_of(result, Grade::note), Lines());
    EXPECT_TRUE(result.is_probed);
}

TEST(Probe, AClosedPortIsAnAnswer) {
    const CheckResult result =
        probed(with_peers({kServer}),
               [](const auto&, const IpAddress& asked) { return asked == kServer.address; },
               {ProbeOutcome::refused, 0});
    EXPECT_EQ(lines_of(result, Grade::note), Lines());
}

TEST(Probe, AGatewayThatDoesNotAnswerIsBroken) {
    const auto is_it = [](const auto&, const IpAddress& asked) { return asked == ip("10.0.2.1"); };
    EXPECT_EQ(lines_of(probed(with_peers({}), is_it), Grade::note),
              Lines({"BROKEN eth1 gateway-silent: its gateway 10.0.2.1 does not answer",
                     "  because it was asked for its MAC three times"}));
    EXPECT_EQ(
        finding_of(probed(with_peers({}), is_it, {ProbeOutcome::error, ENETDOWN}), "gateway-silent")
            .text,
        "its gateway 10.0.2.1 cannot be reached: Network is down");
}

/// What was a suspicion is known now, and stays one finding with its remedy.
TEST(Probe, AGatewayThatIsNotEc2sAndDoesNotAnswer) {
    Host host = on_ec2();
    host.config.interfaces["eth1"].gateway = ip("10.0.2.99");
    host = installed(host);
    ASSERT_EQ(heads(host), Lines({"warning eth1 gateway-not-ec2s"}));
    const CheckResult result =
        probed(host, [](const auto&, const IpAddress& asked) { return asked == ip("10.0.2.99"); });
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 gateway-silent"}));
    EXPECT_THAT(result.findings[0].fix, HasSubstr("gateway: 10.0.2.1"));
}

TEST(Probe, AGatewayThatTheKernelKnowsToBeSilentIsOneFinding) {
    Host host = with_peers({});
    host.facts.kernel.failed_neighbours = {{"eth1", ip("10.0.2.1")}};
    const CheckResult result =
        probed(host, [](const auto&, const IpAddress& asked) { return asked == ip("10.0.2.1"); });
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 gateway-silent"}));
}

TEST(Probe, APeerThatOneAddressDoesNotReach) {
    const CheckResult result =
        probed(with_peers({kServer}), [](const std::string& ifname, const IpAddress& asked) {
            return ifname == "eth1" && asked == kServer.address;
        });
    EXPECT_EQ(lines_of(result, Grade::note),
              Lines({"BROKEN eth1 peer-silent: 203.0.113.80:443 does not answer when asked from "
                     "10.0.2.37",
                     "  because it answers others of this host's addresses"}));
    EXPECT_EQ(result.findings[0].address, ip("10.0.2.37"));
}

/// Its cause is known already.
TEST(Probe, APeerThatABrokenInterfaceDoesNotReach) {
    Host host = with_peers({kServer});
    erase_rule(host, 20101);
    const CheckResult result = probed(host, [](const std::string& ifname, const IpAddress& asked) {
        return ifname == "eth1" && asked == kServer.address;
    });
    EXPECT_EQ(heads(result), Lines({"BROKEN eth1 rule-missing"}));
    EXPECT_THAT(result.findings[0].consequences,
                Contains("203.0.113.80:443 does not answer when asked from 10.0.2.37"));
}

/// That says nothing of this host's interfaces.
TEST(Probe, APeerThatAnswersNobodyIsDead) {
    const auto is_it = [](const auto&, const IpAddress& asked) { return asked == kServer.address; };
    EXPECT_EQ(lines_of(probed(with_peers({kServer}), is_it), Grade::note),
              Lines({"warning host peer-silent: 203.0.113.80:443 does not answer",
                     "  because it was asked from each address of its family, and answered none"}));
    EXPECT_EQ(finding_of(probed(with_peers({kServer}), is_it, {ProbeOutcome::error, EHOSTUNREACH}),
                         "peer-silent")
                  .text,
              "203.0.113.80:443 cannot be reached: No route to host");
}

TEST(Probe, TwoPortsOfAPeerAreTwoPeers) {
    const Host host =
        with_peers({kServer, CheckPeer(kServer.address, 80), CheckPeer(ip("203.0.113.81"))});
    Probe probe{questions_of(host), {}};
    probe.answers.gateways.resize(2, {ProbeOutcome::answered, 0});
    for (const PeerQuestion& question : probe.questions.peers)
        probe.answers.peers.push_back(
            {question.port == 443 ? ProbeOutcome::answered : ProbeOutcome::silent, 0});
    const CheckResult result = checked(host, probe);
    EXPECT_EQ(heads(result), Lines({"warning host peer-silent", "warning host peer-silent"}));
    EXPECT_EQ(result.findings[0].text, "203.0.113.80:80 does not answer");
    EXPECT_EQ(result.findings[1].text, "203.0.113.81 does not answer") << "an echo has no port";
}

TEST(Probe, Ipv6PeersAreWrittenWithBrackets) {
    Host host = before();
    add_ipv6(host);
    host.config.check_peers = {CheckPeer(ip("2001:db8:9::1"), 443)};
    host = installed(host);
    const CheckResult result = probed(
        host, [](const auto&, const IpAddress& asked) { return asked == ip("2001:db8:9::1"); });
    EXPECT_EQ(finding_of(result, "peer-silent").text, "[2001:db8:9::1]:443 does not answer");
}

}  // namespace
}  // namespace eni
