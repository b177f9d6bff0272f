// See change_set.hpp.
#include "change_set.hpp"

#include "diff.hpp"
#include "render.hpp"

namespace eni {

ChangeSet make_change_set(const Facts& facts, const Config& config, Absent absent,
                          const std::vector<std::string>& ifnames) {
    ChangeSet set;
    set.plan = make_plan(facts, config, absent);
    const bool is_limited = !changes_hands(set.plan, facts.disk);
    const auto limit = is_limited ? ifnames : std::vector<std::string>();
    set.changes = limited_to(diff(set.plan, facts.kernel), limit);
    set.files = limited_to(diff_files(set.plan, facts.disk), limit);
    return set;
}

}  // namespace eni
