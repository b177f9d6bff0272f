// What is lost, in words. For loss_findings.cpp alone; must not decide anything.
#pragma once

#include <string>
#include <vector>

#include "flows.hpp"
#include "model.hpp"

namespace eni {

/// "replies to the internet leave by eth0". `with_source` says from which address as well.
std::string loss_words(const Flow& flow, const std::vector<std::string>& peers, const Plan& plan,
                       bool with_source);

/// "requests are dropped on arrival: rp_filter is strict on eth1"
std::string drop_words(const Flow& flow, const KernelSnapshot& kernel);

}  // namespace eni
