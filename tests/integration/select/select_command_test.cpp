// `fibonaqi select` and the worker behind it, with stored features: no model needed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/features.hpp"
#include "fibonaqi/select/strategy_options.hpp"
#include "fibonaqi/select/superbatch.hpp"

#include "tests/support/command_run.hpp"
#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

constexpr std::size_t pool_size = 45;

class SelectCommand : public testing::Test {
  protected:
    SelectCommand() : rows_(test::to_tensor(test::random_rows(pool_size, 12, 3))) {
        write_npy(folder_ / "F.npy", nn::to_feature_matrix(rows_));
    }

    test::CommandResult select(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "select");
        return test::run_command(folder_, "fibonaqi", arguments);
    }

    void write_pool(const std::string& prefix) {
        std::vector<Frame> frames(pool_size);
        for (std::size_t i = 0; i < pool_size; ++i) {
            frames[i].structure.atomic_numbers = {14};
            frames[i].structure.positions = {{0.1 * static_cast<double>(i), 0.0, 0.0}};
            frames[i].labels.energy = -1.0 * static_cast<double>(i);
        }
        write_extxyz(folder_ / "pool.xyz", frames, {prefix});
    }

    Json worker_result(Json task) {
        task["result"] = (folder_ / "result.json").string();
        write_json(folder_ / "task.json", task);
        exit_code_ = test::run_command(folder_, "fibonaqi-worker", {"task.json"}).code;
        return read_json(folder_ / "result.json");
    }

    static Json worker_task(const std::string& name) {
        Json task = make_record("worker-task", 1);
        task["task"] = name;
        return task;
    }

    test::TemporaryFolder folder_;
    at::Tensor rows_;
    int exit_code_ = 0;
};

TEST_F(SelectCommand, picks_what_the_library_picks) {
    const auto result =
        select({"--features", "F.npy", "--batch", "4", "--ratio", "0.2", "--seed", "9", "--json", "S.json"});
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("superbatch 2: 1 of 5 frames"));
    EXPECT_THAT(result.out, HasSubstr("9 of 45 frames selected by divbs"));
    const Json record = read_json(folder_ / "S.json");

    std::vector<std::uint64_t> expected;
    const std::vector<std::uint64_t> all = test::request_for(pool_size, 1).ids;
    for (const auto& ids : draw_superbatches(all, 20, 9, 0)) {
        SelectionRequest request;
        request.batch = ids.size() == 20 ? 4 : 1;
        request.seed = 9;
        request.ids = ids;
        const std::vector<std::int64_t> index(ids.begin(), ids.end());
        const at::Tensor part = rows_.index_select(0, at::tensor(index, at::kLong));
        for (const Pick& pick : make_selector("divbs", Json::object())->select(part, request).picks) {
            expected.push_back(pick.id);
        }
    }
    std::vector<std::uint64_t> found;
    for (const Json& pick : record.at("picks")) {
        EXPECT_EQ(pick.at("order").get<std::size_t>(), found.size());
        found.push_back(pick.at("id").get<std::uint64_t>());
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(record.at("strategy"), "divbs");
    EXPECT_TRUE(record.at("pseudo_labels").is_null());
}

TEST_F(SelectCommand, says_the_same_twice_and_something_else_for_another_seed) {
    const std::vector<std::string> arguments{"--features", "F.npy", "--batch", "4",
                                             "--ratio",    "0.2",   "--seed"};
    const auto with = [&](const std::string& seed) {
        std::vector<std::string> complete = arguments;
        complete.insert(complete.end(), {seed, "--json", "S.json"});
        EXPECT_EQ(select(complete).code, 0);
        return read_json(folder_ / "S.json").at("picks");
    };
    const Json once = with("1");
    EXPECT_EQ(with("1"), once);
    EXPECT_NE(with("2"), once);
}

TEST_F(SelectCommand, refuses_a_ratio_without_a_whole_superbatch_and_names_the_nearest) {
    const auto result = select({"--features", "F.npy", "--batch", "10", "--ratio", "0.3"});
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr("0.30303030303"));
    EXPECT_THAT(result.err, HasSubstr("0.294117647059"));
}

TEST_F(SelectCommand, writes_the_picks_in_their_order_with_the_keys_of_the_pool) {
    for (const std::string prefix : {"REF_", ""}) {
        write_pool(prefix);
        const auto result = select({"--features", "F.npy", "--data", "pool.xyz", "--batch", "3", "--ratio",
                                    "0.1", "--json", "S.json", "-o", "P.xyz"});
        ASSERT_EQ(result.code, 0) << result.err;
        const FrameFile picks = read_extxyz(folder_ / "P.xyz");
        const Json record = read_json(folder_ / "S.json").at("picks");
        ASSERT_EQ(picks.frames.size(), record.size());
        for (std::size_t i = 0; i < record.size(); ++i) {
            const long id = record[i].at("id").get<long>();
            EXPECT_EQ(std::get<long>(picks.frames[i].info.at("selection_id")), id);
            EXPECT_EQ(picks.frames[i].labels.energy, -1.0 * static_cast<double>(id));
        }
        EXPECT_EQ(picks.audit.energy_keys.count(prefix + "energy"), 1u) << "labels changed their meaning";
    }
}

TEST_F(SelectCommand, selects_uniformly_without_a_model) {
    write_pool("REF_");
    const auto result = select({"--model", "not-installed", "--data", "pool.xyz", "--batch", "5", "--ratio",
                                "0.2", "--strategy", "uniform", "--superbatches", "1", "--json", "S.json"});
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(read_json(folder_ / "S.json").at("picks").size(), 5u);
}

TEST_F(SelectCommand, rejects_rows_that_are_not_finite_by_name) {
    rows_[7][2] = std::nan("");
    write_npy(folder_ / "F.npy", nn::to_feature_matrix(rows_));
    const auto result = select({"--features", "F.npy", "--batch", "9", "--ratio", "0.2"});
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.out, HasSubstr("rejected (features or scores not finite): [7]"));
}

TEST_F(SelectCommand, warns_when_the_features_are_spent) {
    const auto result = select({"--features", "F.npy", "--batch", "20", "--ratio", "0.5"});
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.out, HasSubstr("residual_exhausted"));
    EXPECT_THAT(result.out, HasSubstr("(fill)"));
    EXPECT_THAT(result.err, HasSubstr("8 of 20 picks are fills"));
}

TEST_F(SelectCommand, explains_wrong_combinations_in_one_line) {
    write_pool("REF_");
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{}, "neither --data nor --features is given"},
        {{"--features", "F.npy", "--model", "m"}, "--model and --features are both given"},
        {{"--model", "m"}, "without --data"},
        {{"--features", "F.npy", "--kind", "embedding"}, "--kind is given with --features"},
        {{"--features", "F.npy", "--last-layer", "readouts"}, "--last-layer is given with --features"},
        {{"--features", "F.npy", "--pseudo-labels", "posterior"}, "--pseudo-labels is given with --features"},
        {{"--features", "F.npy", "--committee", "m"}, "features and committee are both given"},
        {{"--features", "F.npy", "--labelled", "pool.xyz", "--strategy", "lcmd"},
         "features and labelled are both given"},
        {{"--features", "F.npy", "-o", "P.xyz"}, "without data"},
        {{"--features", "F.npy", "--strategy", "divsb"}, "did you mean 'divbs'"},
        {{"--features", "F.npy", "--pick", "armax"}, "did you mean 'argmax'"},
        {{"--features", "pool.xyz"}, "not a usable .npy file"},
        {{"--model", "m", "--data", "pool.xyz", "--kind", "embeding"}, "did you mean 'embedding'"},
        {{"--model", "m", "--data", "pool.xyz", "--kind", "embedding", "--pseudo-labels", "posterior"},
         "only loss_gradient does)"},
        {{"--model", "m", "--data", "pool.xyz", "--labelled", "pool.xyz"},
         "does not look at labelled frames"},
    };
    for (const auto& [arguments, message] : cases) {
        const auto result = select(arguments);
        EXPECT_EQ(result.code, 2) << message;
        EXPECT_THAT(result.err, HasSubstr(message));
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    }
}

TEST_F(SelectCommand, prints_a_line_of_ids_for_each_seed) {
    const auto lines = select({"--features", "F.npy", "--batch", "4", "--ratio", "0.2", "--seeds", "8:10"});
    ASSERT_EQ(lines.code, 0) << lines.err;
    EXPECT_EQ(std::count(lines.out.begin(), lines.out.end(), '\n'), 3);
    ASSERT_EQ(
        select({"--features", "F.npy", "--batch", "4", "--ratio", "0.2", "--seed", "9", "--json", "S.json"})
            .code,
        0);
    std::string expected;
    const Json record = read_json(folder_ / "S.json");
    for (const Json& pick : record.at("picks")) {
        if (!expected.empty()) {
            expected += ' ';
        }
        expected += std::to_string(pick.at("id").get<std::uint64_t>());
    }
    EXPECT_THAT(lines.out, HasSubstr("\n" + expected + "\n"));
}

TEST_F(SelectCommand, goes_by_scores_labelled_rows_and_options) {
    write_npy(folder_ / "L.npy", nn::to_feature_matrix(rows_.slice(0, 0, 3)));
    write_npy(folder_ / "one.npy", nn::to_feature_matrix(rows_.slice(1, 0, 1)));
    write_npy(folder_ / "two.npy", nn::to_feature_matrix(rows_.slice(1, 0, 2)));
    const std::vector<std::string> all{"--features", "F.npy", "--batch", "9",
                                       "--ratio",    "0.2",   "--json",  "S.json"};
    const auto picks = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), all.begin(), all.end());
        const auto result = select(arguments);
        EXPECT_EQ(result.code, 0) << result.err;
        return read_json(folder_ / "S.json").at("picks");
    };
    const Json farthest = picks({"--strategy", "maxdist", "--labelled-features", "L.npy"});
    for (const Json& pick : farthest) {
        EXPECT_GT(pick.at("id").get<int>(), 2) << "as near as can be to a labelled row";
    }
    EXPECT_NE(picks({"--strategy", "maxdist", "--labelled-features", "L.npy", "--option", "mode=p"}),
              farthest);
    const Json largest = picks({"--strategy", "loss", "--scores", "one.npy"});
    EXPECT_EQ(largest[0].at("id").get<std::int64_t>(),
              rows_.slice(1, 0, 1).squeeze(1).argmax().item<std::int64_t>());
    EXPECT_EQ(picks({"--strategy", "rho_loss", "--scores", "two.npy"}).size(), 9u);
    double sum = 0.0;
    for (const Json& pick : picks({"--strategy", "gradient_norm", "--pick", "importance"})) {
        sum += pick.at("weight").get<double>();
    }
    EXPECT_NEAR(sum / 9.0, 1.0, 0.5);
}

TEST_F(SelectCommand, explains_wrong_inputs_of_strategies_in_one_line) {
    write_npy(folder_ / "L.npy", nn::to_feature_matrix(rows_.slice(1, 0, 5)));
    at::Tensor broken = rows_.slice(0, 0, 4).clone();
    broken[2][1] = std::nan("");
    write_npy(folder_ / "NaN.npy", nn::to_feature_matrix(broken));
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"--batch", "10"}, "the pool has 45 frames and a superbatch 100"},
        {{"--batch", "0"}, "batch"},
        {{"--strategy", "loss"}, "scores are missing (strategy loss"},
        {{"--strategy", "rho_loss", "--scores", "F.npy"},
         "45 rows and 12 columns (strategy rho_loss needs 2"},
        {{"--scores", "F.npy"}, "strategy divbs does not look at them"},
        {{"--labelled-features", "L.npy"}, "strategy divbs does not look at them"},
        {{"--strategy", "lcmd", "--labelled-features", "L.npy"}, "5 columns and the features of the pool 12"},
        {{"--strategy", "lcmd", "--labelled-features", "NaN.npy"},
         "row 2 of labelled_features is not finite"},
        {{"--option", "pick"}, "--option 'pick' has no value"},
        {{"--option", "pick=ols", "--pick", "ols"}, "option pick is given twice"},
        {{"--strategy", "maxdet", "--option", "sigma=-1"}, "options.sigma is -1"},
        {{"--seeds", "5:2"}, "seeds '5:2'"},
        {{"--seeds", "1:2", "--data", "F.npy", "-o", "P.xyz"}, "seeds and output are both given"},
    };
    for (const auto& [more, message] : cases) {
        std::vector<std::string> arguments{"--features", "F.npy", "--ratio", "0.1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        if (std::find(more.begin(), more.end(), "--batch") == more.end()) {
            arguments.insert(arguments.end(), {"--batch", "4"});
        }
        const auto result = select(arguments);
        EXPECT_EQ(result.code, 2) << message;
        EXPECT_THAT(result.err, HasSubstr(message));
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    }
}

TEST_F(SelectCommand, help_and_documentation_name_every_strategy) {
    const std::string help = select({"--help"}).out;
    const std::string formats = read_file(FIBONAQI_SOURCE_DIR "/docs/formats.md");
    for (const std::string& name : strategy_names()) {
        EXPECT_THAT(help, HasSubstr("\n  " + name + " ")) << name;
        EXPECT_THAT(formats, HasSubstr("| `" + name + "` |")) << name;
    }
}

TEST_F(SelectCommand, worker_writes_a_result_also_when_it_fails) {
    Json task = worker_task("select");
    task["featurs"] = "F.npy";
    const Json unknown_key = worker_result(task);
    EXPECT_EQ(exit_code_, 2);
    EXPECT_EQ(unknown_key.at("ok"), false);
    EXPECT_EQ(unknown_key.at("exit_code"), 2);
    EXPECT_THAT(unknown_key.at("error").get<std::string>(), HasSubstr("did you mean 'features'"));

    const Json unknown_task = worker_result(worker_task("selct"));
    EXPECT_THAT(unknown_task.at("error").get<std::string>(), HasSubstr("did you mean 'select'"));

    task = worker_task("select");
    task["features"] = (folder_ / "F.npy").string();
    task["batch"] = "ten";
    EXPECT_THAT(worker_result(task).at("error").get<std::string>(), HasSubstr("batch is \"ten\""));
}

TEST_F(SelectCommand, worker_refuses_what_is_no_task) {
    EXPECT_EQ(test::run_command(folder_, "fibonaqi-worker", {}).code, 2);
    EXPECT_EQ(test::run_command(folder_, "fibonaqi-worker", {"absent.json"}).code, 2);
    write_file_atomically(folder_ / "task.json", "{\"format\": \"fibonaqi-worker-task\", \"version\": 99}");
    EXPECT_EQ(test::run_command(folder_, "fibonaqi-worker", {"task.json"}).code, 2);
}

}  // namespace
}  // namespace fibonaqi
