// Where and with what facts are recorded, for those who read or replay them.
#pragma once

#include <string>

#include "model.hpp"

namespace eni {

/// Of this host now. `root` as in DiskFacts: the distribution is that of the files below it;
/// `config_path` is where the configuration in force was read from, `networkmanager` its version.
/// Throws where the configuration is there and cannot be read.
Recording make_recording(const std::string& root, const std::string& config_path,
                         const std::string& networkmanager);

/// "recorded with eni-routes 0.1.0 on CentOS Linux 7 (Core), kernel 3.10.0-1160.el7.x86_64,
/// NetworkManager 1.18.8"; what is not known is left out.
std::string words_for(const Recording& recording);

}  // namespace eni
