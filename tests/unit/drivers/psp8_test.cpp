// psp8 files and the UPF that is made of them, on a made-up element.
#include "dft_drivers/pseudo/psp8.hpp"

#include <fstream>
#include <numeric>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

#include "dft_drivers/pseudo/upf_writer.hpp"
#include "tests/support/pseudo_files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::pseudo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Psp8 : public ::testing::Test {
  protected:
    RadialTable read(const std::string& text) const {
        std::ofstream(folder_ / "Mg.psp8") << text;
        return read_psp8(folder_ / "Mg.psp8");
    }
    std::string refusal(const std::string& text) const {
        try {
            read(text);
            return "accepted";
        } catch (const Error& error) {
            return error.what();
        }
    }
    test::TemporaryFolder folder_;
};

std::vector<double> numbers(const pugi::xml_node& node) {
    std::istringstream text(node.text().get());
    std::vector<double> values;
    for (double value = 0.0; text >> value;) {
        values.push_back(value);
    }
    return values;
}

TEST_F(Psp8, tables_are_read_in_their_units) {
    const RadialTable table = read(test::psp8_text());
    EXPECT_EQ(table.element, "Mg");
    EXPECT_EQ(table.functional, "SLA PW PBX PBC");
    EXPECT_EQ(table.valence, 2.0);
    // 12 points: one less, for Simpson's rule.
    ASSERT_EQ(table.radius.size(), 11u);
    EXPECT_EQ(table.radius[3], 1.5);
    EXPECT_EQ(table.weight[3], 0.5);
    EXPECT_EQ(table.local[3], 2.0 * (-2.0 + 3 * 0.125)) << "rydberg";
    ASSERT_EQ(table.projectors.size(), 3u);
    EXPECT_EQ(table.projectors[1].values[3], 1.75) << "the second column";
    EXPECT_EQ(table.projectors[2].angular_momentum, 1);
    EXPECT_EQ(table.projectors[2].values[3], 1.0 - 3 * 0.125);
    EXPECT_THAT(table.coupling, ElementsAre(3.0, 0, 0, 0, -0.5, 0, 0, 0, 1.0)) << "rydberg";
    EXPECT_NEAR(table.core_density[3], 0.5 / (4.0 * 3.14159265358979), 1.0e-12);
}

TEST_F(Psp8, density_of_the_atom_has_its_electrons_wherever_it_comes_from) {
    test::Psp8Form form;
    form.points = 13;
    RadialTable table = read(test::psp8_text(form));
    EXPECT_EQ(table.radius.size(), 13u);
    EXPECT_NEAR(0.5 * std::accumulate(table.atom_density.begin(), table.atom_density.end(), 0.0), 2.0, 1e-12);
    form = {.points = 121, .pspxc = -1012, .extension = 0, .core_charge = 0.0};
    table = read(test::psp8_text(form));
    EXPECT_EQ(table.functional, "SLA PW NOGX NOGC");
    EXPECT_TRUE(table.core_density.empty());
    EXPECT_NEAR(0.5 * std::accumulate(table.atom_density.begin(), table.atom_density.end(), 0.0), 2.0, 1e-3);
}

TEST_F(Psp8, cut_files_are_refused_at_every_length) {
    const std::string text = test::psp8_text();
    for (std::size_t length = 0; length < text.size(); length += 7) {
        EXPECT_NE(refusal(text.substr(0, length)), "accepted") << length;
    }
    EXPECT_NE(refusal(text.substr(0, text.size() - 1)), "accepted");
}

TEST_F(Psp8, damage_and_what_cannot_be_told_is_refused_with_the_reason) {
    EXPECT_THAT(refusal(test::psp8_text({.pspcod = 1})), HasSubstr("Mg.psp8:3: pspcod is 1 (only 8"));
    EXPECT_THAT(refusal(test::psp8_text({.pspxc = 23})), HasSubstr("pspxc 23 is no functional"));
    EXPECT_THAT(refusal(test::psp8_text({.extension = 3})), HasSubstr("has spin-orbit coupling"));
    EXPECT_THAT(refusal(test::psp8_text({.points = 0})), HasSubstr("Mg.psp8:3: the header has impossible"));
    const auto damaged = [&](const std::string& from, const std::string& to) {
        std::string text = test::psp8_text();
        text.replace(text.find(from), from.size(), to);
        return refusal(text);
    };
    EXPECT_THAT(damaged("     2   5.0000000000000D-01", "     3   5.0000000000000D-01"),
                HasSubstr("Mg.psp8:9: row 2 of a table is missing"));
    EXPECT_THAT(damaged("     2   5.0000000000000D-01", "     2   6.0000000000000D-01"),
                HasSubstr("the mesh is not even"));
    EXPECT_THAT(damaged("\n4\n", "\n3\n"), HasSubstr("no table was expected here"));
    EXPECT_THAT(damaged("2.5000000000000D-01\n", "2.5000000000000X-01\n"), HasSubstr("Mg.psp8:7: has fewer"));
}

TEST_F(Psp8, files_are_found_by_element) {
    for (const char* name : {"Mg.psp8", "Mg-low.psp8", "Se-d.psp8", "S.txt"}) {
        std::ofstream(folder_ / name) << "";
    }
    EXPECT_EQ(find_psp8(folder_.path(), "Mg"), folder_ / "Mg.psp8");
    EXPECT_EQ(find_psp8(folder_.path(), "Se"), folder_ / "Se-d.psp8");
    EXPECT_THROW(find_psp8(folder_.path(), "S"), ConfigError);
    EXPECT_THROW(find_psp8(folder_ / "none", "S"), FileError);
}

TEST_F(Psp8, upf_says_it_all_again) {
    const RadialTable table = read(test::psp8_text());
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(upf_text(table).c_str()));
    const pugi::xml_node upf = document.child("UPF");
    const pugi::xml_node header = upf.child("PP_HEADER");
    EXPECT_STREQ(upf.attribute("version").value(), "2.0.1");
    EXPECT_STREQ(header.attribute("element").value(), "Mg");
    EXPECT_STREQ(header.attribute("comment").value(), "Mg   made    up") << "no tags out of titles";
    EXPECT_STREQ(header.attribute("pseudo_type").value(), "NC");
    EXPECT_STREQ(header.attribute("core_correction").value(), "T");
    EXPECT_EQ(header.attribute("z_valence").as_double(), 2.0);
    EXPECT_EQ(header.attribute("l_max").as_int(), 1);
    EXPECT_EQ(header.attribute("mesh_size").as_int(), 11);
    EXPECT_EQ(header.attribute("number_of_proj").as_int(), 3);
    EXPECT_EQ(numbers(upf.child("PP_MESH").child("PP_R")), table.radius);
    EXPECT_EQ(numbers(upf.child("PP_MESH").child("PP_RAB")), table.weight);
    EXPECT_EQ(numbers(upf.child("PP_NLCC")), table.core_density);
    EXPECT_EQ(numbers(upf.child("PP_LOCAL")), table.local);
    EXPECT_EQ(numbers(upf.child("PP_RHOATOM")), table.atom_density);
    const pugi::xml_node nonlocal = upf.child("PP_NONLOCAL");
    EXPECT_EQ(numbers(nonlocal.child("PP_DIJ")), table.coupling);
    EXPECT_EQ(numbers(nonlocal.child("PP_BETA.2")), table.projectors[1].values);
    EXPECT_EQ(nonlocal.child("PP_BETA.3").attribute("angular_momentum").as_int(), 1);
    EXPECT_EQ(nonlocal.child("PP_BETA.3").attribute("cutoff_radius_index").as_int(), 11);
}

TEST_F(Psp8, projectors_end_where_nothing_of_them_is_left) {
    RadialTable table = read(test::psp8_text());
    for (Projector& projector : table.projectors) {
        std::fill(projector.values.begin() + 6, projector.values.end(), 1.0e-20);
    }
    EXPECT_EQ(projector_points(table, 1.0e-14), 7u) << "6 points, and one more to make them odd";
    table.local.pop_back();
    EXPECT_THROW(upf_text(table), ContractError);
}

}  // namespace
}  // namespace fibonaqi::pseudo
