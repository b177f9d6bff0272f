// See host_metadata.hpp.
#include "host_metadata.hpp"

#include <stdexcept>

#include "gather_kernel.hpp"
#include "gather_metadata.hpp"
#include "interfaces.hpp"
#include "metadata_file.hpp"
#include "socket.hpp"

namespace eni {

namespace {

MetadataQuestion question_about(const Config& config, const std::vector<Link>& links,
                                const std::string& new_interface) {
    MetadataQuestion question;
    for (const Link& link : links)
        if (link.ethernet && !link.mac.empty() && is_included(config, link.ifname))
            question.interfaces[link.mac] = link.ifname;
    for (const Link& link : links)
        if (link.ifname == new_interface) question.new_interface = link.mac;
    try {
        question.known = load_enis("");
    } catch (const std::runtime_error&) {  // the run says so, when it reads it
    }
    return question;
}

}  // namespace

HostMetadata gather_host_metadata(const Config& config, std::chrono::milliseconds patience,
                                  const std::string& new_interface) {
    HostMetadata result;
    if (config.imds == Imds::off) return result;
    MetadataQuestion question =
        question_about(config, gather_links(open_netlink().get()), new_interface);
    question.patience = patience;
    MetadataAnswer answer = gather_metadata(config, question);
    result.enis = std::move(answer.enis);
    const bool is_elsewhere = !answer.is_there && question.known.empty();
    if (is_elsewhere && config.imds != Imds::require) return result;
    for (const auto& [ifname, text] : answer.problems)
        result.notes.push_back({Severity::warning, ifname,
                                "EC2's metadata: " + text + "; what is known stays as it is",
                                "metadata-unanswered"});
    return result;
}

}  // namespace eni
