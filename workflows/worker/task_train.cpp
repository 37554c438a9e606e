// Task "train": fine-tunes a model on labelled frames and writes it, as one file, when all is done.
#include <cstdio>
#include <filesystem>

#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/data/dataset.hpp"
#include "fibonaqi/nn/torch_tensors.hpp"
#include "fibonaqi/nn/train_record.hpp"

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

std::string note_of(const nn::EpochRecord& record) {
    char text[96];
    const bool has_forces = record.validation && record.validation->errors.forces;
    if (has_forces) {
        std::snprintf(text, sizeof text, "epoch %zu, validation %.4f eV/A", record.epoch,
                      record.validation->errors.forces->rmse);
    } else {
        std::snprintf(text, sizeof text, "epoch %zu, training loss %.4g", record.epoch, record.train_loss);
    }
    return text;
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

TensorType stored_type(const Json& task, const ModelFile& parent) {
    const bool is_double = nn::scalar_type_from(text(task, "store_dtype", parent.card.dtype)) == at::kDouble;
    return is_double ? TensorType::float64 : TensorType::float32;
}

nn::TrainSummary train(nn::Network& network, const TrainData& data, const nn::TrainOptions& options) {
    Progress progress("training");
    const auto report = [&](const nn::EpochRecord& record) {
        progress.report(record.epoch, options.epochs, note_of(record));
    };
    progress.report(0, options.epochs);
    nn::TrainSummary summary = nn::train(network, data.split.train, data.split.validation, options, report);
    progress.report(options.epochs, options.epochs, "done");
    return summary;
}

}  // namespace

Json run_train(const Json& task) {
    check_keys(task,
               {"format", "version", "task", "result", "threads", "model", "train", "validation",
                "validation_share", "output", "keep", "seed", "dtype", "store_dtype", "settings"},
               "");
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
    const TrainData data = read_data(task);

    const nn::TrainSummary summary = train(*network, data, options);
    tell(summary);
    const nn::TrainOrigin origin{parent.sha256, options.seed, settings, data.record};
    const ModelFile trained = nn::trained_model(*network, summary, origin, data.split.train, type);
    Json result{{"model", output.string()},
                {"sha256", write_model_file(output, trained)},
                {"parent_sha256", parent.sha256},
                {"train_frames", data.split.train.size()},
                {"validation_frames", data.split.validation.size()}};
    result.update(nn::to_json(summary, network->card()));
    return result;
}

}  // namespace fibonaqi::worker
