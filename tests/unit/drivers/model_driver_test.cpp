// A model as teacher: what the driver knows without computing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/model/driver.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/template_runs.hpp"

namespace fibonaqi::model_teacher {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const std::string silicon_mace =
    std::string(FIBONAQI_SOURCE_DIR) + "/models/silicon-mace/silicon-mace.safetensors";

std::unique_ptr<LabelDriver> driver(const Json& changes = Json::object(),
                                    const std::filesystem::path& base = "/") {
    Json config{{"type", "model"}, {"model", silicon_mace}};
    config.update(changes);
    return make_driver(config, base);
}

TEST(ModelDriver, the_key_holds_the_content_of_the_model_and_not_its_place) {
    const test::TemporaryFolder folder;
    std::filesystem::copy_file(silicon_mace, folder / "m.safetensors");
    const auto moved = driver({{"model", "m.safetensors"}}, folder.path());
    EXPECT_EQ(moved->configuration().at("model"), (folder / "m.safetensors").string());
    EXPECT_EQ(moved->fingerprint(), driver()->fingerprint());
    EXPECT_EQ(driver({{"threads", 2}})->fingerprint(), driver()->fingerprint());
    EXPECT_NE(driver({{"dtype", "float32"}})->fingerprint(), driver()->fingerprint());
}

TEST(ModelDriver, finds_elements_that_the_model_lacks) {
    EXPECT_THAT(driver()->check({14, 8}), Contains(HasSubstr("model 'silicon-mace' does not know O")));
    LabelRequest request = test::two_silicon_atoms();
    EXPECT_EQ(driver()->problem_with(request), std::nullopt);
    request.structure.atomic_numbers[1] = 8;
    EXPECT_EQ(driver()->problem_with(request).value().kind, FailureKind::bad_config);
}

TEST(ModelDriver, takes_structures_of_any_periodicity_and_serves) {
    const DriverCapabilities can = driver()->capabilities();
    EXPECT_TRUE(can.stress && can.fully_periodic && can.partly_periodic && can.isolated && can.serves);
    EXPECT_FALSE(can.charge || can.multiplicity);
    EXPECT_EQ(driver()->spoiled(), std::nullopt);
}

TEST(ModelDriver, refuses_what_is_no_model) {
    const test::TemporaryFolder folder;
    write_file_atomically(folder / "bad.safetensors", "nothing");
    EXPECT_THROW(driver({{"model", "bad.safetensors"}}, folder.path()), ModelError);
    const auto said = [](const Json& changes) {
        return test::message_of<ConfigError>([&] { driver(changes); });
    };
    EXPECT_THAT(said({{"model", "nowhere"}}), HasSubstr("driver.model: no model 'nowhere'"));
    EXPECT_THAT(said({{"dtype", "float16"}}), HasSubstr("driver.dtype"));
    EXPECT_THAT(said({{"threads", 0}}), HasSubstr("driver.threads: is 0"));
}

}  // namespace
}  // namespace fibonaqi::model_teacher
