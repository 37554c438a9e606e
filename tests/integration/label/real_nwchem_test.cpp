// The driver with the real NWChem, where it and its basis sets are installed.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/label_runs.hpp"
#include "tests/support/nwchem_outputs.hpp"
#include "tests/support/template_runs.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RealNwchemDriver : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto problems = nwchem::make_driver(config(), "/")->check({1, 8});
        if (!problems.empty()) {
            GTEST_SKIP() << problems.front();
        }
    }
    static Json config(const Json& changes = Json::object()) {
        Json example = read_json(fs::path(FIBONAQI_SOURCE_DIR) / "dft_drivers/nwchem/example.json");
        example.merge_patch(changes);
        return example;
    }
    static LabelResult run(const Json& driver, const LabelRequest& request = test::nwchem_water(),
                           int launches = 1) {
        const test::TemporaryFolder folder;
        LabelTask task = test::make_task(folder.path(), driver, request);
        task.limits.max_attempts = launches;
        return test::run_task(task);
    }
    static AcceptedLabel label(const LabelResult& result) {
        EXPECT_EQ(test::kind_of(result), "accepted") << test::evidence_of(result);
        const auto* found = std::get_if<AcceptedLabel>(&result.outcome);
        return found == nullptr ? AcceptedLabel{{0.0, {{}, {}, {}}, std::nullopt}, "", {}} : *found;
    }
    static void expect_derivative(const LabelRequest& request) {
        const double h = 0.002;
        const auto energy = [&](double x) {
            LabelRequest moved = request;
            moved.structure.positions[1][0] += x;
            return *label(run(config(), moved)).labels.energy;
        };
        const double force = -(energy(h) - energy(-h)) / (2.0 * h);
        // NWChem's grid of integration does not count in its gradient.
        EXPECT_NEAR(label(run(config(), request)).labels.forces[1][0], force, 2.0e-4);
        EXPECT_GT(std::abs(force), 0.1) << "nothing to compare";
    }
};

TEST_F(RealNwchemDriver, forces_are_the_derivative_of_the_energy) {
    expect_derivative(test::nwchem_water());
    LabelRequest triplet = test::nwchem_water();
    triplet.multiplicity = 3;
    expect_derivative(triplet);
}

// Numbers of the kept output; and the same by the template, which names the basis sets instead of writing
// them out, and reads the table of gradients, with 6 decimals.
TEST_F(RealNwchemDriver, agrees_with_a_run_by_hand_and_with_the_template) {
    const AcceptedLabel here = label(run(config()));
    EXPECT_NEAR(*here.labels.energy, -76.3193307033424 * 27.211386245988, 1.0e-7);
    EXPECT_NEAR(here.labels.forces[0][0], 3.25164122512256e-02 * 51.422067476, 1.0e-6);
    EXPECT_THAT(here.code_version, HasSubstr("NWChem 7."));
    const AcceptedLabel there = label(run(test::shipped_driver("nwchem")->configuration()));
    EXPECT_NEAR(*here.labels.energy, *there.labels.energy, 1.0e-7);
    for (std::size_t atom = 0; atom < 3; ++atom) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(here.labels.forces[atom][axis], there.labels.forces[atom][axis], 3.0e-5);
        }
    }
}

TEST_F(RealNwchemDriver, charge_spin_and_settings_arrive) {
    const double neutral = *label(run(config())).labels.energy;
    LabelRequest ion = test::nwchem_water();
    ion.charge = 1.0;
    ion.multiplicity = 2;
    EXPECT_GT(*label(run(config(), ion)).labels.energy, neutral + 10.0) << "ionisation";
    const Json other = config({{"functions", "cartesian"}, {"dft", {"disp vdw 3"}}});
    EXPECT_LT(*label(run(other)).labels.energy, neutral - 0.001);
    LabelRequest tiny = test::nwchem_water();
    tiny.structure.positions[0] = {1.0e-7, -2.5e-9, 0.0};
    label(run(config(), tiny));
}

TEST_F(RealNwchemDriver, unconverged_is_refused_and_both_remedies_give_the_same_label) {
    EXPECT_EQ(test::kind_of(run(config({{"iterations", 2}}))), "scf_not_converged");
    const double straight = *label(run(config())).labels.energy;
    const AcceptedLabel cured = label(run(config({{"iterations", 2}}), test::nwchem_water(), 2));
    EXPECT_NEAR(*cured.labels.energy, straight, 1.0e-6);
    EXPECT_EQ(cured.details.at("remedies").at(0).at("changes").at("restart"), true);
    const test::TemporaryFolder folder;
    LabelTask task = test::make_task(folder.path(), config(), test::nwchem_water());
    task.changes = {{"iterations", 200}, {"cgmin", true}};
    EXPECT_NEAR(*label(test::run_task(task)).labels.energy, straight, 1.0e-6);
}

TEST_F(RealNwchemDriver, failures_get_their_kind) {
    LabelRequest request = test::nwchem_water();
    request.charge = 1.0;
    EXPECT_EQ(test::kind_of(run(config(), request)), "charge");
    request = test::nwchem_water();
    request.multiplicity = 2;
    EXPECT_EQ(test::kind_of(run(config(), request)), "charge");
    request = test::nwchem_water();
    request.structure.positions[2] = {0.79, 0.60, 0.03};
    EXPECT_EQ(test::kind_of(run(config(), request)), "bad_geometry");
    EXPECT_EQ(test::kind_of(run(config({{"xc", "nonsense"}}))), "bad_config");
    EXPECT_EQ(test::kind_of(run(config({{"memory_MB", 40}, {"dft", {"nonsense"}}}))), "bad_config");
}

}  // namespace
}  // namespace fibonaqi
