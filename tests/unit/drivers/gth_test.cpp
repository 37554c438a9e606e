// GTH potentials: the reader on a made-up list, the tables against what the papers say of them.
#include "dft_drivers/pseudo/gth.hpp"

#include <cmath>
#include <fstream>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/pseudo_files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::pseudo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Gth : public ::testing::Test {
  protected:
    Gth() { put(test::gth_list()); }
    void put(const std::string& text) { std::ofstream(file_) << text; }
    GthPotential read(const std::string& element, const std::string& name) const {
        return read_gth(file_, element, name);
    }
    std::string refusal(const std::string& element, const std::string& name) const {
        try {
            read(element, name);
            return "accepted";
        } catch (const Error& error) {
            return error.what();
        }
    }
    test::TemporaryFolder folder_;
    std::filesystem::path file_ = folder_ / "GTH";
};

double integral(const RadialTable& table, const std::vector<double>& values) {
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        sum += values[i] * table.weight[i];
    }
    return sum;
}

TEST_F(Gth, parameters_are_read_by_any_name) {
    for (const char* name : {"GTH-PBE-q4", "GTH-PBE"}) {
        const GthPotential si = read("Si", name);
        EXPECT_EQ(si.element, "Si");
        EXPECT_EQ(si.valence, 4);
        EXPECT_EQ(si.local_radius, 0.44);
        EXPECT_THAT(si.local, ElementsAre(-6.25));
        ASSERT_EQ(si.channels.size(), 2u);
        EXPECT_EQ(si.channels[0].radius, 0.43);
        EXPECT_THAT(si.channels[0].couplings, ElementsAre(ElementsAre(8.5, -2.75), ElementsAre(-2.75, 3.5)));
        EXPECT_THAT(si.channels[1].couplings, ElementsAre(ElementsAre(2.25)));
    }
    EXPECT_EQ(read("Si", "GTH-LDA").channels.size(), 1u);
    EXPECT_TRUE(read("H", "GTH-PBE").channels.empty());
}

TEST_F(Gth, what_is_not_there_is_told_with_what_is) {
    EXPECT_THAT(refusal("Si", "GTH-PBE-q5"),
                HasSubstr("no potential 'GTH-PBE-q5' for Si (it has: GTH-PBE, GTH-LDA) name one"));
    EXPECT_THAT(refusal("Xx", "GTH-PBE"), HasSubstr("no potential for 'Xx'"));
    EXPECT_THROW(read_gth(folder_ / "none", "Si", "GTH-PBE"), FileError);
}

TEST_F(Gth, a_list_that_is_cut_anywhere_gives_the_whole_entry_or_none) {
    const std::string text = test::gth_list();
    const std::string whole = abinit_text(read("Si", "GTH-PBE"));
    int refused = 0;
    for (std::size_t length = 0; length < text.size(); ++length) {
        put(text.substr(0, length));
        try {
            EXPECT_EQ(abinit_text(read("Si", "GTH-PBE")), whole) << length;
        } catch (const Error&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 200);
}

TEST_F(Gth, damage_is_told_with_file_and_line) {
    EXPECT_THAT(refusal("P", "GTH-PBE-q5"),
                HasSubstr("GTH:24: 'NLCC' follows where P GTH-PBE-q5 should end"));
    const auto damaged = [&](const std::string& from, const std::string& to) {
        std::string text = test::gth_list();
        text.replace(text.find(from), from.size(), to);
        put(text);
        return refusal("Si", "GTH-PBE");
    };
    EXPECT_THAT(damaged("8.50000000", "8.5oo00000"),
                HasSubstr("GTH:12: '8.5oo00000' of Si GTH-PBE-q4 is no"));
    EXPECT_THAT(damaged("3.50000000", "nan"), HasSubstr("GTH:13: 'nan' of Si GTH-PBE-q4 is no number"));
    EXPECT_THAT(damaged("0.43000000", "-0.4300000"),
                HasSubstr("GTH:12: a radius of Si GTH-PBE-q4 is not above"));
    EXPECT_THAT(damaged("    2     8.5", "    9     8.5"), HasSubstr("the number of projectors"));
    EXPECT_THAT(damaged("     0.50000000    1     2.25000000\n", ""), HasSubstr("ends too early"));
}

TEST_F(Gth, abinit_gets_the_same_parameters) {
    EXPECT_EQ(abinit_text(read("Si", "GTH-PBE")),
              "Si GTH-PBE-q4: parameters of Goedecker, Teter and Hutter in the list of CP2K\n"
              "14 4 0  zatom zion pspdat\n"
              "10 11 1 0 2002 0  pspcod pspxc lmax lloc mmax r2well\n"
              "0.44 1 -6.25\n"
              "2\n"
              "0.43 2 8.5 -2.75\n"
              " 3.5\n"
              "0.5 1 2.25\n"
              " 0\n");
    EXPECT_THAT(abinit_text(read("H", "GTH-PBE")), ::testing::EndsWith("0.2 2 -4 0.5\n0\n0.1 0\n"));
    EXPECT_THAT(abinit_text(read("Si", "GTH-PADE")), HasSubstr("\n10 1 0 0 2002 0"));
    EXPECT_THAT(abinit_text(read("N", "GTH-HCTH407-q5")), HasSubstr("\n10 27 0 0 2002 0"));
}

TEST_F(Gth, functionals_that_pw_x_lacks_are_refused_for_upf) {
    EXPECT_THROW(tabulated(read("N", "GTH-HCTH407-q5")), ConfigError);
    GthPotential unnamed = read("H", "GTH-PBE");
    unnamed.names = {"GTH-SCAN-q1"};
    EXPECT_THROW(tabulated(unnamed), ConfigError);
    EXPECT_THROW(abinit_text(unnamed), ConfigError);
}

TEST_F(Gth, projectors_are_normalised_and_couplings_join_those_of_one_channel) {
    const RadialTable table = tabulated(read("Si", "GTH-PBE"));
    ASSERT_EQ(table.projectors.size(), 3u);
    for (const Projector& projector : table.projectors) {
        std::vector<double> square;
        for (const double value : projector.values) {
            square.push_back(value * value);
        }
        EXPECT_NEAR(integral(table, square), 1.0, 1.0e-10) << projector.angular_momentum;
    }
    EXPECT_EQ(table.projectors[1].angular_momentum, 0);
    EXPECT_EQ(table.projectors[2].angular_momentum, 1);
    // Twice those of the list: rydberg.
    EXPECT_THAT(table.coupling, ElementsAre(17.0, -5.5, 0.0, -5.5, 7.0, 0.0, 0.0, 0.0, 4.5));
}

// Far out the charge of the ion is left; at the nucleus erf(x / sqrt 2) / r goes to sqrt(2 / pi) / r_loc.
TEST_F(Gth, local_part_has_the_limits_of_its_formula) {
    const RadialTable table = tabulated(read("H", "GTH-PBE"));
    EXPECT_NEAR(table.local.back() * table.radius.back(), -2.0, 1.0e-12);
    EXPECT_NEAR(table.local.front(), 2.0 * (-std::sqrt(2.0 / std::numbers::pi) / 0.2 - 4.0), 1.0e-3);
    EXPECT_NEAR(integral(table, table.atom_density), 1.0, 1.0e-8);
    EXPECT_GT(table.radius.back(), 29.0);
}

}  // namespace
}  // namespace fibonaqi::pseudo
