// See inspection.hpp.
#include "inspection.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

#include "ask_kernel.hpp"
#include "confirmation.hpp"
#include "gather_host.hpp"
#include "lookup.hpp"
#include "probe.hpp"
#include "watch_file.hpp"

namespace eni {

namespace {

Unconfirmed unconfirmed_change(const Inspection& inspection) {
    if (!inspection.session.target.is_this_host()) return {};
    try {
        const Confirmation confirmation = load_confirmation();
        if (confirmation.state == Confirmation::State::none) return {};
        if (confirmation.state == Confirmation::State::sealed)
            return {words_for(confirmation), "eni-routes regenerate", /* is_sealed= */ true};
        const bool is_undone = confirmation.state == Confirmation::State::undone;
        return {words_for(confirmation), is_undone ? "eni-routes regenerate" : "eni-routes confirm",
                /* is_sealed= */ false};
    } catch (const std::runtime_error& error) {
        return {std::string(error.what()) +
                    ": whether a change waits to be confirmed is not known, and none is made",
                "", /* is_sealed= */ false};
    }
}

}  // namespace

Inspection inspect(const Target& target) {
    Session session = open_session(target);
    ask_metadata(session, kPatienceToShow);
    return inspect(std::move(session));
}

Inspection inspect(Session opened) {
    Inspection inspection;
    Session& session = inspection.session;
    session = std::move(opened);
    inspection.facts = facts_of(session);
    inspection.change_set = make_change_set(inspection.facts, session.config, session.request);
    if (session.recorded) {
        const auto kernel = std::make_shared<const KernelSnapshot>(inspection.facts.kernel);
        inspection.ask = [kernel, lookup = Lookup(*kernel)](const RouteQuery& query) {
            return lookup.answer(query);
        };
    } else {
        const auto asker = std::make_shared<const AskKernel>(inspection.facts.kernel.links);
        inspection.ask = [asker](const RouteQuery& query) { return (*asker)(query); };
    }
    return inspection;
}

CheckResult judge(Inspection& inspection, bool is_probing) {
    Facts& facts = inspection.facts;
    const Config& config = inspection.session.config;
    const ChangeSet& change_set = inspection.change_set;
    if (!inspection.session.recorded) gather_surroundings(inspection.session, facts);
    const Unconfirmed unconfirmed = unconfirmed_change(inspection);
    if (!is_probing)
        return check(facts, config, change_set, inspection.ask, std::nullopt, unconfirmed);
    Probe asked{questions_for(facts, config, change_set.plan), {}};
    asked.answers = probe(asked.questions);
    return check(facts, config, change_set, inspection.ask, asked, unconfirmed);
}

std::string unconfirmed_words(const Inspection& inspection) {
    return unconfirmed_change(inspection).words;
}

std::optional<WatchStatus> watch_status(const Inspection& inspection) {
    if (!inspection.session.recorded) return WatchStatus{load_watch_facts(), is_watch_enabled()};
    if (const auto& host = inspection.facts.host)
        return WatchStatus{host->watch, host->watch_is_enabled};
    return std::nullopt;
}

}  // namespace eni
