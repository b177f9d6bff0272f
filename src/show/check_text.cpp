// See check_text.hpp.
#include "check_text.hpp"

#include <algorithm>
#include <cstring>

#include "json_type.hpp"

namespace eni {

namespace {

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

std::size_t count_of(const CheckResult& result, Grade grade) {
    return static_cast<std::size_t>(
        std::count_if(result.verdicts.begin(), result.verdicts.end(),
                      [&](const Verdict& verdict) { return verdict.grade == grade; }));
}

std::string summary_of(const CheckResult& result) {
    const std::size_t broken = count_of(result, Grade::broken);
    const std::size_t warnings = count_of(result, Grade::warning);
    if (broken + warnings == 0) return "all is right";
    return std::to_string(broken) + " broken, " + std::to_string(warnings) +
           (warnings == 1 ? " warning" : " warnings");
}

const char* kind_word(FlowKind kind) {
    switch (kind) {
        case FlowKind::bound:
            return "bound";
        case FlowKind::unbound:
            return "unbound";
        case FlowKind::forwarded:
            return "forwarded";
        case FlowKind::published:
            return "published";
    }
    return "";
}

const char* fault_word(Fault fault) {
    switch (fault) {
        case Fault::none:
            return "none";
        case Fault::no_way:
            return "no_way";
        case Fault::wrong_link:
            return "wrong_link";
        case Fault::wrong_gateway:
            return "wrong_gateway";
        case Fault::refused:
            return "refused";
    }
    return "";
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json address_or_null(const std::optional<IpAddress>& address) {
    return address ? Json(address->to_string()) : Json(nullptr);
}

Json flow_json(const Flow& flow) {
    return {{"kind", kind_word(flow.kind)},
            {"ifname", text_or_null(flow.ifname)},
            {"local", address_or_null(flow.local)},
            {"peer", flow.peer.address.to_string()},
            {"peer_name", flow.peer.name},
            {"behind", address_or_null(flow.behind)},
            {"port", flow.port == 0 ? Json(nullptr) : Json(flow.port)},
            {"ok", flow.fault == Fault::none},
            {"fault", fault_word(flow.fault)},
            {"expected", text_or_null(flow.expected)},
            {"leaves_by", text_or_null(flow.out.ifname)},
            {"gateway", address_or_null(flow.out.gateway)},
            {"dropped_by_rp_filter", flow.is_dropped_by_rp_filter}};
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

std::string flow_title(const Flow& flow) {
    const std::string local = flow.local ? flow.local->to_string() : "this host";
    switch (flow.kind) {
        case FlowKind::bound:
            return local + " \u2194 " + flow.peer.name;
        case FlowKind::unbound:
            return "programs bound to no address \u2192 " + flow.peer.name;
        case FlowKind::forwarded:
            return flow.behind->to_string() + " \u2192 this host \u2192 " + flow.peer.name;
        case FlowKind::published:
            return flow.peer.name + " \u2192 " + local + " port " + std::to_string(flow.port) +
                   " \u2192 " + flow.behind->to_string();
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

std::string render_check(const CheckResult& result, bool quiet, const Paint& paint) {
    std::size_t width = 4;
    for (const Verdict& verdict : result.verdicts) width = std::max(width, verdict.ifname.size());
    std::string text;
    for (const Verdict& verdict : result.verdicts) {
        if (quiet && verdict.grade < Grade::warning) continue;
        const std::string word =
            verdict.grade == Grade::broken ? "BROKEN" : grade_word(verdict.grade);
        const std::string where = verdict.ifname.empty() ? "host" : verdict.ifname;
        text += painted(verdict.grade, padded(word, 7), paint) + "  " +
                paint.bold(padded(where, width)) + "  " + verdict.text +
                (verdict.fix.empty() ? "" : "; fix: " + paint.bold(verdict.fix)) + "\n";
    }
    if (!quiet) text += painted(result.worst(), summary_of(result), paint) + "\n";
    return text;
}

std::string render_check_json(const CheckResult& result) {
    Json json = {{"version", 1},
                 {"verdict", grade_word(result.worst())},
                 {"findings", Json::array()},
                 {"flows", Json::array()}};
    for (const Verdict& verdict : result.verdicts)
        json["findings"].push_back({{"grade", grade_word(verdict.grade)},
                                    {"ifname", text_or_null(verdict.ifname)},
                                    {"text", verdict.text},
                                    {"fix", text_or_null(verdict.fix)}});
    for (const Flow& flow : result.flows) json["flows"].push_back(flow_json(flow));
    return printed(json);
}

}  // namespace eni
