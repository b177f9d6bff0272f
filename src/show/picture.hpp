// The picture of a check: a client's requests to each address, the interface that they come in by,
// the host, and the way of the answers back; what is lost in red. First what is to be seen
// (picture.cpp), then as SVG (svg.cpp). Must not judge anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "check.hpp"

namespace eni {

struct Picture {
    /// What becomes of it. `accepted`: it is lost, and by `check: {accept}` that is to stay so.
    enum class Fate : std::uint8_t { arrives, accepted, lost };
    /// Where a request ends that never gets to the host.
    enum class Stop : std::uint8_t { none, at_interface, at_host };

    struct Interface {
        std::string ifname;
        bool is_managed = true;
    };
    struct Request {
        std::size_t interface = 0;       // an index
        std::vector<std::string> lines;  // the Elastic IP and the address; of a rest how many
        bool is_rest = false;            // stands for those that are not shown
        Fate fate = Fate::arrives;       // of the request or of its answer
        Stop stop = Stop::none;
        std::string word;  // why it stops
    };
    struct Answer {
        std::size_t interface = 0;  // of the request
        Fate fate = Fate::arrives;
        std::string word;  // why it is lost
    };
    /// An interface and a gateway by which answers leave, or should; or that there is none.
    struct Way {
        std::vector<std::string> lines;
        std::size_t peer = 0;  // an index
        bool is_none = false;
        std::vector<Answer> answers;
    };

    std::string title;
    std::vector<Interface> interfaces;
    std::vector<Request> requests;   // in the order of their interfaces
    std::vector<Way> ways;           // in the order of their peers
    std::vector<std::string> peers;  // to whom answers go: "client", "neighbours in 10.0.2.0/24"
    std::string rest;                // "3 more interfaces are in order"; empty: all are shown
};

/// Whether what is lost of an interface is to stay so: each finding that it may come from is
/// accepted.
bool is_loss_accepted(const CheckResult& result, const std::string& ifname);

/// Of each interface it shows a few addresses, those that are lost first.
Picture make_picture(const CheckResult& result);

/// In a page, which has the title itself, the halves stand side by side or, for a narrow window,
/// one above the other. `alone` is for a file of its own: with the title, and as narrow, as it may
/// be seen on a telephone.
enum class Form : std::uint8_t { alone, wide, narrow };

/// An <svg> element: with no script and nothing from elsewhere, and readable on any background.
/// Each shape has a class, so that a page can give it other colours; `alone` has a style sheet for
/// dark ones, of which each selector begins with a class of its own.
std::string render_svg(const Picture& picture, Form form = Form::alone);

}  // namespace eni
