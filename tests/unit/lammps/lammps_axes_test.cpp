#include "fibonaqi/lammps/lammps_axes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/base/error.hpp"

#include "tests/support/argon.hpp"
#include "tests/support/lennard_jones.hpp"

namespace {

using namespace fibonaqi;
using fibonaqi::lammps::LammpsAxes;

Structure in_lammps_axes(const Structure& structure, const LammpsAxes& axes) {
    Structure result = structure;
    for (Vec3& position : result.positions) {
        position = axes.to_lammps(position);
    }
    result.cell = axes.cell();
    result.pbc = axes.pbc();
    return result;
}

// Of a structure and of its image in LAMMPS's axes: they are the same matter.
void expect_same_energy_and_forces(const Structure& structure) {
    const LammpsAxes axes(structure);
    test::LennardJones potential;
    const AtomGraph graphs[] = {make_graph(structure, 6.0), make_graph(in_lammps_axes(structure, axes), 6.0)};
    const std::vector<Prediction> both = potential.evaluate(graphs);
    EXPECT_EQ(graphs[0].sender.size(), graphs[1].sender.size());
    EXPECT_NEAR(both[0].energy, both[1].energy, 1e-10 * std::abs(both[0].energy));
    for (std::size_t i = 0; i < structure.size(); ++i) {
        const Vec3 back = axes.from_lammps(both[1].forces[i]);
        for (std::size_t x = 0; x < 3; ++x) {
            EXPECT_NEAR(both[0].forces[i][x], back[x], 1e-10);
        }
    }
    if (both[0].stress) {
        const Mat3 back = axes.tensor_from_lammps(*both[1].stress);
        for (std::size_t x = 0; x < 3; ++x) {
            for (std::size_t y = 0; y < 3; ++y) {
                EXPECT_NEAR((*both[0].stress)[x][y], back[x][y], 1e-12);
            }
        }
    }
}

void expect_lammps_shape(const LammpsAxes& axes) {
    const Mat3& cell = axes.cell();
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_GT(cell[i][i], 0.0);
        for (std::size_t j = 0; j < 3; ++j) {
            if (j > i) {
                EXPECT_EQ(cell[i][j], 0.0);
            } else if (j < i) {
                EXPECT_LE(std::abs(cell[i][j]), 0.5 * cell[j][j] * (1.0 + 1e-6));
                EXPECT_TRUE(cell[i][j] == 0.0 || axes.pbc()[i]) << "a tilt towards a free direction";
            }
        }
    }
}

void expect_fits(const Structure& structure) {
    expect_lammps_shape(LammpsAxes(structure));
    expect_same_energy_and_forces(structure);
}

TEST(LammpsAxes, DescribesRightAndLeftHandedCells) {
    expect_fits(test::skewed_argon(false));
    expect_fits(test::skewed_argon(true));
}

TEST(LammpsAxes, ReducesAcuteCells) {
    Structure structure = test::argon_crystal(1, 0.2);
    // The same crystal, described by vectors that are nearly parallel.
    for (std::size_t x = 0; x < 3; ++x) {
        structure.cell[1][x] += 3.0 * structure.cell[0][x];
        structure.cell[2][x] += -2.0 * structure.cell[0][x] + 4.0 * structure.cell[1][x];
    }
    expect_fits(structure);
}

TEST(LammpsAxes, PutsPeriodicDirectionsFirst) {
    for (int bits = 0; bits < 8; ++bits) {
        SCOPED_TRACE(bits);
        Structure structure = test::skewed_argon(bits % 3 == 0);
        structure.pbc = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
        expect_fits(structure);
        const auto pbc = LammpsAxes(structure).pbc();
        EXPECT_TRUE(std::is_sorted(pbc.begin(), pbc.end(), std::greater<>()));
    }
}

TEST(LammpsAxes, LeavesACubicCellAlone) {
    const Structure structure = test::argon_crystal(1, 0.1);
    const LammpsAxes axes(structure);
    EXPECT_EQ(axes.cell(), structure.cell);
    EXPECT_EQ(axes.to_lammps(structure.positions[2]), structure.positions[2]);
}

TEST(LammpsAxes, GivesTheCellBackBitForBitWhileItIsUnchanged) {
    for (const bool is_left_handed : {false, true}) {
        const Structure structure = test::skewed_argon(is_left_handed);
        const LammpsAxes axes(structure);
        EXPECT_EQ(axes.cell_from_lammps(axes.cell()), structure.cell);
    }
}

TEST(LammpsAxes, GivesAGrownCellBackInItsOwnVectors) {
    for (const bool is_left_handed : {false, true}) {
        Structure structure = test::skewed_argon(is_left_handed);
        for (std::size_t x = 0; x < 3; ++x) {
            structure.cell[2][x] += 2.0 * structure.cell[1][x];
        }
        const LammpsAxes axes(structure);
        Mat3 grown = axes.cell();
        for (Vec3& row : grown) {
            row = {1.02 * row[0], 1.02 * row[1], 1.02 * row[2]};
        }
        const Mat3 cell = axes.cell_from_lammps(grown);
        for (std::size_t i = 0; i < 3; ++i) {
            for (std::size_t x = 0; x < 3; ++x) {
                EXPECT_NEAR(cell[i][x], 1.02 * structure.cell[i][x], 1e-13);
            }
        }
    }
}

TEST(LammpsAxes, RefusesAFlatCell) {
    Structure structure = test::argon_crystal(1, 0.1);
    structure.cell[2] = structure.cell[0];
    EXPECT_THROW(LammpsAxes{structure}, ConfigError);
    structure.cell[0] = {};
    EXPECT_THROW(LammpsAxes{structure}, ConfigError);
}

}  // namespace
