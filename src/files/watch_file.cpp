// See watch_file.hpp. The first line is the process's number and when it began: what a dead process
// wrote is told from that of a living one, also where another has its number now.
#include "watch_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <sstream>
#include <stdexcept>

#include "apply_files.hpp"
#include "names.hpp"
#include "text.hpp"

namespace eni {

namespace {

constexpr char kPath[] = "/run/eni-routes/watch";

/// What others wrote into a line of ours must stay one line.
std::string one_line(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    return text;
}

Lock lock_for(const std::string& root) {
    try {
        return Lock(root, std::chrono::milliseconds(0), "watch.lock");
    } catch (const LockTimeout& error) {
        throw AnotherWatch("another watch runs already" +
                           (error.holder > 0 ? ", process " + std::to_string(error.holder)
                                             : std::string(": ") + error.what()));
    }
}

/// In ticks since the boot (proc(5), field 22 of stat); the name before it may have spaces and
/// parentheses. Empty where there is no such process.
std::string start_of(pid_t process) {
    std::string text;
    try {
        text = read_whole("/proc/" + std::to_string(process) + "/stat", kMaxFileSize);
    } catch (const std::exception&) {
        return "";
    }
    std::istringstream fields(text.substr(std::min(text.rfind(')'), text.size() - 1) + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number) fields >> field;
    return fields ? field : "";
}

std::string first_line(pid_t process) {
    return std::to_string(process) + " " + start_of(process);
}

}  // namespace

WatchFile::WatchFile(const std::string& root) : root_(root), lock_(lock_for(root)) {
    try {
        write({});
    } catch (const std::exception&) {  // the next write, which each run has, tells it
    }
}

/// "IFNAME TEXT" for each; "-" for none in particular.
void WatchFile::write(const std::vector<FightFact>& fights) {
    std::string text = first_line(getpid()) + "\n";
    for (const FightFact& fight : fights)
        text += (fight.ifname.empty() ? "-" : fight.ifname) + " " + one_line(fight.text) + "\n";
    if (text == text_ && exists(root_, kPath)) return;
    apply_file(root_, {kPath, "", load_file(root_, kPath), text}, Durability::memory);
    text_ = text;
}

std::optional<WatchFacts> load_watch_facts(const std::string& root) {
    std::string text;
    try {
        text = load_file(root, kPath).value_or("");
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
    const auto lines = lines_of(text);
    int pid = 0;
    if (lines.empty() || std::sscanf(lines[0].c_str(), "%d ", &pid) != 1 || pid <= 0 ||
        lines[0] != first_line(pid) || start_of(pid).empty())
        return std::nullopt;
    WatchFacts facts{pid, {}};
    for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
        const std::size_t space = std::min(line->find(' '), line->size());
        const std::string ifname = line->substr(0, space);
        facts.fights.push_back(
            {is_plain_name(ifname) ? ifname : "", line->substr(std::min(space + 1, line->size()))});
    }
    return facts;
}

}  // namespace eni
