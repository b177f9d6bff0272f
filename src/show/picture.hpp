// The picture of a host: its interfaces, the rules that decide for each, their tables, and the ways
// out; what is broken in red. First as a graph, then as SVG. Must not judge anything.
#pragma once

#include <string>
#include <vector>

#include "check.hpp"
#include "format.hpp"

namespace eni {

struct Picture {
    /// From left to right.
    enum class Column : std::uint8_t { interface, rule, table, way };

    struct Node {
        Column column = Column::interface;
        std::vector<std::string> lines;
        bool is_broken = false;
    };
    struct Edge {
        std::size_t from = 0, to = 0;  // indexes of nodes
        std::string ifname;            // whose packets go there; empty: no flow that was tried
        bool is_broken = false;
        bool is_missing = false;  // planned, and not in the kernel
    };

    std::string title;
    std::vector<Node> nodes;
    std::vector<Edge> edges;
    std::vector<std::string> ifnames;  // in the plan's order, for a colour each
};

/// `flows` are those of a check; `changes` tell what is missing.
Picture make_picture(const KernelSnapshot& kernel, const Plan& plan, const Changes& changes,
                     const TableNames& names, const std::vector<Flow>& flows);

/// An <svg> element that can stand in HTML, with no script and nothing from elsewhere.
std::string render_svg(const Picture& picture);

/// Text for HTML and SVG: & < > " escaped.
std::string escaped_markup(const std::string& text);

}  // namespace eni
