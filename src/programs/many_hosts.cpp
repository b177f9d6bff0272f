// See many_hosts.hpp.
#include "many_hosts.hpp"

#include <stdexcept>

#include "file.hpp"
#include "text.hpp"

namespace eni {

std::vector<std::string> facts_files(const std::vector<std::string>& names) {
    std::vector<std::string> files;
    for (const std::string& name : names) {
        if (!is_directory(name)) {
            files.push_back(name);
            continue;
        }
        const std::size_t before = files.size();
        for (const std::string& entry :
             load_directory("", name).value_or(std::vector<std::string>()))
            if (ends_with(entry, ".json")) files.push_back(name + "/" + entry);
        if (files.size() == before)
            throw std::runtime_error(printable(name) + " has no file that ends in .json");
    }
    return files;
}

std::vector<HostVerdict> judge_hosts(const std::vector<std::string>& files,
                                     const std::optional<std::string>& config,
                                     const std::function<void(HostVerdict&, Inspection&)>& each) {
    std::vector<HostVerdict> verdicts;
    for (const std::string& file : files) {
        HostVerdict verdict;
        verdict.name = file;
        Inspection inspection;
        try {
            Target target;
            target.facts = file;
            target.config = config;
            inspection = inspect(target);
            verdict.result = judge(inspection);
        } catch (const std::exception& error) {
            verdict.failure = error.what();
        }
        each(verdict, inspection);
        verdict.result.flows.clear();  // of a thousand hosts they would be most of the memory
        verdicts.push_back(std::move(verdict));
    }
    return verdicts;
}

}  // namespace eni
