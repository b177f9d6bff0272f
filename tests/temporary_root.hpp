// A directory that stands for "/" in a test and is gone with the test. Must not use the code under
// test.
#pragma once

#include <ftw.h>
#include <glib.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace eni {

class TemporaryRoot {
  public:
    TemporaryRoot() {
        if (mkdtemp(&path_[0]) == nullptr) throw std::runtime_error("mkdtemp failed");
    }
    ~TemporaryRoot() {
        nftw(
            path_.c_str(), [](const char* path, auto, auto, auto) { return std::remove(path); }, 8,
            FTW_DEPTH | FTW_PHYS);
    }
    TemporaryRoot(const TemporaryRoot&) = delete;
    TemporaryRoot& operator=(const TemporaryRoot&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& path) const { return path_ + path; }

    void make_directory(const std::string& path) const {
        ASSERT_EQ(g_mkdir_with_parents((path_ + path).c_str(), 0755), 0) << path;
    }
    void write(const std::string& path, const std::string& bytes) const {
        make_directory(path.substr(0, path.rfind('/')));
        std::ofstream(path_ + path, std::ios::binary) << bytes;
    }
    void link(const std::string& target, const std::string& path) const {
        make_directory(path.substr(0, path.rfind('/')));
        ASSERT_EQ(symlink(target.c_str(), (path_ + path).c_str()), 0) << path;
    }
    std::optional<std::string> read(const std::string& path) const {
        std::ifstream file(path_ + path, std::ios::binary);
        if (!file) return std::nullopt;
        return std::string(std::istreambuf_iterator<char>(file), {});
    }
    std::vector<std::string> names(const std::string& directory) const {
        std::vector<std::string> names;
        GDir* const stream = g_dir_open((path_ + directory).c_str(), 0, nullptr);
        if (stream == nullptr) return names;
        while (const char* name = g_dir_read_name(stream)) names.emplace_back(name);
        g_dir_close(stream);
        std::sort(names.begin(), names.end());
        return names;
    }

  private:
    std::string path_ = "/tmp/eni-routes-test-XXXXXX";
};

}  // namespace eni
