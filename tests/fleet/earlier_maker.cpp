// The configuration of a made host, and what earlier runs of eni-routes have left on it: the one
// place of the makers that asks src/, for what such a run would do.
#include <algorithm>

#include "../afterwards.hpp"
#include "host_maker.hpp"

namespace eni {

namespace {

TrueInterface& any_interface(HostMaker& m) {
    auto& all = m.host.interfaces;
    return all[m.dice.below(static_cast<std::uint32_t>(all.size()))];
}

void set_numbers(HostMaker& m, Config& config) {
    if (m.percent(10))
        config.priority_base = m.dice.one_of<std::uint32_t>({100, 1000, 5000, 15000, 22766});
    if (m.percent(10))
        config.table_base = m.dice.one_of<std::uint32_t>({256, 1000, 2000, 4000000000U});
    if (m.percent(8)) config.link_group = 42;
    if (m.percent(8)) config.suppress = Suppress::off;
    if (m.percent(10)) config.match = m.dice.one_of<Match>({Match::address, Match::subnet});
    if (m.percent(10)) config.files = m.dice.one_of<Files>({Files::all, Files::none});
    if (m.percent(25)) config.addresses = Addresses::imds;
}

void set_interfaces(HostMaker& m, Config& config) {
    if (m.percent(4)) config.primary = any_interface(m).ifname;
    if (m.percent(5)) {
        TrueInterface& left_alone = any_interface(m);
        config.exclude = {left_alone.ifname};
        m.is("one excluded");
        left_alone.is_managed = false;
    }
    if (m.percent(4)) {
        TrueInterface& left_alone = any_interface(m);
        config.interfaces[left_alone.ifname].enabled = false;
        m.is("one switched off");
        left_alone.is_managed = false;
    }
    // (A recipe by hand that names another gateway is the administrator's contradiction.)
    if (m.percent(5) && !m.host.has("recipe by hand") && !m.host.has("nm-cloud-setup")) {
        TrueInterface& each = any_interface(m);
        if (each.router4) {
            each.router4 = plus(*each.router4, 1);
            config.interfaces[each.ifname].gateway = each.router4;
        }
    }
    if (m.percent(6))
        config.interfaces[any_interface(m).ifname].table =
            TableId{m.dice.one_of<std::uint32_t>({777, 778, 10001})};
    if (m.percent(5)) config.interfaces[any_interface(m).ifname].sources = {net_of("10.98.0.0/24")};
}

/// A run of before, with the configuration of then.
Facts with_run(const Facts& facts, const Config& config) {
    return afterwards(make_change_set(facts, config, Absent::forget), facts);
}

/// As far as it came: in the order of application, and no file.
Facts with_killed_run(HostMaker& m, const Config& config) {
    Facts facts = m.host.pristine;
    ChangeSet set = make_change_set(facts, config, Absent::forget);
    Changes& all = set.changes;
    const auto cut = [&](auto& list) {
        const auto left = m.dice.below(static_cast<std::uint32_t>(list.size()) + 1);
        if (left < list.size()) {
            list.erase(list.begin() + left, list.end());
            return true;
        }
        return false;
    };
    const bool stops = cut(all.groups) || cut(all.addresses_added) || cut(all.routes_added);
    if (stops)
        all.rules_added.clear();
    else
        cut(all.rules_added);
    facts.kernel = applied(all, facts.kernel);
    facts.run = set.plan.run;
    return facts;
}

/// One interface more was there, and is detached: the kernel takes its routes, not the rules.
Facts with_detached(HostMaker& m, const Config& config) {
    Facts before = m.host.pristine;
    Link link = before.kernel.links.back();
    link.ifname = "eth77";
    link.kind = "";
    link.mac = "02:77:77:77:77:77";
    before.kernel.links.push_back(link);
    Address address;
    address.ifname = link.ifname;
    address.address = ip_of("10.177.0.9");
    address.prefix_length = 24;
    before.kernel.addresses.push_back(address);
    Facts facts = with_run(before, config);
    const auto remove_its = [&](auto& all, auto is_its) {
        all.erase(std::remove_if(all.begin(), all.end(), is_its), all.end());
    };
    KernelSnapshot& kernel = facts.kernel;
    remove_its(kernel.links, [&](const Link& each) { return each.ifname == link.ifname; });
    remove_its(kernel.addresses, [&](const Address& own) { return own.ifname == link.ifname; });
    remove_its(kernel.routes, [&](const Route& route) {
        return !route.hops.empty() && route.hops[0].ifname == link.ifname;
    });
    return facts;
}

}  // namespace

void make_configuration(HostMaker& m) {
    if (m.percent(50)) return;
    m.is("configured");
    set_numbers(m, m.config());
    set_interfaces(m, m.config());
    for (MadeHost::Guest& guest : m.host.guests) {
        const TrueInterface* by = m.host.interface(guest.leaves_by);
        if (by != nullptr && !by->is_managed) guest.leaves_by.clear();
    }
}

void make_earlier_run(HostMaker& m) {
    MadeHost& host = m.host;
    const std::uint32_t what = m.dice.below(100);
    host.facts = host.pristine;
    if (what < 40) return;
    if (what < 60) {
        m.is("second run");
        host.facts = with_run(host.pristine, host.config);
    } else if (what < 72) {
        m.is("other configuration before");
        Config before = host.config;
        set_numbers(m, before);
        host.facts = with_run(host.pristine, before);
    } else if (what < 80) {
        m.is("rebooted");
        host.facts.disk = with_run(host.pristine, host.config).disk;
    } else if (what < 88) {
        m.is("killed run");
        host.facts = with_killed_run(m, host.config);
    } else if (what < 95) {
        m.is("detached interface");
        host.facts = with_detached(m, host.config);
    } else if (host.config.addresses == Addresses::off) {  // what is lost of those is lost
        m.is("state lost");
        host.facts = with_run(host.pristine, host.config);
        host.facts.run = {};
    }
}

}  // namespace eni
