// Adam, clipping, averaged weights and learning rates against formulas written out, and against torch.
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>
#include <torch/optim/adam.h>

#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/adam.hpp"
#include "fibonaqi/nn/averaged_weights.hpp"
#include "fibonaqi/nn/learning_rate.hpp"

namespace fibonaqi::nn {
namespace {

at::Tensor random_tensor(std::vector<std::int64_t> shape, std::uint64_t item) {
    KeyedRng rng(3, "optimiser test", 0, item);
    at::Tensor values = at::empty(shape, at::kDouble);
    for (std::int64_t i = 0; i < values.numel(); ++i) {
        values.data_ptr<double>()[i] = rng.normal();
    }
    return values;
}

// A gradient that shrinks after a while, so that the maximum of amsgrad matters.
at::Tensor gradient_at(int step, std::int64_t size, std::uint64_t item) {
    const double scale = step < 20 ? 1.0 : 0.1;
    return scale * random_tensor({size}, 1000 * item + static_cast<std::uint64_t>(step));
}

TEST(Adam, equals_the_optimiser_of_torch) {
    for (const double decay : {0.0, 0.03}) {
        std::vector<at::Tensor> ours{random_tensor({7}, 1), random_tensor({5}, 2)};
        std::vector<at::Tensor> theirs{ours[0].clone(), ours[1].clone()};
        for (at::Tensor& tensor : theirs) {
            tensor.set_requires_grad(true);
        }
        Adam adam(ours, decay);
        torch::optim::Adam reference(theirs,
                                     torch::optim::AdamOptions(1e-2).amsgrad(true).weight_decay(decay));
        for (int step = 0; step < 60; ++step) {
            const double rate = 1e-2 / (1.0 + step);
            const std::vector<at::Tensor> gradients{gradient_at(step, 7, 1), gradient_at(step, 5, 2)};
            adam.step(gradients, rate);
            static_cast<torch::optim::AdamOptions&>(reference.param_groups()[0].options()).lr(rate);
            for (std::size_t i = 0; i < theirs.size(); ++i) {
                theirs[i].mutable_grad() = gradients[i].clone();
            }
            reference.step();
        }
        for (std::size_t i = 0; i < ours.size(); ++i) {
            EXPECT_LT((ours[i] - theirs[i]).abs().max().item<double>(), 1e-14) << "decay " << decay;
        }
    }
}

TEST(Adam, follows_its_formula) {
    const at::Tensor weight = at::full({1}, 2.0, at::kDouble);
    Adam adam({weight}, 0.0);
    double w = 2.0, m = 0.0, v = 0.0, u = 0.0;
    const std::vector<double> gradients{1.0, -0.5, 0.01, 0.02};
    for (std::size_t t = 1; t <= gradients.size(); ++t) {
        const double g = gradients[t - 1];
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        u = std::max(u, v);
        const double steps = static_cast<double>(t);
        w -= 0.1 / (1.0 - std::pow(0.9, steps)) * m /
             (std::sqrt(u) / std::sqrt(1.0 - std::pow(0.999, steps)) + 1e-8);
        adam.step({at::full({1}, g, at::kDouble)}, 0.1);
        EXPECT_NEAR(weight.item<double>(), w, 1e-14) << t;
    }
}

TEST(Adam, leaves_a_parameter_without_gradient_alone) {
    const at::Tensor touched = at::ones({2}, at::kDouble), untouched = at::ones({2}, at::kDouble);
    Adam adam({touched, untouched}, 0.1);
    adam.step({at::ones({2}, at::kDouble), at::Tensor()}, 0.5);
    EXPECT_LT(touched[0].item<double>(), 1.0);
    EXPECT_EQ(untouched[0].item<double>(), 1.0);
}

TEST(Clipping, limits_the_norm_of_all_gradients_together) {
    const std::vector<at::Tensor> gradients{at::full({2}, 3.0, at::kDouble), at::Tensor(),
                                            at::full({1}, std::sqrt(7.0), at::kDouble)};
    EXPECT_NEAR(gradient_norm(gradients), 5.0, 1e-14);
    const auto scaled = clipped(gradients, 5.0, 1.0);
    EXPECT_NEAR(gradient_norm(scaled), 1.0, 1e-6);
    EXPECT_NEAR(scaled[0][0].item<double>() / scaled[2][0].item<double>(), 3.0 / std::sqrt(7.0), 1e-14);
    EXPECT_FALSE(scaled[1].defined());
    EXPECT_EQ(gradients[0][0].item<double>(), 3.0) << "the original was changed";
    for (const double longest : {0.0, 5.0, 100.0}) {
        EXPECT_EQ(clipped(gradients, 5.0, longest)[0][0].item<double>(), 3.0) << longest;
    }
    EXPECT_TRUE(std::isnan(gradient_norm({at::full({1}, std::nan(""), at::kDouble)})));
}

TEST(AveragedWeights, follow_their_formula) {
    const at::Tensor weight = at::zeros({1}, at::kDouble);
    AveragedWeights averages({weight}, 0.2);
    double expected = 0.0;
    for (int n = 0; n < 6; ++n) {
        weight.fill_(1.0 + n);
        averages.update();
        const double decay = std::min(0.2, (1.0 + n) / (10.0 + n));
        expected = decay * expected + (1.0 - decay) * (1.0 + n);
        EXPECT_NEAR(averages.snapshot()[0].item<double>(), expected, 1e-14) << n;
    }
}

TEST(AveragedWeights, are_lent_to_the_network_for_a_while) {
    const at::Tensor weight = at::zeros({1}, at::kDouble).requires_grad_(true);
    AveragedWeights averages({weight}, 0.9);
    assign({weight}, {at::ones({1}, at::kDouble)});
    averages.update();
    {
        const AveragedWeights::Applied applied(averages);
        EXPECT_NEAR(weight.item<double>(), 0.9, 1e-14);
        EXPECT_TRUE(weight.requires_grad());
    }
    EXPECT_EQ(weight.item<double>(), 1.0);
}

TEST(AveragedWeights, are_the_weights_themselves_without_averaging) {
    const at::Tensor weight = at::zeros({1}, at::kDouble);
    AveragedWeights averages({weight}, 0.0);
    weight.fill_(3.0);
    averages.update();
    EXPECT_EQ(averages.snapshot()[0].item<double>(), 3.0);
}

TEST(LearningRate, falls_along_half_a_wave) {
    ScheduleOptions options;
    options.kind = ScheduleKind::cosine;
    options.learning_rate = 0.4;
    options.lowest_fraction = 0.1;
    const LearningRate rate(options, 8);
    EXPECT_DOUBLE_EQ(rate.at(0.0, 0), 0.4);
    EXPECT_NEAR(rate.at(4.0, 0), 0.22, 1e-15);
    EXPECT_NEAR(rate.at(2.0, 0), 0.04 + 0.36 * 0.5 * (1.0 + std::numbers::sqrt2 / 2.0), 1e-15);
    EXPECT_NEAR(rate.at(8.0, 0), 0.04, 1e-15);
    EXPECT_NEAR(rate.at(9.0, 0), 0.04, 1e-15);
}

TEST(LearningRate, is_cut_when_the_loss_stays) {
    ScheduleOptions options;
    options.learning_rate = 1.0;
    options.plateau_patience = 2;
    options.plateau_factor = 0.5;
    options.lowest_fraction = 0.2;
    LearningRate rate(options, 100);
    const std::vector<double> losses{3.0, 2.0, 2.0, 2.5, 2.1, 1.0, 1.0, 1.0,
                                     1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    const std::vector<double> rates{1, 1, 1, 1, .5, .5, .5, .5, .25, .25, .25, .2, .2, .2, .2};
    for (std::size_t i = 0; i < losses.size(); ++i) {
        rate.report(losses[i]);
        EXPECT_DOUBLE_EQ(rate.at(static_cast<double>(i), 0), rates[i]) << i;
    }
}

TEST(LearningRate, rises_at_first) {
    ScheduleOptions options;
    options.kind = ScheduleKind::constant;
    options.learning_rate = 0.4;
    options.warmup_steps = 3;
    const LearningRate rate(options, 2);
    const std::vector<double> rates{0.1, 0.2, 0.3, 0.4, 0.4};
    for (std::size_t step = 0; step < rates.size(); ++step) {
        EXPECT_DOUBLE_EQ(rate.at(0.0, step), rates[step]) << step;
    }
}

TEST(LearningRate, can_stay) {
    ScheduleOptions options;
    options.kind = ScheduleKind::constant;
    options.learning_rate = 0.3;
    LearningRate rate(options, 2);
    rate.report(1.0);
    rate.report(2.0);
    EXPECT_EQ(rate.at(1.9, 0), 0.3);
}

}  // namespace
}  // namespace fibonaqi::nn
