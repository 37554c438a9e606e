// Configuration, input and remedies of the driver of xtb.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "tests/support/template_runs.hpp"
#include "tests/support/xtb_outputs.hpp"

namespace fibonaqi::xtb {
namespace {

using test::xtb_driver;
using test::xtb_water;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string refusal_of(const Json& config) {
    return test::message_of<ConfigError>([&] { xtb_driver(config); });
}

std::string problem_with(const LabelRequest& request, const Json& config = Json::object()) {
    const auto failure = xtb_driver(config)->problem_with(request);
    return failure ? to_string(failure->kind) + ": " + failure->evidence : "";
}

TEST(XtbDriver, is_one_of_the_list_and_survives_its_own_configuration) {
    const auto driver = make_driver({{"type", "xtb"}, {"command", {"bin/xtb"}}, {"method", "gfn1"}}, "/opt");
    EXPECT_EQ(driver->configuration().at("command"), (Json{"/opt/bin/xtb"}));
    const auto again = make_driver(driver->configuration(), "/elsewhere");
    EXPECT_EQ(again->configuration(), driver->configuration());
    EXPECT_EQ(again->fingerprint(), driver->fingerprint());
}

TEST(XtbDriver, wrong_keys_are_told_by_name) {
    EXPECT_THAT(refusal_of({{"method", "gfn7"}}), HasSubstr("driver.method"));
    EXPECT_THAT(refusal_of({{"accuracy", 0}}), HasSubstr("driver.accuracy"));
    EXPECT_THAT(refusal_of({{"iterations", 0}}), HasSubstr("driver.iterations"));
    EXPECT_THAT(refusal_of({{"multiplicity", 0}}), HasSubstr("driver.multiplicity"));
    EXPECT_THAT(refusal_of({{"acuracy", 1}}), HasSubstr("accuracy"));
    EXPECT_THAT(refusal_of({{"environment", {{"XTBPATH", "/my"}}}}), HasSubstr("driver.environment.XTBPATH"));
}

TEST(XtbDriver, check_finds_a_missing_program_and_elements_without_parameters) {
    EXPECT_THAT(xtb_driver({{"command", {"/bin/sh"}}})->check({1, 86}), IsEmpty());
    EXPECT_THAT(
        xtb_driver({{"command", {"no-such-xtb"}}})->check({92}),
        ElementsAre(HasSubstr("program 'no-such-xtb' was not found"), HasSubstr("no parameters for U")));
}

TEST(XtbDriver, fingerprint_follows_the_physics_and_nothing_else) {
    const std::string usual = xtb_driver()->fingerprint();
    EXPECT_EQ(xtb_driver({{"command", {"/opt/xtb"}}})->fingerprint(), usual);
    EXPECT_EQ(xtb_driver({{"iterations", 1000}})->fingerprint(), usual);
    EXPECT_EQ(xtb_driver({{"environment", {{"OMP_NUM_THREADS", "4"}}}})->fingerprint(), usual);
    EXPECT_NE(xtb_driver({{"method", "gfn1"}})->fingerprint(), usual);
    EXPECT_NE(xtb_driver({{"accuracy", 1}})->fingerprint(), usual);
    EXPECT_NE(xtb_driver({{"multiplicity", 3}})->fingerprint(), usual);
    EXPECT_EQ(xtb_driver({{"accuracy", 1}})->fingerprint(), xtb_driver({{"accuracy", 1.0}})->fingerprint());
}

// xtb itself would compute all of these, with charge or spin as it likes.
TEST(XtbDriver, charge_and_multiplicity_must_fit_the_electrons) {
    LabelRequest request = xtb_water();
    EXPECT_EQ(problem_with(request), "");
    request.charge = 1.0;
    EXPECT_THAT(problem_with(request), HasSubstr("charge: multiplicity 1 with 9 electrons"));
    EXPECT_EQ(problem_with(request, {{"multiplicity", 2}}), "");
    request.multiplicity = 2;
    EXPECT_EQ(problem_with(request), "");
    request.multiplicity = 3;
    EXPECT_THAT(problem_with(request), HasSubstr("charge: multiplicity 3 with 9 electrons"));
    request = xtb_water();
    request.charge = 0.5;
    EXPECT_EQ(problem_with(request), "charge: charge 0.5 is no whole number");
    request.charge = 12.0;
    EXPECT_THAT(problem_with(request), HasSubstr("-2 electrons"));
}

// xtb 6.5.1 says "# electrons 24" for CeF3: 3 of cerium, 7 of each fluorine.
TEST(XtbDriver, lanthanides_have_three_valence_electrons) {
    LabelRequest request;
    request.structure.atomic_numbers = {58, 9, 9, 9};
    request.structure.positions = {{0, 0, 0}, {0, 2, 0}, {1.8, -1, 0.1}, {-1.8, -1, 0.1}};
    EXPECT_EQ(problem_with(request), "");
    request.structure.atomic_numbers[0] = 72;
    EXPECT_THAT(problem_with(request), HasSubstr("multiplicity 1"));
}

TEST(XtbDriver, refuses_what_the_program_cannot_take) {
    LabelRequest request = xtb_water();
    request.structure.atomic_numbers[0] = 92;
    EXPECT_EQ(problem_with(request), "bad_config: xtb has no parameters for U");
    request = xtb_water();
    request.structure.positions[2][1] = -501.0;
    EXPECT_THAT(problem_with(request), HasSubstr("bad_geometry: an atom is more than 500 A away"));
    request = xtb_water();
    request.structure.pbc = {true, true, true};
    const test::TemporaryFolder folder;
    EXPECT_THROW(xtb_driver()->prepare(request, {}, folder.path(), 0.0), DriverError);
    EXPECT_FALSE(xtb_driver()->capabilities().fully_periodic);
    EXPECT_FALSE(xtb_driver()->capabilities().stress);
    EXPECT_TRUE(xtb_driver()->capabilities().isolated);
}

TEST(XtbDriver, writes_the_molecule_and_names_everything_in_the_command) {
    const test::TemporaryFolder folder;
    LabelRequest request = xtb_water();
    request.charge = -1.0;
    request.multiplicity = 2;
    LabelAttempt attempt;
    attempt.changes = Json{{"iterations", 1000}};
    const LabelJob job = xtb_driver({{"method", "gfn1"}, {"accuracy", 0.01}, {"environment", {{"MY", "1"}}}})
                             ->prepare(request, attempt, folder.path(), 60.0);
    EXPECT_THAT(job.argv, ElementsAre("xtb", "s.xyz", "--gfn", "1", "--grad", "--norestart", "--chrg", "-1",
                                      "--uhf", "1", "--acc", "0.01", "--iterations", "1000"));
    EXPECT_EQ(read_file(folder / "s.xyz"),
              "3\n\nO 0.02000000000000 -0.01000000000000 0.03000000000000\n"
              "H 0.79000000000000 0.60000000000000 -0.02000000000000\n"
              "H -0.74000000000000 0.55000000000000 0.05000000000000\n");
    EXPECT_EQ(job.environment.at("OMP_NUM_THREADS"), "1");
    EXPECT_EQ(job.environment.at("XTBPATH"), folder.path().string()) << "no settings of the user's home";
    EXPECT_EQ(job.environment.at("MY"), "1");
}

TEST(XtbDriver, the_remedy_is_more_iterations_once) {
    const auto driver = xtb_driver({{"iterations", 100}});
    LabelAttempt attempt;
    EXPECT_EQ(driver->remedy(attempt, {FailureKind::bad_geometry, ""}), std::nullopt);
    attempt.changes = driver->remedy(attempt, {FailureKind::scf_not_converged, ""}).value();
    EXPECT_EQ(attempt.changes, (Json{{"iterations", 400}}));
    EXPECT_EQ(driver->remedy(attempt, {FailureKind::scf_not_converged, ""}), std::nullopt);
    EXPECT_EQ(driver->spoiled(), (Json{{"iterations", 1}}));
}

}  // namespace
}  // namespace fibonaqi::xtb
