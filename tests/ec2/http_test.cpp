// A session with an endpoint: its token, requests at the same time, and what counts as failure.
// Each test has a server of its own.
#include "http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "metadata_server.hpp"

namespace eni {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr char kPath[] = "/latest/meta-data/mac";
constexpr milliseconds kSlack{1000};  // for a machine that has other things to do

class Http : public ::testing::Test {
  protected:
    static Clock::time_point after(milliseconds time) { return Clock::now() + time; }

    /// With a token; ten seconds are enough.
    static HttpSession session_with(const MetadataServer& server) {
        HttpSession session(server.endpoint(), after(milliseconds(10000)));
        EXPECT_TRUE(session.take_token().is_good());
        return session;
    }

    /// What `said` comes to.
    Reply reply_to(const Said& said) {
        server.say(kPath, said);
        return session_with(server).get({kPath}).front();
    }

    static milliseconds since(Clock::time_point start) {
        return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
    }

    MetadataServer server;
};

TEST_F(Http, RepliesComeInTheOrderOfThePaths) {
    std::vector<std::string> paths;
    for (int i = 0; i < 20; ++i) {
        paths.push_back("/" + std::to_string(i));
        if (i % 3 != 0) server.say(paths.back(), {"body " + std::to_string(i)});
    }
    const std::vector<Reply> replies = session_with(server).get(paths);
    ASSERT_EQ(replies.size(), paths.size());
    for (std::size_t i = 0; i < replies.size(); ++i) {
        EXPECT_EQ(replies[i].is_good(), i % 3 != 0);
        EXPECT_EQ(replies[i].status, i % 3 != 0 ? 200 : 404);
        EXPECT_EQ(replies[i].failure, i % 3 != 0 ? "" : "HTTP status 404");
        if (i % 3 != 0) {
            EXPECT_EQ(replies[i].body, "body " + std::to_string(i));
        }
    }
    EXPECT_EQ(server.without_token(), 0) << "version 1 is never used";
}

TEST_F(Http, SixAreAskedForAtATime) {
    std::vector<std::string> paths;
    for (int i = 0; i < 13; ++i) {
        paths.push_back("/" + std::to_string(i));
        server.script(paths.back(), [](int) {
            std::this_thread::sleep_for(milliseconds(20));  // one after another
            return Said{"body"};
        });
    }
    for (const Reply& reply : session_with(server).get(paths)) EXPECT_TRUE(reply.is_good());
    EXPECT_EQ(server.most_at_once(), 6) << "EC2 throttles whoever asks for more";
}

TEST_F(Http, NoProxyOfTheEnvironmentIsUsed) {
    for (const char* variable : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})
        setenv(variable, "http://127.0.0.1:1", 1);
    EXPECT_EQ(reply_to({"body"}).body, "body");
    for (const char* variable : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})
        unsetenv(variable);
}

TEST_F(Http, ByIpv6) {
    MetadataServer other(AF_INET6);
    ASSERT_THAT(other.endpoint(), ::testing::StartsWith("http://[::1]:"));
    other.say(kPath, {"body"});
    EXPECT_EQ(session_with(other).get({kPath}).front().body, "body");
}

TEST_F(Http, ATokenIsOfVisibleCharacters) {
    HttpSession session(server.endpoint(), after(milliseconds(10000)));
    for (const char* bad : {"a b", "a\r\nX-Header: b", "token\n", "t\xc3\xb6ken", "\x7f"}) {
        server.say(kTokenPath, {bad});
        EXPECT_EQ(session.take_token().failure, "this is not a token") << bad;
    }
    server.say(kTokenPath, {""});
    EXPECT_EQ(session.take_token().failure, "the answer is empty");
    server.say(kTokenPath, {"no", 403, "", Said::Way::whole});
    EXPECT_EQ(session.take_token().failure, "HTTP status 403");
}

TEST_F(Http, AnEmptyBodyIsAFailure) {
    EXPECT_EQ(reply_to({""}).failure, "the answer is empty");
}

TEST_F(Http, ACutBodyOrAResetIsAFailure) {
    EXPECT_FALSE(reply_to({"body", 200, "", Said::Way::cut}).is_good());
    EXPECT_FALSE(reply_to({"", 200, "", Said::Way::reset}).is_good());
}

TEST_F(Http, ABodyOfMoreThan16KibIsAFailure) {
    EXPECT_TRUE(reply_to({std::string(16384, 'x')}).is_good());
    const Reply reply = reply_to({std::string(16385, 'x')});
    EXPECT_FALSE(reply.is_good());
    EXPECT_LE(reply.body.size(), 16384U);
}

TEST_F(Http, ARedirectionIsNotFollowed) {
    server.say("/elsewhere", {"body"});
    EXPECT_EQ(reply_to({"moved", 301, "Location: /elsewhere\r\n", Said::Way::whole}).failure,
              "HTTP status 301");
    EXPECT_EQ(server.times("/elsewhere"), 0);
}

TEST_F(Http, ARequestMayTakeThreeSeconds) {
    const auto start = Clock::now();
    EXPECT_FALSE(reply_to({"", 200, "", Said::Way::nothing}).is_good());
    EXPECT_GE(since(start), milliseconds(2900));
    EXPECT_LT(since(start), milliseconds(3000) + kSlack);
}

TEST_F(Http, NoneGoesOnAfterTheEnd) {
    server.say(kPath, {"", 200, "", Said::Way::nothing});
    const auto start = Clock::now();
    HttpSession session(server.endpoint(), after(milliseconds(200)));
    ASSERT_TRUE(session.take_token().is_good());
    EXPECT_FALSE(session.get({kPath}).front().is_good());
    EXPECT_GE(since(start), milliseconds(150));
    EXPECT_LT(since(start), milliseconds(200) + kSlack);
    std::this_thread::sleep_until(start + milliseconds(210));  // curl's clock may be a moment ahead
    EXPECT_EQ(session.get({kPath}).front().failure, "there is no time left");
    EXPECT_EQ(server.times(kPath), 1);
}

TEST_F(Http, AConnectionMayTakeOneSecond) {
    const int full = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(bind(full, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(listen(full, 0), 0);
    getsockname(full, reinterpret_cast<sockaddr*>(&address), &size);
    std::vector<int> fds = {full};
    for (int i = 0; i < 3; ++i) {  // its queue is full: the next gets no answer
        fds.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        connect(fds.back(), reinterpret_cast<sockaddr*>(&address), size);
    }
    const auto start = Clock::now();
    HttpSession session("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)),
                        after(milliseconds(10000)));
    const Reply reply = session.take_token();
    EXPECT_FALSE(reply.is_good());
    EXPECT_EQ(reply.status, 0);
    EXPECT_GE(since(start), milliseconds(900));
    EXPECT_LT(since(start), milliseconds(1000) + kSlack);
    for (const int fd : fds) close(fd);
}

}  // namespace
}  // namespace eni
