#include "next_run.hpp"

#include <algorithm>

namespace eni {

std::optional<Time> NextRun::due(Time now) const {
    if (at_once) return now;
    if (retry_at && fight_at) return std::min(*retry_at, *fight_at);
    return retry_at ? retry_at : fight_at;
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
