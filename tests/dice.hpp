// Random choices for tests, the same ones in each run.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace eni {

class Dice {
  public:
    explicit Dice(std::uint32_t seed) : engine_(seed) {}

    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(engine_()) % end; }
    bool once_in(std::uint32_t times) { return below(times) == 0; }
    template <class T>
    const T& one_of(const std::vector<T>& all) {
        return all[below(static_cast<std::uint32_t>(all.size()))];
    }

  private:
    std::mt19937 engine_;
};

}  // namespace eni
