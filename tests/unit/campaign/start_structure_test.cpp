#include "fibonaqi/campaign/start_structure.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/atoms/neighbor_list.hpp"
#include "fibonaqi/base/error.hpp"

#include "tests/support/silicon.hpp"
#include "tests/unit/campaign/small_campaign.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

CampaignOptions options(const Json& system) {
    Json config = test::small_campaign();
    config["system"] = system;
    return campaign_options(check_campaign(config).values);
}

std::string message_of(const Json& system) {
    try {
        start_structure(options(system));
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

// Every atom of diamond has four neighbours at a * sqrt(3) / 4 and twelve at a / sqrt(2).
void expect_diamond(const Structure& structure, double a) {
    const double bond = a * std::sqrt(3.0) / 4.0;
    const auto atoms = structure.size();
    EXPECT_EQ(neighbor_list(structure, bond - 1.0e-6).size(), 0U);
    EXPECT_EQ(neighbor_list(structure, bond + 1.0e-6).size(), 4 * atoms);
    EXPECT_EQ(neighbor_list(structure, a / std::sqrt(2.0) - 1.0e-6).size(), 4 * atoms);
    EXPECT_EQ(neighbor_list(structure, a / std::sqrt(2.0) + 1.0e-6).size(), 16 * atoms);
}

TEST(StartStructure, is_diamond_where_diamond_is_wanted) {
    const Structure cell = diamond_lattice(14, 5.46);
    EXPECT_EQ(cell.size(), 8U);
    EXPECT_TRUE(cell.is_fully_periodic());
    EXPECT_NEAR(volume(cell), 5.46 * 5.46 * 5.46, 1.0e-9);
    expect_diamond(cell, 5.46);
}

TEST(StartStructure, repeats_a_cell_into_the_same_crystal) {
    const Structure crystal =
        start_structure(options({{"diamond", {{"element", "C"}, {"a_A", 3.57}}}, {"repeat", {1, 2, 3}}}));
    EXPECT_EQ(crystal.size(), 48U);
    EXPECT_EQ(crystal.atomic_numbers[47], 6);
    EXPECT_NEAR(volume(crystal), 6 * 3.57 * 3.57 * 3.57, 1.0e-9);
    expect_diamond(crystal, 3.57);
}

TEST(StartStructure, repeats_a_slanted_cell_along_its_own_vectors) {
    const Structure cell = test::two_silicon_atoms(0.0).structure;
    const Structure crystal = repeated(cell, {2, 1, 2});
    EXPECT_EQ(crystal.size(), 8U);
    expect_diamond(crystal, 5.46);
    for (std::size_t x = 0; x < 3; ++x) {
        EXPECT_EQ(crystal.positions[0][x], cell.positions[0][x]) << "the first copy comes first";
    }
}

TEST(StartStructure, is_the_first_frame_of_a_file) {
    const test::TemporaryFolder folder;
    Frame first, second;
    first.structure = test::two_silicon_atoms(0.2).structure;
    second.structure = test::two_silicon_atoms(0.3).structure;
    write_extxyz(folder / "start.xyz", {first, second});
    const Structure found = start_structure(options({{"structure", (folder / "start.xyz").string()}}));
    EXPECT_EQ(structure_hash(found), structure_hash(first.structure));
}

TEST(StartStructure, refuses_what_gives_no_start) {
    const test::TemporaryFolder folder;
    write_file_atomically(folder / "empty.xyz", "");
    EXPECT_THAT(message_of({{"structure", (folder / "empty.xyz").string()}}), HasSubstr("has no atoms"));
    write_file_atomically(folder / "atom.xyz", "1\nProperties=species:S:1:pos:R:3\nSi 0 0 0\n");
    EXPECT_THAT(message_of({{"structure", (folder / "atom.xyz").string()}, {"repeat", {1, 2, 1}}}),
                HasSubstr("not periodic (direction 2)"));
    EXPECT_THAT(message_of({{"structure", "/nowhere.xyz"}}), HasSubstr("No such file"));
}

TEST(RandomStrain, is_symmetric_bounded_and_keyed) {
    bool has_large = false;
    for (std::size_t item = 0; item < 200; ++item) {
        const Mat3 strain = random_strain(3.0, 1, 2, item);
        for (std::size_t i = 0; i < 3; ++i) {
            for (std::size_t j = 0; j < 3; ++j) {
                EXPECT_EQ(strain[i][j], strain[j][i]);
                EXPECT_LE(std::abs(strain[i][j]), i == j ? 0.03 : 0.015);
            }
            has_large = has_large || std::abs(strain[i][i]) > 0.028;
        }
    }
    EXPECT_TRUE(has_large) << "the whole range is used";
    EXPECT_EQ(random_strain(3.0, 1, 2, 3), random_strain(3.0, 1, 2, 3));
    EXPECT_NE(random_strain(3.0, 1, 2, 3), random_strain(3.0, 1, 2, 4));
    EXPECT_NE(random_strain(3.0, 1, 2, 3), random_strain(3.0, 1, 3, 3));
    EXPECT_NE(random_strain(3.0, 1, 2, 3), random_strain(3.0, 2, 2, 3));
    EXPECT_EQ(random_strain(0.0, 1, 2, 3), Mat3{});
}

}  // namespace
}  // namespace fibonaqi
