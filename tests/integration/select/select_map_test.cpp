// The map of a selection, asked of the worker as campaigns ask it.
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/feature_matrix.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

class SelectMapTest : public testing::Test {
  protected:
    Json task() const {
        Json task = make_record("worker-task", 1);
        task["task"] = "select";
        task["result"] = (folder_ / "result.json").string();
        task["batch"] = 2;
        task["ratio"] = 0.5;
        task["allow_small_pool"] = true;
        task["map"] = true;
        return task;
    }
    Json answer(const Json& task) {
        write_json(folder_ / "task.json", task);
        (void)test::run_command(folder_, "fibonaqi-worker", {(folder_ / "task.json").string()});
        return read_json(folder_ / "result.json");
    }
    // Rows that vary along two axes only, by 3 and by 1; the mean is (0, 5, 0).
    void write_features() {
        FeatureMatrix rows;
        rows.rows = 4;
        rows.columns = 3;
        rows.ids = {0, 1, 2, 3};
        rows.values = {3.0, 5.0, 0.0, -3.0, 5.0, 0.0, 0.0, 5.0, 1.0, 0.0, 5.0, -1.0};
        write_npy(folder_ / "rows.npy", rows);
    }

    test::TemporaryFolder folder_;
};

TEST_F(SelectMapTest, shows_rows_in_the_plane_of_their_largest_variance) {
    write_features();
    Json asked = task();
    asked["features"] = (folder_ / "rows.npy").string();
    const Json result = answer(asked);
    ASSERT_TRUE(result.at("ok").get<bool>()) << result;
    const Json& map = result.at("map");
    EXPECT_NEAR(map.at("variance_shares")[0].get<double>(), 0.9, 1e-12);
    EXPECT_NEAR(map.at("variance_shares")[1].get<double>(), 0.1, 1e-12);
    ASSERT_EQ(map.at("candidates").at("id").size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto id = map.at("candidates").at("id")[i].get<std::size_t>();
        const double x = std::array{3.0, -3.0, 0.0, 0.0}[id], y = std::array{0.0, 0.0, 1.0, -1.0}[id];
        EXPECT_NEAR(map.at("candidates").at("x")[i].get<double>(), x, 1e-5);
        EXPECT_NEAR(map.at("candidates").at("y")[i].get<double>(), y, 1e-5);
        EXPECT_TRUE(map.at("candidates").at("target_temperature_K")[i].is_null());
    }
}

TEST_F(SelectMapTest, puts_labelled_frames_where_they_would_stand_as_candidates) {
    write_model_file(folder_ / "tiny.safetensors", test::tiny_model());
    std::vector<Frame> pool(6);
    for (std::size_t i = 0; i < pool.size(); ++i) {
        pool[i].structure = test::disordered_structure(true, i);
        pool[i].info["target_temperature_K"] = 100.0 * static_cast<double>(i);
    }
    write_extxyz(folder_ / "pool.xyz", pool);
    write_extxyz(folder_ / "labelled.xyz", {pool[4], pool[1]});
    Json asked = task();
    asked["model"] = (folder_ / "tiny.safetensors").string();
    asked["data"] = (folder_ / "pool.xyz").string();
    asked["kind"] = "prediction_gradient";
    asked["labelled"] = (folder_ / "labelled.xyz").string();
    const Json map = answer(asked).at("map");
    ASSERT_EQ(map.at("labelled").at("x").size(), 2U);
    const std::size_t places[] = {4, 1};
    for (std::size_t i = 0; i < map.at("candidates").at("id").size(); ++i) {
        const auto id = map.at("candidates").at("id")[i].get<std::size_t>();
        EXPECT_EQ(map.at("candidates").at("target_temperature_K")[i], 100.0 * static_cast<double>(id));
        for (std::size_t k = 0; k < 2; ++k) {
            if (id == places[k]) {
                EXPECT_EQ(map.at("labelled").at("x")[k], map.at("candidates").at("x")[i]);
                EXPECT_EQ(map.at("labelled").at("y")[k], map.at("candidates").at("y")[i]);
            }
        }
    }
}

TEST_F(SelectMapTest, is_refused_where_there_is_nothing_to_draw) {
    write_features();
    const auto refused = [&](const std::string& key, const Json& value) {
        Json asked = task();
        asked["features"] = (folder_ / "rows.npy").string();
        asked[Json::json_pointer(key)] = value;
        return answer(asked).at("error").get<std::string>();
    };
    EXPECT_THAT(refused("/strategy", "uniform"), HasSubstr("the strategy looks at no features"));
    EXPECT_THAT(refused("/seeds", Json{0, 3}), HasSubstr("map and seeds are both given"));
    EXPECT_THAT(refused("/labelled", "other.xyz"), HasSubstr("labelled and features are both given"));
}

}  // namespace
}  // namespace fibonaqi
