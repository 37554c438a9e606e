// What the driver of NWChem accepts, on kept outputs and on damaged ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/nwchem_outputs.hpp"
#include "tests/support/qe_outputs.hpp"

namespace fibonaqi::nwchem {
namespace {

using test::nwchem_water;
using test::replaced;
using ::testing::AnyOf;
using ::testing::StartsWith;

constexpr double hartree = 27.211386245988;
constexpr double hartree_per_bohr = 51.422067476;

class NwchemOutput : public ::testing::Test {
  protected:
    test::NwchemRun run_ = test::kept_nwchem_run("converged");
};

// Numbers as they stand in the file, times the constants of CODATA 2018; a gradient changes its sign.
TEST_F(NwchemOutput, a_whole_output_is_a_label_with_its_numbers) {
    ASSERT_EQ(run_.verdict(), "accepted");
    const auto found = std::get<AcceptedLabel>(run_.collected());
    EXPECT_NEAR(*found.labels.energy, -76.3193307033424 * hartree, 1.0e-9);
    ASSERT_EQ(found.labels.forces.size(), 3u);
    EXPECT_NEAR(found.labels.forces[0][0], 3.25164122512256e-02 * hartree_per_bohr, 1.0e-9);
    EXPECT_NEAR(found.labels.forces[1][1], -2.76537943557434e-03 * hartree_per_bohr, 1.0e-9);
    EXPECT_NEAR(found.labels.forces[2][2], 5.47974005621223e-04 * hartree_per_bohr, 1.0e-9);
    EXPECT_FALSE(found.labels.stress.has_value());
    EXPECT_EQ(found.code_version, "NWChem 7.0.2");
    EXPECT_EQ(found.details, (Json{{"scf_steps", 9}}));
}

TEST_F(NwchemOutput, charge_and_multiplicity_must_be_those_of_the_request) {
    LabelRequest triplet = nwchem_water();
    triplet.multiplicity = 3;
    EXPECT_EQ(test::kept_nwchem_run("spin").verdict(triplet), "accepted");
    EXPECT_THAT(run_.verdict(triplet), StartsWith("charge: NWChem took the charge 0.0"));
    LabelRequest ion = nwchem_water();
    ion.charge = 1.0;
    EXPECT_THAT(run_.verdict(ion), StartsWith("charge: NWChem took"));
}

TEST_F(NwchemOutput, a_file_that_was_cut_off_is_refused) {
    for (std::size_t size = 0; size <= run_.out.find("Total times  cpu"); size += 50) {
        test::NwchemRun cut = run_;
        cut.out.resize(size);
        EXPECT_THAT(cut.verdict(), AnyOf(StartsWith("partial_output"), StartsWith("launch"))) << size;
    }
}

TEST_F(NwchemOutput, failures_of_the_program_get_their_kind) {
    EXPECT_EQ(test::kept_nwchem_run("unconverged", 255).verdict(),
              "scf_not_converged: Calculation failed to converge");
    EXPECT_THAT(test::kept_nwchem_run("odd_electrons", 9).verdict(),
                StartsWith("charge: Odd number of electrons"));
    EXPECT_THAT(test::kept_nwchem_run("wrong_multiplicity", 10).verdict(),
                StartsWith("charge: no. of electrons and multiplicity not compatible"));
    EXPECT_THAT(test::kept_nwchem_run("unknown_value", 255).verdict(),
                StartsWith("bad_config: grid_input: invalid format"));
    EXPECT_THAT(test::kept_nwchem_run("close_atoms", 143).verdict(), StartsWith("bad_geometry: "));
    run_.exit_code = 1;
    EXPECT_EQ(run_.verdict(), "unknown: NWChem ended with exit code 1 although its output is complete");
    run_.out = "";
    run_.err = "nwchem: error while loading shared libraries\n";
    EXPECT_EQ(run_.verdict(), "launch: no banner of NWChem; nwchem: error while loading shared libraries");
}

TEST_F(NwchemOutput, what_is_stored_decides_about_convergence) {
    const std::size_t flag = run_.out.find("t \n", run_.out.find("dft:converged"));
    run_.out[flag] = 'f';
    EXPECT_THAT(run_.verdict(), StartsWith("scf_not_converged: NWChem stored"));
    run_ = test::kept_nwchem_run("converged");
    run_.out[run_.out.find("t \n", run_.out.find("task:status"))] = 'f';
    EXPECT_THAT(run_.verdict(), StartsWith("scf_not_converged: NWChem stored"));
}

TEST_F(NwchemOutput, energies_that_do_not_fit_are_refused) {
    run_.out = replaced(run_.out, "-7.63193307033424e+01", "-7.63193307133424e+01");
    EXPECT_EQ(run_.verdict(), "inconsistent: the stored energy is not the one that is printed");
}

TEST_F(NwchemOutput, the_output_of_another_molecule_is_refused) {
    LabelRequest other = nwchem_water();
    other.structure.positions[1][0] += 1.0e-4;
    EXPECT_EQ(run_.verdict(other), "inconsistent: atom 2 is not where it was asked for");
    other = nwchem_water();
    other.structure.atomic_numbers[0] = 1;
    EXPECT_THAT(run_.verdict(other), StartsWith("inconsistent: atom 1 of the output is not"));
    other = nwchem_water();
    other.structure.atomic_numbers.push_back(1);
    other.structure.positions.push_back({3.0, 3.0, 3.0});
    EXPECT_NE(run_.verdict(other), "accepted");
}

TEST_F(NwchemOutput, numbers_that_are_none_are_refused) {
    run_.out = replaced(run_.out, "8.12452914829795e-03", "NaN");
    EXPECT_THAT(run_.verdict(), StartsWith("non_finite"));
    run_ = test::kept_nwchem_run("converged");
    run_.out = replaced(run_.out, "Total DFT energy =      -76.319330703342",
                        "Total DFT energy = *********************");
    EXPECT_THAT(run_.verdict(), StartsWith("non_finite"));
}

}  // namespace
}  // namespace fibonaqi::nwchem
