// What eni-routes wrote and does not trust: the run's state and the known metadata, both from the
// same bytes. What is believed of it is written and read again as the same.
#include "facts_json.hpp"
#include "fuzz.hpp"
#include "metadata.hpp"
#include "metadata_file.hpp"
#include "names.hpp"
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

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const eni::FuzzRoot root;
    root.remove_below();
    const std::string text(reinterpret_cast<const char*>(data), size);
    root.write("/run/eni-routes/state", text);
    root.write("/var/lib/eni-routes/metadata", text);
    const eni::Facts facts = eni::load(root);
    eni::require_valid(facts);
    eni::save_run_state(root.path(), facts.run);
    eni::save_enis(root.path(), facts.enis);
    eni::require_equal(eni::render_facts_json(facts), eni::render_facts_json(eni::load(root)),
                       "what is kept is read as it was written");
    return 0;
}
