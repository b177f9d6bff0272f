// See picture.hpp. Draws the picture as SVG: where each thing stands, and in which colour. That is
// in attributes, because a style sheet would be that of the whole page it stands in; the classes
// are for that page's, and for the dark colours of a picture that stands alone.
#include <algorithm>
#include <array>
#include <cmath>

#include "markup.hpp"
#include "picture.hpp"
#include "picture_layout.hpp"

namespace eni {

namespace {

using Fate = Picture::Fate;
using Stop = Picture::Stop;
using Lines = std::vector<std::string>;

constexpr char kRed[] = "#cf222e";
constexpr char kDim[] = "#57606a";
constexpr char kBlack[] = "#1f2328";
constexpr std::array<const char*, 6> kColours = {"#0969da", "#1a7f37", "#8250df",
                                                 "#9a6700", "#bf3989", "#1b7c83"};

constexpr double kSample = 28;  // of a line, in the legend

// ---- Shapes -------------------------------------------------------------------------------------

/// Whole pixels, with no locale's decimal comma.
std::string px(double value) {
    return std::to_string(std::lround(value));
}

struct Style {
    std::string css;
    const char* colour;
    bool is_dashed = false;
};

Style style_of(Fate fate, std::size_t interface) {
    if (fate == Fate::lost) return {"lost", kRed, true};
    if (fate == Fate::accepted) return {"dim", kDim, true};
    const std::size_t colour = interface % kColours.size();
    return {"colour" + std::to_string(colour), kColours[colour]};
}

std::string text_element(double x, double y, const char* anchor, const Style& style,
                         const char* weight, const std::string& text) {
    return fill_template(
        R"(<text x="{{x}}" y="{{y}}" class="{{class}}" fill="{{colour}}" font-weight="{{weight}}" text-anchor="{{anchor}}">{{text}}</text>
)",
        {{"x", px(x)},
         {"y", px(y)},
         {"class", style.css},
         {"colour", style.colour},
         {"weight", weight},
         {"anchor", anchor},
         {"text", text}});
}

std::string heading_element(double x, double y, const std::string& text) {
    return text_element(x, y, "start", {"dim", kDim}, "normal", text);
}

std::string box_element(const Box& box, const Style& style, int stroke) {
    return fill_template(
        R"(<rect x="{{x}}" y="{{y}}" width="{{width}}" height="{{height}}" rx="4" class="box {{class}}" fill="#f6f8fa" stroke="{{colour}}" stroke-width="{{stroke}}"/>
)",
        {{"x", px(box.x)},
         {"y", px(box.y)},
         {"width", px(box.width)},
         {"height", px(box.height)},
         {"class", style.css},
         {"colour", style.colour},
         {"stroke", std::to_string(stroke)}});
}

/// In the middle of the box's height; the first line is the name.
std::string lines_element(const Box& box, const Lines& lines, const Style& first) {
    std::string result;
    const double top = box.middle() - static_cast<double>(lines.size()) * kLine / 2;
    for (std::size_t i = 0; i < lines.size(); ++i)
        result +=
            text_element(box.x + kPadding, top + kLine * static_cast<double>(i) + 12, "start",
                         i == 0 ? first : Style{"dim", kDim}, i == 0 ? "bold" : "normal", lines[i]);
    return result;
}

/// Ends with an arrow, or with a cross where it is lost on the way.
std::string line_element(double from, double to, double y, const Style& style,
                         const std::string& word, bool is_end) {
    const bool is_cross = style.is_dashed && is_end;
    std::string result = fill_template(
        R"(<path d="M{{from}} {{y}}H{{to}}" class="{{class}}" fill="none" stroke="{{colour}}" stroke-width="2" stroke-dasharray="{{dashes}}"/>
<path d="M{{tip}} {{y}}{{end}}" class="{{class}} {{tip_class}}" fill="{{fill}}" stroke="{{colour}}" stroke-width="2" stroke-linejoin="round"/>
)",
        {{"from", px(from)},
         {"to", px(to - (is_cross ? 12 : 5))},
         {"tip", px(to - (is_cross ? 8 : 3))},
         {"y", px(y)},
         {"end", is_cross ? "m-4 -4l8 8m0 -8l-8 8" : "l-5 -3v6z"},
         {"tip_class", is_cross ? "cross" : "arrow"},
         {"fill", is_cross ? "none" : style.colour},
         {"class", style.css},
         {"colour", style.colour},
         {"dashes", style.is_dashed ? "5 4" : "none"}});
    if (!word.empty())
        result += text_element((from + to) / 2 - 4, y - 5, "middle", style, "normal", word);
    return result;
}

// ---- The parts of the picture -------------------------------------------------------------------

const Style kPlain = {"plain", kDim};
const Style kStrong = {"strong", kBlack};

std::string request_elements(const Picture& picture, const PictureLayout& layout,
                             std::size_t index) {
    const Picture::Request& request = picture.requests[index];
    const Box& box = layout.requests[index];
    if (request.is_rest)
        return heading_element(box.x + kPadding, box.middle() + 4, request.lines[0]);
    const Box& interface = layout.interfaces[request.interface];
    const Style going = style_of(Fate::arrives, request.interface);
    const Style stopped = style_of(request.fate, request.interface);
    const bool is_red = request.fate == Fate::lost;
    const double y = box.middle();
    std::string result = line_element(layout.client.right(), box.x, y, going, "", false);
    result += box_element(box, is_red ? stopped : kPlain, 1);
    result += lines_element(box, request.lines, is_red ? stopped : kStrong);
    if (request.stop == Stop::at_interface)
        return result + line_element(box.right(), interface.x, y, stopped, request.word, true);
    result += line_element(box.right(), interface.x, y, going, "", false);
    const bool is_stopped = request.stop == Stop::at_host;
    return result + line_element(interface.right(), layout.host.x, y, is_stopped ? stopped : going,
                                 request.word, is_stopped);
}

std::string way_elements(const Picture& picture, const PictureLayout& layout, std::size_t index) {
    const Picture::Way& way = picture.ways[index];
    const Box& box = layout.ways[index];
    const bool is_red = way.is_none && way.answers[0].fate == Fate::lost;
    const Style style = is_red ? style_of(Fate::lost, 0) : kPlain;
    std::string result = box_element(box, style, 1);
    result += lines_element(box, way.lines, is_red ? style : kStrong);
    const double step = box.height / static_cast<double>(way.answers.size() + 1);
    for (std::size_t i = 0; i < way.answers.size(); ++i) {
        const Picture::Answer& answer = way.answers[i];
        const double y = box.y + step * static_cast<double>(i + 1);
        const Style line = style_of(answer.fate, answer.interface);
        result += line_element(layout.host_again.right(), box.x, y, line, "", way.is_none);
        if (!way.is_none)
            result +=
                line_element(box.right(), layout.peers[way.peer].x, y, line, answer.word, true);
    }
    return result;
}

/// Where it is too high to be seen as a whole, its name is at the top.
std::string hub_element(const Box& box, const std::string& name) {
    constexpr double kTall = 400;
    Box named = box;
    if (box.height > kTall) named.height = kLine + kPadding;
    return box_element(box, kPlain, 1) + lines_element(named, {name}, kStrong);
}

std::string body_elements(const Picture& picture, const PictureLayout& layout, Form form) {
    if (picture.interfaces.empty()) return "";
    std::string result = hub_element(layout.client, "client") + hub_element(layout.host, "host");
    if (form != Form::wide && !picture.ways.empty())
        result += hub_element(layout.host_again, "host");
    for (std::size_t i = 0; i < picture.interfaces.size(); ++i) {
        result += box_element(layout.interfaces[i], style_of(Fate::arrives, i), 2);
        result += lines_element(layout.interfaces[i], lines_of(picture.interfaces[i]), kStrong);
    }
    for (std::size_t i = 0; i < picture.requests.size(); ++i)
        result += request_elements(picture, layout, i);
    for (std::size_t i = 0; i < picture.peers.size(); ++i)
        result += hub_element(layout.peers[i], picture.peers[i]);
    for (std::size_t i = 0; i < picture.ways.size(); ++i)
        result += way_elements(picture, layout, i);
    return result;
}

std::string heading_elements(const Picture& picture, const PictureLayout& layout) {
    std::string result;
    const double y = layout.client.y - 8, again = layout.host_again.y - 8;
    if (!layout.requests.empty())
        result += heading_element(layout.requests[0].x, y, request_heading(picture));
    if (!layout.interfaces.empty())
        result += heading_element(layout.interfaces[0].x, y, kInterfaceHeading);
    if (!layout.ways.empty()) result += heading_element(layout.ways[0].x, again, kWayHeading);
    return result;
}

// ---- The legend ---------------------------------------------------------------------------------

struct LegendItem {
    Style style;
    std::string text;
};

bool has_fate(const Picture& picture, Fate fate) {
    return std::any_of(picture.requests.begin(), picture.requests.end(),
                       [&](const auto& request) { return request.fate == fate; });
}

/// Only of what is to be seen.
std::vector<LegendItem> legend_of(const Picture& picture) {
    std::vector<LegendItem> items;
    if (!picture.interfaces.empty())
        items.push_back({style_of(Fate::arrives, 0), "each interface has its colour"});
    if (has_fate(picture, Fate::lost)) items.push_back({style_of(Fate::lost, 0), "lost"});
    if (has_fate(picture, Fate::accepted))
        items.push_back({style_of(Fate::accepted, 0), "lost, and accepted"});
    return items;
}

/// In as many rows as the width needs; makes the picture as high.
std::string legend_elements(const Picture& picture, PictureLayout& layout) {
    std::string result;
    double x = kMargin, y = layout.height + kFar + kPadding;
    for (const LegendItem& item : legend_of(picture)) {
        const double width = kSample + kPadding + width_of(item.text);
        if (x > kMargin && x + width > layout.width - kMargin) {
            x = kMargin;
            y += kLine;
        }
        result += line_element(x, x + kSample, y - 4, item.style, "", true);
        result += heading_element(x + kSample + kPadding, y, item.text);
        layout.width = std::max(layout.width, x + width + kMargin);
        x += width + kFar;
    }
    if (!picture.rest.empty()) result += heading_element(kMargin, y += kLine, picture.rest);
    layout.height = y + kMargin;
    return result;
}

// ---- The whole --------------------------------------------------------------------------------

/// The colours of data/report.html.
constexpr char kDarkColours[] = R"(<style>
@media (prefers-color-scheme: dark) {
  .eni-picture .background { fill: #0d1117; } .eni-picture .box { fill: #161b22; }
  .eni-picture .plain, .eni-picture .dim { color: #9198a1; }
  .eni-picture .strong { color: #e6edf3; } .eni-picture .lost { color: #ff7b72; }
  .eni-picture .colour0 { color: #58a6ff; } .eni-picture .colour1 { color: #3fb950; } .eni-picture .colour2 { color: #bc8cff; }
  .eni-picture .colour3 { color: #d29922; } .eni-picture .colour4 { color: #f778ba; } .eni-picture .colour5 { color: #39c5cf; }
  .eni-picture path, .eni-picture .box { stroke: currentColor; }
  .eni-picture text, .eni-picture .arrow { fill: currentColor; }
}
</style>
)";

const char* description_of(Form form) {
    if (form == Form::wide)
        return "From left to right: a client, the addresses that it asks, their interfaces, the "
               "host, and the interfaces by which the answers leave.";
    return "From left to right: a client, the addresses that it asks, their interfaces, the host. "
           "Below: the host, and the interfaces by which the answers leave.";
}

}  // namespace

std::string render_svg(const Picture& picture, Form form) {
    PictureLayout layout = arranged(picture, form);
    if (form == Form::alone)
        layout.width = std::max(layout.width, width_of(picture.title) + 2 * kMargin);
    const std::string legend = legend_elements(picture, layout);
    const std::string title =
        form == Form::alone ? text_element(kMargin, 22, "start", kStrong, "bold", picture.title)
                            : "";
    return fill_template(
        R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" width="{{width}}" height="{{height}}" font-family="monospace" font-size="12" role="img"{{{class}}}>
<title>{{title}}</title>
<desc>{{description}}</desc>
{{{style}}}<rect width="100%" height="100%" class="background" fill="#fff"/>
{{{heading}}}{{{headings}}}{{{body}}}{{{legend}}}</svg>
)",
        {{"width", px(layout.width)},
         {"height", px(layout.height)},
         {"class", form == Form::alone ? " class=\"eni-picture\"" : ""},
         {"title", picture.title},
         {"description", description_of(form)},
         {"style", form == Form::alone ? kDarkColours : ""},
         {"heading", title},
         {"headings", heading_elements(picture, layout)},
         {"body", body_elements(picture, layout, form)},
         {"legend", legend}});
}

}  // namespace eni
