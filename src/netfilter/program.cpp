// See program.hpp.
#include "program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace eni {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxInput = 60 * 1024;  // a pipe holds 64 KiB: nobody need read yet
constexpr std::size_t kMaxOutput = 64 * 1024 * 1024;

[[noreturn]] void fail(const std::string& what, int error) {
    throw std::system_error(error, std::generic_category(), what);
}

class Pipe {
  public:
    Pipe() {
        if (pipe2(ends_.data(), O_CLOEXEC) != 0) fail("a pipe", errno);
    }
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int end(std::size_t which) const { return ends_[which]; }
    void close_end(std::size_t which) {
        if (ends_[which] >= 0) close(ends_[which]);
        ends_[which] = -1;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

/// What the child has of ours: three descriptors, and no signal that is blocked or ignored.
pid_t spawn(const std::vector<std::string>& arguments, const Pipe& in, const Pipe& out,
            const Pipe& errors) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    char locale[] = "LC_ALL=C", path[] = "PATH=/usr/sbin:/sbin:/usr/bin:/bin";
    std::array<char*, 3> environment{locale, path, nullptr};

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.end(0), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.end(1), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors.end(1), STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t child = -1;
    const int error =
        posix_spawn(&child, argv[0], &actions, &attributes, argv.data(), environment.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) fail(arguments[0] + " cannot be started", error);
    return child;
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) fail("it is not known how a program ended", errno);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// False at its end.
bool read_some(int descriptor, std::string& text) {
    std::array<char, 16384> buffer;
    const ssize_t size = read(descriptor, buffer.data(), buffer.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (size <= 0) return false;
    if (text.size() < kMaxOutput) text.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
}

/// False where it takes too long.
bool read_all(Pipe& out, Pipe& errors, ProgramResult& result) {
    const auto end = Clock::now() + kProgramTime;
    std::array<pollfd, 2> polled{{{out.end(0), POLLIN, 0}, {errors.end(0), POLLIN, 0}}};
    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        if (left.count() <= 0) return false;
        if (poll(polled.data(), polled.size(), static_cast<int>(left.count())) <= 0) continue;
        if (polled[0].revents != 0 && !read_some(polled[0].fd, result.output)) polled[0].fd = -1;
        if (polled[1].revents != 0 && !read_some(polled[1].fd, result.errors)) polled[1].fd = -1;
    }
    return true;
}

}  // namespace

std::string path_of_program(const std::string& name) {
    for (const char* directory : {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"})
        if (access((directory + name).c_str(), X_OK) == 0) return directory + name;
    return "";
}

ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& input) {
    if (input.size() > kMaxInput) throw std::length_error(arguments[0] + ": too much input for it");
    Pipe in, out, errors;
    // A user with very many pipes gets smaller ones: to wait for room would be for ever.
    if (fcntl(in.end(1), F_SETFL, O_NONBLOCK) != 0) fail("a pipe", errno);
    if (!input.empty() &&
        write(in.end(1), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
        throw std::runtime_error("a pipe to " + arguments[0] + " has no room");
    const pid_t child = spawn(arguments, in, out, errors);
    in.close_end(1);
    out.close_end(1);
    errors.close_end(1);
    ProgramResult result;
    const bool has_ended = read_all(out, errors, result);
    if (!has_ended) kill(child, SIGKILL);
    result.status = wait_for(child);
    if (!has_ended)
        throw std::runtime_error(arguments[0] + " took longer than " +
                                 std::to_string(kProgramTime.count()) + " s, and was ended");
    return result;
}

}  // namespace eni
