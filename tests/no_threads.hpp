// A process that can start no thread: for the child of a death test. Must not be called elsewhere:
// there is no way back.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace eni {

/// The limit counts for users other than root.
inline void start_no_threads() {
    const rlimit none = {0, 0};
    if (setrlimit(RLIMIT_NPROC, &none) != 0) _exit(110);
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(111);
}

}  // namespace eni
