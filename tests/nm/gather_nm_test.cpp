// Routers as DHCP names them, and the ways in which NetworkManager does not answer. With a real
// NetworkManager it is tried in the simulated VPC.
#include "gather_nm.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "deadline.hpp"
#include "nm_client.hpp"
#include "no_threads.hpp"

namespace eni {
namespace {

/// A socket that takes connections into its queue, and never says a word.
class SilentBus {
  public:
    SilentBus() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path().c_str());
        EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(listen(fd_, 8), 0);
    }
    ~SilentBus() {
        close(fd_);
        unlink(path().c_str());
        rmdir(directory_);
    }
    SilentBus(const SilentBus&) = delete;
    SilentBus& operator=(const SilentBus&) = delete;

    void let_all_in() const {
        chmod(directory_, 0755);
        chmod(path().c_str(), 0777);
    }
    std::string path() const { return directory_ + std::string("/bus"); }

  private:
    char template_[32] = "/tmp/gather_nm_test.XXXXXX";
    const char* directory_ = mkdtemp(template_);
    int fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

/// GDBus can remember a bus that failed: each needs a process of its own. It ends with the number
/// of seconds that it took to find nothing.
[[noreturn]] void exit_with_seconds(const std::string& bus) {
    setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + bus).c_str(), 1);
    const auto start = std::chrono::steady_clock::now();
    const NmFacts facts = gather_nm();
    if (!facts.leases.empty() || !facts.profiles.empty()) _exit(100);
    const auto elapsed = std::chrono::steady_clock::now() - start;
    _exit(static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(elapsed).count()));
}

TEST(GatherNm, FindsNothingWithoutABus) {
    EXPECT_EXIT(exit_with_seconds("/nonexistent/bus"), testing::ExitedWithCode(0), "");
}

/// With 0 where it is not known whether NetworkManager runs, 1 where it does not.
[[noreturn]] void exit_with_what_is_known(const std::string& bus) {
    setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + bus).c_str(), 1);
    const NmFacts facts = gather_nm();
    if (!facts.version.empty()) _exit(100);
    _exit(!facts.networkmanager ? 0 : facts.networkmanager->runs ? 2 : 1);
}

TEST(GatherNm, WithoutABusItIsNotKnownWhetherItRuns) {
    EXPECT_EXIT(exit_with_what_is_known("/nonexistent/bus"), testing::ExitedWithCode(0), "");
}

TEST(GatherNm, OnABusThatDoesNotAnswerItIsNotKnownWhetherItRuns) {
    const SilentBus bus;
    EXPECT_EXIT(exit_with_what_is_known(bus.path()), testing::ExitedWithCode(0), "");
}

/// A bus on which nothing runs.
class EmptyBus {
  public:
    EmptyBus() : path_(mkdtemp(directory_) + std::string("/bus")), pid_(fork()) {
        const std::string address = "--address=unix:path=" + path_;
        if (pid_ == 0) {
            execlp("dbus-daemon", "dbus-daemon", "--session", "--nofork", "--nosyslog",
                   address.c_str(), nullptr);
            _exit(127);
        }
        for (int i = 0; i < 500 && !has_started_; ++i) {
            has_started_ = access(path_.c_str(), F_OK) == 0;
            if (!has_started_ && waitpid(pid_, nullptr, WNOHANG) == pid_) return;
            usleep(10'000);
        }
    }
    ~EmptyBus() {
        if (has_started_) {
            kill(pid_, SIGTERM);
            waitpid(pid_, nullptr, 0);
        }
        unlink(path_.c_str());
        rmdir(directory_);
    }
    EmptyBus(const EmptyBus&) = delete;
    EmptyBus& operator=(const EmptyBus&) = delete;

    /// False where there is no program for one.
    bool has_started() const { return has_started_; }
    const std::string& path() const { return path_; }
    pid_t pid() const { return pid_; }

  private:
    char directory_[32] = "/tmp/gather_nm_test.XXXXXX";
    std::string path_;
    pid_t pid_;
    bool has_started_ = false;
};

TEST(GatherNm, OnABusWithoutNetworkManagerItDoesNotRun) {
    const EmptyBus bus;
    if (!bus.has_started()) GTEST_SKIP() << "no dbus-daemon";
    EXPECT_EXIT(exit_with_what_is_known(bus.path()), testing::ExitedWithCode(1), "");
}

TEST(GatherNm, DoesNotWaitForABusThatDoesNotAnswer) {
    const SilentBus bus;
    const auto is_patient = [](int status) {
        return WIFEXITED(status) && WEXITSTATUS(status) >= 2 && WEXITSTATUS(status) < 10;
    };
    EXPECT_EXIT(exit_with_seconds(bus.path()), is_patient, "");
}

/// GLib ends a process that it cannot start a thread in.
[[noreturn]] void exit_without_threads(const std::string& bus) {
    start_no_threads();
    exit_with_seconds(bus);
}

TEST(GatherNm, WithoutThreadsItFindsNothing) {
    const SilentBus bus;
    bus.let_all_in();
    EXPECT_EXIT(exit_without_threads(bus.path()), testing::ExitedWithCode(0), "");
}

/// With 0 where the process outlives its bus.
[[noreturn]] void exit_after_the_bus(const std::string& path, pid_t bus) {
    setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + path).c_str(), 1);
    const NmClient client = connect_to_bus(std::chrono::seconds(5));
    if (!client) _exit(100);
    kill(bus, SIGKILL);
    wait_for_nm(std::chrono::seconds(1), [] { return false; });
    _exit(is_running(client) ? 101 : 0);
}

TEST(GatherNm, TheEndOfTheBusIsNotItsOwn) {
    const EmptyBus bus;
    if (!bus.has_started()) GTEST_SKIP() << "no dbus-daemon";
    EXPECT_EXIT(exit_after_the_bus(bus.path(), bus.pid()), testing::ExitedWithCode(0), "");
}

[[noreturn]] void hang() {
    const Deadline deadline(std::chrono::seconds(1));
    std::mutex mutex;
    mutex.lock();
    mutex.lock();
    _exit(100);
}

TEST(Deadline, EndsAProcessThatHangs) {
    EXPECT_EXIT(hang(), testing::ExitedWithCode(1), "^eni-routes: error: D-Bus hangs");
}

TEST(Deadline, IsOverWithItsScope) {
    { const Deadline deadline(std::chrono::seconds(1)); }
    usleep(1'200'000);
}

}  // namespace
}  // namespace eni
