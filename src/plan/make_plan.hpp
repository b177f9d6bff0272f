// The policy: what rules, routes and names a host with these facts should have. Pure.
//
//   An interface's own table holds what main has through that interface, and a default by its own
//   gateway. What is sent from one of its addresses goes as main says, unless main would send it
//   out of an ENI or by a default: then as that interface's own table says.
#pragma once

#include "config.hpp"
#include "model.hpp"

namespace eni {

/// What becomes of the names and files of an interface that is not on the machine at the moment:
/// an event keeps them (it may only be late), `regenerate` forgets them.
enum class Absent : std::uint8_t { keep, forget };

/// The same facts give the same plan, in whatever order the kernel listed them.
Plan make_plan(const Facts& facts, const Config& config, Absent absent);

}  // namespace eni
