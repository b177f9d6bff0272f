// See gather_metadata.hpp. What is asked for an interface, what of it is taken, and asking until it
// can be believed; how it is asked is http.hpp's business.
#include "gather_metadata.hpp"

#include <memory>
#include <set>
#include <thread>
#include <utility>

#include "http.hpp"
#include "metadata.hpp"
#include "names.hpp"
#include "text.hpp"

namespace eni {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFirstPause{100};

constexpr char kMacs[] = "/latest/meta-data/network/interfaces/macs/";

// ---- What is said -------------------------------------------------------------------------------

/// An answer that cannot be used: about this key, for this reason.
struct Unusable {
    std::string key;
    std::string why;
};

template <class T>
std::vector<T> list_from(const std::string& key, const std::string& body) {
    std::vector<T> values;
    for (const std::string& line : lines_of(body)) {
        const auto value = T::parse(line);
        if (!value) throw Unusable{key, "the answer makes no sense"};
        values.push_back(*value);
    }
    return values;
}

std::uint32_t whole_from(const std::string& key, const std::string& body) {
    const auto value = number_from(body);
    if (!value) throw Unusable{key, "the answer makes no sense"};
    return *value;
}

/// The keys of an interface that are of use, and where what they say belongs.
using Take = void (*)(Eni& eni, const std::string& key, const std::string& body);

template <std::uint32_t Eni::*Member>
void take_number(Eni& eni, const std::string& key, const std::string& body) {
    eni.*Member = whole_from(key, body);
}

template <class T, std::vector<T> Eni::*Member>
void take_list(Eni& eni, const std::string& key, const std::string& body) {
    const std::vector<T> values = list_from<T>(key, body);
    (eni.*Member).insert((eni.*Member).end(), values.begin(), values.end());
}

constexpr std::pair<const char*, Take> kKeys[] = {
    {"device-number", take_number<&Eni::device_number>},
    {"network-card", take_number<&Eni::network_card>},
    {"local-ipv4s", take_list<IpAddress, &Eni::addresses>},
    {"ipv6s", take_list<IpAddress, &Eni::addresses>},
    {"ipv4-prefix", take_list<Prefix, &Eni::delegated>},
    {"ipv6-prefix", take_list<Prefix, &Eni::delegated>},
    {"subnet-ipv4-cidr-block", take_list<Prefix, &Eni::subnets>},
    {"subnet-ipv6-cidr-blocks", take_list<Prefix, &Eni::subnets>},
    {"vpc-ipv4-cidr-blocks", take_list<Prefix, &Eni::vpc_blocks>},
    {"vpc-ipv6-cidr-blocks", take_list<Prefix, &Eni::vpc_blocks>},
};
constexpr char kAssociations[] = "ipv4-associations/";

/// The listing is sorted; one that is cut off lacks the last of these.
void require_whole_listing(const std::set<std::string>& listed) {
    if (listed.count("device-number") == 0 || listed.count("vpc-ipv4-cidr-blocks") == 0)
        throw Unusable{"", "the listing of its keys is not whole"};
    if (listed.count("subnet-ipv4-cidr-block") + listed.count("subnet-ipv6-cidr-blocks") == 0)
        throw Unusable{"", "it has no subnet yet"};
}

/// The bodies of `keys` below `path`. Only what is listed is asked for: all of it must be there.
std::vector<std::string> bodies_of(HttpSession& session, const std::string& path,
                                   const std::vector<std::string>& keys) {
    std::vector<std::string> paths;
    for (const std::string& key : keys) paths.push_back(path + key);
    const std::vector<Reply> replies = session.get(paths);
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!replies[i].is_good()) throw Unusable{keys[i], replies[i].failure};
        bodies.push_back(replies[i].body);
    }
    return bodies;
}

void take_associations(HttpSession& session, const std::string& path, Eni& eni) {
    const auto public_addresses =
        list_from<IpAddress>(kAssociations, bodies_of(session, path, {kAssociations}).front());
    if (public_addresses.size() > kMaxOfAKind)  // a request for each
        throw Unusable{kAssociations, "there are too many"};
    std::vector<std::string> keys;
    for (const IpAddress& each : public_addresses) keys.push_back(kAssociations + each.to_string());
    const auto bodies = bodies_of(session, path, keys);
    for (std::size_t i = 0; i < keys.size(); ++i)
        for (const IpAddress& address : list_from<IpAddress>(keys[i], bodies[i]))
            eni.associations.push_back({address, public_addresses[i]});
}

/// Throws Unusable.
Eni eni_from(HttpSession& session, const std::string& mac, const std::string& primary_mac) {
    const std::string path = kMacs + mac + "/";
    const auto lines = lines_of(bodies_of(session, path, {""}).front());
    const std::set<std::string> listed(lines.begin(), lines.end());
    require_whole_listing(listed);
    std::vector<std::string> keys;
    std::vector<Take> takers;
    for (const auto& [key, taker] : kKeys) {
        if (listed.count(key) == 0) continue;
        keys.push_back(key);
        takers.push_back(taker);
    }
    Eni eni;
    eni.is_fresh = true;
    const auto bodies = bodies_of(session, path, keys);
    for (std::size_t i = 0; i < keys.size(); ++i) takers[i](eni, keys[i], bodies[i]);
    if (listed.count(kAssociations) != 0) take_associations(session, path, eni);
    // A new interface has the primary's number until its own has got about.
    const bool has_primarys_number = eni.device_number == 0 && eni.network_card == 0;
    if (has_primarys_number != (mac == primary_mac))
        throw Unusable{"device-number", has_primarys_number ? "it has the primary's number still"
                                                            : "it is the primary, and not 0"};
    if (const auto contradiction = contradiction_in(eni)) throw Unusable{"", *contradiction};
    return eni;
}

// ---- Asking until it is said --------------------------------------------------------------------

using HttpSessions = std::vector<std::unique_ptr<HttpSession>>;

/// What is known from one time that is asked to the next.
class Asker {
  public:
    explicit Asker(const MetadataQuestion& question) : question_(question) {
        for (const auto& [mac, ifname] : question.interfaces) unanswered_.insert(mac);
    }

    /// Whether it is worth while to ask again.
    bool ask(HttpSessions& sessions);

    MetadataAnswer answer;

  private:
    bool ask_all(HttpSession& session);
    bool ask_listed(HttpSession& session, const std::string& primary_mac,
                    const std::set<std::string>& listed);
    void ask_one(HttpSession& session, const std::string& mac, const std::string& primary_mac);
    void report(const std::string& mac, const std::string& key, const std::string& why) {
        const std::string what = key.empty() ? "" : key + ": ";
        answer.problems.push_back({mac.empty() ? "" : question_.interfaces.at(mac), what + why});
    }

    const MetadataQuestion& question_;
    std::set<std::string> unanswered_;      // MACs
    std::map<std::string, Eni> said_once_;  // by MAC: what is new, and was said the last time
};

void Asker::ask_one(HttpSession& session, const std::string& mac, const std::string& primary_mac) {
    try {
        const Eni eni = eni_from(session, mac, primary_mac);
        const auto known = question_.known.find(mac);
        const auto before = said_once_.find(mac);
        const bool is_believed = (known != question_.known.end() && known->second == eni) ||
                                 (before != said_once_.end() && before->second == eni);
        said_once_[mac] = eni;
        if (!is_believed) throw Unusable{"", "its answer is new, and was given only once"};
        answer.enis[mac] = eni;
        unanswered_.erase(mac);
    } catch (const Unusable& unusable) {
        report(mac, unusable.key, unusable.why);
    }
}

bool Asker::ask_listed(HttpSession& session, const std::string& primary_mac,
                       const std::set<std::string>& listed) {
    bool is_worth_while = false;
    for (const std::string& mac : std::set<std::string>(unanswered_)) {
        if (listed.count(mac) != 0)
            ask_one(session, mac, primary_mac);
        else if (mac == question_.new_interface || question_.known.count(mac) != 0)
            report(mac, "", "it is not listed");
        else
            continue;
        is_worth_while = is_worth_while || unanswered_.count(mac) != 0;
    }
    return is_worth_while;
}

bool Asker::ask_all(HttpSession& session) {
    try {
        const auto bodies = bodies_of(session, "", {"/latest/meta-data/mac", kMacs});
        const auto primary_mac = mac_from(bodies[0]);
        if (!primary_mac) throw Unusable{"mac", "the answer makes no sense"};
        std::set<std::string> listed;
        for (const std::string& line : lines_of(bodies[1])) {
            const auto mac = mac_from(line.substr(0, line.find('/')));
            if (!mac) throw Unusable{"macs/", "the answer makes no sense"};
            listed.insert(*mac);
        }
        return ask_listed(session, *primary_mac, listed);
    } catch (const Unusable& unusable) {
        report("", unusable.key, unusable.why);
        return true;
    }
}

bool Asker::ask(HttpSessions& sessions) {
    answer.problems.clear();
    for (const auto& session : sessions) {
        const Reply token = session->take_token();
        // Other clouds' metadata, at the same address, knows no tokens.
        const bool is_ec2 = token.status != 0 && token.status != 404 && token.status != 405;
        answer.is_there = answer.is_there || is_ec2;
        if (token.is_good()) {
            answer.problems.clear();
            return ask_all(*session);
        }
        report("", "", session->endpoint() + " gives no token: " + token.failure);
    }
    return true;
}

std::vector<std::string> endpoints_of(const Config& config) {
    if (config.imds_endpoint) return {*config.imds_endpoint};
    return {"http://169.254.169.254", "http://[fd00:ec2::254]"};
}

}  // namespace

MetadataAnswer gather_metadata(const Config& config, const MetadataQuestion& question) {
    const auto end = Clock::now() + question.patience;
    HttpSessions sessions;
    for (const std::string& endpoint : endpoints_of(config))
        sessions.push_back(std::make_unique<HttpSession>(endpoint, end));
    Asker asker(question);
    for (auto pause = kFirstPause;; pause *= 2) {
        const bool is_worth_while = asker.ask(sessions);
        // Where nobody is there on the first try this is no EC2, or the network is not up.
        const bool is_alone = !asker.answer.is_there && config.imds != Imds::require;
        if (!is_worth_while || is_alone || Clock::now() + pause >= end) return asker.answer;
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace eni
