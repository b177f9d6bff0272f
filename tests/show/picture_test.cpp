// The picture of the example's host, broken and repaired: nodes and edges, then SVG.
#include "picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "diff.hpp"
#include "example.hpp"
#include "make_plan.hpp"

namespace eni {
namespace {

using Lines = std::vector<std::string>;
using testing::HasSubstr;
using testing::Not;

Picture picture_of(const Facts& facts) {
    const Plan plan = make_plan(facts, {}, Absent::forget);
    const auto ask = [&](const RouteQuery& query) { return answer_by_walk(facts.kernel, query); };
    return make_picture(facts.kernel, plan, diff(plan, facts.kernel), table_names(plan, facts.disk),
                        judge_flows(facts.kernel, plan, {}, {}, ask));
}

Facts repaired(const Facts& facts = two_interfaces()) {
    return carried_out(facts, make_plan(facts, {}, Absent::forget));
}

std::string text_of(const Picture::Node& node) {
    std::string text;
    for (const std::string& line : node.lines) text += (text.empty() ? "" : " | ") + line;
    return text;
}

/// "table eth1 | empty RED"
Lines nodes_of(const Picture& picture) {
    Lines lines;
    for (const Picture::Node& node : picture.nodes)
        lines.push_back(text_of(node) + (node.is_broken ? " RED" : ""));
    return lines;
}

/// "eth1: 20101 ... -> table eth1 RED dashed", with the first line of each node.
Lines edges_of(const Picture& picture) {
    Lines lines;
    for (const Picture::Edge& edge : picture.edges)
        lines.push_back(edge.ifname + ": " + picture.nodes[edge.from].lines[0] + " -> " +
                        picture.nodes[edge.to].lines[0] + (edge.is_broken ? " RED" : "") +
                        (edge.is_missing ? " dashed" : ""));
    return lines;
}

const std::string kSuppress =
    "IPv4 20000: from all lookup main suppress_prefixlength 1 suppress_ifgroup 10000";
const std::string kFrom0 = "IPv4 20100: from 10.0.0.0/24 iif lo lookup eth0";
const std::string kFrom1 = "IPv4 20101: from 10.0.2.0/24 iif lo lookup eth1";
const std::string kTo1 = "IPv4 25101: from all to 10.0.2.0/24 lookup eth1";
const std::string kMain = "IPv4 32766: from all lookup main";

TEST(Picture, OfTheRepairedHost) {
    const Picture picture = picture_of(repaired());
    EXPECT_EQ(picture.title, "Every address answers by its own interface");
    EXPECT_EQ(picture.ifnames, Lines({"eth0", "eth1"}));
    EXPECT_THAT(nodes_of(picture),
                testing::UnorderedElementsAre(
                    "eth0 (primary) | 10.0.0.29", "eth1 | 10.0.2.37", kSuppress, kFrom0, kFrom1,
                    kTo1, "table main | 4 routes", "table eth0 | 2 routes", "table eth1 | 2 routes",
                    "10.0.0.1 | by eth0", "neighbours | by eth0", "10.0.2.1 | by eth1",
                    "neighbours | by eth1"));
    EXPECT_THAT(edges_of(picture),
                testing::UnorderedElementsAre(
                    "eth0: eth0 (primary) -> " + kFrom0, "eth0: " + kFrom0 + " -> table eth0",
                    "eth0: table eth0 -> 10.0.0.1", "eth0: table eth0 -> neighbours",
                    "eth1: eth1 -> " + kFrom1, "eth1: " + kFrom1 + " -> table eth1",
                    "eth1: table eth1 -> 10.0.2.1", "eth1: table eth1 -> neighbours",
                    ": " + kSuppress + " -> table main", ": " + kTo1 + " -> table eth1"));
}

/// Main's rule has both: what is right, and (a red edge once is red) what is not.
TEST(Picture, OfTheBrokenHost) {
    const Picture picture = picture_of(two_interfaces());
    EXPECT_EQ(picture.title, "3 of 9 flows are broken");
    EXPECT_THAT(
        nodes_of(picture),
        testing::UnorderedElementsAre(
            "eth0 (primary) | 10.0.0.29", "eth1 | 10.0.2.37", kSuppress + " | missing RED",
            kFrom0 + " | missing RED", kFrom1 + " | missing RED", kTo1 + " | missing RED", kMain,
            "table main | 4 routes", "table eth0 | empty RED", "table eth1 | empty RED",
            "10.0.0.1 | by eth0", "neighbours | by eth0", "neighbours | by eth1"));
    EXPECT_THAT(
        edges_of(picture),
        testing::UnorderedElementsAre(
            "eth0: eth0 (primary) -> " + kMain + " RED", "eth0: " + kMain + " -> table main RED",
            "eth0: table main -> 10.0.0.1", "eth0: table main -> neighbours",
            "eth0: table main -> neighbours RED", "eth1: eth1 -> " + kMain + " RED",
            "eth1: " + kMain + " -> table main RED", "eth1: table main -> 10.0.0.1 RED",
            "eth1: table main -> neighbours RED", "eth1: table main -> neighbours",
            ": " + kSuppress + " -> table main RED dashed",
            "eth0: eth0 (primary) -> " + kFrom0 + " RED dashed",
            "eth0: " + kFrom0 + " -> table eth0 RED dashed",
            "eth1: eth1 -> " + kFrom1 + " RED dashed",
            "eth1: " + kFrom1 + " -> table eth1 RED dashed",
            "eth1: eth1 -> " + kTo1 + " RED dashed",
            "eth1: " + kTo1 + " -> table eth1 RED dashed"));
}

TEST(Picture, NoWayAndManyAddresses) {
    Facts facts = two_interfaces();
    facts.kernel.routes.clear();
    for (int i = 40; i < 45; ++i)
        facts.kernel.addresses.push_back(address("eth1", "10.0.2." + std::to_string(i) + "/24"));
    Route refusing;
    refusing.type = RouteType::prohibit;
    refusing.dst = net("192.0.2.0/24");
    facts.kernel.routes.push_back(refusing);
    const Lines nodes = nodes_of(picture_of(repaired(facts)));
    EXPECT_THAT(nodes, testing::Contains(
                           "eth1 | 10.0.2.37 | 10.0.2.40 | 10.0.2.41 | 10.0.2.42 | and 2 more"));
    EXPECT_THAT(nodes, testing::Contains("no way"));
    EXPECT_THAT(nodes, testing::Contains("table main | 1 route"));
}

TEST(Picture, APublishedPortThatIsLostIsNoBrokenFlow) {
    Flow flow;
    flow.kind = FlowKind::published;
    flow.fault = Fault::wrong_link;
    const Facts facts = repaired();
    EXPECT_EQ(make_picture(facts.kernel, {}, {}, {}, {flow}).title,
              "Every address answers by its own interface");
}

/// `check` judges by the plan that there would be, while the plan in force has no interfaces.
TEST(Picture, SwitchedOffTheInterfacesHaveTheirNames) {
    const Facts facts = two_interfaces();
    const auto ask = [&](const RouteQuery& query) { return answer_by_walk(facts.kernel, query); };
    const auto flows = judge_flows(facts.kernel, make_plan(facts, {}, Absent::forget), {}, {}, ask);
    const Picture picture = make_picture(facts.kernel, {}, {}, table_names({}, facts.disk), flows);
    EXPECT_THAT(nodes_of(picture), testing::IsSupersetOf({"eth0", "eth1"}));
}

Picture tiny(const std::string& text) {
    Picture picture;
    picture.title = text;
    picture.ifnames = {"eth0", "eth1"};
    picture.nodes = {{Picture::Column::interface, {text}, false},
                     {Picture::Column::rule, {"rule"}, true},
                     {Picture::Column::table, {"table"}, false}};
    picture.edges = {
        {0, 1, "eth0", false, false}, {0, 1, "eth1", true, true}, {1, 2, "", false, false}};
    return picture;
}

TEST(Svg, MarkupIsEscapedAndNothingIsFetched) {
    const std::string svg = render_svg(tiny("<b>&\"\xff"));
    EXPECT_THAT(svg, testing::StartsWith("<svg "));
    EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
    EXPECT_THAT(svg, HasSubstr("<title>&lt;b&gt;&amp;&quot;\xef\xbf\xbd</title>"));
    for (const char* word : {"<b>", "<script", "href", "url(", "\xff"})
        EXPECT_THAT(svg, Not(HasSubstr(word)));
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

TEST(Svg, RedIsWhatIsBrokenAndDashedWhatIsMissing) {
    const std::string svg = render_svg(tiny("eth0"));
    EXPECT_EQ(count_of(svg, "<rect"), 3u);
    EXPECT_EQ(count_of(svg, "<path"), 3u);
    EXPECT_EQ(count_of(svg, "stroke=\"#cf222e\""), 2u) << "an edge and a box";
    EXPECT_EQ(count_of(svg, " fill=\"#cf222e\""), 1u) << "that box's text";
    EXPECT_EQ(count_of(svg, "stroke=\"#0969da\""), 1u);
    EXPECT_EQ(count_of(svg, "stroke=\"#8c959f\" stroke-width=\"1\""), 1u);
    EXPECT_EQ(count_of(svg, "stroke-dasharray"), 1u);
    EXPECT_EQ(count_of(render_svg(picture_of(repaired())), "#cf222e"), 0u);
    EXPECT_EQ(count_of(render_svg(picture_of(repaired())), "dasharray"), 0u);
}

}  // namespace
}  // namespace eni
