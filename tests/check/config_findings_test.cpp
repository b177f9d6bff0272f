// What check() says of a configuration that names what is not there: it does nothing, without a
// word. And what a finding that is accepted in it counts for.
#include "checked_host.hpp"

namespace eni {
namespace {

TEST(Configuration, AnIncludeThatCanMatchNothing) {
    Host host = before();
    host.config.include.push_back("ehh[0-9]*");
    EXPECT_EQ(lines_of(installed(host)),
              Lines({"warning host config-unmatched: the configuration's 'include: [ehh[0-9]*]' "
                     "does nothing",
                     "  because no link has such a name"}));
    host.config.include.back() = "eth1";
    EXPECT_EQ(lines_of(installed(host)), Lines());
}

TEST(Configuration, APrimaryThatIsNotThere) {
    Host host = before();
    host.config.primary = "eth9";
    EXPECT_EQ(lines_of(installed(host)),
              Lines({"warning host config-unmatched: the configuration's 'primary: eth9' does "
                     "nothing",
                     "  because there is no such link"}));
    host.config.primary = "eth1";
    EXPECT_EQ(lines_of(installed(host)), Lines());
}

TEST(Configuration, SettingsOfALinkThatIsNotThereOrNotManaged) {
    Host host = before();
    add_docker(host);
    host.config.interfaces["eth7"].gateway = ip("10.0.7.1");
    EXPECT_EQ(lines_of(installed(host)),
              Lines({"warning host config-unmatched: the configuration's 'interface: {eth7: ...}' "
                     "does nothing",
                     "  because there is no such link"}));
    host.config.interfaces.clear();
    host.config.interfaces["docker0"].gateway = ip("172.17.0.1");
    EXPECT_EQ(lines_of(installed(host)),
              Lines({"warning host config-unmatched: the configuration's 'interface: {docker0: "
                     "...}' does nothing",
                     "  because eni-routes does not manage it: 'include' or 'exclude' leaves it "
                     "out"}));
}

TEST(Configuration, AllThatDoesNothingIsOneFinding) {
    Host host = before();
    host.config.include.push_back("lan*");
    host.config.primary = "eth9";
    host.config.interfaces["eth7"];
    const CheckResult result = checked(installed(host));
    ASSERT_EQ(heads(result), Lines({"warning host config-unmatched"}));
    EXPECT_EQ(result.findings[0].consequences,
              Lines({"the configuration's 'primary: eth9' does nothing",
                     "the configuration's 'interface: {eth7: ...}' does nothing"}));
}

// ---- Accepted -----------------------------------------------------------------------------------

TEST(Accepted, CountsForNoVerdictAndComesLast) {
    Host host = after();
    erase_rule(host, 20101);
    host.facts.host->udp_servers = {{53, "named"}};
    EXPECT_EQ(heads(host), Lines({"BROKEN eth1 rule-missing", "warning host udp-server"}));
    host.config.check_accept = {"rule-missing"};
    const CheckResult result = checked(host);
    EXPECT_EQ(heads(result), Lines({"warning host udp-server", "BROKEN eth1 rule-missing"}));
    EXPECT_FALSE(result.findings[0].is_accepted);
    EXPECT_TRUE(result.findings[1].is_accepted);
    EXPECT_EQ(result.worst(), Grade::warning);
    EXPECT_EQ(result.worst_of("eth1"), Grade::good);
    EXPECT_EQ(result.worst_of(""), Grade::warning);
    host.config.check_accept.insert("udp-server");
    EXPECT_EQ(checked(host).worst(), Grade::good);
}

TEST(Accepted, TheWorstGradeCounts) {
    CheckResult result;
    EXPECT_EQ(result.worst(), Grade::good);
    for (const Grade grade : {Grade::good, Grade::note, Grade::warning, Grade::broken}) {
        Finding finding;
        finding.grade = grade;
        finding.ifname = grade == Grade::broken ? "eth1" : "";
        result.findings.insert(result.findings.begin(), finding);
        EXPECT_EQ(result.worst(), grade);
    }
    EXPECT_EQ(result.worst_of("eth1"), Grade::broken);
    EXPECT_EQ(result.worst_of(""), Grade::warning);
    EXPECT_EQ(result.worst_of("eth0"), Grade::good);
}

}  // namespace
}  // namespace eni
