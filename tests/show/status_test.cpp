// What `eni-routes status` says: its verdict, a line for each interface, what is missing and why a
// link is left alone; and of EC2 numbers, addresses and prefixes. As text, and as JSON, of which
// docs/json.md has each key.
#include "status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "marked_host.hpp"
#include "ownership.hpp"
#include "text.hpp"
#include "wrap.hpp"

namespace eni {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// eth1 is device 3 on card 1: one address that it has, one that it has not, and a prefix.
Facts on_ec2() {
    Facts facts = two_interfaces();
    eni_of(facts, "eth0") = eni(0, {"10.0.0.0/24"}, {"10.0.0.29"});
    eni_of(facts, "eth0").is_fresh = false;
    Eni& eni1 = eni_of(facts, "eth1");
    eni1 = eni(3, {"10.0.2.0/24"}, {"10.0.2.37", "10.0.2.50"});
    eni1.network_card = 1;
    eni1.delegated = {net("10.0.2.64/28")};
    eni1.associations = {{ip("10.0.2.37"), ip("203.0.113.66")}};
    return facts;
}

/// As a run leaves it.
Facts repaired(const Facts& facts, const Config& config = {}) {
    const Plan plan = make_plan(facts, config, Absent::forget);
    Facts after = facts;
    after.kernel = applied(diff(plan, facts.kernel), facts.kernel);
    for (const FileChange& file : diff_files(plan, facts.disk))
        if (file.after)
            after.disk.files[file.path] = *file.after;
        else
            after.disk.files.erase(file.path);
    after.disk.table_names = plan.table_names;
    after.run = plan.run;
    if (facts.marking)
        take_markings(after, diff_marking(plan.marking, facts.marking, facts.run.marking));
    return after;
}

std::string short_text(const Facts& facts, const Config& config = {}) {
    const ChangeSet change_set = make_change_set(facts, config, Absent::forget);
    return render_status({facts, config, change_set}, /* is_verbose= */ false, Paint(false));
}
std::string text_of(const Facts& facts, const Config& config = {}) {
    const ChangeSet change_set = make_change_set(facts, config, Absent::forget);
    return render_status({facts, config, change_set}, /* is_verbose= */ true, Paint(false));
}
Json json_of(const Facts& facts, const Config& config = {},
             const std::optional<WatchStatus>& watch = std::nullopt) {
    const ChangeSet change_set = make_change_set(facts, config, Absent::forget);
    return Json::parse(render_status_json({facts, config, change_set, watch}));
}
bool is_incomplete(const Facts& facts, const Config& config = {}) {
    return is_incomplete(make_change_set(facts, config, Absent::forget));
}

TEST(Status, AllOfItIsThere) {
    const Facts facts = repaired(on_ec2());
    EXPECT_EQ(short_text(facts),
              "complete  the kernel and the files have all of the plan\n"
              "mode   suppress rule: main is asked first, but for its defaults\n"
              "eth0   10.0.0.29                ok           primary, table eth0\n"
              "eth1   10.0.2.37  203.0.113.66  ok           table eth1\n");
    EXPECT_FALSE(is_incomplete(facts));
    EXPECT_EQ(json_of(facts)["verdict"], "complete");
}

TEST(Status, WhatIsMissingIsShown) {
    Facts facts = repaired(two_interfaces());
    auto& rules = facts.kernel.rules;
    rules.erase(std::remove_if(rules.begin(), rules.end(),
                               [](const Rule& each) { return number(each.priority) == 20101; }),
                rules.end());
    EXPECT_EQ(short_text(facts),
              "INCOMPLETE  eni-routes regenerate would add 1 rule\n"
              "mode   suppress rule: main is asked first, but for its defaults\n"
              "eth0   10.0.0.29  ok           primary, table eth0\n"
              "eth1   10.0.2.37  INCOMPLETE   table eth1\n"
              "       missing  rule 20101: from 10.0.2.0/24 iif lo lookup eth1\n");
    EXPECT_TRUE(is_incomplete(facts));
    const Json json = json_of(facts);
    EXPECT_EQ(json["verdict"], "incomplete");
    EXPECT_EQ(json["interfaces"][1]["missing"],
              Json::parse(R"(["rule 20101: from 10.0.2.0/24 iif lo lookup eth1"])"));
    EXPECT_EQ(json["interfaces"][0]["missing"], Json::array());
}

TEST(Status, EveryKindThatCanBeMissing) {
    const Facts facts = two_interfaces();
    const std::string text = short_text(facts);
    EXPECT_THAT(text, StartsWith("INCOMPLETE  eni-routes regenerate would set 2 link groups, add 4 "
                                 "routes, 4\n            rules, write 3 files\n"));
    EXPECT_THAT(text,
                HasSubstr("\nall\n"
                          "       missing  rule 20000: from all lookup main "
                          "suppress_prefixlength 1\n"
                          "                suppress_ifgroup 10000\n"
                          "       missing  file /etc/iproute2/rt_tables.d/eni-routes.conf\n"));
    EXPECT_THAT(text, HasSubstr("       missing  link group 10000\n"
                                "       missing  route 10.0.2.0/24 dev eth1 table eth1 scope link "
                                "src 10.0.2.37\n"));
    EXPECT_THAT(text, HasSubstr("missing  file /etc/sysconfig/network-scripts/rule-eth1\n"));
    EXPECT_EQ(json_of(facts)["missing"].size(), 2U);
    EXPECT_EQ(json_of(facts)["interfaces"][1]["missing"].size(), 7U);

    Facts changed = repaired(facts);
    changed.disk.files["/etc/sysconfig/network-scripts/rule-eth1"] += "# more\n";
    EXPECT_THAT(short_text(changed),
                HasSubstr("       differs  file /etc/sysconfig/network-scripts/rule-eth1\n"));
    EXPECT_TRUE(is_incomplete(changed));
}

TEST(Status, WhatIsLeftOverIsNotMissing) {
    Facts facts = repaired(two_interfaces());
    facts.disk.disabled = {"*"};
    const std::string text = short_text(facts);
    EXPECT_THAT(text, StartsWith("left over  eni-routes regenerate would set 2 link groups, delete "
                                 "4 rules, 4\n"));
    EXPECT_THAT(text, HasSubstr("\nmode   inactive: switched off by `eni-routes disable`\n"));
    EXPECT_THAT(text, HasSubstr("\nleft over  rule from all table main suppress_prefixlength 1"));
    EXPECT_THAT(text, HasSubstr("\n           group 10000 of eth1\n"));
    EXPECT_THAT(text, HasSubstr("\n           file /etc/sysconfig/network-scripts/rule-eth1\n"));
    EXPECT_FALSE(is_incomplete(facts));
    EXPECT_EQ(json_of(facts)["verdict"], "left_over");
    facts = repaired(facts);
    EXPECT_THAT(short_text(facts),
                StartsWith("inactive  switched off by `eni-routes disable`\neth0 "));
    facts.disk.disabled.clear();
    Config off;
    off.enabled = false;
    EXPECT_THAT(short_text(facts, off), StartsWith("inactive  'enabled: false' in the "));
    facts.kernel.links.pop_back();
    facts = repaired(facts);
    EXPECT_THAT(short_text(facts), StartsWith("inactive  fewer than two managed interfaces\n"));
    EXPECT_EQ(json_of(facts)["verdict"], "inactive");
    EXPECT_FALSE(is_incomplete(facts));
}

TEST(Status, ALongListIsCut) {
    Facts facts = two_interfaces();
    for (int i = 0; i < 100; ++i)
        facts.kernel.routes.push_back(
            via("192.0.2." + std::to_string(i) + "/32", "10.0.2.1", "eth1", 0));
    const std::string text = short_text(facts);
    EXPECT_THAT(text, HasSubstr("\n       and 87 more\n"));
    const auto lines = lines_of(text);
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                            [](const std::string& line) {
                                return line.find("missing  ") != std::string::npos;
                            }),
              2 + 4 + 20)
        << "of all interfaces, of eth0, and of eth1";
    EXPECT_EQ(json_of(facts)["interfaces"][1]["missing"].size(), 107U);
}

TEST(Status, ALinkThatIsDownIsNotOk) {
    Facts facts = two_interfaces();
    facts.kernel.links[1].is_up = false;
    EXPECT_THAT(short_text(repaired(facts)),
                HasSubstr("\neth1   10.0.2.37  down         table eth1\n"));
}

/// The line of a link that is left alone, and its reason for programs.
struct LeftAloneCase {
    const char* words;
    const char* reason;
};

void expect_left_alone(const Facts& facts, const Config& config, const LeftAloneCase& wanted,
                       const std::string& ifname = "eth2") {
    EXPECT_THAT(short_text(facts, config), HasSubstr(wanted.words)) << short_text(facts, config);
    const Json links = json_of(facts, config)["unmanaged"];
    const auto link = std::find_if(links.begin(), links.end(),
                                   [&](const Json& each) { return each["ifname"] == ifname; });
    ASSERT_NE(link, links.end()) << wanted.reason;
    EXPECT_EQ((*link)["reason"], wanted.reason);
}

TEST(Status, SaysWhyALinkIsLeftAlone) {
    Facts base = two_interfaces();
    base.kernel.links.push_back(eth("eth2"));
    base.kernel.addresses.push_back(address("eth2", "10.0.5.5/24"));
    const auto changed = [&](auto change) {
        Facts facts = base;
        change(facts, facts.kernel.links[2]);
        return facts;
    };
    Config off, excluded;
    off.interfaces["eth2"].enabled = false;
    excluded.exclude = {"eth2"};
    expect_left_alone(
        changed([](Facts& facts, Link&) { facts.disk.disabled = {"eth2"}; }), {},
        {"\neth2   10.0.5.5   disabled     until eni-routes enable eth2\n", "disabled"});
    expect_left_alone(base, off,
                      {"  disabled     by the configuration\n", "disabled_in_configuration"});
    expect_left_alone(changed([](Facts& facts, Link& link) { facts.enis[link.mac] = {}; }),
                      excluded,
                      {"  not managed  the configuration excludes its name\n", "excluded"});
    expect_left_alone(changed([](Facts&, Link& link) { link.ethernet = false; }), {},
                      {"  not managed  it is no Ethernet link\n", "not_ethernet"});
    expect_left_alone(changed([](Facts&, Link& link) { link.is_port = true; }), {},
                      {"  not managed  it is a port of a bridge, a bond or a VRF\n", "port"});
    expect_left_alone(changed([](Facts&, Link& link) { link.kind = "vlan"; }), {},
                      {"  not managed  it is made of other links (vlan)\n", "made_of_others"});
    expect_left_alone(
        changed([](Facts& facts, Link&) {
            facts.disk.table_names = {{kTableMain, "eth2", false}};
        }),
        {}, {"  not managed  the kernel's own table has its name\n", "name_of_a_kernel_table"});
    expect_left_alone(changed([](Facts&, Link& link) { link.ifname = "eth2;"; }), {},
                      {"\neth2;             not managed  its name is not plain\n", "odd_name"},
                      "eth2;");
    expect_left_alone(changed([](Facts& facts, Link&) { facts.disk.disabled = {"*"}; }), {},
                      {"  disabled     as eni-routes is\n", "all_off"});
    Facts alone = base;
    alone.kernel.links.erase(alone.kernel.links.begin(), alone.kernel.links.begin() + 2);
    expect_left_alone(alone, {}, {"no other is managed\n", "only_one"});
}

TEST(Status, NamesALinkThatMainSendsBy) {
    Facts facts = repaired(two_interfaces());
    facts.kernel.links.push_back(eth("lan0"));
    EXPECT_THAT(short_text(facts), Not(HasSubstr("lan0"))) << "nobody takes it for an ENI";
    facts.kernel.routes.push_back(via("0.0.0.0/0", "10.0.7.1", "lan0", 50));
    expect_left_alone(
        facts, {}, {"  not managed  the configuration does not include its name\n", "not_included"},
        "lan0");
}

TEST(Status, NoLineOfTheShortFormIsWiderThanATerminal) {
    Facts facts = on_ec2();
    Link link = eth("enp137s0f1np1x2");
    facts.kernel.links.push_back(link);
    link.ifname = "ens5.\033[31m";
    facts.kernel.links.push_back(link);
    facts.kernel.addresses.push_back(
        address("enp137s0f1np1x2", "2600:1f18:1111:2222:3333:4444:5555:6666/64"));
    for (const std::string& line : lines_of(short_text(facts)))
        EXPECT_LE(columns_of(line), 80U) << line;
}

TEST(Status, NotesHaveTheirCode) {
    const Json notes = json_of(two_interfaces())["notes"];
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].at("code"), "file-new");
    EXPECT_THAT(
        short_text(two_interfaces()),
        HasSubstr("\nnote     eth1: rule-eth1 is new. While it exists NetworkManager itself "
                  "does not\n         read"));
}

TEST(Status, TablesAreWhereTheyAreAskedFor) {
    EXPECT_THAT(short_text(two_interfaces()), Not(HasSubstr("rp_filter")));
    EXPECT_THAT(text_of(two_interfaces()), StartsWith(short_text(two_interfaces())));
    EXPECT_THAT(
        text_of(two_interfaces()),
        HasSubstr("\n  rules       20101: from 10.0.2.0/24 iif lo lookup eth1  <- missing\n"));
}

TEST(Status, NamesTheDevice) {
    const std::string text = text_of(on_ec2());
    EXPECT_THAT(text, HasSubstr("\neth0          primary, up, rp_filter off, 02:00:00:00:00:00, "
                                "device 0\n"));
    EXPECT_THAT(text, HasSubstr("\neth1          up, rp_filter off, 02:00:00:00:00:01, device 3 on "
                                "network card 1\n"));
    EXPECT_THAT(text, HasSubstr("\n  table       eth1 (10103)\n"));
    EXPECT_THAT(text_of(two_interfaces()),
                HasSubstr("\neth1          up, rp_filter off, 02:00:00:00:00:01\n"));
}

TEST(Status, SaysWhetherTheWatchRuns) {
    const struct {
        WatchStatus watch;
        std::string words;
    } cases[] = {
        {{std::nullopt, false}, "does not run"},
        {{std::nullopt, true}, "enabled, and does not run: systemctl restart eni-routes-watch"},
        {{WatchFacts{4711, {}}, true}, "runs, process 4711"}};
    const Facts facts = two_interfaces();
    const ChangeSet change_set = make_change_set(facts, {}, {});
    for (const auto& each : cases) {
        EXPECT_THAT(render_status({facts, {}, change_set, each.watch}, false, Paint(false)),
                    HasSubstr("\nwatch  " + each.words + "\n"));
        const Json json = json_of(facts, {}, each.watch);
        EXPECT_EQ(json["watch_is_enabled"], each.watch.is_enabled);
        EXPECT_EQ(json["watch"].is_null(), !each.watch.watch);
    }
    EXPECT_EQ(json_of(two_interfaces())["watch_is_enabled"], Json()) << "it is not known";
}

TEST(Status, SaysThatAChangeIsNotConfirmed) {
    const Facts facts = two_interfaces();
    const ChangeSet change_set = make_change_set(facts, {}, {});
    const Config config;
    const StatusParts parts = {facts, config, change_set, std::nullopt,
                               "the change of 14:03 waits"};
    EXPECT_THAT(render_status(parts, false, Paint(false)),
                HasSubstr("\nruns   the change of 14:03 waits\n"));
    EXPECT_EQ(Json::parse(render_status_json(parts))["unconfirmed"], "the change of 14:03 waits");
    EXPECT_TRUE(json_of(facts)["unconfirmed"].is_null());
}

TEST(Status, TellsWhatIsAssigned) {
    EXPECT_THAT(text_of(on_ec2()), HasSubstr("  addresses   10.0.2.37/24 = 203.0.113.66\n"
                                             "              10.0.2.50, assigned in EC2\n"
                                             "              10.0.2.64/28, delegated in EC2\n"));
    EXPECT_THAT(text_of(two_interfaces()), HasSubstr("  addresses   10.0.2.37/24\n"));
}

TEST(Status, MarksWhatIsMissing) {
    Facts facts = on_ec2();
    eni_of(facts, "eth1").associations.push_back({ip("10.0.2.50"), ip("203.0.113.67")});
    const std::string text = text_of(facts, imds());
    EXPECT_THAT(text, HasSubstr("10.0.2.50 = 203.0.113.67, assigned in EC2  <- missing\n"));
    EXPECT_THAT(text, HasSubstr("missing  address 10.0.2.50 = 203.0.113.67, assigned in EC2\n"));
    EXPECT_THAT(text, HasSubstr("local 10.0.2.64/28 dev eth1 table local  <- missing\n"));
    EXPECT_THAT(text_of(facts), Not(HasSubstr("assigned in EC2  <- missing")))
        << "nobody is to put it on";
}

TEST(Status, OfWhatIsThereIsTheAddressAsTheKernelHasIt) {
    Facts facts = on_ec2();
    facts = repaired(facts, imds());
    EXPECT_THAT(text_of(facts, imds()),
                HasSubstr("  addresses   10.0.2.37/24 = 203.0.113.66\n"
                          "              10.0.2.50/32\n"
                          "              10.0.2.64/28, delegated in EC2\n"));
    EXPECT_THAT(text_of(facts, imds()), Not(HasSubstr("<- missing")));
    EXPECT_THAT(text_of(facts, imds()), Not(HasSubstr("left over")));
    EXPECT_THAT(text_of(facts),
                HasSubstr("\nleft over  route local 10.0.2.64/28 dev eth1 table 255\n"
                          "           address 10.0.2.50/32 dev eth1\n"));
    EXPECT_EQ(json_of(facts)["surplus"],
              Json::parse(R"(["route local 10.0.2.64/28 dev eth1 table 255",
                              "address 10.0.2.50/32 dev eth1"])"));
}

// ---- Marks --------------------------------------------------------------------------------------

Facts strict() {
    Facts facts = markable(two_interfaces());
    facts.kernel.rp_filter_all = 1;
    return facts;
}

TEST(StatusOfMarks, AllOfItIsThere) {
    const Facts facts = repaired(strict(), connmark());
    EXPECT_THAT(short_text(facts, connmark()),
                StartsWith("complete  the kernel and the files have all of the plan\n"));
    EXPECT_THAT(short_text(facts, connmark()),
                HasSubstr("\nmarks  connmark, by nft: eth0 0x1/0x7f, eth1 0x2/0x7f\n"));
    EXPECT_EQ(json_of(facts, connmark())["forwarded"], Json::parse(R"({
        "mode": "connmark", "mask": 127,
        "marks": [{"ifname": "eth0", "mark": 1, "on_requests": true},
                  {"ifname": "eth1", "mark": 2, "on_requests": true}]})"));
    EXPECT_EQ(json_of(facts, connmark())["verdict"], "complete");
}

TEST(StatusOfMarks, IsSilentWhereTheyAreOff) {
    const Facts facts = repaired(two_interfaces());
    EXPECT_THAT(text_of(facts), Not(HasSubstr("connmark")));
    EXPECT_EQ(json_of(facts)["forwarded"], Json());
    EXPECT_EQ(json_of(facts).count("forwarded"), 1u);
}

TEST(StatusOfMarks, OfManyInterfacesAreInSeveralLines) {
    Facts facts = strict();
    for (int i = 2; i < 12; ++i) {
        const std::string number = std::to_string(i), ifname = "ens" + number;
        facts.kernel.links.push_back(eth(ifname));
        facts.kernel.links.back().mac = "02:00:00:00:01:" + std::to_string(10 + i);
        facts.kernel.addresses.push_back(address(ifname, "10.0." + number + "0.9/24"));
    }
    const std::string text = short_text(facts, connmark());
    EXPECT_THAT(text, HasSubstr("ens11 0xc/0x7f\n"));
    for (const std::string& line : lines_of(text)) EXPECT_LE(columns_of(line), 80U) << line;
}

TEST(StatusOfMarks, SaysByWhichProgram) {
    Facts facts = strict();
    facts.marking->tool = MarkingTool::iptables;
    EXPECT_THAT(short_text(facts, connmark()), HasSubstr("connmark, by iptables: eth0 0x1/0x7f"));
}

TEST(StatusOfMarks, WhatIsMissingIsShown) {
    Facts facts = repaired(strict(), connmark());
    facts.marking->nft.clear();
    facts.kernel.links[1].src_valid_mark = false;
    const std::string text = short_text(facts, connmark());
    EXPECT_THAT(text, StartsWith("INCOMPLETE  eni-routes regenerate would set 1 sysctl, 1 set of "
                                 "marks\n"));
    EXPECT_THAT(text, HasSubstr("missing  sysctl src_valid_mark 1\n"));
    EXPECT_THAT(text, HasSubstr("\nall\n       missing  marks nft tables eni-routes\n"));
    const Json json = json_of(facts, connmark());
    EXPECT_EQ(json["missing"], Json::parse(R"(["marks nft tables eni-routes"])"));
    EXPECT_EQ(json["interfaces"][1]["missing"], Json::parse(R"(["sysctl src_valid_mark 1"])"));
    EXPECT_EQ(json["interfaces"][0]["missing"], Json::array());
    EXPECT_TRUE(is_incomplete(facts, connmark()));
    facts.kernel.links[1].src_valid_mark = true;
    EXPECT_TRUE(is_incomplete(facts, connmark())) << "netfilter's part alone";
}

TEST(StatusOfMarks, WhatIsLeftOverIsNotMissing) {
    const Facts facts = repaired(strict(), connmark());
    EXPECT_FALSE(is_incomplete(facts));
    EXPECT_EQ(json_of(facts)["verdict"], "left_over");
    EXPECT_EQ(json_of(facts)["surplus"], Json::parse(R"([
        "rule fwmark 0x1/0x7f iif eth0 goto 20100 priority 20098",
        "rule fwmark 0x2/0x7f iif eth1 goto 20101 priority 20098",
        "rule fwmark 0x1/0x7f table 10000 priority 20099",
        "rule fwmark 0x2/0x7f table 10001 priority 20099",
        "src_valid_mark of eth0", "src_valid_mark of eth1", "nft tables eni-routes"])"));
}

/// Each object's keys: those of the first of a list, and of what is in it.
void add_keys(std::set<std::string>& keys, const Json& json) {
    if (json.is_array() && !json.empty()) add_keys(keys, json[0]);
    if (!json.is_object()) return;
    for (const auto& [key, value] : json.items()) {
        keys.insert(key);
        add_keys(keys, value);
    }
}

/// What stands in backquotes in the chapter on `status --json`.
std::set<std::string> documented() {
    std::ifstream file(std::string(std::getenv("ENI_SOURCE_DIR")) + "/docs/json.md");
    std::stringstream bytes;
    bytes << file.rdbuf();
    std::string text = bytes.str();
    text.erase(0, text.find("\n## `eni-routes status --json`\n") + 4);
    text.erase(text.find("\n## "));
    EXPECT_THAT(text, HasSubstr("| `version` | 2 |"));
    std::set<std::string> words;
    for (std::size_t begin = text.find('`'); begin != std::string::npos;) {
        const std::size_t end = text.find('`', begin + 1);
        words.insert(text.substr(begin + 1, end - begin - 1));
        begin = text.find('`', end + 1);
    }
    return words;
}

/// Of what stands in backquotes: the words that are values, and commands.
const std::set<std::string> kNoKeys = {"complete",
                                       "incomplete",
                                       "left_over",
                                       "inactive",
                                       "connmark",
                                       "false",
                                       "true",
                                       "suppress",
                                       "basic",
                                       "null",
                                       "check",
                                       "ip rule",
                                       "ip route add",
                                       "all_off",
                                       "disabled",
                                       "eni-routes disable",
                                       "disabled_in_configuration",
                                       "only_one",
                                       "excluded",
                                       "not_included",
                                       "not_ethernet",
                                       "port",
                                       "made_of_others",
                                       "odd_name",
                                       "name_of_a_kernel_table",
                                       "left_to_cni",
                                       "no_place",
                                       "eni-routes watch",
                                       "eni-routes status --json"};

TEST(StatusJson, IsAsItsDocumentationSays) {
    Facts facts = markable(on_ec2());
    facts.kernel.links.push_back(eth("eth2"));
    facts.disk.disabled = {"eth2"};
    std::swap(facts.enis["02:00:00:00:00:00"], facts.enis["02:00:00:00:00:01"]);
    std::set<std::string> keys;
    add_keys(keys, json_of(facts, connmark(), WatchStatus{WatchFacts{1, {{"eth1", "x"}}}, true}));
    std::set<std::string> words = documented();
    for (const std::string& each : kNoKeys) EXPECT_EQ(words.erase(each), 1U) << each;
    EXPECT_EQ(words, keys);
}

TEST(StatusJson, HasWhatEc2Says) {
    const Json interfaces = json_of(on_ec2())["interfaces"];
    EXPECT_EQ(interfaces[1]["ec2"], Json::parse(R"({
        "network_card": 1, "device_number": 3, "answered": true,
        "assigned": [{"address": "10.0.2.37", "public_address": "203.0.113.66", "present": true},
                     {"address": "10.0.2.50", "public_address": null, "present": false}],
        "delegated": ["10.0.2.64/28"]})"));
    EXPECT_EQ(interfaces[0]["ec2"], Json::parse(R"({
        "network_card": 0, "device_number": 0, "answered": false,
        "assigned": [{"address": "10.0.0.29", "public_address": null, "present": true}],
        "delegated": []})"));
    EXPECT_EQ(json_of(two_interfaces())["interfaces"][0]["ec2"], Json());
}

}  // namespace
}  // namespace eni
