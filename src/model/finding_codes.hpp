// The codes of what `check` finds, by which people accept a finding and monitors know it. Here, and
// not in check, as the configuration is read without that. Must not hold words for people: what
// each means and what to do is in eni-routes(8), FINDINGS.
#pragma once

#include <string>
#include <vector>

namespace eni {

/// Sorted. A code keeps its meaning for good.
inline const std::vector<std::string> kFindingCodes = {
    "address-behind-host",
    "address-elsewhere",
    "address-left-over",
    "address-missing",
    "address-shared",
    "address-unassigned",
    "change-unconfirmed",
    "config-unmatched",
    "dispatcher-disabled",
    "file-by-hand",
    "file-differs",
    "file-unread",
    "foreign-rule",
    "gateway-kept",
    "gateway-not-ec2s",
    "gateway-outside-subnet",
    "gateway-silent",
    "gateway-unknown",
    "hook-foreign",
    "hook-missing",
    "hook-not-executable",
    "host-not-recorded",
    "interface-disabled",
    "interface-unmanaged",
    "interfaces-too-many",
    "kernel-rule-missing",
    "link-down",
    "link-group",
    "link-name-not-plain",
    "link-name-reserved",
    "main-route",
    "multicast-rp-filter",
    "netmask-wrong",
    "networkmanager-stopped",
    "networkmanager-unmanaged",
    "no-address",
    "no-carrier",
    "not-installed",
    "other-tool",
    "outgoing-changed",
    "peer-silent",
    "policy-missing",
    "profile-name-not-plain",
    "published-port",
    "route-file-unread",
    "route-in-the-way",
    "route-left-over",
    "route-missing",
    "route-refuses",
    "rp-filter",
    "rule-before-ours",
    "rule-led-past",
    "rule-left-over",
    "rule-missing",
    "rule-to-empty-table",
    "rule-unheard",
    "rule-unknown",
    "selinux-denied",
    "switched-off",
    "table-name-not-plain",
    "table-number-taken",
    "udp-server",
    "watch-fight",
    "watch-stopped",
};

}  // namespace eni
