// The driver with the real CP2K, where it and its data are installed.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/geometry.hpp"

#include "tests/support/cp2k_outputs.hpp"
#include "tests/support/label_runs.hpp"

namespace fibonaqi {
namespace {

class RealCp2k : public ::testing::Test {
  protected:
    void SetUp() override {
        if (find_program("cp2k").empty() || !std::filesystem::exists("/usr/share/cp2k/BASIS_MOLOPT")) {
            GTEST_SKIP() << "cp2k or its data are not installed (Debian: cp2k, cp2k-data)";
        }
    }
    static Json config(const Json& changes = Json::object()) {
        Json example =
            read_json(std::filesystem::path(FIBONAQI_SOURCE_DIR) / "dft_drivers/cp2k/example.json");
        example.merge_patch(changes);
        return example;
    }
    // Settings for failures, where numbers do not matter.
    static Json coarse(const Json& changes = Json::object()) {
        Json config = RealCp2k::config({{"cutoff_Ry", 120}, {"rel_cutoff_Ry", 40}});
        config.merge_patch(changes);
        return config;
    }
    static LabelResult run(const Json& driver, const LabelRequest& request = test::two_hydrogen_atoms(),
                           int launches = 1) {
        const test::TemporaryFolder folder;
        LabelTask task = test::make_task(folder.path(), driver, request);
        task.limits.max_attempts = launches;
        return test::run_task(task);
    }
    static AcceptedLabel label(const LabelResult& result) {
        EXPECT_EQ(test::kind_of(result), "accepted") << test::evidence_of(result);
        const auto* found = std::get_if<AcceptedLabel>(&result.outcome);
        return found == nullptr ? AcceptedLabel{{0.0, {{}, {}}, Mat3{}}, "", {}} : *found;
    }
    // Energy by central difference along the bond: the bond is stiff, so a small step.
    static double force_by_energies(const Json& driver, const LabelRequest& request) {
        const double h = 0.002;
        const auto energy = [&](double x) {
            LabelRequest moved = request;
            moved.structure.positions[1][0] += x;
            moved.want_stress = false;
            return *label(run(driver, moved)).labels.energy;
        };
        return -(energy(h) - energy(-h)) / (2.0 * h);
    }
    // Both xy and yx are strained: twice the component.
    static double shear_by_energies(const Json& driver, const LabelRequest& request) {
        const double h = 0.003;
        const auto energy = [&](double strain) {
            Mat3 shear{};
            shear[0][1] = shear[1][0] = strain;
            LabelRequest sheared = request;
            sheared.structure = strained(request.structure, shear);
            sheared.want_stress = false;
            return *label(run(driver, sheared)).labels.energy;
        };
        return (energy(h) - energy(-h)) / (2.0 * h) / 2.0 / volume(request.structure);
    }
};

// Numbers of the kept output, and derivatives of the program's own energies.
TEST_F(RealCp2k, forces_and_stress_are_derivatives_of_the_energy) {
    const AcceptedLabel found = label(run(config()));
    EXPECT_NEAR(*found.labels.energy, -1.154089048481534 * 27.211386245988, 1.0e-6);
    EXPECT_NEAR(found.labels.forces[0][0], 0.063838670524 * 51.422067476, 1.0e-5);
    EXPECT_NEAR((*found.labels.stress)[0][1], 1.38886155489 / 160.21766208, 1.0e-6);
    EXPECT_THAT(found.code_version, ::testing::HasSubstr("CP2K version"));
    const LabelRequest request = test::two_hydrogen_atoms();
    EXPECT_NEAR(found.labels.forces[1][0], force_by_energies(config(), request), 2.0e-4);
    const double shear = shear_by_energies(config(), request);
    EXPECT_NEAR((*found.labels.stress)[0][1], shear, 1.0e-3 * std::abs(shear));
}

// At a temperature at which -TS is large, so that E would give another derivative.
TEST_F(RealCp2k, with_smearing_forces_are_the_derivative_of_the_free_energy) {
    const Json hot = config({{"smearing_K", 40000}, {"added_mos", 1}, {"cutoff_Ry", 200}});
    LabelRequest request = test::two_hydrogen_atoms();
    request.want_stress = false;
    const AcceptedLabel found = label(run(hot, request));
    EXPECT_NEAR(found.labels.forces[1][0], force_by_energies(hot, request), 2.0e-4);
    EXPECT_LT(found.details.at("minus_TS_eV").get<double>(), -0.5);
}

TEST_F(RealCp2k, computes_molecules_ions_and_triplets) {
    LabelRequest molecule = test::two_hydrogen_atoms();
    molecule.structure.pbc = {false, false, false};
    molecule.structure.cell = {};
    molecule.want_stress = false;
    const Json boxed = config({{"box_A", 5.0}, {"cutoff_Ry", 250}});
    const double neutral = *label(run(boxed, molecule)).labels.energy;
    LabelRequest ion = molecule;
    ion.charge = 1.0;
    ion.multiplicity = 2;
    EXPECT_GT(*label(run(boxed, ion)).labels.energy, neutral + 10.0);
    LabelRequest triplet = molecule;
    triplet.multiplicity = 3;
    const AcceptedLabel found = label(run(boxed, triplet));
    EXPECT_GT(*found.labels.energy, neutral + 5.0);
    EXPECT_NEAR(found.details.at("absolute_magnetization").get<double>(), 2.0, 0.01);
}

TEST_F(RealCp2k, unconverged_is_refused_and_the_remedy_gives_the_same_label) {
    EXPECT_EQ(test::kind_of(run(coarse({{"max_scf", 2}}))), "scf_not_converged");
    const Labels straight = label(run(coarse())).labels;
    for (const char* method : {"diagonalization", "ot"}) {
        const AcceptedLabel found =
            label(run(coarse({{"max_scf", 2}, {"scf_method", method}}), test::two_hydrogen_atoms(), 4));
        EXPECT_NEAR(*found.labels.energy, *straight.energy, 1.0e-6) << method;
        EXPECT_NEAR(found.labels.forces[1][0], straight.forces[1][0], 1.0e-5) << method;
        if (std::string(method) == "diagonalization") {
            EXPECT_EQ(found.details.at("remedies").at(0).at("after"), "scf_not_converged");
        }
    }
}

TEST_F(RealCp2k, failures_get_their_kind) {
    EXPECT_EQ(test::kind_of(run(coarse({{"xc", "NONSENSE"}}))), "bad_config");
    EXPECT_EQ(test::kind_of(run(coarse({{"input", {{"NONSENSE", 1}}}}))), "bad_config");
    EXPECT_EQ(test::kind_of(run(coarse({{"kinds", {{"H", {{"basis", "NOPE"}}}}}}))), "missing_file");
    LabelRequest ion = test::two_hydrogen_atoms();
    ion.charge = 1.0;
    EXPECT_EQ(test::kind_of(run(coarse(), ion)), "charge");
    LabelRequest coinciding = test::two_hydrogen_atoms();
    coinciding.structure.positions[1] = coinciding.structure.positions[0];
    EXPECT_EQ(test::kind_of(run(coarse(), coinciding)), "bad_geometry");
}

TEST_F(RealCp2k, stops_itself_at_the_soft_limit) {
    const test::TemporaryFolder folder;
    LabelTask task = test::make_task(folder.path(), config(), test::two_hydrogen_atoms());
    task.limits.soft_seconds = 0.5;
    task.limits.max_attempts = 1;
    EXPECT_EQ(test::kind_of(test::run_task(task)), "walltime");
    // The next attempts go on from the orbitals.
    const test::TemporaryFolder again;
    task.directory = again / "attempt";
    task.result = again / "result.json";
    task.limits.soft_seconds = 1.5;
    task.limits.max_attempts = 20;
    const AcceptedLabel found = label(test::run_task(task));
    EXPECT_NEAR(*found.labels.energy, -1.154089048481534 * 27.211386245988, 1.0e-6);
    EXPECT_NEAR(found.labels.forces[0][0], 0.063838670524 * 51.422067476, 1.0e-5);
}

}  // namespace
}  // namespace fibonaqi
