// What the driver of CP2K accepts, on kept outputs, on damaged ones and in the layouts of other versions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/cp2k_outputs.hpp"
#include "tests/support/qe_outputs.hpp"

namespace fibonaqi::cp2k {
namespace {

using test::replaced;
using test::two_hydrogen_atoms;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr double hartree = 27.211386245988;
constexpr double hartree_per_bohr = 51.422067476;

class Cp2kOutput : public ::testing::Test {
  protected:
    static AcceptedLabel label(const test::Cp2kRun& run, const LabelRequest& request = two_hydrogen_atoms()) {
        const LabelOutcome outcome = run.collected(request);
        EXPECT_EQ(run.verdict(request), "accepted");
        const auto* found = std::get_if<AcceptedLabel>(&outcome);
        return found == nullptr ? AcceptedLabel{} : *found;
    }
    // The same forces as CP2K prints them from 2025 on.
    static std::string forces_of_2025() {
        return " FORCES| Atomic forces [hartree/bohr]\n"
               " FORCES|   Atom     x                   y                   z                   |f|\n"
               " FORCES|      1  6.3838670524E-02  3.1789254817E-02  2.9074537730E-02  7.7010E-02\n"
               " FORCES|      2 -6.3837923493E-02 -3.1791644740E-02 -2.9051582708E-02  7.7002E-02\n"
               " FORCES| Sum     7.47031E-07 -2.389923E-06  2.2955022E-05  2.3091185E-05\n";
    }
    test::Cp2kRun run_ = test::kept_cp2k_run("converged");
};

// Numbers as they stand in the files, times the constants of CODATA 2018; the stress changes its sign.
TEST_F(Cp2kOutput, a_whole_output_is_a_label_with_its_numbers) {
    const AcceptedLabel found = label(run_);
    EXPECT_NEAR(*found.labels.energy, -1.154089048481534 * hartree, 1.0e-10);
    ASSERT_EQ(found.labels.forces.size(), 2u);
    EXPECT_NEAR(found.labels.forces[0][0], 0.063838670524 * hartree_per_bohr, 1.0e-8);
    EXPECT_NEAR(found.labels.forces[1][2], -0.029051582708 * hartree_per_bohr, 1.0e-8);
    ASSERT_TRUE(found.labels.stress.has_value());
    EXPECT_NEAR((*found.labels.stress)[0][0], 3.04329811813 / 160.21766208, 1.0e-10);
    EXPECT_NEAR((*found.labels.stress)[1][2], 0.644692460828 / 160.21766208, 1.0e-10);
    EXPECT_EQ(found.code_version, "CP2K version 2023.1");
    EXPECT_EQ(found.details, (Json{{"scf_steps", 11}}));
}

TEST_F(Cp2kOutput, spin_and_entropy_are_told_where_there_are_any) {
    LabelRequest triplet = two_hydrogen_atoms();
    triplet.multiplicity = 3;
    const Json details = label(test::kept_cp2k_run("spin"), triplet).details;
    EXPECT_NEAR(details.at("absolute_magnetization").get<double>(), 2.0, 1.0e-6);
    run_.out = replaced(run_.out, "  Total energy:   ",
                        "  Electronic entropic energy:          -0.01000000000000\n\n  Total energy:   ");
    EXPECT_NEAR(label(run_).details.at("minus_TS_eV").get<double>(), -0.01 * hartree, 1.0e-10);
}

TEST_F(Cp2kOutput, a_file_that_was_cut_off_is_refused) {
    ASSERT_EQ(run_.verdict(), "accepted");
    for (std::size_t size = 0; size <= run_.out.find("PROGRAM ENDED A"); size += 100) {
        test::Cp2kRun cut = run_;
        cut.out.resize(size);
        EXPECT_THAT(cut.verdict(), ::testing::AnyOf(StartsWith("partial_output"), StartsWith("launch")))
            << size;
    }
    for (std::size_t size = 0; size <= run_.forces.find("0.000000747031"); ++size) {
        test::Cp2kRun cut = run_;
        cut.forces.resize(size);
        EXPECT_NE(cut.verdict(), "accepted") << size;
    }
    for (std::size_t size = 0; size <= run_.stress.find("1/3 Trac"); ++size) {
        test::Cp2kRun cut = run_;
        cut.stress.resize(size);
        EXPECT_THAT(cut.verdict(), StartsWith("partial_output")) << size;
    }
}

TEST_F(Cp2kOutput, sums_that_do_not_fit_are_refused) {
    run_.forces = replaced(run_.forces, "0.063838670524", "0.063848670524");
    EXPECT_EQ(run_.verdict(), "inconsistent: the sum of the forces is not the one that is printed");
    run_ = test::kept_cp2k_run("converged");
    run_.stress = replaced(run_.stress, "-1.63260650844", "-1.63360650844");
    EXPECT_THAT(run_.verdict(), StartsWith("inconsistent: the trace of the stress"));
}

TEST_F(Cp2kOutput, failures_of_the_program_get_their_kind) {
    EXPECT_THAT(test::kept_cp2k_run("unconverged").verdict(),
                StartsWith("scf_not_converged: *** WARNING in qs_scf.F:601 :: SCF run NOT converged"));
    EXPECT_THAT(test::kept_cp2k_run("walltime").verdict(),
                StartsWith("walltime: *** SCF run terminated - exceeded requested execution time"));
    EXPECT_THAT(
        test::kept_cp2k_run("no_basis", 1).verdict(),
        StartsWith("missing_file: The requested basis set <NOPE> for element <H> was not found in the "
                   "basis set files"));
    EXPECT_THAT(test::kept_cp2k_run("odd_electrons", 1).verdict(),
                StartsWith("charge: Use the LSD option for an odd number of electrons"));
    EXPECT_THAT(test::kept_cp2k_run("unknown_keyword", 1).verdict(),
                StartsWith("bad_config: found an unknown keyword REL_CUTOF in section MGRID"));
    run_.exit_code = 1;
    EXPECT_EQ(run_.verdict(), "unknown: CP2K ended with exit code 1 although its output is complete");
    run_.out = "";
    run_.err = "cp2k: error while loading shared libraries\n";
    EXPECT_EQ(run_.verdict(), "launch: no banner of CP2K; cp2k: error while loading shared libraries");
}

// From 2024 on CP2K aborts instead.
TEST_F(Cp2kOutput, an_abort_for_want_of_convergence_is_no_unknown_error) {
    const std::string box = test::cp2k_text("no_basis", "fb.out");
    const std::size_t message = box.find("The requested basis set");
    run_.out = box.substr(0, message) +
               "SCF run NOT converged. To continue the calculation regardless,      *\n" +
               box.substr(box.find(" *    |"));
    EXPECT_THAT(run_.verdict(), StartsWith("scf_not_converged: SCF run NOT converged. To continue"));
}

TEST_F(Cp2kOutput, a_converged_inner_loop_is_no_converged_run) {
    run_.out = replaced(run_.out, "  Electronic density on",
                        "  outer SCF loop FAILED to converge after    2 iterations or    2 steps\n\n"
                        "  Electronic density on");
    EXPECT_THAT(run_.verdict(), StartsWith("scf_not_converged: outer SCF loop FAILED"));
    run_ = test::kept_cp2k_run("converged");
    run_.out = replaced(run_.out, "SCF run converged", "SCF run considered");
    EXPECT_EQ(run_.verdict(), "partial_output: no \"SCF run converged\"");
}

TEST_F(Cp2kOutput, the_output_of_another_structure_is_refused) {
    LabelRequest other = two_hydrogen_atoms();
    other.structure.positions[1][0] += 1.0e-4;
    EXPECT_EQ(run_.verdict(other), "inconsistent: atom 2 is not where it was asked for");
    other = two_hydrogen_atoms();
    other.structure.cell[2][2] += 0.01;
    EXPECT_EQ(run_.verdict(other), "inconsistent: the cell of the output is not the one that was asked for");
    other = two_hydrogen_atoms();
    other.structure.atomic_numbers[0] = 8;
    EXPECT_THAT(run_.verdict(other), StartsWith("inconsistent: atom 1 of the output is not"));
    run_.forces = replaced(run_.forces, "      1      1      H ", "      1      1      O ");
    EXPECT_EQ(run_.verdict(), "inconsistent: the forces are of other elements");
}

TEST_F(Cp2kOutput, numbers_that_are_none_are_refused) {
    run_.forces = replaced(run_.forces, "0.063838670524", "           NaN");
    EXPECT_THAT(run_.verdict(), StartsWith("non_finite"));
    run_ = test::kept_cp2k_run("converged");
    run_.out = replaced(run_.out, "-1.154089048481534", "******************");
    EXPECT_THAT(run_.verdict(), StartsWith("non_finite"));
}

TEST_F(Cp2kOutput, reads_the_layouts_of_old_and_new_versions) {
    const AcceptedLabel today = label(run_);
    const auto expect_the_same = [&](const char* version) {
        const AcceptedLabel found = label(run_);
        EXPECT_EQ(found.labels.energy, today.labels.energy) << version;
        ASSERT_EQ(found.labels.forces.size(), 2u) << version;
        EXPECT_NEAR(found.labels.forces[0][0], today.labels.forces[0][0], 1.0e-8) << version;
        EXPECT_NEAR(found.labels.forces[1][2], today.labels.forces[1][2], 1.0e-8) << version;
        ASSERT_TRUE(found.labels.stress.has_value()) << version;
        EXPECT_NEAR((*found.labels.stress)[1][2], (*today.labels.stress)[1][2], 1.0e-8) << version;
    };
    run_.out = replaced(run_.out, "energy [a.u.]:", "energy (a.u.):");
    run_.stress =
        " STRESS TENSOR [GPa]\n\n            X               Y               Z\n"
        "  X      -3.04329812     -1.38886156     -1.26728215\n"
        "  Y      -1.38886156     -1.00511575     -0.64469246\n"
        "  Z      -1.26728215     -0.64469246     -0.84940565\n\n"
        "  1/3 Trace(stress tensor):  -1.63260651\n";
    expect_the_same("7.1");

    run_.out = replaced(run_.out, "energy (a.u.):", "energy [hartree]");
    run_.forces = forces_of_2025();
    run_.stress =
        " STRESS| Analytical stress tensor [bar]\n"
        " STRESS|                        x                   y                   z\n"
        " STRESS|      x       -3.04329811813E+04  -1.38886155489E+04  -1.26728214756E+04\n"
        " STRESS|      y       -1.38886155489E+04  -1.00511575384E+04  -6.44692460828E+03\n"
        " STRESS|      z       -1.26728214756E+04  -6.44692460828E+03  -8.49405653356E+03\n"
        " STRESS| 1/3 Trace                                            -1.63260650844E+04\n";
    expect_the_same("2025");

    run_.stress = replaced(run_.stress, "[bar]", "[mmHg]");
    EXPECT_THAT(run_.verdict(), StartsWith("inconsistent: the unit of the stress is not known"));
    run_.out = replaced(run_.out, "energy [hartree]", "energy [Ry]");
    EXPECT_THAT(run_.verdict(), StartsWith("inconsistent: the unit of the energy is not known"));
}

}  // namespace
}  // namespace fibonaqi::cp2k
