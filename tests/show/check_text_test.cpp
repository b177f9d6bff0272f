// A check's result in words and as JSON: byte for byte.
#include "check_text.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "example.hpp"

namespace eni {
namespace {

using Json = nlohmann::ordered_json;

Flow lost_flow() {
    Flow flow;
    flow.kind = FlowKind::bound;
    flow.ifname = "eth1";
    flow.local = ip("10.0.2.37");
    flow.peer = {ip("192.0.2.1"), "the internet", "", false};
    flow.expected = "eth1";
    flow.out.ifname = "eth0";
    flow.out.gateway = ip("10.0.0.1");
    flow.is_dropped_by_rp_filter = true;
    flow.fault = Fault::wrong_link;
    return flow;
}

CheckResult small_result() {
    CheckResult result;
    result.flows = {lost_flow()};
    result.verdicts = {{Grade::broken, "eth1", "answers leave by eth0", "eni-routes regenerate"},
                       {Grade::warning, "", "named listens", ""},
                       {Grade::note, "docker0", "is there", ""},
                       {Grade::good, "eth0", "answers", ""}};
    return result;
}

TEST(CheckReport, OneLineForEachAndOneForAll) {
    EXPECT_EQ(render_check(small_result(), /* quiet= */ false, Paint(false)),
              "BROKEN   eth1     answers leave by eth0; fix: eni-routes regenerate\n"
              "warning  host     named listens\n"
              "note     docker0  is there\n"
              "ok       eth0     answers\n"
              "1 broken, 1 warning\n");
}

TEST(CheckReport, QuietHasOnlyWhatIsWrong) {
    EXPECT_EQ(render_check(small_result(), /* quiet= */ true, Paint(false)),
              "BROKEN   eth1     answers leave by eth0; fix: eni-routes regenerate\n"
              "warning  host     named listens\n");
    CheckResult good = small_result();
    good.verdicts.erase(good.verdicts.begin(), good.verdicts.begin() + 2);
    EXPECT_EQ(render_check(good, /* quiet= */ true, Paint(false)), "");
    EXPECT_EQ(render_check(good, /* quiet= */ false, Paint(false)),
              "note     docker0  is there\n"
              "ok       eth0     answers\n"
              "all is right\n");
}

TEST(CheckReport, SummaryCounts) {
    const auto last_line = [](std::size_t broken, std::size_t warnings) {
        CheckResult result;
        result.verdicts.assign(broken, {Grade::broken, "", "x", ""});
        result.verdicts.insert(result.verdicts.end(), warnings, {Grade::warning, "", "x", ""});
        std::string text = render_check(result, /* quiet= */ false, Paint(false));
        text.pop_back();
        return text.substr(text.rfind('\n') + 1);
    };
    EXPECT_EQ(last_line(2, 0), "2 broken, 0 warnings");
    EXPECT_EQ(last_line(0, 1), "0 broken, 1 warning");
    EXPECT_EQ(last_line(0, 2), "0 broken, 2 warnings");
}

TEST(CheckReport, ColoursWhereTheyAreOn) {
    EXPECT_EQ(render_check(small_result(), /* quiet= */ false, Paint(true)),
              "\033[1;31mBROKEN \033[0m  \033[1meth1   \033[0m  answers leave by eth0; fix: "
              "\033[1meni-routes regenerate\033[0m\n"
              "\033[33mwarning\033[0m  \033[1mhost   \033[0m  named listens\n"
              "note     \033[1mdocker0\033[0m  is there\n"
              "\033[32mok     \033[0m  \033[1meth0   \033[0m  answers\n"
              "\033[1;31m1 broken, 1 warning\033[0m\n");
}

TEST(CheckReport, JsonHasEveryKey) {
    const Json expected = Json::parse(R"({
      "version": 1,
      "verdict": "broken",
      "findings": [
        {"grade": "broken", "ifname": "eth1", "text": "answers leave by eth0", "fix": "eni-routes regenerate"},
        {"grade": "warning", "ifname": null, "text": "named listens", "fix": null},
        {"grade": "note", "ifname": "docker0", "text": "is there", "fix": null},
        {"grade": "ok", "ifname": "eth0", "text": "answers", "fix": null}],
      "flows": [
        {"kind": "bound", "ifname": "eth1", "local": "10.0.2.37", "peer": "192.0.2.1", "peer_name": "the internet",
         "behind": null, "port": null, "ok": false, "fault": "wrong_link", "expected": "eth1", "leaves_by": "eth0",
         "gateway": "10.0.0.1", "dropped_by_rp_filter": true}]})");
    EXPECT_EQ(render_check_json(small_result()), expected.dump(2) + "\n");
}

TEST(CheckReport, JsonOfWhatIsNotThereIsNull) {
    CheckResult result;
    EXPECT_EQ(Json::parse(render_check_json(result)),
              Json::parse(R"({"version": 1, "verdict": "ok", "findings": [], "flows": []})"));
    Flow flow;
    flow.kind = FlowKind::published;
    flow.peer = {ip("192.0.2.1"), "the internet", "", false};
    flow.behind = ip("172.17.0.2");
    flow.port = 8080;
    result.flows = {flow};
    result.verdicts = {{Grade::note, "", "not UTF-8: \xff", ""}};
    const Json json = Json::parse(render_check_json(result));
    EXPECT_EQ(json["verdict"], "note");
    EXPECT_EQ(
        json["flows"][0],
        Json::parse(R"({"kind": "published", "ifname": null, "local": null, "peer": "192.0.2.1",
                "peer_name": "the internet", "behind": "172.17.0.2", "port": 8080, "ok": true, "fault": "none",
                "expected": null, "leaves_by": null, "gateway": null, "dropped_by_rp_filter": false})"));
}

TEST(CheckReport, WordsOfKindsAndFaults) {
    const auto field = [](const char* name, auto change) {
        CheckResult result;
        result.flows = {lost_flow()};
        result.flows[0].behind = ip("172.17.0.2");
        change(result.flows[0]);
        return Json::parse(render_check_json(result))["flows"][0][name].get<std::string>();
    };
    const std::pair<FlowKind, const char*> kinds[] = {{FlowKind::bound, "bound"},
                                                      {FlowKind::unbound, "unbound"},
                                                      {FlowKind::forwarded, "forwarded"},
                                                      {FlowKind::published, "published"}};
    for (const auto& [kind, word] : kinds)
        EXPECT_EQ(field("kind", [kind = kind](Flow& flow) { flow.kind = kind; }), word);
    const std::pair<Fault, const char*> faults[] = {{Fault::none, "none"},
                                                    {Fault::no_way, "no_way"},
                                                    {Fault::wrong_link, "wrong_link"},
                                                    {Fault::wrong_gateway, "wrong_gateway"},
                                                    {Fault::refused, "refused"}};
    for (const auto& [fault, word] : faults)
        EXPECT_EQ(field("fault", [fault = fault](Flow& flow) { flow.fault = fault; }), word);
}

TEST(FlowTable, Titles) {
    Flow flow = lost_flow();
    flow.behind = ip("172.17.0.2");
    flow.port = 8080;
    const auto title = [&](FlowKind kind) {
        flow.kind = kind;
        return flow_title(flow);
    };
    EXPECT_EQ(title(FlowKind::bound), "10.0.2.37 \u2194 the internet");
    EXPECT_EQ(title(FlowKind::unbound), "programs bound to no address \u2192 the internet");
    EXPECT_EQ(title(FlowKind::forwarded), "172.17.0.2 \u2192 this host \u2192 the internet");
    EXPECT_EQ(title(FlowKind::published),
              "the internet \u2192 10.0.2.37 port 8080 \u2192 172.17.0.2");
}

TEST(FlowTable, Outcomes) {
    Flow flow = lost_flow();
    const auto outcome = [&](Fault fault, bool is_dropped) {
        flow.fault = fault;
        flow.is_dropped_by_rp_filter = is_dropped;
        return flow_outcome(flow);
    };
    EXPECT_EQ(outcome(Fault::wrong_link, true),
              "leaves by eth0 via 10.0.0.1; requests dropped by rp_filter on eth1");
    EXPECT_EQ(outcome(Fault::wrong_link, false), "leaves by eth0 via 10.0.0.1");
    EXPECT_EQ(outcome(Fault::wrong_gateway, false), "leaves by eth0 via 10.0.0.1, a wrong gateway");
    EXPECT_EQ(outcome(Fault::refused, true), "requests dropped by rp_filter on eth1");
    flow.refusal = EHOSTUNREACH;
    EXPECT_EQ(outcome(Fault::refused, false), "requests refused: No route to host");
    flow.out.error = ENETUNREACH;
    EXPECT_EQ(outcome(Fault::no_way, false), "no way: Network is unreachable");
    flow.out = {};
    flow.out.ifname = "eth1";
    EXPECT_EQ(outcome(Fault::none, false), "by eth1");
    // What this host begins itself, or passes on, is answered: those are no requests.
    flow.kind = FlowKind::unbound;
    EXPECT_EQ(outcome(Fault::refused, true), "answers dropped by rp_filter on eth1");
}

}  // namespace
}  // namespace eni
