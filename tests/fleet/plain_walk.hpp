// What the kernel does with a packet, worked out anew and as plainly as can be: each rule is asked,
// each route of its table is looked at. By it the program's own walk (lookup.hpp) and the plans are
// judged. Must not use lookup.hpp, nor anything that has an index.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model.hpp"
#include "packet.hpp"

namespace eni {

/// Where it goes: a link and a gateway; or nowhere; or to this host.
struct PlainWay {
    bool is_refused = false;  // or there is no way
    bool is_local = false;
    std::string ifname;
    std::optional<IpAddress> gateway;
    const Rule* rule = nullptr;  // that decided
};

class PlainWalk {
  public:
    explicit PlainWalk(const KernelSnapshot& kernel);

    PlainWay way(const RouteQuery& query) const;
    /// The route of a table to an address; null where it has none.
    const Route* route(TableId table, const IpAddress& dst) const;

  private:
    bool matches(const Rule& rule, const RouteQuery& query) const;
    bool passes_over(const Rule& rule, const Route& route) const;

    const KernelSnapshot& kernel_;
    using Rules = std::map<std::uint32_t, std::vector<const Rule*>>;  // by priority, as added

    Rules rules4_, rules6_;
    std::map<TableId, std::vector<const Route*>> tables_;
};

}  // namespace eni
