// The ASE bridge with real calculators, and with some that do not behave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/ase/driver.hpp"
#include "tests/support/label_runs.hpp"
#include "tests/support/template_runs.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

fs::path ase_folder() {
    return fs::path(FIBONAQI_SOURCE_DIR) / "dft_drivers/ase";
}

class RealAse : public ::testing::Test {
  protected:
    void SetUp() override { skip_without("example.json"); }
    static void skip_without(const char* example) {
        const auto problems = ase::make_driver(read_json(ase_folder() / example), ase_folder())->check({});
        if (!problems.empty()) {
            GTEST_SKIP() << problems.front();
        }
    }
    static LabelRequest request(const char* example, bool want_stress = true) {
        LabelRequest request = test::request_of(ase_folder() / example);
        request.want_stress = want_stress;
        return request;
    }
    LabelResult run(const Json& config, const LabelRequest& request, const Json& changes = Json::object()) {
        const test::TemporaryFolder folder;
        const Json absolute = ase::make_driver(config, folder_.path())->configuration();
        LabelTask task = test::make_task(folder.path(), absolute, request);
        task.changes = changes;
        return test::run_task(task);
    }
    static AcceptedLabel label(const LabelResult& result) {
        EXPECT_EQ(test::kind_of(result), "accepted") << test::evidence_of(result);
        return std::get<AcceptedLabel>(result.outcome);
    }
    // A calculator "setup:Odd" whose method calculate() ends with these lines.
    LabelResult run_odd(const std::string& lines, const std::string& before = "") {
        write_file_atomically(folder_ / "odd.py", R"(
import numpy
from ase.calculators.calculator import Calculator, all_changes
class Odd(Calculator):
    implemented_properties = ['energy', 'forces', 'stress']
    def calculate(self, atoms=None, properties=['energy'], system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results = {'energy': -1.5, 'forces': numpy.zeros((len(atoms), 3)), 'stress': numpy.arange(6.0)}
)" + lines + "\n" + before);
        return run({{"type", "ase"}, {"calculator", "setup:Odd"}, {"setup", "odd.py"}, {"stress", true}},
                   request("example.xyz"));
    }
    test::TemporaryFolder folder_;
};

// ase by itself, in a few lines of Python.
TEST_F(RealAse, emt_agrees_with_ase_run_by_hand) {
    const Json config = read_json(ase_folder() / "example.json");
    const AcceptedLabel accepted = label(run(config, request("example.xyz")));
    ProcessSpec spec;
    spec.argv = {ase::make_driver(config, "/")->configuration().at("python").get<std::string>(), "-c",
                 "import json; from ase.io import read; from ase.calculators.emt import EMT\n"
                 "a = read('" +
                     (ase_folder() / "example.xyz").string() +
                     "'); a.calc = EMT()\n"
                     "print(json.dumps([a.get_potential_energy(), a.get_forces().tolist(), "
                     "a.get_stress(voigt=False).tolist()]))"};
    spec.stdout_file = folder_ / "out";
    ASSERT_EQ(Subprocess(spec).wait().code, 0);
    const Json by_hand = read_json(folder_ / "out");
    EXPECT_EQ(*accepted.labels.energy, by_hand[0].get<double>());
    EXPECT_EQ(accepted.labels.forces, by_hand[1].get<std::vector<Vec3>>());
    EXPECT_EQ(*accepted.labels.stress, by_hand[2].get<Mat3>());
    EXPECT_THAT(accepted.code_version, HasSubstr("ase 3."));
}

TEST_F(RealAse, an_element_without_data_is_bad_config) {
    LabelRequest silicon = request("example.xyz");
    silicon.structure.atomic_numbers.assign(4, 14);
    const LabelResult result = run(read_json(ase_folder() / "example.json"), silicon);
    EXPECT_EQ(test::kind_of(result), "bad_config");
    EXPECT_THAT(test::evidence_of(result), HasSubstr("No EMT-potential for Si"));
}

TEST_F(RealAse, prints_of_a_calculator_do_no_harm) {
    const AcceptedLabel accepted = label(run_odd(R"(
        print('{"id": 0, "ok": false}')
        import os
        os.write(1, b'{"id": 0, "ok": false}\n')
)"));
    EXPECT_EQ(accepted.labels.energy, -1.5);
    EXPECT_EQ((*accepted.labels.stress)[1][2], 3.0) << "Voigt order xx yy zz yz xz xy";
    EXPECT_EQ((*accepted.labels.stress)[0][1], 5.0);
}

TEST_F(RealAse, what_did_not_converge_is_no_label) {
    EXPECT_EQ(test::kind_of(run_odd("        self.converged = False\n")), "scf_not_converged");
    EXPECT_EQ(test::kind_of(run_odd("        self.scf = type('Scf', (), {'converged': False})()\n")),
              "scf_not_converged");
    EXPECT_EQ(test::kind_of(run_odd("        self.converged = True\n")), "accepted");
    EXPECT_EQ(test::kind_of(run_odd("        class NotConvergedError(Exception): pass\n"
                                    "        raise NotConvergedError('60 steps')\n")),
              "scf_not_converged");
}

TEST_F(RealAse, errors_of_a_calculator_get_their_kind) {
    EXPECT_EQ(test::kind_of(run_odd("        self.results['energy'] = float('nan')\n")), "non_finite");
    EXPECT_EQ(test::kind_of(run_odd("        self.results['forces'] = numpy.zeros((1, 3))\n")),
              "inconsistent");
    EXPECT_EQ(test::kind_of(run_odd("        open('/nowhere/potential')\n")), "missing_file");
    EXPECT_EQ(test::kind_of(run_odd("        raise MemoryError('32 GB')\n")), "out_of_memory");
    EXPECT_EQ(test::kind_of(run_odd("        del self.results['stress']\n")), "bad_config");
    EXPECT_EQ(test::kind_of(run_odd("        import os; os.abort()\n")), "signal");
    const LabelResult unknown = run_odd("        raise RuntimeError('the moon is full')\n");
    EXPECT_EQ(test::kind_of(unknown), "unknown");
    EXPECT_THAT(test::evidence_of(unknown), HasSubstr("RuntimeError: the moon is full"));
}

TEST_F(RealAse, a_calculator_that_cannot_be_loaded_says_why) {
    const LabelResult result = run_odd("", "raise ImportError('no licence')\n");
    EXPECT_EQ(test::kind_of(result), "launch");
    EXPECT_THAT(test::evidence_of(result), HasSubstr("cannot be loaded (ImportError: no licence)"));
    const LabelResult missing =
        run({{"type", "ase"}, {"calculator", "ase.calculators.emt:EMTT"}}, request("example.xyz"));
    EXPECT_THAT(test::evidence_of(missing), HasSubstr("EMTT"));
}

TEST_F(RealAse, charge_and_multiplicity_become_arguments) {
    (void)run_odd("        self.results['energy'] = self.sum\n",
                  "    def __init__(self, charge=0, spin=1):\n"
                  "        super().__init__()\n"
                  "        self.sum = charge + 10 * spin\n");
    Json config{{"type", "ase"}, {"calculator", "setup:Odd"}, {"setup", "odd.py"}};
    config["charge_argument"] = "charge";
    config["multiplicity_argument"] = "spin";
    LabelRequest ion = request("example.xyz", false);
    ion.charge = 2.0;
    ion.multiplicity = 3;
    EXPECT_EQ(label(run(config, ion)).labels.energy, 32.0);
}

class RealGpaw : public RealAse {
  protected:
    void SetUp() override { skip_without("gpaw.json"); }
};

// The reference: GPAW 22.8.0 with its setups 0.9.20000 by itself, in a script of its own with these settings;
// other versions differ by less than the tolerances where they have the same setups.
TEST_F(RealGpaw, gives_a_label_and_refuses_an_unconverged_run) {
    const Json config = read_json(ase_folder() / "gpaw.json");
    const AcceptedLabel accepted = label(run(config, request("gpaw.xyz")));
    EXPECT_NEAR(*accepted.labels.energy, -10.595142, 2.0e-3);
    EXPECT_NEAR(accepted.labels.forces[0][0], 0.802981, 2.0e-3);
    EXPECT_THAT(accepted.code_version, HasSubstr("gpaw "));
    EXPECT_EQ(test::kind_of(run(config, request("gpaw.xyz"), {{"spoil", true}})), "scf_not_converged");
}

}  // namespace
}  // namespace fibonaqi
