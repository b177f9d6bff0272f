// See picture.hpp. Draws the graph as SVG: where each thing stands, and in which colour. What an
// attribute can say is said so, because a style sheet would be that of the whole page it stands in.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "markup.hpp"
#include "picture.hpp"

namespace eni {

namespace {

using Column = Picture::Column;
using Edge = Picture::Edge;

constexpr char kRed[] = "#cf222e";
constexpr char kGrey[] = "#8c959f";  // of lines
constexpr char kDim[] = "#57606a";   // of boxes, headings and the legend
constexpr char kBlack[] = "#1f2328";
constexpr std::array<const char*, 6> kColours = {"#0969da", "#1a7f37", "#8250df",
                                                 "#9a6700", "#bf3989", "#1b7c83"};
constexpr std::array<const char*, 4> kHeadings = {"Interface", "Rule", "Table", "Next hop"};
constexpr char kLegend[] =
    "Coloured: the flows of an interface; grey: no flow takes it; red: broken; dashed: missing";

// In pixels. A monospace character of 12 px is 7.3 wide at most in the fonts that browsers take.
constexpr double kCharacter = 7.3, kLine = 16, kPadding = 9, kMargin = 12, kRowGap = 14,
                 kColumnGap = 60, kTop = 58;  // below the title and the headings

struct Box {
    double x = 0, y = 0, width = 0, height = 0;
};

struct Layout {
    std::vector<Box> boxes;           // of the nodes
    std::map<Column, double> starts;  // the left edge of each column that has nodes
    double width = 0, height = 0;
};

double width_of(const std::string& text) {
    return static_cast<double>(text.size()) * kCharacter;
}

double height_of(const Picture::Node& node) {
    return static_cast<double>(node.lines.size()) * kLine + kPadding;
}

std::string heading_of(Column column) {
    return kHeadings[static_cast<std::size_t>(column)];
}

/// Columns side by side, each as wide as its widest node and in the middle of the height.
Layout arranged(const Picture& picture) {
    std::map<Column, double> widths, heights, next;
    for (const Picture::Node& node : picture.nodes) {
        double& width = widths[node.column];
        width = std::max(width, width_of(heading_of(node.column)));
        for (const std::string& line : node.lines)
            width = std::max(width, width_of(line) + 2 * kPadding);
        heights[node.column] += height_of(node) + kRowGap;
    }
    Layout layout;
    double x = kMargin, tallest = 0;
    for (const auto& [column, width] : widths) {
        layout.starts[column] = x;
        x += width + kColumnGap;
        tallest = std::max(tallest, heights[column]);
    }
    for (const auto& [column, height] : heights) next[column] = kTop + (tallest - height) / 2;
    for (const Picture::Node& node : picture.nodes) {
        double& y = next[node.column];
        layout.boxes.push_back(
            {layout.starts[node.column], y, widths[node.column], height_of(node)});
        y += height_of(node) + kRowGap;
    }
    x = std::max(x - kColumnGap, kMargin + std::max(width_of(picture.title), width_of(kLegend)));
    layout.width = x + kMargin;
    layout.height = kTop + tallest + kLine + kMargin;
    return layout;
}

/// At which height each edge touches its box: spread over the side, in the order of the other ends,
/// so that no line begins or ends where another does.
std::vector<double> ends(const Picture& picture, const std::vector<Box>& boxes,
                         std::size_t Edge::*near, std::size_t Edge::*far) {
    std::map<std::size_t, std::vector<std::size_t>> edges_at;  // indexes, by node
    for (std::size_t i = 0; i < picture.edges.size(); ++i)
        edges_at[picture.edges[i].*near].push_back(i);
    std::vector<double> heights(picture.edges.size());
    for (auto& [node, edges] : edges_at) {
        std::stable_sort(edges.begin(), edges.end(), [&](std::size_t a, std::size_t b) {
            return boxes[picture.edges[a].*far].y < boxes[picture.edges[b].*far].y;
        });
        const double step = boxes[node].height / static_cast<double>(edges.size() + 1);
        for (std::size_t i = 0; i < edges.size(); ++i)
            heights[edges[i]] = boxes[node].y + step * static_cast<double>(i + 1);
    }
    return heights;
}

const char* colour_of(const Picture& picture, const Edge& edge) {
    if (edge.is_broken) return kRed;
    const auto found = std::find(picture.ifnames.begin(), picture.ifnames.end(), edge.ifname);
    if (found == picture.ifnames.end()) return kGrey;
    return kColours[static_cast<std::size_t>(found - picture.ifnames.begin()) % kColours.size()];
}

/// Whole pixels, with no locale's decimal comma.
std::string px(double value) {
    return std::to_string(std::lround(value));
}

std::string text_element(double x, double y, const char* colour, const char* weight,
                         const std::string& text) {
    return fill_template(
        R"(<text x="{{x}}" y="{{y}}" fill="{{colour}}" font-weight="{{weight}}">{{text}}</text>
)",
        {{"x", px(x)}, {"y", px(y)}, {"colour", colour}, {"weight", weight}, {"text", text}});
}

std::string edge_element(const Edge& edge, const char* colour, double x1, double y1, double x2,
                         double y2) {
    return fill_template(
        R"(<path d="M{{x1}} {{y1}} C{{middle}} {{y1}} {{middle}} {{y2}} {{x2}} {{y2}}" fill="none" stroke="{{colour}}" stroke-width="{{width}}" stroke-dasharray="{{dashes}}"/>
)",
        {{"x1", px(x1)},
         {"y1", px(y1)},
         {"middle", px((x1 + x2) / 2)},
         {"x2", px(x2)},
         {"y2", px(y2)},
         {"colour", colour},
         {"width", edge.ifname.empty() ? "1" : "2"},
         {"dashes", edge.is_missing ? "5 4" : "none"}});
}

std::string edge_elements(const Picture& picture, const std::vector<Box>& boxes) {
    const std::vector<double> starts = ends(picture, boxes, &Edge::from, &Edge::to),
                              finishes = ends(picture, boxes, &Edge::to, &Edge::from);
    std::string result;
    for (std::size_t i = 0; i < picture.edges.size(); ++i) {
        const Edge& edge = picture.edges[i];
        const Box& from = boxes[edge.from];
        result += edge_element(edge, colour_of(picture, edge), from.x + from.width, starts[i],
                               boxes[edge.to].x, finishes[i]);
    }
    return result;
}

std::string node_element(const Picture::Node& node, const Box& box) {
    std::string result = fill_template(
        R"(<rect x="{{x}}" y="{{y}}" width="{{width}}" height="{{height}}" rx="4" fill="#f6f8fa" stroke="{{colour}}"/>
)",
        {{"x", px(box.x)},
         {"y", px(box.y)},
         {"width", px(box.width)},
         {"height", px(box.height)},
         {"colour", node.is_broken ? kRed : kDim}});
    for (std::size_t i = 0; i < node.lines.size(); ++i)
        result += text_element(box.x + kPadding, box.y + kLine * static_cast<double>(i + 1),
                               node.is_broken ? kRed : kBlack,
                               i == 0 && node.column == Column::interface ? "bold" : "normal",
                               node.lines[i]);
    return result;
}

}  // namespace

std::string render_svg(const Picture& picture) {
    const Layout layout = arranged(picture);
    std::string headings, nodes;
    for (const auto& [column, x] : layout.starts)
        headings += text_element(x, kTop - 12, kDim, "normal", heading_of(column));
    for (std::size_t i = 0; i < picture.nodes.size(); ++i)
        nodes += node_element(picture.nodes[i], layout.boxes[i]);
    return fill_template(
        R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" width="{{width}}" height="{{height}}" font-family="monospace" font-size="12" role="img">
<title>{{title}}</title>
<desc>From left to right: interfaces, rules, tables and next hops. {{legend}}</desc>
<rect width="100%" height="100%" fill="#fff"/>
{{{heading}}}{{{headings}}}{{{edges}}}{{{nodes}}}{{{footing}}}</svg>
)",
        {{"width", px(layout.width)},
         {"height", px(layout.height)},
         {"title", picture.title},
         {"legend", kLegend},
         {"heading", text_element(kMargin, 20, kBlack, "bold", picture.title)},
         {"headings", headings},
         {"edges", edge_elements(picture, layout.boxes)},
         {"nodes", nodes},
         {"footing", text_element(kMargin, layout.height - kMargin, kDim, "normal", kLegend)}});
}

}  // namespace eni
