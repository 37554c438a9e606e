#include "fibonaqi/model/irreps.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace fibonaqi {
namespace {

// Takes a number off the front of `text`.
std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || value < 0) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

// "128x0e" or "0e".
std::optional<IrrepBlock> block_from(std::string_view text) {
    auto first = take_number(text);
    std::int64_t channels = 1;
    if (first && text.starts_with('x')) {
        text.remove_prefix(1);
        channels = *first;
        first = take_number(text);
    }
    const bool has_sense = first && *first <= highest_order && channels >= 1 && channels <= most_channels &&
                           (text == "e" || text == "o");
    if (!has_sense) {
        return std::nullopt;
    }
    return IrrepBlock{channels, {static_cast<int>(*first), text == "e" ? 1 : -1}};
}

}  // namespace

int natural_parity(int l) {
    return l % 2 == 0 ? 1 : -1;
}

bool Irrep::operator<(const Irrep& other) const {
    return std::tuple(l, parity) < std::tuple(other.l, other.parity);
}

std::optional<Irreps> irreps_from(std::string_view text) {
    std::string dense;
    std::copy_if(text.begin(), text.end(), std::back_inserter(dense), [](char c) { return c != ' '; });
    Irreps irreps;
    for (std::string_view rest = dense;;) {
        const std::size_t plus = rest.find('+');
        const auto block = block_from(rest.substr(0, plus));
        if (!block) {
            return std::nullopt;
        }
        irreps.push_back(*block);
        if (plus == std::string_view::npos) {
            return irreps;
        }
        rest.remove_prefix(plus + 1);
    }
}

std::string text_of(const Irreps& irreps) {
    std::string text;
    for (const auto& [channels, irrep] : irreps) {
        text += (text.empty() ? "" : "+") + std::to_string(channels) + "x" + std::to_string(irrep.l) +
                (irrep.parity > 0 ? "e" : "o");
    }
    return text;
}

std::int64_t channels_of(const Irreps& irreps, const Irrep& irrep) {
    std::int64_t count = 0;
    for (const IrrepBlock& block : irreps) {
        count += block.irrep == irrep ? block.channels : 0;
    }
    return count;
}

Irreps harmonics_irreps(int max_ell, bool follow_parity) {
    Irreps irreps;
    for (int l = 0; l <= max_ell; ++l) {
        irreps.push_back({1, {l, follow_parity ? natural_parity(l) : 1}});
    }
    return irreps;
}

}  // namespace fibonaqi
