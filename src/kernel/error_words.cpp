// See error_words.hpp.
#include "error_words.hpp"

#include <cerrno>
#include <system_error>

namespace eni {

namespace {

std::string cause_of(int error) {
    switch (error) {
        case EEXIST:
            return "it exists already";
        case ENOENT:
        case ESRCH:
            return "it is not there (any more)";
        case ENODEV:
        case ENXIO:
            return "there is no such interface (any more)";
        case EADDRNOTAVAIL:
            return "that address is not there (any more)";
        case ENETUNREACH:
        case EHOSTUNREACH:
            return "its gateway is not reachable";
        case ENETDOWN:
            return "the interface is down";
        case EPERM:
        case EACCES:
            return "not permitted, it needs root (CAP_NET_ADMIN)";
        case EOPNOTSUPP:
        case EAFNOSUPPORT:
            return "this kernel does not support it";
        case ENOMEM:
        case ENOBUFS:
            return "the kernel has no memory for it";
        case EAGAIN:
        case EBUSY:
            return "the kernel is busy with another change";
        case EINVAL:
            return "the kernel takes it for invalid";
        default:
            return std::generic_category().message(error);
    }
}

}  // namespace

std::string refusal_words(const Ack& ack) {
    if (ack.text.empty()) return cause_of(ack.error);
    return (ack.error == EINVAL ? "the kernel refuses it" : cause_of(ack.error)) + ": " + ack.text;
}

}  // namespace eni
