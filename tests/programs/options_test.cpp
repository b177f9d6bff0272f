// Options as they are typed, the words that remain, and what is said of those that there are not.
#include "options.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

namespace eni {
namespace {

using Words = std::vector<std::string>;

struct Seen {
    bool dry_run = false;
    std::string root;
    std::optional<std::string> facts;
    Words arguments;
};

constexpr Usage kUsage = {"example", "[IFACE...]", "An example"};

Seen seen(const Words& words, const Usage& usage = kUsage) {
    Seen seen;
    seen.arguments =
        parse({usage, words}, {flag("dry-run", 'n', seen.dry_run, "Change nothing"),
                               value("root", 'r', seen.root, "Files below DIR", "DIR"),
                               value("facts", 'f', seen.facts, "Recorded facts", "FILE")});
    return seen;
}

std::string error_of(const Words& words, const Usage& usage = kUsage) {
    try {
        seen(words, usage);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "no error";
}

TEST(Options, AreWrittenWhereTheyBelong) {
    const Seen nothing = seen({});
    EXPECT_FALSE(nothing.dry_run);
    EXPECT_EQ(nothing.root, "");
    EXPECT_EQ(nothing.facts, std::nullopt);
    EXPECT_EQ(nothing.arguments, Words());
    for (const Words& words :
         {Words{"eth1", "--dry-run", "--root", "/a", "--facts=b", "eth2"},
          Words{"-nr", "/a", "-f", "b", "eth1", "eth2"},
          Words{"-r", "/z", "-r", "/a", "-n", "-f", "b", "--", "eth1", "eth2"}}) {
        const Seen all = seen(words);
        EXPECT_TRUE(all.dry_run);
        EXPECT_EQ(all.root, "/a");
        EXPECT_EQ(all.facts, "b");
        EXPECT_EQ(all.arguments, (Words{"eth1", "eth2"}));
    }
}

TEST(Options, TakeBytesThatAreNoUtf8) {
    EXPECT_EQ(seen({"--facts", "\xe9"}).facts, "\xe9");
    EXPECT_EQ(seen({"--facts="}).facts, "");
}

TEST(Options, UnknownOnesAreNamedWithTheNearest) {
    EXPECT_EQ(error_of({"--dryrun"}), "Unknown option --dryrun, did you mean '--dry-run'?");
    EXPECT_EQ(error_of({"--rot=/a"}), "Unknown option --rot=/a, did you mean '--root'?");
    EXPECT_EQ(error_of({"--hepl"}), "Unknown option --hepl, did you mean '--help'?");
    EXPECT_EQ(error_of({"--verbose"}), "Unknown option --verbose; see --help");
    EXPECT_EQ(error_of({"-x"}), "Unknown option -x; see --help");
    EXPECT_EQ(error_of({"--\033[31m"}), "Unknown option --?[31m; see --help");
    EXPECT_EQ(error_of({"--root"}), "Missing argument for --root; see --help");
}

TEST(Options, ArgumentsOfACommandThatTakesNoneAreRefused) {
    constexpr Usage kNone = {"example", "", "An example"};
    EXPECT_EQ(error_of({"-n"}, kNone), "no error");
    EXPECT_EQ(error_of({"-n", "eth1"}, kNone), "takes no arguments; see --help");
}

TEST(Options, HelpDescribesThem) {
    for (const Words& words : {Words{"--help"}, Words{"eth1", "-h"}, Words{"-nh"}}) {
        try {
            seen(words);
            FAIL() << "no help";
        } catch (const HelpWanted& help) {
            for (const char* line :
                 {"eni-routes example", "[IFACE...]", "An example", "-n, --dry-run",
                  "-r, --root=DIR", "Recorded facts", "-h, --help"})
                EXPECT_NE(help.text.find(line), std::string::npos) << line << "\n" << help.text;
        }
    }
}

}  // namespace
}  // namespace eni
