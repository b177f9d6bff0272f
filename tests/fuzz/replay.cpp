// Gives inputs to a fuzz target without libFuzzer, for every compiler: each file that is named,
// once, or random ones, the same for a seed. Must not change an input. usage: fuzz_TARGET FILE...
//        fuzz_TARGET --random SEED COUNT [SHORTEST LONGEST]    (an input that broke it is written
//        to
//                                                               ./random-SEED-NUMBER)
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz.hpp"

namespace {

std::string bytes, name;  // of the input that is tried, for keep_input()

void give() {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// So that what aborted can be tried again.
void keep_input(int /*signal*/) {
    const int file = open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const bool is_kept =
        file >= 0 && write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
    const std::string_view words = is_kept ? "input kept: " : "input could not be kept: ";
    for (const std::string_view part : {words, std::string_view(name), std::string_view("\n")})
        if (write(STDERR_FILENO, part.data(), part.size()) < 0) break;
}

int give_files(int count, char** names) {
    for (int i = 1; i < count; ++i) {
        std::ifstream file(names[i], std::ios::binary);
        if (!file) {
            std::fprintf(stderr, "cannot read %s\n", names[i]);
            return 2;
        }
        bytes.assign(std::istreambuf_iterator<char>(file), {});
        std::fprintf(stderr, "%s\n", names[i]);  // the one that aborts is the last
        give();
    }
    std::printf("%d inputs\n", count - 1);
    return count > 1 ? 0 : 2;
}

/// Each by a generator of its own: input 7 is the same whatever the number of inputs.
int give_random(std::uint32_t seed, std::uint32_t count, std::uint32_t shortest,
                std::uint32_t longest) {
    if (longest < shortest) return 2;
    std::signal(SIGABRT, keep_input);
    for (std::uint32_t i = 0; i < count; ++i) {
        std::seed_seq seeds{seed, i};
        std::mt19937 chance(seeds);
        name = "random-" + std::to_string(seed) + "-" + std::to_string(i);
        bytes.assign(shortest + chance() % (longest - shortest + 1), '\0');
        for (char& byte : bytes) byte = static_cast<char>(chance() & 0xff);
        give();
    }
    std::printf("%u random inputs of seed %u\n", count, seed);
    return 0;
}

}  // namespace

int main(int count, char** names) {
    if (count < 2 || std::string(names[1]) != "--random") return give_files(count, names);
    const auto number = [&](int i, std::uint32_t usual) {
        return i < count ? static_cast<std::uint32_t>(std::strtoul(names[i], nullptr, 10)) : usual;
    };
    if (count < 4) return 2;
    return give_random(number(2, 0), number(3, 0), number(4, 100), number(5, 2000));
}
