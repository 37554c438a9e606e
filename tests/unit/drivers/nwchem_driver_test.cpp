// The driver of NWChem without NWChem: configuration, basis sets, input, checks, remedies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/nwchem/basis_library.hpp"
#include "tests/support/nwchem_outputs.hpp"
#include "tests/support/template_runs.hpp"

namespace fibonaqi::nwchem {
namespace {

using test::nwchem_water;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class NwchemDriver : public ::testing::Test {
  protected:
    NwchemDriver() {
        test::write_nwchem_library(folder_.path());
        config_ = test::nwchem_config(folder_.path());
    }
    std::unique_ptr<LabelDriver> driver() const { return make_driver(config_, "/"); }
    std::string refusal(const std::string& pointer, const Json& value) const {
        Json config = config_;
        config[Json::json_pointer(pointer)] = value;
        return test::message_of<ConfigError>([&] { (void)make_driver(config, "/"); });
    }
    std::string input(const LabelRequest& request, const LabelAttempt& attempt = {}) const {
        const test::TemporaryFolder folder;
        (void)driver()->prepare(request, attempt, folder.path(), 60.0);
        return read_file(folder / "fb.nw");
    }
    std::string problem(const LabelRequest& request) const {
        const auto found = driver()->problem_with(request);
        return found ? to_string(found->kind) + ": " + found->evidence : "";
    }
    test::TemporaryFolder folder_;
    Json config_;
};

TEST_F(NwchemDriver, says_what_is_wrong_with_its_configuration) {
    EXPECT_THAT(refusal("/basiss", 1), HasSubstr("basis"));
    EXPECT_THAT(refusal("/basis/Hx", "a"), HasSubstr("driver.basis.Hx: is not a chemical symbol"));
    EXPECT_THAT(refusal("/basis/H", 1), HasSubstr("driver.basis.H: is not the name of a basis set"));
    EXPECT_THAT(refusal("/xc", "b3lyp; task"), HasSubstr("driver.xc: is not one line"));
    EXPECT_THAT(refusal("/grid", "finer"), HasSubstr("grid"));
    EXPECT_THAT(refusal("/dft", {"grid xfine"}), HasSubstr("is set by the driver (driver.grid)"));
    EXPECT_THAT(refusal("/dft", {"ITER 3"}), HasSubstr("is set by the driver (driver.iterations)"))
        << "NWChem takes abbreviations in any case";
    EXPECT_THAT(refusal("/dft", {"disp vdw 3\nend"}), HasSubstr("is not one line"));
    EXPECT_EQ(refusal("/dft", {"disp vdw 3"}), "");
}

TEST_F(NwchemDriver, its_configuration_makes_the_same_driver_anywhere) {
    config_["basis_library"] = "library";
    const Json absolute = make_driver(config_, "/some")->configuration();
    EXPECT_EQ(absolute.at("basis_library"), "/some/library");
    EXPECT_EQ(make_driver(absolute, "/elsewhere")->configuration(), absolute);
}

TEST_F(NwchemDriver, finds_basis_sets_by_the_rule_of_the_program) {
    EXPECT_EQ(basis_file("/l", "6-31G*"), "/l/6-31gs");
    EXPECT_EQ(basis_file("/l", "6-311++G(2d,2p)"), "/l/6-311++g2d_2p");
    EXPECT_EQ(basis_file("/l", "DZ (Dunning)"), "/l/dz_dunning");
    EXPECT_EQ(basis_file("/l", "cc-pVTZ(pt/sf/lc)"), "/l/cc-pvtzpt_sf_lc");
    EXPECT_EQ(basis_file("/l", "midi!"), "/l/midi!");
    EXPECT_EQ(basis_entry(folder_.path(), "6-31G*", "O"), "O S\n0.7 1.0\n");
    EXPECT_EQ(basis_entry(folder_.path(), "6-31gs", "O"), "O S\n0.7 1.0\n") << "by the file's name";
}

TEST_F(NwchemDriver, check_finds_program_and_basis_sets) {
    EXPECT_THAT(driver()->check({1, 8}), IsEmpty());
    EXPECT_THAT(driver()->check({6}), ElementsAre(HasSubstr("no basis set for C (driver.basis")));
    config_["command"] = {"no-such-nwchem"};
    config_["basis"]["C"] = "6-31G*";
    config_["basis"]["N"] = "no-such-set";
    EXPECT_THAT(driver()->check({6, 7}),
                ElementsAre(HasSubstr("program 'no-such-nwchem' was not found"),
                            HasSubstr("no basis set of C in"), HasSubstr("no basis set 'no-such-set' in")));
}

// Without the potential NWChem would compute all electrons in a basis that has no place for most of them.
TEST_F(NwchemDriver, basis_sets_for_a_core_potential_are_refused) {
    config_["basis"] = {{"I", "def2-SVP"}, {"O", "def2-SVP"}};
    EXPECT_THAT(driver()->check({53}), ElementsAre(HasSubstr("needs an effective core potential")));
    EXPECT_THAT(driver()->check({8}), IsEmpty());
    LabelRequest iodine;
    iodine.structure.atomic_numbers = {53, 53};
    iodine.structure.positions = {{0, 0, 0}, {2.7, 0, 0}};
    EXPECT_THAT(problem(iodine), StartsWith("missing_file: basis set 'def2-SVP' of I needs"));
}

TEST_F(NwchemDriver, fingerprint_follows_the_physics_and_nothing_else) {
    const std::string before = driver()->fingerprint();
    const auto changed = [&](const std::string& pointer, const Json& value) {
        Json config = config_;
        config[Json::json_pointer(pointer)] = value;
        return make_driver(config, "/")->fingerprint() != before;
    };
    EXPECT_FALSE(changed("/command", {"/bin/sh", "-x"}));
    EXPECT_FALSE(changed("/iterations", 100));
    EXPECT_FALSE(changed("/memory_MB", 1000));
    EXPECT_FALSE(changed("/grid", "fine")) << "the default written out";
    EXPECT_FALSE(changed("/basis/H", "6-31gs")) << "another name of the same set";
    EXPECT_TRUE(changed("/grid", "xfine"));
    EXPECT_TRUE(changed("/xc", "b3lyp"));
    EXPECT_TRUE(changed("/functions", "cartesian"));
    EXPECT_TRUE(changed("/dft", {"disp vdw 3"}));
    EXPECT_TRUE(changed("/basis/O", "def2-SVP"));
    std::ofstream(folder_ / "6-31gs", std::ios::app) << "basis \"C_6-31G*\" SPHERICAL\nC S\n 1 1\nend\n";
    EXPECT_EQ(driver()->fingerprint(), before) << "sets of other elements";
    std::ofstream(folder_ / "6-31gs") << "basis \"H_6-31G*\"\nH S\n 0.6 1.0\nend\n"
                                         "basis \"O_6-31G*\"\nO S\n 0.7 1.0\nend\n";
    EXPECT_NE(driver()->fingerprint(), before);
    std::filesystem::remove(folder_ / "6-31gs");
    EXPECT_THROW((void)driver()->fingerprint(), DriverError);
}

TEST_F(NwchemDriver, writes_a_gradient_in_the_frame_of_the_request_with_its_basis_sets) {
    config_["dft"] = {"disp vdw 3"};
    LabelRequest ion = nwchem_water();
    ion.charge = -1.0;
    ion.multiplicity = 2;
    EXPECT_THAT(
        input(ion),
        AllOf(HasSubstr("geometry units angstroms noautosym nocenter noautoz\n  O 0.02 -0.01 0.03\n"),
              HasSubstr("basis spherical\nH S\n0.5 1.0\nO S\n0.7 1.0\nend\n"), HasSubstr("charge -1\n"),
              HasSubstr("  mult 2\n"), HasSubstr("  xc xpbe96 cpbe96\n"), HasSubstr("  iterations 60\n"),
              HasSubstr("  disp vdw 3\nend\n"), HasSubstr("print rtdbvalues\n"),
              HasSubstr("task dft gradient\n"), Not(HasSubstr("vectors"))));
    ion.structure.pbc = {true, true, true};
    EXPECT_THROW((void)input(ion), DriverError);
}

TEST_F(NwchemDriver, counts_electrons_before_a_launch) {
    EXPECT_EQ(problem(nwchem_water()), "");
    LabelRequest ion = nwchem_water();
    ion.charge = 1.0;
    EXPECT_THAT(problem(ion), StartsWith("charge: multiplicity 1 with 9 electrons"));
    ion.multiplicity = 2;
    EXPECT_EQ(problem(ion), "");
    ion.charge = 0.5;
    EXPECT_THAT(problem(ion), HasSubstr("charge: the charge 0.5"));
    LabelRequest other = nwchem_water();
    other.structure.atomic_numbers[0] = 6;
    EXPECT_THAT(problem(other), StartsWith("missing_file: no basis set for C"));
}

TEST_F(NwchemDriver, goes_on_from_its_orbitals_then_takes_conjugate_gradients_then_gives_up) {
    const LabelFailure failure{FailureKind::scf_not_converged, ""};
    LabelAttempt attempt;
    attempt.changes = driver()->remedy(attempt, failure).value();
    EXPECT_EQ(attempt.changes, (Json{{"iterations", 200}, {"restart", true}}));
    attempt.earlier = folder_.path();
    EXPECT_THAT(input(nwchem_water(), attempt), Not(HasSubstr("vectors"))) << "there are none";
    std::ofstream(folder_ / "fb.movecs") << "orbitals";
    EXPECT_THAT(input(nwchem_water(), attempt),
                AllOf(HasSubstr("  vectors input start.movecs output fb.movecs\n"),
                      HasSubstr("iterations 200\n"), Not(HasSubstr("cgmin"))));
    attempt.changes = driver()->remedy(attempt, failure).value();
    EXPECT_EQ(attempt.changes, (Json{{"iterations", 200}, {"cgmin", true}}));
    EXPECT_THAT(input(nwchem_water(), attempt), AllOf(HasSubstr("  cgmin\n"), Not(HasSubstr("vectors"))));
    EXPECT_FALSE(driver()->remedy(attempt, failure));
    EXPECT_FALSE(driver()->remedy({}, {FailureKind::charge, ""}));
}

}  // namespace
}  // namespace fibonaqi::nwchem
