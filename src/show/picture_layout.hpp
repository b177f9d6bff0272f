// Where each part of a picture stands, in pixels: rows, then columns. Must not know colours or
// markup.
#pragma once

#include <string>
#include <vector>

#include "picture.hpp"

namespace eni {

// A monospace character of 12 px is 7.3 wide at most in the fonts that browsers take.
constexpr double kCharacter = 7.3, kLine = 16, kPadding = 9, kMargin = 12;
constexpr double kNear = 8, kFar = 18;  // between rows of one interface, and of two

struct Box {
    double x = 0, y = 0, width = 0, height = 0;

    double right() const { return x + width; }
    double bottom() const { return y + height; }
    double middle() const { return y + height / 2; }
};

/// A hub (the client, the host) is as high as what it is joined with, so that each line is
/// straight.
struct PictureLayout {
    Box client, host, host_again;  // in two halves the host stands in both
    std::vector<Box> requests, interfaces, ways, peers;
    double width = 0, height = 0;  // without a legend
};

PictureLayout arranged(const Picture& picture, Form form);

double width_of(const std::string& text);

/// What stands in the box of an interface, and above a column.
std::vector<std::string> lines_of(const Picture::Interface& interface);
std::string request_heading(const Picture& picture);
constexpr char kInterfaceHeading[] = "Interface";
constexpr char kWayHeading[] = "Leaves by";

}  // namespace eni
