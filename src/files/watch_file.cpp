// See watch_file.hpp.
#include "watch_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "apply_files.hpp"
#include "names.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr char kDirectory[] = "/run/eni-routes";
constexpr char kPath[] = "/run/eni-routes/watch";

void check(bool is_good) {
    if (!is_good) throw_errno(kPath);
}

/// What others wrote into a line of ours must stay one line.
std::string one_line(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    return text;
}

/// A POSIX lock: it can be asked about without being taken, and says whose it is.
struct flock whole_file(short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

/// The process that holds the file; 0 where none does.
pid_t holder_of(const File& file) {
    struct flock lock = whole_file(F_RDLCK);
    check(fcntl(fileno(file.get()), F_GETLK, &lock) == 0);
    return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

}  // namespace

WatchFile::WatchFile() {
    make_directory(kDirectory);
    file_ = open_file(kPath, O_RDWR | O_CREAT);
    check(file_ != nullptr && fchmod(fileno(file_.get()), 0644) == 0);
    struct flock lock = whole_file(F_WRLCK);
    if (fcntl(fileno(file_.get()), F_SETLK, &lock) != 0) {
        check(errno == EAGAIN || errno == EACCES);
        throw std::runtime_error("another watch runs already, process " +
                                 std::to_string(holder_of(file_)));
    }
    check(ftruncate(fileno(file_.get()), 0) == 0);
}

/// "IFNAME TEXT" for each; "-" for none in particular.
void WatchFile::write(const std::vector<FightFact>& fights) {
    std::string text;
    for (const FightFact& fight : fights)
        text += (fight.ifname.empty() ? "-" : fight.ifname) + " " + one_line(fight.text) + "\n";
    if (text == text_) return;
    const int fd = fileno(file_.get());
    check(ftruncate(fd, 0) == 0 &&
          pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    text_ = text;
}

std::optional<WatchFacts> load_watch_facts() {
    const File file = open_file(kPath, O_RDONLY);
    const pid_t pid = file ? holder_of(file) : 0;
    if (pid == 0) return std::nullopt;
    WatchFacts facts{pid, {}};
    for (const std::string& line : lines_of(load_file("", kPath).value_or(""))) {
        const std::size_t space = std::min(line.find(' '), line.size());
        const std::string ifname = line.substr(0, space);
        facts.fights.push_back(
            {is_plain_name(ifname) ? ifname : "", line.substr(std::min(space + 1, line.size()))});
    }
    return facts;
}

}  // namespace eni
