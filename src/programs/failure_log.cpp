// See failure_log.hpp.
#include "failure_log.hpp"

#include <chrono>
#include <iterator>
#include <utility>

namespace eni {

namespace {

constexpr unsigned kMostRunsWithNews = 5;
constexpr std::size_t kMostKinds = 256;  // what is beyond them is not told
constexpr std::chrono::hours kReminder{1};
/// What was not told when it began is told when it is over only where it was more than a flicker.
constexpr std::chrono::minutes kLong{1};

bool is_digit(char c) {
    return '0' <= c && c <= '9';
}

std::string without_numbers(const std::string& text) {
    std::string kind;
    for (const char c : text)
        if (!is_digit(c))
            kind += c;
        else if (kind.empty() || kind.back() != '#')
            kind += '#';
    return kind;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

std::string FailureLog::reminder(const Kind& kind, Time now) {
    const auto time = std::chrono::duration_cast<std::chrono::minutes>(now - kind.told_at);
    return "still failing, " + std::to_string(kind.tries) + " more tries in " +
           std::to_string(time.count()) + " minutes: " + kind.last;
}

std::vector<LogLine> FailureLog::news(const std::vector<std::string>& failures, Time now) {
    std::map<std::string, std::set<std::string>> by_kind;
    for (const std::string& failure : failures) by_kind[without_numbers(failure)].insert(failure);
    std::vector<LogLine> lines;
    for (auto it = kinds_.begin(); it != kinds_.end();) {
        auto& [name, kind] = *it;
        if (by_kind.count(name) == 0) end(kind, failures.empty(), now, lines);
        it = kind.is_failing || now < kind.seen_at + kReminder ? std::next(it) : kinds_.erase(it);
    }
    for (const auto& [name, texts] : by_kind)
        if (kinds_.size() < kMostKinds || kinds_.count(name) != 0)
            fail(kinds_[name], texts, now, lines);
    return lines;
}

void FailureLog::fail(Kind& kind, const std::set<std::string>& texts, Time now,
                      std::vector<LogLine>& lines) {
    if (!kind.is_failing) kind.failing_since = now;
    kind.is_failing = true;
    kind.seen_at = now;
    kind.last = *texts.begin();
    ++kind.tries;
    std::vector<std::string> fresh;
    std::set<std::string> known;
    for (const std::string& text : texts)
        if (kind.told.count(text) != 0)
            known.insert(text);
        else
            fresh.push_back(text);
    const bool is_news = !fresh.empty() && kind.runs_with_news < kMostRunsWithNews;
    const bool is_reminder = !is_news && kind.told_at + kReminder <= now;
    kind.told = is_news || is_reminder ? texts : known;
    if (is_news) {
        for (std::string& text : fresh) lines.push_back({LogLevel::error, "", std::move(text)});
        ++kind.runs_with_news;
    }
    if (is_reminder) lines.push_back({LogLevel::error, "", reminder(kind, now)});
    if (!is_news && !is_reminder) return;
    kind.told_at = now;
    kind.tries = 0;
}

void FailureLog::end(Kind& kind, bool works_again, Time now, std::vector<LogLine>& lines) {
    if (!kind.is_failing) return;
    std::set<std::string> over = std::move(kind.told);
    kind.told.clear();
    kind.is_failing = false;
    if (!works_again) return;
    if (over.empty() && kind.failing_since + kLong <= now) over = {kind.last};
    for (const std::string& text : over)
        lines.push_back({LogLevel::info, "", "works again, after: " + first_line(text)});
}

}  // namespace eni
