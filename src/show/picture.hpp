// The picture of a host: its interfaces, the rules that decide for each, their tables, and the ways
// out; what is broken in red. First as a graph (picture.cpp), then as SVG (svg.cpp). Must not judge
// anything.
#pragma once

#include <string>
#include <vector>

#include "flows.hpp"
#include "format.hpp"

namespace eni {

struct Picture {
    /// From left to right; an edge leads to the next column.
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
    std::vector<Node> nodes;  // those of a column from top to bottom
    std::vector<Edge> edges;
    std::vector<std::string> ifnames;  // in the plan's order, for a colour each
};

/// `flows` are those of a check; `changes` tell what is missing.
Picture make_picture(const KernelSnapshot& kernel, const Plan& plan, const Changes& changes,
                     const TableNames& names, const std::vector<Flow>& flows);

/// An <svg> element that can be a file of its own or stand in HTML: with no script, no style sheet
/// and nothing from elsewhere, and readable on any background.
std::string render_svg(const Picture& picture);

}  // namespace eni
