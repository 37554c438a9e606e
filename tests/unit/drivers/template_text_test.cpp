// Texts with placeholders: what they become, and what is refused.
#include "dft_drivers/template/template_text.hpp"

#include <clocale>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/template_runs.hpp"

namespace fibonaqi::text_template {
namespace {

using ::testing::HasSubstr;

LabelRequest water() {
    LabelRequest request;
    request.structure.atomic_numbers = {1, 8, 1};
    request.structure.positions = {{0.25, -1.5, 1e-9}, {1.0, 2.0, 3.0}, {0.1, 0.2, 0.3}};
    request.structure.cell = {{{10.0, 1.25, 0.0}, {0.0, 11.0, 0.0}, {0.0, 0.0, 12.0}}};
    request.charge = -1.0;
    return request;
}

const TemplateNames names{{"steps", "basis"}, {"basis"}};

std::string rendered(const std::string& text, LabelRequest request = water()) {
    const TemplateValues values{request,
                                2,
                                {0, 1, 2},
                                {1, 8},
                                {{"steps", 40}, {"basis", "svp"}},
                                Json::parse(R"({"H": {"basis": "small"}, "O": {"basis": "large"}})")};
    return TemplateText(text, "in.tpl", names).render(values);
}

std::string refusal(const std::string& text) {
    return test::message_of<ConfigError>([&] { TemplateText(text, "in.tpl", names); });
}

TEST(TemplateText, puts_values_in_the_place_of_names) {
    EXPECT_EQ(rendered("{{natoms}} {{nspecies}} {{charge}} {{multiplicity}} {{unpaired}}"), "3 2 -1 2 1");
    EXPECT_EQ(rendered("steps={{ var.steps }}, {{var.basis}}"), "steps=40, svp");
    EXPECT_EQ(rendered("{{cell.0.1}} {{cell.2.2|.3f}}"), "1.25 12.000");
    EXPECT_EQ(rendered("nothing {here} }} at all"), "nothing {here} }} at all");
}

TEST(TemplateText, goes_through_atoms_and_species) {
    EXPECT_EQ(rendered("{{#atoms}}{{index}}{{symbol}}{{number}}{{species}};{{/atoms}}"), "1H11;2O82;3H11;");
    EXPECT_EQ(rendered("{{#species}}{{index}}{{symbol}}x{{count}} {{element.basis}} {{/species}}"),
              "1Hx2 small 2Ox1 large ");
    EXPECT_EQ(rendered("{{#atoms}}{{x}} {{y|.2f}} {{z|8.1e}}|{{/atoms}}"),
              "0.25 -1.50  1.0e-09|1 2.00  3.0e+00|0.1 0.20  3.0e-01|");
}

TEST(TemplateText, takes_lines_away_that_hold_only_a_section_bracket) {
    EXPECT_EQ(rendered("begin\n  {{#atoms}}\n{{symbol}}\n{{/atoms}}  \nend\n"), "begin\nH\nO\nH\nend\n");
    EXPECT_EQ(rendered("{{#species}}\n{{symbol}}\n{{/species}}"), "H\nO\n");
}

// 1 angstrom = 1/0.529177210903 bohr (CODATA 2018).
TEST(TemplateText, converts_lengths) {
    EXPECT_EQ(rendered("{{cell.0.0|bohr|.9f}}"), "18.897261246");
    EXPECT_EQ(rendered("{{#atoms}}{{x|angstrom|.1f}} {{/atoms}}"), "0.2 1.0 0.1 ");
}

TEST(TemplateText, writes_numbers_that_read_back_as_the_same) {
    LabelRequest request = water();
    request.structure.positions[0][0] = 1.0 / 3.0;
    EXPECT_EQ(std::stod(rendered("{{#atoms}}{{x}} {{/atoms}}", request)), 1.0 / 3.0);
}

TEST(TemplateText, does_not_care_for_the_locale) {
    const std::string before = std::setlocale(LC_ALL, nullptr);
    const bool has_commas = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr;
    EXPECT_EQ(rendered("{{cell.0.1|.2f}} {{cell.0.1}}"), "1.25 1.25") << has_commas;
    std::setlocale(LC_ALL, before.c_str());
}

TEST(TemplateText, names_file_and_line_of_what_it_does_not_know) {
    EXPECT_THAT(refusal("a\nb {{natom}}"), HasSubstr("in.tpl:2: placeholder 'natom' is not known; did you "
                                                     "mean 'natoms'?"));
    EXPECT_THAT(refusal("\n\n{{x}}"), HasSubstr("in.tpl:3: placeholder 'x' is not known"));
    EXPECT_THAT(refusal("{{var.step}}"), HasSubstr("did you mean 'var.steps'?"));
    EXPECT_THAT(refusal("{{#atoms}}\n{{count}}{{/atoms}}"),
                HasSubstr("in.tpl:2: placeholder 'count' is not known in section 'atoms'"));
    EXPECT_THAT(refusal("{{#atoms}}{{element.bassis}}{{/atoms}}"), HasSubstr("'element.basis'"));
    EXPECT_THAT(refusal("{{#atom}}{{/atom}}"), HasSubstr("section 'atom' is not known"));
    EXPECT_THAT(refusal("{{cell.3.0}}"), HasSubstr("'cell.3.0' is not known"));
}

TEST(TemplateText, refuses_brackets_that_do_not_fit) {
    EXPECT_THAT(refusal("a\n{{#atoms}}\n{{symbol}}"),
                HasSubstr("in.tpl:2: section {{#atoms}} is not closed"));
    EXPECT_THAT(refusal("{{/atoms}}"), HasSubstr("closes nothing"));
    EXPECT_THAT(refusal("{{#atoms}}{{/species}}"), HasSubstr("closes nothing"));
    EXPECT_THAT(refusal("{{#atoms}}{{#species}}{{/species}}{{/atoms}}"), HasSubstr("only one level"));
    EXPECT_THAT(refusal("{{natoms\n}}"), HasSubstr("in.tpl:1: '{{' is not closed on its line"));
}

TEST(TemplateText, refuses_filters_that_make_no_sense) {
    EXPECT_THAT(refusal("{{natoms|bohr}}"), HasSubstr("'natoms' is no length"));
    EXPECT_THAT(refusal("{{cell.0.0|inch}}"), HasSubstr("'inch' is no filter"));
    EXPECT_THAT(refusal("{{cell.0.0|.99f}}"), HasSubstr("is no filter"));
    EXPECT_THAT(refusal("{{#atoms}}{{symbol|.2f}}{{/atoms}}"), HasSubstr("'symbol' is no number"));
}

TEST(TemplateText, writes_no_number_that_is_none) {
    LabelRequest request = water();
    request.charge = 0.5;
    const auto problem = [&](const std::string& text) {
        return test::message_of<DriverError>([&] { rendered(text, request); });
    };
    EXPECT_THAT(problem("{{charge|d}}"), HasSubstr("'charge' is 0.5 (its format d is for whole numbers"));
    request.charge = -std::numeric_limits<double>::infinity();
    EXPECT_THAT(problem("{{charge}}"), HasSubstr("'charge' is not a finite number"));
    request.charge = 1e40;
    EXPECT_THAT(problem("{{charge|.10f}}"), HasSubstr("too large"));
    EXPECT_THAT(problem("{{var.basis|.10f}}"), HasSubstr("'var.basis' is a text"));
}

}  // namespace
}  // namespace fibonaqi::text_template
