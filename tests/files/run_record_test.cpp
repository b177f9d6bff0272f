// That what is recorded of the runs survives a round trip, and that a damaged file is no record.
#include "run_record.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_outcome.hpp"
#include "temporary_root.hpp"

namespace eni {
namespace {

const std::string kPath = "/run/eni-routes/runs";

/// With the directory, which the lock of a run makes.
class Root : public TemporaryRoot {
  public:
    Root() { make_directory("/run/eni-routes"); }
};

RunRecord record_of_two() {
    RunRecord record;
    record.by(RunBy::event) = {4294967295, 2, 3, 1764286646, 12345, true};
    record.by(RunBy::refresh) = {1, 0, 0, 1764286000, 0, false};
    record.metadata_answered = 1764286001;
    return record;
}
const std::string kText =
    "event 4294967295 2 3 1764286646 12345 1\nrefresh 1 0 0 1764286000 0 0\nmetadata 1764286001\n";

TEST(RunRecord, SurvivesARoundTrip) {
    const Root root;
    save_run_record(root.path(), record_of_two());
    EXPECT_EQ(root.read(kPath), kText);
    EXPECT_EQ(status_of(root / kPath).st_mode & 07777U, 0644U);
    EXPECT_EQ(root.names("/run/eni-routes"), std::vector<std::string>{"runs"});
    const RunRecord read = load_run_record(root.path());
    const RunsOf& event = read.by(RunBy::event);
    EXPECT_EQ(event.runs, 4294967295U);
    EXPECT_EQ(event.failed, 2U);
    EXPECT_EQ(event.repairs, 3U);
    EXPECT_EQ(event.last_begin, 1764286646U);
    EXPECT_EQ(event.last_duration, 12345U);
    EXPECT_TRUE(event.has_last_failed);
    EXPECT_EQ(read.by(RunBy::watch).runs, 0U);
    EXPECT_EQ(read.by(RunBy::refresh).runs, 1U);
    EXPECT_FALSE(read.by(RunBy::refresh).has_last_failed);
    EXPECT_EQ(read.by(RunBy::command).runs, 0U);
    EXPECT_EQ(read.metadata_answered, 1764286001U);
}

TEST(RunRecord, IsEmptyWhereThereIsNoFileAndRemovedWhereItIsEmpty) {
    const Root root;
    EXPECT_EQ(load_run_record(root.path()).by(RunBy::event).runs, 0U);
    save_run_record(root.path(), {});
    root.write(kPath, kText);
    save_run_record(root.path(), {});
    EXPECT_TRUE(root.names("/run/eni-routes").empty());
}

TEST(RunRecord, ALineThatIsNoneIsNotThere) {
    const Root root;
    for (const char* line :
         {"event 1 2 3 4 5\n", "event 1 2 3 4 5 6 7\n", "event -1 2 3 4 5 0\n",
          "event 4294967296 2 3 4 5 0\n", "event\n", "event 0 2 3 4 5 0\n",
          "event 1 2 3 4 five 0\n", "events 1 2 3 4 5 0\n", "\n\n", " event 1 2 3 4 5 0\n"}) {
        root.write(kPath, line + std::string("watch 7 0 0 0 0 0"));
        const RunRecord record = load_run_record(root.path());
        EXPECT_EQ(record.by(RunBy::event).runs, 0U) << line;
        EXPECT_EQ(record.by(RunBy::event).repairs, 0U) << line;
        EXPECT_EQ(record.by(RunBy::watch).runs, 7U) << line;
    }
}

TEST(RunRecord, TakesThePlaceOfALinkAndOfWhatAKilledRunLeft) {
    const Root root;
    root.write("/precious", "bytes");
    root.write("/run/eni-routes/.runs.eni-routes-new", "half");
    ASSERT_EQ(symlink("../../precious", (root / kPath).c_str()), 0);
    save_run_record(root.path(), record_of_two());
    EXPECT_TRUE(S_ISREG(status_of(root / kPath).st_mode));
    EXPECT_EQ(root.read("/precious"), "bytes");
    EXPECT_EQ(root.names("/run/eni-routes"), std::vector<std::string>{"runs"});
}

TEST(RunRecord, SaysWhatFailed) {
    const Root root;
    root.make_directory(kPath);
    EXPECT_EQ(error_of([&] { save_run_record(root.path(), record_of_two()); }),
              "cannot write " + (root / kPath) + ": Is a directory");
    EXPECT_EQ(root.names("/run/eni-routes"), std::vector<std::string>{"runs"});
}

}  // namespace
}  // namespace eni
