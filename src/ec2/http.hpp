// HTTP as EC2's instance metadata speaks it (IMDS, version 2), by libcurl as of 7.29 (EL7): a
// session with one endpoint, its token, requests at the same time. Must not know what is asked.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace eni {

struct Reply {
    long status = 0;      // 0: nothing answered by HTTP
    std::string body;     // at most 16 KiB
    std::string failure;  // in words; empty: the status is 200, and the body says something

    bool is_good() const { return failure.empty(); }
};

/// An endpoint ("http://169.254.169.254"), with a token for it. Connections stay open from one
/// request to the next. No proxy is used and no redirection followed. A connection may take 1 s, a
/// request 3 s, and none goes on after `end`. What the other side does never throws.
class HttpSession {
  public:
    HttpSession(std::string endpoint, std::chrono::steady_clock::time_point end);

    /// Must be good before anything is got; then valid for 60 s.
    Reply take_token();

    /// The replies in the order of the paths, of which six are asked for at a time: EC2 throttles
    /// whoever asks for too much.
    std::vector<Reply> get(const std::vector<std::string>& paths);

    const std::string& endpoint() const { return endpoint_; }

  private:
    std::vector<Reply> fetch(const char* method, const std::vector<std::string>& paths);
    long milliseconds_left() const;

    struct FreeMulti {
        void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
    };
    struct FreeList {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    std::string endpoint_;
    std::chrono::steady_clock::time_point end_;
    std::unique_ptr<CURLM, FreeMulti> multi_;
    std::unique_ptr<curl_slist, FreeList> headers_;
};

}  // namespace eni
