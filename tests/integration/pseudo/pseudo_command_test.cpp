// `fibonaqi pseudo` as a user runs it, on made-up data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command_run.hpp"
#include "tests/support/pseudo_files.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class PseudoCommand : public ::testing::Test {
  protected:
    PseudoCommand() {
        write_file_atomically(folder_ / "GTH", test::gth_list());
        write_file_atomically(folder_ / "Mg-low.psp8", test::psp8_text());
    }
    test::CommandResult run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "pseudo");
        return test::run_command(folder_, "fibonaqi", arguments);
    }
    void expect_refused(const std::vector<std::string>& arguments, int code, const std::string& reason) {
        const test::CommandResult result = run(arguments);
        EXPECT_EQ(result.code, code) << result.err;
        EXPECT_THAT(result.err, HasSubstr(reason));
    }
    test::TemporaryFolder folder_;
};

TEST_F(PseudoCommand, writes_gth_potentials_for_pw_x_and_for_abinit) {
    const test::CommandResult upf = run({"gth", "Si", "H", "--from", "GTH", "-o", "out"});
    EXPECT_EQ(upf.code, 0) << upf.err;
    EXPECT_EQ(upf.out,
              "out/Si.GTH-PBE.UPF: Si, valence 4, SLA PW PBX PBC, 3 projectors\n"
              "out/H.GTH-PBE.UPF: H, valence 1, SLA PW PBX PBC, 0 projectors\n");
    EXPECT_THAT(read_file(folder_ / "out/H.GTH-PBE.UPF"), StartsWith("<UPF version=\"2.0.1\">"));
    const test::CommandResult gth = run({"gth", "Si", "--name", "GTH-LDA", "--from", "GTH", "--to", "gth"});
    EXPECT_EQ(gth.out, "pseudo/Si.GTH-LDA.gth: Si, valence 4, GTH-PADE-q4\n") << gth.err;
    EXPECT_THAT(read_file(folder_ / "pseudo/Si.GTH-LDA.gth"), HasSubstr("\n10 1 0 0 2002 0"));
}

TEST_F(PseudoCommand, converts_psp8_files_out_of_a_folder_or_by_name) {
    const std::string said =
        "pseudo/Mg-low.psp8.UPF: Mg, valence 2, SLA PW PBX PBC, 3 projectors, core correction\n";
    EXPECT_EQ(run({"psp8", "Mg", "--from", "."}).out, said);
    EXPECT_EQ(run({"psp8", "Mg", "--from", "Mg-low.psp8", "--force"}).out, said);
}

TEST_F(PseudoCommand, nothing_is_overwritten_unless_asked_for) {
    run({"gth", "H", "--from", "GTH"});
    expect_refused({"gth", "Si", "H", "--from", "GTH"}, 2, "'pseudo/H.GTH-PBE.UPF' exists");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "pseudo/Si.GTH-PBE.UPF")) << "all or nothing";
    EXPECT_EQ(run({"gth", "Si", "H", "--from", "GTH", "--force"}).code, 0);
}

TEST_F(PseudoCommand, wrong_input_is_told_in_a_sentence) {
    expect_refused({"gth", "Xx", "--from", "GTH"}, 2, "has no potential for 'Xx'");
    expect_refused({"gth", "Si", "--from", "GTH", "--name", "GTH-SCAN"}, 2, "(it has: GTH-PBE, GTH-LDA)");
    expect_refused({"gth", "P", "--from", "GTH", "--name", "GTH-PBE-q5"}, 2, "GTH:24: 'NLCC' follows");
    expect_refused({"gth", "N", "--from", "GTH", "--name", "GTH-HCTH407-q5"}, 2, "pw.x has no functional");
    expect_refused({"gth", "Si", "--from", "none"}, 2, "reading 'none' failed");
    expect_refused({"psp8", "Si", "--from", "."}, 2, "has no pseudopotential for 'Si' (it has: Mg)");
    expect_refused({"psp8", "Si", "--from", "Mg-low.psp8"}, 2, "is for Mg, not Si");
    expect_refused({"psp8", "Si", "--from", "GTH"}, 2, "GTH:2: has 0 numbers, not 2");
    expect_refused({"psp8", "Si", "--from", "none"}, 2, "reading 'none' failed");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "pseudo"));
}

}  // namespace
}  // namespace fibonaqi
