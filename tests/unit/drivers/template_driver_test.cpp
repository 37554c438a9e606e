// What a template driver writes and starts, and which settings are part of a label's key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/template_runs.hpp"

namespace fibonaqi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TemplateDriver : public ::testing::Test {
  protected:
    TemplateDriver() {
        config_ = test::small_template(folder_, "{{var.steps}} {{#atoms}}{{symbol}}{{x}} {{/atoms}}\n");
        config_["variables"] = {{"steps", 50}, {"cutoff", 400}, {"ranks", 2}};
        config_["numerical"] = {"steps", "ranks"};
        config_["remedies"] = Json::parse(
            R"({"scf_not_converged": [{"steps": 100}, {"steps": 200}], "diagonalisation": [{"ranks": 1}]})");
        config_["spoil"] = {{"steps", 1}};
        config_["charge"] = true;
    }
    std::string fingerprint() { return test::make_template(folder_, config_)->fingerprint(); }
    test::TemporaryFolder folder_;
    Json config_;
};

TEST_F(TemplateDriver, writes_files_and_never_splits_an_argument) {
    config_["command"] = {"run it", "-n {{var.ranks}}", "{{charge}}; rm -rf /"};
    config_["files"]["deep/copy"] = {{"copy", "in.tpl"}};
    config_["scratch"] = {"wave"};
    const auto driver = test::make_template(folder_, config_);
    make_directories(folder_ / "attempt");
    LabelRequest request = test::vasp_request();
    request.charge = 1.0;
    const LabelJob job = driver->prepare(request, {}, folder_ / "attempt", 0.0);
    EXPECT_THAT(job.argv, ElementsAre("run it", "-n 2", "1; rm -rf /"));
    EXPECT_EQ(read_file(folder_ / "attempt/in"), "50 Si0.1 O3.9 Si2.5 \n");
    EXPECT_EQ(read_file(folder_ / "attempt/deep/copy"), read_file(folder_ / "in.tpl"));
    EXPECT_THAT(job.scratch, ElementsAre(folder_ / "attempt/wave"));
}

TEST_F(TemplateDriver, groups_atoms_by_species_where_the_code_wants_it) {
    config_["atom_order"] = "by_species";
    make_directories(folder_ / "attempt");
    (void)test::make_template(folder_, config_)->prepare(test::vasp_request(), {}, folder_ / "attempt", 0.0);
    EXPECT_EQ(read_file(folder_ / "attempt/in"), "50 Si0.1 Si2.5 O3.9 \n");
}

TEST_F(TemplateDriver, joins_one_file_per_species) {
    write_file_atomically(folder_ / "si", "silicon\n");
    write_file_atomically(folder_ / "o", "oxygen\n");
    config_["elements"] = {{"O", {{"data", "o"}}}, {"Si", {{"data", "si"}}}};
    config_["files"]["POTCAR"] = {{"join", "data"}};
    const auto driver = test::make_template(folder_, config_);
    make_directories(folder_ / "attempt");
    (void)driver->prepare(test::vasp_request(), {}, folder_ / "attempt", 0.0);
    EXPECT_EQ(read_file(folder_ / "attempt/POTCAR"), "silicon\noxygen\n");
    EXPECT_TRUE(driver->check({14, 8}).empty());

    const std::string before = driver->fingerprint();
    EXPECT_THAT(before, Not(HasSubstr(folder_.path().string())));
    write_file_atomically(folder_ / "o", "other oxygen\n");
    EXPECT_NE(driver->fingerprint(), before);
    std::filesystem::remove(folder_ / "o");
    EXPECT_THAT(driver->check({14, 8, 1}), ElementsAre(HasSubstr("o' is not there (driver.elements.O.data)"),
                                                       HasSubstr("no entry for H")));
    EXPECT_THROW(driver->fingerprint(), DriverError);
}

TEST_F(TemplateDriver, the_key_holds_what_decides_the_numbers) {
    const std::string before = fingerprint();
    for (const auto& [pointer, value] :
         std::vector<std::pair<std::string, Json>>{{"/variables/steps", 60},
                                                   {"/variables/ranks", 8},
                                                   {"/command/0", "/usr/bin/true"},
                                                   {"/exit_codes_ok", {0, 1}},
                                                   {"/stdout", "stdout"},
                                                   {"/environment", {{"A", "b"}}},
                                                   {"/spoil/steps", 2}}) {
        Json same = config_;
        same[Json::json_pointer(pointer)] = value;
        EXPECT_EQ(test::make_template(folder_, same)->fingerprint(), before) << pointer;
    }
    for (const auto& [pointer, value] :
         std::vector<std::pair<std::string, Json>>{{"/variables/cutoff", 500},
                                                   {"/name", "other"},
                                                   {"/command/1", "-x"},
                                                   {"/forces/sign", -1},
                                                   {"/energy/unit", "hartree"},
                                                   {"/success/stdout/contains", {"done"}}}) {
        Json other = config_;
        other[Json::json_pointer(pointer)] = value;
        EXPECT_NE(test::make_template(folder_, other)->fingerprint(), before) << pointer;
    }
    write_file_atomically(folder_ / "in.tpl", "{{var.steps}}\n");
    EXPECT_NE(fingerprint(), before) << "the text of a template";
}

TEST_F(TemplateDriver, tries_each_remedy_once) {
    const auto driver = test::make_template(folder_, config_);
    LabelAttempt attempt;
    std::vector<std::string> inputs;
    for (const FailureKind kind :
         {FailureKind::scf_not_converged, FailureKind::diagonalisation, FailureKind::scf_not_converged}) {
        attempt.changes = driver->remedy(attempt, {kind, ""}).value();
        const auto directory = folder_ / ("attempt-" + std::to_string(inputs.size()));
        make_directories(directory);
        (void)driver->prepare(test::vasp_request(), attempt, directory, 0.0);
        inputs.push_back(read_file(directory / "in").substr(0, 4));
    }
    EXPECT_THAT(inputs, ElementsAre("100 ", "100 ", "200 "));
    EXPECT_EQ(driver->remedy(attempt, {FailureKind::scf_not_converged, ""}), std::nullopt);
    EXPECT_EQ(driver->remedy({}, {FailureKind::charge, ""}), std::nullopt);
}

TEST_F(TemplateDriver, spoils_by_a_variable) {
    const auto driver = test::make_template(folder_, config_);
    LabelAttempt attempt;
    attempt.changes = driver->spoiled().value();
    make_directories(folder_ / "attempt");
    (void)driver->prepare(test::vasp_request(), attempt, folder_ / "attempt", 0.0);
    EXPECT_THAT(read_file(folder_ / "attempt/in"), ::testing::StartsWith("1 "));
    config_.erase("spoil");
    EXPECT_EQ(test::make_template(folder_, config_)->spoiled(), std::nullopt);
}

TEST_F(TemplateDriver, says_what_it_takes) {
    config_["elements"] = {{"Si", Json::object()}};
    config_["periodicity"] = {"none"};
    const auto driver = test::make_template(folder_, config_);
    EXPECT_TRUE(driver->capabilities().isolated);
    EXPECT_FALSE(driver->capabilities().fully_periodic);
    EXPECT_TRUE(driver->capabilities().charge);
    EXPECT_FALSE(driver->capabilities().stress);
    EXPECT_EQ(driver->problem_with(test::vasp_request()).value().evidence,
              "no entry for O in driver.elements");
    LabelRequest silicon = test::vasp_request();
    silicon.structure.atomic_numbers = {14, 14, 14};
    EXPECT_EQ(driver->problem_with(silicon), std::nullopt);
    silicon.multiplicity = 2;
    EXPECT_EQ(driver->problem_with(silicon).value().kind, FailureKind::charge);
    config_["command"] = {"no-such-program"};
    EXPECT_THAT(test::make_template(folder_, config_)->check({14}),
                ElementsAre(HasSubstr("program 'no-such-program' was not found")));
}

}  // namespace
}  // namespace fibonaqi
