#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dft_drivers/quantum_espresso/driver.hpp"
#include "dft_drivers/quantum_espresso/electrons.hpp"
#include "dft_drivers/quantum_espresso/input_writer.hpp"
#include "dft_drivers/quantum_espresso/pseudopotential.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Si with 4 and Al with 3 valence electrons, in the two versions of UPF.
class QeElectrons : public ::testing::Test {
  protected:
    QeElectrons() {
        write_file_atomically(
            folder_ / "Si.UPF",
            "<UPF version=\"2.0.1\">\n<PP_HEADER element=\"Si\"\n z_valence=\" 4.00\"/>\n</UPF>\n");
        write_file_atomically(folder_ / "Al.UPF",
                              "<PP_HEADER>\n  Al  Element\n    3.00000000000      Z valence\n</PP_HEADER>\n"
                              "<PP_RHOATOM>\n</PP_RHOATOM>\n");
        config_ = test::qe_config();
        config_["pseudo_dir"] = folder_.path().string();
        config_["pseudopotentials"] = {{"Si", "Si.UPF"}, {"Al", "Al.UPF"}};
        request_.structure.atomic_numbers = {14, 13};  // 7 electrons
    }
    Json& system() { return config_["input"]["system"]; }
    std::string problem() const {
        const auto found = make_driver(config_, "/")->problem_with(request_);
        return found ? to_string(found->kind) + ": " + found->evidence : "";
    }
    std::string input() const { return make_input(options_from_json(config_, "/"), request_, 0.0); }

    test::TemporaryFolder folder_;
    Json config_;
    LabelRequest request_ = test::two_silicon_atoms();
};

TEST_F(QeElectrons, are_counted_from_the_headers) {
    EXPECT_EQ(valence_electrons(folder_ / "Si.UPF"), 4.0);
    EXPECT_EQ(valence_electrons(folder_ / "Al.UPF"), 3.0);
    EXPECT_FALSE(valence_electrons(folder_ / "none").has_value());
    write_file_atomically(folder_ / "x", "garbage");
    EXPECT_FALSE(valence_electrons(folder_ / "x").has_value());
    write_file_atomically(folder_ / "x", "<PP_HEADER element=\"Si\"/>");
    EXPECT_FALSE(valence_electrons(folder_ / "x").has_value());
    request_.charge = 2.0;
    EXPECT_EQ(count_electrons(options_from_json(config_, "/"), request_), 5.0);
}

TEST_F(QeElectrons, that_are_odd_need_smearing_or_spin) {
    EXPECT_EQ(problem(), "") << "smearing takes any number";
    system()["occupations"] = "fixed";
    EXPECT_THAT(problem(), HasSubstr("charge: 7 electrons cannot all be paired"));
    request_.charge = -1.0;
    EXPECT_EQ(problem(), "");
    request_.charge = 0.5;
    EXPECT_THAT(problem(), HasSubstr("charge: 6.5 electrons with occupations = 'fixed'"));
    request_.charge = 7.0;
    EXPECT_THAT(problem(), HasSubstr("charge 7 leaves no electrons"));
    request_.charge = 0.0;
    system()["nspin"] = 2;
    system()["tot_magnetization"] = 1;
    EXPECT_EQ(problem(), "");
    system()["tot_magnetization"] = 2;
    EXPECT_THAT(problem(), HasSubstr("charge: 7 electrons cannot be 2 more up than down"));
}

TEST_F(QeElectrons, must_fit_the_multiplicity) {
    request_.multiplicity = 2;
    EXPECT_EQ(problem(), "");
    request_.multiplicity = 1;
    EXPECT_THAT(problem(), HasSubstr("7 electrons cannot all be paired (multiplicity 1)"));
    request_.multiplicity = 3;
    EXPECT_THAT(problem(), HasSubstr("7 electrons cannot be 2 more up than down"));
    request_.multiplicity = 10;
    EXPECT_THAT(problem(), HasSubstr("7 electrons cannot be 9 more up than down"));
    request_.multiplicity = 0;
    EXPECT_THAT(problem(), HasSubstr("bad_config: multiplicity 0"));
    request_.multiplicity = 8;
    EXPECT_THAT(problem(), HasSubstr("all of one spin"));
    system()["occupations"] = "fixed";
    EXPECT_EQ(problem(), "");
}

TEST_F(QeElectrons, must_not_be_told_two_things) {
    system()["nspin"] = 2;
    EXPECT_THAT(problem(), HasSubstr("bad_config: nspin = 2 without a magnetization"));
    system()["tot_magnetization"] = 1;
    EXPECT_EQ(problem(), "");
    request_.multiplicity = 4;
    EXPECT_THAT(problem(), HasSubstr("bad_config: multiplicity 4 against tot_magnetization = 1"));
    request_.multiplicity = 2;
    EXPECT_EQ(problem(), "");
    system() = {{"ecutwfc", 24}, {"noncolin", true}};
    EXPECT_THAT(problem(), HasSubstr("bad_config: a multiplicity with noncolin"));
}

TEST_F(QeElectrons, become_keys_of_pw_x) {
    request_.charge = -1.0;  // 8 electrons
    request_.multiplicity = 3;
    EXPECT_THAT(input(), HasSubstr("nspin = 2\n"));
    EXPECT_THAT(input(), HasSubstr("tot_magnetization = 2\n"));
    EXPECT_THAT(input(), HasSubstr("starting_magnetization(1) = 2.5d-01\n"));
    EXPECT_THAT(input(), HasSubstr("starting_magnetization(2) = 2.5d-01\n"));
    EXPECT_THAT(input(), HasSubstr("tot_charge = -1d+00\n"));
    system()["nspin"] = 2;
    system()["starting_magnetization"] = {{"Si", -0.5}};
    EXPECT_THAT(input(), HasSubstr("starting_magnetization(1) = 0d+00\n"));
    EXPECT_THAT(input(), HasSubstr("starting_magnetization(2) = -5d-01\n"));
    request_.multiplicity = 1;
    EXPECT_THAT(input(), HasSubstr("tot_magnetization = 0\n"));
    system() = {{"ecutwfc", 24}};
    EXPECT_THAT(input(), Not(HasSubstr("nspin"))) << "a singlet is unpolarised";
    EXPECT_THAT(input(), Not(HasSubstr("magnetization")));
}

}  // namespace
}  // namespace fibonaqi::quantum_espresso
