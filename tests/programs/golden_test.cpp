// Golden cases: tests/cases/NAME/facts.json and config.yaml give expect/changes.txt (what
// `regenerate --dry-run` prints) and the files below expect/files. ENI_UPDATE_GOLDEN=1 writes them
// anew; read the difference before you commit it.
#include <dirent.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "apply_files.hpp"
#include "changes.hpp"
#include "config_file.hpp"
#include "facts_json.hpp"
#include "reconcile.hpp"
#include "render.hpp"

namespace eni {
namespace {

std::string cases_directory() {
    return std::string(std::getenv("ENI_SOURCE_DIR")) + "/tests/cases";
}

std::vector<std::string> case_names() {
    std::vector<std::string> names;
    DIR* directory = opendir(cases_directory().c_str());
    if (directory == nullptr) return names;
    while (const dirent* entry = readdir(directory))
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    closedir(directory);
    std::sort(names.begin(), names.end());
    return names;
}

std::optional<std::string> bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>(file), {}};
}

/// As in a source file, so that a wrong line is seen beside the right one.
void expect_file(const std::string& path, const std::string& actual) {
    if (std::getenv("ENI_UPDATE_GOLDEN") != nullptr) {
        make_directory(path.substr(0, path.rfind('/')));
        std::ofstream(path, std::ios::binary) << actual;
    }
    EXPECT_EQ(bytes_of(path).value_or("(there is no such file)"), actual) << path;
}

class GoldenCase : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenCase, GivesWhatIsExpected) {
    const std::string directory = cases_directory() + "/" + GetParam();
    const Facts facts = load_facts_json(bytes_of(directory + "/facts.json").value());
    const Config config = load_config(directory + "/config.yaml");
    Request forgetting;
    forgetting.absent = Absent::forget;
    const ChangeSet change_set = make_change_set(facts, config, forgetting);

    expect_file(directory + "/expect/changes.txt", changes_text(change_set));
    for (const FileChange& change : change_set.files)
        if (change.after)
            expect_file(
                directory + "/expect/files/" + change.path.substr(change.path.rfind('/') + 1),
                *change.after);
}

TEST_P(GoldenCase, FactsSurviveTheRoundTrip) {
    const auto text = bytes_of(cases_directory() + "/" + GetParam() + "/facts.json");
    const std::string once = render_facts_json(load_facts_json(text.value()));
    EXPECT_EQ(render_facts_json(load_facts_json(once)), once);
}

std::string name_of(const ::testing::TestParamInfo<std::string>& tested) {
    return tested.param;
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenCase, ::testing::ValuesIn(case_names()), name_of);

}  // namespace
}  // namespace eni
