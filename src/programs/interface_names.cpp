// See interface_names.hpp.
#include "interface_names.hpp"

#include <stdexcept>

#include "names.hpp"
#include "text.hpp"

namespace eni {

std::vector<std::string> interface_names(const std::vector<std::string>& arguments) {
    for (const std::string& name : arguments)
        if (!is_plain_name(name))
            throw std::invalid_argument("'" + printable(name) + "' is not an interface's name");
    return arguments;
}

}  // namespace eni
