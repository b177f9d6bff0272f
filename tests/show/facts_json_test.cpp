// Facts survive being written and read, member by member; what people write by hand is read, and
// what they got wrong is named.
#include "facts_json.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "cpu_time.hpp"

namespace eni {
namespace {

Prefix prefix(const std::string& text) {
    return Prefix::parse(text).value();
}
IpAddress address(const std::string& text) {
    return IpAddress::parse(text).value();
}

Facts round_trip(const Facts& facts) {
    return load_facts_json(render_facts_json(facts));
}

Facts load_kernel(const std::string& members) {
    return load_facts_json(R"({"version": 1, "kernel": {)" + members + "}}");
}

Route load_route(const std::string& members) {
    return load_kernel(R"("routes": [{)" + members + "}]").kernel.routes.at(0);
}

Rule load_rule(const std::string& members) {
    return load_kernel(R"("rules": [{)" + members + "}]").kernel.rules.at(0);
}

std::string error_of(const std::string& text) {
    try {
        load_facts_json(text);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "no error";
}

std::string kernel_error(const std::string& members) {
    return error_of(R"({"version": 1, "kernel": {)" + members + "}}");
}

std::string route_error(const std::string& members) {
    return kernel_error(R"("routes": [{)" + members + "}]");
}

std::string host_error(const std::string& members) {
    return error_of(R"({"version": 1, "host": {)" + members + "}}");
}

std::string rule_error(const std::string& members) {
    return kernel_error(R"("rules": [{)" + members + "}]");
}

void expect_same_route(const Route& route) {
    Facts facts;
    facts.kernel.routes = {route};
    const Facts loaded = round_trip(facts);
    ASSERT_EQ(loaded.kernel.routes.size(), 1u);
    EXPECT_TRUE(loaded.kernel.routes[0] == route) << render_facts_json(facts);
    EXPECT_EQ(loaded.kernel.routes[0].protocol, route.protocol);
}

void expect_same_rule(const Rule& rule) {
    Facts facts;
    facts.kernel.rules = {rule};
    const Facts loaded = round_trip(facts);
    ASSERT_EQ(loaded.kernel.rules.size(), 1u);
    EXPECT_TRUE(loaded.kernel.rules[0] == rule) << render_facts_json(facts);
}

// ---- What is written ----------------------------------------------------------------------------

TEST(FactsJson, LeavesOutWhatHasItsDefault) {
    EXPECT_EQ(render_facts_json(Facts()), "{\n  \"version\": 1\n}\n");
}

TEST(FactsJson, IsWrittenTheWayPeopleWriteIt) {
    const std::string text = R"({
  "version": 1,
  "kernel": {
    "links": [
      {
        "ifname": "eth1",
        "ifindex": 3
      }
    ],
    "addresses": [
      {
        "address": "10.0.2.37/24",
        "ifname": "eth1"
      }
    ],
    "routes": [
      {
        "dst": "default",
        "dev": "eth1",
        "gateway": "10.0.2.1",
        "metric": 101
      },
      {
        "dst": "default",
        "family": "v6",
        "hops": [
          {
            "dev": "eth0",
            "gateway": "fe80::1"
          },
          {
            "dev": "eth1",
            "weight": 2
          }
        ],
        "metric": 1024,
        "metrics": {
          "mtu": 1500,
          "congctl": "cubic",
          "lock": [
            "mtu",
            "congctl"
          ]
        }
      },
      {
        "dst": "10.9.0.0/16",
        "table": 10001,
        "type": "throw",
        "scope": "link"
      }
    ],
    "rules": [
      {
        "priority": 20101,
        "from": "10.0.2.0/24",
        "iif": "lo",
        "table": 10001
      },
      {
        "priority": 20000,
        "suppress_prefixlength": 1,
        "family": "v6"
      }
    ]
  },
  "disk": {
    "files": {
      "/etc/iproute2/rt_tables": "254 main\n"
    }
  },
  "leases": [
    {
      "ifname": "eth1",
      "routers": [
        "10.0.2.1"
      ]
    }
  ]
}
)";
    EXPECT_EQ(render_facts_json(load_facts_json(text)), text);
}

// ---- Round trips --------------------------------------------------------------------------------

TEST(FactsJson, KeepsLinks) {
    Facts facts;
    facts.kernel.links = {{"eth1", 3, "02:00:00:00:00:01", "veth", false, true, false, 10000, true,
                           false, 2, true, false},
                          {"lo", 1, "", "", true, false, true, 4294967295, false, true, 1}};
    const Facts loaded = round_trip(facts);
    ASSERT_EQ(loaded.kernel.links.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        const Link& want = facts.kernel.links[i];
        const Link& have = loaded.kernel.links[i];
        EXPECT_EQ(have.ifname, want.ifname);
        EXPECT_EQ(have.ifindex, want.ifindex);
        EXPECT_EQ(have.mac, want.mac);
        EXPECT_EQ(have.kind, want.kind);
        EXPECT_EQ(have.ethernet, want.ethernet);
        EXPECT_EQ(have.is_port, want.is_port);
        EXPECT_EQ(have.is_up, want.is_up);
        EXPECT_EQ(have.group, want.group);
        EXPECT_EQ(have.forwarding4, want.forwarding4);
        EXPECT_EQ(have.forwarding6, want.forwarding6);
        EXPECT_EQ(have.rp_filter, want.rp_filter);
        EXPECT_EQ(have.src_valid_mark, want.src_valid_mark);
        EXPECT_EQ(have.has_carrier, want.has_carrier);
    }
}

TEST(FactsJson, KeepsAddressesAndRouters) {
    Facts facts;
    facts.kernel.addresses = {{"eth1", address("10.0.2.37"), 24, true, false},
                              {"lo", address("::1"), 128, false, true}};
    facts.kernel.routers = {{"eth1", address("fe80::1")}};
    facts.kernel.failed_neighbours = {{"eth1", address("10.0.2.99")}};
    facts.kernel.addresses[1].is_tentative = true;
    const Facts loaded = round_trip(facts);
    ASSERT_EQ(loaded.kernel.addresses.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        const Address& want = facts.kernel.addresses[i];
        const Address& have = loaded.kernel.addresses[i];
        EXPECT_EQ(have.ifname, want.ifname);
        EXPECT_EQ(have.address, want.address);
        EXPECT_EQ(have.prefix_length, want.prefix_length);
        EXPECT_EQ(have.is_global, want.is_global);
        EXPECT_EQ(have.is_duplicate, want.is_duplicate);
        EXPECT_EQ(have.is_tentative, want.is_tentative);
    }
    ASSERT_EQ(loaded.kernel.routers.size(), 1u);
    EXPECT_EQ(loaded.kernel.routers[0].ifname, "eth1");
    EXPECT_EQ(loaded.kernel.routers[0].address, address("fe80::1"));
    ASSERT_EQ(loaded.kernel.failed_neighbours.size(), 1u);
    EXPECT_EQ(loaded.kernel.failed_neighbours[0].ifname, "eth1");
    EXPECT_EQ(loaded.kernel.failed_neighbours[0].address, address("10.0.2.99"));
}

TEST(FactsJson, KeepsWhatTheKernelIs) {
    Facts facts;
    facts.kernel.has_suppress = false;
    facts.kernel.rp_filter_all = 1;
    EXPECT_FALSE(round_trip(facts).kernel.has_suppress);
    EXPECT_EQ(round_trip(facts).kernel.rp_filter_all, 1);
    EXPECT_TRUE(round_trip(Facts()).kernel.has_suppress);
}

TEST(FactsJson, KeepsEveryMemberOfARoute) {
    Route route;
    route.table = TableId{10001};
    route.dst = prefix("10.0.2.0/24");
    route.tos = 0x10;
    route.metric = 4294967295;
    route.scope = Scope::link;
    route.prefsrc = address("10.0.2.37");
    route.hops = {{"eth1", address("fe80::1"), 255, true}};
    route.metrics.values = {{2, 1500}, {10, 64}, {17, 1}, {40, 7}};  // 40 has no name
    route.metrics.lock = 1u << 2 | 1u << 16 | 1u << 31;
    route.metrics.congctl = "cubic";
    route.realm = 0x10002;
    route.pref = 3;
    route.protocol = 16;
    route.is_exotic = true;
    expect_same_route(route);
}

TEST(FactsJson, KeepsEveryKindOfRoute) {
    const NextHop hop{"eth1", address("10.0.2.1"), 1, false};
    for (const auto& dst : {"0.0.0.0/0", "::/0", "10.0.2.37/32", "2001:db8::/64"})
        for (const auto& hops : {std::vector<NextHop>{}, {hop}, {{"", {}, 1, false}}, {hop, hop}}) {
            Route route;
            route.dst = prefix(dst);
            route.hops = hops;
            expect_same_route(route);
        }
    for (const auto type : {RouteType::unicast, RouteType::blackhole, RouteType::unreachable,
                            RouteType::prohibit, RouteType::throw_}) {
        Route route;
        route.type = type;
        expect_same_route(route);
    }
    for (const auto scope : {Scope::global, Scope::site, Scope::link, Scope::host, Scope{100}}) {
        Route route;
        route.scope = scope;
        expect_same_route(route);
    }
}

TEST(FactsJson, KeepsRules) {
    Rule rule;
    rule.priority = Priority{32766};
    expect_same_rule(rule);
    rule.family = Family::v6;
    expect_same_rule(rule);
    rule.from = prefix("2001:db8:1::/64");
    expect_same_rule(rule);
    rule.to = prefix("2001:db8:2::/64");
    rule.iif = "lo";
    rule.oif = "eth1";
    rule.table = TableId{4294967295};
    rule.suppress_prefixlength = 0;
    rule.suppress_ifgroup = 0;
    rule.fwmark = 1;
    rule.fwmask = 4294967295;
    rule.is_exotic = true;
    expect_same_rule(rule);
    rule.from.reset();
    expect_same_rule(rule);
}

TEST(FactsJson, KeepsTheDisk) {
    Facts facts;
    facts.disk.table_names = {{TableId{254}, "main", false}, {TableId{10001}, "eth1", true}};
    facts.disk.rt_tables_path = "/etc/iproute2/rt_tables.d/eni-routes.conf";
    facts.disk.rt_tables_is_shared = true;
    facts.disk.has_network_scripts = true;
    facts.disk.profiles = {{"Wired", "eth1", "02:00:00:00:00:01"}};
    facts.disk.files = {{"/a/rule-eth1", "from 10.0.2.0/24 table eth1\n"}, {"/a/empty", ""}};
    facts.disk.disabled = {"*", "eth2"};
    facts.disk.unread = {{Unread::Kind::table_names, "/etc/a", "cannot read /etc/a: why"},
                         {Unread::Kind::state, "/run/b", "cannot read /run/b: it is too large"}};
    const DiskFacts disk = round_trip(facts).disk;
    EXPECT_TRUE(disk.table_names == facts.disk.table_names);
    EXPECT_EQ(disk.rt_tables_path, facts.disk.rt_tables_path);
    EXPECT_TRUE(disk.rt_tables_is_shared);
    EXPECT_TRUE(disk.has_network_scripts);
    ASSERT_EQ(disk.profiles.size(), 1u);
    EXPECT_EQ(disk.profiles[0].name, "Wired");
    EXPECT_EQ(disk.profiles[0].device, "eth1");
    EXPECT_EQ(disk.profiles[0].hwaddr, "02:00:00:00:00:01");
    EXPECT_EQ(disk.files, facts.disk.files);
    EXPECT_EQ(disk.disabled, facts.disk.disabled);
    ASSERT_EQ(disk.unread.size(), 2U);
    EXPECT_EQ(disk.unread[0].kind, Unread::Kind::table_names);
    EXPECT_EQ(disk.unread[1].kind, Unread::Kind::state);
    EXPECT_EQ(disk.unread[1].path, "/run/b");
    EXPECT_EQ(disk.unread[1].error, "cannot read /run/b: it is too large");
}

TEST(FactsJson, KeepsBytesThatAreNotText) {
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
    Facts facts;
    facts.disk.files = {{"every", every_byte}, {"latin1", "# caf\xe9"}, {"utf8", "# caf\u00e9"}};
    facts.disk.profiles = {{"\xff", "", ""}};
    EXPECT_EQ(round_trip(facts).disk.files, facts.disk.files);
    EXPECT_EQ(round_trip(facts).disk.profiles[0].name, "\xff");
    EXPECT_NE(render_facts_json(facts).find("\"latin1\": \"# caf\\u00e9\""), std::string::npos);
}

TEST(FactsJson, WritesANameOfAFileThatIsNotText) {
    Facts facts;
    facts.disk.files = {{"/a/rule-\xff", "text"}};
    EXPECT_EQ(round_trip(facts).disk.files.count("/a/rule-\ufffd"), 1u);
}

TEST(FactsJson, KeepsWhatWasKnownBefore) {
    Facts facts;
    facts.run.has_suppress = false;
    facts.run.priority_bases = {20000, 21000};
    facts.run.link_groups = {10000};
    facts.run.tables_given = {TableId{10001}, TableId{10002}};
    facts.run.tables_named = {TableId{500}};
    facts.run.unneeded_routes = 65536;
    facts.run.interfaces["eth0"] = {};
    facts.run.interfaces["eth1"] = {"02:00:00:00:00:01",
                                    address("10.0.2.1"),
                                    0u,
                                    7,
                                    {address("10.0.2.50"), address("2001:db8::50")}};
    const RunState run = round_trip(facts).run;
    EXPECT_EQ(run.interfaces.at("eth1").added, facts.run.interfaces["eth1"].added);
    EXPECT_EQ(run.has_suppress, std::optional<bool>(false));
    EXPECT_EQ(run.priority_bases, facts.run.priority_bases);
    EXPECT_EQ(run.link_groups, facts.run.link_groups);
    EXPECT_EQ(run.tables_given, facts.run.tables_given);
    EXPECT_EQ(run.tables_named, facts.run.tables_named);
    EXPECT_EQ(run.unneeded_routes, 65536u);
    ASSERT_EQ(run.interfaces.size(), 2u);
    EXPECT_EQ(run.interfaces.at("eth0").slot, std::nullopt);
    EXPECT_EQ(run.interfaces.at("eth0").lease_router, std::nullopt);
    EXPECT_EQ(run.interfaces.at("eth1").mac, "02:00:00:00:00:01");
    EXPECT_EQ(run.interfaces.at("eth1").lease_router, address("10.0.2.1"));
    EXPECT_EQ(run.interfaces.at("eth1").slot, 0u);
    EXPECT_EQ(run.interfaces.at("eth1").group_before, 7u);
    EXPECT_EQ(round_trip(Facts()).run.has_suppress, std::nullopt);
}

TEST(FactsJson, KeepsMarks) {
    Facts facts;
    facts.run.interfaces["eth1"].set_src_valid_mark = true;
    facts.run.marking =
        MarkingState{MarkingTool::nft, {0x7f, {{"eth0", 1}, {"eth1", 2, true}}}, "abc"};
    facts.marking = MarkingFacts{MarkingTool::iptables, "abc", "def", {}, "Permission denied"};
    facts.marking->uses = {{"nft rule \"meta mark set 0x4000\"", 0x4000, 0xffffffff},
                           {"iptables rule \"--set-xmark 0x8/0x0\"", 8, 0}};
    const Facts loaded = round_trip(facts);
    EXPECT_TRUE(loaded.run.interfaces.at("eth1").set_src_valid_mark);
    EXPECT_EQ(loaded.run.marking, facts.run.marking);
    ASSERT_TRUE(loaded.marking);
    EXPECT_EQ(loaded.marking->tool, MarkingTool::iptables);
    EXPECT_EQ(loaded.marking->nft, "abc");
    EXPECT_EQ(loaded.marking->iptables, "def");
    EXPECT_EQ(loaded.marking->error, "Permission denied");
    ASSERT_EQ(loaded.marking->uses.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(loaded.marking->uses[i].where, facts.marking->uses[i].where);
        EXPECT_EQ(loaded.marking->uses[i].value, facts.marking->uses[i].value);
        EXPECT_EQ(loaded.marking->uses[i].mask, facts.marking->uses[i].mask);
    }
    EXPECT_FALSE(round_trip(Facts()).marking) << "it was not read";
    EXPECT_FALSE(round_trip(Facts()).run.marking);
    facts.marking = MarkingFacts();
    EXPECT_EQ(round_trip(facts).marking->tool, MarkingTool::none) << "it was, and nothing is there";
}

TEST(FactsJson, KeepsWhatEc2Said) {
    Eni eni;
    eni.network_card = 1;
    eni.device_number = 3;
    eni.addresses = {address("10.0.2.37"), address("2001:db8:2::37")};
    eni.delegated = {Prefix::parse("10.0.2.64/28").value()};
    eni.subnets = {Prefix::parse("10.0.2.0/24").value()};
    eni.vpc_blocks = {Prefix::parse("10.0.0.0/16").value()};
    eni.associations = {{address("10.0.2.37"), address("203.0.113.66")}};
    Facts facts;
    facts.enis["02:00:00:00:00:00"] = eni;
    eni.is_fresh = true;
    facts.enis["02:00:00:00:00:01"] = eni;
    const Enis enis = round_trip(facts).enis;
    EXPECT_TRUE(enis == facts.enis);
    EXPECT_FALSE(enis.at("02:00:00:00:00:00").is_fresh);
    EXPECT_TRUE(enis.at("02:00:00:00:00:01").is_fresh);
}

TEST(FactsJson, KeepsLeases) {
    Facts facts;
    facts.leases = {{"eth1", {address("10.0.2.1"), address("10.0.2.2")}}, {"eth0", {}}};
    const auto leases = round_trip(facts).leases;
    ASSERT_EQ(leases.size(), 2u);
    EXPECT_EQ(leases[0].ifname, "eth1");
    EXPECT_EQ(leases[0].routers, facts.leases[0].routers);
    EXPECT_EQ(leases[1].ifname, "eth0");
    EXPECT_TRUE(leases[1].routers.empty());
}

TEST(FactsJson, KeepsTheHost) {
    Facts facts;
    facts.host = HostFacts{
        {{"/etc/NetworkManager/dispatcher.d/30-eni-routes", false, "not executable", false, true},
         {"/etc/NetworkManager/dispatcher.d/pre-up.d/30-eni-routes", true, "", true, false}},
        false,
        true,
        {{53, "named"}, {123, ""}, {4789, "", true}},
        {{"tcp", 8080, address("10.0.2.37"), address("172.17.0.2")},
         {"udp", 53, {}, address("fd00::2")}},
        WatchFacts{4711, {{"eth1", "rule 20101"}, {"", "group 10000"}}},
        true,
        {{"eni-routes-event", "initrc_t", "write", "rt_tables", "file", "etc_t", "08:00"}},
        NetworkManagerFacts{true,
                            {{"eth0", false, "unmanaged", "", false},
                             {"eth1", true, "connected", "System eth1", true}}},
        {{"nm-cloud-setup", "/etc/systemd/system/nm-cloud-setup.service.d/ec2.conf"}},
        {{"eth1", address("239.1.2.3")}}};
    const auto host = round_trip(facts).host;
    ASSERT_TRUE(host);
    ASSERT_EQ(host->hooks.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        const HookFile& want = facts.host->hooks[i];
        EXPECT_EQ(host->hooks[i].path, want.path);
        EXPECT_EQ(host->hooks[i].is_there, want.is_there);
        EXPECT_EQ(host->hooks[i].problem, want.problem);
        EXPECT_EQ(host->hooks[i].calls_us, want.calls_us);
        EXPECT_EQ(host->hooks[i].hides_ours, want.hides_ours);
    }
    EXPECT_FALSE(host->dispatcher_is_enabled);
    EXPECT_TRUE(host->has_stock_script);
    ASSERT_EQ(host->udp_servers.size(), 3u);
    EXPECT_TRUE(host->udp_servers[2].is_kernels);
    ASSERT_EQ(host->published_ports.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(host->udp_servers[i].port, facts.host->udp_servers[i].port);
        EXPECT_EQ(host->udp_servers[i].program, facts.host->udp_servers[i].program);
        const PublishedPort& want = facts.host->published_ports[i];
        EXPECT_EQ(host->published_ports[i].protocol, want.protocol);
        EXPECT_EQ(host->published_ports[i].port, want.port);
        EXPECT_EQ(host->published_ports[i].address, want.address);
        EXPECT_EQ(host->published_ports[i].target, want.target);
    }
    ASSERT_TRUE(host->watch);
    EXPECT_EQ(host->watch->pid, 4711);
    ASSERT_EQ(host->watch->fights.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(host->watch->fights[i].ifname, facts.host->watch->fights[i].ifname);
        EXPECT_EQ(host->watch->fights[i].text, facts.host->watch->fights[i].text);
    }
    EXPECT_TRUE(host->watch_is_enabled);
    ASSERT_EQ(host->denials.size(), 1u);
    const Denial& denial = host->denials[0];
    EXPECT_EQ(denial.program, "eni-routes-event");
    EXPECT_EQ(denial.domain, "initrc_t");
    EXPECT_EQ(denial.permissions, "write");
    EXPECT_EQ(denial.target, "rt_tables");
    EXPECT_EQ(denial.target_class, "file");
    EXPECT_EQ(denial.target_type, "etc_t");
    EXPECT_EQ(denial.last_time, "08:00");
    ASSERT_TRUE(host->networkmanager);
    EXPECT_TRUE(host->networkmanager->runs);
    ASSERT_EQ(host->networkmanager->devices.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        const NetworkManagerDevice& want = facts.host->networkmanager->devices[i];
        const NetworkManagerDevice& have = host->networkmanager->devices[i];
        EXPECT_EQ(have.ifname, want.ifname);
        EXPECT_EQ(have.is_managed, want.is_managed);
        EXPECT_EQ(have.state, want.state);
        EXPECT_EQ(have.profile, want.profile);
        EXPECT_EQ(have.has_usable_profile, want.has_usable_profile);
    }
    ASSERT_EQ(host->tools.size(), 1u);
    EXPECT_EQ(host->tools[0].name, "nm-cloud-setup");
    EXPECT_EQ(host->tools[0].path, facts.host->tools[0].path);
    ASSERT_EQ(host->multicast_groups.size(), 1u);
    EXPECT_EQ(host->multicast_groups[0].ifname, "eth1");
    EXPECT_EQ(host->multicast_groups[0].address, address("239.1.2.3"));
}

TEST(FactsJson, TellsAHostWithNothingFromNoHost) {
    const std::string empty = "{\n  \"version\": 1,\n  \"host\": {}\n}\n";
    Facts facts;
    facts.host.emplace();
    EXPECT_EQ(render_facts_json(facts), empty);
    const auto host = load_facts_json(empty).host;
    ASSERT_TRUE(host);
    EXPECT_TRUE(host->hooks.empty());
    EXPECT_TRUE(host->dispatcher_is_enabled);
    EXPECT_FALSE(host->watch);
    EXPECT_FALSE(host->watch_is_enabled);
    EXPECT_TRUE(host->denials.empty());
    facts.host->watch.emplace();
    EXPECT_TRUE(round_trip(facts).host->watch);
}

TEST(FactsJson, KeepsWhereItWasRecorded) {
    Facts facts;
    facts.recording = Recording{"0.2.0", "6.1.0-28-cloud-amd64", "Debian GNU/Linux 12 (bookworm)",
                                "1.42.4", "# caf\xe9\nenabled: true\n"};
    facts.kernel.rp_filter_all = 1;  // what follows
    const auto recording = round_trip(facts).recording;
    ASSERT_TRUE(recording);
    EXPECT_EQ(recording->version, facts.recording->version);
    EXPECT_EQ(recording->kernel_release, facts.recording->kernel_release);
    EXPECT_EQ(recording->distribution, facts.recording->distribution);
    EXPECT_EQ(recording->networkmanager, facts.recording->networkmanager);
    EXPECT_EQ(recording->configuration, facts.recording->configuration);
    const std::string beginning =
        "{\n  \"version\": 1,\n  \"recording\": {\n    \"version\": \"0.2.0\"";
    EXPECT_EQ(render_facts_json(facts).substr(0, beginning.size()), beginning);
}

// ---- What people write --------------------------------------------------------------------------

TEST(FactsJson, TakesFamiliesFromPrefixes) {
    EXPECT_EQ(load_route(R"("dst": "default")").dst, prefix("0.0.0.0/0"));
    EXPECT_EQ(load_route(R"("dst": "default", "family": "v6")").dst, prefix("::/0"));
    EXPECT_EQ(load_route(R"("dst": "::/0")").dst, prefix("::/0"));
    EXPECT_EQ(load_route(R"("dst": "10.0.2.37", "family": "v4")").dst, prefix("10.0.2.37/32"));
    EXPECT_EQ(load_rule(R"("priority": 1)").family, Family::v4);
    EXPECT_EQ(load_rule(R"("priority": 1, "from": "2001:db8::/64")").family, Family::v6);
    EXPECT_EQ(load_rule(R"("priority": 1, "to": "2001:db8::/64")").family, Family::v6);
}

TEST(FactsJson, TakesABareAddressForAHost) {
    const auto addresses = load_kernel(R"("addresses": [{"ifname": "lo", "address": "10.0.0.1"},
        {"ifname": "lo", "address": "::1"}])")
                               .kernel.addresses;
    EXPECT_EQ(addresses[0].prefix_length, 32);
    EXPECT_EQ(addresses[1].prefix_length, 128);
}

TEST(FactsJson, TakesAFileOfBeforeTheHostWasRecorded) {
    const Facts facts = load_facts_json(R"({"version": 1, "kernel": {"rp_filter_all": 1}})");
    EXPECT_FALSE(facts.host);
    EXPECT_FALSE(facts.recording);
    EXPECT_EQ(facts.kernel.rp_filter_all, 1);
}

// ---- What people get wrong ----------------------------------------------------------------------

TEST(FactsJson, RefusesWhatIsNotJson) {
    // What follows is the library's, and its versions differ in it.
    EXPECT_EQ(error_of("{").substr(0, 40), "facts: parse error at line 1, column 2: ");
    EXPECT_EQ(error_of("").substr(0, 40), "facts: parse error at line 1, column 1: ");
    EXPECT_EQ(error_of(R"({"version": 1e999})"), "facts: number overflow parsing '1e999'");
    EXPECT_EQ(error_of("[]"), "facts: expected an object, not an array");
    EXPECT_EQ(error_of(R"({"version": 1, "run": {}, "version": 1})"),
              "facts: the key 'version' stands twice in one object");
}

/// Twice as much takes about twice as long; where each object was compared with all others of its
/// list it was four times.
TEST(FactsJson, IsReadInLinearTime) {
    const auto seconds_for = [](int count) {
        Facts facts;
        for (int i = 0; i < count; ++i) {
            Route route;
            route.dst = Prefix(address("100.64.0.0"), 24);
            route.table = TableId{static_cast<std::uint32_t>(i + 1)};
            route.hops = {{"eth1", address("10.0.2.1"), 1, false}};
            facts.kernel.routes.push_back(route);
        }
        const std::string text = render_facts_json(facts);
        double best = 1e9;
        for (int i = 0; i < 3; ++i) {
            const auto begin = CpuTime::now();
            EXPECT_EQ(load_facts_json(text).kernel.routes.size(), facts.kernel.routes.size());
            best = std::min(best, std::chrono::duration<double>(CpuTime::now() - begin).count());
        }
        return best;
    };
    EXPECT_LT(seconds_for(32000), 3 * seconds_for(16000));
}

TEST(FactsJson, RefusesAnotherVersion) {
    EXPECT_EQ(error_of("{}"), "facts: expected the key 'version'");
    EXPECT_EQ(error_of(R"({"version": 2})"), "facts: /version: expected 1, not 2");
    EXPECT_EQ(error_of(R"({"version": "1"})"), "facts: /version: expected 1, not '1'");
}

TEST(FactsJson, RefusesUnknownKeys) {
    EXPECT_EQ(error_of(R"({"version": 1, "kernal": {}})"), "facts: /kernal: unknown key");
    EXPECT_EQ(kernel_error(R"("links": [{"ifname": "a"}, {"ifname": "b", "a/b\n": 1}])"),
              "facts: /kernel/links/1/a~1b\\n: unknown key");
    EXPECT_EQ(route_error(R"("dst": "default", "prefix": 1)"),
              "facts: /kernel/routes/0/prefix: unknown key");
    EXPECT_EQ(route_error(R"("dst": "default", "metrics": {"mtuu": 1})"),
              "facts: /kernel/routes/0/metrics/mtuu: unknown key");
    EXPECT_EQ(route_error(R"("dst": "default", "metrics": {"65536": 1})"),
              "facts: /kernel/routes/0/metrics/65536: unknown key");
    EXPECT_EQ(kernel_error(R"("addresses": [{"ifname": "a", "address": "10.0.0.1", "label": 1}])"),
              "facts: /kernel/addresses/0/label: unknown key");
    EXPECT_EQ(rule_error(R"("priority": 1, "lookup": 1)"),
              "facts: /kernel/rules/0/lookup: unknown key");
}

TEST(FactsJson, RefusesToGuessWhatHasNoDefault) {
    EXPECT_EQ(kernel_error(R"("links": [{}])"),
              "facts: /kernel/links/0: expected the key 'ifname'");
    EXPECT_EQ(kernel_error(R"("addresses": [{"ifname": "eth0"}])"),
              "facts: /kernel/addresses/0: expected the key 'address'");
    EXPECT_EQ(kernel_error(R"("routers": [{"ifname": "eth0"}])"),
              "facts: /kernel/routers/0: expected the key 'address'");
    EXPECT_EQ(route_error(R"("dev": "eth0")"), "facts: /kernel/routes/0: expected the key 'dst'");
    EXPECT_EQ(route_error(R"("dst": "default", "gateway": "10.0.0.1")"),
              "facts: /kernel/routes/0: expected the key 'dev'");
    EXPECT_EQ(rule_error(""), "facts: /kernel/rules/0: expected the key 'priority'");
    EXPECT_EQ(error_of(R"({"version": 1, "disk": {"table_names": [{"id": 1}]}})"),
              "facts: /disk/table_names/0: expected the key 'name'");
    EXPECT_EQ(error_of(R"({"version": 1, "disk": {"profiles": [{}]}})"),
              "facts: /disk/profiles/0: expected the key 'name'");
    EXPECT_EQ(error_of(R"({"version": 1, "leases": [{}]})"),
              "facts: /leases/0: expected the key 'ifname'");
}

TEST(FactsJson, RefusesOtherTypes) {
    EXPECT_EQ(error_of(R"({"version": 1, "kernel": []})"),
              "facts: /kernel: expected an object, not an array");
    EXPECT_EQ(kernel_error(R"("links": {})"),
              "facts: /kernel/links: expected an array, not an object");
    EXPECT_EQ(kernel_error(R"("links": ["eth0"])"),
              "facts: /kernel/links/0: expected an object, not 'eth0'");
    EXPECT_EQ(kernel_error(R"("links": [{"ifname": 1}])"),
              "facts: /kernel/links/0/ifname: expected a string, not 1");
    EXPECT_EQ(kernel_error(R"("has_suppress": 1)"),
              "facts: /kernel/has_suppress: expected true or false, not 1");
    EXPECT_EQ(route_error(R"("dst": 1)"), "facts: /kernel/routes/0/dst: expected a prefix, not 1");
    EXPECT_EQ(route_error(R"("dst": "default", "prefsrc": null)"),
              "facts: /kernel/routes/0/prefsrc: expected an address, not null");
    EXPECT_EQ(route_error(R"("dst": "default", "metrics": 1)"),
              "facts: /kernel/routes/0/metrics: expected an object, not 1");
    EXPECT_EQ(kernel_error(R"("addresses": [{"ifname": "eth0", "address": 1}])"),
              "facts: /kernel/addresses/0/address: expected an address with its prefix length, "
              "not 1");
    EXPECT_EQ(error_of(R"({"version": 1, "disk": {"files": []}})"),
              "facts: /disk/files: expected an object, not an array");
    EXPECT_EQ(error_of(R"({"version": 1, "disk": {"files": {"/a/b": {"hex": ""}}}})"),
              "facts: /disk/files/~1a~1b: expected a string, not an object");
    EXPECT_EQ(error_of(R"({"version": 1, "disk": {"files": {"a": {"latin1": "", "b": ""}}}})"),
              "facts: /disk/files/a: expected a string, not an object");
    EXPECT_EQ(error_of(R"({"version": 1, "disk": {"files": {"a": {"latin1": 1}}}})"),
              "facts: /disk/files/a: expected a string, not an object");
}

TEST(FactsJson, RefusesOtherTypesInTheHost) {
    const std::string hook = R"("hooks": [{"path": "/a", )";
    const std::string port = R"("published_ports": [{"protocol": "tcp", "port": 1, "target": )";
    const std::pair<std::string, std::string> wrong[] = {
        {R"("hooks": {})", "hooks: expected an array, not an object"},
        {R"("hooks": [{"path": 1}])", "hooks/0/path: expected a string, not 1"},
        {hook + R"("is_there": 1}])", "hooks/0/is_there: expected true or false, not 1"},
        {hook + R"("problem": null}])", "hooks/0/problem: expected a string, not null"},
        {hook + R"("calls_us": "yes"}])", "hooks/0/calls_us: expected true or false, not 'yes'"},
        {hook + R"("hides_ours": 0}])", "hooks/0/hides_ours: expected true or false, not 0"},
        {R"("dispatcher_is_enabled": 1)", "dispatcher_is_enabled: expected true or false, not 1"},
        {R"("has_stock_script": "")", "has_stock_script: expected true or false, not ''"},
        {R"("udp_servers": 53)", "udp_servers: expected an array, not 53"},
        {R"("udp_servers": [{"port": 65536}])",
         "udp_servers/0/port: expected a number from 0 to 65535, not 65536"},
        {R"("udp_servers": [{"port": 53, "program": []}])",
         "udp_servers/0/program: expected a string, not an array"},
        {R"("published_ports": "tcp")", "published_ports: expected an array, not 'tcp'"},
        {R"("published_ports": [{"protocol": 6, "port": 1, "target": "::1"}])",
         "published_ports/0/protocol: expected a string, not 6"},
        {R"("published_ports": [{"protocol": "tcp", "port": "1", "target": "::1"}])",
         "published_ports/0/port: expected a number from 0 to 65535, not '1'"},
        {port + R"("::1/128"}])", "published_ports/0/target: expected an address, not '::1/128'"},
        {port + R"("::1", "address": 1}])",
         "published_ports/0/address: expected an address, not 1"},
        {R"("watch": null)", "watch: expected an object, not null"},
        {R"("watch": {"pid": -1})", "watch/pid: expected a number from 0 to 2147483647, not -1"},
        {R"("watch": {"pid": 1, "fights": {}})", "watch/fights: expected an array, not an object"},
        {R"("watch": {"pid": 1, "fights": [{"text": 1}]})",
         "watch/fights/0/text: expected a string, not 1"},
        {R"("watch": {"pid": 1, "fights": [{"text": "", "ifname": 1}]})",
         "watch/fights/0/ifname: expected a string, not 1"},
        {R"("watch_is_enabled": 1)", "watch_is_enabled: expected true or false, not 1"},
        {R"("denials": {})", "denials: expected an array, not an object"},
        {R"("denials": [{"program": 1}])", "denials/0/program: expected a string, not 1"},
        {R"("watches": {})", "watches: unknown key"}};
    for (const auto& [members, error] : wrong)
        EXPECT_EQ(host_error(members), "facts: /host/" + error);
    EXPECT_EQ(error_of(R"({"version": 1, "host": null})"),
              "facts: /host: expected an object, not null");
}

TEST(FactsJson, RefusesToGuessOfTheHost) {
    const std::pair<std::string, std::string> wrong[] = {
        {R"("hooks": [{}])", "hooks/0: expected the key 'path'"},
        {R"("udp_servers": [{}])", "udp_servers/0: expected the key 'port'"},
        {R"("published_ports": [{"port": 1, "target": "::1"}])",
         "published_ports/0: expected the key 'protocol'"},
        {R"("published_ports": [{"protocol": "tcp", "target": "::1"}])",
         "published_ports/0: expected the key 'port'"},
        {R"("published_ports": [{"protocol": "tcp", "port": 1}])",
         "published_ports/0: expected the key 'target'"},
        {R"("watch": {})", "watch: expected the key 'pid'"},
        {R"("denials": [{}])", "denials/0: expected the key 'program'"},
        {R"("watch": {"pid": 1, "fights": [{}]})", "watch/fights/0: expected the key 'text'"}};
    for (const auto& [members, error] : wrong)
        EXPECT_EQ(host_error(members), "facts: /host/" + error);
}

TEST(FactsJson, RefusesOtherTypesInTheRecording) {
    for (const std::string member :
         {"version", "kernel_release", "distribution", "networkmanager", "configuration"})
        EXPECT_EQ(error_of(R"({"version": 1, "recording": {")" + member + R"(": 1}})"),
                  "facts: /recording/" + member + ": expected a string, not 1");
    EXPECT_EQ(error_of(R"({"version": 1, "recording": "0.2"})"),
              "facts: /recording: expected an object, not '0.2'");
    EXPECT_EQ(error_of(R"({"version": 1, "recording": {"kernel": ""}})"),
              "facts: /recording/kernel: unknown key");
}

TEST(FactsJson, RefusesBadNumbers) {
    EXPECT_EQ(route_error(R"("dst": "default", "tos": 256)"),
              "facts: /kernel/routes/0/tos: expected a number from 0 to 255, not 256");
    EXPECT_EQ(route_error(R"("dst": "default", "metric": -1)"),
              "facts: /kernel/routes/0/metric: expected a number from 0 to 4294967295, not -1");
    EXPECT_EQ(route_error(R"("dst": "default", "metric": 1.5)"),
              "facts: /kernel/routes/0/metric: expected a number from 0 to 4294967295, not 1.5");
    EXPECT_EQ(route_error(R"("dst": "default", "table": "main")"),
              "facts: /kernel/routes/0/table: expected a number from 0 to 4294967295, not 'main'");
    EXPECT_EQ(kernel_error(R"("rp_filter_all": 18446744073709551616)").substr(0, 71),
              "facts: /kernel/rp_filter_all: expected a number from 0 to 2147483647, n");
    EXPECT_EQ(route_error(R"("dst": "default", "scope": 256)"),
              "facts: /kernel/routes/0/scope: expected a number from 0 to 255, not 256");
    EXPECT_EQ(error_of(R"({"version": 1, "run": {"tables_given": [1, true]}})"),
              "facts: /run/tables_given/1: expected a number from 0 to 4294967295, not true");
}

TEST(FactsJson, RefusesBadValues) {
    EXPECT_EQ(route_error(R"("dst": "10.0.2.1/24")"),
              "facts: /kernel/routes/0/dst: expected a prefix, not '10.0.2.1/24'");
    EXPECT_EQ(route_error(R"("dst": "default", "dev": "eth0", "gateway": "10.0.0.1/24\n")"),
              "facts: /kernel/routes/0/gateway: expected an address, not '10.0.0.1/24\\n'");
    EXPECT_EQ(route_error(R"("dst": "default", "hops": [{"dev": "eth0", "gateway": ""}])"),
              "facts: /kernel/routes/0/hops/0/gateway: expected an address, not ''");
    EXPECT_EQ(
        route_error(R"("dst": "default", "type": "nat")"),
        "facts: /kernel/routes/0/type: expected one of unicast, local, broadcast, anycast, multicast, blackhole, unreachable, "
        "prohibit, throw, not 'nat'");
    EXPECT_EQ(
        route_error(R"("dst": "default", "type": 6)"),
        "facts: /kernel/routes/0/type: expected one of unicast, local, broadcast, anycast, multicast, blackhole, unreachable, "
        "prohibit, throw, not 6");
    EXPECT_EQ(route_error(R"("dst": "default", "scope": "universe")"),
              "facts: /kernel/routes/0/scope: expected one of global, site, link, host, "
              "not 'universe'");
    EXPECT_EQ(route_error(R"("dst": "default", "metrics": {"lock": ["mtu", "lock"]})"),
              "facts: /kernel/routes/0/metrics/lock/1: expected the name of a metric, not 'lock'");
    EXPECT_EQ(route_error(R"("dst": "default", "metrics": {"lock": ["32"]})"),
              "facts: /kernel/routes/0/metrics/lock/0: expected the name of a metric, not '32'");
    for (const std::string bad : {"", "10.0.2.37/33", "10.0.2.37/", "/24", "eth0", "::1/129"})
        EXPECT_EQ(kernel_error(R"("addresses": [{"ifname": "eth0", "address": ")" + bad + "\"}]"),
                  "facts: /kernel/addresses/0/address: expected an address with its prefix "
                  "length, not '" +
                      bad + "'");
    EXPECT_EQ(error_of(R"({"version": 1, "disk": {"files": {"a": {"latin1": "\u0100"}}}})"),
              "facts: /disk/files/a/latin1: expected characters up to U+00FF, not '\u0100'");
}

TEST(FactsJson, RefusesContradictions) {
    EXPECT_EQ(route_error(R"("dst": "10.0.2.0/24", "family": "v6")"),
              "facts: /kernel/routes/0/family: expected the family of 'dst', not 'v6'");
    EXPECT_EQ(route_error(R"("dst": "default", "weight": 1, "hops": [])"),
              "facts: /kernel/routes/0: expected 'dev' or 'hops', not both");
    EXPECT_EQ(rule_error(R"("priority": 1, "family": "v6", "from": "10.0.2.0/24")"),
              "facts: /kernel/rules/0/from: expected a prefix of the rule's family, "
              "not '10.0.2.0/24'");
    EXPECT_EQ(rule_error(R"("priority": 1, "from": "2001:db8::/64", "to": "10.0.2.0/24")"),
              "facts: /kernel/rules/0/to: expected a prefix of the rule's family, "
              "not '10.0.2.0/24'");
}

TEST(FactsJson, OnlyWhatIsAFileHasLines) {
    EXPECT_EQ(error_of(R"({"version": 1, "kernel": {"links": [{"ifname": "eth0\nok"}]}})"),
              "facts: /kernel/links/0/ifname: expected one line, not 'eth0\\nok'");
    EXPECT_EQ(error_of(R"({"version": 1, "profiles": {"eth0\nok": ""}})"),
              "facts: /profiles/eth0\\nok: expected a key of one line");
    EXPECT_EQ(
        load_facts_json(R"({"version": 1, "disk": {"files": {"a": "b\nc"}}})").disk.files.at("a"),
        "b\nc");
}

}  // namespace
}  // namespace eni
