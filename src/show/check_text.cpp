// See check_text.hpp. First the blocks, of what belongs together; then how each is printed.
#include "check_text.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "wrap.hpp"

namespace eni {

namespace {

constexpr std::size_t kGap = 2, kLabelWidth = 7;
// A name of 15 bytes is the longest that the kernel takes; an IPv6 address may stand out.
constexpr std::size_t kMaxNameWidth = 15, kMaxAddressWidth = 20, kMaxPublicWidth = 15;
constexpr std::size_t kMaxIndent = 8;  // of what stands below a name

bool is_any_lost(const CheckedInterface& interface) {
    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [](const CheckedAddress& address) { return address.is_lost; });
}

/// An interface, or the host, with what is said of it.
struct Block {
    std::string ifname;  // empty: the host
    const CheckedInterface* interface = nullptr;
    std::vector<const Finding*> findings;  // the worst first, those that are accepted last
    std::vector<const Flow*> flows;

    Grade worst() const {
        return findings.empty() || findings.front()->is_accepted ? Grade::good
                                                                 : findings.front()->grade;
    }
    std::string name() const { return ifname.empty() ? "host" : ifname; }
    bool is_good() const { return worst() == Grade::good; }
    bool has_lost() const { return interface != nullptr && is_any_lost(*interface); }
    bool has_addresses() const { return interface != nullptr && !interface->addresses.empty(); }
    /// The one that the first line is about.
    const CheckedAddress& address() const;
    std::string address_words(Detail detail) const;
    std::string public_words() const;
};

const CheckedAddress& Block::address() const {
    const auto& all = interface->addresses;
    const auto wanted = findings.empty() ? std::nullopt : findings.front()->address;
    auto found = std::find_if(all.begin(), all.end(), [&](const CheckedAddress& each) {
        return wanted && each.address == *wanted;
    });
    if (found == all.end())
        found = std::find_if(all.begin(), all.end(),
                             [](const CheckedAddress& each) { return each.is_lost; });
    return found == all.end() ? all.front() : *found;
}

/// "10.0.2.37 +499", unless the others are listed below.
std::string Block::address_words(Detail detail) const {
    const std::size_t others = interface->addresses.size() - 1;
    return address().address.to_string() +
           (others == 0 || detail == Detail::verbose ? "" : " +" + std::to_string(others));
}

std::string Block::public_words() const {
    const auto& address = this->address().public_address;
    return address ? address->to_string() : "";
}

/// What is broken first; whether the rest has a note is no reason to move it.
int rank_of(const Block& block) {
    const Grade worst = block.worst();
    if (worst == Grade::broken) return 0;
    return worst == Grade::warning || block.has_lost() ? 1 : 2;
}

/// Of a packet that is passed on: the interface that it should leave by.
const std::string& interface_of(const Flow& flow) {
    return flow.ifname.empty() ? flow.expected : flow.ifname;
}

/// In the order in which they are first named, the host last.
class Blocks {
  public:
    explicit Blocks(const CheckResult& result) {
        for (const CheckedInterface& interface : result.interfaces)
            of(interface.ifname).interface = &interface;
        for (const Finding& finding : result.findings)
            of(finding.ifname).findings.push_back(&finding);
        for (const Flow& flow : result.flows) of(interface_of(flow)).flows.push_back(&flow);
        if (!host_.findings.empty() || !host_.flows.empty() || !result.host_is_right.empty())
            all_.push_back(host_);
    }

    std::vector<Block> in_order() && {
        for (Block& block : all_)
            std::stable_sort(block.findings.begin(), block.findings.end(),
                             [](const Finding* a, const Finding* b) {
                                 return a->is_accepted != b->is_accepted ? b->is_accepted
                                                                         : a->grade > b->grade;
                             });
        std::stable_sort(all_.begin(), all_.end(),
                         [](const Block& a, const Block& b) { return rank_of(a) < rank_of(b); });
        return std::move(all_);
    }

  private:
    Block& of(const std::string& ifname) {
        if (ifname.empty()) return host_;
        const auto [place, is_new] = places_.emplace(ifname, all_.size());
        if (is_new) {
            all_.emplace_back();
            all_.back().ifname = ifname;
        }
        return all_[place->second];
    }

    std::vector<Block> all_;
    std::map<std::string, std::size_t> places_;
    Block host_;
};

/// Where each column begins, in all blocks.
struct Columns {
    std::size_t address = 0, public_address = 0, grade = 0;
    std::size_t details = 0;  // below

    Columns(const std::vector<Block>& blocks, Detail detail) {
        std::size_t name = std::strlen("host"), own = 0, outside = 0;
        for (const Block& block : blocks) {
            name = std::max(name, columns_of(block.name()));
            if (!block.has_addresses()) continue;
            own = std::max(own, block.address_words(detail).size());
            outside = std::max(outside, block.public_words().size());
        }
        address = std::min(name, kMaxNameWidth) + kGap;
        details = std::min(address, kMaxIndent);
        public_address = address + std::min(own, kMaxAddressWidth) + kGap;
        grade = public_address + (outside == 0 ? 0 : std::min(outside, kMaxPublicWidth) + kGap);
    }
};

/// One after the other.
class CheckPage {
  public:
    CheckPage(const CheckResult& result, Detail detail, const Paint& paint)
        : result_(result), detail_(detail), paint_(paint) {}

    std::string text();

  private:
    bool is_shown(const Finding& finding) const {
        return detail_ != Detail::quiet || (!finding.is_accepted && finding.grade != Grade::good);
    }
    /// What is wrong is said of another interface, or of the host.
    bool is_lost_by_another(const Block& block) const {
        return block.is_good() && block.has_lost() && result_.worst() == Grade::broken;
    }
    bool has_accepted() const {
        return std::any_of(result_.findings.begin(), result_.findings.end(),
                           [](const Finding& finding) { return finding.is_accepted; });
    }
    bool is_shown(const Block& block) const {
        if (detail_ == Detail::verbose) return true;
        if (detail_ == Detail::quiet) return !block.is_good() || is_lost_by_another(block);
        if (block.interface != nullptr || !block.findings.empty()) return true;
        return block.ifname.empty() && !result_.host_is_right.empty();
    }
    void add_block(const Block& block);
    void add_head(const Block& block);
    void add_reasons(const Finding& finding);
    void add_addresses(const Block& block);
    void add_line(const std::string& label, const std::string& words);
    std::string summary() const;
    std::string what_holds() const;
    std::string right_words() const;

    const CheckResult& result_;
    Detail detail_;
    const Paint& paint_;
    Columns columns_{{}, Detail::normal};
    std::string text_;
};

std::string label_of(const Finding& finding) {
    return finding.is_accepted ? "accepted" : grade_label(finding.grade);
}

std::string CheckPage::right_words() const {
    std::string words;
    for (const std::string& each : result_.host_is_right)
        words += (words.empty() ? "" : ", ") + each;
    return words;
}

/// "because  rule ... is missing", below the name.
void CheckPage::add_line(const std::string& label, const std::string& words) {
    HangingLine line(columns_.details + kGap);
    line.go_to(columns_.details);
    line.put(label);
    line.go_to(columns_.details + kLabelWidth + kGap);
    line.put_words(words);
    text_ += line.str();
}

void CheckPage::add_reasons(const Finding& finding) {
    if (finding.is_accepted && detail_ != Detail::verbose) return;
    if (!finding.because.empty()) add_line("because", finding.because);
    if (!finding.fix.empty()) {
        // It is copied: whatever its length, it stays on its line.
        HangingLine line(columns_.details + kLabelWidth + kGap);
        line.go_to(columns_.details);
        line.put("fix");
        line.go_to(columns_.details + kLabelWidth + kGap);
        line.put(finding.fix, [&](const std::string& text) { return paint_.bold(text); });
        text_ += line.str();
    }
    if (detail_ != Detail::verbose) return;
    for (const std::string& consequence : finding.consequences) add_line("also", consequence);
    if (!finding.code.empty()) add_line("code", finding.code);
}

void CheckPage::add_head(const Block& block) {
    HangingLine line(columns_.details + kGap);
    line.put(block.name(), [&](const std::string& text) { return paint_.bold(text); });
    if (block.has_addresses()) {
        line.go_to(columns_.address);
        line.put(block.address_words(detail_));
        line.go_to(columns_.public_address);
        if (!block.public_words().empty()) line.put(block.public_words());
        line.go_to(columns_.grade);
    } else {
        line.go_to(columns_.address);
    }
    if (block.is_good() && block.ifname.empty() && !result_.host_is_right.empty())
        line.put_words(right_words());
    const auto colour = [&](const std::string& text) {
        return painted(block.worst(), text, paint_);
    };
    if (is_lost_by_another(block)) {
        line.put("BROKEN", [&](const std::string& text) { return paint_.red(text); });
        line.put_words("packets of it are lost: see above");
    } else if (block.is_good() && block.has_lost()) {
        line.put(has_accepted() ? "accepted" : "lost");  // whoever it is said of
    } else if (block.is_good()) {
        line.put(grade_word(Grade::good), colour);
    } else {
        line.put(label_of(*block.findings.front()), colour);
        line.put_words(block.findings.front()->text);
    }
    text_ += line.str();
}

void CheckPage::add_addresses(const Block& block) {
    if (block.interface != nullptr)
        for (const CheckedAddress& each : block.interface->addresses)
            add_line("address",
                     each.address.to_string() +
                         (each.public_address ? " = " + each.public_address->to_string() : "") +
                         (each.is_lost ? ": lost" : ": ok"));
    for (const Flow* flow : block.flows)
        add_line("flow", flow_title(*flow) + ": " + flow_outcome(*flow));
}

void CheckPage::add_block(const Block& block) {
    add_head(block);
    bool is_in_head = !block.is_good();
    bool has_right = block.ifname.empty() && is_in_head && !result_.host_is_right.empty() &&
                     detail_ != Detail::quiet;
    const auto add_right = [&] {
        if (has_right) add_line("ok", right_words());
        has_right = false;
    };
    for (const Finding* finding : block.findings) {
        if (!is_shown(*finding)) continue;
        if (finding->is_accepted) add_right();
        if (!is_in_head) add_line(label_of(*finding), finding->text);
        is_in_head = false;
        add_reasons(*finding);
    }
    add_right();
    if (detail_ == Detail::verbose) add_addresses(block);
}

/// Where nothing is wrong: how much of it was tried.
std::string CheckPage::what_holds() const {
    const auto& findings = result_.findings;
    const auto& interfaces = result_.interfaces;
    if (std::any_of(interfaces.begin(), interfaces.end(), is_any_lost) ||
        std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
            return finding.is_accepted && finding.grade >= Grade::warning;
        }))
        return "nothing is broken but what is accepted";
    if (interfaces.empty()) return "nothing is broken";
    const bool is_silent =
        std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
            return finding.code == "peer-silent" || finding.code == "gateway-silent";
        });
    std::string routed = "every address would be routed by its own interface";
    if (!result_.is_probed || is_silent) return routed;
    const bool has_peers = std::any_of(result_.flows.begin(), result_.flows.end(),
                                       [](const Flow& flow) { return flow.peer.is_configured; });
    return has_peers ? "every gateway answers, and every address has answers of its peers"
                     : "every gateway answers, and " + routed;
}

std::string CheckPage::summary() const {
    const std::string words =
        count_words(result_.count(Grade::broken), result_.count(Grade::warning));
    return words.empty() ? what_holds() : words;
}

std::string CheckPage::text() {
    std::vector<Block> blocks = Blocks(result_).in_order();
    blocks.erase(std::remove_if(blocks.begin(), blocks.end(),
                                [&](const Block& block) { return !is_shown(block); }),
                 blocks.end());
    columns_ = Columns(blocks, detail_);
    for (const Block& block : blocks) add_block(block);
    if (detail_ == Detail::quiet) return std::move(text_);
    const Grade worst = result_.worst();
    const Grade colour = worst == Grade::note ? Grade::good : worst;
    return text_ + painted(colour, summary(), paint_) + "\n";
}

/// "10.0.2.37 and 499 more"
std::string local_words(const Flow& flow) {
    if (!flow.local) return "this host";
    return flow.local->to_string() +
           (flow.locals.size() > 1 ? " and " + std::to_string(flow.locals.size() - 1) + " more"
                                   : "");
}

}  // namespace

const char* grade_word(Grade grade) {
    switch (grade) {
        case Grade::broken:
            return "broken";
        case Grade::warning:
            return "warning";
        case Grade::note:
            return "note";
        case Grade::good:
            return "ok";
    }
    return "";
}

const char* grade_label(Grade grade) {
    return grade == Grade::broken ? "BROKEN" : grade_word(grade);
}

std::string painted(Grade grade, const std::string& text, const Paint& paint) {
    switch (grade) {
        case Grade::broken:
            return paint.red(text);
        case Grade::warning:
            return paint.yellow(text);
        case Grade::note:
            return text;
        case Grade::good:
            return paint.green(text);
    }
    return text;
}

std::string count_words(std::size_t broken, std::size_t warnings) {
    std::string words = broken == 0 ? "" : std::to_string(broken) + " broken";
    if (warnings > 0)
        words += (words.empty() ? "" : ", ") + std::to_string(warnings) +
                 (warnings == 1 ? " warning" : " warnings");
    return words;
}

std::string flow_title(const Flow& flow) {
    switch (flow.kind) {
        case FlowKind::bound:
            return local_words(flow) + " \u2194 " + flow.peer.name;
        case FlowKind::unbound:
            return "programs bound to no address \u2192 " + flow.peer.name;
        case FlowKind::forwarded:
            return flow.behind->to_string() + " \u2192 this host \u2192 " + flow.peer.name;
        case FlowKind::published:
            return flow.peer.name + " \u2192 " + local_words(flow) + " port " +
                   std::to_string(flow.port) + " \u2192 " + flow.behind->to_string();
    }
    return "";
}

std::string flow_outcome(const Flow& flow) {
    const std::string by = flow.out.ifname + (flow.out.gateway && !flow.out.ifname.empty()
                                                  ? " via " + flow.out.gateway->to_string()
                                                  : "");
    const std::string arrivals = arrivals_word(flow);
    const std::string drop = arrivals + " dropped by rp_filter on " + flow.expected;
    const std::string dropped = flow.is_dropped_by_rp_filter ? "; " + drop : "";
    switch (flow.fault) {
        case Fault::none:
            return "by " + by;
        case Fault::no_address:
            return "lost: " + flow.expected + " does not have the address";
        case Fault::link_down:
            return "lost: " + flow.expected + " is down";
        case Fault::no_carrier:
            return "leaves by " + by + ", which has no carrier";
        case Fault::silent_gateway:
            return "leaves by " + by + ", which does not answer";
        case Fault::no_way:
            return std::string("no way: ") + std::strerror(flow.out.error);
        case Fault::wrong_link:
            return "leaves by " + by + dropped;
        case Fault::wrong_gateway:
            return "leaves by " + by + ", a wrong gateway";
        case Fault::refused:
            return flow.is_dropped_by_rp_filter
                       ? drop
                       : arrivals + " refused: " + std::strerror(flow.refusal);
    }
    return "";
}

std::string render_check(const CheckResult& result, Detail detail, const Paint& paint) {
    return CheckPage(result, detail, paint).text();
}

}  // namespace eni
