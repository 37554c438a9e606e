// The checks of physics on Lennard-Jones argon, where the answers are known, and on spoilt versions of it.
#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/model/physics_gate.hpp"

#include "tests/support/lennard_jones.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

const double nearest = std::pow(2.0, 1.0 / 6.0) * 3.4;                  // [angstrom] of the lowest energy
const double curvature = 72.0 * 0.0104 / (std::cbrt(2.0) * 3.4 * 3.4);  // [eV/angstrom^2] there

// Nearest neighbours only, over all the volumes that the checks take.
test::LennardJonesSettings nearest_neighbours() {
    return {.cutoff = 1.2 * nearest};
}

Structure fcc_argon() {
    Structure structure;
    const double edge = nearest * std::sqrt(2.0);
    for (int cell = 0; cell < 8; ++cell) {
        for (const Vec3& site : {Vec3{0, 0, 0}, Vec3{0, 0.5, 0.5}, Vec3{0.5, 0, 0.5}, Vec3{0.5, 0.5, 0}}) {
            structure.positions.push_back({edge * (site[0] + cell % 2), edge * (site[1] + cell / 2 % 2),
                                           edge * (site[2] + static_cast<double>(cell / 4))});
            structure.atomic_numbers.push_back(18);
        }
    }
    structure.cell = {{{2 * edge, 0, 0}, {0, 2 * edge, 0}, {0, 0, 2 * edge}}};
    structure.pbc = {true, true, true};
    return structure;
}

// Changes what Lennard-Jones says.
class Spoilt : public Potential {
  public:
    using Spoil = std::function<void(const AtomGraph&, long evaluation, Prediction&)>;
    explicit Spoilt(Spoil spoil) : inner_(nearest_neighbours()), spoil_(std::move(spoil)) {}

    const ModelCard& card() const override { return inner_.card(); }
    std::vector<Prediction> evaluate(std::span<const AtomGraph> graphs) override {
        std::vector<Prediction> predictions = inner_.evaluate(graphs);
        for (std::size_t i = 0; i < graphs.size(); ++i) {
            spoil_(graphs[i], ++evaluation_, predictions[i]);
        }
        return predictions;
    }
    Mat3 last_virial() const override { return inner_.last_virial(); }

  private:
    test::LennardJones inner_;
    Spoil spoil_;
    long evaluation_ = 0;
};

TEST(EnergyVolumeCurve, finds_the_lattice_and_the_stiffness_of_argon) {
    test::LennardJones argon(nearest_neighbours());
    const EnergyVolumeCurve curve = energy_volume_curve(argon, fcc_argon());
    ASSERT_TRUE(curve.minimum_volume.has_value());
    const double volume = nearest * nearest * nearest / std::sqrt(2.0);
    EXPECT_NEAR(*curve.minimum_volume / volume, 1.0, 0.01);
    // Six bonds per atom: E'' by the distance d is 6 u''; dV/dd = 3 d^2 / sqrt 2.
    const double slope = 3.0 * nearest * nearest / std::sqrt(2.0);
    const double modulus = volume * 6.0 * curvature / (slope * slope) * 160.21766208;
    EXPECT_NEAR(*curve.bulk_modulus_GPa / modulus, 1.0, 0.05);
}

TEST(EnergyVolumeCurve, has_no_minimum_where_energies_only_fall) {
    Spoilt expanding(
        [](const AtomGraph& graph, long, Prediction& prediction) { prediction.energy = -graph.volume; });
    EXPECT_FALSE(energy_volume_curve(expanding, fcc_argon()).minimum_volume.has_value());
}

TEST(DimerCurves, of_argon_are_repulsive_to_the_end_and_a_hole_is_found) {
    test::LennardJones argon(nearest_neighbours());
    const auto curves = dimer_curves(argon, {18, 18});
    ASSERT_EQ(curves.size(), 1u);
    EXPECT_NEAR(curves[0].repulsive_to, 0.4, 1e-9);
    EXPECT_NEAR(curves[0].distance.front() / curves[0].distance.back(), 3.5, 1e-12);
    const double hole = 0.7 * curves[0].distance.front() / 1.4;  // below 0.7 of the sum of the radii
    Spoilt with_hole([&](const AtomGraph& graph, long, Prediction& prediction) {
        const double distance = graph.positions[1][0] - graph.positions[0][0];
        prediction.energy = distance < hole - 0.01 ? -1e6 : prediction.energy;
    });
    EXPECT_NEAR(dimer_curves(with_hole, {18})[0].repulsive_to, 0.7, 1e-9);
}

TEST(NveRun, conserves_the_energy_of_argon_and_measures_what_a_leak_takes) {
    const NveOptions options{.temperature_K = 20.0, .timestep_fs = 4.0, .steps = 200, .seed = 1};
    test::LennardJones argon(nearest_neighbours());
    const NveRun run = nve_run(argon, fcc_argon(), options);
    EXPECT_TRUE(run.is_finite);
    EXPECT_LE(std::abs(run.drift_meV_per_atom_ps), 0.05);
    EXPECT_NEAR(run.temperature_K, 20.0, 6.0);

    constexpr double leak = 1e-4;  // eV per evaluation
    Spoilt leaking([](const AtomGraph&, long evaluation, Prediction& prediction) {
        prediction.energy -= leak * static_cast<double>(evaluation);
    });
    const double per_ps = -1e3 * leak / 32.0 / 4e-3;
    EXPECT_NEAR(nve_run(leaking, fcc_argon(), options).drift_meV_per_atom_ps, per_ps, 0.05);

    Spoilt broken([](const AtomGraph&, long evaluation, Prediction& prediction) {
        prediction.forces[0][0] += evaluation > 50 ? std::nan("") : 0.0;
    });
    EXPECT_FALSE(nve_run(broken, fcc_argon(), options).is_finite);
}

TEST(ForceConstants, of_a_dimer_are_the_curvature_of_its_bond) {
    test::LennardJones argon(nearest_neighbours());
    Structure dimer;
    dimer.atomic_numbers = {18, 18};
    dimer.positions = {{0, 0, 0}, {nearest, 0, 0}};
    const auto constants = on_site_force_constants(argon, dimer);
    ASSERT_EQ(constants.size(), 2u);
    EXPECT_NEAR(constants[0][0][0], curvature, 1e-3 * curvature);
    EXPECT_NEAR(constants[0][1][1], 0.0, 1e-4);
    EXPECT_NEAR(constants[0][0][1], 0.0, 1e-9);
}

std::string failures_of(Potential& potential, const PhysicsReport* previous) {
    const NveOptions nve{.temperature_K = 20.0, .timestep_fs = 4.0, .steps = 100, .seed = 1};
    const PhysicsReport report = measure_physics(potential, fcc_argon(), nve);
    EXPECT_FALSE(to_json(report).at("dimers").empty());
    std::string failures;
    for (const PhysicsVerdict& verdict : judge_physics(report, previous, {})) {
        failures += verdict.is_passed ? "" : verdict.check + ": " + verdict.finding + "; ";
    }
    return failures;
}

TEST(PhysicsGate, passes_a_good_potential_and_names_what_is_wrong_with_a_bad_one) {
    test::LennardJones argon(nearest_neighbours());
    const PhysicsReport before = measure_physics(argon, fcc_argon(), {.temperature_K = 20.0, .steps = 10});
    EXPECT_EQ(failures_of(argon, nullptr), "");
    EXPECT_EQ(failures_of(argon, &before), "");

    Spoilt softer([](const AtomGraph&, long, Prediction& prediction) {
        prediction.energy *= 0.2;  // a fifth of the stiffness
        for (Vec3& force : prediction.forces) {
            for (double& component : force) {
                component *= -1.0;
            }
        }
    });
    const std::string failures = failures_of(softer, &before);
    EXPECT_THAT(failures, HasSubstr("energy against volume: minimum at"));
    EXPECT_THAT(failures, HasSubstr("force constants"));
    EXPECT_THAT(failures, HasSubstr("changed by 200 %"));

    Spoilt attractive([](const AtomGraph& graph, long, Prediction& prediction) {
        if (graph.size() == 2) {
            prediction.energy = graph.positions[1][0];
        }
    });
    EXPECT_THAT(failures_of(attractive, &before), HasSubstr("dimer Ar-Ar: repulsive down to"));
}

}  // namespace
}  // namespace fibonaqi
