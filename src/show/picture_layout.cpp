// See picture_layout.hpp.
#include "picture_layout.hpp"

#include <algorithm>

#include "terminal.hpp"

namespace eni {

namespace {

using Stop = Picture::Stop;
using Lines = std::vector<std::string>;

constexpr double kColumnGap = 40, kNarrowGap = 24;  // between columns
constexpr double kAnswer = 23;                      // between the answers of one way
constexpr double kHeading = 24, kTitle = 28;

double box_width_of(const Lines& lines) {
    double width = 0;
    for (const std::string& line : lines) width = std::max(width, width_of(line));
    return width + 2 * kPadding;
}

double box_height_of(const Lines& lines) {
    return static_cast<double>(lines.size()) * kLine + kPadding;
}

// ---- Rows ---------------------------------------------------------------------------------------

/// An interface is as high as its addresses. Returns the height of all.
double arrange_requests(const Picture& picture, PictureLayout& layout) {
    layout.requests.resize(picture.requests.size());
    double y = 0;
    for (std::size_t i = 0; i < picture.interfaces.size(); ++i) {
        if (i > 0) y += kFar;
        const double top = y;
        for (std::size_t j = 0; j < picture.requests.size(); ++j) {
            if (picture.requests[j].interface != i) continue;
            if (y > top) y += kNear;
            layout.requests[j].y = y;
            layout.requests[j].height = box_height_of(picture.requests[j].lines);
            y += layout.requests[j].height;
        }
        const double missing =
            std::max(0.0, box_height_of(lines_of(picture.interfaces[i])) - (y - top));
        y += missing;
        layout.interfaces.push_back({0, top, 0, y - top});
    }
    return y;
}

/// A peer is as high as the ways to it.
double arrange_ways(const Picture& picture, PictureLayout& layout) {
    double y = 0;
    layout.peers.resize(picture.peers.size());
    for (std::size_t i = 0; i < picture.ways.size(); ++i) {
        const Picture::Way& way = picture.ways[i];
        if (i > 0) y += kFar;
        const double height =
            std::max(box_height_of(way.lines),
                     static_cast<double>(way.answers.size() + 1) * kAnswer - kNear);
        layout.ways.push_back({0, y, 0, height});
        y += height;
        Box& peer = layout.peers[way.peer];
        if (peer.height == 0) peer.y = layout.ways.back().y;
        peer.height = y - peer.y;
    }
    return y;
}

// ---- Columns ------------------------------------------------------------------------------------

double gap_for(double least, const Lines& words) {
    double gap = least;
    for (const std::string& word : words)
        if (!word.empty()) gap = std::max(gap, width_of(word) + 24);
    return gap;
}

Lines words_of(const Picture& picture, Stop stop) {
    Lines words;
    for (const Picture::Request& request : picture.requests)
        if (request.stop == stop) words.push_back(request.word);
    return words;
}

Lines words_of_answers(const Picture& picture) {
    Lines words;
    for (const Picture::Way& way : picture.ways)
        if (!way.is_none)
            for (const Picture::Answer& answer : way.answers) words.push_back(answer.word);
    return words;
}

template <class Item>
double widest(const std::vector<Item>& items, const std::string& heading) {
    double width = width_of(heading);
    for (const Item& item : items) width = std::max(width, box_width_of(item.lines));
    return width;
}

void place(std::vector<Box>& boxes, double x, double width) {
    for (Box& box : boxes) {
        box.x = x;
        box.width = width;
    }
}

/// The columns of the requests, from the client to the host; returns where the host's begins.
double place_requests(const Picture& picture, PictureLayout& layout, double gap) {
    double x = kMargin;
    layout.client.x = x;
    layout.client.width = box_width_of(Lines{"client"});
    x += layout.client.width + gap;
    place(layout.requests, x, widest(picture.requests, request_heading(picture)));
    x += widest(picture.requests, request_heading(picture)) +
         gap_for(gap, words_of(picture, Stop::at_interface));
    double width = width_of(kInterfaceHeading);
    for (const auto& interface : picture.interfaces)
        width = std::max(width, box_width_of(lines_of(interface)));
    place(layout.interfaces, x, width);
    return x + width + gap_for(gap, words_of(picture, Stop::at_host));
}

/// Those of the answers, from the host's right edge; returns where they end.
double place_ways(const Picture& picture, PictureLayout& layout, double x, double gap) {
    if (picture.ways.empty()) return x;
    x += gap;
    const double width = widest(picture.ways, kWayHeading);
    place(layout.ways, x, width);
    x += width + gap_for(gap, words_of_answers(picture));
    place(layout.peers, x, box_width_of(picture.peers));
    return x + box_width_of(picture.peers);
}

void move_down(std::vector<Box>& boxes, double by) {
    for (Box& box : boxes) box.y += by;
}

}  // namespace

double width_of(const std::string& text) {
    return static_cast<double>(visible(text).size()) * kCharacter;
}

Lines lines_of(const Picture::Interface& interface) {
    if (interface.is_managed) return {interface.ifname};
    return {interface.ifname, "unmanaged"};
}

std::string request_heading(const Picture& picture) {
    const bool has_public = std::any_of(
        picture.requests.begin(), picture.requests.end(),
        [](const auto& request) { return !request.is_rest && request.lines.size() > 1; });
    return has_public ? "Elastic IP" : "Address";
}

PictureLayout arranged(const Picture& picture, Form form) {
    PictureLayout layout;
    const bool is_narrow = form != Form::wide;
    const double top = kHeading + (form == Form::alone ? kTitle : 0);
    const double gap = is_narrow ? kNarrowGap : kColumnGap;
    const double left = arrange_requests(picture, layout), right = arrange_ways(picture, layout);
    const double height = is_narrow ? left : std::max(left, right);
    const double below = is_narrow ? left + kFar + kHeading : 0;  // the second half
    const double host = place_requests(picture, layout, gap);
    layout.client.y = top;
    layout.client.height = height;
    layout.host = {host, top, box_width_of(Lines{"host"}), height};
    layout.host_again = layout.host;
    if (is_narrow) layout.host_again = {kMargin, top + below, layout.host.width, right};
    move_down(layout.requests, top);
    move_down(layout.interfaces, top);
    move_down(layout.ways, top + below);
    move_down(layout.peers, top + below);
    const double end = place_ways(picture, layout, layout.host_again.right(), gap);
    layout.width = std::max(end, layout.host.right()) + kMargin;
    layout.height = picture.ways.empty() ? layout.host.bottom() : layout.host_again.bottom();
    return layout;
}

}  // namespace eni
