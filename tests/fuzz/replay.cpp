// Gives each file that is named to a fuzz target, once: for compilers without libFuzzer, and for
// the corpus in every build. Must not change the input.
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz.hpp"

int main(int count, char** names) {
    for (int i = 1; i < count; ++i) {
        std::ifstream file(names[i], std::ios::binary);
        if (!file) {
            std::fprintf(stderr, "cannot read %s\n", names[i]);
            return 2;
        }
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        std::fprintf(stderr, "%s\n", names[i]);  // whoever is aborted is the last
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    }
    std::printf("%d inputs\n", count - 1);
    return count > 1 ? 0 : 2;
}
