// See change_set.hpp.
#include "change_set.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "diff.hpp"
#include "render.hpp"

namespace eni {

ChangeSet make_change_set(const Facts& facts, const Config& config, Absent absent,
                          const std::vector<std::string>& ifnames) {
    ChangeSet set;
    set.plan = make_plan(facts, config, absent);
    const bool is_limited = !changes_hands(set.plan, facts.disk);
    const auto limit = is_limited ? ifnames : std::vector<std::string>();
    Changes changes = diff(set.plan, facts.kernel);
    changes.markings = diff_marking(set.plan.marking, facts.marking, facts.run.marking);
    set.changes = limited_to(changes, limit);
    set.files = limited_to(diff_files(set.plan, facts.disk), limit);
    if (set.plan.only_adds) {
        set.changes = additions_of(set.changes, set.plan);
        set.files = additions_of(set.files);
    }
    return set;
}

bool loses_a_family(const ChangeSet& change_set, const KernelSnapshot& kernel,
                    const std::string& down) {
    std::set<std::string> up;
    for (const Link& link : kernel.links)
        if (link.is_up && link.ifname != down) up.insert(link.ifname);
    std::set<std::pair<std::string, Family>> planned;
    for (const Planned<Rule>& rule : change_set.plan.rules)
        planned.insert({rule.ifname, rule.object.family});
    const auto& deleted = change_set.changes.rules_deleted;
    return std::any_of(deleted.begin(), deleted.end(), [&](const Planned<Rule>& rule) {
        return up.count(rule.ifname) != 0 && planned.count({rule.ifname, rule.object.family}) == 0;
    });
}

}  // namespace eni
