// See paint.hpp.
#include "paint.hpp"

#include <unistd.h>

#include <cstdlib>

namespace eni {

Paint Paint::for_stdout() {
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    const bool is_wanted = no_color == nullptr || *no_color == '\0';
    return Paint(is_wanted && isatty(STDOUT_FILENO) == 1 &&
                 std::string(term != nullptr ? term : "") != "dumb");
}

}  // namespace eni
