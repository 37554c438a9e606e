#include "fibonaqi/nn/input_features.hpp"

#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/rotations.hpp"
#include "tests/support/tiny_model.hpp"
#include "tests/unit/nn/random_graphs.hpp"

namespace fibonaqi::nn {
namespace {

using testing::ElementsAre;

const InputColumns columns{{8, 12, 14}, 4.5};

at::Tensor geometry_of(const Structure& structure) {
    const AtomGraph graph = make_graph(structure, columns.cutoff);
    return geometry_rows({&graph, 1}, columns)[0];
}

Vec3 rotated(const Vec3& vector, const at::Tensor& rotation) {
    const at::Tensor result = at::mv(rotation, at::tensor({vector[0], vector[1], vector[2]}, at::kDouble));
    return {result[0].item<double>(), result[1].item<double>(), result[2].item<double>()};
}

double difference(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

TEST(InputFeatures, elements_are_those_that_occur) {
    const AtomGraph molecule = make_graph(test::disordered_structure(false), 3.0);
    AtomGraph atom;
    atom.atomic_numbers = {1};
    EXPECT_THAT(elements_of(std::vector{molecule, atom}), ElementsAre(1, 8, 12, 14));
}

// Ten atoms: four oxygen, three magnesium, three silicon.
TEST(InputFeatures, composition_counts_elements_per_atom) {
    const AtomGraph graph = make_graph(test::disordered_structure(false), 3.0);
    const at::Tensor rows = composition_rows({&graph, 1}, {{1, 8, 12, 14}, 0.0});
    EXPECT_LT(difference(rows[0], at::tensor({0.0, 0.4, 0.3, 0.3}, at::kDouble)), 1e-15);
}

// By the formula: one pair of oxygen and silicon, seen from both ends, half a neighbour per atom each.
TEST(InputFeatures, geometry_of_a_dimer_is_the_formula) {
    Structure dimer;
    dimer.atomic_numbers = {14, 8};
    dimer.positions = {{0.0, 0.0, 0.0}, {0.0, 1.0, 1.2}};
    const at::Tensor row = geometry_of(dimer);
    ASSERT_EQ(row.size(0), 6 * radial_columns + 1);
    const double r = std::hypot(1.0, 1.2), s = 4.5 / 16.0;
    for (int pair = 0; pair < 6; ++pair) {  // O-O, O-Mg, O-Si, Mg-Mg, Mg-Si, Si-Si
        for (int k = 0; k < radial_columns; ++k) {
            const double away = (r - (k + 1) * s) / s;
            const double expected =
                pair == 2 ? 0.5 * (1.0 + std::cos(std::numbers::pi * r / 4.5)) * std::exp(-0.5 * away * away)
                          : 0.0;
            EXPECT_NEAR(row[pair * radial_columns + k].item<double>(), expected, 1e-14) << pair << k;
        }
    }
    EXPECT_EQ(row[6 * radial_columns].item<double>(), 0.0);
}

TEST(InputFeatures, geometry_does_not_see_rotation_order_or_origin) {
    const Structure structure = test::disordered_structure(true);
    Structure moved = structure;
    const at::Tensor rotation = test::skew_rotation(/*mirrored=*/false);
    for (std::size_t i = 0; i < structure.size(); ++i) {
        const std::size_t to = (3 * i + 4) % structure.size();
        moved.atomic_numbers[to] = structure.atomic_numbers[i];
        moved.positions[to] = rotated(structure.positions[i], rotation);
        for (double& component : moved.positions[to]) {
            component += 0.7;
        }
    }
    for (Vec3& vector : moved.cell) {
        vector = rotated(vector, rotation);
    }
    EXPECT_LT(difference(geometry_of(moved), geometry_of(structure)), 1e-12);
}

TEST(InputFeatures, geometry_and_composition_of_a_supercell_are_those_of_the_cell) {
    const Structure structure = test::disordered_structure(true);
    Structure doubled = structure;
    for (std::size_t i = 0; i < structure.size(); ++i) {
        doubled.atomic_numbers.push_back(structure.atomic_numbers[i]);
        Vec3 position = structure.positions[i];
        for (std::size_t axis = 0; axis < 3; ++axis) {
            position[axis] += structure.cell[1][axis];
        }
        doubled.positions.push_back(position);
    }
    for (double& component : doubled.cell[1]) {
        component *= 2.0;
    }
    EXPECT_LT(difference(geometry_of(doubled), geometry_of(structure)), 1e-12);
    EXPECT_GT(geometry_of(structure)[6 * radial_columns].item<double>(), 2.0);  // 150 angstrom^3, 10 atoms
}

// A neighbour that passes the cutoff changes nothing suddenly: value and slope are 0 there.
TEST(InputFeatures, geometry_is_smooth_at_the_cutoff) {
    Structure dimer;
    dimer.atomic_numbers = {14, 14};
    dimer.positions = {{0.0, 0.0, 0.0}, {4.5 - 1e-4, 0.0, 0.0}};
    const at::Tensor inside = geometry_of(dimer);
    dimer.positions[1][0] = 4.5 + 1e-4;
    EXPECT_EQ(geometry_of(dimer).abs().max().item<double>(), 0.0);
    EXPECT_GT(inside.abs().max().item<double>(), 0.0);
    EXPECT_LT(inside.abs().max().item<double>(), 1e-8);
}

}  // namespace
}  // namespace fibonaqi::nn
