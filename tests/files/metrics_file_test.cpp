// The file of metrics: whole, with the mode that node_exporter needs, and never in a place where
// another user could lead it elsewhere, nor over another program's file.
#include "metrics_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_outcome.hpp"
#include "temporary_root.hpp"

namespace eni {
namespace {

const std::string kText = "# HELP eni_routes_build_info The version of eni-routes.\n";

/// A directory that is this user's alone.
class Place : public TemporaryRoot {
  public:
    Place() { make_directory("/metrics"); }
    std::string file() const { return path() + "/metrics/host.prom"; }
    std::string error() const {
        return error_of([&] { write_metrics_file(file(), kText); });
    }
};

TEST(MetricsFile, IsWrittenAndReplacedAndRemoved) {
    const Place place;
    write_metrics_file(place.file(), kText);
    EXPECT_EQ(place.read("/metrics/host.prom"), kText);
    EXPECT_EQ(status_of(place.file()).st_mode & 07777U, 0644U);
    write_metrics_file(place.file(), kText + "more\n");
    EXPECT_EQ(place.read("/metrics/host.prom"), kText + "more\n");
    EXPECT_EQ(place.names("/metrics"), std::vector<std::string>{"host.prom"});
    remove_metrics_file(place.file());
    EXPECT_TRUE(place.names("/metrics").empty());
    remove_metrics_file(place.file());  // gone already
}

TEST(MetricsFile, ASymbolicLinkStays) {
    const Place place;
    place.make_directory("/elsewhere");
    ASSERT_EQ(symlink("../elsewhere/real.prom", place.file().c_str()), 0);
    write_metrics_file(place.file(), kText);
    EXPECT_TRUE(S_ISLNK(status_of(place.file()).st_mode));
    EXPECT_EQ(place.read("/elsewhere/real.prom"), kText);
}

TEST(MetricsFile, AnotherProgramsIsLeft) {
    const Place place;
    place.write("/metrics/host.prom", "root:x:0:0\n");
    const std::string wanted = place.file() + " is not a file of eni-routes' metrics, left alone";
    EXPECT_EQ(place.error(), wanted);
    EXPECT_EQ(error_of([&] { remove_metrics_file(place.file()); }), wanted);
    EXPECT_EQ(place.read("/metrics/host.prom"), "root:x:0:0\n");
}

TEST(MetricsFile, WhatIsNoRegularFileIsLeft) {
    const Place place;
    ASSERT_EQ(mkfifo(place.file().c_str(), 0600), 0);
    EXPECT_EQ(place.error(), "cannot read " + place.file() + ": it is not a regular file");
    EXPECT_TRUE(S_ISFIFO(status_of(place.file()).st_mode));
}

TEST(MetricsFile, ADirectoryThatOthersWriteToIsRefused) {
    const Place place;
    ASSERT_EQ(chmod((place / "/metrics").c_str(), 01777), 0);
    EXPECT_EQ(place.error(), "cannot write " + place.file() +
                                 ": other users than its owner can write to " +
                                 (place / "/metrics") + ", or it is another user's");
    EXPECT_TRUE(place.names("/metrics").empty());
}

/// Also through a link in a directory that is not.
TEST(MetricsFile, SoIsOneThatALinkLeadsTo) {
    const Place place;
    place.make_directory("/shared");
    ASSERT_EQ(chmod((place / "/shared").c_str(), 0775), 0);
    ASSERT_EQ(symlink("../shared/real.prom", place.file().c_str()), 0);
    EXPECT_NE(place.error(), "no error");
    EXPECT_TRUE(place.names("/shared").empty());
}

TEST(MetricsFile, ADirectoryThatIsNotThereIsNotMade) {
    const Place place;
    const std::string file = place / "/absent/host.prom";
    EXPECT_EQ(error_of([&] { write_metrics_file(file, kText); }),
              "cannot write " + file + ": No such file or directory");
}

}  // namespace
}  // namespace eni
