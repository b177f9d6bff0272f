// See gather_metadata.hpp. libcurl as of 7.29 (EL7).
#include "gather_metadata.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <new>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#include "metadata.hpp"
#include "names.hpp"
#include "text.hpp"

namespace eni {

namespace {

using Clock = std::chrono::steady_clock;

constexpr long kConnectMilliseconds = 1000;
constexpr long kRequestMilliseconds = 3000;
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::size_t kMaxBody = 1U << 14;
constexpr std::size_t kAtOnce = 6;  // connections; EC2 throttles whoever asks for too much

constexpr char kMacs[] = "/latest/meta-data/network/interfaces/macs/";

// ---- HTTP ---------------------------------------------------------------------------------------

struct Reply {
    long status = 0;  // 0: no HTTP answer
    std::string body;
    std::string failure;  // empty: it is good, and says something

    bool is_good() const { return failure.empty(); }
};

struct FreeCurl {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, FreeCurl>;
using Headers = std::unique_ptr<curl_slist, FreeCurl>;

struct FreeMulti {  // to the compiler a CURLM is a CURL: both are void
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

std::size_t append_body(const char* data, std::size_t, std::size_t size, void* reply) {
    std::string& body = static_cast<Reply*>(reply)->body;
    if (body.size() + size > kMaxBody) return 0;  // ends the transfer
    body.append(data, size);
    return size;
}

Handle make_handle(const std::string& url, curl_slist* headers, Reply& reply, long milliseconds) {
    Handle handle(curl_easy_init());
    if (!handle) throw std::bad_alloc();
    CURL* const curl = handle.get();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");  // whatever the environment says
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, std::min(milliseconds, kConnectMilliseconds));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, std::min(milliseconds, kRequestMilliseconds));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, &reply);
    return handle;
}

Reply* reply_of(CURL* handle) {
    char* reply = nullptr;
    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &reply);
    return reinterpret_cast<Reply*>(reply);
}

void conclude(CURL* handle, CURLcode result) {
    Reply& reply = *reply_of(handle);
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &reply.status);
    if (result != CURLE_OK)
        reply.failure = curl_easy_strerror(result);
    else if (reply.status != 200)
        reply.failure = "HTTP status " + std::to_string(reply.status);
    else if (reply.body.empty())
        reply.failure = "the answer is empty";
}

/// An endpoint, with a token for it.
class Session {
  public:
    Session(std::string endpoint, Clock::time_point end)
        : endpoint_(std::move(endpoint)), end_(end), multi_(curl_multi_init()) {
        if (!multi_) throw std::bad_alloc();
    }

    Reply take_token() {
        headers_.reset(curl_slist_append(nullptr, "X-aws-ec2-metadata-token-ttl-seconds: 60"));
        Reply reply = fetch("PUT", {"/latest/api/token"}).front();
        const bool is_token = std::all_of(reply.body.begin(), reply.body.end(),
                                          [](char c) { return c > ' ' && c <= '~'; });
        if (reply.is_good() && !is_token) reply.failure = "this is not a token";
        headers_.reset(
            curl_slist_append(nullptr, ("X-aws-ec2-metadata-token: " + reply.body).c_str()));
        return reply;
    }

    std::vector<Reply> get(const std::vector<std::string>& paths) {
        std::vector<Reply> replies;
        for (std::size_t i = 0; i < paths.size(); i += kAtOnce) {
            const auto begin = paths.begin() + static_cast<std::ptrdiff_t>(i);
            const auto size = static_cast<std::ptrdiff_t>(std::min(kAtOnce, paths.size() - i));
            for (Reply& reply : fetch("GET", {begin, begin + size}))
                replies.push_back(std::move(reply));
        }
        return replies;
    }

    const std::string& endpoint() const { return endpoint_; }

  private:
    std::vector<Reply> fetch(const char* method, const std::vector<std::string>& paths);
    long milliseconds_left() const {
        return static_cast<long>(
            std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now()).count());
    }

    std::string endpoint_;
    Clock::time_point end_;
    std::unique_ptr<CURLM, FreeMulti> multi_;  // keeps connections for the next requests
    Headers headers_;
};

/// All at the same time.
std::vector<Reply> Session::fetch(const char* method, const std::vector<std::string>& paths) {
    std::vector<Reply> replies(paths.size());
    const long left = milliseconds_left();
    if (left <= 0) {
        for (Reply& reply : replies) reply.failure = "there is no time left";
        return replies;
    }
    std::vector<Handle> handles;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        handles.push_back(make_handle(endpoint_ + paths[i], headers_.get(), replies[i], left));
        curl_easy_setopt(handles.back().get(), CURLOPT_CUSTOMREQUEST, method);
        curl_multi_add_handle(multi_.get(), handles.back().get());
    }
    for (int running = 1; running > 0;) {
        curl_multi_perform(multi_.get(), &running);
        if (running > 0) curl_multi_wait(multi_.get(), nullptr, 0, 100, nullptr);
    }
    int queued = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &queued))
        if (message->msg == CURLMSG_DONE) conclude(message->easy_handle, message->data.result);
    for (const Handle& handle : handles) curl_multi_remove_handle(multi_.get(), handle.get());
    return replies;
}

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
std::vector<std::string> bodies_of(Session& session, const std::string& path,
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

void take_associations(Session& session, const std::string& path, Eni& eni) {
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
Eni ask_for(Session& session, const std::string& mac, const std::string& primary_mac) {
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

using Sessions = std::vector<std::unique_ptr<Session>>;

class Inquiry {
  public:
    explicit Inquiry(const ImdsQuestion& question) : question_(question) {
        for (const auto& [mac, ifname] : question.interfaces) open_.insert(mac);
    }

    /// Whether it is worth while to ask again.
    bool ask(Sessions& sessions);

    ImdsAnswer answer;

  private:
    bool ask_all(Session& session);
    bool ask_listed(Session& session, const std::string& primary_mac,
                    const std::set<std::string>& listed);
    void ask_for_one(Session& session, const std::string& mac, const std::string& primary_mac);
    void complain(const std::string& mac, const std::string& key, const std::string& why) {
        const std::string what = key.empty() ? "" : key + ": ";
        answer.complaints.push_back({mac.empty() ? "" : question_.interfaces.at(mac), what + why});
    }

    const ImdsQuestion& question_;
    std::set<std::string> open_;       // MACs that are not answered
    std::map<std::string, Eni> once_;  // news that was said once
};

void Inquiry::ask_for_one(Session& session, const std::string& mac,
                          const std::string& primary_mac) {
    try {
        const Eni eni = ask_for(session, mac, primary_mac);
        const auto known = question_.known.find(mac);
        const auto before = once_.find(mac);
        const bool is_believed = (known != question_.known.end() && known->second == eni) ||
                                 (before != once_.end() && before->second == eni);
        once_[mac] = eni;
        if (!is_believed) throw Unusable{"", "what it says is new, and was said only once"};
        answer.enis[mac] = eni;
        open_.erase(mac);
    } catch (const Unusable& unusable) {
        complain(mac, unusable.key, unusable.why);
    }
}

bool Inquiry::ask_listed(Session& session, const std::string& primary_mac,
                         const std::set<std::string>& listed) {
    bool is_worth_while = false;
    for (const std::string& mac : std::set<std::string>(open_)) {
        if (listed.count(mac) != 0)
            ask_for_one(session, mac, primary_mac);
        else if (mac == question_.newcomer || question_.known.count(mac) != 0)
            complain(mac, "", "it is not listed");
        else
            continue;
        is_worth_while = is_worth_while || open_.count(mac) != 0;
    }
    return is_worth_while;
}

bool Inquiry::ask_all(Session& session) {
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
        complain("", unusable.key, unusable.why);
        return true;
    }
}

bool Inquiry::ask(Sessions& sessions) {
    answer.complaints.clear();
    for (const auto& session : sessions) {
        const Reply token = session->take_token();
        // Other clouds' metadata, at the same address, knows no tokens.
        const bool is_ec2 = token.status != 0 && token.status != 404 && token.status != 405;
        answer.is_there = answer.is_there || is_ec2;
        if (token.is_good()) {
            answer.complaints.clear();
            return ask_all(*session);
        }
        complain("", "", session->endpoint() + " gives no token: " + token.failure);
    }
    return true;
}

std::vector<std::string> endpoints_of(const Config& config) {
    if (config.imds_endpoint) return {*config.imds_endpoint};
    return {"http://169.254.169.254", "http://[fd00:ec2::254]"};
}

}  // namespace

ImdsAnswer gather_imds(const Config& config, const ImdsQuestion& question) {
    const auto end = Clock::now() + question.patience;
    Sessions sessions;
    for (const std::string& endpoint : endpoints_of(config))
        sessions.push_back(std::make_unique<Session>(endpoint, end));
    Inquiry inquiry(question);
    for (auto pause = kFirstPause;; pause *= 2) {
        const bool is_worth_while = inquiry.ask(sessions);
        // Where nobody is there on the first try this is no EC2, or the network is not up.
        const bool is_alone = !inquiry.answer.is_there && config.imds != Imds::require;
        if (!is_worth_while || is_alone || Clock::now() + pause >= end) return inquiry.answer;
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace eni
