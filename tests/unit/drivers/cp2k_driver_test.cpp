// The driver of CP2K without CP2K: configuration, input, data files, checks, remedies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/cp2k_outputs.hpp"
#include "tests/support/template_runs.hpp"

namespace fibonaqi::cp2k {
namespace {

using test::two_hydrogen_atoms;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Cp2kDriver : public ::testing::Test {
  protected:
    Cp2kDriver() {
        test::write_cp2k_data(folder_.path());
        config_ = test::cp2k_config(folder_.path());
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
        return read_file(folder / "fb.inp");
    }
    std::string problem(const LabelRequest& request) const {
        const auto found = driver()->problem_with(request);
        return found ? to_string(found->kind) + ": " + found->evidence : "";
    }
    static LabelRequest molecule() {
        LabelRequest request = two_hydrogen_atoms();
        request.structure.pbc = {false, false, false};
        request.structure.cell = {};
        request.want_stress = false;
        return request;
    }
    test::TemporaryFolder folder_;
    Json config_;
};

TEST_F(Cp2kDriver, says_what_is_wrong_with_its_configuration) {
    EXPECT_THAT(refusal("/cutof_Ry", 1), HasSubstr("cutoff_Ry"));
    EXPECT_THAT(refusal("/kinds/Hx", Json::object()), HasSubstr("driver.kinds.Hx: is not a chemical symbol"));
    EXPECT_THAT(refusal("/kinds/H/basis", "A B"), HasSubstr("is not a name"));
    EXPECT_THAT(refusal("/kinds/H/potential", 1), HasSubstr("driver.kinds.H: has no \"potential\""));
    EXPECT_THAT(refusal("/kinds/H/spin", 1), HasSubstr("driver.kinds.H.spin: unknown key"));
    EXPECT_THAT(refusal("/input/SCF", Json::object()), HasSubstr("driver.input.SCF: is set by the driver"));
    EXPECT_THAT(refusal("/input/MGRID", {{"CUTOFF", 100}}), HasSubstr("driver.cutoff_Ry"));
    EXPECT_THAT(refusal("/input/kpoints", 1), HasSubstr("is no keyword"));
    EXPECT_THAT(refusal("/input/XC", {{"A", "B\n&END"}}), HasSubstr("driver.input.XC.A: is no value"));
    EXPECT_THAT(refusal("/smearing_K", 500), HasSubstr("driver.added_mos: is 0"));
    EXPECT_THAT(refusal("/xc", ""), HasSubstr("exactly one of xc"));
    EXPECT_THAT(refusal("/input/XC", {{"XC_FUNCTIONAL", {{"_", "BLYP"}}}}), HasSubstr("exactly one of xc"));
    config_["xc"] = "";
    EXPECT_EQ(refusal("/input/XC", {{"XC_FUNCTIONAL", {{"_", "BLYP"}}}}), "");
    config_["xc"] = "PBE";
    config_["added_mos"] = 4;
    EXPECT_THAT(refusal("/scf_method", "ot"), HasSubstr("has no empty orbitals"));
}

TEST_F(Cp2kDriver, its_configuration_makes_the_same_driver_anywhere) {
    const Json absolute = driver()->configuration();
    EXPECT_EQ(absolute.at("potential_file"), (folder_ / "POTENTIAL").string());
    EXPECT_EQ(make_driver(absolute, "/elsewhere")->configuration(), absolute);
    EXPECT_EQ(make_driver(absolute, "/elsewhere")->fingerprint(), driver()->fingerprint());
}

TEST_F(Cp2kDriver, check_finds_program_and_data) {
    EXPECT_THAT(driver()->check({1, 8}), IsEmpty());
    EXPECT_THAT(driver()->check({6}), ElementsAre(HasSubstr("no basis set and pseudopotential for C")));
    config_["command"] = {"no-such-cp2k"};
    config_["kinds"]["H"]["basis"] = "TZV";
    config_["kinds"]["H"]["potential"] = "GTH-q2";
    EXPECT_THAT(driver()->check({1}),
                ElementsAre(HasSubstr("program 'no-such-cp2k' was not found"), HasSubstr("no 'TZV' for H"),
                            HasSubstr("no 'GTH-q2' for H")));
    config_["basis_files"] = {"GONE"};
    EXPECT_THAT(driver()->check({8}), ElementsAre(HasSubstr("no-such"), HasSubstr("GONE")));
}

TEST_F(Cp2kDriver, fingerprint_follows_the_physics_and_nothing_else) {
    const std::string before = driver()->fingerprint();
    const auto changed = [&](const std::string& pointer, const Json& value) {
        Json config = config_;
        config[Json::json_pointer(pointer)] = value;
        return make_driver(config, "/")->fingerprint() != before;
    };
    EXPECT_FALSE(changed("/command", {"/bin/sh", "-x"}));
    EXPECT_FALSE(changed("/max_scf", 100));
    EXPECT_FALSE(changed("/scf_method", "ot"));
    EXPECT_FALSE(changed("/xc", "PBE")) << "the default written out";
    EXPECT_FALSE(changed("/kinds/H/basis", "SZV-q1")) << "another name of the same entry";
    EXPECT_TRUE(changed("/cutoff_Ry", 500));
    EXPECT_TRUE(changed("/eps_scf", 1e-6));
    EXPECT_TRUE(changed("/input/VDW", 1));
    EXPECT_TRUE(changed("/kinds/H/magnetization", 1));
    std::ofstream(folder_ / "POTENTIAL", std::ios::app) << "# more\nC GTH-q4 GTH\n 2 2\n";
    EXPECT_EQ(driver()->fingerprint(), before) << "entries of other elements";
    std::ofstream(folder_ / "BASIS") << "H SZV SZV-q1\n 1\n 1 0 0 1 1\n 0.6 1.0\nO SZV\n 1\n";
    EXPECT_NE(driver()->fingerprint(), before);
    std::filesystem::remove(folder_ / "BASIS");
    EXPECT_THROW((void)driver()->fingerprint(), DriverError);
}

TEST_F(Cp2kDriver, writes_a_single_point_with_forces_and_stress) {
    config_["input"] =
        Json::parse(R"json({"KPOINTS": {"SCHEME": "MONKHORST-PACK 2 2 2"}, "MGRID": {"NGRIDS": 5},
        "XC": {"VDW_POTENTIAL": {"PAIR_POTENTIAL": [{"TYPE": "DFTD3"}, {"TYPE": "DFTD3(BJ)"}]}}})json");
    const std::string text = input(two_hydrogen_atoms());
    EXPECT_THAT(
        text, AllOf(HasSubstr("RUN_TYPE ENERGY_FORCE"), HasSubstr("WALLTIME 60.0"),
                    HasSubstr("STRESS_TENSOR ANALYTICAL"), HasSubstr("CHARGE 0\n"), HasSubstr("UKS .FALSE."),
                    HasSubstr("&XC_FUNCTIONAL PBE\n"), HasSubstr("      H 1.0 0.75 0.82\n"),
                    HasSubstr("C 0.1 0.0 5.1\n"), HasSubstr("SCF_GUESS ATOMIC"),
                    HasSubstr("METHOD BROYDEN_MIXING\n        ALPHA 0.4"), Not(HasSubstr("&POISSON"))));
    EXPECT_THAT(text, AllOf(HasSubstr("&KPOINTS\n      SCHEME MONKHORST-PACK 2 2 2\n"), HasSubstr("NGRIDS 5"),
                            HasSubstr("TYPE DFTD3\n"), HasSubstr("TYPE DFTD3(BJ)\n")));
    LabelRequest triplet = two_hydrogen_atoms();
    triplet.multiplicity = 3;
    triplet.want_stress = false;
    EXPECT_THAT(input(triplet), AllOf(HasSubstr("MULTIPLICITY 3"), HasSubstr("UKS .TRUE."),
                                      HasSubstr("STRESS_TENSOR NONE"), HasSubstr("&STRESS_TENSOR OFF")));
    config_["smearing_K"] = 500;
    config_["added_mos"] = 3;
    EXPECT_THAT(
        input(two_hydrogen_atoms()),
        AllOf(HasSubstr("&SMEAR ON"), HasSubstr("ELECTRONIC_TEMPERATURE 500"), HasSubstr("ADDED_MOS 3")));
    config_ = test::cp2k_config(folder_.path());
    config_["scf_method"] = "ot";
    EXPECT_THAT(input(two_hydrogen_atoms()), AllOf(HasSubstr("&OT\n"), Not(HasSubstr("MIXING"))));
}

TEST_F(Cp2kDriver, puts_a_molecule_into_the_middle_of_its_box) {
    EXPECT_FALSE(driver()->capabilities().isolated);
    EXPECT_THAT(problem(molecule()), HasSubstr("driver.box_A"));
    config_["box_A"] = 6.0;
    EXPECT_TRUE(driver()->capabilities().isolated);
    EXPECT_EQ(problem(molecule()), "");
    // Extents 0.7, 0.35, 0.32: the middle of the molecule is at 3, 3, 3.
    EXPECT_THAT(input(molecule()),
                AllOf(HasSubstr("&POISSON"), HasSubstr("POISSON_SOLVER WAVELET"), HasSubstr("PERIODIC NONE"),
                      HasSubstr("      H 2.65 2.82499"), HasSubstr("A 6.0 0.0 0.0")));
    LabelRequest far = molecule();
    far.structure.positions[1][0] = 4.0;
    EXPECT_THAT(problem(far),
                AllOf(HasSubstr("bad_geometry: the molecule is 3.7 A long"), HasSubstr("box_A")));
}

TEST_F(Cp2kDriver, counts_electrons_before_a_launch) {
    EXPECT_EQ(problem(two_hydrogen_atoms()), "");
    LabelRequest ion = two_hydrogen_atoms();
    ion.charge = 1.0;
    EXPECT_EQ(problem(ion),
              "charge: multiplicity 1 with 1 electrons (driver.multiplicity, or that of the "
              "structure)");
    ion.multiplicity = 2;
    EXPECT_EQ(problem(ion), "");
    ion.multiplicity = 4;
    EXPECT_THAT(problem(ion), HasSubstr("charge: multiplicity 4 with 1 electrons"));
    ion.charge = 2.0;
    EXPECT_THAT(problem(ion), HasSubstr("with 0 electrons"));
    ion.charge = 0.5;
    EXPECT_THAT(problem(ion), HasSubstr("charge: the charge 0.5"));
    LabelRequest hydroxide = two_hydrogen_atoms();
    hydroxide.structure.atomic_numbers[0] = 8;
    EXPECT_THAT(problem(hydroxide), HasSubstr("with 7 electrons"));
    hydroxide.structure.atomic_numbers[0] = 6;
    EXPECT_THAT(problem(hydroxide), HasSubstr("missing_file: no basis set and pseudopotential for C"));
}

class Cp2kRemedies : public Cp2kDriver {
  protected:
    // All changes one after the other while the same failure comes again.
    std::vector<Json> ladder(FailureKind kind) const {
        std::vector<Json> rungs;
        LabelAttempt attempt;
        while (const auto next = driver()->remedy(attempt, {kind, ""})) {
            rungs.push_back(*next);
            attempt.changes = *next;
            if (rungs.size() > 100) {
                ADD_FAILURE() << "a ladder without an end";
                break;
            }
        }
        return rungs;
    }
};

TEST_F(Cp2kRemedies, mixing_gets_more_careful_and_ends) {
    const std::vector<Json> rungs = ladder(FailureKind::scf_not_converged);
    ASSERT_EQ(rungs.size(), 3u);
    EXPECT_EQ(rungs[0], (Json{{"max_scf", 200}, {"alpha", 0.2}, {"nbuffer", 8}, {"restart", true}}));
    EXPECT_EQ(rungs[1].at("alpha"), 0.05);
    EXPECT_EQ(rungs[2], (Json{{"max_scf", 200}, {"alpha", 0.02}, {"nbuffer", 20}, {"restart", false}}));
    EXPECT_EQ(ladder(FailureKind::diagonalisation).size(), 1u);
    EXPECT_EQ(ladder(FailureKind::partial_output).size(), 1u);
    EXPECT_EQ(ladder(FailureKind::walltime).size(), 20u);
    EXPECT_THAT(ladder(FailureKind::charge), IsEmpty());
}

TEST_F(Cp2kRemedies, minimizers_get_more_robust_and_end) {
    config_["scf_method"] = "ot";
    const std::vector<Json> rungs = ladder(FailureKind::scf_not_converged);
    ASSERT_EQ(rungs.size(), 3u);
    EXPECT_EQ(rungs[0], (Json{{"max_scf", 50}, {"outer_scf", 30}, {"restart", true}}));
    EXPECT_EQ(rungs[1].at("minimizer"), "CG");
    EXPECT_EQ(rungs[2].at("linesearch"), "3PNT");
    LabelAttempt attempt;
    attempt.changes = rungs[2];
    EXPECT_THAT(input(two_hydrogen_atoms(), attempt),
                AllOf(HasSubstr("MINIMIZER CG"), HasSubstr("LINESEARCH 3PNT"), HasSubstr("MAX_SCF 30")));
}

TEST_F(Cp2kRemedies, go_on_from_orbitals_only_where_there_are_some) {
    LabelAttempt attempt;
    attempt.changes = {{"restart", true}, {"alpha", 0.2}, {"nbuffer", 8}};
    attempt.earlier = folder_.path();
    EXPECT_THAT(input(two_hydrogen_atoms(), attempt), HasSubstr("SCF_GUESS ATOMIC"));
    std::ofstream(folder_ / "fb-RESTART.wfn") << "orbitals";
    EXPECT_THAT(input(two_hydrogen_atoms(), attempt),
                AllOf(HasSubstr("SCF_GUESS RESTART"), HasSubstr("ALPHA 0.2"), HasSubstr("NBUFFER 8")));
}

TEST_F(Cp2kDriver, prepares_a_run_without_shell_in_its_own_folder) {
    const test::TemporaryFolder folder;
    config_["environment"] = {{"OMP_NUM_THREADS", "2"}};
    const LabelJob job = driver()->prepare(two_hydrogen_atoms(), {}, folder.path(), 0.0);
    EXPECT_THAT(job.argv, ElementsAre("/bin/sh", "-i", "fb.inp"));
    EXPECT_EQ(job.environment.at("OMP_NUM_THREADS"), "2");
    EXPECT_EQ(job.environment.at("OMPI_MCA_ess_singleton_isolated"), "1");
    EXPECT_THAT(read_file(folder / "fb.inp"), Not(HasSubstr("WALLTIME")));
}

}  // namespace
}  // namespace fibonaqi::cp2k
