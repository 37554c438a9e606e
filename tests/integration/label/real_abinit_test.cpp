// The driver with the real ABINIT, where it and Debian's pseudopotentials are installed.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/geometry.hpp"

#include "tests/support/abinit_outputs.hpp"
#include "tests/support/label_runs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class RealAbinit : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto problems = abinit::make_driver(test::abinit_config(), "/")->check({14});
        if (!problems.empty()) {
            GTEST_SKIP() << problems.front();
        }
    }
    // Cheaper than the example.
    static Json with(const std::string& pointer, const Json& value) {
        Json config = test::abinit_config();
        config["ecut_Ha"] = 8;
        config[Json::json_pointer(pointer)] = value;
        return config;
    }
    static LabelResult run(const Json& config, const LabelRequest& request = test::abinit_request()) {
        const test::TemporaryFolder folder;
        return test::run_task(test::make_task(folder.path(), config, request));
    }
    static Labels labels(const Json& config, const LabelRequest& request = test::abinit_request()) {
        const LabelResult result = run(config, request);
        EXPECT_EQ(test::kind_of(result), "accepted") << test::evidence_of(result);
        return std::get<AcceptedLabel>(result.outcome).labels;
    }
    static std::string kind(const Json& config, const LabelRequest& request = test::abinit_request()) {
        return test::kind_of(run(config, request));
    }
};

TEST_F(RealAbinit, forces_and_stress_are_derivatives_of_the_energy) {
    const Labels here = labels(test::abinit_config());
    EXPECT_NEAR(*here.energy, -227.618946, 1.0e-5) << "as ABINIT 9.6.2 gave it once";
    const double h = 0.005;
    const auto energy = [&](double dx, double strain) {
        LabelRequest request = test::abinit_request();
        request.want_stress = false;
        request.structure.positions[1][0] += dx;
        request.structure = strained(request.structure, {{{0, 0, 0}, {0, 0, strain}, {0, strain, 0}}});
        return *labels(test::abinit_config(), request).energy;
    };
    EXPECT_NEAR(here.forces[1][0], -(energy(h, 0) - energy(-h, 0)) / (2 * h), 5.0e-3);
    EXPECT_GT(std::abs(here.forces[1][0]), 0.5) << "nothing to compare";
    const double by_strain =
        (energy(0, h) - energy(0, -h)) / (2 * h) / 2.0 / volume(test::abinit_request().structure);
    EXPECT_NEAR((*here.stress)[1][2], by_strain, 0.02 * std::abs(by_strain) + 1.0e-4);
    EXPECT_GT(std::abs(by_strain), 5.0e-3) << "nothing to compare";
}

TEST_F(RealAbinit, another_choice_of_lattice_vectors_is_the_same_crystal) {
    const Labels here = labels(with("/kpoint_shift", {0, 0, 0}));
    LabelRequest swapped = test::abinit_request();
    std::swap(swapped.structure.cell[0], swapped.structure.cell[1]);
    const Labels there = labels(with("/kpoint_shift", {0, 0, 0}), swapped);
    EXPECT_NEAR(*there.energy, *here.energy, 1.0e-6);
    EXPECT_NEAR(there.forces[1][2], here.forces[1][2], 1.0e-5);
}

TEST_F(RealAbinit, spins_and_charges_are_taken_from_the_request) {
    Json config = with("/smearing", "fermi-dirac");
    config["kpoints"] = {1, 1, 1};
    LabelRequest request = test::abinit_request();
    const double singlet = *labels(config).energy;
    request.multiplicity = 3;
    EXPECT_GT(*labels(config, request).energy, singlet + 0.5) << "silicon is no magnet";
    request = test::abinit_request();
    request.charge = 1.0;
    // A hole at the top of the valence band, with the interaction of the charged cell's images.
    EXPECT_LT(std::abs(*labels(config, request).energy - singlet), 10.0);
    config["smearing"] = "none";
    EXPECT_EQ(abinit::make_driver(config, "/")->problem_with(request)->kind, FailureKind::charge);
}

TEST_F(RealAbinit, unconverged_is_never_a_label_and_has_a_remedy) {
    const test::TemporaryFolder folder;
    LabelTask task = test::make_task(folder.path(), with("/input/nstep", 4), test::abinit_request());
    task.changes = *abinit::make_driver(task.driver, "/")->spoiled();
    task.limits.max_attempts = 1;
    const LabelResult refused = test::run_task(task);
    EXPECT_EQ(test::kind_of(refused), "scf_not_converged") << test::evidence_of(refused);
    EXPECT_EQ(kind(with("/input/nstep", 4)), "accepted") << "by a remedy";
}

TEST_F(RealAbinit, provoked_failures_get_their_kind) {
    EXPECT_EQ(kind(with("/input/nosuchvariable", 3)), "bad_config");
    EXPECT_EQ(kind(with("/input/nband", 2)), "bad_config");
    LabelRequest request = test::abinit_request();
    request.structure.positions[1] = request.structure.positions[0];
    EXPECT_EQ(kind(with("/input/nstep", 30), request), "bad_geometry");
    const test::TemporaryFolder folder;
    const std::string whole =
        read_file(std::string("/usr/share/abinit/psp/Pseudodojo_nc_sr_04_pbe_standard_psp8/Si.psp8"));
    std::ofstream(folder / "Si.psp8") << whole.substr(0, 3000);
    EXPECT_EQ(kind(with("/pseudo_dir", folder.path().string())), "missing_file");
}

TEST_F(RealAbinit, stops_itself_at_the_soft_limit) {
    const test::TemporaryFolder folder;
    LabelTask task = test::make_task(folder.path(), with("/kpoints", {7, 7, 7}), test::abinit_request());
    task.limits.soft_seconds = 1.0;
    const LabelResult result = test::run_task(task);
    EXPECT_EQ(test::kind_of(result), "walltime") << test::evidence_of(result);
    EXPECT_LT(result.exit.wall_seconds, 40.0);
}

}  // namespace
}  // namespace fibonaqi
