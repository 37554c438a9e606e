#include "fibonaqi/base/rng.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <string>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/hash.hpp"

namespace fibonaqi {
namespace {

using Block = std::array<std::uint32_t, 4>;

// Philox 4x32 with ten rounds; constants from Salmon, Moraes, Dror, Shaw, SC11, table 2.
Block philox(Block counter, std::uint32_t key0, std::uint32_t key1) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53u} * counter[0];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key0, static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key1, static_cast<std::uint32_t>(a)};
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return counter;
}

std::uint64_t word(const std::string& hex, std::size_t index) {
    return std::strtoull(hex.substr(16 * index, 16).c_str(), nullptr, 16);
}

}  // namespace

KeyedRng::KeyedRng(std::uint64_t seed, std::string_view purpose, std::uint64_t cycle, std::uint64_t item) {
    const std::string digest = Sha256()
                                   .integer(static_cast<std::int64_t>(seed))
                                   .text(purpose)
                                   .integer(static_cast<std::int64_t>(cycle))
                                   .integer(static_cast<std::int64_t>(item))
                                   .hex();
    key_[0] = static_cast<std::uint32_t>(word(digest, 0));
    key_[1] = static_cast<std::uint32_t>(word(digest, 0) >> 32);
    high_ = word(digest, 1);
}

std::uint64_t KeyedRng::bits() {
    const Block block = philox({static_cast<std::uint32_t>(draw_), static_cast<std::uint32_t>(draw_ >> 32),
                                static_cast<std::uint32_t>(high_), static_cast<std::uint32_t>(high_ >> 32)},
                               key_[0], key_[1]);
    ++draw_;
    return (std::uint64_t{block[1]} << 32) | block[0];
}

double KeyedRng::uniform() {
    // 52 bits and a half: with 53 the largest sum would round to 1.
    return (static_cast<double>(bits() >> 12) + 0.5) * 0x1.0p-52;
}

double KeyedRng::normal() {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

double KeyedRng::gumbel() {
    return -std::log(-std::log(uniform()));
}

std::uint64_t KeyedRng::below(std::uint64_t n) {
    FIBONAQI_EXPECT(n > 0);
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    std::uint64_t value = bits();
    while (value >= limit) {
        value = bits();
    }
    return value % n;
}

}  // namespace fibonaqi
