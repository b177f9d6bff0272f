// See http.hpp.
#include "http.hpp"

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>

namespace eni {

namespace {

using std::chrono::steady_clock;

constexpr long kConnectMilliseconds = 1000;
constexpr long kRequestMilliseconds = 3000;
constexpr std::size_t kMaxBody = 1U << 14;
constexpr std::size_t kAtOnce = 6;

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;

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

}  // namespace

HttpSession::HttpSession(std::string endpoint, steady_clock::time_point end)
    : endpoint_(std::move(endpoint)), end_(end), multi_(curl_multi_init()) {
    if (!multi_) throw std::bad_alloc();
}

Reply HttpSession::take_token() {
    headers_.reset(curl_slist_append(nullptr, "X-aws-ec2-metadata-token-ttl-seconds: 60"));
    Reply reply = fetch("PUT", {"/latest/api/token"}).front();
    const bool is_token = std::all_of(reply.body.begin(), reply.body.end(),
                                      [](char c) { return c > ' ' && c <= '~'; });
    if (reply.is_good() && !is_token) reply.failure = "this is not a token";
    headers_.reset(curl_slist_append(nullptr, ("X-aws-ec2-metadata-token: " + reply.body).c_str()));
    return reply;
}

std::vector<Reply> HttpSession::get(const std::vector<std::string>& paths) {
    std::vector<Reply> replies;
    for (std::size_t i = 0; i < paths.size(); i += kAtOnce) {
        const auto begin = paths.begin() + static_cast<std::ptrdiff_t>(i);
        const auto size = static_cast<std::ptrdiff_t>(std::min(kAtOnce, paths.size() - i));
        for (Reply& reply : fetch("GET", {begin, begin + size}))
            replies.push_back(std::move(reply));
    }
    return replies;
}

long HttpSession::milliseconds_left() const {
    return static_cast<long>(
        std::chrono::duration_cast<std::chrono::milliseconds>(end_ - steady_clock::now()).count());
}

/// All at the same time.
std::vector<Reply> HttpSession::fetch(const char* method, const std::vector<std::string>& paths) {
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

}  // namespace eni
