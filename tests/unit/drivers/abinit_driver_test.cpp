// The ABINIT driver: configuration, what it says before a launch, the input it writes, its remedies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/abinit_outputs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::abinit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AbinitDriver : public ::testing::Test {
  protected:
    std::unique_ptr<LabelDriver> driver(const Json& settings = Json::object()) const {
        return test::abinit_driver(folder_.path(), settings);
    }
    std::string input(const Json& settings = Json::object(),
                      const LabelRequest& request = test::abinit_request(),
                      const Json& changes = Json::object()) const {
        driver(settings)->prepare(request, {1, changes, {}}, folder_.path(), 0.0);
        return read_file(folder_ / "fb.abi");
    }
    std::string refusal(const Json& settings) const {
        try {
            driver(settings);
            return "accepted";
        } catch (const ConfigError& error) {
            return error.what();
        }
    }
    std::string problem(const LabelRequest& request, const Json& settings = Json::object()) const {
        const auto found = driver(settings)->problem_with(request);
        return found ? to_string(found->kind) + ": " + found->evidence : "";
    }
    test::TemporaryFolder folder_;
};

TEST_F(AbinitDriver, configuration_makes_the_same_driver_again) {
    const auto first = driver({{"smearing", "none"}, {"input", {{"nband", 8}}}});
    const auto again = make_driver(first->configuration(), "/somewhere/else");
    EXPECT_EQ(again->configuration(), first->configuration());
    EXPECT_EQ(again->fingerprint(), first->fingerprint());
    EXPECT_EQ(first->name(), "ABINIT");
}

TEST_F(AbinitDriver, wrong_configurations_are_told_by_key) {
    EXPECT_THAT(refusal({{"ecut_Ry", 20}}), HasSubstr("driver.ecut_Ry: unknown key"));
    EXPECT_THAT(refusal({{"kspacing_per_A", 0.3}}), HasSubstr("driver.kpoints: exactly one of"));
    EXPECT_THAT(refusal({{"kpoints", {2, 2, 2, 2}}}), HasSubstr("driver.kpoints: is not a list of three"));
    EXPECT_THAT(refusal({{"smearing", "hot"}}), HasSubstr("driver.smearing"));
    EXPECT_THAT(refusal({{"pseudopotentials", {{"Xx", "a"}}}}), HasSubstr("Xx: is not a chemical symbol"));
    EXPECT_THAT(refusal({{"pseudopotentials", {{"Si", "a/b"}}}}), HasSubstr("Si: is not a file name"));
    EXPECT_THAT(refusal({{"initial_moments", {{"Si", 1}}}}), HasSubstr("needs \"spin_polarised\""));
    EXPECT_THAT(refusal({{"input", {{"ecut", 20}}}}), HasSubstr("is set by the driver (key ecut_Ha) remove"));
    EXPECT_THAT(refusal({{"input", {{"toldfe", 1}}}}), HasSubstr("one criterion holds: tolvrs"));
    EXPECT_THAT(refusal({{"input", {{"Nstep", 1}}}}), HasSubstr("is no variable of ABINIT"));
    EXPECT_THAT(refusal({{"input", {{"vdw_xc", "5\nnatom 3"}}}}),
                HasSubstr("must be a number, a text in one"));
}

TEST_F(AbinitDriver, fingerprint_holds_physics_and_not_how_it_is_found) {
    const std::string first = driver()->fingerprint();
    for (const Json& other : {Json{{"ecut_Ha", 15}}, Json{{"kpoints", {3, 2, 2}}}, Json{{"tolvrs", 1e-10}},
                              Json{{"smearing", "gaussian"}}, Json{{"smearing_width_Ha", 0.01}},
                              Json{{"spin_polarised", true}}, Json{{"input", {{"ixc", 1}}}}}) {
        EXPECT_NE(driver(other)->fingerprint(), first) << other;
    }
    for (const Json& same : {Json{{"input", {{"diemix", 0.3}, {"nstep", 200}}}},
                             Json{{"command", {"mpirun", "-np", "2", "abinit"}}},
                             Json{{"environment", {{"OMP_NUM_THREADS", "2"}}}}}) {
        EXPECT_EQ(driver(same)->fingerprint(), first) << same;
    }
    const auto changed = driver();
    std::ofstream(folder_ / "Si.psp8") << test::psp8_header(14, 4) << "more\n";
    EXPECT_NE(changed->fingerprint(), first) << "the content of a pseudopotential";
}

TEST_F(AbinitDriver, files_are_checked_before_a_launch) {
    const auto here =
        driver({{"command", {"/no/abinit"}}, {"pseudopotentials", {{"P", "Si.psp8"}, {"O", "no"}}}});
    const auto problems = here->check({14, 15, 8, 7});
    ASSERT_EQ(problems.size(), 4u);
    EXPECT_THAT(problems[0], HasSubstr("program '/no/abinit' was not found"));
    EXPECT_THAT(problems[1], HasSubstr("is for Si, not P"));
    EXPECT_THAT(problems[2], HasSubstr("pseudopotential of O: reading"));
    EXPECT_THAT(problems[3], HasSubstr("no pseudopotential for N"));
    const auto problem_of = [&](const std::string& text) {
        std::ofstream(folder_ / "other") << text;
        const auto found =
            driver({{"command", {"/bin/sh"}}, {"pseudopotentials", {{"Si", "other"}}}})->check({14});
        return found.empty() ? "" : found[0];
    };
    EXPECT_THAT(problem_of("<UPF version=\"2.0.1\"><PP_HEADER element=\"Si\"/></UPF>"),
                HasSubstr("is UPF version 2 (ABINIT does not read it)"));
    EXPECT_THAT(problem_of("nothing\nof\nthe kind\n"), HasSubstr("is in no format of ABINIT"));
    EXPECT_EQ(problem_of("<paw_dataset><atom symbol=\"Si\" Z=\"14\" valence=\"4\"/></paw_dataset>"), "");
    EXPECT_THAT(problem_of("<paw_dataset><atom symbol=\"Si\" Z=\"14\" valence=\"4\"/>"),
                HasSubstr("cut off"));
    const std::string upf = "<PP_HEADER>\n Si Element\n 4.000 Z valence\n</PP_HEADER>\n";
    EXPECT_EQ(problem_of(upf + "</PP_RHOATOM>"), "");
    EXPECT_THAT(problem_of(upf), HasSubstr("cut off"));
}

TEST_F(AbinitDriver, what_lies_in_the_request_is_known_before) {
    LabelRequest request = test::abinit_request();
    EXPECT_EQ(problem(request, {{"smearing", "none"}}), "");
    request.charge = 1.0;
    EXPECT_EQ(problem(request, {{"smearing", "none"}}),
              "charge: 7 electrons cannot be paired without smearing");
    EXPECT_EQ(problem(request), "") << "smearing takes half electrons";
    EXPECT_EQ(problem(request, {{"smearing", "none"}, {"spin_polarised", true}}), "");
    request.multiplicity = 3;
    EXPECT_THAT(problem(request, {{"smearing", "none"}}),
                HasSubstr("multiplicity 3 does not fit 7 electrons"));
    request.multiplicity = 2;
    EXPECT_EQ(problem(request, {{"smearing", "none"}}), "");
    request.charge = 8.0;
    EXPECT_THAT(problem(request), HasSubstr("no electrons are left"));
    request.structure.atomic_numbers[0] = 8;
    EXPECT_THAT(problem(request), HasSubstr("missing_file: no pseudopotential for O"));
}

TEST_F(AbinitDriver, input_has_types_by_element_and_atoms_in_their_order) {
    LabelRequest request = test::abinit_request();
    request.structure.atomic_numbers = {15, 14};
    const std::string text = input(Json::object(), request);
    EXPECT_THAT(text, HasSubstr("pseudos \"Si.psp8, P.psp8\"\n"));
    EXPECT_THAT(text, HasSubstr("ntypat 2\nznucl 14 15\ntypat\n 2\n 1\nacell 1.0 1.0 1.0\n"));
    EXPECT_THAT(text, HasSubstr("ngkpt 2 2 2\n"));
    // 9 electrons fill 5 bands: a fifth more, and 4.
    EXPECT_THAT(text, HasSubstr("occopt 4\ntsmear 5e-03\nnband 10\nnsppol 1\n"));
    EXPECT_THAT(text, HasSubstr("optstress 1\n"));
    EXPECT_THAT(text, HasSubstr("xcart\n 5.669178373877311e-02 1.8897261246257704e-02"));
    EXPECT_THAT(text, Not(HasSubstr("cellcharge")));
    request.want_stress = false;
    EXPECT_THAT(input(Json::object(), request), HasSubstr("optstress 0\n"));
}

TEST_F(AbinitDriver, input_says_spin_charge_smearing_and_changes) {
    LabelRequest request = test::abinit_request();
    request.charge = -1.0;
    request.multiplicity = 2;
    EXPECT_THAT(
        input({{"smearing", "none"}}, request),
        ::testing::AllOf(HasSubstr("occopt 1\nnband 5\nnsppol 2\nspinmagntarget 1\ncellcharge -1e+00\n"),
                         Not(HasSubstr("tsmear"))));
    EXPECT_THAT(input({{"spin_polarised", true}, {"initial_moments", {{"Si", 1.5}}}}),
                HasSubstr("nsppol 2\nspinat\n 0.0 0.0 1.5e+00\n 0.0 0.0 1.5e+00\n"));
    EXPECT_THAT(input({{"input", {{"diemix", 0.5}, {"nband", 12}, {"ngfft", {30, 30, 30}}}}},
                      test::abinit_request(), {{"diemix", 0.25}}),
                ::testing::AllOf(HasSubstr("\ndiemix 2.5e-01\n"), HasSubstr("\nngfft 30 30 30\n"),
                                 HasSubstr("\nnband 12\n"), Not(HasSubstr("nband 9"))));
}

// The volume of a parallelepiped with its vectors turned round has the other sign.
TEST_F(AbinitDriver, left_handed_cells_are_written_right_handed) {
    LabelRequest request = test::abinit_request();
    const std::string one = input(Json::object(), request);
    std::swap(request.structure.cell[0], request.structure.cell[1]);
    const std::string other = input(Json::object(), request);
    EXPECT_NE(one.find("rprim\n 0e+00 5.1022"), std::string::npos);
    EXPECT_THAT(other, HasSubstr("rprim\n -5.14005505898"));
}

TEST_F(AbinitDriver, mesh_follows_the_spacing) {
    LabelRequest request = test::abinit_request();
    request.structure.cell = {{{2.0, 0, 0}, {0, 4.0, 0}, {0, 0, 30.0}}};
    // 2 pi / 2 = 3.14, 2 pi / 4 = 1.57, 2 pi / 30 = 0.21 by 0.5.
    EXPECT_THAT(input({{"kpoints", nullptr}, {"kspacing_per_A", 0.5}}, request), HasSubstr("ngkpt 7 4 1\n"));
}

TEST_F(AbinitDriver, job_runs_abinit_with_a_limit_of_its_own) {
    const LabelJob job = driver()->prepare(test::abinit_request(), {}, folder_.path(), 3725.9);
    EXPECT_THAT(job.argv, ::testing::ElementsAre("abinit", "fb.abi", "--timelimit", "1:02:05"));
    EXPECT_EQ(job.stdout_file, folder_ / "log");
    EXPECT_EQ(job.environment.at("OMP_NUM_THREADS"), "1");
    EXPECT_TRUE(driver()->request_stop(folder_.path()));
    EXPECT_EQ(read_file(folder_ / "abinit.exit"), "exit\n");
}

TEST_F(AbinitDriver, remedies_end_and_change_no_physics) {
    const auto here = driver();
    LabelAttempt attempt;
    const LabelFailure failure{FailureKind::scf_not_converged, ""};
    int rungs = 0;
    for (auto next = here->remedy(attempt, failure); next; next = here->remedy(attempt, failure)) {
        ASSERT_LT(++rungs, 5);
        EXPECT_EQ(driver({{"input", *next}})->fingerprint(), here->fingerprint()) << *next;
        attempt.changes = *next;
    }
    EXPECT_EQ(rungs, 2);
    EXPECT_FALSE(here->remedy({}, {FailureKind::bad_config, ""}).has_value());
    EXPECT_EQ(here->spoiled(), Json({{"nstep", 1}}));
}

}  // namespace
}  // namespace fibonaqi::abinit
