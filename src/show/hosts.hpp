// Many recorded hosts at once: `check --facts` with several files as one table, for a terminal and
// for programs, and what of a host `diff` compares. Must not judge anything, nor read a file.
#pragma once

#include <string>
#include <vector>

#include "change_set.hpp"
#include "check.hpp"
#include "format.hpp"
#include "paint.hpp"

namespace eni {

/// What was found of one host.
struct HostVerdict {
    std::string name;     // of the file with its facts, or what tells it from others
    std::string failure;  // why nothing is known of it; empty: `result` counts
    CheckResult result;
    std::string page;  // the file with its report; empty where there is none

    Grade worst() const { return failure.empty() ? result.worst() : Grade::broken; }
};

/// A line for each host, those with something broken first, and one for all. With `is_quiet` those
/// that are in order are left out, and nothing is printed where all are.
std::string render_hosts(const std::vector<HostVerdict>& hosts, bool is_quiet, const Paint& paint);

/// JSON lines: what `check --json` prints of one host, in one line, with "facts", its name; of a
/// host of which nothing is known "error" beside that name.
std::string render_host_json(const HostVerdict& host, const TableNames& names = {});

/// A page with the same table that leads to the hosts' own. It needs nothing from elsewhere.
std::string render_hosts_page(const std::vector<HostVerdict>& hosts, const std::string& time,
                              const std::string& version);

/// What of the host two of them are compared by, a line each: its interfaces with their addresses,
/// rules, routes and files, and what is wrong with it. What of the plan is not there is marked.
std::string host_lines(const Facts& facts, const Config& config, const ChangeSet& change_set,
                       const CheckResult& result);

}  // namespace eni
