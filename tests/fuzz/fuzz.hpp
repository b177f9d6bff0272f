// What the fuzz targets share: invariants that end the program where they fail, and files below a
// root that stands for "/". Must not use GoogleTest, nor print while all is well.
#pragma once

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

/// libFuzzer's entry, and that of replay.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace eni {

/// An abort is what libFuzzer takes for a crash; the input is kept then.
inline void require(bool holds, const char* what, const std::string& seen = "") {
    if (holds) return;
    std::fprintf(stderr, "invariant broken: %s\n%s\n", what, seen.c_str());
    std::abort();
}

inline void require_equal(const std::string& first, const std::string& second, const char* what) {
    require(first == second, what, "--- first\n" + first + "\n--- second\n" + second);
}

/// "=== etc/eni-routes/disabled", and what follows up to the next such line, is a file or an answer
/// by that name. What stands before the first has no name.
inline std::map<std::string, std::string> sections_of(const std::string& text) {
    constexpr char kMark[] = "=== ";
    std::map<std::string, std::string> sections;
    std::string* current = &sections[""];
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        const std::size_t next = end == std::string::npos ? text.size() : end + 1;
        if (text.compare(at, sizeof kMark - 1, kMark) == 0) {
            const std::size_t begin = at + sizeof kMark - 1;
            current = &sections[text.substr(begin, std::min(end, text.size()) - begin)];
        } else {
            current->append(text, at, next - at);
        }
        at = next;
    }
    return sections;
}

/// In memory where there is a /dev/shm; gone with the process, unless it is aborted.
class FuzzRoot {
  public:
    FuzzRoot() {
        path_ = (access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        path_ += "/eni-routes-fuzz-XXXXXX";
        if (mkdtemp(&path_[0]) == nullptr) throw std::runtime_error("mkdtemp failed");
    }
    ~FuzzRoot() {
        remove_below();
        rmdir(path_.c_str());
    }
    FuzzRoot(const FuzzRoot&) = delete;
    FuzzRoot& operator=(const FuzzRoot&) = delete;

    const std::string& path() const { return path_; }

    void remove_below() const {
        nftw(
            path_.c_str(),
            [](const char* path, auto, auto, FTW* at) {
                return at->level == 0 ? 0 : std::remove(path);
            },
            8, FTW_DEPTH | FTW_PHYS);
    }
    /// `name` begins with a slash. What cannot be written (a file stands where a directory should)
    /// is absent.
    /// False where something else stands there, or in a directory's place.
    bool write(const std::string& name, const std::string& bytes) const {
        for (std::size_t slash = name.find('/', 1); slash != std::string::npos;
             slash = name.find('/', slash + 1))
            mkdir((path_ + name.substr(0, slash)).c_str(), 0755);
        std::ofstream file(path_ + name, std::ios::binary);
        file << bytes;
        return static_cast<bool>(file.flush());
    }

  private:
    std::string path_;
};

}  // namespace eni
