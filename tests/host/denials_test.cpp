// What auditd logs of SELinux, read for `check`: realistic lines, and such that are none.
#include "denials.hpp"

#include <gtest/gtest.h>

#include <random>

namespace eni {
namespace {

using Lines = std::vector<std::string>;

Lines words(const std::vector<Denial>& denials) {
    Lines lines;
    for (const Denial& denial : denials)
        lines.push_back(denial.program + " " + denial.domain + " { " + denial.permissions + " } " +
                        denial.target_class + " " + denial.target + " " + denial.target_type + " " +
                        denial.last_time);
    return lines;
}

std::string avc(const std::string& time, const std::string& what,
                const std::string& contexts =
                    "scontext=system_u:system_r:NetworkManager_dispatcher_custom_t:s0 "
                    "tcontext=system_u:object_r:etc_t:s0 tclass=file permissive=0") {
    return "type=AVC msg=audit(" + time + ":4711): avc:  denied  " + what +
           " dev=\"xvda1\" ino=9 " + contexts + "\n";
}

/// The kernel keeps 15 characters of a process's name. 1764144000 is 2025-11-26 08:00:00 UTC.
const std::string kWrite =
    avc("1764144000.123", R"({ write } for  pid=812 comm="eni-routes-even" name="rt_tables")");

TEST(Denials, WhatWhoAndWhere) {
    EXPECT_EQ(words(denials_from(kWrite, 0)),
              Lines({"eni-routes-event NetworkManager_dispatcher_custom_t { write } file rt_tables "
                     "etc_t 2025-11-26 08:00:00 UTC"}));
}

TEST(Denials, TheHookThatNetworkManagerMayNotRun) {
    const std::string log = avc(
        "1764144000.123", R"({ execute } for  pid=700 comm="nm-dispatcher" name="30-eni-routes")",
        "scontext=system_u:system_r:NetworkManager_dispatcher_t:s0 "
        "tcontext=unconfined_u:object_r:user_home_t:s0 tclass=file permissive=0");
    EXPECT_EQ(words(denials_from(log, 0)),
              Lines({"nm-dispatcher NetworkManager_dispatcher_t { execute } file 30-eni-routes "
                     "user_home_t 2025-11-26 08:00:00 UTC"}));
}

TEST(Denials, ASocketHasNoName) {
    const std::string log =
        R"(type=AVC msg=audit(1764144000.123:4711): avc:  denied  { create } for  pid=812 comm="eni-routes-even" scontext=system_u:system_r:NetworkManager_dispatcher_custom_t:s0 tcontext=system_u:system_r:NetworkManager_dispatcher_custom_t:s0 tclass=netlink_route_socket permissive=0)";
    EXPECT_EQ(words(denials_from(log, 0)),
              Lines({"eni-routes-event NetworkManager_dispatcher_custom_t { create } "
                     "netlink_route_socket  NetworkManager_dispatcher_custom_t 2025-11-26 08:00:00 "
                     "UTC"}));
}

TEST(Denials, TheSameOnceWithTheLastTime) {
    const std::string more =
        avc("1764147600.5", R"({ write open } for  pid=9 comm="eni-routes-even" name="rt_tables")");
    EXPECT_EQ(words(denials_from(kWrite + kWrite + more, 0)),
              Lines({"eni-routes-event NetworkManager_dispatcher_custom_t { write open } file "
                     "rt_tables etc_t 2025-11-26 09:00:00 UTC"}));
}

TEST(Denials, OfBeforeAreOver) {
    EXPECT_EQ(denials_from(kWrite, 1764144000).size(), 1U);
    EXPECT_EQ(denials_from(kWrite, 1764144001).size(), 0U);
}

TEST(Denials, WhatIsNoneOfOurs) {
    const std::string others[] = {
        avc("1764144000.1", R"({ write } for  pid=1 comm="chronyd" name="rt_tables")"),
        // A scanner that may not read our files; somebody's own directory.
        avc("1764144000.1", R"({ read } for  pid=1 comm="aide" name="30-eni-routes")"),
        avc("1764144000.1", R"({ execute } for  pid=1 comm="nm-dispatcher" name="20-chrony")"),
        // Permissive: it was logged, and allowed.
        avc("1764144000.1", R"({ write } for  pid=1 comm="eni-routes-even" name="rt_tables")",
            "tclass=file permissive=1"),
        "type=AVC msg=audit(1764144000.1:2): avc:  granted  { write } for comm=\"eni-routes\"\n",
        "type=SYSCALL msg=audit(1764144000.123:4711): denied  comm=\"eni-routes-even\"\n",
        "type=USER_AVC msg=audit(1764144000.123:4711): denied  comm=\"eni-routes\"\n"};
    for (const std::string& log : others) EXPECT_EQ(words(denials_from(log, 0)), Lines()) << log;
}

TEST(Denials, TruncatedAndDamagedTextDoesNotThrow) {
    for (std::size_t end = 0; end < kWrite.size(); ++end)
        EXPECT_NO_THROW(denials_from(kWrite.substr(0, end), 0));
    for (std::size_t begin = 1; begin < kWrite.size(); ++begin)
        EXPECT_EQ(denials_from(kWrite.substr(begin), 0).size(), 0U) << "the log's end begins there";
    std::mt19937 random(1);
    for (int i = 0; i < 500; ++i) {
        std::string damaged = kWrite;
        for (int k = 0; k < 5; ++k)
            damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
        EXPECT_NO_THROW(denials_from(damaged, 0));
    }
}

}  // namespace
}  // namespace eni
