// By which interface each packet of a made host has to leave, by the policy's words, and whether it
// does. Must not use what makes plans, nor trust one walk alone.
#pragma once

#include "judge.hpp"

namespace eni {

/// `after`: the kernel when the plan has been carried out.
void judge_flows(const MadeHost& host, const Plan& plan, const KernelSnapshot& after,
                 Verdict& verdict);

}  // namespace eni
