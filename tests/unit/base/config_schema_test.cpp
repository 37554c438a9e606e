// A schema with one key of each kind, and files that are wrong in every way.
#include "fibonaqi/base/config_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibonaqi {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const ConfigSchema& schema() {
    using namespace config;
    static const ConfigSchema example(
        "a walk",
        {text("name", nullptr, "name of the walk").required(), section("md", "molecular dynamics"),
         number("md.timestep_fs", 1, "time step [fs]").between(0.01, 20),
         integer("md.steps", 100, "number of steps").at_least(1),
         text("md.ensemble", "nvt", "ensemble").one_of({"nvt", "npt"}),
         flag("md.quiet", false, "say nothing"),
         list(ConfigKind::numbers, "md.temperatures_K", nullptr, "temperatures [K]")
             .above(0)
             .items(1)
             .required(),
         optional_section("lattice", "a crystal"), number("lattice.a_A", nullptr, "constant").required(),
         object("driver", Json::object(), "settings of others")});
    return example;
}

std::vector<ConfigProblem> problems(const std::string& text) {
    return schema().check(parse_json(text, "test")).problems;
}

std::string only_message(const std::string& text) {
    const auto found = problems(text);
    return found.size() == 1 ? found[0].message : std::to_string(found.size()) + " problems";
}

TEST(ConfigSchema, fills_defaults_and_keeps_what_is_given) {
    const CheckedConfig checked =
        schema().check(parse_json(R"({"name": "x", "md": {"temperatures_K": [300], "steps": 7}})", "test"));
    EXPECT_THAT(checked.problems, IsEmpty());
    EXPECT_EQ(checked.values["md"]["steps"], 7);
    EXPECT_EQ(checked.values["md"]["ensemble"], "nvt");
    EXPECT_EQ(checked.values["md"]["quiet"], false);
    EXPECT_TRUE(checked.values["lattice"].is_null()) << "an optional section that was left out";
    EXPECT_EQ(schema().check(checked.values).values, checked.values) << "checking twice changes nothing";
}

TEST(ConfigSchema, takes_the_path_of_a_file_for_an_object_where_the_row_says_so) {
    const ConfigSchema code("a code", {config::object("code", nullptr, "settings").or_file(),
                                       config::object("plain", nullptr, "settings")});
    const CheckedConfig checked = code.check({{"code", "qe.json"}, {"plain", "qe.json"}});
    EXPECT_EQ(checked.values["code"], "qe.json");
    ASSERT_THAT(checked.problems, SizeIs(1));
    EXPECT_EQ(checked.problems[0].pointer, "/plain");
    EXPECT_THAT(code.check({{"code", 5}}).problems[0].message, HasSubstr("in quotes the path of a file"));
    EXPECT_EQ(code.json_schema()["properties"]["code"]["type"], (Json{"object", "string"}));
    EXPECT_EQ(code.json_schema()["properties"]["plain"]["type"], "object");
}

TEST(ConfigSchema, names_the_nearest_key) {
    EXPECT_THAT(only_message(R"({"name": "x", "md": {"temperatures_K": [300], "stps": 7}})"),
                AllOf(HasSubstr("unknown key"), HasSubstr("did you mean 'steps'?")));
    EXPECT_THAT(only_message(R"({"name": "x", "ensemble": "nvt", "md": {"temperatures_K": [300]}})"),
                AllOf(HasSubstr("another section"), HasSubstr("'md.ensemble'")));
}

TEST(ConfigSchema, converts_a_value_whose_unit_is_wrong) {
    EXPECT_EQ(only_message(R"({"name": "x", "md": {"temperatures_K": [300], "timestep_ps": 0.002}})"),
              "unknown key (its unit is fs, not ps) did you mean 'timestep_fs'? 0.002 ps = 2 fs");
    EXPECT_THAT(only_message(R"({"name": "x", "md": {"temperatures_K": [300], "timestep": 2}})"),
                HasSubstr("the unit fs belongs to the name"));
}

TEST(ConfigSchema, says_which_type_is_expected) {
    EXPECT_THAT(only_message(R"({"name": 3, "md": {"temperatures_K": [300]}})"),
                HasSubstr("is 3 (a text in quotes is expected)"));
    EXPECT_THAT(only_message(R"({"name": "x", "md": {"temperatures_K": [300], "steps": "10"}})"),
                HasSubstr("write it without quotes"));
    EXPECT_THAT(only_message(R"({"name": "x", "md": {"temperatures_K": 300}})"), HasSubstr("write [300]"));
    EXPECT_THAT(only_message(R"({"name": "x", "md": {"temperatures_K": [300, "hot"]}})"),
                HasSubstr("a number is expected"));
    EXPECT_THAT(only_message("[1]"), HasSubstr("an object {...} is expected"));
}

TEST(ConfigSchema, holds_ranges_choices_and_lengths) {
    EXPECT_THAT(only_message(R"({"name": "x", "md": {"temperatures_K": [300], "timestep_fs": 21}})"),
                HasSubstr("allowed: 0.01 to 20"));
    EXPECT_THAT(only_message(R"({"name": "x", "md": {"temperatures_K": [0]}})"),
                HasSubstr("allowed: above 0"));
    EXPECT_THAT(only_message(R"({"name": "x", "md": {"temperatures_K": []}})"), HasSubstr("at least 1"));
    EXPECT_THAT(only_message(R"({"name": "x", "md": {"temperatures_K": [1], "ensemble": "nvtt"}})"),
                HasSubstr("did you mean 'nvt'?"));
}

TEST(ConfigSchema, wants_keys_of_an_optional_section_only_when_it_is_there) {
    EXPECT_THAT(problems(R"({"name": "x", "md": {"temperatures_K": [1]}})"), IsEmpty());
    EXPECT_THAT(only_message(R"({"name": "x", "md": {"temperatures_K": [1]}, "lattice": {}})"),
                HasSubstr("'a_A' is missing"));
}

TEST(ConfigSchema, lists_every_problem_with_its_line_in_the_order_of_lines) {
    const std::string text =
        "{\n"
        "  // a comment\n"
        "  \"name\": 5,\n"
        "  \"md\": {\n"
        "    \"steps\": 0,\n"
        "    \"stps\": 1\n"
        "  },\n"
        "  \"lattice\": {}\n"
        "}\n";
    const auto found = problems(text);
    ASSERT_THAT(found, SizeIs(5));
    EXPECT_THAT(describe(found, text, "a.json"),
                ::testing::MatchesRegex("a.json:3: name: is 5 [^\n]*\n"
                                        "a.json:4: md: 'temperatures_K' is missing [^\n]*\n"
                                        "a.json:5: md.steps: is 0 [^\n]*\n"
                                        "a.json:6: md.stps: unknown key[^\n]*\n"
                                        "a.json:8: lattice: 'a_A' is missing [^\n]*"));
}

// A key that is missing has no line of its own: that of the nearest section around it that is there helps.
TEST(ConfigSchema, gives_a_missing_key_the_line_of_the_section_around_it) {
    const std::string text = "{\n\n  \"md\": {}}\n";
    EXPECT_EQ(describe({{"/md/temperatures_K/3", "is missing"}}, text, "f"),
              "f:3: md.temperatures_K[3]: is missing");
    EXPECT_EQ(describe({{"/nowhere/at/all", "is missing"}}, text, "f"), "f:1: nowhere.at.all: is missing");
    EXPECT_EQ(describe({{"", "is bad"}}, text, "f"), "f:1: is bad");
    EXPECT_EQ(describe({{"/md", "is bad"}}, "", "f"), "f: md: is bad") << "without a text there are no lines";
}

TEST(ConfigSchema, writes_an_example_that_it_accepts) {
    const Json values{{"name", "x"}, {"md", {{"temperatures_K", {300, 600}}}}};
    const std::string text = schema().example(values);
    EXPECT_THAT(text, AllOf(HasSubstr("// time step [fs] (default 1)"), HasSubstr("; one of nvt, npt")));
    EXPECT_THAT(text, HasSubstr("  // a crystal\n  // \"lattice\": {...}\n")) << "shown, though not given";
    const CheckedConfig checked = schema().check(parse_json(text, "example"));
    EXPECT_THAT(checked.problems, IsEmpty());
    EXPECT_EQ(checked.values["md"]["temperatures_K"], Json({300, 600}));
}

TEST(ConfigSchema, breaks_long_values_into_lines_and_leaves_short_ones_whole) {
    const Json values{{"name", "x"},
                      {"md", {{"temperatures_K", {1}}}},
                      {"driver", {{"command", {"mpirun", "-np", "4"}}, {"why", std::string(60, 'x')}}}};
    const std::string text = schema().example(values);
    EXPECT_THAT(text,
                HasSubstr("\n  \"driver\": {\n    \"command\": [\"mpirun\",\"-np\",\"4\"],\n    \"why\": "));
    EXPECT_EQ(schema().check(parse_json(text, "example")).values["driver"], values["driver"]);
}

TEST(ConfigSchema, describes_itself_to_editors) {
    const Json description = schema().json_schema();
    EXPECT_EQ(description["properties"]["md"]["properties"]["ensemble"]["enum"], Json({"nvt", "npt"}));
    EXPECT_EQ(description["properties"]["md"]["required"], Json({"temperatures_K"}));
    EXPECT_EQ(description["additionalProperties"], false);
}

}  // namespace
}  // namespace fibonaqi
