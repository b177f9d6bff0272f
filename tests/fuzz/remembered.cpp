// What eni-routes wrote and does not trust: the run's state, the known metadata and the record of
// runs, all from the same bytes. What is believed of it is written and read again as the same.
#include "facts_json.hpp"
#include "fuzz.hpp"
#include "metadata.hpp"
#include "metadata_file.hpp"
#include "names.hpp"
#include "run_record.hpp"
#include "run_state.hpp"

namespace eni {
namespace {

Facts load(const FuzzRoot& root) {
    Facts facts;
    facts.run = load_run_state(root.path());
    facts.enis = load_enis(root.path());
    return facts;
}

void require_valid(const Facts& facts) {
    for (const auto& [ifname, state] : facts.run.interfaces)
        require(is_plain_name(ifname), "a state is an interface's", ifname);
    for (const auto& tables : {facts.run.tables_given, facts.run.tables_named})
        for (const TableId table : tables)
            require(!is_reserved(table), "the kernel's tables are not ours");
    for (const auto& [mac, eni] : facts.enis) {
        require(mac_from(mac) == mac, "an ENI is known by its MAC", mac);
        require(!contradiction_in(eni), "it does not contradict itself", mac);
    }
}

std::string record_of(const FuzzRoot& root) {
    const RunRecord record = load_run_record(root.path());
    std::string text = std::to_string(record.metadata_answered);
    for (const RunsOf& of : record.of)
        for (const std::uint32_t number : {of.runs, of.failed, of.repairs, of.last_begin,
                                           of.last_duration, std::uint32_t{of.has_last_failed}})
            text += " " + std::to_string(number);
    return text;
}

void require_record_is_kept(const FuzzRoot& root) {
    const std::string before = record_of(root);
    save_run_record(root.path(), load_run_record(root.path()));
    require_equal(before, record_of(root), "the record is read as it was written");
}

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const eni::FuzzRoot root;
    root.remove_below();
    const std::string text(reinterpret_cast<const char*>(data), size);
    root.write("/run/eni-routes/state", text);
    root.write("/var/lib/eni-routes/metadata", text);
    root.write(eni::kRunRecordPath, text);
    eni::require_record_is_kept(root);
    const eni::Facts facts = eni::load(root);
    eni::require_valid(facts);
    eni::save_run_state(root.path(), facts.run);
    eni::save_enis(root.path(), facts.enis);
    eni::require_equal(eni::render_facts_json(facts), eni::render_facts_json(eni::load(root)),
                       "what is kept is read as it was written");
    return 0;
}
