// The driver with the real pw.x, where Quantum ESPRESSO and its pseudopotentials are installed.
#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/geometry.hpp"

#include "tests/support/qe_runs.hpp"
#include "tests/support/shared_data.hpp"

namespace fibonaqi {
namespace {

using test::RealQe;

TEST_F(RealQe, forces_are_the_derivative_of_the_energy) {
    const double h = 0.004;  // with 0.01 the third derivative alone makes 1.2e-3 eV/angstrom
    const Labels here = labels(moved(0.0, 0.0));
    const double fx = -(*labels(moved(h, 0.0)).energy - *labels(moved(-h, 0.0)).energy) / (2.0 * h);
    const double fy = -(*labels(moved(0.0, h)).energy - *labels(moved(0.0, -h)).energy) / (2.0 * h);
    EXPECT_NEAR(here.forces[1][0], fx, 1.0e-3);
    EXPECT_NEAR(here.forces[1][1], fy, 1.0e-3);
    EXPECT_GT(std::abs(fx), 0.1) << "nothing to compare";
}

// Shear keeps the volume to first order, so that the number of plane waves hardly changes: the stress that
// belongs to a fixed basis set agrees with the strain derivative much better than the pressure does.
TEST_F(RealQe, stress_is_the_strain_derivative_with_tension_positive) {
    const LabelRequest request = test::two_silicon_atoms(0.15);
    const Json config = with("/input/system/ecutwfc", 40);
    const double h = 0.004;
    const auto energy = [&](double strain) {
        Mat3 shear{};
        shear[1][2] = shear[2][1] = strain;
        LabelRequest sheared = request;
        sheared.structure = strained(request.structure, shear);
        return *labels(sheared, config).energy;
    };
    // Both yz and zy are strained: twice the component.
    const double by_strain = (energy(h) - energy(-h)) / (2.0 * h) / 2.0 / volume(request.structure);
    const Labels here = labels(request, config);
    EXPECT_NEAR((*here.stress)[1][2], by_strain, 0.02 * std::abs(by_strain) + 1.0e-5);
    EXPECT_GT(std::abs(by_strain), 1.0e-3) << "nothing to compare";

    // A stretched crystal pulls: positive.
    LabelRequest stretched = test::two_silicon_atoms(0.0);
    const double s = 0.05;
    stretched.structure = strained(stretched.structure, {{{s, 0, 0}, {0, s, 0}, {0, 0, s}}});
    EXPECT_GT((*labels(stretched).stress)[0][0], 0.01);
}

TEST_F(RealQe, agrees_with_the_labels_of_the_silicon_pool) {
    FIBONAQI_NEEDS_SHARED("data/si8_qe/pool.xyz");
    const Frame frame = read_extxyz(test::shared_directory() / "data/si8_qe/pool.xyz").frames.at(0);
    LabelRequest request;
    request.structure = frame.structure;
    request.want_stress = true;
    const Labels here = labels(request, with("/kpoints", {3, 3, 3}));
    // Both runs stop at conv_thr 1e-9 Ry, from where the forces still move by some 5e-5 eV/angstrom.
    EXPECT_NEAR(*here.energy, *frame.labels.energy, 1.0e-6);
    for (std::size_t atom = 0; atom < frame.structure.size(); ++atom) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(here.forces[atom][axis], frame.labels.forces[atom][axis], 1.0e-4);
        }
    }
    for (std::size_t i = 0; i < 9; ++i) {
        EXPECT_NEAR((*here.stress)[i / 3][i % 3], (*frame.labels.stress)[i / 3][i % 3], 5.0e-6);
    }
}

}  // namespace
}  // namespace fibonaqi
