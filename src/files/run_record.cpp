// See run_record.hpp. A line is "event RUNS FAILED REPAIRS LAST_BEGIN LAST_DURATION
// HAS_LAST_FAILED" or "metadata ANSWERED".
#include "run_record.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <initializer_list>
#include <string_view>

#include "file.hpp"
#include "replaced_file.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr char kMetadata[] = "metadata";

/// The words of a line, from the first on.
class RecordWords {
  public:
    explicit RecordWords(std::string_view line) : left_(line) {}

    std::string_view next() {
        const std::size_t end = std::min(left_.find(' '), left_.size());
        const std::string_view word = left_.substr(0, end);
        left_.remove_prefix(std::min(end + 1, left_.size()));
        return word;
    }

    /// False where one of them is no number, or there are more.
    bool are(std::initializer_list<std::uint32_t*> numbers) {
        for (std::uint32_t* const number : numbers) {
            const auto value = number_from(next());
            if (!value) return false;
            *number = *value;
        }
        return left_.empty();
    }

  private:
    std::string_view left_;
};

void read_line(std::string_view line, RunRecord& record) {
    RecordWords words(line);
    const std::string_view name = words.next();
    if (name == kMetadata) {
        std::uint32_t answered = 0;
        if (words.are({&answered})) record.metadata_answered = answered;
        return;
    }
    for (std::size_t i = 0; i < record.of.size(); ++i) {
        RunsOf runs;
        std::uint32_t failed = 0;
        if (name != kRunByNames[i] ||
            !words.are({&runs.runs, &runs.failed, &runs.repairs, &runs.last_begin,
                        &runs.last_duration, &failed}) ||
            runs.runs == 0)
            continue;
        runs.has_last_failed = failed != 0;
        record.of[i] = runs;
    }
}

std::string record_text(const RunRecord& record) {
    std::string text;
    for (std::size_t i = 0; i < record.of.size(); ++i) {
        const RunsOf& runs = record.of[i];
        if (runs.runs == 0) continue;
        text += kRunByNames[i];
        for (const std::uint32_t number : {runs.runs, runs.failed, runs.repairs, runs.last_begin,
                                           runs.last_duration, std::uint32_t{runs.has_last_failed}})
            (text += ' ') += std::to_string(number);
        text += '\n';
    }
    if (record.metadata_answered != 0)
        text += std::string(kMetadata) + " " + std::to_string(record.metadata_answered) + "\n";
    return text;
}

}  // namespace

RunRecord load_run_record(const std::string& root) {
    const std::string text = load_file(root, kRunRecordPath).value_or("");
    RunRecord record;
    std::string_view left = text;
    while (!left.empty()) {
        const std::size_t end = std::min(left.find('\n'), left.size());
        read_line(left.substr(0, end), record);
        left.remove_prefix(std::min(end + 1, left.size()));
    }
    return record;
}

void save_run_record(const std::string& root, const RunRecord& record) {
    const std::string path = root + kRunRecordPath, what = "cannot write " + path;
    const std::string text = record_text(record);
    if (text.empty()) {
        if (unlink(path.c_str()) != 0 && errno != ENOENT) throw_errno(what);
        return;
    }
    Temporary temporary(path);
    const File file = open_file(temporary.path(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (!file || fchmod(fileno(file.get()), 0644) != 0 ||
        std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
        std::fflush(file.get()) != 0 || std::rename(temporary.path().c_str(), path.c_str()) != 0)
        throw_errno(what);
}

}  // namespace eni
