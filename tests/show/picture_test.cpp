// The picture of a check, first what is to be seen in it, then as SVG: what is lost is in red, and
// nothing else is; text stays inside of its box, and boxes apart from each other.
#include "picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "checked_hosts.hpp"

namespace eni {
namespace {

using Lines = std::vector<std::string>;
using Fate = Picture::Fate;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kRed[] = "#cf222e";

std::string word_for(Fate fate) {
    return fate == Fate::lost ? " LOST" : fate == Fate::accepted ? " accepted" : "";
}

std::string joined(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : " | ") + line;
    return text;
}

/// "198.51.100.11 | 10.0.2.37 -> eth1 LOST at the host: refused"
Lines requests_of(const Picture& picture) {
    Lines lines;
    for (const Picture::Request& request : picture.requests) {
        const std::string where = request.stop == Picture::Stop::at_interface
                                      ? " at the interface: "
                                  : request.stop == Picture::Stop::at_host ? " at the host: "
                                                                           : "";
        lines.push_back(joined(request.lines) + " -> " +
                        picture.interfaces[request.interface].ifname + word_for(request.fate) +
                        where + request.word);
    }
    return lines;
}

/// "eth1 -> eth0 | via 10.0.0.1 -> client LOST eth1: EC2 drops it"
Lines answers_of(const Picture& picture) {
    Lines lines;
    for (const Picture::Way& way : picture.ways)
        for (const Picture::Answer& answer : way.answers)
            lines.push_back(picture.interfaces[answer.interface].ifname + " -> " +
                            joined(way.lines) + " -> " + picture.peers[way.peer] +
                            word_for(answer.fate) + (answer.word.empty() ? "" : " ") + answer.word);
    return lines;
}

TEST(Picture, OfAHealthyHost) {
    const Picture picture = make_picture(healthy_host());
    EXPECT_EQ(picture.title, "Every address would be routed by its own interface");
    EXPECT_THAT(requests_of(picture), ElementsAre("198.51.100.10 | 10.0.0.29 -> eth0",
                                                  "198.51.100.11 | 10.0.2.37 -> eth1"));
    EXPECT_THAT(answers_of(picture), ElementsAre("eth0 -> eth0 | via 10.0.0.1 -> client",
                                                 "eth1 -> eth1 | via 10.0.2.1 -> client"));
}

/// Both leave by one gateway, and one of them is lost.
TEST(Picture, OfABrokenHost) {
    const Picture picture = make_picture(broken_host());
    EXPECT_EQ(picture.title, "1 of 2 addresses is lost");
    EXPECT_THAT(requests_of(picture), ElementsAre("198.51.100.10 | 10.0.0.29 -> eth0",
                                                  "198.51.100.11 | 10.0.2.37 -> eth1 LOST"));
    EXPECT_THAT(answers_of(picture),
                ElementsAre("eth0 -> eth0 | via 10.0.0.1 -> client",
                            "eth1 -> eth0 | via 10.0.0.1 -> client LOST eth1: EC2 drops it"));
}

TEST(Picture, WhatIsAcceptedIsNotCountedAsLost) {
    const Picture picture = make_picture(accepted_host());
    EXPECT_EQ(picture.title,
              "Every address would be routed by its own interface, but for 1 that is accepted as "
              "lost");
    EXPECT_THAT(requests_of(picture), Contains("198.51.100.11 | 10.0.2.37 -> eth1 accepted"));
    CheckResult both = accepted_host();
    both.findings.push_back(broken_host().findings[0]);
    EXPECT_EQ(make_picture(both).title, "1 of 2 addresses is lost") << "by another finding as well";
    both.findings[1].ifname = "";
    EXPECT_EQ(make_picture(both).title, "1 of 2 addresses is lost") << "or by one of the host's";
    both.findings[1].ifname = "eth0";
    EXPECT_THAT(make_picture(both).title, HasSubstr("but for 1")) << "but not by another's";
}

/// Where a request ends, and why.
TEST(Picture, EachFaultHasItsPlace) {
    const auto seen = [](Fault fault) {
        CheckResult result = broken_host();
        result.flows[1] = bound_flow("eth1", "10.0.2.37", "eth1", "10.0.2.1", fault);
        const Picture picture = make_picture(result);
        const Lines answers = answers_of(picture);
        return requests_of(picture)[1] + (answers.size() > 1 ? "; " + answers[1] : "");
    };
    const std::string request = "198.51.100.11 | 10.0.2.37 -> eth1 LOST";
    const std::string answer = "; eth1 -> eth1 | via 10.0.2.1 -> client LOST ";
    EXPECT_EQ(seen(Fault::no_address), request + " at the interface: no address");
    EXPECT_EQ(seen(Fault::link_down), request + " at the interface: link down");
    EXPECT_EQ(seen(Fault::no_carrier), request + " at the interface: no carrier");
    EXPECT_EQ(seen(Fault::refused), request + " at the host: refused");
    EXPECT_EQ(seen(Fault::silent_gateway), request + answer + "silent gateway");
    EXPECT_EQ(seen(Fault::wrong_gateway), request + answer + "wrong gateway");
    EXPECT_EQ(seen(Fault::no_way), request + "; eth1 -> no way -> client LOST no way");
}

Flow lost_to_neighbours(const std::string& ifname, const std::string& local, const std::string& by,
                        const std::string& neighbour, const std::string& name) {
    Flow flow = bound_flow(ifname, local, by, "", Fault::wrong_link);
    flow.peer = {ip(neighbour), name, "", false};
    return flow;
}

/// The client has its answer, and a neighbour has not.
TEST(Picture, AFlowWithinTheVpcIsShownWhereItAloneIsLost) {
    CheckResult result = healthy_host();
    result.interfaces[1].addresses[0].is_lost = true;
    result.flows.push_back(
        lost_to_neighbours("eth1", "10.0.2.37", "eth0", "10.0.0.1", "neighbours in 10.0.0.0/24"));
    EXPECT_THAT(answers_of(make_picture(result)),
                Contains("eth1 -> eth0 | directly -> neighbours in 10.0.0.0/24 LOST eth1: EC2 "
                         "drops it"));
    EXPECT_THAT(answers_of(make_picture(result)),
                Contains("eth1 -> eth1 | via 10.0.2.1 -> client"));
}

/// Of two interfaces in main both lose something; that the internet gets no answer comes first.
TEST(Picture, WhereTheInternetGetsNoAnswerOnlyThatIsShown) {
    CheckResult result = broken_host();
    result.interfaces[0].addresses[0].is_lost = true;
    result.flows.push_back(
        lost_to_neighbours("eth0", "10.0.0.29", "eth1", "10.0.2.1", "neighbours in 10.0.2.0/24"));
    const Picture picture = make_picture(result);
    EXPECT_EQ(picture.title, "1 of 2 addresses is lost, and 1 more within the VPC");
    EXPECT_EQ(requests_of(picture), requests_of(make_picture(broken_host())));
    EXPECT_EQ(answers_of(picture), answers_of(make_picture(broken_host())));
    result.findings.push_back(accepted_host().findings[0]);
    result.findings.erase(result.findings.begin());
    EXPECT_THAT(answers_of(make_picture(result)), Contains(HasSubstr("neighbours in 10.0.2.0/24")))
        << "but not for what is accepted";
}

TEST(Picture, WhatLeavesByNoInterfaceOfEc2sIsNotDroppedByIt) {
    CheckResult result = broken_host();
    result.flows[1] = bound_flow("eth1", "10.0.2.37", "tun0", "", Fault::wrong_link);
    EXPECT_THAT(answers_of(make_picture(result)),
                Contains("eth1 -> tun0 | directly -> client LOST eth1: leaves by tun0"));
}

/// As many boxes as the repaired one, in the same places.
TEST(Picture, TheInterfaceByWhichTheAnswerShouldLeaveIsInItToo) {
    const Picture broken = make_picture(broken_host()), healthy = make_picture(healthy_host());
    ASSERT_EQ(broken.ways.size(), healthy.ways.size());
    EXPECT_THAT(broken.ways[1].lines, ElementsAre("eth1", "no answer"));
    EXPECT_EQ(broken.ways[1].peer, healthy.ways[1].peer);
    EXPECT_TRUE(broken.ways[1].answers.empty());
}

TEST(Picture, OneFlowMayStandForManyAddresses) {
    CheckResult result = broken_host();
    result.interfaces[1].addresses.push_back(checked("10.0.2.38", "", true));
    result.flows[1].locals.push_back(ip("10.0.2.38"));
    const Picture picture = make_picture(result);
    EXPECT_THAT(requests_of(picture), Contains("10.0.2.38 -> eth1 LOST"));
    EXPECT_EQ(answers_of(picture).size(), 2u) << "one line for both";
}

TEST(Picture, WhatIsLostByNoFlowIsLostAtTheHost) {
    CheckResult result = broken_host();
    result.interfaces[1].is_managed = false;
    result.flows.pop_back();
    EXPECT_THAT(requests_of(make_picture(result)),
                Contains("198.51.100.11 | 10.0.2.37 -> eth1 LOST at the host: lost"));
}

TEST(Picture, OfManyAddressesThoseThatAreLostAreShown) {
    CheckResult result = healthy_host();
    for (int i = 50; i < 60; ++i)
        result.interfaces[1].addresses.push_back(
            checked("10.0.2." + std::to_string(i), "", i == 58));
    const Lines requests = requests_of(make_picture(result));
    ASSERT_EQ(requests.size(), 6u);
    EXPECT_THAT(requests[1], HasSubstr("10.0.2.58 -> eth1 LOST"));
    EXPECT_EQ(requests[5], "and 7 more -> eth1");
}

CheckResult many_interfaces(std::size_t count, std::size_t lost) {
    CheckResult result;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(i), ifname = "eth" + number;
        const bool is_lost = i == lost;
        result.interfaces.push_back({ifname, true, {}});
        for (int j = 10; j < 13; ++j) {
            const std::string address = "10.0." + number + "." + std::to_string(j);
            result.interfaces[i].addresses.push_back(checked(address, "", is_lost));
            result.flows.push_back(bound_flow(ifname, address, is_lost ? "eth0" : ifname,
                                              "10.0." + (is_lost ? "0" : number) + ".1",
                                              is_lost ? Fault::wrong_link : Fault::none));
        }
    }
    return result;
}

TEST(Picture, OfManyInterfacesThoseWithALossAreShown) {
    const Picture picture = make_picture(many_interfaces(20, 18));
    ASSERT_EQ(picture.interfaces.size(), 15u);
    EXPECT_EQ(picture.interfaces[13].ifname, "eth13");
    EXPECT_EQ(picture.interfaces[14].ifname, "eth18");
    EXPECT_EQ(picture.rest, "and 5 more interfaces");
    EXPECT_EQ(picture.title, "3 of 60 addresses are lost");
    EXPECT_THAT(requests_of(picture), Contains("and 1 more -> eth18"));
    EXPECT_EQ(make_picture(many_interfaces(15, 20)).rest, "");
}

TEST(Picture, ClaimsNothingWhereNothingWasAsked) {
    CheckResult result = healthy_host();
    result.flows.clear();
    EXPECT_EQ(make_picture(result).title, "No address was judged");
    result.interfaces[1].is_managed = false;
    EXPECT_EQ(make_picture(result).title,
              "Fewer than two interfaces are managed: there is nothing to separate");
    EXPECT_EQ(make_picture({}).title,
              "Fewer than two interfaces are managed: there is nothing to separate");
}

// ---- SVG ----------------------------------------------------------------------------------------

TEST(Svg, MarkupIsEscapedAndNothingIsFetched) {
    CheckResult result = broken_host();
    const std::string evil = "<b>&\"\xff";
    result.interfaces[1].ifname = result.flows[1].ifname = result.flows[1].out.ifname = evil;
    const std::string svg = render_svg(make_picture(result));
    EXPECT_THAT(svg, testing::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\" "));
    EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
    EXPECT_THAT(svg, HasSubstr(">&lt;b&gt;&amp;&quot;\\xff</text>"));
    EXPECT_THAT(svg, HasSubstr("<title>1 of 2 addresses is lost</title>"));
    EXPECT_THAT(svg, HasSubstr("<desc>"));
    for (const char* word : {"<b>", "<script", "href", "url(", "@import", "\xff"})
        EXPECT_THAT(svg, Not(HasSubstr(word)));
}

TEST(Svg, RedIsWhatIsLostAndNothingElse) {
    for (const Form form : {Form::alone, Form::wide, Form::narrow}) {
        for (const CheckResult& result : {healthy_host(), accepted_host(), CheckResult()}) {
            const std::string svg = render_svg(make_picture(result), form);
            EXPECT_THAT(svg, Not(HasSubstr(kRed)));
            EXPECT_THAT(svg, Not(HasSubstr("\"lost")));
        }
        const std::string svg = render_svg(make_picture(broken_host()), form);
        EXPECT_EQ(count_of(svg, "stroke=\"#cf222e\" stroke-width=\"2\" stroke-dasharray=\"5 4\""),
                  3u)
            << "to the gateway, from there, and the legend's";
        EXPECT_EQ(count_of(svg, "class=\"box lost\""), 1u) << "the address";
        EXPECT_THAT(svg, HasSubstr(">eth1: EC2 drops it</text>"));
    }
    const std::string accepted = render_svg(make_picture(accepted_host()));
    EXPECT_EQ(count_of(accepted, "stroke=\"#57606a\" stroke-width=\"2\" stroke-dasharray=\"5 4\""),
              3u);
    EXPECT_THAT(accepted, HasSubstr(">lost, and accepted</text>"));
}

TEST(Svg, TheTitleIsSeenWhereItStandsAlone) {
    const Picture picture = make_picture(healthy_host());
    const std::string title = ">" + picture.title + "</text>";
    EXPECT_THAT(render_svg(picture), HasSubstr(title));
    EXPECT_THAT(render_svg(picture, Form::wide), Not(HasSubstr(title)));
    EXPECT_THAT(render_svg(picture, Form::narrow), Not(HasSubstr(title)));
}

/// A page has its own colours, and a style sheet in it would be that of all of the page.
TEST(Svg, OnlyAloneItHasColoursForADarkBackgroundAndForNothingElse) {
    const Picture picture = make_picture(broken_host());
    for (const Form form : {Form::wide, Form::narrow})
        EXPECT_THAT(render_svg(picture, form), Not(HasSubstr("<style")));
    const std::string svg = render_svg(picture);
    EXPECT_THAT(svg, HasSubstr("<style>\n@media (prefers-color-scheme: dark) {"));
    EXPECT_EQ(count_of(svg, "{ color:") + count_of(svg, "{ fill:") + count_of(svg, "{ stroke:"),
              13u);
    std::istringstream lines(
        svg.substr(svg.find("<style>"), svg.find("</style>") - svg.find("<style>")));
    for (std::string line; std::getline(lines, line);)
        for (const std::string selector : {"  .", "} .", ", ."})
            for (std::size_t at = line.find(selector); at != std::string::npos;
                 at = line.find(selector, at + 1))
                EXPECT_EQ(line.compare(at + 2, 13, ".eni-picture "), 0) << line;
}

struct Area {
    int left = 0, top = 0, right = 0, bottom = 0;
};

bool is_inside(const Area& inner, const Area& outer) {
    return outer.left <= inner.left && inner.right <= outer.right && outer.top <= inner.top &&
           inner.bottom <= outer.bottom;
}
bool are_apart(const Area& a, const Area& b) {
    return a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;
}

/// What an SVG shows. Text of 12 px is as wide as in the widest of the usual fonts.
struct Drawing {
    Area picture;
    std::vector<Area> boxes, texts, lines;

    explicit Drawing(const std::string& svg) {
        for (const auto& match : all(svg, R"re(viewBox="0 0 (\d+) (\d+)")re"))
            picture = {0, 0, number(match, 1), number(match, 2)};
        for (const auto& match :
             all(svg, R"re(<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)")re"))
            boxes.push_back({number(match, 1), number(match, 2),
                             number(match, 1) + number(match, 3),
                             number(match, 2) + number(match, 4)});
        for (const auto& match :
             all(svg, R"re(<text x="(\d+)" y="(\d+)"[^>]* text-anchor="(\w+)">([^<]+))re")) {
            const int width = static_cast<int>(match.length(4)) * 73 / 10;
            const int left = number(match, 1) - (match[3] == "middle" ? width / 2 : 0);
            texts.push_back({left, number(match, 2) - 9, left + width, number(match, 2) + 3});
        }
        for (const auto& match : all(svg, R"re(<path d="M(\d+) (\d+)H(\d+)")re"))
            lines.push_back(
                {number(match, 1), number(match, 2), number(match, 3), number(match, 2)});
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

void expect_tidy(const Drawing& drawing) {
    for (std::size_t i = 0; i < drawing.boxes.size(); ++i) {
        EXPECT_TRUE(is_inside(drawing.boxes[i], drawing.picture));
        for (std::size_t j = 0; j < i; ++j)
            EXPECT_TRUE(are_apart(drawing.boxes[i], drawing.boxes[j])) << i << " and " << j;
    }
    for (std::size_t i = 0; i < drawing.texts.size(); ++i) {
        EXPECT_TRUE(is_inside(drawing.texts[i], drawing.picture)) << i;
        for (const Area& box : drawing.boxes)
            EXPECT_TRUE(is_inside(drawing.texts[i], box) || are_apart(drawing.texts[i], box)) << i;
        for (const Area& line : drawing.lines)
            EXPECT_TRUE(are_apart(drawing.texts[i], line)) << i << " is struck through";
        for (std::size_t j = 0; j < i; ++j)
            EXPECT_TRUE(are_apart(drawing.texts[i], drawing.texts[j])) << i << " and " << j;
    }
    for (const Area& line : drawing.lines) {
        EXPECT_LT(line.left + 8, line.right);
        for (const Area& box : drawing.boxes)
            EXPECT_TRUE(line.right <= box.left + 1 || box.right <= line.left + 1 ||
                        line.top < box.top || box.bottom < line.top)
                << "a line runs through a box";
    }
}

/// One of each: in both families, and each fault.
CheckResult all_faults() {
    CheckResult result = broken_host();
    int number = 2;
    for (const Fault fault :
         {Fault::none, Fault::no_address, Fault::link_down, Fault::silent_gateway, Fault::no_way,
          Fault::wrong_link, Fault::wrong_gateway, Fault::refused}) {
        const std::string ifname = "eth" + std::to_string(number);
        const std::string address = "2001:db8:1234:5678::" + std::to_string(number++);
        result.interfaces.push_back(
            {ifname, number % 2 == 0, {checked(address, "", fault != Fault::none)}});
        result.flows.push_back(bound_flow(ifname, address, ifname, "fe80::1", fault));
        result.flows.back().is_dropped_by_rp_filter = true;
    }
    result.interfaces.push_back({"eth99", true, {}});
    return result;
}

TEST(Svg, NothingOverlaps) {
    for (const Form form : {Form::alone, Form::wide, Form::narrow})
        for (const CheckResult& result : {healthy_host(), broken_host(), accepted_host(),
                                          all_faults(), many_interfaces(20, 18), CheckResult()})
            expect_tidy(Drawing(render_svg(make_picture(result), form)));
}

TEST(Svg, ItsHalvesStandBesideEachOtherOrBelow) {
    const Picture picture = make_picture(broken_host());
    const Drawing wide(render_svg(picture, Form::wide)), narrow(render_svg(picture, Form::narrow));
    EXPECT_LT(Drawing(render_svg(picture)).picture.right, 440) << "one alone as well";
    EXPECT_LT(narrow.picture.right, 440) << "a telephone is 420 wide";
    EXPECT_GT(wide.picture.right, narrow.picture.right + 100);
    EXPECT_GT(narrow.picture.bottom, wide.picture.bottom);
    EXPECT_EQ(narrow.boxes.size(), wide.boxes.size() + 1) << "the host is in both";
}

}  // namespace
}  // namespace eni
