// Configurations of the template driver that are wrong: one sentence each, with the key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "tests/support/template_runs.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class TemplateOptions : public ::testing::Test {
  protected:
    // What is said of the small configuration with `value` in this place.
    std::string said(const std::string& pointer, const Json& value) {
        Json config = test::small_template(folder_);
        config[Json::json_pointer(pointer)] = value;
        return test::message_of<ConfigError>([&] { test::make_template(folder_, config); });
    }
    test::TemporaryFolder folder_;
};

TEST_F(TemplateOptions, a_small_configuration_is_taken) {
    const Json config = test::small_template(folder_);
    const auto driver = test::make_template(folder_, config);
    EXPECT_EQ(driver->name(), "small");
    EXPECT_EQ(make_driver(driver->configuration(), "/elsewhere")->fingerprint(), driver->fingerprint());
    EXPECT_THAT(said("/elments", Json::object()),
                HasSubstr("driver.elments: unknown key; did you mean 'elements'?"));
}

TEST_F(TemplateOptions, unit_and_sign_have_no_default) {
    EXPECT_THAT(said("/energy", {{"file", "stdout"}, {"regex", "(E)"}}),
                HasSubstr("driver.energy: 'unit' is missing"));
    EXPECT_THAT(
        said("/forces", {{"file", "stdout"}, {"after", "F"}, {"columns", {1}}, {"unit", "eV/angstrom"}}),
        HasSubstr("driver.forces: 'sign' is missing"));
    EXPECT_THAT(said("/forces/unit", "eV"), HasSubstr("driver.forces.unit: is \"eV\" (unknown)"));
    EXPECT_THAT(said("/forces/unit", "hartree/Bohr"), HasSubstr("did you mean 'hartree/bohr'?"));
    EXPECT_THAT(said("/forces/sign", 0), HasSubstr("driver.forces.sign: is 0"));
    EXPECT_THAT(said("/forces/sign", 2), HasSubstr("driver.forces.sign: is 2"));
}

TEST_F(TemplateOptions, no_label_without_proof) {
    EXPECT_THAT(said("/success", Json::object()),
                HasSubstr("driver.success: has no text under \"contains\""));
    EXPECT_THAT(said("/success/stdout", {{"absent", {"x"}}}), HasSubstr("has no text under \"contains\""));
    EXPECT_THAT(said("/success/stdout", {{"contain", {"x"}}}), HasSubstr("did you mean 'contains'?"));
    EXPECT_THAT(said("/success/stdout/contains", ""), HasSubstr("is no list"));
    EXPECT_THAT(said("/success/stdout/contains", {""}), HasSubstr("(a text is expected)"));
}

TEST_F(TemplateOptions, files_stay_inside_the_attempt_directory) {
    for (const char* name : {"../out", "/etc/passwd", "a/../../b", "", "folder/", "./x"}) {
        EXPECT_THAT(said("/energy/file", name), HasSubstr("is no file inside the attempt directory")) << name;
        EXPECT_THAT(said("/stdout", name), HasSubstr("is no file inside the attempt directory")) << name;
        EXPECT_THAT(said("/scratch", {name}), HasSubstr("is no file inside the attempt directory")) << name;
        Json files;
        files[name] = {{"from", "in.tpl"}};
        EXPECT_THAT(said("/files", files), HasSubstr("is no file inside the attempt directory")) << name;
    }
    EXPECT_THAT(said("/files/stdout", {{"from", "in.tpl"}}), HasSubstr("choose another name"));
}

TEST_F(TemplateOptions, a_file_comes_from_one_place) {
    EXPECT_THAT(said("/files/b", Json::object()), HasSubstr("driver.files.b: must have one key"));
    EXPECT_THAT(said("/files/b", {{"from", "in.tpl"}, {"copy", "x"}}), HasSubstr("must have one key"));
    EXPECT_THAT(said("/files/b", {{"from", "nowhere.tpl"}}), HasSubstr("nowhere.tpl"));
    EXPECT_THAT(said("/files/b", {{"join", "potcar"}}), HasSubstr("joins files of an empty table"));
}

TEST_F(TemplateOptions, numbers_stand_in_one_place) {
    EXPECT_THAT(said("/energy/after", "E"),
                HasSubstr("driver.energy: must say where the numbers stand in one way"));
    EXPECT_THAT(said("/energy/regex", ""), HasSubstr("in one way"));
    EXPECT_THAT(said("/energy/regex", "("), HasSubstr("driver.energy.regex: '(' is no regular expression"));
    EXPECT_THAT(said("/energy/regex", "E ="), HasSubstr("has no group"));
    EXPECT_THAT(said("/forces/columns", {1, 2}), HasSubstr("driver.forces.columns: names 2 columns"));
    EXPECT_THAT(said("/forces/columns", {0, 1, 2}), HasSubstr("driver.forces.columns.0: is 0"));
    EXPECT_THAT(said("/energy", {{"file", "a"}, {"pointer", "b"}, {"unit", "eV"}}),
                HasSubstr("is no JSON pointer"));
}

TEST_F(TemplateOptions, stress_names_each_component_once) {
    Json stress{{"file", "a"}, {"after", "S"}, {"columns", {1, 2, 3}}, {"unit", "GPa"}, {"sign", -1}};
    stress["order"] = {"xx", "yy", "zz", "xy", "yz", "zy"};
    EXPECT_THAT(said("/stress", stress), HasSubstr("driver.stress.order: does not name each component once"));
    stress["order"] = {"xx", "yy", "zz", "xy", "yz", "xz"};
    EXPECT_EQ(said("/stress", stress), "");
    stress.erase("order");
    EXPECT_THAT(said("/stress", stress), HasSubstr("'order' is missing"));
}

TEST_F(TemplateOptions, remedies_touch_numerical_variables_only) {
    Json config = test::small_template(folder_);
    config["variables"] = {{"steps", 50}, {"cutoff", 400}};
    config["numerical"] = {"steps"};
    const auto said_of = [&](const char* key, const Json& value) {
        Json changed = config;
        changed[key] = value;
        return test::message_of<ConfigError>([&] { test::make_template(folder_, changed); });
    };
    EXPECT_EQ(said_of("remedies", {{"scf_not_converged", {{{"steps", 100}}}}}), "");
    EXPECT_THAT(said_of("remedies", {{"scf_not_converged", {{{"cutoff", 300}}}}}),
                HasSubstr("not listed under driver.numerical"));
    EXPECT_THAT(said_of("remedies", {{"scf_not_converged", {{{"stepps", 300}}}}}),
                HasSubstr("did you mean 'steps'?"));
    EXPECT_THAT(said_of("remedies", {{"scf_not_convergd", {{{"steps", 1}}}}}),
                HasSubstr("did you mean 'scf_not_converged'?"));
    EXPECT_THAT(said_of("remedies", {{"charge", {{"steps", 1}}}}), HasSubstr("driver.remedies.charge"));
    EXPECT_THAT(said_of("spoil", {{"cutoff", 1}}), HasSubstr("driver.spoil: variable 'cutoff'"));
    EXPECT_THAT(said_of("numerical", {"step"}), HasSubstr("driver.numerical: variable 'step'"));
    EXPECT_THAT(said_of("variables", {{"steps", true}}), HasSubstr("neither a text nor a number"));
}

TEST_F(TemplateOptions, failures_have_known_kinds) {
    EXPECT_THAT(said("/failures", {{"stdout", {{"x", "scf"}}}}),
                HasSubstr("failure kind 'scf' is not known"));
    EXPECT_THAT(said("/failures", {{"stdout", {{"[", "unknown"}}}}), HasSubstr("is no regular expression"));
}

TEST_F(TemplateOptions, every_element_has_all_columns) {
    EXPECT_THAT(said("/elements", {{"Si", {{"basis", "a"}}}, {"O", Json::object()}}),
                HasSubstr("driver.elements.O: has no 'basis'"));
    EXPECT_THAT(said("/elements", {{"Sj", Json::object()}}), HasSubstr("driver.elements"));
}

TEST_F(TemplateOptions, a_wrong_text_is_named_with_its_line) {
    Json config = test::small_template(folder_, "one\n{{#atoms}}{{symbl}}{{/atoms}}\n");
    const std::string message = test::message_of<ConfigError>([&] { test::make_template(folder_, config); });
    EXPECT_THAT(message, HasSubstr((folder_ / "in.tpl").string() + ":2: placeholder 'symbl' is not known"));
}

}  // namespace
}  // namespace fibonaqi
