// See ask_kernel.hpp.
#include "ask_kernel.hpp"

namespace eni {

AskKernel::AskKernel(const std::vector<Link>& links) : socket_(open_netlink()) {
    for (const Link& link : links) {
        names_[link.ifindex] = link.ifname;
        indexes_[link.ifname] = link.ifindex;
    }
}

RouteAnswer AskKernel::operator()(const RouteQuery& query) const {
    RouteAnswer answer;
    const NetlinkMessage question = route_query_message(query, indexes_);
    const Ack ack =
        ask(socket_.get(), question.get(), "question by which way a packet goes",
            [&](const nlmsghdr& message) { answer = route_answer_from(message, names_); });
    if (ack.error != 0) answer.error = ack.error;
    return answer;
}

}  // namespace eni
