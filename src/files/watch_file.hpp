// /run/eni-routes/watch: which watch runs and what it fights over, for `status` and `check`. Must
// not be locked: whoever can read it could keep the watch from starting.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "host.hpp"
#include "lock.hpp"

namespace eni {

/// It runs already, and is said which process it is.
struct AnotherWatch : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class WatchFile {
  public:
    /// Locks /run/eni-routes/watch.lock below `root`. Throws AnotherWatch where another watch
    /// holds it; nothing for a /run that cannot be written, which `write` says.
    explicit WatchFile(const std::string& root = "");

    /// One line for each fight; nothing is written where it says so already. Throws
    /// std::system_error.
    void write(const std::vector<FightFact>& fights);

  private:
    std::string root_;
    Lock lock_;
    std::optional<std::string> text_;  // what it holds
};

/// What the watch that runs wrote; nothing where none runs, or it cannot be read, which the watch
/// itself says in each run. Needs no rights.
std::optional<WatchFacts> load_watch_facts(const std::string& root = "");

}  // namespace eni
