// What recorded facts say of the host that they are from, and which configuration they bring.
#include "recording.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "config_file.hpp"
#include "inspection.hpp"
#include "session.hpp"
#include "temporary_root.hpp"

namespace eni {
namespace {

Recording recording_of(const TemporaryRoot& root, const std::string& config_path) {
    return make_recording(root.path(), config_path, "1.42.4");
}

TEST(Recording, SaysWithWhatItWasMade) {
    const TemporaryRoot root;
    root.write("/usr/lib/os-release", "NAME=CentOS\nPRETTY_NAME=\"CentOS Linux 7 (Core)\"\n");
    root.write("/config.yaml", "table_base: 500\n");
    const Recording recording = recording_of(root, root / "/config.yaml");
    EXPECT_NE(recording.version, "");
    EXPECT_NE(recording.kernel_release, "");
    EXPECT_EQ(recording.distribution, "CentOS Linux 7 (Core)");
    EXPECT_EQ(recording.networkmanager, "1.42.4");
    EXPECT_EQ(recording.configuration, "table_base: 500\n");

    root.write("/etc/os-release", "PRETTY_NAME='Debian GNU/Linux 12 (bookworm)'\n");
    EXPECT_EQ(recording_of(root, "").distribution, "Debian GNU/Linux 12 (bookworm)");
}

TEST(Recording, WhatIsNotThereIsEmpty) {
    const TemporaryRoot root;
    const Recording recording = recording_of(root, root / "/config.yaml");
    EXPECT_EQ(recording.distribution, "");
    EXPECT_EQ(recording.configuration, "");
}

TEST(Recording, InWords) {
    EXPECT_EQ(words_for({"0.1.0", "3.10.0-1160", "CentOS Linux 7 (Core)", "1.18.8", ""}),
              "recorded with eni-routes 0.1.0 on CentOS Linux 7 (Core), kernel 3.10.0-1160, "
              "NetworkManager 1.18.8");
    EXPECT_EQ(words_for({"0.1.0", "6.1.0", "", "", ""}),
              "recorded with eni-routes 0.1.0, kernel 6.1.0");
}

// ---- Replaying it -------------------------------------------------------------------------------

/// A target that would read another configuration than the recorded one.
struct Replay {
    TemporaryRoot root;
    Target target;
    std::optional<Facts> recorded = Facts{};

    Replay() {
        root.write("/etc/eni-routes/config.yaml", "table_base: 300\n");
        root.write("/other.yaml", "table_base: 400\n");
        target.root = root.path();
    }
};

TEST(RecordedConfiguration, IsInForce) {
    Replay replay;
    replay.recorded->recording = Recording{"0.1.0", "", "", "", "table_base: 500\n"};
    EXPECT_EQ(config_for(replay.target, replay.recorded).table_base, 500u);
    replay.recorded->recording->configuration = "";
    EXPECT_EQ(config_for(replay.target, replay.recorded).table_base, Config{}.table_base)
        << "the host had none";
}

TEST(RecordedConfiguration, GivesWayToTheOneThatIsNamed) {
    Replay replay;
    replay.recorded->recording = Recording{"0.1.0", "", "", "", "table_base: 500\n"};
    replay.target.config = replay.root / "/other.yaml";
    EXPECT_EQ(config_for(replay.target, replay.recorded).table_base, 400u);
}

TEST(RecordedConfiguration, IsTheInstalledOneWhereThereIsNone) {
    Replay replay;
    EXPECT_EQ(config_for(replay.target, replay.recorded).table_base, 300u);
    EXPECT_EQ(config_for(replay.target, std::nullopt).table_base, 300u);
}

TEST(RecordedConfiguration, IsNamedInErrors) {
    Replay replay;
    replay.recorded->recording = Recording{"0.1.0", "", "", "", "tabel_base: 500\n"};
    try {
        config_for(replay.target, replay.recorded);
        FAIL() << "no error";
    } catch (const ConfigError& error) {
        EXPECT_EQ(std::string(error.what()).compare(0, 32, "the recorded configuration:1:1: "), 0)
            << error.what();
    }
}

/// Judged by what was recorded, and not by what runs here.
TEST(RecordedHost, IsJudgedAsItWas) {
    Inspection inspection;
    inspection.facts.host = HostFacts{};
    inspection.facts.host->hooks.resize(2);
    inspection.facts.host->watch = WatchFacts{42, {{"eth1", "is fought over"}}};
    inspection.session.recorded = inspection.facts;
    const CheckResult result = judge(inspection);
    ASSERT_EQ(result.findings.size(), 1u);
    EXPECT_EQ(result.findings[0].text, "is fought over");
    EXPECT_EQ(result.host_is_right,
              (std::vector<std::string>{"fewer than two managed interfaces", "hook"}));
    const auto status = watch_status(inspection);
    ASSERT_TRUE(status && status->watch);
    EXPECT_EQ(status->watch->pid, 42);
}

TEST(RecordedHost, IsNotThisOneWhereFactsSayNothingOfIt) {
    Inspection inspection;
    inspection.session.recorded = inspection.facts;
    const CheckResult result = judge(inspection);
    for (const Finding& finding : result.findings) EXPECT_EQ(finding.code, "host-not-recorded");
    for (const std::string& right : result.host_is_right) EXPECT_NE(right, "hook");
    EXPECT_FALSE(watch_status(inspection));
}

}  // namespace
}  // namespace eni
