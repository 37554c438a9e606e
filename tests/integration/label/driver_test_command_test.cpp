// `fibonaqi driver test` on a code that tells the truth, and on the same code with faults.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path code =
    std::filesystem::path(FIBONAQI_SOURCE_DIR) / "tests/data/drivers/pair_code.py";

class DriverTest : public ::testing::Test {
  protected:
    DriverTest() {
        write_file_atomically(
            folder_ / "code.xyz",
            "3\nLattice=\"4.1 0.2 0.1 0.0 4.3 0.3 0.2 0.1 4.2\" Properties=species:S:1:pos:R:3 "
            "pbc=\"T T T\"\nO 0.1 0.0 0.0\nC 1.3 0.35 0.2\nO 2.4 0.9 0.9\n");
    }
    CommandResult test(const std::string& fault, const std::vector<std::string>& more = {}) {
        write_json(folder_ / "code.json", {{"type", "external"},
                                           {"name", "pairs"},
                                           {"command", {"/usr/bin/python3", code.string(), fault}},
                                           {"stress", true},
                                           {"spoils", true}});
        std::vector<std::string> words{"driver", "test", (folder_ / "code.json").string()};
        words.insert(words.end(), more.begin(), more.end());
        return run_command(folder_, "fibonaqi", words);
    }
    TemporaryFolder folder_;
};

TEST_F(DriverTest, passes_a_code_that_tells_the_truth) {
    const std::string record = (folder_ / "found.json").string();
    const CommandResult said = test("", {"--json", record, "--slots", "2"});
    EXPECT_EQ(said.code, 0) << said.out << said.err;
    EXPECT_THAT(said.out, AllOf(HasSubstr("checks passed"), Not(HasSubstr("FAILED"))));
    EXPECT_EQ(read_json(record)["findings"].size(), 14u);
}

TEST_F(DriverTest, passes_over_stress_where_a_driver_gives_none) {
    test("");
    Json driver = read_json(folder_ / "code.json");
    driver["stress"] = false;
    driver["spoils"] = false;
    write_json(folder_ / "other.json", driver);
    const CommandResult said = run_command(
        folder_, "fibonaqi",
        {"driver", "test", (folder_ / "other.json").string(), "--data", (folder_ / "code.xyz").string()});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, AllOf(Not(HasSubstr("stress")), HasSubstr("knows no way to spoil a run")));
}

TEST_F(DriverTest, says_what_is_wrong_with_its_input) {
    EXPECT_THAT(test("", {"--data", (folder_ / "none.xyz").string()}).err, HasSubstr("none.xyz"));
    std::filesystem::create_directories(folder_ / "full/of");
    const CommandResult full = test("", {"--keep", (folder_ / "full").string()});
    EXPECT_EQ(full.code, 2);
    EXPECT_THAT(full.err, HasSubstr("is not empty"));
    std::filesystem::remove(folder_ / "code.xyz");
    EXPECT_THAT(test("").err, AllOf(HasSubstr("code.xyz"), HasSubstr("--data")));
}

TEST_F(DriverTest, ends_where_the_example_has_no_label) {
    write_file_atomically(folder_ / "code.sh", "exit 3");
    write_json(folder_ / "code.json",
               {{"type", "external"}, {"command", {"/bin/sh", (folder_ / "code.sh").string()}}});
    const CommandResult said =
        run_command(folder_, "fibonaqi", {"driver", "test", (folder_ / "code.json").string()});
    EXPECT_EQ(said.code, 3);
    EXPECT_THAT(said.out, AllOf(HasSubstr("the example has no label (launch"), HasSubstr("exit code 3")));
}

// A fault, the check that must refuse it, and what its message names as the cause.
struct Fault {
    const char* name;
    const char* check;
    const char* cause;
};

class FaultyDriver : public DriverTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(FaultyDriver, is_refused_by_the_right_check) {
    const CommandResult said = test(GetParam().name);
    EXPECT_EQ(said.code, 3);
    std::istringstream lines(said.out);
    bool is_refused = false;
    for (std::string line; std::getline(lines, line);) {
        is_refused = is_refused || (line.starts_with(std::string("FAILED    ") + GetParam().check) &&
                                    line.find(GetParam().cause) != std::string::npos);
    }
    EXPECT_TRUE(is_refused) << said.out;
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultyDriver,
    ::testing::Values(Fault{"energy_hartree", "forces ", "energies left in hartree?"},
                      Fault{"forces_hartree_bohr", "forces ", "hartree/bohr read as eV/angstrom?"},
                      Fault{"forces_per_bohr", "forces ", "hartree/bohr read as hartree/angstrom"},
                      Fault{"gradient", "forces ", "a gradient read as forces?"},
                      Fault{"forces_slightly_off", "forces ", "1.003 times them"},
                      Fault{"all_hartree", "units ", "left in hartree?"},
                      Fault{"stress_sign", "stress, stretched", "positive must be tension"},
                      Fault{"stress_GPa", "stress, stretched", "GPa left as they are?"},
                      Fault{"virial", "stress, stretched", "a virial?"},
                      Fault{"half_shear", "stress, sheared", "off-diagonal elements halved?"},
                      Fault{"sorted_atoms", "order of atoms", "sorted by element"},
                      Fault{"noise", "repetition", "energy differs"},
                      Fault{"egg_box", "translation", "forces by"}, Fault{"field", "rotation", "forces by"},
                      Fault{"other_energy", "forces ", "0.97"},
                      Fault{"dishonest", "honesty", "cannot have converged"},
                      Fault{"litter", "folders", "notes.txt"}),
    [](const auto& fault) { return std::string(fault.param.name); });

}  // namespace
}  // namespace fibonaqi::test
