#include "fibonaqi/base/rng.hpp"

#include <array>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

// All seeds are fixed: a bound of about five standard deviations fails by a wrong law, not by bad luck.

TEST(KeyedRng, is_a_function_of_its_key) {
    KeyedRng first(1, "md", 2, 3);
    KeyedRng second(1, "md", 2, 3);
    for (int n = 0; n < 100; ++n) {
        EXPECT_EQ(first.bits(), second.bits());
    }
    KeyedRng copy = first;
    EXPECT_EQ(copy.bits(), first.bits());  // a copy goes on from the same position
}

TEST(KeyedRng, gives_known_answers) {
    // From a Python version of key and generator that reproduces the known-answer tests of Random123
    // (philox4x32-10, all zeros and all ones). A change here would change the choices of resumed campaigns.
    KeyedRng rng(1, "md", 2, 3);
    EXPECT_EQ(rng.bits(), 18019151267026005157U);
    EXPECT_EQ(rng.bits(), 6537513800446160943U);
}

TEST(KeyedRng, keys_give_streams_of_their_own) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        for (const char* purpose : {"", "a", "b", "ab"}) {
            for (std::uint64_t cycle = 0; cycle < 5; ++cycle) {
                for (std::uint64_t item = 0; item < 5; ++item) {
                    seen.insert(KeyedRng(seed, purpose, cycle, item).bits());
                }
            }
        }
    }
    EXPECT_EQ(seen.size(), 500U);
}

TEST(KeyedRng, neighboring_keys_are_uncorrelated) {
    constexpr int count = 20000;
    KeyedRng a(1, "test", 0, 0);
    double by_stream = 0.0;
    double by_item = 0.0;
    KeyedRng b(1, "test", 0, 1);
    double previous = KeyedRng(2, "test", 0, 0).uniform() - 0.5;
    for (int n = 1; n <= count; ++n) {
        by_stream += (a.uniform() - 0.5) * (b.uniform() - 0.5);
        const double next = KeyedRng(2, "test", 0, static_cast<std::uint64_t>(n)).uniform() - 0.5;
        by_item += previous * next;
        previous = next;
    }
    const double deviation = std::sqrt(count) / 12.0;  // of a sum of products of two uniforms
    EXPECT_LT(std::abs(by_stream), 5.0 * deviation);
    EXPECT_LT(std::abs(by_item), 5.0 * deviation);
}

TEST(KeyedRng, uniform_fills_the_open_interval_evenly) {
    KeyedRng rng(3, "test");
    constexpr int count = 100000;
    std::array<int, 64> bins{};
    for (int n = 0; n < count; ++n) {
        const double value = rng.uniform();
        ASSERT_GT(value, 0.0);
        ASSERT_LT(value, 1.0);
        ++bins[static_cast<std::size_t>(value * 64.0)];
    }
    double chi_squared = 0.0;
    for (const int bin : bins) {
        const double expected = count / 64.0;
        chi_squared += (bin - expected) * (bin - expected) / expected;
    }
    EXPECT_NEAR(chi_squared, 63.0, 5.0 * std::sqrt(2.0 * 63.0));
}

TEST(KeyedRng, normal_has_the_moments_of_a_gaussian) {
    KeyedRng rng(4, "test");
    constexpr int count = 100000;
    std::array<double, 5> moments{};
    for (int n = 0; n < count; ++n) {
        const double value = rng.normal();
        for (std::size_t power = 1; power <= 4; ++power) {
            moments[power] += std::pow(value, static_cast<double>(power)) / count;
        }
    }
    // standard deviations of the sample moments: sqrt((m_2k - m_k^2) / count)
    const double scale = 5.0 / std::sqrt(count);
    EXPECT_NEAR(moments[1], 0.0, scale);
    EXPECT_NEAR(moments[2], 1.0, scale * std::sqrt(2.0));
    EXPECT_NEAR(moments[3], 0.0, scale * std::sqrt(15.0));
    EXPECT_NEAR(moments[4], 3.0, scale * std::sqrt(96.0));
}

TEST(KeyedRng, gumbel_has_the_mean_and_spread_of_its_law) {
    KeyedRng rng(5, "test");
    constexpr int count = 100000;
    double sum = 0.0;
    double squares = 0.0;
    for (int n = 0; n < count; ++n) {
        const double value = rng.gumbel();
        sum += value;
        squares += value * value;
    }
    const double mean = sum / count;
    const double variance = 1.6449340668482264;  // pi^2 / 6
    EXPECT_NEAR(mean, 0.5772156649015329, 5.0 * std::sqrt(variance / count));
    // fourth central moment 14.61: spread of the sample variance sqrt((14.61 - 2.71) / count)
    EXPECT_NEAR(squares / count - mean * mean, variance, 5.0 * std::sqrt(11.9 / count));
}

TEST(KeyedRng, below_is_even_and_within_bounds) {
    KeyedRng rng(6, "test");
    std::array<int, 7> counts{};
    for (int n = 0; n < 70000; ++n) {
        const std::uint64_t value = rng.below(7);
        ASSERT_LT(value, 7U);
        ++counts[value];
    }
    for (const int count : counts) {
        EXPECT_NEAR(count, 10000, 5.0 * std::sqrt(10000.0 * 6.0 / 7.0));
    }
    EXPECT_EQ(rng.below(1), 0U);
    const std::uint64_t half_open = (std::uint64_t{1} << 63) + 1;  // half of all draws are thrown away
    int upper = 0;
    for (int n = 0; n < 10000; ++n) {
        const std::uint64_t value = rng.below(half_open);
        ASSERT_LT(value, half_open);
        upper += value >= half_open / 2 ? 1 : 0;
    }
    EXPECT_NEAR(upper, 5000, 250);
    EXPECT_THROW(rng.below(0), ContractError);
}

}  // namespace
}  // namespace fibonaqi
