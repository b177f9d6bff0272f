// What fails for a reason that passes by itself is tried again, within bounds: six times in all,
// with pauses of 1, 4, 16, 64 and 256 ms between (341 ms). Must not be used for what may have been
// done already.
#pragma once

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace eni {

/// The kernel had no memory or no room just then, or a signal came across.
constexpr bool is_transient(int error) {
    return error == EINTR || error == EAGAIN || error == ENOMEM || error == ENOBUFS;
}

class Tries {
  public:
    /// Pauses. False where there have been enough.
    bool again() {
        constexpr int kTries = 6;
        if (++made_ >= kTries) return false;
        std::this_thread::sleep_for(pause_);
        pause_ *= 4;
        return true;
    }

  private:
    int made_ = 0;
    std::chrono::milliseconds pause_{1};
};

/// A system call that returns less than 0 and says in errno why. Throws std::system_error.
template <class Call>
auto tried(const char* what, Call call) {
    Tries tries;
    while (true) {
        const auto result = call();
        if (result >= 0) return result;
        const int error = errno;
        if (!is_transient(error) || !tries.again())
            throw std::system_error(error, std::generic_category(), what);
    }
}

}  // namespace eni
