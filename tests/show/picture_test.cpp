// The picture of the example's host, broken and repaired: nodes and edges, then SVG.
#include "picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

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
    return make_picture(facts.kernel, plan, diff(plan, facts.kernel),
                        names_of_tables(plan, facts.disk),
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
    const std::string suppress = kSuppress + " (missing)", from0 = kFrom0 + " (missing)",
                      from1 = kFrom1 + " (missing)", to1 = kTo1 + " (missing)";
    const Picture picture = picture_of(two_interfaces());
    EXPECT_EQ(picture.title, "3 of 9 flows are broken");
    EXPECT_THAT(nodes_of(picture),
                testing::UnorderedElementsAre(
                    "eth0 (primary) | 10.0.0.29", "eth1 | 10.0.2.37", suppress + " RED",
                    from0 + " RED", from1 + " RED", to1 + " RED", kMain, "table main | 4 routes",
                    "table eth0 | empty RED", "table eth1 | empty RED", "10.0.0.1 | by eth0",
                    "neighbours | by eth0", "neighbours | by eth1"));
    EXPECT_THAT(
        edges_of(picture),
        testing::UnorderedElementsAre(
            "eth0: eth0 (primary) -> " + kMain + " RED", "eth0: " + kMain + " -> table main RED",
            "eth0: table main -> 10.0.0.1", "eth0: table main -> neighbours",
            "eth0: table main -> neighbours RED", "eth1: eth1 -> " + kMain + " RED",
            "eth1: " + kMain + " -> table main RED", "eth1: table main -> 10.0.0.1 RED",
            "eth1: table main -> neighbours RED", "eth1: table main -> neighbours",
            ": " + suppress + " -> table main RED dashed",
            "eth0: eth0 (primary) -> " + from0 + " RED dashed",
            "eth0: " + from0 + " -> table eth0 RED dashed",
            "eth1: eth1 -> " + from1 + " RED dashed",
            "eth1: " + from1 + " -> table eth1 RED dashed", "eth1: eth1 -> " + to1 + " RED dashed",
            "eth1: " + to1 + " -> table eth1 RED dashed"));
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
    const Picture picture =
        make_picture(facts.kernel, {}, {}, names_of_tables({}, facts.disk), flows);
    EXPECT_THAT(nodes_of(picture), testing::IsSupersetOf({"eth0", "eth1"}));
}

TEST(Picture, TablesAreInTheOrderOfTheirRules) {
    Lines tables;
    for (const Picture::Node& node : picture_of(repaired()).nodes)
        if (node.column == Picture::Column::table) tables.push_back(node.lines[0]);
    EXPECT_THAT(tables, testing::ElementsAre("table main", "table eth0", "table eth1"));
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
    EXPECT_THAT(svg, testing::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\" "));
    EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
    EXPECT_THAT(svg, HasSubstr("<title>&lt;b&gt;&amp;&quot;\\xff</title>"));
    EXPECT_THAT(svg, HasSubstr("<desc>"));
    for (const char* word : {"<b>", "<script", "<style", "href", "url(", "\xff"})
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
    EXPECT_EQ(count_of(svg, "<rect"), 4u) << "the background as well";
    EXPECT_EQ(count_of(svg, "<path"), 3u);
    EXPECT_EQ(count_of(svg, "stroke=\"#cf222e\""), 2u) << "an edge and a box";
    EXPECT_EQ(count_of(svg, " fill=\"#cf222e\""), 1u) << "that box's text";
    EXPECT_EQ(count_of(svg, "stroke=\"#0969da\""), 1u);
    EXPECT_EQ(count_of(svg, "stroke=\"#8c959f\" stroke-width=\"1\""), 1u);
    EXPECT_EQ(count_of(svg, "stroke-dasharray=\"5 4\""), 1u);
    EXPECT_EQ(count_of(render_svg(picture_of(repaired())), "#cf222e"), 0u);
    EXPECT_EQ(count_of(render_svg(picture_of(repaired())), "dasharray=\"5"), 0u);
}

struct Area {
    int left = 0, top = 0, right = 0, bottom = 0;
};

bool is_inside(const Area& inner, const Area& outer) {
    return outer.left < inner.left && inner.right < outer.right && outer.top < inner.top &&
           inner.bottom < outer.bottom;
}
bool are_apart(const Area& a, const Area& b) {
    return a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;
}

/// What an SVG shows. Text of 12 px is as wide as in the widest of the usual fonts.
struct Drawing {
    Area picture;
    std::vector<Area> boxes, texts;
    std::vector<Area> lines;  // from the left end to the right one, which may be above

    explicit Drawing(const std::string& svg) {
        for (const auto& match : all(svg, R"re(viewBox="0 0 (\d+) (\d+)")re"))
            picture = {0, 0, number(match, 1), number(match, 2)};
        for (const auto& match :
             all(svg, R"re(<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)")re"))
            boxes.push_back({number(match, 1), number(match, 2),
                             number(match, 1) + number(match, 3),
                             number(match, 2) + number(match, 4)});
        for (const auto& match : all(svg, R"re(<text x="(\d+)" y="(\d+)"[^>]*>([^<]+))re"))
            texts.push_back({number(match, 1), number(match, 2) - 9,
                             number(match, 1) + static_cast<int>(match.length(3)) * 73 / 10,
                             number(match, 2) + 3});
        for (const auto& match : all(svg, R"re(d="M(\d+) (\d+) C.* (\d+) (\d+)" fill)re"))
            lines.push_back(
                {number(match, 1), number(match, 2), number(match, 3), number(match, 4)});
    }

  private:
    static std::vector<std::smatch> all(const std::string& svg, const std::string& pattern) {
        const std::regex regex(pattern);
        return {std::sregex_iterator(svg.begin(), svg.end(), regex), {}};
    }
    static int number(const std::smatch& match, std::size_t group) {
        return std::stoi(match[group]);
    }
};

TEST(Svg, BoxesAreApartAndTextIsInsideThem) {
    const Drawing drawing(render_svg(picture_of(two_interfaces())));
    ASSERT_EQ(drawing.boxes.size(), 13u);
    for (std::size_t i = 0; i < drawing.boxes.size(); ++i) {
        EXPECT_TRUE(is_inside(drawing.boxes[i], drawing.picture));
        for (std::size_t k = 0; k < i; ++k)
            EXPECT_TRUE(are_apart(drawing.boxes[i], drawing.boxes[k]));
    }
    int inside = 0;
    for (const Area& text : drawing.texts) {
        EXPECT_TRUE(is_inside(text, drawing.picture));
        for (const Area& box : drawing.boxes) {
            EXPECT_TRUE(is_inside(text, box) || are_apart(text, box));
            inside += is_inside(text, box) ? 1 : 0;
        }
    }
    EXPECT_EQ(inside, 21);
    EXPECT_EQ(drawing.texts.size(), 27u) << "the title, four headings and the legend as well";
}

TEST(Svg, APictureIsAsWideAsItsTitleAndLegend) {
    for (const std::string& title : {std::string("eth0"), std::string(200, 'x')}) {
        Picture picture = tiny("eth0");
        picture.title = title;
        const Drawing drawing(render_svg(picture));
        ASSERT_EQ(drawing.texts.size(), 8u);
        for (const Area& text : drawing.texts) EXPECT_TRUE(is_inside(text, drawing.picture));
    }
}

TEST(Svg, NoLineRunsOverABoxOrMeetsAnother) {
    const Drawing drawing(render_svg(picture_of(two_interfaces())));
    ASSERT_EQ(drawing.lines.size(), 17u);
    std::set<std::pair<int, int>> ends;
    for (const Area& line : drawing.lines) {
        ends.insert({line.left, line.top});
        ends.insert({line.right, line.bottom});
        int touched = 0;
        for (const Area& box : drawing.boxes) {
            EXPECT_TRUE(box.right <= line.left || line.right <= box.left);
            touched += box.right == line.left && box.top < line.top && line.top < box.bottom;
            touched += box.left == line.right && box.top < line.bottom && line.bottom < box.bottom;
        }
        EXPECT_EQ(touched, 2) << "it leads from one box to another";
    }
    EXPECT_EQ(ends.size(), 34u);
}

}  // namespace
}  // namespace eni
