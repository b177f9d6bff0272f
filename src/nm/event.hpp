// The event edge: what NetworkManager's dispatcher says by arguments and environment, as an Event.
// An event is a reason to run, never a fact; only the lease's routers and which profile is active
// are found nowhere else. Must not act on it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "model.hpp"

namespace eni {

/// An action of an interface's that eni-routes acts on.
struct Event {
    std::string ifname;
    std::string action;  // pre-up, up, down, dhcp4-change, dhcp6-change or reapply
    /// From DHCP4_ROUTERS. It is absent at pre-up and down, and at an `up` that IPv6 was first to
    /// reach: missing is not removed.
    std::optional<Lease> lease;
    /// From CONNECTION_UUID; not at `down`, where it is the one that was active.
    std::optional<std::string> profile;
};

/// The value of an environment variable, or null: std::getenv.
using Environment = std::function<const char*(const char*)>;

/// Nothing for an action that is none of ours. Throws std::invalid_argument for an interface's name
/// that no interface of ours can have.
std::optional<Event> event_from(const std::string& ifname, const std::string& action,
                                const Environment& environment);

}  // namespace eni
