// See yaml_tree.hpp: what is wrong with a text. Must not need yaml-cpp, which an event does not
// load.
#include <algorithm>
#include <cstddef>

#include "text.hpp"
#include "yaml_tree.hpp"

namespace eni {

namespace {

constexpr std::size_t kMaxEcho = 200;      // characters of a line in an error
constexpr std::size_t kMaxQuotation = 60;  // characters of a value in an error

/// "      3 |   inclde: [eth0]", and the caret below. Of a long line a window around the caret.
std::string excerpt(const std::string& line, int number, std::size_t column) {
    const bool is_cut = line.size() > kMaxEcho && column > kMaxEcho * 3 / 4;
    const std::size_t start = is_cut ? column - kMaxEcho / 2 : 0;
    const std::string before = is_cut ? "..." : "";
    const std::string after = line.size() > start + kMaxEcho ? "..." : "";
    const std::string margin = std::to_string(number);
    return "\n" + std::string(7 - std::min<std::size_t>(margin.size(), 7), ' ') + margin + " | " +
           before + printable(line.substr(start, kMaxEcho)) + after + "\n" + "        | " +
           std::string(before.size() + column - start, ' ') + "^";
}

std::string instead_of_it(const Node& value) {
    switch (value.kind) {
        case Node::Kind::nothing:
            return ", but nothing is given";
        case Node::Kind::scalar:
            return ", not " + quoted(value.text);
        case Node::Kind::list:
            return ", not a list";
        case Node::Kind::mapping:
            return ", not a mapping";
    }
    return "";
}

}  // namespace

std::string Diagnostics::line(const Place& place) const {
    const auto index = static_cast<std::size_t>(place.line);
    return index < lines_.size() ? lines_[index] : "";
}

void Diagnostics::add(const Place& place, const std::string& words) {
    const auto column = std::min(static_cast<std::size_t>(place.column), line(place).size());
    text_ += (text_.empty() ? "" : "\n") + path_ + ":" + std::to_string(place.line + 1) + ":" +
             std::to_string(column + 1) + ": " + words +
             excerpt(line(place), place.line + 1, column);
}

void Diagnostics::add(const Node& key, const Node& value, const std::string& expected) {
    add((value.kind == Node::Kind::nothing ? key : value).place,
        printable(key.text) + " must be " + expected + instead_of_it(value));
}

std::string quoted(const std::string& text) {
    return "'" + printable(text.substr(0, kMaxQuotation)) +
           (text.size() > kMaxQuotation ? "...'" : "'");
}

}  // namespace eni
