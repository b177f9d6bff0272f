// `check --json`: every key, what is null, the words of kinds and faults; and that docs/json.md has
// each key that is printed, and no other.
#include "check_json.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "checked_hosts.hpp"
#include "example.hpp"
#include "text.hpp"

namespace eni {
namespace {

using Json = nlohmann::ordered_json;

Finding missing_rule() {
    Finding finding;
    finding.grade = Grade::broken;
    finding.code = "rule-missing";
    finding.ifname = "eth1";
    finding.text = "replies leave by eth0";
    finding.because = "a rule is missing";
    finding.fix = "eni-routes regenerate";
    finding.consequences = {"no neighbour is answered"};
    finding.rule = rule(Family::v4, 20101, TableId{10001});
    finding.rule->from = net("10.0.2.0/24");
    finding.route = via("0.0.0.0/0", "10.0.2.1", "eth1", 0);
    finding.route->table = TableId{10001};
    finding.address = ip("10.0.2.37");
    return finding;
}

CheckResult small_result() {
    CheckResult result;
    result.flows = {lost_flow()};
    result.flows[0].locals.push_back(ip("10.0.2.38"));
    result.findings = {missing_rule()};
    Finding note;
    note.code = "udp-server";
    note.text = "named listens";
    note.is_accepted = true;
    result.findings.push_back(note);
    result.interfaces = {{"eth1", true, {{ip("10.0.2.37"), ip("198.51.100.11"), true}}},
                         {"br0", false, {{ip("10.0.9.9"), std::nullopt, false}}}};
    return result;
}

TEST(CheckJson, HasEveryKey) {
    const Json expected = Json::parse(R"({
      "version": 2,
      "verdict": "broken",
      "probed": false,
      "findings": [
        {"code": "rule-missing", "grade": "broken", "accepted": false, "ifname": "eth1", "address": "10.0.2.37",
         "text": "replies leave by eth0", "because": "a rule is missing", "fix": "eni-routes regenerate",
         "rule": "20101: from 10.0.2.0/24 lookup eth1", "route": "default via 10.0.2.1 dev eth1 table eth1",
         "consequences": ["no neighbour is answered"]},
        {"code": "udp-server", "grade": "note", "accepted": true, "ifname": null, "address": null,
         "text": "named listens", "because": null, "fix": null, "rule": null, "route": null, "consequences": []}],
      "interfaces": [
        {"ifname": "eth1", "managed": true, "verdict": "broken",
         "addresses": [{"address": "10.0.2.37", "public_address": "198.51.100.11", "lost": true}]},
        {"ifname": "br0", "managed": false, "verdict": "ok",
         "addresses": [{"address": "10.0.9.9", "public_address": null, "lost": false}]}],
      "flows": [
        {"kind": "bound", "ifname": "eth1", "local": "10.0.2.37", "locals": ["10.0.2.37", "10.0.2.38"],
         "peer": "192.0.2.1", "peer_name": "the internet", "behind": null, "port": null, "ok": false,
         "fault": "wrong_link", "expected": "eth1", "leaves_by": "eth0", "gateway": "10.0.0.1",
         "dropped_by_rp_filter": true}]})");
    EXPECT_EQ(render_check_json(small_result(), {{TableId{10001}, "eth1"}}),
              expected.dump(2) + "\n");
}

TEST(CheckJson, ATableWithoutANameHasItsNumber) {
    const Json finding = Json::parse(render_check_json(small_result()))["findings"][0];
    EXPECT_EQ(finding["rule"], "20101: from 10.0.2.0/24 lookup 10001");
    EXPECT_EQ(finding["route"], "default via 10.0.2.1 dev eth1 table 10001");
}

TEST(CheckJson, WhatIsNotThereIsNull) {
    CheckResult result;
    result.is_probed = true;
    EXPECT_EQ(Json::parse(render_check_json(result)),
              Json::parse(R"({"version": 2, "verdict": "ok", "probed": true, "findings": [],
                              "interfaces": [], "flows": []})"));
    Flow flow;
    flow.kind = FlowKind::published;
    flow.peer = {ip("192.0.2.1"), "the internet", "", false};
    flow.behind = ip("172.17.0.2");
    flow.port = 8080;
    result.flows = {flow};
    EXPECT_EQ(Json::parse(render_check_json(result))["flows"][0], Json::parse(R"({
        "kind": "published", "ifname": null, "local": null, "locals": [], "peer": "192.0.2.1",
        "peer_name": "the internet", "behind": "172.17.0.2", "port": 8080, "ok": true,
        "fault": "none", "expected": null, "leaves_by": null, "gateway": null,
        "dropped_by_rp_filter": false})"));
}

TEST(CheckJson, TextFromOutsideIsPrintable) {
    CheckResult result = small_result();
    result.findings[0].text = "not UTF-8: \xff, a command: \033[31m";
    const std::string text = render_check_json(result);
    EXPECT_TRUE(std::all_of(text.begin(), text.end(),
                            [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    EXPECT_EQ(Json::parse(text)["findings"][0]["text"],
              "not UTF-8: \xef\xbf\xbd, a command: \033[31m");
}

TEST(CheckJson, WhatIsAcceptedCountsForNoVerdict) {
    CheckResult result = small_result();
    result.findings[0].is_accepted = true;
    const Json json = Json::parse(render_check_json(result));
    EXPECT_EQ(json["verdict"], "ok");
    EXPECT_EQ(json["interfaces"][0]["verdict"], "ok");
    EXPECT_EQ(json["findings"][0]["grade"], "broken");
}

const std::pair<FlowKind, const char*> kKinds[] = {{FlowKind::bound, "bound"},
                                                   {FlowKind::unbound, "unbound"},
                                                   {FlowKind::forwarded, "forwarded"},
                                                   {FlowKind::published, "published"}};
const std::pair<Fault, const char*> kFaults[] = {{Fault::none, "none"},
                                                 {Fault::no_address, "no_address"},
                                                 {Fault::link_down, "link_down"},
                                                 {Fault::no_carrier, "no_carrier"},
                                                 {Fault::silent_gateway, "silent_gateway"},
                                                 {Fault::no_way, "no_way"},
                                                 {Fault::wrong_link, "wrong_link"},
                                                 {Fault::wrong_gateway, "wrong_gateway"},
                                                 {Fault::refused, "refused"}};

TEST(CheckJson, WordsOfKindsAndFaults) {
    const auto flow_with = [](auto change) {
        CheckResult result;
        result.flows = {lost_flow()};
        result.flows[0].locals.push_back(ip("10.0.2.38"));
        change(result.flows[0]);
        return Json::parse(render_check_json(result))["flows"][0];
    };
    for (const auto& [kind, word] : kKinds)
        EXPECT_EQ(flow_with([kind = kind](Flow& flow) { flow.kind = kind; })["kind"], word);
    for (const auto& [fault, word] : kFaults)
        EXPECT_EQ(flow_with([fault = fault](Flow& flow) { flow.fault = fault; })["fault"], word);
}

// ---- docs/json.md -------------------------------------------------------------------------------

/// A chapter of it, from its heading to the next.
std::string chapter(const std::string& heading) {
    std::ifstream file(std::string(std::getenv("ENI_SOURCE_DIR")) + "/docs/json.md");
    std::stringstream bytes;
    bytes << file.rdbuf();
    const std::string text = bytes.str();
    const std::size_t begin = text.find("\n## " + heading + "\n");
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

/// The keys in its tables: what stands in backquotes in a row's first column.
std::multiset<std::string> documented(const std::string& chapter) {
    std::multiset<std::string> keys;
    const std::regex quoted("`([a-z0-9_]+)`");
    for (const std::string& line : lines_of(chapter)) {
        if (line.compare(0, 3, "| `") != 0) continue;
        const std::string first = line.substr(0, line.find(" | ", 3));
        for (std::sregex_iterator at(first.begin(), first.end(), quoted), end; at != end; ++at)
            keys.insert((*at)[1]);
    }
    return keys;
}

/// Of an object, and of the first of each list of objects in it.
void add_keys(std::multiset<std::string>& keys, const Json& json) {
    if (json.is_array() && !json.empty()) add_keys(keys, json[0]);
    if (!json.is_object()) return;
    for (const auto& [key, value] : json.items()) {
        keys.insert(key);
        add_keys(keys, value);
    }
}

TEST(CheckJson, IsAsItsDocumentationSays) {
    const std::string text = chapter("`eni-routes check --json`");
    std::multiset<std::string> printed;
    add_keys(printed, Json::parse(render_check_json(small_result())));
    EXPECT_EQ(documented(text), printed);
    for (const auto& [kind, word] : kKinds)
        EXPECT_NE(text.find(std::string("`") + word + "`"), std::string::npos) << word;
    for (const auto& [fault, word] : kFaults)
        EXPECT_NE(text.find(std::string("`") + word + "`"), std::string::npos) << word;
    EXPECT_NE(text.find("| `version` | 2 |"), std::string::npos);
}

}  // namespace
}  // namespace eni
