// Which addresses have to answer, and by which link: those of the plan, and those that EC2 delivers
// an Elastic IP to, whatever became of their link.
#include "subjects.hpp"

#include "checked_host.hpp"
#include "interfaces.hpp"

namespace eni {
namespace {

/// "eth1 10.0.2.37", "eth1 10.0.2.50 (no address)", "br0 10.0.2.37 (not planned)"
Lines subjects_of_host(const Host& host) {
    const Plan plan = make_plan(host.facts, host.config, Absent::forget);
    const MainTables mains = main_tables(host.facts.kernel, plan);
    const RouteIndex routes(host.facts.kernel);
    Lines lines;
    for (const Subject& subject :
         subjects_of({host.facts.kernel, routes, plan, mains}, host.facts.enis)) {
        std::string line = subject.ifname;
        for (const IpAddress& address : subject.addresses) line += " " + address.to_string();
        if (subject.fault == Fault::no_address)
            line += " (no address)";
        else if (subject.fault == Fault::link_down)
            line += " (link down)";
        else if (!subject.is_planned)
            line += " (not planned)";
        lines.push_back(line);
    }
    return lines;
}

TEST(Subjects, AreThePlansAddresses) {
    Host host = before();
    host.facts.kernel.addresses.push_back(address("eth1", "10.0.2.38/24"));
    EXPECT_EQ(subjects_of_host(host), Lines({"eth0 10.0.0.29", "eth1 10.0.2.37 10.0.2.38"}));
    host = on_ec2();
    EXPECT_EQ(subjects_of_host(host), Lines({"eth0 10.0.0.29", "eth1 10.0.2.37"}))
        << "each once, whoever says it";
}

TEST(Subjects, AnAddressOnAnotherInterfaceIsExpectedWhereEc2DeliversIt) {
    Host host = on_ec2();
    host.facts.kernel.addresses[1] = address("eth1", "10.0.2.99/24");
    host.facts.kernel.addresses.push_back(address("eth0", "10.0.2.37/24"));
    EXPECT_EQ(subjects_of_host(host),
              Lines({"eth0 10.0.0.29", "eth1 10.0.2.37", "eth1 10.0.2.99"}));
}

TEST(Subjects, OneOnBothInterfacesIsOne) {
    Host host = on_ec2();
    host.facts.kernel.addresses.push_back(address("eth0", "10.0.2.37/24"));
    EXPECT_EQ(subjects_of_host(host), Lines({"eth0 10.0.0.29", "eth1 10.0.2.37"}));
}

TEST(Subjects, AnElasticIpsAddressThatNoInterfaceHas) {
    Host host = on_ec2();
    Eni& eni = eni_of(host.facts, "eth1");
    eni.addresses.push_back(ip("10.0.2.50"));
    EXPECT_EQ(subjects_of_host(host).size(), 2u) << "nobody waits for an address without one";
    eni.associations.push_back({ip("10.0.2.50"), ip("203.0.113.67")});
    EXPECT_EQ(subjects_of_host(host).back(), "eth1 10.0.2.50 (no address)");
    link_named(host, "eth1").is_up = false;
    EXPECT_EQ(subjects_of_host(host).back(), "eth1 10.0.2.50 (link down)");
}

TEST(Subjects, AGuestsElasticIpIsNotThisHosts) {
    Host host = on_ec2();
    add_docker(host);
    Eni& eni = eni_of(host.facts, "eth1");
    eni.addresses.push_back(ip("10.0.2.50"));
    eni.associations.push_back({ip("10.0.2.50"), ip("203.0.113.67")});
    host.facts.kernel.routes.push_back(onlink("10.0.2.50/32", "docker0", "", 0));
    EXPECT_EQ(subjects_of_host(host), Lines({"eth0 10.0.0.29", "eth1 10.0.2.37"}));
    host.facts.kernel.routes.pop_back();
    host.facts.kernel.rules.push_back(marked_rule(1024, 0x80, 0x80, kTableMain));
    EXPECT_EQ(subjects_of_host(host), Lines({"eth0 10.0.0.29", "eth1 10.0.2.37"})) << "a pod's";
}

/// Nor one whose duplicate another host was found to have.
TEST(Subjects, ADuplicateIsNoAddressOfItsInterface) {
    Host host = on_ec2();
    host.facts.kernel.addresses[1].is_duplicate = true;
    EXPECT_EQ(subjects_of_host(host).back(), "eth1 10.0.2.37 (no address)");
}

TEST(Subjects, AnElasticIpOfALinkThatIsNotManaged) {
    Host host = on_ec2();
    host.config.exclude = {"eth1"};
    EXPECT_EQ(subjects_of_host(host),
              Lines({"eth0 10.0.0.29 (not planned)", "eth1 10.0.2.37 (not planned)"}))
        << "with one interface there is no plan";
}

/// A bridge has its port's MAC, and the address.
TEST(Subjects, TheLinkOfAnEniIsTheOneWithItsAddress) {
    Host host = on_ec2();
    const std::string mac = link_named(host, "eth1").mac;
    host.facts.kernel.links.push_back(eth("br0"));
    host.facts.kernel.links.back().mac = mac;
    const KernelSnapshot& kernel = host.facts.kernel;
    const Eni& eni = eni_of(host.facts, "eth1");
    EXPECT_EQ(link_of(kernel, mac, eni)->ifname, "eth1");
    host.facts.kernel.addresses[1].ifname = "br0";
    EXPECT_EQ(link_of(kernel, mac, eni)->ifname, "br0");
    EXPECT_EQ(deliveries(kernel, host.facts.enis).at(ip("10.0.2.37")), "br0");
    EXPECT_EQ(link_of(kernel, "02:00:00:00:00:77", eni), nullptr);
    EXPECT_EQ(link_of(kernel, "", eni), nullptr) << "links without a MAC are no ENI's";
}

TEST(Subjects, ClientsKnowElasticIpsAndTheIpv6ThatIsInUse) {
    Host host = on_ec2();
    Eni& eni = eni_of(host.facts, "eth1");
    eni.addresses.push_back(ip("2001:db8:2::37"));
    EXPECT_EQ(public_addresses(host.facts.kernel, eni), std::vector<IpAddress>({ip("10.0.2.37")}));
    host.facts.kernel.addresses.push_back(address("lo", "::1/128"));
    host.facts.kernel.addresses.push_back(address("eth0", "fe80::29/64"));
    EXPECT_EQ(public_addresses(host.facts.kernel, eni).size(), 1u);
    host.facts.kernel.addresses.push_back(address("eth0", "2001:db8::29/64"));
    EXPECT_EQ(public_addresses(host.facts.kernel, eni),
              std::vector<IpAddress>({ip("10.0.2.37"), ip("2001:db8:2::37")}));
}

}  // namespace
}  // namespace eni
