// Task "train": fine-tunes a model on labelled frames and writes it, as one file, when all is done.
#include <cstdio>
#include <filesystem>

#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/data/dataset.hpp"
#include "fibonaqi/nn/labelled_set.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/nn/sample_losses.hpp"
#include "fibonaqi/nn/torch_tensors.hpp"
#include "fibonaqi/nn/train_record.hpp"

#include "workflows/worker/pretrained_frames.hpp"
#include "workflows/worker/progress.hpp"
#include "workflows/worker/sources.hpp"
#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace fibonaqi::worker {
namespace {

namespace fs = std::filesystem;

// Before minutes of training, not after them.
void check_output(const fs::path& output, const fs::path& model) {
    const fs::path folder = output.parent_path().empty() ? fs::path(".") : output.parent_path();
    std::error_code ignored;
    if (fs::equivalent(output, model, ignored)) {
        throw ConfigError("output is the model itself, '" + output.string() +
                          "' (a model that others were trained from must stay) write another file");
    }
    if (fs::is_directory(output, ignored) || ::access(folder.c_str(), W_OK) != 0) {
        throw FileError("output '" + output.string() +
                        "' cannot be written (its folder is missing or read-only, " +
                        "or it is a folder) choose another place");
    }
}

std::vector<Frame> read_labelled(const std::string& path) {
    FrameFile file = read_extxyz(path);
    log::info(path + ": " + brief(file.audit));
    refuse_own_predictions(file.frames, file.audit, "label them first, with 'fibonaqi label'");
    return std::move(file.frames);
}

Json describe_file(const std::string& path, std::size_t frames) {
    return Json{
        {"file", fs::path(path).filename().string()}, {"sha256", sha256_of_file(path)}, {"frames", frames}};
}

// Messages name a frame by its number in the file, also when the file is split.
void number_frames(std::vector<Frame>& frames) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
        frames[i].info[nn::file_frame_key] = static_cast<long>(i);
    }
}

// Frames of both sides, and what the model's card says about them.
struct TrainData {
    DataSplit split;
    Json record;
};

TrainData read_data(const Json& task) {
    const std::string train = text(task, "train");
    const double share = number(task, "validation_share", 0.0);
    TrainData data;
    data.split.train = read_labelled(train);
    data.record["train"] = describe_file(train, data.split.train.size());
    data.record["validation"] = nullptr;
    if (has(task, "validation")) {
        const std::string validation = text(task, "validation");
        data.split.validation = read_labelled(validation);
        data.record["validation"] = describe_file(validation, data.split.validation.size());
    } else if (share > 0.0) {
        number_frames(data.split.train);
        data.split = split_frames(data.split.train, share, count(task, "seed", 0));
        data.record["validation"] = Json{{"share_of_train", share}, {"frames", data.split.validation.size()}};
    }
    if (data.split.validation.empty()) {
        log::warning(
            "there are no validation frames (nothing tells when the model gets worse): the last epoch "
            "is kept");
    }
    return data;
}

// "45 s left", "12 min left", "3.5 h left": the epochs to come take as long as those before.
std::string time_left(const nn::EpochRecord& record, std::size_t epochs) {
    const double done = static_cast<double>(record.epoch);
    const double seconds = record.seconds / done * (static_cast<double>(epochs) - done);
    char text[32];
    if (seconds < 90.0) {
        std::snprintf(text, sizeof text, "%.0f s left", seconds);
    } else if (seconds < 5400.0) {
        std::snprintf(text, sizeof text, "%.0f min left", seconds / 60.0);
    } else {
        std::snprintf(text, sizeof text, "%.1f h left", seconds / 3600.0);
    }
    return text;
}

std::string note_of(const nn::EpochRecord& record, std::size_t epochs) {
    char text[96];
    const bool has_forces = record.validation && record.validation->errors.forces;
    if (has_forces) {
        std::snprintf(text, sizeof text, "epoch %zu, validation %.4f eV/A", record.epoch,
                      record.validation->errors.forces->rmse);
    } else {
        std::snprintf(text, sizeof text, "epoch %zu, training loss %.4g", record.epoch, record.train_loss);
    }
    return text + (", " + time_left(record, epochs));
}

void tell(const nn::TrainSummary& summary) {
    if (!summary.validation_before) {
        return;
    }
    log::info("validation before: " + brief(summary.validation_before->errors));
    log::info("validation after:  " + brief(summary.validation_after->errors) + " (epoch " +
              std::to_string(summary.kept_epoch) + " of " + std::to_string(summary.curve.size()) + ")");
    if (summary.kept_epoch == 0) {
        log::warning(
            "no epoch was better on the validation frames than the start (too large a learning rate, or "
            "too few labels): the weights are those of the model that was given");
    }
}

// Losses of the training frames as a model sees them that was trained on others; empty where none is given.
std::vector<double> reference_losses(const Json& task, const nn::TrainOptions& options,
                                     std::span<const Frame> training) {
    if (!has(task, "reference_model")) {
        return {};
    }
    const std::unique_ptr<nn::Network> reference = open_network(
        Json{{"model", text(task, "reference_model")}, {"dtype", text(task, "dtype", "float32")}});
    const nn::LabelledSet set =
        nn::make_labelled_set(training, reference->card(), options.weights, "training");
    return nn::sample_losses(*reference, set.graphs, set.labels, nn::loss_before_stage_two(options),
                             nn::default_chunk);
}

// What the training made of the network on frames that were there to judge that; null where there are none.
Json judge_forgetting(const nn::Network& network, const PretrainedFrames& frames, const ErrorReport& before,
                      const nn::ForgettingOptions& options) {
    if (frames.forgetting.frames.empty()) {
        return nullptr;
    }
    const nn::Forgetting forgetting{frames.initial, before,
                                    nn::errors_beside_constants(network, frames.forgetting),
                                    frames.forgetting.frames.size()};
    if (nn::is_alarming(forgetting, options)) {
        log::warning("the model forgets what it was pretrained on: " + nn::describe(forgetting, options) +
                     " (the new labels say nothing about it) use a smaller learning_rate, fewer epochs, or "
                     "replay of frames like those that matter");
    }
    return nn::to_json(forgetting, options);
}

TensorType stored_type(const Json& task, const ModelFile& parent) {
    const bool is_double = nn::scalar_type_from(text(task, "store_dtype", parent.card.dtype)) == at::kDouble;
    return is_double ? TensorType::float64 : TensorType::float32;
}

nn::TrainSummary train(nn::Network& network, const nn::TrainFrames& frames, const nn::TrainOptions& options) {
    Progress progress("training");
    const auto report = [&](const nn::EpochRecord& record) {
        progress.report(record.epoch, options.epochs, note_of(record, options.epochs));
    };
    progress.report(0, options.epochs);
    nn::TrainSummary summary = nn::train(network, frames, options, report);
    progress.report(options.epochs, options.epochs, "done");
    return summary;
}

// What makes this training and no other. Threads belong to it, since sums round differently with more of
// them.
Json identity(const Json& task, const nn::TrainOrigin& origin) {
    return Json{{"model", origin.parent_sha256},       {"data", origin.data},
                {"settings", origin.settings},         {"seed", origin.seed},
                {"keep", text(task, "keep", "best")},  {"dtype", text(task, "dtype", "float32")},
                {"threads", count(task, "threads", 1)}};
}

nn::CheckpointOptions checkpoint_options(const Json& task, const nn::TrainOrigin& origin) {
    nn::CheckpointOptions options;
    options.file = text(task, "checkpoint", "");
    options.every_minutes = number(task, "checkpoint_minutes", 0.0);
    options.every_epochs = count(task, "checkpoint_epochs", 0);
    options.restart_other = flag(task, "restart_other", false);
    options.run = identity(task, origin);
    return options;
}

// The model is written: nothing is left to go on with.
void remove_checkpoint(const fs::path& file) {
    std::error_code ignored;
    fs::remove(file, ignored);
}

void check_task(const Json& task) {
    check_keys(task,
               {"format",
                "version",
                "task",
                "result",
                "threads",
                "model",
                "train",
                "validation",
                "validation_share",
                "output",
                "keep",
                "seed",
                "dtype",
                "store_dtype",
                "settings",
                "checkpoint",
                "checkpoint_minutes",
                "checkpoint_epochs",
                "restart_other",
                "replay",
                "forgetting",
                "initial_model",
                "reference_model"},
               "");
}

}  // namespace

Json run_train(const Json& task) {
    check_task(task);
    const Json settings = nn::checked_train_settings(section(task, "settings"), "settings");
    const fs::path output = text(task, "output"), model = resolve_model(text(task, "model"));
    check_output(output, model);
    nn::TrainOptions options = nn::train_options_from_json(settings);
    options.seed = count(task, "seed", 0);
    options.keep = nn::kept_weights_from(text(task, "keep", "best"));
    const ModelFile parent = read_model_file(model);
    const TensorType type = stored_type(task, parent);
    const std::unique_ptr<nn::Network> network = nn::load_network(
        parent, at::TensorOptions().dtype(nn::scalar_type_from(text(task, "dtype", "float32"))));
    TrainData data = read_data(task);
    PretrainedFrames pretrained = read_pretrained_frames(task, *network, options);
    data.record.update(pretrained.record);
    if (has(task, "reference_model")) {
        data.record["reference_model"] = sha256_of_file(resolve_model(text(task, "reference_model")));
    }
    nn::TrainOrigin origin{parent.sha256, options.seed, settings, data.record, {}};
    options.checkpoint = checkpoint_options(task, origin);
    const ErrorReport before = nn::errors_beside_constants(*network, pretrained.forgetting);

    const nn::TrainSummary summary =
        train(*network,
              {data.split.train, data.split.validation, std::move(pretrained.replay),
               reference_losses(task, options, data.split.train)},
              options);
    tell(summary);
    origin.forgetting = judge_forgetting(*network, pretrained, before, options.forgetting);
    const ModelFile trained = nn::trained_model(*network, summary, origin, data.split.train, type);
    Json result{{"model", output.string()},
                {"sha256", write_model_file(output, trained)},
                {"parent_sha256", parent.sha256},
                {"train_frames", data.split.train.size()},
                {"validation_frames", data.split.validation.size()}};
    result.update(nn::to_json(summary, network->card()));
    remove_checkpoint(options.checkpoint.file);
    result["forgetting"] = origin.forgetting;
    return result;
}

}  // namespace fibonaqi::worker
