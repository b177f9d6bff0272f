// What holds for all facts, whatever they are: the plan is made, a second run has nothing to do,
// each walk ends, and what is shown is made. Must not judge whether the plan is good.
#pragma once

#include <utility>

#include "../afterwards.hpp"
#include "change_set.hpp"
#include "changes.hpp"
#include "check.hpp"
#include "check_json.hpp"
#include "check_text.hpp"
#include "diff.hpp"
#include "explain.hpp"
#include "facts_json.hpp"
#include "filtered_facts.hpp"
#include "format.hpp"
#include "fuzz.hpp"
#include "lookup.hpp"
#include "paint.hpp"
#include "render.hpp"
#include "status.hpp"

namespace eni {

inline void require_nothing_to_do(const ChangeSet& set, const char* what) {
    require(set.changes.empty() && set.files.empty(), what, changes_text(set));
}

/// What comes of the tables that a run reads alone is what comes of all, or is not believed.
inline void require_the_same_of_some_tables(const Facts& facts, const Config& config,
                                            Absent absent) {
    const ChangeSet by_some = make_change_set(filtered(facts, config), config, absent, {});
    if (by_some.plan.needs_all_routes) return;
    require_equal(words_for(by_some), words_for(make_change_set(facts, config, absent, {})),
                  "routes that are not read are not needed");
}

inline void require_runs(const Facts& facts, const Config& config, Absent absent) {
    const ChangeSet set = make_change_set(facts, config, absent);
    changes_text(set);
    require_the_same_of_some_tables(facts, config, absent);
    Facts after = facts;
    after.kernel = applied(set.changes, facts.kernel);
    require(diff(set.plan, after.kernel).empty(), "a plan that is applied is complete",
            changes_text(set));
    after.disk = written(set, facts.disk);
    ChangeSet files;
    files.files = diff_files(set.plan, after.disk);
    require_nothing_to_do(files, "files that are written stay");
}

/// One path, run twice: the second run changes nothing. Facts that contradict each other, as people
/// may write them, are not meant: a name of ours that stands in no file, an ENI that cannot be.
inline void require_a_second_run_idle(const Facts& facts, const Config& config, Absent absent) {
    const ChangeSet set = make_change_set(facts, config, absent);
    if (!set.plan.is_active) return;
    const ChangeSet second = make_change_set(afterwards(set, facts), config, absent);
    require(second.changes.empty() && second.files.empty(), "a second run has nothing to do",
            render_facts_json(facts) + "first run:\n" + changes_text(set) + "\nsecond run:\n" +
                changes_text(second));
}

/// The walk that asks no rule in vain says what the one does that asks all.
inline void require_walk(const Lookup& lookup, const RouteQuery& query) {
    const Walk walk = lookup.walk(query), all = lookup.walk_all(query);
    const Step *decision = walk.decision(), *same = all.decision();
    require((decision == nullptr) == (same == nullptr) &&
                (decision == nullptr ||
                 (decision->rule == same->rule && decision->route == same->route)),
            "both walks come to one end");
    lookup.answer(query);
}

inline void require_walks(const Facts& facts) {
    const Lookup lookup(facts.kernel);
    for (const Family family : kFamilies) {
        const char* far = family == Family::v4 ? "198.51.100.7" : "2001:db8:9::7";
        RouteQuery query;
        query.dst = *IpAddress::parse(far);
        require_walk(lookup, query);
        std::size_t count = 0;
        for (const Address& address : facts.kernel.addresses) {
            if (address.address.family() != family || ++count > 8) continue;
            query.src = address.address;
            require_walk(lookup, query);
            RouteQuery arriving = query;
            std::swap(arriving.dst, *arriving.src);
            arriving.iif = address.ifname;
            require_walk(lookup, arriving);
        }
    }
}

/// What `check`, `status` and `explain` print of recorded facts.
inline void show(const Facts& facts, const Config& config) {
    const ChangeSet set = make_change_set(facts, config, Absent::keep);
    const Lookup lookup(facts.kernel);
    const Ask ask = [&](const RouteQuery& query) { return lookup.answer(query); };
    const CheckResult result = check(facts, config, set, ask);
    const TableNames names = names_of_tables(set.plan, facts.disk);
    render_check(result, Detail::verbose, Paint(false));
    render_check_json(result, names);
    const StatusParts parts{facts, config, set};
    render_status(parts, true, Paint(false));
    render_status_json(parts);
}

inline void require_policy(const Facts& facts, const Config& config) {
    require_runs(facts, config, Absent::keep);
    require_runs(facts, config, Absent::forget);
    require_walks(facts);
    show(facts, config);
}

}  // namespace eni
