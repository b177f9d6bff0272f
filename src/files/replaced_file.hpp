// A file that is replaced by another while other programs write to it as well: what they wrote in
// between is kept. Must not know what is in either.
#pragma once

#include <sys/stat.h>

#include <stdexcept>
#include <string>

#include "file.hpp"

namespace eni {

/// "PATH was changed by another program meanwhile, left alone"
struct ChangedMeanwhile : std::runtime_error {
    explicit ChangedMeanwhile(const std::string& path)
        : std::runtime_error(path + " was changed by another program meanwhile, left alone") {}
};

/// A regular file that is open, so that its bytes can be read also when its name is another's.
struct OpenFile {
    std::string path;
    File file;  // null where there is none
    struct stat status {};
    std::string bytes;  // those that it had when its successor's were computed

    int descriptor() const { return fileno(file.get()); }
};

/// Where there is no file (ENOENT, and nothing else) `file` is null. Throws std::runtime_error for
/// one that is no regular file, or whose bytes do not begin with `bytes`.
OpenFile open_for_replacing(const std::string& path, const std::string& bytes,
                            const std::string& what);

/// A file beside the one that it is for, under a name that no program reads; it is removed with the
/// object, whichever file has the name then.
class Temporary {
  public:
    /// For `path`; makes no file.
    explicit Temporary(const std::string& path);
    ~Temporary();
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    const std::string& path() const { return path_; }
    void keep() { is_kept_ = true; }

  private:
    std::string path_;
    bool is_kept_ = false;
};

/// The temporary file, which has `bytes` and `fd` writes, gets the place of `old`. A program that
/// had opened the old file before may write to it later: until none has it open for writing, for at
/// most 50 ms, what was added to its end is added to the new one. True where there was such.
///
/// Throws ChangedMeanwhile where the old file has been replaced, removed or written anew, or one
/// stands where there was none: it is left, or put back, with what was added meanwhile to the new
/// one. (A program that has read the new one by then, and replaces the file later, does so without
/// what was put back. Linux before 3.15, and file systems without RENAME_EXCHANGE, cannot put it
/// back; there the gap is from the last comparison to the rename.)
bool take_place_of(const OpenFile& old, Temporary& temporary, int fd, const std::string& bytes,
                   const std::string& what);

/// Removes the file. Throws ChangedMeanwhile where it was replaced or written, and leaves it.
void remove_unchanged(const OpenFile& old, const std::string& what);

}  // namespace eni
