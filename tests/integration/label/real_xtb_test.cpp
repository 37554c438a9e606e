// The driver with the real xtb, where it is installed.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dft_drivers/common/output_text.hpp"
#include "tests/support/label_runs.hpp"
#include "tests/support/template_runs.hpp"
#include "tests/support/xtb_outputs.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RealXtbDriver : public ::testing::Test {
  protected:
    void SetUp() override {
        if (find_program("xtb").empty()) {
            GTEST_SKIP() << "xtb is not installed (Debian: xtb)";
        }
    }
    static LabelRequest ethanol() {
        return test::request_of(fs::path(FIBONAQI_SOURCE_DIR) / "dft_drivers/xtb/example.xyz");
    }
    static LabelResult run(const LabelRequest& request, const Json& config = Json::object()) {
        const test::TemporaryFolder folder;
        return test::run_task(
            test::make_task(folder.path(), test::xtb_driver(config)->configuration(), request));
    }
    static Labels labels(const LabelRequest& request, const Json& config = Json::object()) {
        const LabelResult result = run(request, config);
        EXPECT_EQ(test::kind_of(result), "accepted") << test::evidence_of(result);
        return std::get<AcceptedLabel>(result.outcome).labels;
    }
    static void expect_derivative(const LabelRequest& request, const Json& config) {
        const double h = 0.001;  // with 0.002 the third derivative alone makes 1.03e-4 eV/angstrom
        const auto energy = [&](double x) {
            LabelRequest moved = request;
            moved.structure.positions[2][0] += x;
            return *labels(moved, config).energy;
        };
        const double force = -(energy(h) - energy(-h)) / (2.0 * h);
        EXPECT_NEAR(labels(request, config).forces[2][0], force, 1.0e-4);
        EXPECT_GT(std::abs(force), 0.1) << "nothing to compare";
    }
};

TEST_F(RealXtbDriver, forces_are_the_derivative_of_the_energy) {
    expect_derivative(ethanol(), Json::object());
    LabelRequest ion = ethanol();
    ion.charge = 1.0;
    ion.multiplicity = 2;
    expect_derivative(ion, {{"method", "gfn1"}});
}

// The file "gradient" of a run by hand is another one than the driver reads.
TEST_F(RealXtbDriver, agrees_with_xtb_run_by_hand) {
    const test::TemporaryFolder folder;
    write_file_atomically(folder / "w.xyz", "3\n\nO 0.02 -0.01 0.03\nH 0.79 0.60 -0.02\nH -0.74 0.55 0.05\n");
    ProcessSpec spec;
    spec.argv = {"xtb", "w.xyz", "--gfn", "1", "--grad", "--acc", "0.1", "--norestart"};
    spec.environment = program_environment({{"XTBPATH", folder.path().string()}});
    spec.directory = folder.path();
    spec.stdout_file = folder / "out";
    spec.stderr_file = folder / "err";
    ASSERT_EQ(Subprocess(spec).wait().code, 0);
    const std::vector<std::string> lines = lines_of(folder / "gradient");
    const std::string energy = lines.at(1).substr(lines[1].find("energy =") + 8, 20);
    const Labels here = labels(test::xtb_water(), {{"method", "gfn1"}});
    EXPECT_NEAR(*here.energy, numbers_in(energy).value()[0] * 27.211386245988, 1.0e-8);
    for (std::size_t atom = 0; atom < 3; ++atom) {
        const std::vector<double> gradient = numbers_in(lines.at(5 + atom)).value();
        for (std::size_t axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(here.forces[atom][axis], -gradient.at(axis) * 51.422067476, 1.0e-8);
        }
    }
}

TEST_F(RealXtbDriver, charge_and_spin_arrive) {
    const double neutral = *labels(test::xtb_water()).energy;
    LabelRequest other = test::xtb_water();
    other.multiplicity = 3;
    EXPECT_GT(*labels(other).energy, neutral + 3.0) << "a triplet";
    other = test::xtb_water();
    other.charge = 1.0;
    EXPECT_GT(*labels(other, {{"multiplicity", 2}}).energy, neutral + 8.0) << "an ion";
}

TEST_F(RealXtbDriver, provoked_failures_get_their_kind) {
    EXPECT_EQ(test::kind_of(run(ethanol(), {{"iterations", 1}})), "scf_not_converged");
    LabelRequest request = test::xtb_water();
    request.structure.positions[1] = request.structure.positions[2];
    EXPECT_EQ(test::kind_of(run(request)), "bad_geometry");
    request = test::xtb_water();
    request.multiplicity = 2;  // xtb itself computes a singlet and ends with 0
    EXPECT_EQ(test::kind_of(run(request)), "charge");
    EXPECT_EQ(test::kind_of(run(test::xtb_water(), {{"command", {"xtb", "--nonsense"}}})), "bad_config");
    request = test::xtb_water();
    request.structure.atomic_numbers[0] = 92;  // past problem_with(): the program crashes
    EXPECT_EQ(test::kind_of(run(request)), "signal");
}

// Five iterations are too few, and twenty, the remedy, enough.
TEST_F(RealXtbDriver, more_iterations_cure_what_did_not_converge) {
    const LabelResult cured = run(ethanol(), {{"iterations", 5}});
    ASSERT_EQ(test::kind_of(cured), "accepted") << test::evidence_of(cured);
    EXPECT_GT(std::get<AcceptedLabel>(cured.outcome).details.at("iterations").get<int>(), 5);
    EXPECT_NEAR(*std::get<AcceptedLabel>(cured.outcome).labels.energy, *labels(ethanol()).energy, 1.0e-9);
}

// In the user's home it would decide the energy.
TEST_F(RealXtbDriver, settings_in_the_home_folder_are_not_read) {
    const test::TemporaryFolder home;
    write_file_atomically(home / ".xtbrc", "$scc\n   temp=5000\n$end\n");
    const Json config{{"environment", {{"HOME", home.path().string()}}}};
    EXPECT_EQ(*labels(test::xtb_water(), config).energy, *labels(test::xtb_water()).energy);
    const LabelResult hot = run(test::xtb_water(), {{"command", {"xtb", "--etemp", "5000"}}});
    EXPECT_EQ(test::kind_of(hot), "bad_config");
    EXPECT_THAT(test::evidence_of(hot), HasSubstr("5000"));
}

}  // namespace
}  // namespace fibonaqi
