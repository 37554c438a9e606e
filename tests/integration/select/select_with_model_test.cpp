// Selection from a pool with a model: features, pseudo labels from the last-layer posterior, picks.
#include "tests/integration/select/select_with_model.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibonaqi {
namespace {

using test::SelectWithModel;
using testing::HasSubstr;

TEST_F(SelectWithModel, pseudo_labels_give_the_same_picks_whatever_threads_and_chunks) {
    const Json once = select({"--pseudo-labels", "posterior", "--seed", "4"});
    EXPECT_EQ(once.at("picks").size(), 6u);  // of two superbatches of ten
    EXPECT_EQ(once.at("pseudo_labels").at("labelled_frames"), 0);
    std::vector<std::uint64_t> ids;
    for (const Json& pick : once.at("picks")) {
        ids.push_back(pick.at("id"));
        EXPECT_GT(pick.at("force_spread_eV_per_A").get<double>(), 0.0);
    }
    for (const std::vector<std::string>& how :
         {std::vector<std::string>{"--threads", "2"}, {"--chunk", "1"}, {"--chunk", "10"}}) {
        std::vector<std::string> arguments{"--pseudo-labels", "posterior", "--seed", "4"};
        arguments.insert(arguments.end(), how.begin(), how.end());
        const Json again = select(arguments);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            EXPECT_EQ(again.at("picks")[i].at("id").get<std::uint64_t>(), ids[i]) << how[0] << how[1];
        }
    }
    EXPECT_NE(select({"--pseudo-labels", "posterior", "--seed", "5"}).at("picks"), once.at("picks"));
}

TEST_F(SelectWithModel, the_posterior_is_scaled_to_the_force_error_measured_on_labelled_frames) {
    write_labelled("labelled.xyz");
    const Json result = select({"--pseudo-labels", "posterior", "--labelled", "labelled.xyz"});
    const Json& report = result.at("pseudo_labels");
    EXPECT_EQ(report.at("labelled_frames"), 20);
    // One of three components has an error of 0.2: 0.2 / sqrt(3), to the noise of 200 draws.
    EXPECT_NEAR(report.at("force_rmse_eV_per_A").get<double>(), 0.2 / std::sqrt(3.0), 0.02);
}

TEST_F(SelectWithModel, features_of_labelled_frames_are_those_that_the_features_command_writes) {
    write_labelled("pool.xyz");
    const auto features = test::run_command(folder_, "fibonaqi",
                                            {"features", "--model", "tiny.safetensors", "--data", "pool.xyz",
                                             "--kind", "loss_gradient", "-o", "F.npy"});
    ASSERT_EQ(features.code, 0) << features.err;
    EXPECT_THAT(features.out, HasSubstr("20 rows x 3 columns"));
    const Json of_model = select({"--seed", "2"});
    const auto stored = test::run_command(folder_, "fibonaqi",
                                          {"select", "--features", "F.npy", "--batch", "3", "--ratio", "0.3",
                                           "--seed", "2", "--json", "T.json"});
    ASSERT_EQ(stored.code, 0) << stored.err;
    const Json of_file = read_json(folder_ / "T.json");
    for (std::size_t i = 0; i < of_model.at("picks").size(); ++i) {
        EXPECT_EQ(of_model.at("picks")[i].at("id"), of_file.at("picks")[i].at("id"));
    }
}

TEST_F(SelectWithModel,
       frames_without_labels_are_refused_for_loss_gradients_unless_pseudo_labels_are_asked_for) {
    const auto result = test::run_command(
        folder_, "fibonaqi",
        {"select", "--model", "tiny.safetensors", "--data", "pool.xyz", "--batch", "3", "--ratio", "0.3"});
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr("use pseudo labels or the kind prediction_gradient"));
    EXPECT_EQ(select({"--kind", "prediction_gradient"}).at("picks").size(), 6u);
    EXPECT_EQ(select({"--kind", "embedding"}).at("picks").size(), 6u);
}

TEST_F(SelectWithModel, every_kind_of_features_is_a_row_per_frame) {
    write_labelled("pool.xyz");
    // Three elements and 6 pairs of them, three weights in the last layer, 6 = 3 * 4 / 2 of force_jacobian.
    const std::map<std::string, std::int64_t> columns{{"loss_gradient", 3},
                                                      {"prediction_gradient", 3},
                                                      {"force_jacobian", 6},
                                                      {"composition", 3},
                                                      {"geometry", 97}};
    for (const auto& [kind, width] : columns) {
        EXPECT_EQ(features({"--model", "tiny.safetensors", "--kind", kind}).size(1), width) << kind;
        EXPECT_EQ(select({"--kind", kind}).at("picks").size(), 6u) << kind;
    }
    EXPECT_TRUE(at::equal(features({"--model", "tiny.safetensors", "--kind", "composition"}),
                          features({"--kind", "composition"})))
        << "composition depends on a model";
}

// The tiny model has four channels: 4 weights in the first readout, 4 x 3 hidden ones and 3 last ones.
TEST_F(SelectWithModel, gradients_can_be_of_more_weights_than_the_last_layer_has) {
    write_labelled("pool.xyz");
    const auto with = [&](const std::string& kind, const std::string& set) {
        return features({"--model", "tiny.safetensors", "--kind", kind, "--last-layer", set});
    };
    for (const std::string kind : {"loss_gradient", "prediction_gradient"}) {
        const at::Tensor last = with(kind, "final"), linear = with(kind, "linear_readouts"),
                         all = with(kind, "readouts");
        ASSERT_EQ(last.size(1), 3);
        ASSERT_EQ(linear.size(1), 7);
        ASSERT_EQ(all.size(1), 19);
        EXPECT_TRUE(at::allclose(linear.narrow(1, 4, 3), last, 1e-9, 1e-12));
        EXPECT_TRUE(at::allclose(all.narrow(1, 0, 4), linear.narrow(1, 0, 4), 1e-9, 1e-12));
        EXPECT_TRUE(at::allclose(all.narrow(1, 16, 3), last, 1e-9, 1e-12));
    }
    EXPECT_EQ(with("force_jacobian", "readouts").size(1), 19 * 20 / 2);
    EXPECT_EQ(select({"--last-layer", "readouts"}).at("picks").size(), 6u);
}

TEST_F(SelectWithModel, kinds_side_by_side_are_scaled_to_length_one_and_weighted) {
    const at::Tensor embedding = features({"--model", "tiny.safetensors", "--kind", "embedding"});
    const at::Tensor shares = features({"--kind", "composition"});
    const at::Tensor both =
        features({"--model", "tiny.safetensors", "--kind", "embedding", "--kind", "composition=0.5"});
    const auto unit = [](const at::Tensor& rows) { return rows / rows.square().sum(1).mean().sqrt(); };
    EXPECT_TRUE(at::allclose(both, at::cat({unit(embedding), 0.5 * unit(shares)}, 1), 1e-12, 1e-12));
    EXPECT_EQ(select({"--kind", "embedding", "--kind", "composition=0.5"}).at("picks").size(), 6u);
}

TEST_F(SelectWithModel, a_matrix_of_the_users_stands_beside_what_is_computed) {
    const at::Tensor mine = features({"--model", "tiny.safetensors", "--kind", "geometry"});
    std::filesystem::rename(folder_ / "F.npy", folder_ / "mine.npy");
    EXPECT_TRUE(at::equal(features({"--kind", "mine.npy"}), mine));
    const std::vector<std::string> own{"--kind", "embedding", "--kind", "mine.npy=0.5"};
    const std::vector<std::string> computed{"--kind", "embedding", "--kind", "geometry=0.5"};
    // In superbatches, whose frames are others and in another order than in the file.
    EXPECT_EQ(select(own).at("picks"), select(computed).at("picks"));
    const auto refusal = [&](const std::vector<std::string>& arguments) {
        std::vector<std::string> all{"select",  "--model", "tiny.safetensors", "--data", "pool.xyz",
                                     "--batch", "3",       "--ratio",          "0.3",    "--kind",
                                     "mine.npy"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return test::run_command(folder_, "fibonaqi", all).err;
    };
    EXPECT_THAT(refusal({"--strategy", "lcmd", "--labelled", "pool.xyz"}),
                HasSubstr("labelled frames have no rows in"));
    write_extxyz(folder_ / "pool.xyz", {pool_[0], pool_[1]});
    EXPECT_THAT(refusal({}), HasSubstr("20 rows and data has 2 frames"));
}

TEST_F(SelectWithModel, rows_are_normalised_or_clipped_in_their_superbatch) {
    const std::vector<std::string> source{"--model", "tiny.safetensors", "--kind", "prediction_gradient"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), source.begin(), source.end());
        return features(more).square().sum(1).sqrt();
    };
    EXPECT_NEAR(with({"--normalise-rows"}).min().item<double>(), 1.0, 1e-12);
    const at::Tensor raw = with({});
    EXPECT_TRUE(
        at::allclose(with({"--clip-norm", "0.8"}), raw.clamp_max(at::quantile(raw, 0.8).item()), 1e-12, 0.0));
    // Longest rows first: clipped, several are equally long, and none is longer than in its superbatch.
    const auto longest = [&](const std::vector<std::string>& how) {
        std::vector<std::string> arguments{"--kind", "prediction_gradient", "--strategy", "gradient_norm"};
        arguments.insert(arguments.end(), how.begin(), how.end());
        return select(arguments).at("picks");
    };
    const Json clipped = longest({"--clip-norm", "0.5"});
    EXPECT_NEAR(clipped[0].at("score").get<double>(), clipped[2].at("score").get<double>(), 1e-12);
    EXPECT_GT(longest({})[0].at("score").get<double>(), clipped[0].at("score").get<double>());
    EXPECT_NEAR(longest({"--normalise-rows"})[4].at("score").get<double>(), 1.0, 1e-12);
}

TEST_F(SelectWithModel, what_rows_cannot_be_made_of_is_said_in_one_sentence) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"--kind", "embedding"}, "no model is given"},
        {{"--kind", "embeding"}, "did you mean 'embedding'?"},
        {{"--kind", "composition=0"}, "kind.weight is 0.0"},
        {{"--kind", "composition=much"}, "has a weight that is no number"},
        {{"--kind", "composition", "--clip-norm", "1"}, "clip_norm is 1.0"},
        {{"--kind", "composition", "--clip-norm", "0.9", "--normalise-rows"}, "are both given"},
        {{"--kind", "composition", "--directions", "1"}, "directions is 1"},
        {{"--kind", "composition", "--last-layer", "finall"}, "did you mean 'final'?"},
    };
    for (const auto& [arguments, message] : cases) {
        std::vector<std::string> all{"features", "--data", "pool.xyz", "-o", "F.npy"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        const auto result = test::run_command(folder_, "fibonaqi", all);
        EXPECT_EQ(result.code, 2);
        EXPECT_THAT(result.err, HasSubstr(message));
    }
}

}  // namespace
}  // namespace fibonaqi
