#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/label/conformance_causes.hpp"
#include "fibonaqi/label/conformance_checks.hpp"

#include "tests/support/silicon.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

TEST(Causes, are_named_for_known_factors_of_forces) {
    EXPECT_THAT(cause_of_force_ratio(0.529), HasSubstr("hartree/bohr read as hartree/angstrom"));
    EXPECT_THAT(cause_of_force_ratio(1.0 / 51.42), HasSubstr("hartree/bohr read as eV/angstrom"));
    EXPECT_THAT(cause_of_force_ratio(-1.0), HasSubstr("a gradient"));
    EXPECT_THAT(cause_of_force_ratio(-0.5292), HasSubstr("the sign is wrong; and hartree/bohr"));
    EXPECT_EQ(cause_of_force_ratio(0.7), "");
    EXPECT_EQ(cause_of_force_ratio(1.0), "") << "no cause is needed";
}

TEST(Causes, are_named_for_known_factors_of_stress) {
    EXPECT_THAT(cause_of_stress_ratio(160.2, 40.0), HasSubstr("GPa"));
    EXPECT_THAT(cause_of_stress_ratio(-40.1, 40.0), HasSubstr("a virial"));
    EXPECT_THAT(cause_of_stress_ratio(-1.0, 40.0), HasSubstr("positive must be tension"));
}

TEST(Causes, of_all_numbers_together_are_known_to_a_factor) {
    EXPECT_THAT(cause_of_common_ratio(1.3 / 27.2), HasSubstr("hartree"));
    EXPECT_THAT(cause_of_common_ratio(20.0), HasSubstr("kcal/mol"));
    EXPECT_EQ(cause_of_common_ratio(1.3), "");
}

TEST(UniversalRepulsion, is_that_of_bare_nuclei_at_short_distance) {
    const double r = 1.0e-4;
    EXPECT_NEAR(universal_repulsion(14, 14, r) / (14.399645 * 14 * 14 / (r * r)), 1.0, 1.0e-3);
    EXPECT_LT(universal_repulsion(14, 14, 2.0), 10.0);
}

TEST(Displacements, are_of_length_one_and_differ) {
    double square = 0.0;
    double product = 0.0;
    const auto first = conformance::displacement(5, 0);
    const auto second = conformance::displacement(5, 1);
    for (std::size_t atom = 0; atom < 5; ++atom) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            square += first[atom][axis] * first[atom][axis];
            product += first[atom][axis] * second[atom][axis];
        }
    }
    EXPECT_NEAR(square, 1.0, 1.0e-12);
    EXPECT_LT(std::abs(product), 0.9);
}

TEST(Turn, keeps_lengths_and_turns_tensors_along) {
    const Vec3 turned = conformance::turn({1.0, -2.0, 0.5});
    EXPECT_NEAR(std::hypot(turned[0], turned[1], turned[2]), std::hypot(1.0, -2.0, 0.5), 1.0e-12);
    const Vec3 axis = conformance::turn({1.0, 2.0, 3.0});
    EXPECT_NEAR(axis[2], 3.0, 1.0e-12);
    const Vec3 v{0.3, -0.7, 1.1};
    const Vec3 w = conformance::turn(v);
    Mat3 before{};
    Mat3 after{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t k = 0; k < 3; ++k) {
            before[i][k] = v[i] * v[k];
            after[i][k] = w[i] * w[k];
        }
    }
    EXPECT_NEAR(conformance::turned_stress_difference(before, after), 0.0, 1.0e-12);
}

TEST(ClosestPair, is_pushed_to_the_wanted_distance_through_the_cell_wall) {
    Structure structure = test::two_silicon_atoms().structure;
    const auto pair = conformance::closest_edge(structure);
    ASSERT_TRUE(pair);
    const Structure pushed = conformance::pushed_together(structure, *pair);
    const auto nearer = conformance::closest_edge(pushed);
    EXPECT_NEAR(std::hypot(nearer->vector[0], nearer->vector[1], nearer->vector[2]),
                conformance::pushed_distance(structure, *pair), 1.0e-12);
}

}  // namespace
}  // namespace fibonaqi
