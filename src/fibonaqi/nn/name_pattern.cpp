#include "fibonaqi/nn/name_pattern.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

namespace fibonaqi::nn {
namespace {

// All names would fill the screen: MACE has dozens.
std::string advice(const std::string& pattern, const std::vector<std::string>& names) {
    const std::string nearest = nearest_name(pattern, names);
    const std::string example = names.empty() ? "" : ", they are named like '" + names.front() + "'";
    return nearest.empty() ? " 'fibonaqi model info --weights MODEL' lists them" + example
                           : " did you mean '" + nearest + "'?";
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
    std::size_t p = 0, n = 0;
    std::size_t star = std::string_view::npos, from = 0;  // the last '*', and where what it stands for ends
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            from = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++from;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::vector<bool> matching(const std::vector<std::string>& names, const std::vector<std::string>& patterns,
                           const std::string& key) {
    std::vector<bool> result(names.size(), false);
    for (const std::string& pattern : patterns) {
        bool is_known = false;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (matches(pattern, names[i])) {
                result[i] = is_known = true;
            }
        }
        if (!is_known) {
            throw ConfigError(key + ": '" + pattern + "' is no weight of the model (nothing would be held)" +
                              advice(pattern, names));
        }
    }
    return result;
}

}  // namespace fibonaqi::nn
