#include "fibonaqi/atoms/geometry.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

Structure water() {
    return {{8, 1, 1}, {{0.0, 0.0, 0.0}, {0.96, 0.0, 0.0}, {-0.24, 0.93, 0.0}}, {}, {}};
}

TEST(Geometry, finds_the_closest_pair) {
    const ClosestPair pair = closest_pair(water(), 3.0);
    EXPECT_DOUBLE_EQ(pair.distance, 0.96);
    EXPECT_EQ(pair.first, 0U);
    EXPECT_EQ(pair.second, 1U);
    EXPECT_TRUE(std::isinf(closest_pair(water(), 0.5).distance));
}

TEST(Geometry, sees_an_image_as_the_closest_pair) {
    Structure structure = water();
    structure.cell = {{{1.76, 0.0, 0.0}, {}, {}}};
    structure.pbc = {true, false, false};
    EXPECT_NEAR(closest_pair(structure, 3.0).distance, 0.8, 1e-15);  // H at 0.96 and the next O at 1.76
}

TEST(Geometry, measures_approach_in_covalent_radii) {
    // O 0.66 + H 0.31 angstrom
    EXPECT_NEAR(closest_approach(water()), 0.96 / 0.97, 1e-15);
    const Structure far{{1, 1}, {{0.0, 0.0, 0.0}, {1.25, 0.0, 0.0}}, {}, {}};
    EXPECT_TRUE(std::isinf(closest_approach(far)));  // beyond twice 0.62
    EXPECT_TRUE(std::isinf(closest_approach(Structure{})));
}

TEST(Geometry, strains_cell_and_atoms_together) {
    Structure structure = water();
    structure.cell = {{{4.0, 0.0, 0.0}, {1.0, 5.0, 0.0}, {0.0, 2.0, 6.0}}};
    structure.pbc = {true, true, true};
    const Mat3 strain{{{0.01, 0.002, 0.0}, {0.002, -0.02, 0.003}, {0.0, 0.003, 0.03}}};
    const Structure result = strained(structure, strain);
    EXPECT_NEAR(result.positions[2][0], -0.24 * 1.01 + 0.93 * 0.002, 1e-15);
    EXPECT_NEAR(result.cell[1][2], 5.0 * 0.003, 1e-15);
    // det(1 + strain), expanded by its first row
    const double factor = 1.01 * (0.98 * 1.03 - 0.003 * 0.003) - 0.002 * (0.002 * 1.03);
    EXPECT_NEAR(volume(result), 120.0 * factor, 1e-12);
    const Mat3 rotation{{{0.0, 0.1, 0.0}, {-0.1, 0.0, 0.0}, {0.0, 0.0, 0.0}}};
    EXPECT_THROW(strained(structure, rotation), ContractError);
}

TEST(Geometry, writes_formulas_in_hill_order) {
    EXPECT_EQ(formula(water()), "H2O");
    EXPECT_EQ(formula({{14, 14, 14}, {{}, {}, {}}, {}, {}}), "Si3");
    EXPECT_EQ(formula({{8, 1, 6, 35, 1}, {{}, {}, {}, {}, {}}, {}, {}}), "CH2BrO");
    EXPECT_EQ(formula(Structure{}), "");
}

TEST(Structure, has_the_volume_of_its_cell_whatever_its_handedness) {
    Structure structure = water();
    EXPECT_EQ(volume(structure), 0.0);
    structure.cell = {{{0.0, 2.0, 0.0}, {3.0, 0.0, 0.0}, {0.0, 0.0, 4.0}}};
    EXPECT_DOUBLE_EQ(volume(structure), 24.0);
}

TEST(Structure, hash_tells_structures_apart) {
    const Structure structure = water();
    const std::string hash = structure_hash(structure);
    EXPECT_EQ(hash.size(), 64U);
    EXPECT_EQ(structure_hash(water()), hash);
    Structure other = structure;
    other.positions[1][2] = -0.0;
    EXPECT_EQ(structure_hash(other), hash);  // the sign of zero means nothing
    other.positions[1][2] = 1e-300;
    EXPECT_NE(structure_hash(other), hash);
    other = structure;
    other.atomic_numbers[0] = 16;
    EXPECT_NE(structure_hash(other), hash);
    other = structure;
    other.pbc[2] = true;
    EXPECT_NE(structure_hash(other), hash);
    other = structure;
    other.cell[2][2] = 1.0;
    EXPECT_NE(structure_hash(other), hash);
}

}  // namespace
}  // namespace fibonaqi
