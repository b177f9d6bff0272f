// Whether NetworkManager runs and manages the interfaces: it tells of their events. See
// diagnosis.hpp.
#include "diagnosis.hpp"

namespace eni {

void judge_networkmanager(Diagnosis& diagnosis, const HostFacts& host) {
    if (!host.networkmanager || !diagnosis.is_installed) return;
    const Grade bad = diagnosis.plan.is_active ? Grade::warning : Grade::note;
    if (!host.networkmanager->runs) {
        diagnosis.say({bad, "networkmanager-stopped", "", "NetworkManager does not run",
                       "eni-routes gets no event when an interface comes up",
                       "systemctl start NetworkManager"});
        return;
    }
    bool is_right = true;
    for (const NetworkManagerDevice& device : host.networkmanager->devices) {
        if (device.is_managed || planned(diagnosis.plan, device.ifname) == nullptr) continue;
        is_right = false;
        Finding finding{bad,
                        "networkmanager-unmanaged",
                        device.ifname,
                        "is not managed by NetworkManager",
                        "no event is sent when it comes up or gets an address",
                        "nmcli device set " + device.ifname + " managed yes"};
        Finding* const root = diagnosis.root_of(device.ifname);
        if (root == nullptr)
            diagnosis.say(finding);
        else if (root->code != finding.code)
            root->consequences.push_back(finding.text);
    }
    if (is_right) diagnosis.host_is_right.emplace_back("NetworkManager");
}

}  // namespace eni
