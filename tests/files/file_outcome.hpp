// What became of a file, and of what was done to it.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <exception>
#include <functional>
#include <string>

namespace eni {

inline struct stat status_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
    return status;
}

inline std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace eni
