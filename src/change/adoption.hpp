// What of a user's rule- and route- files says no more than the plan, so that eni-routes can take
// its place, and what of it stays the user's: `eni-routes adopt`. Pure; files are moved by
// kept_files, and kernel and files are brought to the plan by reconcile().
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config.hpp"
#include "model.hpp"

namespace eni {

/// "/etc/sysconfig/network-scripts/rule-eth1:3: to 10.99.0.0/24 table 300" and why it is named.
struct LineRemark {
    std::string path;
    std::size_t number = 0;  // 0: the file
    std::string text;
    std::string why;
};

struct InterfaceAdoption {
    std::string ifname;
    std::vector<LineRemark> obstacles;  // against adopting anything of it
    std::vector<LineRemark> more;       // lines that say more than the plan: they stay the user's
    Adoption adoption;                  // empty files: nothing is to be adopted
};

/// For each interface of the plan, or those of them that are named.
std::vector<InterfaceAdoption> adoptions(const Facts& facts, const Config& config, const Plan& plan,
                                         const std::vector<std::string>& ifnames = {});

/// All of them at once.
Adoption together(const std::vector<InterfaceAdoption>& interfaces);

/// Whether a file that `adopt` left is what it was then: nothing in it but comments and lines of
/// the kept one, with or without a priority.
bool is_rest_of(const std::string& bytes, const std::string& kept);

}  // namespace eni
