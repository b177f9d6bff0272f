// That the configuration is known without yaml-cpp as long as the file says the same, and only
// then.
#include "known_config.hpp"

#include <gtest/gtest.h>

#include "config_file.hpp"
#include "temporary_root.hpp"

namespace eni {
namespace {

constexpr char kFile[] = "/etc/eni-routes/config.yaml";
constexpr char kKept[] = "/run/eni-routes/configuration";

constexpr char kText[] = R"(# a comment
interfaces:
  include: ["eth*", 'a\b']
  exclude: []
table_base: 30000
imds: {mode: "off"}
check:
  peers: ["[2001:db8::5]:443", 10.99.0.10]
interface:
  eth1: {gateway: 10.0.2.1, sources: [10.99.0.0/24]}
)";

struct Place {
    TemporaryRoot root;

    explicit Place(const std::string& text) {
        root.write(kFile, text);
        root.make_directory("/run/eni-routes");
    }
    Config keep() const { return load_and_keep_config(root.path(), root / kFile); }
    std::optional<Config> known() const { return load_known_config(root.path(), root / kFile); }
};

TEST(KnownConfig, IsWhatTheFileSays) {
    const Place place(kText);
    EXPECT_FALSE(place.known());
    place.keep();
    const auto known = place.known();
    ASSERT_TRUE(known);
    EXPECT_EQ(known->include, (std::vector<std::string>{"eth*", "a\\b"}));
    EXPECT_TRUE(known->exclude.empty());
    EXPECT_EQ(known->table_base, 30000U);
    EXPECT_EQ(known->imds, Imds::off);
    ASSERT_EQ(known->check_peers.size(), 2U);
    EXPECT_EQ(known->check_peers[0].address.to_string(), "2001:db8::5");
    EXPECT_EQ(known->of("eth1").gateway->to_string(), "10.0.2.1");
    EXPECT_EQ(known->of("eth1").sources.at(0).to_string(), "10.99.0.0/24");
}

TEST(KnownConfig, NothingIsKnownOfAnotherText) {
    const Place place(kText);
    place.keep();
    std::string text = kText;
    text[text.find("30000")] = '4';  // as long as before, and within the same second
    place.root.write(kFile, text);
    EXPECT_FALSE(place.known());
    place.root.write(kFile, kText + std::string("\n"));
    EXPECT_FALSE(place.known());
    place.root.write(kFile, kText);
    EXPECT_TRUE(place.known());
}

TEST(KnownConfig, WhatSaysNothingNeedsNoKnowledge) {
    for (const char* text :
         {"", "\n", "# enabled: false\n\n \t# more\r\n", "\xef\xbb\xbf# mark\n"}) {
        const Place place(text);
        const auto known = place.known();
        ASSERT_TRUE(known) << text;
        EXPECT_TRUE(known->enabled);
        place.keep();
        EXPECT_FALSE(place.root.read(kKept));
    }
    EXPECT_TRUE(load_known_config("", "/nowhere/config.yaml"));
    EXPECT_FALSE(Place("  \nenabled: false").known());
    EXPECT_FALSE(Place("\r#").known());  // yaml-cpp is to say what that is
}

TEST(KnownConfig, AWrongOneIsNeverKept) {
    const Place place("enabled: perhaps\n");
    EXPECT_THROW(place.keep(), ConfigError);
    EXPECT_FALSE(place.root.read(kKept));
    EXPECT_FALSE(place.known());
}

/// As of another version, or written halfway: each shorter one, and each with one other byte.
TEST(KnownConfig, WhatIsKeptIsNotTrusted) {
    const Place place("interface: {eth1: {gateway: 10.0.2.1}}\n");
    place.keep();
    const std::string kept = place.root.read(kKept).value();
    for (std::size_t size = 0; size < kept.size(); ++size) {
        place.root.write(kKept, kept.substr(0, size));
        EXPECT_FALSE(place.known()) << size;
    }
    for (std::size_t i = 0; i < kept.size(); ++i) {
        std::string other = kept;
        other[i] = other[i] == '9' ? 'x' : '9';
        place.root.write(kKept, other);
        const auto known = place.known();  // where a digit of an address is another, for instance
        EXPECT_TRUE(!known || known->enabled) << i;
    }
    place.root.write(kKept, kept + "n 0 0 0 \n");
    EXPECT_FALSE(place.known());
    std::string deep = kept.substr(0, kept.find("\nm") + 1);
    for (int i = 0; i < 100000; ++i) deep += "l 0 0 1 \n";
    place.root.write(kKept, deep + "n 0 0 0 \n");
    EXPECT_FALSE(place.known());
}

TEST(KnownConfig, IsForgotten) {
    const Place place(kText);
    place.keep();
    forget_known_config(place.root.path());
    EXPECT_FALSE(place.root.read(kKept));
    EXPECT_FALSE(place.known());
    forget_known_config(place.root.path());  // of nothing
}

TEST(KnownConfig, WhereItCannotBeKeptItIsReadAgain) {
    const Place place(kText);
    place.root.make_directory(kKept);
    EXPECT_EQ(place.keep().table_base, 30000U);
    EXPECT_FALSE(place.known());
}

}  // namespace
}  // namespace eni
