// Every driver that is shipped, against the real program: each dft_drivers/<code>/<example>.json with an .xyz
// beside it.
#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command_run.hpp"

namespace fibonaqi::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> shipped_examples() {
    std::vector<std::string> examples;
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(FIBONAQI_SOURCE_DIR) / "dft_drivers")) {
        const fs::path file = entry.path();
        if (file.extension() == ".json" && fs::exists(fs::path(file).replace_extension(".xyz"))) {
            examples.push_back(file.string());
        }
    }
    std::sort(examples.begin(), examples.end());
    return examples;
}

class ShippedDriver : public ::testing::TestWithParam<std::string> {};

TEST_P(ShippedDriver, passes_the_conformance_kit) {
    const TemporaryFolder folder;
    const CommandResult said = run_command(folder, "fibonaqi", {"driver", "test", GetParam()});
    // Of a program that another one starts, that one alone can tell.
    const std::string& complaint = said.code == 2 ? said.err : said.out;
    if (said.code != 0 && complaint.find("was not found") != std::string::npos) {
        GTEST_SKIP() << "not here: " << complaint;
    }
    EXPECT_EQ(said.code, 0) << said.out << said.err;
    EXPECT_THAT(said.out, Not(HasSubstr("FAILED")));
}

INSTANTIATE_TEST_SUITE_P(Examples, ShippedDriver, ::testing::ValuesIn(shipped_examples()),
                         [](const auto& example) {
                             const fs::path file = example.param;
                             std::string name =
                                 file.parent_path().filename().string() + "_" + file.stem().string();
                             std::replace_if(
                                 name.begin(), name.end(),
                                 [](char letter) { return std::isalnum(letter) == 0; }, '_');
                             return name;
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ShippedDriver);

}  // namespace
}  // namespace fibonaqi::test
