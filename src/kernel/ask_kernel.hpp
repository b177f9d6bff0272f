// Asks the kernel itself by which way a packet goes: RTM_GETROUTE, for what this host sends and for
// what comes in (and is then checked by rp_filter). Must not decide what the answer means.
#pragma once

#include <vector>

#include "lookup.hpp"
#include "read_messages.hpp"
#include "socket.hpp"
#include "write_messages.hpp"

namespace eni {

/// A way that does not exist is an answer with an error (errno): ENETUNREACH and EHOSTUNREACH for
/// no route, EACCES for a prohibit, EINVAL for a blackhole; for what comes in by an interface EXDEV
/// where rp_filter drops it, which Linux 6.18 calls EINVAL too.
class AskKernel {
  public:
    /// `links` are those of the snapshot. Throws std::runtime_error.
    explicit AskKernel(const std::vector<Link>& links);

    /// Throws std::system_error where the socket fails, or an interface of the query's is not a
    /// link.
    RouteAnswer operator()(const RouteQuery& query) const;

  private:
    NetlinkSocket socket_;
    LinkNames names_;
    LinkIndexes indexes_;
};

}  // namespace eni
