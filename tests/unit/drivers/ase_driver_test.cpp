// Configuration, key and bridge of the driver for calculators of ASE.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/ase/driver.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/template_runs.hpp"

namespace fibonaqi::ase {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AseDriver : public ::testing::Test {
  protected:
    AseDriver() {
        write_file_atomically(folder_ / "setup.py", "def make():\n    pass\n");
        config_ = {{"type", "ase"}, {"calculator", "gpaw:GPAW"}, {"python", "/bin/sh"}};
    }
    std::unique_ptr<LabelDriver> driver() { return make_driver(config_, folder_.path()); }
    std::string said() {
        return test::message_of<ConfigError>([&] { driver(); });
    }
    test::TemporaryFolder folder_;
    Json config_;
};

TEST_F(AseDriver, refuses_wrong_keys_in_one_sentence) {
    for (const char* wrong : {"gpaw", ":GPAW", "gpaw:", ""}) {
        config_["calculator"] = wrong;
        EXPECT_THAT(said(), HasSubstr("driver.calculator: is '")) << wrong;
    }
    config_["calculator"] = "gpaw:GPAW";
    config_["argument"] = Json::object();
    EXPECT_THAT(said(), HasSubstr("driver.argument: unknown key; did you mean 'arguments'?"));
}

TEST_F(AseDriver, the_key_holds_calculator_arguments_and_files) {
    const std::string before = driver()->fingerprint();
    config_["python"] = "/bin/cat";
    config_["spoil"] = {{"maxiter", 2}};
    config_["environment"] = {{"A", "b"}};
    EXPECT_EQ(driver()->fingerprint(), before);
    config_["arguments"] = {{"xc", "PBE"}};
    const std::string with_arguments = driver()->fingerprint();
    EXPECT_NE(with_arguments, before);
    config_["setup"] = "setup.py";
    const std::string with_setup = driver()->fingerprint();
    EXPECT_NE(with_setup, with_arguments);
    write_file_atomically(folder_ / "setup.py", "def make():\n    return 1\n");
    EXPECT_NE(driver()->fingerprint(), with_setup);
    EXPECT_EQ(make_driver(driver()->configuration(), "/elsewhere")->fingerprint(), driver()->fingerprint());
    config_["files"] = {"missing.nn"};
    EXPECT_THROW(driver()->fingerprint(), DriverError);
}

TEST_F(AseDriver, check_finds_what_is_missing) {
    EXPECT_THAT(driver()->check({14}), IsEmpty());
    config_["files"] = {"missing.nn"};
    config_["python"] = "no-such-python";
    EXPECT_THAT(driver()->check({14}), ElementsAre(HasSubstr("program 'no-such-python' was not found"),
                                                   HasSubstr("missing.nn' is not there")));
    config_ = {{"type", "ase"}, {"calculator", "nowhere_to_be_found.x:Y"}};
    EXPECT_THAT(driver()->check({14}), ElementsAre(HasSubstr("package 'nowhere_to_be_found' was not found")));
}

TEST_F(AseDriver, says_what_the_keys_say) {
    EXPECT_TRUE(driver()->capabilities().serves);
    EXPECT_FALSE(driver()->capabilities().stress);
    EXPECT_FALSE(driver()->capabilities().charge);
    EXPECT_EQ(driver()->spoiled(), std::nullopt);
    config_["charge_argument"] = "charge";
    config_["stress"] = true;
    config_["periodicity"] = {"full"};
    config_["spoil"] = {{"maxiter", 2}};
    EXPECT_TRUE(driver()->capabilities().charge);
    EXPECT_TRUE(driver()->capabilities().stress);
    EXPECT_FALSE(driver()->capabilities().isolated);
    EXPECT_EQ(driver()->spoiled(), (Json{{"spoil", true}}));
}

TEST_F(AseDriver, brings_its_bridge_along) {
    const LabelJob job = driver()->prepare(test::two_silicon_atoms(), {}, folder_.path(), 0.0);
    EXPECT_THAT(job.argv, ElementsAre("/bin/sh", "ase_bridge.py", "settings.json"));
    EXPECT_EQ(read_file(folder_ / "ase_bridge.py"),
              read_file(std::filesystem::path(FIBONAQI_SOURCE_DIR) / "dft_drivers/ase/ase_bridge.py"));
    EXPECT_EQ(read_json(folder_ / "settings.json").at("calculator"), "gpaw:GPAW");
}

}  // namespace
}  // namespace fibonaqi::ase
