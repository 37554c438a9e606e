#include "workflows/cli/seed_range.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::cli {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    return is_whole ? std::optional(value) : std::nullopt;
}

}  // namespace

std::vector<std::uint64_t> seeds_from(const std::string& text) {
    constexpr std::uint64_t most = 100000;
    const std::size_t colon = text.find(':');
    const std::string_view all(text);
    const auto first = whole_number(all.substr(0, colon));
    const auto last = colon == std::string::npos ? first : whole_number(all.substr(colon + 1));
    if (!first || !last || *last < *first || *last - *first >= most) {
        throw ConfigError(
            "seeds '" + text +
            "' (FIRST:LAST is expected, whole numbers, both included, at most 100000) write for "
            "example 1:5");
    }
    std::vector<std::uint64_t> seeds;
    for (std::uint64_t seed = *first; seed <= *last; ++seed) {
        seeds.push_back(seed);
    }
    return seeds;
}

}  // namespace fibonaqi::cli
