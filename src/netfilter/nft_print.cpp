// See nft_print.hpp. The numbers are those of include/uapi/linux/netfilter/nf_tables.h.
#include "nft_print.hpp"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <system_error>

#include "attributes.hpp"
#include "hash.hpp"
#include "marks.hpp"
#include "rtnetlink_numbers.hpp"
#include "socket.hpp"

namespace eni {

namespace {

void add(Hash& hash, const nlattr* attribute) {
    if (attribute == nullptr) return;
    hash.add(attribute, sizeof *attribute);
    hash.add(nla_data(attribute), static_cast<std::size_t>(nla_len(attribute)));
}

constexpr int kSubsystem = kSubsystemNftables << 8;
constexpr int kGetChain = 4, kGetRule = 7;
constexpr int kTableName = 1;  // of chains and rules alike
constexpr int kChainName = 3, kChainHook = 4, kChainPolicy = 5, kChainType = 7;
constexpr int kRuleChain = 2, kRuleExpressions = 4;

std::string name_in(const nlattr* attribute) {
    return attribute == nullptr ? "" : text_of(attribute);
}

/// An old kernel does not heed the table's name in a request, and answers with all there are.
template <class Add>
void dump_ours(Connection* socket, int type, std::uint8_t family, Add add) {
    const NetlinkMessage request =
        make_message(kSubsystem | type, 0, nfgenmsg{family, NFNETLINK_V0, 0});
    if (nla_put_string(request.get(), kTableName, kNftTable) < 0) throw std::bad_alloc();
    dump(socket, request.get(), "nf_tables", [&](const nlmsghdr& message) {
        const auto attributes = attributes_after(message, header_of<nfgenmsg>(message));
        if (name_in(attributes[kTableName]) == kNftTable) add(attributes);
    });
}

}  // namespace

std::string nft_print() {
    const NetlinkSocket socket = open_netlink(NETLINK_NETFILTER);
    Hash hash;
    bool is_there = false;
    for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) try {
            const auto add = [&](std::initializer_list<int> types) {
                return [&, types](const Attributes& attributes) {
                    is_there = true;
                    hash.add(&family, sizeof family);
                    for (const int type : types)
                        eni::add(hash, attributes[static_cast<std::size_t>(type)]);
                };
            };
            dump_ours(socket.get(), kGetChain, family,
                      add({kChainName, kChainHook, kChainPolicy, kChainType}));
            dump_ours(socket.get(), kGetRule, family, add({kRuleChain, kRuleExpressions}));
        } catch (const std::system_error& error) {
            if (error.code().value() != EINVAL) throw;  // a kernel without nf_tables
        }
    return is_there ? hash.text() : "";
}

}  // namespace eni
