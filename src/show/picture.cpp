// See picture.hpp. Says what is to be seen; how it is drawn is svg.cpp's business.
#include "picture.hpp"

#include <algorithm>
#include <map>

namespace eni {

namespace {

using Fate = Picture::Fate;
using Stop = Picture::Stop;

constexpr std::size_t kInterfaces = 15;  // that are shown
constexpr std::size_t kFew = 4;          // of so many there is room for four addresses each

/// Whom an Elastic IP is for.
constexpr char kClient[] = "client";

std::string counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// Whether it leaves by an interface of EC2's, which drops what is sent from another one's address.
bool is_dropped_by_ec2(const CheckResult& result, const Flow& flow) {
    return std::any_of(result.interfaces.begin(), result.interfaces.end(),
                       [&](const CheckedInterface& interface) {
                           return interface.is_managed && interface.ifname == flow.out.ifname;
                       });
}

std::string word_for(const CheckResult& result, const Flow& flow) {
    switch (flow.fault) {
        case Fault::none:
            return "";
        case Fault::no_address:
            return "no address";
        case Fault::link_down:
            return "link down";
        case Fault::no_carrier:
            return "no carrier";
        case Fault::silent_gateway:
            return "silent gateway";
        case Fault::no_way:
            return "no way";
        case Fault::wrong_link:
            return flow.ifname + (is_dropped_by_ec2(result, flow)
                                      ? ": EC2 drops it"
                                      : ": leaves by " + flow.out.ifname);
        case Fault::wrong_gateway:
            return "wrong gateway";
        case Fault::refused:
            return flow.is_dropped_by_rp_filter ? "dropped by rp_filter" : "refused";
    }
    return "";
}

Stop stop_of(const Flow& flow) {
    switch (flow.fault) {
        case Fault::no_address:
        case Fault::link_down:
        case Fault::no_carrier:
            return Stop::at_interface;
        case Fault::refused:
            return Stop::at_host;
        default:
            return Stop::none;
    }
}

/// A picture in the making.
struct Draft {
    const CheckResult& result;
    /// By interface and address.
    std::multimap<std::pair<std::string, IpAddress>, const Flow*> flows;
    std::size_t addresses = 0, lost = 0, accepted = 0;
    /// Where clients on the internet get no answer, only that is shown; how many others are lost.
    bool is_of_internet = false;
    std::size_t lost_within = 0;
    Picture picture;
};

void index_flows(Draft& draft) {
    for (const Flow& flow : draft.result.flows) {
        if (flow.kind != FlowKind::bound) continue;
        std::vector<IpAddress> locals = flow.locals;
        if (locals.empty() && flow.local) locals = {*flow.local};
        for (const IpAddress& local : locals)
            draft.flows.emplace(std::pair(flow.ifname, local), &flow);
    }
}

/// The flow of an address with the internet, and the first that is lost.
struct FlowsOfAddress {
    const Flow* with_internet = nullptr;
    const Flow* lost = nullptr;

    bool is_lost_within() const {
        return with_internet != nullptr && with_internet->fault == Fault::none && lost != nullptr;
    }
};

FlowsOfAddress flows_of(const Draft& draft, const std::string& ifname, const IpAddress& address) {
    const auto [first, last] = draft.flows.equal_range({ifname, address});
    FlowsOfAddress flows;
    for (auto entry = first; entry != last; ++entry) {
        const Flow* flow = entry->second;
        if (flow->peer.is_internet && flows.with_internet == nullptr) flows.with_internet = flow;
        if (flow->fault != Fault::none && flows.lost == nullptr) flows.lost = flow;
    }
    return flows;
}

/// Those to show: that with the internet, and where it is in order, the first that is not.
std::vector<const Flow*> flows_to_show(const Draft& draft, const FlowsOfAddress& flows) {
    std::vector<const Flow*> shown;
    if (flows.with_internet != nullptr) shown.push_back(flows.with_internet);
    if (flows.with_internet == nullptr ? flows.lost != nullptr
                                       : flows.is_lost_within() && !draft.is_of_internet)
        shown.push_back(flows.lost);
    return shown;
}

/// Whether the picture shows it as lost.
bool is_seen_as_lost(const Draft& draft, const std::string& ifname, const CheckedAddress& address) {
    if (!address.is_lost) return false;
    return !draft.is_of_internet || !flows_of(draft, ifname, address.address).is_lost_within();
}

std::size_t peer_named(Picture& picture, const Flow& flow) {
    const std::string name = flow.peer.is_internet ? kClient : flow.peer.name;
    const auto found = std::find(picture.peers.begin(), picture.peers.end(), name);
    const auto index = static_cast<std::size_t>(found - picture.peers.begin());
    if (found == picture.peers.end()) picture.peers.push_back(name);
    return index;
}

Picture::Way way_of(const Flow& flow, std::size_t peer) {
    Picture::Way way;
    way.peer = peer;
    way.is_none = flow.fault == Fault::no_way;
    if (way.is_none)
        way.lines = {"no way"};
    else
        way.lines = {flow.out.ifname,
                     flow.out.gateway ? "via " + flow.out.gateway->to_string() : "directly"};
    return way;
}

/// Each way once, and each answer once on it.
void add_answer(Picture& picture, const Flow& flow, const Picture::Answer& answer) {
    const Picture::Way way = way_of(flow, peer_named(picture, flow));
    auto known = std::find_if(picture.ways.begin(), picture.ways.end(), [&](const auto& other) {
        return other.peer == way.peer && other.lines == way.lines;
    });
    if (known == picture.ways.end()) known = picture.ways.insert(known, way);
    const bool is_known =
        std::any_of(known->answers.begin(), known->answers.end(), [&](const auto& other) {
            return other.interface == answer.interface && other.fate == answer.fate &&
                   other.word == answer.word;
        });
    if (!is_known) known->answers.push_back(answer);
}

void add_address(Draft& draft, std::size_t interface, const CheckedAddress& address, Fate fate) {
    const std::string& ifname = draft.picture.interfaces[interface].ifname;
    Picture::Request request;
    request.interface = interface;
    request.fate = fate;
    if (address.public_address) request.lines.push_back(address.public_address->to_string());
    request.lines.push_back(address.address.to_string());
    const auto flows = flows_to_show(draft, flows_of(draft, ifname, address.address));
    for (const Flow* flow : flows) {
        const Stop stop = stop_of(*flow);
        if (stop != Stop::none && request.stop == Stop::none) {
            request.stop = stop;
            request.word = word_for(draft.result, *flow);
        }
        if (stop != Stop::none) continue;
        const Fate of_answer = flow->fault == Fault::none ? Fate::arrives : fate;
        add_answer(draft.picture, *flow, {interface, of_answer, word_for(draft.result, *flow)});
    }
    if (flows.empty() && fate != Fate::arrives) {  // judged by something else than a flow
        request.stop = Stop::at_host;
        request.word = "lost";
    }
    draft.picture.requests.push_back(request);
}

bool has_loss(const CheckedInterface& interface) {
    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [](const CheckedAddress& address) { return address.is_lost; });
}

/// How many addresses of it are shown, where so many interfaces are.
std::size_t room_for(const CheckedInterface& interface, std::size_t interfaces) {
    const std::size_t room = interfaces <= kFew ? 4 : has_loss(interface) ? 2 : 1;
    return std::min(room, interface.addresses.size());
}

void add_interface(Draft& draft, const CheckedInterface& interface, std::size_t shown) {
    const std::size_t index = draft.picture.interfaces.size(), all = interface.addresses.size();
    draft.picture.interfaces.push_back({interface.ifname, interface.is_managed});
    const Fate loss =
        is_loss_accepted(draft.result, interface.ifname) ? Fate::accepted : Fate::lost;
    std::vector<CheckedAddress> addresses = interface.addresses;
    const auto is_lost = [&](const CheckedAddress& address) {
        return is_seen_as_lost(draft, interface.ifname, address);
    };
    std::stable_partition(addresses.begin(), addresses.end(), is_lost);
    for (std::size_t i = 0; i < shown; ++i)
        add_address(draft, index, addresses[i], is_lost(addresses[i]) ? loss : Fate::arrives);
    if (shown == all && shown > 0) return;
    Picture::Request rest;
    rest.interface = index;
    rest.is_rest = true;
    rest.lines = {shown == 0 ? "no address" : "and " + std::to_string(all - shown) + " more"};
    draft.picture.requests.push_back(rest);
}

/// Where there are too many, those with nothing lost are left out first.
std::vector<const CheckedInterface*> interfaces_to_show(const CheckResult& result) {
    std::vector<const CheckedInterface*> shown;
    for (const CheckedInterface& interface : result.interfaces) shown.push_back(&interface);
    for (std::size_t i = shown.size(); i > 0 && shown.size() > kInterfaces; --i)
        if (!has_loss(*shown[i - 1])) shown.erase(shown.begin() + static_cast<long>(i) - 1);
    if (shown.size() > kInterfaces) shown.resize(kInterfaces);
    return shown;
}

void count_losses(Draft& draft) {
    for (const Flow& flow : draft.result.flows)
        if (flow.kind == FlowKind::bound && flow.peer.is_internet && flow.fault != Fault::none &&
            !is_loss_accepted(draft.result, flow.ifname))
            draft.is_of_internet = true;
    for (const CheckedInterface& interface : draft.result.interfaces) {
        const bool is_accepted = is_loss_accepted(draft.result, interface.ifname);
        for (const CheckedAddress& address : interface.addresses) {
            ++draft.addresses;
            if (is_seen_as_lost(draft, interface.ifname, address))
                ++(is_accepted ? draft.accepted : draft.lost);
            else if (address.is_lost)
                ++draft.lost_within;
        }
    }
}

/// Where nothing was asked nothing is claimed.
std::string title_without_flows(const CheckResult& result) {
    const auto managed =
        std::count_if(result.interfaces.begin(), result.interfaces.end(),
                      [](const CheckedInterface& interface) { return interface.is_managed; });
    return managed < 2 ? "Fewer than two interfaces are managed: there is nothing to separate"
                       : "No address was judged";
}

std::string title_of(const Draft& draft) {
    if (draft.lost > 0)
        return std::to_string(draft.lost) + " of " +
               counted(draft.addresses, "address is lost",
                       draft.lost == 1 ? "addresses is lost" : "addresses are lost") +
               (draft.lost_within == 0
                    ? ""
                    : ", and " + std::to_string(draft.lost_within) + " more within the VPC");
    if (draft.accepted > 0)
        return "Every address would be routed by its own interface, but for " +
               counted(draft.accepted, "that is", "that are") + " accepted as lost";
    if (draft.result.flows.empty()) return title_without_flows(draft.result);
    return "Every address would be routed by its own interface";
}

/// An interface by which an answer should leave and none does has its place, too: the picture of
/// the repaired host is the same but for its lines.
void add_unused_ways(Picture& picture) {
    std::vector<Picture::Way> unused;
    const auto is_there = [](const std::vector<Picture::Way>& ways, const Picture::Way& wanted) {
        return std::any_of(ways.begin(), ways.end(), [&](const Picture::Way& way) {
            return way.peer == wanted.peer && way.lines[0] == wanted.lines[0];
        });
    };
    for (const Picture::Way& way : picture.ways)
        for (const Picture::Answer& answer : way.answers) {
            if (way.is_none || answer.fate == Fate::arrives) continue;
            const std::string& ifname = picture.interfaces[answer.interface].ifname;
            const Picture::Way wanted{{ifname, "no answer"}, way.peer, false, {}};
            if (!is_there(picture.ways, wanted) && !is_there(unused, wanted))
                unused.push_back(wanted);
        }
    picture.ways.insert(picture.ways.end(), unused.begin(), unused.end());
}

}  // namespace

bool is_loss_accepted(const CheckResult& result, const std::string& ifname) {
    std::size_t accepted = 0;
    for (const Finding& finding : result.findings) {
        if (finding.grade != Grade::broken) continue;
        if (!finding.ifname.empty() && finding.ifname != ifname) continue;
        if (!finding.is_accepted) return false;
        ++accepted;
    }
    return accepted > 0;
}

Picture make_picture(const CheckResult& result) {
    Draft draft{result, {}, 0, 0, 0, false, 0, {}};
    index_flows(draft);
    count_losses(draft);
    draft.picture.title = title_of(draft);
    const auto shown = interfaces_to_show(result);
    for (const CheckedInterface* interface : shown)
        add_interface(draft, *interface, room_for(*interface, shown.size()));
    add_unused_ways(draft.picture);
    std::stable_sort(draft.picture.ways.begin(), draft.picture.ways.end(),
                     [](const auto& a, const auto& b) { return a.peer < b.peer; });
    if (const std::size_t left = result.interfaces.size() - shown.size(); left > 0)
        draft.picture.rest = "and " + counted(left, "more interface", "more interfaces");
    return draft.picture;
}

}  // namespace eni
