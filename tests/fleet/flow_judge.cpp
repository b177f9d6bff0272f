// See flow_judge.hpp.
#include "flow_judge.hpp"

#include <set>

#include "lookup.hpp"
#include "plain_walk.hpp"

namespace eni {

namespace {

constexpr std::size_t kMostAddresses = 4;  // of an interface; others are treated as these

/// Where an answer has to go.
struct Expected {
    std::string ifname;
    std::optional<IpAddress> gateway;
    bool is_gateway_known = false;
};

class FlowJudge {
  public:
    FlowJudge(const MadeHost& host, const Plan& plan, const KernelSnapshot& after, Verdict& verdict)
        : host_(host),
          plan_(plan),
          verdict_(verdict),
          before_(host.pristine.kernel),
          after_(after),
          lookup_(after) {
        for (const InterfacePlan& each : plan.interfaces) managed_.insert(each.ifname);
    }

    void run() {
        for (const std::string& ifname : managed_) judge_interface(*host_.interface(ifname));
        for (const IpAddress& peer : host_.peers) stays({peer, std::nullopt, ""}, "unbound");
        for (const MadeHost::Guest& guest : host_.guests) judge_guest(guest);
    }

  private:
    void judge_interface(const TrueInterface& interface);
    void judge_reply(const TrueInterface& interface, const IpAddress& own, const IpAddress& peer);
    void judge_guest(const MadeHost::Guest& guest);
    std::optional<Expected> expected(const TrueInterface& interface, const IpAddress& own,
                                     const IpAddress& peer) const;
    bool is_for_certain(const Rule& rule) const;
    const Rule* certain_rule(const RouteQuery& query) const;
    bool is_anyones(const MadeHost::Guest& guest) const;
    void stays(const RouteQuery& query, const char* what);
    PlainWay way(const RouteQuery& query);
    void violated(const std::string& what, const RouteQuery& query, const PlainWay& way,
                  const std::string& wanted);

    const MadeHost& host_;
    const Plan& plan_;
    Verdict& verdict_;
    std::set<std::string> managed_;
    PlainWalk before_, after_;
    Lookup lookup_;
};

void FlowJudge::violated(const std::string& what, const RouteQuery& query, const PlainWay& way,
                         const std::string& wanted) {
    std::string text =
        what + ": " + (query.src ? query.src->to_string() : "any") + " to " + query.dst.to_string();
    if (!query.iif.empty()) text += " in by " + query.iif;
    text += " leaves by " + (way.is_refused ? "none" : way.is_local ? "this host" : way.ifname);
    if (way.gateway) text += " via " + way.gateway->to_string();
    verdict_.violations.push_back(text + ", not by " + wanted);
}

/// By both walks, which have to agree.
PlainWay FlowJudge::way(const RouteQuery& query) {
    const PlainWay plain = after_.way(query);
    const RouteAnswer answer = lookup_.way(query);
    const bool agrees = plain.is_refused ? answer.error != 0
                                         : answer.error == 0 && plain.ifname == answer.ifname &&
                                               plain.gateway == answer.gateway;
    if (!agrees && !plain.is_local)
        violated("the two walks agree", query, plain, "the program's: " + answer.ifname);
    ++verdict_.flows;
    return plain;
}

/// Another program's, and not for each packet that this host sends.
bool FlowJudge::is_for_certain(const Rule& rule) const {
    return !rule.is_inverted && (rule.from || rule.to || rule.fwmark != 0 || rule.users);
}

/// The first of these that a packet meets; null: none.
const Rule* FlowJudge::certain_rule(const RouteQuery& query) const {
    const Rule* first = nullptr;
    for (const Rule& rule : host_.pristine.kernel.rules) {
        const bool fits = rule.family == query.family() && is_for_certain(rule) &&
                          (!rule.from || rule.from->contains(*query.src)) &&
                          (!rule.to || rule.to->contains(query.dst)) && rule.fwmark == 0 &&
                          !rule.users;
        if (fits && (first == nullptr || rule.priority < first->priority)) first = &rule;
    }
    return first;
}

/// As main says, unless main would send it out of a managed interface or by a default: then by the
/// address's own. Nothing: there is no telling.
std::optional<Expected> FlowJudge::expected(const TrueInterface& interface, const IpAddress& own,
                                            const IpAddress& peer) const {
    const Route* main = before_.route(kTableMain, peer);
    const bool is_everything = main == nullptr || main->dst.length() <= 3;
    const bool is_managed =
        is_everything || (!main->hops.empty() && managed_.count(main->hops[0].ifname) != 0);
    const Rule* certain = certain_rule({peer, own, ""});
    if (!is_managed) {
        if (certain != nullptr || main->hops.empty()) return std::nullopt;
        return Expected{main->hops[0].ifname, std::nullopt, false};
    }
    if (certain != nullptr && certain->to) return std::nullopt;
    Expected expected{interface.ifname, std::nullopt, certain == nullptr};
    // What main has through the interface, its own table has.
    const Route* own_route = nullptr;
    for (const Route& route : host_.pristine.kernel.routes)
        if (route.table == kTableMain && route.dst.length() > 3 && route.dst.contains(peer) &&
            !route.hops.empty() && route.hops[0].ifname == interface.ifname &&
            (own_route == nullptr || route.dst.length() > own_route->dst.length()))
            own_route = &route;
    if (own_route != nullptr) {
        expected.gateway = own_route->hops[0].gateway;
        return expected;
    }
    expected.gateway = own.family() == Family::v4 ? interface.router4 : interface.router6;
    if (!expected.gateway) return std::nullopt;
    return expected;
}

void FlowJudge::judge_reply(const TrueInterface& interface, const IpAddress& own,
                            const IpAddress& peer) {
    const auto wanted = expected(interface, own, peer);
    const RouteQuery query{peer, own, ""};
    const PlainWay seen = way(query);
    if (!wanted) return;
    const std::string by =
        wanted->ifname +
        (wanted->is_gateway_known && wanted->gateway ? " via " + wanted->gateway->to_string() : "");
    if (seen.is_refused || seen.is_local || seen.ifname != wanted->ifname ||
        (wanted->is_gateway_known && seen.gateway != wanted->gateway)) {
        violated("an answer leaves by its interface", query, seen, by);
        return;
    }
    const RouteQuery arriving{own, peer, wanted->ifname};
    const RouteAnswer answer = lookup_.answer(arriving);
    if (answer.error != 0 || !answer.is_local())
        violated("a request is accepted", arriving, after_.way(arriving),
                 "error " + std::to_string(answer.error));
}

void FlowJudge::judge_interface(const TrueInterface& interface) {
    std::vector<IpAddress> addresses = interface.addresses;
    if (addresses.size() > kMostAddresses)
        addresses.erase(addresses.begin() + 2, addresses.end() - 2);
    for (const Planned<Address>& added : plan_.addresses)
        if (added.ifname == interface.ifname && addresses.size() < 2 * kMostAddresses)
            addresses.push_back(added.object.address);
    for (const IpAddress& own : addresses)
        for (const IpAddress& peer : host_.peers)
            if (peer.family() == own.family()) judge_reply(interface, own, peer);
}

/// As without eni-routes; but another's rule for all packets comes after ours, wherever it stands.
void FlowJudge::stays(const RouteQuery& query, const char* what) {
    const PlainWay then = before_.way(query), now = way(query);
    if (then.rule != nullptr && number(then.rule->priority) >= host_.config.priority_base &&
        number(then.rule->priority) < 32766)
        return;
    if (then.is_refused != now.is_refused || then.is_local != now.is_local ||
        then.ifname != now.ifname || then.gateway != now.gateway)
        violated(std::string(what) + " goes as before", query, now, then.ifname);
}

/// Basic mode has no `iif lo`: a guest that has an address of a managed interface's subnet leaves
/// by that one, unless the interface forwards for its neighbours.
bool FlowJudge::is_anyones(const MadeHost::Guest& guest) const {
    const bool is_neighbour = managed_.count(guest.bridge) != 0;
    if (!plan_.is_basic || (is_neighbour && host_.config.match != Match::subnet)) return false;
    for (const InterfacePlan& each : plan_.interfaces)
        for (const Prefix& subnet : each.subnets)
            if (subnet.contains(guest.address)) return true;
    return false;
}

void FlowJudge::judge_guest(const MadeHost::Guest& guest) {
    for (const IpAddress& peer : host_.peers) {
        if (peer.family() != guest.address.family()) continue;
        const RouteQuery query{peer, guest.address, guest.bridge};
        const TrueInterface* by = host_.interface(guest.leaves_by);
        if (by == nullptr || managed_.count(by->ifname) == 0) {
            if (!is_anyones(guest)) stays(query, "what is forwarded");
            continue;
        }
        const auto wanted = expected(*by, guest.address, peer);
        const PlainWay seen = way(query);
        if (wanted && seen.ifname != wanted->ifname)
            violated("a guest's packet leaves by its prefix's interface", query, seen,
                     wanted->ifname);
    }
}

}  // namespace

void judge_flows(const MadeHost& host, const Plan& plan, const KernelSnapshot& after,
                 Verdict& verdict) {
    FlowJudge(host, plan, after, verdict).run();
}

}  // namespace eni
