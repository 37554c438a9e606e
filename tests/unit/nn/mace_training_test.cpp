// Training of a small MACE against mace-torch, step by step: tests/reference/mace_training.py made the
// numbers.
#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/mace_heads.hpp"
#include "fibonaqi/nn/learning_rate.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/nn/train_step.hpp"
#include "fibonaqi/nn/validation.hpp"

#include "tests/unit/nn/training_frames.hpp"

namespace fibonaqi::nn {
namespace {

const std::string folder = FIBONAQI_SOURCE_DIR "/tests/data/mace_training/";

// 1e-15 where this was written. Adam divides by the size of a gradient and so enlarges its rounding, which
// differs between processors.
constexpr double tolerance = 1e-11;

const Json& record() {
    static const Json values = parse_json(read_file(folder + "training.json"), folder + "training.json");
    return values;
}

std::unique_ptr<Network> start_network() {
    const Json& hyper = record().at("hyperparameters");
    ModelFile model;
    model.card.name = "random";
    model.card.architecture = "mace";
    model.card.hyperparameters = hyper;
    model.card.species = record().at("atomic_numbers").get<std::vector<int>>();
    model.card.cutoff = hyper.at("r_max");
    model.card.layers = hyper.at("num_interactions");
    model.card.dtype = "float64";
    model.tensors = read_tensor_file(folder + "model.safetensors").tensors;
    keep_head(model, {hyper.at("heads").get<std::vector<std::string>>()}, "");
    return load_network(model, at::TensorOptions().dtype(at::kDouble));
}

Frame frame_from(const Json& values) {
    Frame frame;
    frame.structure.atomic_numbers = values.at("numbers").get<std::vector<int>>();
    frame.structure.positions = values.at("positions").get<std::vector<Vec3>>();
    frame.structure.cell = values.at("cell").get<Mat3>();
    frame.structure.pbc.fill(values.at("periodic").get<bool>());
    frame.labels.forces = values.at("forces").get<std::vector<Vec3>>();
    if (!values.at("energy").is_null()) {
        frame.labels.energy = values.at("energy").get<double>();
    }
    if (!values.at("stress").is_null()) {
        frame.labels.stress = values.at("stress").get<Mat3>();
    }
    return frame;
}

// Our settings for those of mace-torch.
TrainOptions options_from(const Json& theirs) {
    const std::string loss = theirs.at("loss"), scheduler = theirs.at("scheduler");
    const bool has_stress = loss != "weighted";  // what "stress" and the Huber losses have there
    Json ours{{"loss", loss == "stress" ? "weighted" : loss},
              {"huber_delta", theirs.at("huber_delta")},
              {"energy_weight", theirs.at("energy_weight")},
              {"force_weight", theirs.at("forces_weight")},
              {"stress_weight", has_stress ? theirs.at("stress_weight") : Json(0)},
              {"learning_rate", theirs.at("lr")},
              {"epochs", theirs.at("max_num_epochs")},
              {"warmup_steps", 0},
              {"schedule", scheduler == "cosine"          ? "cosine"
                           : scheduler == "ExponentialLR" ? "exponential"
                                                          : "plateau"},
              {"lr_decay", theirs.at("lr_scheduler_gamma")},
              {"plateau_factor", theirs.at("lr_factor")},
              {"plateau_epochs", theirs.at("scheduler_patience")},
              {"amsgrad", theirs.at("amsgrad")},
              {"weight_decay", theirs.at("weight_decay")},
              {"clip_norm", theirs.at("clip_grad")},
              {"average_decay", theirs.at("ema_decay").is_null() ? Json(0) : theirs.at("ema_decay")}};
    if (!theirs.at("start_swa").is_null()) {
        ours["stage_two"] = Json{{"start_epoch", theirs.at("start_swa").get<int>() + 1},  // from 0 there
                                 {"learning_rate", theirs.at("swa_lr")},
                                 {"energy_weight", theirs.at("swa_energy_weight")},
                                 {"force_weight", theirs.at("swa_forces_weight")},
                                 {"stress_weight", has_stress ? theirs.at("swa_stress_weight") : Json(0)}};
    }
    return test::train_options(ours);
}

double relative_difference(double own, const Json& expected) {
    return std::abs(own / expected.get<double>() - 1.0);
}

class MaceTraining : public testing::TestWithParam<std::string> {
  protected:
    MaceTraining() : network_(start_network()) {
        for (const Json& values : record().at("frames")) {
            frames_.push_back(frame_from(values));
        }
        for (const std::size_t index : record().at("validation")) {
            validation_frames_.push_back(frames_.at(index));
        }
    }

    const Json& expected() const { return record().at("cases").at(GetParam()); }

    std::unique_ptr<Network> network_;
    std::vector<Frame> frames_, validation_frames_;
};

TEST_P(MaceTraining, has_the_losses_of_the_original) {
    const TrainOptions options = options_from(expected().at("settings"));
    const LabelledSet training = make_labelled_set(frames_, network_->card(), options.weights, "training");
    const LabelledSet validation =
        make_labelled_set(validation_frames_, network_->card(), options.weights, "validation");
    TrainStep step(*network_, training, options);
    LearningRate rate(options.schedule, options.epochs);
    LossOptions loss = loss_before_stage_two(options);
    std::size_t steps = 0;
    double largest = 0.0;
    for (std::size_t epoch = 1; epoch <= options.epochs; ++epoch) {
        if (options.stage_two && epoch == options.stage_two->start_epoch) {
            loss = loss_of_stage_two(options);
            step.minimise(loss);
            rate.hold(options.stage_two->learning_rate);
        }
        for (const Json& batch : expected().at("settings").at("batches")) {
            const double now = rate.at(static_cast<double>(epoch - 1), steps);
            EXPECT_LT(relative_difference(now, expected().at("rates").at(steps)), 1e-14) << "step " << steps;
            const double own = step.run(test::batch_of(batch.get<std::vector<std::uint64_t>>()), now).mean;
            const double difference = relative_difference(own, expected().at("losses").at(steps));
            EXPECT_LT(difference, tolerance) << "step " << steps << ": " << own;
            largest = std::max(largest, difference);
            ++steps;
        }
        const AveragedWeights::Applied averaged(step.averages());
        const double own = validate(*network_, validation, loss).loss;
        const double difference = relative_difference(own, expected().at("validation").at(epoch - 1));
        EXPECT_LT(difference, tolerance) << "epoch " << epoch << ": " << own;
        largest = std::max(largest, difference);
        rate.report(own);
    }
    EXPECT_EQ(steps, 20u);
    RecordProperty("largest_relative_difference", std::to_string(-std::log10(largest)) + " digits");
}

// Selection looks at gradients of single frames: their mean is the gradient that training follows.
TEST_P(MaceTraining, has_sample_gradients_of_the_same_loss) {
    const TrainOptions options = options_from(expected().at("settings"));
    const LabelledSet training = make_labelled_set(frames_, network_->card(), options.weights, "training");
    const std::vector<std::uint64_t> ids = expected().at("settings").at("batches")[0];
    GradientOptions gradients;
    gradients.loss = loss_before_stage_two(options);
    const at::Tensor rows =
        loss_gradients(*network_, graphs_of(training, ids), labels_of(training, ids), gradients);
    const at::Tensor weights = test::parameter(*network_, network_->last_layer_name()).detach().flatten();
    TrainStep step(*network_, training, options);
    const auto loss_at = [&](std::int64_t k, double by) {
        weights[k] += by;
        const double loss = step.run(test::batch_of(ids), /*learning_rate=*/0.0).mean;  // moves nothing
        weights[k] -= by;
        return loss;
    };
    const double shift = 1e-5;
    const at::Tensor mean = rows.mean(0);
    for (std::int64_t k = 0; k < mean.numel(); ++k) {
        const double expected_gradient = (loss_at(k, shift) - loss_at(k, -shift)) / (2.0 * shift);
        EXPECT_NEAR(mean[k].item<double>(), expected_gradient, 1e-5 * mean.abs().max().item<double>()) << k;
    }
}

std::vector<std::string> cases() {
    std::vector<std::string> names;
    for (const auto& [name, values] : record().at("cases").items()) {
        names.push_back(name);
    }
    return names;
}

INSTANTIATE_TEST_SUITE_P(All, MaceTraining, testing::ValuesIn(cases()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace fibonaqi::nn
