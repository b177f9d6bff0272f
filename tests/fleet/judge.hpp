// What has to hold for every host: what answers leave by, what is not touched, that a second run is
// idle, that there is a way back. Must know the policy from its documents, and nothing of how a
// plan is made.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "made_host.hpp"

namespace eni {

struct Verdict {
    std::vector<std::string> violations;
    std::size_t interfaces = 0;  // that the plan is for; 0: it has nothing to do
    std::size_t flows = 0;       // that were judged
    double plan_seconds = 0;     // facts -> plan and changes
    double check_seconds = 0;    // the host after the run -> findings
};

Verdict judge(const MadeHost& host);

}  // namespace eni
