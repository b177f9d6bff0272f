// A little HTTP/1.1 server on the loopback device that stands for EC2's metadata in a test, and for
// all that can go wrong with it. Must not use the code under test.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace eni {

/// What is said to one request.
struct Said {
    enum class Way { whole, cut, reset, nothing };

    Said(std::string said = "", int code = 200, std::string more = "", Way how = Way::whole)
        : body(std::move(said)), status(code), headers(std::move(more)), way(how) {}

    std::string body;
    int status;
    std::string headers;  // beside Content-Length, each with its line end
    Way way;
};

/// To the first request for a path, the second ...
using Script = std::function<Said(int time)>;

constexpr char kTokenPath[] = "/latest/api/token";
constexpr char kMetadata[] = "/latest/meta-data/";
constexpr char kMacsPath[] = "/latest/meta-data/network/interfaces/macs/";

/// A GET is refused that does not carry the token which the last PUT gave (version 2 of IMDS).
class MetadataServer {
  public:
    explicit MetadataServer(int family = AF_INET, int port = 0) : family_(family) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(static_cast<std::uint16_t>(port));
        v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_addr = in6addr_loopback;
        const int on = 1;
        setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        EXPECT_EQ(family == AF_INET ? bind(listener_, reinterpret_cast<sockaddr*>(&v4), sizeof v4)
                                    : bind(listener_, reinterpret_cast<sockaddr*>(&v6), sizeof v6),
                  0);
        EXPECT_EQ(listen(listener_, 64), 0);
        sockaddr_in6 bound{};
        socklen_t size = sizeof bound;
        getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size);
        port_ = ntohs(bound.sin6_port);  // at the same place in both families
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~MetadataServer() {
        shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        close(listener_);
        {
            const std::lock_guard<std::mutex> guard(open_mutex_);
            for (const int fd : open_) shutdown(fd, SHUT_RDWR);
        }
        for (std::thread& thread : threads_) thread.join();
    }
    MetadataServer(const MetadataServer&) = delete;
    MetadataServer& operator=(const MetadataServer&) = delete;

    int port() const { return port_; }
    std::string endpoint() const {
        return std::string(family_ == AF_INET ? "http://127.0.0.1:" : "http://[::1]:") +
               std::to_string(port_);
    }

    void script(const std::string& path, Script script) {
        const std::lock_guard<std::mutex> guard(mutex_);
        scripts_[path] = std::move(script);
    }
    void say(const std::string& path, const Said& said) {
        script(path, [said](int) { return said; });
    }
    void unsay(const std::string& path) {
        const std::lock_guard<std::mutex> guard(mutex_);
        scripts_.erase(path);
    }

    /// How often a path was asked for.
    int times(const std::string& path) const {
        const std::lock_guard<std::mutex> guard(mutex_);
        const auto found = times_.find(path);
        return found == times_.end() ? 0 : found->second;
    }
    int without_token() const { return without_token_; }
    /// Requests that waited for their answer at the same time.
    int most_at_once() const { return most_at_once_; }

  private:
    void accept_all() {
        for (;;) {
            const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) return;
            const std::lock_guard<std::mutex> guard(open_mutex_);
            open_.insert(fd);
            threads_.emplace_back([this, fd] { serve(fd); });
        }
    }

    void serve(int fd) {
        std::string heard;
        char bytes[4096];
        for (ssize_t size = 0; (size = recv(fd, bytes, sizeof bytes, 0)) > 0;) {
            heard.append(bytes, static_cast<std::size_t>(size));
            const std::size_t end = heard.find("\r\n\r\n");
            if (end == std::string::npos) continue;
            int most = most_at_once_;
            for (const int now = ++at_once_; now > most;)
                if (most_at_once_.compare_exchange_weak(most, now)) break;
            const Said said = said_to(heard.substr(0, end + 2));
            --at_once_;  // before the client hears of it, and asks for more
            if (!answer(fd, said)) break;
            heard.erase(0, end + 4);
        }
        const std::lock_guard<std::mutex> guard(open_mutex_);
        open_.erase(fd);
        close(fd);
    }

    static std::string header_in(const std::string& request, const std::string& name) {
        const std::size_t start = request.find("\r\n" + name + ": ");
        if (start == std::string::npos) return "";
        const std::size_t value = start + name.size() + 4;
        return request.substr(value, request.find("\r\n", value) - value);
    }

    Said said_to(const std::string& request) {
        const std::lock_guard<std::mutex> guard(mutex_);
        const std::string method = request.substr(0, request.find(' '));
        const std::size_t start = method.size() + 1;
        const std::string path = request.substr(start, request.find(' ', start) - start);
        const int time = times_[path]++;
        const auto found = scripts_.find(path);
        if (path == kTokenPath) {
            if (method != "PUT") return {"", 405, "", Said::Way::whole};
            if (header_in(request, "X-aws-ec2-metadata-token-ttl-seconds").empty())
                return {"", 400, "", Said::Way::whole};
            token_ = "token-" + std::to_string(time);
            return found != scripts_.end() ? found->second(time) : Said{token_};
        }
        if (method != "GET" || header_in(request, "X-aws-ec2-metadata-token") != token_) {
            ++without_token_;
            return {"", 401, "", Said::Way::whole};
        }
        return found != scripts_.end() ? found->second(time) : Said{"", 404, "", Said::Way::whole};
    }

    /// Whether the connection goes on.
    static bool answer(int fd, const Said& said) {
        if (said.way == Said::Way::nothing) return true;
        if (said.way == Said::Way::reset) {
            const linger at_once{1, 0};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            return false;
        }
        const bool is_cut = said.way == Said::Way::cut;
        const std::string text =
            "HTTP/1.1 " + std::to_string(said.status) + " X\r\n" + said.headers +
            "Content-Length: " + std::to_string(said.body.size() + (is_cut ? 1 : 0)) + "\r\n\r\n" +
            said.body;
        for (std::size_t sent = 0; sent < text.size();) {
            const ssize_t size = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (size <= 0) return false;
            sent += static_cast<std::size_t>(size);
        }
        return !is_cut;
    }

    const int family_;
    const int listener_ = socket(family_, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port_ = 0;
    mutable std::mutex mutex_;
    std::map<std::string, Script> scripts_;
    std::map<std::string, int> times_;
    std::string token_;
    std::mutex open_mutex_;  // a script that takes its time keeps no connection waiting
    std::set<int> open_;
    std::list<std::thread> threads_;
    std::atomic<int> without_token_{0};
    std::atomic<int> at_once_{0};
    std::atomic<int> most_at_once_{0};
    std::thread acceptor_;
};

}  // namespace eni
