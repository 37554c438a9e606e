// Fine-tuning of the real MACE-MP-0 small on real DFT labels, against what mace-torch reaches on them.
//
// Oracle: mace-torch (eager, float32), 30 random frames of shared/data/si8_qe at 300 to 2500 K, Adam amsgrad,
// learning rate 0.003 falling along a cosine, batch 5, energy:force 1:100, one E0 shift, 10 epochs: force
// RMSE on other frames 0.256 eV/angstrom before, 0.102 after.
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/nn/trainer.hpp"
#include "fibonaqi/select/keyed_order.hpp"

#include "tests/support/mace_reference.hpp"

namespace fibonaqi {
namespace {

double temperature(const Frame& frame) {
    const InfoValue& value = frame.info.at("temperature_K");
    return std::holds_alternative<long>(value) ? static_cast<double>(std::get<long>(value))
                                               : std::get<double>(value);
}

// 30 frames drawn at random, and all others.
struct Split {
    std::vector<Frame> train, test;
};

Split split_pool() {
    const FrameFile pool = read_extxyz(test::shared_directory() / "data/si8_qe/pool.xyz");
    std::vector<std::uint64_t> ids;
    for (std::size_t i = 0; i < pool.frames.size(); ++i) {
        if (temperature(pool.frames[i]) <= 2500.0) {
            ids.push_back(i);
        }
    }
    Split split;
    for (const std::uint64_t id : keyed_order(ids, {1, "silicon training test", 0})) {
        if (split.train.size() < 30) {
            split.train.push_back(pool.frames[id]);
        } else {
            split.test.push_back(pool.frames[id]);
        }
    }
    return split;
}

TEST(SiliconTraining, reaches_what_the_original_reaches) {
    FIBONAQI_NEEDS_SHARED("data/si8_qe");
    FIBONAQI_NEEDS_SHARED("data/mace_reference");
    const Split split = split_pool();
    const auto network = nn::load_network(test::MaceReference("mp0_small_11el").model(),
                                          at::TensorOptions().dtype(at::kFloat));
    const Json settings{{"epochs", 10},         {"batch", 5},        {"learning_rate", 3e-3},
                        {"schedule", "cosine"}, {"warmup_steps", 0}, {"average_decay", 0.0}};
    nn::TrainOptions options =
        nn::train_options_from_json(nn::checked_train_settings(settings, "test settings"));
    options.seed = 1;
    const nn::TrainSummary summary = nn::train(*network, split.train, {}, options, {});
    EXPECT_EQ(summary.steps, 60u);

    nn::LossOptions loss;
    const nn::LabelledSet test = nn::make_labelled_set(split.test, network->card(), loss.weights, "test");
    const double after = nn::validate(*network, test, loss).errors.forces->rmse;
    const auto untouched = nn::load_network(test::MaceReference("mp0_small_11el").model(),
                                            at::TensorOptions().dtype(at::kFloat));
    const double before = nn::validate(*untouched, test, loss).errors.forces->rmse;
    EXPECT_NEAR(before, 0.256, 0.02);
    EXPECT_NEAR(after, 0.102, 2 * 0.006);
}

}  // namespace
}  // namespace fibonaqi
