// Routers as DHCP names them, and the ways in which NetworkManager does not answer. With a real
// NetworkManager it is tried in the simulated VPC.
#include "gather_nm.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>

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

[[noreturn]] void exit_with_version_size(const std::string& bus) {
    setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + bus).c_str(), 1);
    _exit(static_cast<int>(gather_nm_version().size()));
}

TEST(GatherNm, HasNoVersionWithoutABus) {
    EXPECT_EXIT(exit_with_version_size("/nonexistent/bus"), testing::ExitedWithCode(0), "");
}

TEST(GatherNm, DoesNotWaitForABusThatDoesNotAnswer) {
    const SilentBus bus;
    const auto is_patient = [](int status) {
        return WIFEXITED(status) && WEXITSTATUS(status) >= 2 && WEXITSTATUS(status) < 10;
    };
    EXPECT_EXIT(exit_with_seconds(bus.path()), is_patient, "");
}

}  // namespace
}  // namespace eni
