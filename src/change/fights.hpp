// Who undoes what we do, again and again: then we step back, instead of taking turns with him all
// day. Pure: the time is given to it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model.hpp"

namespace eni {

/// Since any fixed moment; never goes back.
using Time = std::chrono::milliseconds;

struct Fight {
    std::string ifname;   // may be empty
    std::string what;     // "ip rule add from 10.0.2.0/24 iif lo table 10001 priority 20101"
    std::string subject;  // subject_of(link, rule, route or address)
    std::string who;      // undid it the last time, as far as the kernel tells
    Time until{0};        // when it is tried again
};

/// Who undid a change of ours since it was made; empty: no program, the world has changed.
using Undoer = std::function<std::string(const std::string& subject)>;

/// A change that another program undoes three times within 10 s is left to it, and tried again once
/// a minute; after a minute without that it is forgotten.
class Fights {
  public:
    /// Takes out of `changes` what is left to others at the moment.
    void amend(Changes& changes, Time now) const;

    /// `changes` were made. Returns those that are a fight from now on.
    std::vector<Fight> made(const Changes& changes, const Undoer& undoer, Time now);

    /// All that go on.
    std::vector<Fight> all() const;

    /// When something has to be done about one of them: it is tried again, or is to be forgotten.
    std::optional<Time> next_due(Time now) const;

  private:
    struct Record {
        Fight fight;
        std::vector<Time> times;  // when it was made again, within the last 10 s
        bool is_fight = false;
    };

    void forget(Time now);

    std::map<std::string, Record> records_;  // by Fight::what
};

}  // namespace eni
