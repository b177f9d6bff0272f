// What EC2's instance metadata (IMDS, version 2 only) says of this host's interfaces.
// Must not be used on the event path, nor while the lock is held: it may take seconds.
//
// A failed answer is not an empty one: of an interface there is a whole answer that agrees with
// itself, or none. What differs from what was known before is believed when it is said twice.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "config.hpp"
#include "model.hpp"

namespace eni {

struct MetadataQuestion {
    std::map<std::string, std::string> interfaces;  // MAC -> the name, for messages
    Enis known;                                     // as load_enis has them
    std::string new_interface;  // its MAC: for some seconds it is not listed, and is waited for
    std::chrono::milliseconds patience{10000};  // in all
};

struct MetadataAnswer {
    Enis enis;  // fresh
    struct Problem {
        std::string ifname;  // empty: about all
        std::string text;
    };
    std::vector<Problem> problems;  // what was not answered, and why
    bool is_there = false;          // something answered as EC2's metadata does
};

/// Each connection may take 1 s, each request 3 s, all of it `patience`; what fails is asked again
/// with growing pauses. Never throws for what the other side does.
MetadataAnswer gather_metadata(const Config& config, const MetadataQuestion& question);

}  // namespace eni
