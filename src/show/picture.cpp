// See picture.hpp.
#include "picture.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <tuple>

namespace eni {

namespace {

using Column = Picture::Column;

constexpr char kRed[] = "#cf222e";
constexpr char kGrey[] = "#8c959f";
constexpr std::array<const char*, 6> kColours = {"#0969da", "#1a7f37", "#8250df",
                                                 "#9a6700", "#bf3989", "#1b7c83"};

// ---- The graph ----------------------------------------------------------------------------------

/// Adds nodes and edges, each once.
class Draft {
  public:
    explicit Draft(Picture& picture) : picture_(picture) {}

    /// `key` orders the nodes of a column.
    std::size_t node(Column column, const std::string& key, std::vector<std::string> lines) {
        const auto [found, is_new] =
            index_.emplace(std::make_pair(column, key), picture_.nodes.size());
        if (is_new) picture_.nodes.push_back({column, std::move(lines), false});
        return found->second;
    }

    void edge(std::size_t from, std::size_t to, const std::string& ifname, bool is_broken,
              bool is_missing = false) {
        for (Picture::Edge& edge : picture_.edges)
            if (edge.from == from && edge.to == to && edge.ifname == ifname) {
                edge.is_broken = edge.is_broken || is_broken;
                return;
            }
        picture_.edges.push_back({from, to, ifname, is_broken, is_missing});
    }

    bool is_used(std::size_t node) const {
        return std::any_of(picture_.edges.begin(), picture_.edges.end(),
                           [&](const auto& edge) { return edge.from == node || edge.to == node; });
    }

  private:
    Picture& picture_;
    std::map<std::pair<Column, std::string>, std::size_t> index_;
};

struct Scene {
    const KernelSnapshot& kernel;
    const TableNames& names;
    Draft& draft;
    Picture& picture;
};

std::size_t interface_node(Scene& scene, const InterfacePlan& interface) {
    constexpr std::size_t kShown = 4;
    std::vector<std::string> lines = {interface.ifname +
                                      (interface.is_primary ? " (primary)" : "")};
    for (std::size_t i = 0; i < interface.addresses.size() && i < kShown; ++i)
        lines.push_back(interface.addresses[i].to_string());
    if (interface.addresses.size() > kShown)
        lines.push_back("and " + std::to_string(interface.addresses.size() - kShown) + " more");
    return scene.draft.node(Column::interface, interface.ifname, lines);
}

std::size_t rule_node(Scene& scene, const Rule& rule) {
    const std::string listing = format_rule_listing(rule, name_of(rule.table, scene.names));
    const std::string family = rule.family == Family::v4 ? "IPv4 " : "IPv6 ";
    return scene.draft.node(Column::rule, family + listing, {family + listing});
}

std::size_t table_node(Scene& scene, TableId id) {
    const auto count = std::count_if(scene.kernel.routes.begin(), scene.kernel.routes.end(),
                                     [&](const Route& route) { return route.table == id; });
    const std::size_t node = scene.draft.node(
        Column::table, std::to_string(number(id)),
        {"table " + name_of(id, scene.names),
         count == 0 ? "empty" : std::to_string(count) + (count == 1 ? " route" : " routes")});
    scene.picture.nodes[node].is_broken = count == 0;
    return node;
}

std::size_t way_node(Scene& scene, const RouteAnswer& out) {
    if (out.error != 0 || out.ifname.empty()) return scene.draft.node(Column::way, "", {"no way"});
    const std::string to = out.gateway ? out.gateway->to_string() : "neighbours";
    return scene.draft.node(Column::way, out.ifname + " " + to, {to, "by " + out.ifname});
}

/// A flow of an address of the host's, and the rule that decides it.
struct Decision {
    const Flow* flow = nullptr;
    Rule rule;
};

std::vector<Decision> decisions_of(const KernelSnapshot& kernel, const std::vector<Flow>& flows) {
    std::vector<Decision> decisions;
    for (const Flow& flow : flows) {
        if (flow.kind != FlowKind::bound) continue;
        const Walk steps = walk(kernel, flow.query);
        if (steps.decision() != nullptr) decisions.push_back({&flow, steps.decision()->rule});
    }
    return decisions;
}

/// Those of the plan, and those that decide; sorted as the kernel walks them.
std::set<Rule> rules_to_show(const Plan& plan, const std::vector<Decision>& decisions) {
    std::set<Rule> rules;
    for (const auto& planned : plan.rules)
        if (planned.in_kernel) rules.insert(planned.object);
    for (const Decision& decision : decisions) rules.insert(decision.rule);
    return rules;
}

void draw(Scene& scene, const Decision& decision) {
    const Flow& flow = *decision.flow;
    const bool is_broken = flow.fault != Fault::none;
    const std::size_t interface = scene.draft.node(Column::interface, flow.ifname, {flow.ifname});
    const std::size_t rule = rule_node(scene, decision.rule);
    const std::size_t table = table_node(scene, decision.rule.table);
    scene.draft.edge(interface, rule, flow.ifname, is_broken);
    scene.draft.edge(rule, table, flow.ifname, is_broken);
    scene.draft.edge(table, way_node(scene, flow.out), flow.ifname, is_broken);
}

void draw_missing(Scene& scene, const Planned<Rule>& missing) {
    const std::size_t rule = rule_node(scene, missing.object);
    scene.picture.nodes[rule].lines.resize(1);
    scene.picture.nodes[rule].lines.emplace_back("missing");
    scene.picture.nodes[rule].is_broken = true;
    if (!missing.ifname.empty())
        scene.draft.edge(scene.draft.node(Column::interface, missing.ifname, {}), rule,
                         missing.ifname, true, /* is_missing= */ true);
    scene.draft.edge(rule, table_node(scene, missing.object.table), missing.ifname, true,
                     /* is_missing= */ true);
}

std::string title_of(const std::vector<Flow>& flows) {
    const auto broken = std::count_if(flows.begin(), flows.end(), [](const Flow& flow) {
        return flow.fault != Fault::none && flow.kind != FlowKind::published;
    });
    return broken == 0 ? "Every address answers by its own interface"
                       : std::to_string(broken) + " of " + std::to_string(flows.size()) +
                             " flows are broken";
}

// ---- The drawing --------------------------------------------------------------------------------

std::string colour_of(const Picture& picture, const Picture::Edge& edge) {
    if (edge.is_broken) return kRed;
    const auto found = std::find(picture.ifnames.begin(), picture.ifnames.end(), edge.ifname);
    if (found == picture.ifnames.end()) return kGrey;
    return kColours[static_cast<std::size_t>(found - picture.ifnames.begin()) % kColours.size()];
}

struct Box {
    double x = 0, y = 0, width = 0, height = 0;
};

// In pixels; a monospace character of 12 px is 7.3 wide in the fonts that browsers take.
constexpr double kCharacter = 7.3, kLine = 16, kPadding = 9, kRowGap = 14, kColumnGap = 80,
                 kTitle = 34;

double height_of(const Picture::Node& node) {
    return static_cast<double>(node.lines.size()) * kLine + kPadding;
}

/// Columns side by side, each as wide as its widest node and in the middle of the height.
std::vector<Box> layout(const Picture& picture, double& width, double& height) {
    std::map<Column, double> widths, heights;
    for (const Picture::Node& node : picture.nodes) {
        std::size_t longest = 0;
        for (const std::string& line : node.lines) longest = std::max(longest, line.size());
        widths[node.column] =
            std::max(widths[node.column], static_cast<double>(longest) * kCharacter + 2 * kPadding);
        heights[node.column] += height_of(node) + kRowGap;
    }
    std::map<Column, double> x, y;
    width = 10;
    height = 0;
    for (const auto& [column, column_width] : widths) {
        x[column] = width;
        width += column_width + kColumnGap;
        height = std::max(height, heights[column]);
    }
    width -= kColumnGap - 10;
    for (const auto& [column, column_height] : heights)
        y[column] = kTitle + (height - column_height) / 2;
    height += kTitle;
    std::vector<Box> boxes;
    for (const Picture::Node& node : picture.nodes) {
        boxes.push_back({x[node.column], y[node.column], widths[node.column], height_of(node)});
        y[node.column] += height_of(node) + kRowGap;
    }
    return boxes;
}

/// Whole pixels, with no locale's decimal comma.
std::string px(double value) {
    return std::to_string(std::lround(value));
}

std::string svg_text(double x, double y, const std::string& style, const std::string& text) {
    return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" " + style + ">" + escaped_markup(text) +
           "</text>\n";
}

std::string svg_edge(const Box& from, const Box& to, double shift, const std::string& colour,
                     const Picture::Edge& edge) {
    const double x1 = from.x + from.width, y1 = from.y + from.height / 2 + shift;
    const double x2 = to.x, y2 = to.y + to.height / 2 + shift, middle = (x1 + x2) / 2;
    return "<path d=\"M" + px(x1) + " " + px(y1) + " C" + px(middle) + " " + px(y1) + " " +
           px(middle) + " " + px(y2) + " " + px(x2) + " " + px(y2) + "\" fill=\"none\" stroke=\"" +
           colour + "\" stroke-width=\"" + (edge.ifname.empty() ? "1" : "2") + "\"" +
           (edge.is_missing ? " stroke-dasharray=\"5 4\"" : "") + "/>\n";
}

std::string svg_node(const Box& box, const Picture::Node& node) {
    const std::string colour = node.is_broken ? kRed : "#57606a";
    std::string text = "<rect x=\"" + px(box.x) + "\" y=\"" + px(box.y) + "\" width=\"" +
                       px(box.width) + "\" height=\"" + px(box.height) +
                       "\" rx=\"4\" fill=\"#f6f8fa\" stroke=\"" + colour + "\"/>\n";
    for (std::size_t i = 0; i < node.lines.size(); ++i)
        text += svg_text(
            box.x + kPadding, box.y + kLine * static_cast<double>(i + 1),
            "fill=\"" + std::string(node.is_broken ? kRed : "#1f2328") + "\"" +
                (i == 0 && node.column == Column::interface ? " font-weight=\"bold\"" : ""),
            node.lines[i]);
    return text;
}

}  // namespace

Picture make_picture(const KernelSnapshot& kernel, const Plan& plan, const Changes& changes,
                     const TableNames& names, const std::vector<Flow>& flows) {
    Picture picture;
    Draft draft(picture);
    Scene scene{kernel, names, draft, picture};
    picture.title = title_of(flows);
    for (const InterfacePlan& interface : plan.interfaces) {
        picture.ifnames.push_back(interface.ifname);
        interface_node(scene, interface);
    }
    const std::vector<Decision> decisions = decisions_of(kernel, flows);
    const std::set<Rule> rules = rules_to_show(plan, decisions);
    for (const Rule& rule : rules) rule_node(scene, rule);
    for (const Decision& decision : decisions) draw(scene, decision);
    for (const auto& missing : changes.rules_added) draw_missing(scene, missing);
    for (const Rule& rule : rules) {
        const std::size_t node = rule_node(scene, rule);
        if (!draft.is_used(node)) draft.edge(node, table_node(scene, rule.table), "", false);
    }
    return picture;
}

std::string render_svg(const Picture& picture) {
    double width = 0, height = 0;
    const std::vector<Box> boxes = layout(picture, width, height);
    std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + px(width) +
                       " " + px(height) + "\" width=\"" + px(width) + "\" height=\"" + px(height) +
                       "\" font-family=\"monospace\" font-size=\"12\" role=\"img\">\n<title>" +
                       escaped_markup(picture.title) + "</title>\n" +
                       svg_text(10, 20, "font-weight=\"bold\"", picture.title);
    for (const Picture::Edge& edge : picture.edges) {
        // Those of different interfaces run beside each other.
        const auto index = std::find(picture.ifnames.begin(), picture.ifnames.end(), edge.ifname) -
                           picture.ifnames.begin();
        const double shift = edge.ifname.empty() ? 0 : static_cast<double>(index % 5) * 3 - 3;
        text += svg_edge(boxes[edge.from], boxes[edge.to], shift, colour_of(picture, edge), edge);
    }
    for (std::size_t i = 0; i < boxes.size(); ++i) text += svg_node(boxes[i], picture.nodes[i]);
    return text + "</svg>\n";
}

std::string escaped_markup(const std::string& text) {
    using Text = std::unique_ptr<char, decltype(&g_free)>;
    const Text valid(g_utf8_make_valid(text.c_str(), static_cast<gssize>(text.size())), g_free);
    return Text(g_markup_escape_text(valid.get(), -1), g_free).get();
}

}  // namespace eni
