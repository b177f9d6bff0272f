// See markup.hpp.
#include "markup.hpp"

#include <glib.h>

#include <memory>
#include <set>
#include <stdexcept>

#include "terminal.hpp"

namespace eni {

namespace {

/// XML has no control characters, not even escaped ones.
std::string escaped(const std::string& text) {
    using Text = std::unique_ptr<char, decltype(&g_free)>;
    return Text(g_markup_escape_text(visible(text).c_str(), -1), g_free).get();
}

}  // namespace

std::string fill_template(const std::string& text,
                          const std::map<std::string, std::string>& values) {
    std::string result;
    std::set<std::string> filled;
    std::size_t done = 0;
    for (std::size_t open = text.find("{{"); open != std::string::npos;
         open = text.find("{{", done)) {
        const bool is_markup = text.compare(open, 3, "{{{") == 0;
        const std::string end = is_markup ? "}}}" : "}}";
        const std::size_t name_at = open + end.size(), close = text.find(end, name_at);
        const std::string name = text.substr(name_at, close - name_at);
        const auto value = values.find(name);
        if (close == std::string::npos || value == values.end())
            throw std::logic_error("a template has a place without a value: " + name);
        result.append(text, done, open - done);
        result += is_markup ? value->second : escaped(value->second);
        filled.insert(name);
        done = close + end.size();
    }
    for (const auto& [name, value] : values)
        if (filled.count(name) == 0)
            throw std::logic_error("a value has no place in its template: " + name);
    return result.append(text, done, std::string::npos);
}

}  // namespace eni
