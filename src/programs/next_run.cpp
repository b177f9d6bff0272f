// See next_run.hpp.
#include "next_run.hpp"

#include <algorithm>

namespace eni {

namespace {

constexpr Time kLongest{60'000};
constexpr Time kEcho{1'000};

}  // namespace

void Backoff::failed(Time now) {
    failed_at_ = now;
    retry_at_ = now + pause_;
    pause_ = std::min(2 * pause_, kLongest);
}

void Backoff::changed(Time now) {
    if (now - failed_at_ >= kEcho) pause_ = kShortest;
}

std::optional<Time> Backoff::not_before() const {
    if (!retry_at_) return std::nullopt;
    return failed_at_ + kEcho;
}

void MetricsTimer::written(Time now) {
    written_at_ = now;
    has_changed_ = false;
}

Time MetricsTimer::due() const {
    if (!written_at_) return Time{0};
    return *written_at_ + (has_changed_ ? kEcho : kLongest);
}

bool waits_for_quiet(bool is_only_loss, Time now, Time last_run) {
    constexpr Time kAlone{1'000};
    return !is_only_loss || now - last_run < kAlone;
}

std::optional<Time> NextRun::due(Time now) const {
    std::optional<Time> first;
    if (at_once) first = std::max(now, not_before.value_or(now));
    for (const auto& time : {retry_at, fight_at})
        if (time && (!first || *time < *first)) first = time;
    return first;
}

bool NextRun::is_due(Time now) const {
    const auto time = due(now);
    return time && *time <= now;
}

Time NextRun::patience(Time now, std::optional<Time> longest) const {
    std::optional<Time> result = longest;
    if (const auto time = due(now)) {
        result = std::max(*time - now, Time{0});
        if (longest) result = std::min(*result, *longest);
    }
    return result.value_or(Time{-1});
}

}  // namespace eni
