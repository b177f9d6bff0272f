// Times what a shell or Python would be too slow to time. Must not know what it times; bench.py
// does.
//
//   stopwatch turns N CMD... -- CMD... [-- CMD...]
//       runs the commands in turn, N times, one process at a time, and prints a line for each turn:
//       for each command the time from before it is started until it is reaped, in nanoseconds, and
//       its peak memory in KiB. Ends with 1 where a command fails. From a command that is the word
//       @PID alone, what follows runs in the mount and network namespaces of that process.
//   stopwatch lookups N DESTINATION SOURCE...
//       asks the kernel N times for the route from each address to the destination, by connecting a
//       UDP socket that is bound to it, and prints the time for one, in nanoseconds.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Command = std::vector<char*>;  // ended by a null

void check(bool is_good, const std::string& what) {
    if (!is_good) throw std::runtime_error(what + ": " + std::strerror(errno));
}

long long nanoseconds_since(Clock::time_point start) {
    return std::chrono::nanoseconds(Clock::now() - start).count();
}

std::vector<Command> commands_from(char** words) {
    std::vector<Command> commands(1);
    for (; *words != nullptr; ++words) {
        if (std::strcmp(*words, "--") != 0) {
            commands.back().push_back(*words);
            continue;
        }
        commands.back().push_back(nullptr);
        commands.emplace_back();
    }
    commands.back().push_back(nullptr);
    return commands;
}

/// Before the time of a command begins, since it is none of its doing.
void enter(const char* pid) {
    for (const char* name : {"net", "mnt"}) {
        const std::string path = std::string("/proc/") + pid + "/ns/" + name;
        const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        check(descriptor >= 0 && setns(descriptor, 0) == 0, path);
        close(descriptor);
    }
}

void time_command(const Command& command, const posix_spawn_file_actions_t& actions) {
    pid_t pid = 0;
    int status = 0;
    rusage usage{};
    const auto start = Clock::now();
    errno = posix_spawnp(&pid, command[0], &actions, nullptr, command.data(), environ);
    check(errno == 0, command[0]);
    check(wait4(pid, &status, 0, &usage) == pid, "wait4");
    const long long time = nanoseconds_since(start);
    if (status != 0) throw std::runtime_error(std::string(command[0]) + " failed");
    std::printf("%lld %ld ", time, usage.ru_maxrss);
}

void take_turns(int turns, const std::vector<Command>& commands) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
        posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
    for (int turn = 0; turn < turns; ++turn) {
        for (const Command& command : commands)
            if (command[0][0] == '@')
                enter(command[0] + 1);
            else
                time_command(command, actions);
        std::puts("");
    }
    posix_spawn_file_actions_destroy(&actions);
}

sockaddr_in address_from(const char* text) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
        throw std::runtime_error(std::string("not an address: ") + text);
    return address;
}

void look_up(int rounds, const char* destination, char** sources) {
    sockaddr_in to = address_from(destination);
    to.sin_port = htons(9);
    std::vector<int> sockets;
    for (; *sources != nullptr; ++sources) {
        const sockaddr_in from = address_from(*sources);
        sockets.push_back(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        check(bind(sockets.back(), reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0,
              *sources);
    }
    const auto start = Clock::now();
    for (int round = 0; round < rounds; ++round)
        for (const int socket : sockets)
            check(connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0,
                  "connect");
    std::printf("%lld\n", nanoseconds_since(start) / rounds / static_cast<long>(sockets.size()));
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string verb = argc > 4 ? argv[1] : "";
        if (verb == "turns")
            take_turns(std::atoi(argv[2]), commands_from(argv + 3));
        else if (verb == "lookups")
            look_up(std::atoi(argv[2]), argv[3], argv + 4);
        else
            throw std::runtime_error("see the beginning of stopwatch.cpp");
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "stopwatch: %s\n", error.what());
        return 1;
    }
}
