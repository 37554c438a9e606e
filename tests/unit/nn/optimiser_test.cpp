// Adam, clipping, averaged weights and learning rates against formulas written out, and against torch.
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>
#include <torch/optim/adam.h>

#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/adam.hpp"
#include "fibonaqi/nn/averaged_weights.hpp"
#include "fibonaqi/nn/learning_rate.hpp"
#include "fibonaqi/nn/weight_decay.hpp"

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
    for (const auto& [decay, amsgrad] : {std::pair{0.0, true}, {0.03, true}, {0.0, false}, {0.03, false}}) {
        std::vector<at::Tensor> ours{random_tensor({7}, 1), random_tensor({5}, 2)};
        std::vector<at::Tensor> theirs{ours[0].clone(), ours[1].clone()};
        for (at::Tensor& tensor : theirs) {
            tensor.set_requires_grad(true);
        }
        Adam adam(ours, {.weight_decay = decay, .amsgrad = amsgrad});
        torch::optim::Adam reference(theirs,
                                     torch::optim::AdamOptions(1e-2).amsgrad(amsgrad).weight_decay(decay));
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
    Adam adam({weight}, {});
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
    Adam adam({touched, untouched}, {.weight_decay = 0.1});
    adam.step({at::ones({2}, at::kDouble), at::Tensor()}, 0.5);
    EXPECT_LT(touched[0].item<double>(), 1.0);
    EXPECT_EQ(untouched[0].item<double>(), 1.0);
}

TEST(Adam, lets_only_the_named_parameters_decay) {
    const at::Tensor decaying = at::ones({1}, at::kDouble), other = at::ones({1}, at::kDouble);
    Adam adam({decaying, other}, {.weight_decay = 0.5, .decays = {true, false}});
    const at::Tensor nothing = at::zeros({1}, at::kDouble);
    adam.step({nothing, nothing}, 0.1);
    EXPECT_NEAR(decaying.item<double>(), 0.9, 1e-7);
    EXPECT_EQ(other.item<double>(), 1.0);
}

// The groups of get_params_options in mace/tools/scripts_utils.py.
TEST(WeightDecay, of_mace_is_for_products_and_linear_layers_behind_messages) {
    for (const char* name :
         {"products.0.symmetric_contractions.contractions.0.weights_max", "products.1.linear.weight",
          "interactions.0.linear.weight", "interactions.1.skip_tp_full.weight"}) {
        EXPECT_TRUE(decays("mace", name)) << name;
    }
    for (const char* name : {"node_embedding.linear.weight", "interactions.0.linear_up.weight",
                             "interactions.0.conv_tp_weights.layer0.weight", "interactions.1.skip_tp.weight",
                             "readouts.0.linear.weight", "readouts.1.linear_2.weight"}) {
        EXPECT_FALSE(decays("mace", name)) << name;
    }
}

TEST(WeightDecay, of_other_architectures_spares_biases) {
    EXPECT_TRUE(decays("tensornet", "final_layer.gated.layers.0.weight"));
    EXPECT_FALSE(decays("tensornet", "final_layer.gated.layers.0.bias"));
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
        const double decay = std::min(0.2, (2.0 + n) / (11.0 + n));  // step n + 1
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
        EXPECT_NEAR(weight.item<double>(), 9.0 / 11.0, 1e-14);  // decay 2 / 11
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

TEST(LearningRate, is_cut_when_the_loss_falls_by_less_than_a_ten_thousandth) {
    ScheduleOptions options;
    options.learning_rate = 1.0;
    options.plateau_patience = 0;
    LearningRate rate(options, 10);
    rate.report(1.0);
    rate.report(0.9998);
    EXPECT_EQ(rate.at(2.0, 0), 1.0);
    rate.report(0.99975);
    EXPECT_EQ(rate.at(3.0, 0), 0.5);
}

TEST(LearningRate, falls_by_a_factor_after_every_epoch) {
    ScheduleOptions options;
    options.kind = ScheduleKind::exponential;
    options.learning_rate = 0.8;
    options.decay = 0.5;
    const LearningRate rate(options, 10);
    EXPECT_DOUBLE_EQ(rate.at(0.9, 0), 0.8);
    EXPECT_DOUBLE_EQ(rate.at(1.0, 0), 0.4);
    EXPECT_DOUBLE_EQ(rate.at(3.5, 0), 0.1);
}

TEST(LearningRate, stays_where_it_is_held) {
    ScheduleOptions options;
    options.learning_rate = 0.8;
    LearningRate rate(options, 10);
    rate.hold(0.1);
    EXPECT_EQ(rate.at(5.0, 100), 0.1);
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
