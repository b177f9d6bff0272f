// A process of its own, for tests of what a process cannot undo: namespaces, limits, filters.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace eni {

/// Runs `action` in a process of its own; returns its exit status. 77 is for skipped.
inline int exit_status_of(const std::function<int()>& action) {
    const pid_t child = fork();
    if (child == 0) _exit(action());
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace eni
