// Runs a command and does one thing to one of its system calls, by ptrace: it kills it there, lets
// the call fail, or alters what it received. Must not know what it runs; attack.py does. Linux 5.3
// or later, x86-64.
//
//   inject REPORT list CMD...             writes a line for each call: NUMBER CALL RESULT A0 A1 A2
//   PATH inject REPORT kill N CMD...           SIGKILL before the Nth call is done inject REPORT
//   fail N ERRNO CMD...     the Nth call is not done, and fails inject REPORT failed N ERRNO CMD...
//   the Nth call is done, and says that it failed inject REPORT KIND N CMD...           what the
//   Nth call, a recv() or recvmsg(), returns is altered: see alter()
//
// Calls are counted from the program's entry on, that is without the dynamic loader's; N is a
// number, or NUMBER:CALL for the first such call from there on. REPORT begins with the process's
// number, and has the line of the Nth call where it came to that. The exit status is the command's,
// or 128 and the signal.
#include <elf.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using Bytes = std::vector<char>;
using Info = __ptrace_syscall_info;  // Linux 5.3, glibc 2.31

// Newer than the C library of a Debian 11; behind each the first kernel that has it.
constexpr unsigned long kClone3 = 435;      // 5.3
constexpr unsigned long kOpenAt2 = 437;     // 5.6
constexpr unsigned long kFaccessAt2 = 439;  // 5.8
constexpr unsigned long kMaxReceived = 1 << 16;

struct Task {
    std::string deed;
    unsigned long number = 0;  // of the call; the first is 1
    long call = -1;            // which it is to be, by the kernel's number
    int error = 0;
};

void check(bool is_good, const char* what) {
    if (!is_good) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

// ---- The memory and registers of the command ----------------------------------------------------

Bytes read_memory(pid_t pid, unsigned long address, std::size_t size) {
    Bytes bytes(size);
    iovec here{bytes.data(), size};
    iovec there{reinterpret_cast<void*>(address), size};
    const ssize_t count = process_vm_readv(pid, &here, 1, &there, 1, 0);
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return bytes;
}

void write_memory(pid_t pid, unsigned long address, const Bytes& bytes) {
    iovec here{const_cast<char*>(bytes.data()), bytes.size()};
    iovec there{reinterpret_cast<void*>(address), bytes.size()};
    (void)process_vm_writev(pid, &here, 1, &there, 1, 0);
}

user_regs_struct registers_of(pid_t pid) {
    user_regs_struct registers;
    check(ptrace(PTRACE_GETREGS, pid, nullptr, &registers) == 0, "PTRACE_GETREGS");
    return registers;
}

void set_registers(pid_t pid, user_regs_struct& registers) {
    check(ptrace(PTRACE_SETREGS, pid, nullptr, &registers) == 0, "PTRACE_SETREGS");
}

/// At a call's entry: it is not done. (Its result is set at its exit.)
void skip_call(pid_t pid) {
    auto registers = registers_of(pid);
    registers.orig_rax = ~0ULL;
    set_registers(pid, registers);
}

void set_result(pid_t pid, long result) {
    auto registers = registers_of(pid);
    registers.rax = static_cast<unsigned long long>(result);
    set_registers(pid, registers);
}

/// At a call's exit: it is made once more, as if it had not returned yet.
void repeat_call(pid_t pid, unsigned long call) {
    auto registers = registers_of(pid);
    registers.rip -= 2;  // the instruction `syscall`
    registers.rax = call;
    set_registers(pid, registers);
}

/// Runs to the program's first instruction: what was before that was the loader's.
void run_to_entry(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/auxv", std::ios::binary);
    unsigned long entry = 0;
    for (unsigned long pair[2]; file.read(reinterpret_cast<char*>(pair), sizeof pair);)
        if (pair[0] == AT_ENTRY) entry = pair[1];
    const long text = ptrace(PTRACE_PEEKTEXT, pid, entry, nullptr);
    check(ptrace(PTRACE_POKETEXT, pid, entry, (text & ~0xffL) | 0xcc) == 0, "the entry");
    int status = 0;
    check(ptrace(PTRACE_CONT, pid, nullptr, nullptr) == 0, "PTRACE_CONT");
    check(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), "the program's entry");
    ptrace(PTRACE_POKETEXT, pid, entry, text);
    auto registers = registers_of(pid);
    registers.rip = entry;
    set_registers(pid, registers);
}

bool receives(const Info& info) {
    return info.entry.nr == SYS_recvfrom || info.entry.nr == SYS_recvmsg;
}

/// Where what is received goes.
unsigned long buffer_of(pid_t pid, const Info& info) {
    if (info.entry.nr == SYS_recvfrom) return info.entry.args[1];
    msghdr message{};
    iovec first{};
    const Bytes header = read_memory(pid, info.entry.args[1], sizeof message);
    if (header.size() == sizeof message) std::memcpy(&message, header.data(), sizeof message);
    const Bytes part =
        read_memory(pid, reinterpret_cast<unsigned long>(message.msg_iov), sizeof first);
    if (part.size() == sizeof first) std::memcpy(&first, part.data(), sizeof first);
    return reinterpret_cast<unsigned long>(first.iov_base);
}

// ---- What a call is about -----------------------------------------------------------------------

std::string text_at(pid_t pid, unsigned long address) {
    const Bytes bytes = read_memory(pid, address, 256);  // less at the end of a page's neighbours
    return std::string(bytes.data(), strnlen(bytes.data(), bytes.size()));
}

std::string path_of(pid_t pid, const Info& info) {
    static const std::set<unsigned long> kByPath = {
        SYS_open,   SYS_stat,  SYS_lstat,    SYS_access, SYS_rename,   SYS_mkdir,    SYS_rmdir,
        SYS_unlink, SYS_chmod, SYS_readlink, SYS_chown,  SYS_getxattr, SYS_setxattr, SYS_lgetxattr,
        SYS_statfs, SYS_link,  SYS_symlink,  SYS_creat,  SYS_listxattr};
    static const std::set<unsigned long> kAt = {
        SYS_openat,    SYS_newfstatat, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_readlinkat,
        SYS_faccessat, SYS_mkdirat,    kFaccessAt2,  kOpenAt2,     SYS_fchmodat,  SYS_statx};
    static const std::set<unsigned long> kWithout = {
        SYS_mmap,      SYS_brk,     SYS_munmap,         SYS_mprotect,   SYS_futex,
        SYS_clone,     kClone3,     SYS_rt_sigaction,   SYS_exit,       SYS_getrandom,
        SYS_nanosleep, SYS_madvise, SYS_rt_sigprocmask, SYS_exit_group, SYS_setitimer,
        SYS_socket,    SYS_getpid,  SYS_clock_nanosleep};
    std::string path;
    if (kByPath.count(info.entry.nr) != 0) path = text_at(pid, info.entry.args[0]);
    if (kAt.count(info.entry.nr) != 0) path = text_at(pid, info.entry.args[1]);
    const bool is_complete = !path.empty() && path[0] == '/';
    if (is_complete || kByPath.count(info.entry.nr) != 0 || kWithout.count(info.entry.nr) != 0)
        return path;
    const std::string link = "/proc/" + std::to_string(pid) + "/fd/" +
                             std::to_string(static_cast<int>(info.entry.args[0]));
    char target[4096];
    const ssize_t size = readlink(link.c_str(), target, sizeof target);
    const std::string name(target, size < 0 ? 0 : static_cast<std::size_t>(size));
    return path.empty() ? name : name + "/" + path;
}

// ---- Altered answers ----------------------------------------------------------------------------

/// The last message of a datagram, which has one at least.
nlmsghdr* last_message(Bytes& bytes) {
    nlmsghdr* last = nullptr;
    for (std::size_t offset = 0; offset + sizeof(nlmsghdr) <= bytes.size();) {
        last = reinterpret_cast<nlmsghdr*>(bytes.data() + offset);
        if (last->nlmsg_len < sizeof(nlmsghdr)) break;
        offset += NLMSG_ALIGN(last->nlmsg_len);
    }
    return last;
}

/// Without it something is missing that whoever asked waits for. (The kernel loses no datagram in
/// the middle of a dump: it waits for room.)
bool is_waited_for(Bytes& bytes) {
    if (bytes.size() < sizeof(nlmsghdr)) return false;
    const nlmsghdr* last = last_message(bytes);
    return last->nlmsg_type == NLMSG_DONE || last->nlmsg_type == NLMSG_ERROR ||
           (last->nlmsg_flags & NLM_F_MULTI) == 0;
}

/// What a torn or false datagram of netlink looks like.
void alter(const std::string& kind, Bytes& bytes) {
    if (bytes.size() < sizeof(nlmsghdr)) return;
    auto* first = reinterpret_cast<nlmsghdr*>(bytes.data());
    nlmsghdr* last = last_message(bytes);
    const auto at_last = static_cast<std::size_t>(reinterpret_cast<char*>(last) - bytes.data());
    if (kind == "cut-last") bytes.resize(at_last + (bytes.size() - at_last) / 2);
    if (kind == "cut-first")
        bytes.resize(std::min<std::size_t>(first->nlmsg_len - 2, bytes.size()));
    if (kind == "cut-4") bytes.resize(bytes.size() - 4);
    if (kind == "cut-header") bytes.resize(8);
    if (kind == "cut-all") bytes.clear();
    if (bytes.size() < at_last + sizeof(nlmsghdr)) return;
    if (kind == "longer") last->nlmsg_len += 4096;
    if (kind == "first-longer") first->nlmsg_len += 4;
    if (kind == "shorter") last->nlmsg_len = 8;
    if (kind == "zero") first->nlmsg_len = 0;
    if (kind == "huge") first->nlmsg_len = 0x7ffffff0;
    if (kind == "interrupted") first->nlmsg_flags |= NLM_F_DUMP_INTR;
    // The first attribute of a rule, route, link or address, behind a header of 12 or 16 bytes.
    const std::size_t header = first->nlmsg_type == 16 ? 16U : first->nlmsg_type == 20 ? 8U : 12U;
    if (kind == "attribute" && bytes.size() > sizeof(nlmsghdr) + header + 4 &&
        first->nlmsg_type > 15)
        bytes[sizeof(nlmsghdr) + header + 1] = 0x7f;
}

// ---- The run ------------------------------------------------------------------------------------

class Run {
  public:
    Run(Task task, const char* report) : task_(std::move(task)), report_(std::fopen(report, "w")) {
        check(report_ != nullptr, report);
    }
    ~Run() { std::fclose(report_); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    int run(char** command) {
        pid_ = start(command);
        std::fprintf(report_, "%d\n", pid_);
        std::fflush(report_);
        run_to_entry(pid_);
        go_on(pid_, 0);
        while (true) {
            int status = 0;
            const pid_t pid = waitpid(-1, &status, __WALL);
            check(pid > 0, "waitpid");
            if (pid == pid_ && WIFEXITED(status)) return WEXITSTATUS(status);
            if (pid == pid_ && WIFSIGNALED(status)) return 128 + WTERMSIG(status);
            if (WIFSTOPPED(status)) stopped(pid, status);
        }
    }

  private:
    static pid_t start(char** command) {
        const pid_t pid = fork();
        check(pid >= 0, "fork");
        if (pid == 0) {
            personality(ADDR_NO_RANDOMIZE);  // each run makes the same calls
            ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
            execvp(command[0], command);
            _exit(127);
        }
        int status = 0;
        check(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), command[0]);
        const long options =
            PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
        check(ptrace(PTRACE_SETOPTIONS, pid, nullptr, options) == 0, "PTRACE_SETOPTIONS");
        return pid;
    }

    void go_on(pid_t pid, int signal) const {
        const bool is_over = task_.deed != "list" && is_done_;
        ptrace(is_over ? PTRACE_CONT : PTRACE_SYSCALL, pid, nullptr, static_cast<long>(signal));
    }

    void stopped(pid_t pid, int status) {
        const int signal = WSTOPSIG(status);
        if (signal == (SIGTRAP | 0x80)) {
            Info info;
            const long size = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
            if (size > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY) entered(pid, info);
            if (size > 0 && info.op == PTRACE_SYSCALL_INFO_EXIT) left(pid, info);
            go_on(pid, 0);
            return;
        }
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) run_to_entry(pid);  // as another
        const bool is_ours = (status >> 16) != 0 || signal == SIGSTOP;  // of a new thread
        go_on(pid, is_ours ? 0 : signal);
    }

    /// Threads do not take turns as they did: it is the first call of its kind from the Nth on.
    bool is_it(const Info& info) const {
        return target_ == 0 && count_ >= task_.number &&
               (task_.call < 0 || info.entry.nr == static_cast<unsigned long>(task_.call));
    }

    void entered(pid_t pid, const Info& info) {
        ++count_;
        entered_[pid] = info;
        if (task_.deed == "list") {
            path_ = path_of(pid, info);
        } else if (is_it(info)) {
            path_ = path_of(pid, info);
            write_line(info, 0);
            target_ = pid;
            is_at_target_ = true;
            if (task_.deed == "kill") kill(pid_, SIGKILL);
            if (task_.deed == "fail") skip_call(pid);
        } else if (!copy_.empty() && receives(info) && info.entry.args[0] == copy_socket_) {
            skip_call(pid);
            target_ = pid;
            is_at_target_ = true;
        }
    }

    void left(pid_t pid, const Info& info) {
        if (task_.deed == "list") write_line(entered_[pid], info.exit.rval);
        if (pid != target_ || !is_at_target_) return;
        is_at_target_ = false;
        is_done_ = true;
        if (!copy_.empty())
            give(pid, copy_);
        else if (task_.deed == "fail" || task_.deed == "failed")
            set_result(pid, -task_.error);
        else
            tamper(pid, info.exit.rval);
    }

    void tamper(pid_t pid, long long length) {
        const Info& call = entered_[pid];
        if (length <= 0 || !receives(call)) return;
        const auto size = static_cast<unsigned long>(length);
        Bytes bytes = read_memory(pid, buffer_of(pid, call), std::min(size, kMaxReceived));
        if (task_.deed == "drop") {
            if (is_waited_for(bytes)) repeat_call(pid, call.entry.nr);
            return;
        }
        if (task_.deed == "twice") {
            copy_ = bytes;
            copy_socket_ = call.entry.args[0];
            is_done_ = false;
        }
        alter(task_.deed, bytes);
        give(pid, bytes);
    }

    void give(pid_t pid, const Bytes& bytes) {
        write_memory(pid, buffer_of(pid, entered_[pid]), bytes);
        set_result(pid, static_cast<long>(bytes.size()));
    }

    void write_line(const Info& info, long long result) const {
        std::string path = path_;
        for (char& c : path)
            if (c == '\n') c = ' ';
        std::fprintf(report_, "%lu %llu %lld %llu %llu %llu %s\n", count_,
                     static_cast<unsigned long long>(info.entry.nr), result,
                     static_cast<unsigned long long>(info.entry.args[0]),
                     static_cast<unsigned long long>(info.entry.args[1]),
                     static_cast<unsigned long long>(info.entry.args[2]), path.c_str());
        std::fflush(report_);
    }

    Task task_;
    std::FILE* report_;
    pid_t pid_ = 0;
    pid_t target_ = 0;  // the thread that the thing is done to
    unsigned long count_ = 0;
    std::map<pid_t, Info> entered_;  // the call that each thread is in
    std::string path_;
    Bytes copy_;  // a datagram that comes again
    unsigned long long copy_socket_ = 0;
    bool is_at_target_ = false;
    bool is_done_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    try {
        Task task;
        int at = 2;
        if (argc > at) task.deed = argv[at++];
        if (task.deed != "list" && argc > at) {
            char* rest = argv[at++];
            task.number = std::strtoul(rest, &rest, 10);
            if (*rest == ':') task.call = std::atol(rest + 1);
        }
        if (task.deed.compare(0, 4, "fail") == 0 && argc > at) task.error = std::atoi(argv[at++]);
        if (argc <= at) throw std::runtime_error("see the beginning of inject.cpp");
        return Run(task, argv[1]).run(argv + at);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "inject: %s\n", error.what());
        return 125;
    }
}
