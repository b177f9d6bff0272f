// Gateways and peers that are asked with packets: a network namespace with a link, and another at
// its end in which the neighbour lives. Needs root; without it the tests skip themselves.
#include "probe.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace eni {
namespace {

constexpr std::uint16_t kPort = 8080;  // that the neighbour listens to

IpAddress address(const std::string& text) {
    return IpAddress::parse(text).value();
}

std::string word(const ProbeAnswer& answer) {
    switch (answer.outcome) {
        case ProbeOutcome::answered:
            return "answered";
        case ProbeOutcome::refused:
            return "refused";
        case ProbeOutcome::silent:
            return "silent";
        case ProbeOutcome::error:
            return std::string("error ") + std::strerror(answer.error);
    }
    return "";
}

std::string output_of(const std::string& command) {
    std::string output;
    std::FILE* const pipe = popen(command.c_str(), "r");
    char buffer[4096];
    while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe) != nullptr) output += buffer;
    if (pipe != nullptr) pclose(pipe);
    return output;
}

/// Listens in a namespace of its own until it is ended.
[[noreturn]] void live_as_neighbour(int ready) {
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(kPort);
    const int listener = unshare(CLONE_NEWNET) == 0 ? socket(AF_INET6, SOCK_STREAM, 0) : -1;
    const bool is_ready = listener >= 0 &&
                          bind(listener, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0 &&
                          listen(listener, 64) == 0;
    if (!is_ready || write(ready, "x", 1) != 1) _exit(1);
    while (true) pause();
}

class Probe : public testing::Test {
  protected:
    /// eth1 has 10.0.2.37, 10.0.2.38 and 2001:db8:2::37; the neighbour 10.0.2.1, 2001:db8:2::1 and
    /// fe80::1.
    void SetUp() override {
        if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "no network namespace";
        int ready[2];
        ASSERT_EQ(pipe(ready), 0);
        neighbour_ = fork();
        if (neighbour_ == 0) live_as_neighbour(ready[1]);
        close(ready[1]);
        char byte = 0;
        ASSERT_EQ(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        ip("link set lo up");
        ip("link add eth1 type veth peer name their netns " + std::to_string(neighbour_));
        ip("link set eth1 addrgenmode none up");
        theirs("ip link set their addrgenmode none up");
        for (const char* own : {"10.0.2.37/24", "10.0.2.38/24", "2001:db8:2::37/64 nodad"})
            ip("address add " + std::string(own) + " dev eth1");
        for (const char* own : {"10.0.2.1/24", "2001:db8:2::1/64 nodad", "fe80::1/64 nodad"})
            theirs("ip address add " + std::string(own) + " dev their");
    }
    void TearDown() override {
        if (neighbour_ <= 0) return;
        kill(neighbour_, SIGTERM);
        waitpid(neighbour_, nullptr, 0);
    }

    static void ip(const std::string& words) {
        ASSERT_EQ(std::system(("ip " + words).c_str()), 0) << "ip " << words;
    }
    void theirs(const std::string& command) const {
        const std::string whole = "nsenter -t " + std::to_string(neighbour_) + " -n " + command;
        ASSERT_EQ(std::system(whole.c_str()), 0) << whole;
    }

    static std::string ask_gateway(const std::string& gateway, const std::string& ifname = "eth1") {
        return word(probe({{{ifname, address(gateway)}}, {}}).gateways.at(0));
    }
    static std::string ask_peer(const std::string& local, const std::string& peer,
                                std::uint16_t port = 0) {
        return word(probe({{}, {{"eth1", address(local), address(peer), port}}}).peers.at(0));
    }

  private:
    pid_t neighbour_ = -1;
};

// ---- Gateways -----------------------------------------------------------------------------------

TEST_F(Probe, AGatewayAnswersWhereAHostHasItsAddress) {
    EXPECT_EQ(ask_gateway("10.0.2.1"), "answered");
    EXPECT_EQ(ask_gateway("2001:db8:2::1"), "answered");
    EXPECT_EQ(ask_gateway("10.0.2.99"), "silent");
    EXPECT_EQ(ask_gateway("2001:db8:2::99"), "silent");
}

TEST_F(Probe, AGatewayOfLinkLocalScopeAnswers) {
    EXPECT_EQ(ask_gateway("fe80::1"), "answered") << "asked from 2001:db8:2::37";
    ip("address add fe80::37/64 dev eth1 nodad");
    EXPECT_EQ(ask_gateway("fe80::1"), "answered");
    EXPECT_EQ(ask_gateway("fe80::99"), "silent");
}

TEST_F(Probe, AGatewayIsAskedFromALinkWithoutAnAddress) {
    ip("address flush dev eth1");
    EXPECT_EQ(ask_gateway("10.0.2.1"), "answered");
    EXPECT_EQ(ask_gateway("2001:db8:2::1"), "error Cannot assign requested address");
}

TEST_F(Probe, ALinkThatCannotSendIsNoSilence) {
    EXPECT_EQ(ask_gateway("10.0.2.1", "eth7"), "error No such device");
    ip("link set eth1 down");
    EXPECT_EQ(ask_gateway("10.0.2.1"), "error Network is down");
}

TEST_F(Probe, NoNeighbourEntryIsMade) {
    ask_gateway("10.0.2.1");
    ask_gateway("10.0.2.99");
    EXPECT_EQ(output_of("ip -4 neighbour show"), "");
}

// ---- Peers --------------------------------------------------------------------------------------

TEST_F(Probe, APeerTakesTheConnectionOrRefusesIt) {
    EXPECT_EQ(ask_peer("10.0.2.37", "10.0.2.1", kPort), "answered");
    EXPECT_EQ(ask_peer("10.0.2.37", "10.0.2.1", 9), "refused");
    EXPECT_EQ(ask_peer("2001:db8:2::37", "2001:db8:2::1", kPort), "answered");
    EXPECT_EQ(ask_peer("2001:db8:2::37", "2001:db8:2::1", 9), "refused");
}

TEST_F(Probe, APeerAnswersAnEcho) {
    EXPECT_EQ(ask_peer("10.0.2.37", "10.0.2.1"), "answered");
    EXPECT_EQ(ask_peer("2001:db8:2::37", "2001:db8:2::1"), "answered");
}

TEST_F(Probe, APeerWhoseAnswersAreLostIsSilent) {
    theirs("ip route add blackhole 10.0.2.38");
    EXPECT_EQ(ask_peer("10.0.2.38", "10.0.2.1", kPort), "silent");
    EXPECT_EQ(ask_peer("10.0.2.38", "10.0.2.1"), "silent");
    EXPECT_EQ(ask_peer("10.0.2.37", "10.0.2.1", kPort), "answered")
        << "the other address's are not";
}

TEST_F(Probe, TheRoutingIsTriedAsItIs) {
    ip("rule add from 10.0.2.38 prohibit");
    EXPECT_EQ(ask_peer("10.0.2.38", "10.0.2.1", kPort), "error Permission denied");
    EXPECT_EQ(ask_peer("10.0.2.38", "10.0.2.1"), "error Permission denied");
    EXPECT_EQ(ask_peer("10.0.2.37", "10.0.2.1", kPort), "answered");
}

TEST_F(Probe, WhatCannotBeAskedIsAnError) {
    EXPECT_EQ(ask_peer("10.0.2.37", "192.0.2.1", kPort), "error Network is unreachable");
    EXPECT_EQ(ask_peer("10.0.2.39", "10.0.2.1", kPort), "error Cannot assign requested address");
    EXPECT_EQ(ask_peer("10.0.2.37", "2001:db8:2::1"),
              "error Address family not supported by protocol");
}

// ---- Many ---------------------------------------------------------------------------------------

/// Those that are silent are waited for at the same time, and each has its own answer.
TEST_F(Probe, ManyAreAskedAtTheSameTime) {
    theirs("ip route add blackhole 10.0.2.38");
    ProbeQuestions questions;
    for (int i = 0; i < 30; ++i) {
        const bool is_there = i % 3 == 0;
        questions.gateways.push_back({"eth1", address(is_there ? "10.0.2.1" : "10.0.2.99")});
        questions.peers.push_back({"eth1", address(is_there ? "10.0.2.37" : "10.0.2.38"),
                                   address("10.0.2.1"), i % 2 == 0 ? kPort : std::uint16_t{0}});
    }
    const auto start = std::chrono::steady_clock::now();
    const ProbeAnswers answers = probe(questions);
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_GE(took, std::chrono::milliseconds(2900));
    EXPECT_LT(took, std::chrono::milliseconds(4000)) << "also with a socket for each gateway";
    ASSERT_EQ(answers.gateways.size(), 30U);
    ASSERT_EQ(answers.peers.size(), 30U);
    for (std::size_t i = 0; i < 30; ++i) {
        EXPECT_EQ(word(answers.gateways[i]), i % 3 == 0 ? "answered" : "silent") << i;
        EXPECT_EQ(word(answers.peers[i]), i % 3 == 0 ? "answered" : "silent") << i;
    }
}

TEST_F(Probe, AnAnswerByAnotherLinkIsNone) {
    ip("link add eth2 type veth peer name nobody");
    ip("link set eth2 up");
    ip("link set nobody up");
    const ProbeAnswers answers =
        probe({{{"eth2", address("10.0.2.1")}, {"eth1", address("10.0.2.1")}}, {}});
    EXPECT_EQ(word(answers.gateways.at(0)), "silent");
    EXPECT_EQ(word(answers.gateways.at(1)), "answered");
}

TEST_F(Probe, ItDoesNotWaitWhereAllHaveAnswered) {
    const auto start = std::chrono::steady_clock::now();
    ask_gateway("10.0.2.1");
    ask_peer("10.0.2.37", "10.0.2.1");
    ask_peer("10.0.2.37", "10.0.2.1", kPort);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(300));
}

TEST_F(Probe, MoreThanTheSocketsThatItMayHave) {
    ProbeQuestions questions;
    for (int i = 0; i < 150; ++i)
        questions.peers.push_back({"eth1", address("10.0.2.37"), address("10.0.2.1"), 0});
    const ProbeAnswers answers = probe(questions);
    ASSERT_EQ(answers.peers.size(), 150U);
    for (const ProbeAnswer& answer : answers.peers) EXPECT_EQ(word(answer), "answered");
}

TEST(ProbeWithoutRoot, IsRefused) {
    const bool is_root = geteuid() == 0;
    if (is_root) {
        ASSERT_EQ(seteuid(65534), 0);
    }
    try {
        probe({});
        ADD_FAILURE() << "not refused";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "--probe needs root");
    }
    if (is_root) {
        ASSERT_EQ(seteuid(0), 0);
    }
}

}  // namespace
}  // namespace eni
