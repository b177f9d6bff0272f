// A clock of the time that this process has had the processor: what other programs of a busy
// machine take does not count. For tests that hold a cost against another's.
#pragma once

#include <chrono>
#include <ctime>

namespace eni {

struct CpuTime {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<CpuTime>;
    static constexpr bool is_steady = true;

    static time_point now() {
        timespec time{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return time_point(std::chrono::seconds(time.tv_sec) + duration(time.tv_nsec));
    }
};

}  // namespace eni
