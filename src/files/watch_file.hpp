// /run/eni-routes/watch: locked by the watch that runs, with what it fights over, for `status` and
// `check`. Must not know how either is used.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "file.hpp"
#include "host.hpp"

namespace eni {

class WatchFile {
  public:
    /// Throws std::runtime_error where another watch holds it, std::system_error where it cannot be
    /// made.
    WatchFile();

    /// One line for each fight; nothing is written where it says so already. Throws
    /// std::system_error.
    void write(const std::vector<FightFact>& fights);

  private:
    File file_;
    std::string text_;
};

/// What the watch that runs wrote; nothing where none runs. Needs no rights.
std::optional<WatchFacts> load_watch_facts();

}  // namespace eni
