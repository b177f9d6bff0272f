// Runs one of netfilter's programs: by its path, with arguments, without a shell. Must not know
// what it is told, nor what it answers.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace eni {

/// Longer than one of them waits for another's lock.
constexpr std::chrono::seconds kProgramTime{10};

struct ProgramResult {
    int status = 0;      // as a shell has it: of exit(), or 128 and the signal
    std::string output;  // what it printed
    std::string errors;  // what it printed to standard error
};

/// Where one of the system's programs is: in /usr/sbin, /sbin, /usr/bin or /bin. Empty: nowhere.
std::string path_of_program(const std::string& name);

/// `arguments` begins with the path. What it reads is at most what a pipe holds, 64 KiB. One that
/// takes longer than kProgramTime is killed. Throws std::runtime_error where it cannot be started,
/// is killed so, or it is not known how it ended.
ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& input = "");

}  // namespace eni
