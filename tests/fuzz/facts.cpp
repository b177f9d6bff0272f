// Recorded facts, as people write and attach them: they are refused in words, or everything that is
// made of them is made, and a run that follows another has nothing to do.
#include <algorithm>
#include <stdexcept>

#include "config_file.hpp"
#include "facts_json.hpp"
#include "fuzz.hpp"
#include "policy.hpp"

namespace eni {
namespace {

Config configuration_of(const Facts& facts) {
    try {
        return facts.recording ? parse_config(facts.recording->configuration, "config.yaml")
                               : Config{};
    } catch (const ConfigError&) {
        return {};
    }
}

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    eni::Facts facts;
    try {
        facts = eni::load_facts_json(std::string(reinterpret_cast<const char*>(data), size));
    } catch (const std::runtime_error& error) {
        eni::require(*error.what() != '\0', "a mistake is named");
        return 0;
    }
    const std::string text = eni::render_facts_json(facts);
    eni::require_equal(eni::render_facts_json(eni::load_facts_json(text)), text,
                       "facts are read as they were written");
    eni::require_policy(facts, eni::configuration_of(facts));
    return 0;
}
