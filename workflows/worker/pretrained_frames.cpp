#include "workflows/worker/pretrained_frames.hpp"

#include <filesystem>
#include <memory>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/data/dataset.hpp"

#include "workflows/worker/sources.hpp"
#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

// Of replay frames, where nothing else tells what was forgotten: frames that were trained on cannot.
constexpr double share_kept_back = 0.2;

std::vector<Frame> read_file(const Json& task, const std::string& key, nn::PretrainedLabels labels) {
    const std::string path = text(task, key);
    FrameFile file = read_extxyz(path);
    log::info(path + ": " + brief(file.audit));
    if (file.frames.empty()) {
        throw ConfigError(key + ": '" + path +
                          "' has no frames (there is nothing to keep) give another file");
    }
    if (labels == nn::PretrainedLabels::file) {
        refuse_own_predictions(file.frames, file.audit,
                               "take labels \"model\", which makes them anew with the initial model");
    }
    return std::move(file.frames);
}

Json describe(const Json& task, const std::string& key, std::size_t frames) {
    const std::string path = text(task, key);
    return Json{{"file", std::filesystem::path(path).filename().string()},
                {"sha256", sha256_of_file(path)},
                {"frames", frames}};
}

void warn_of_judged_replay(const Json& record) {
    if (record.contains("replay") && record["replay"].at("sha256") == record["forgetting"].at("sha256")) {
        log::warning(
            "forgetting is the same file as replay (frames that are trained on cannot tell what is forgotten "
            "elsewhere) leave \"forgetting\" out, and a fifth of \"replay\" is kept back for it");
    }
}

void label(const nn::Network& initial, const std::string& key, nn::PretrainedLabels labels,
           std::vector<Frame>& frames) {
    if (labels == nn::PretrainedLabels::model) {
        try {
            nn::label_by_network(initial, frames);
        } catch (const Error&) {
            rethrow_with_context(key);
        }
    }
}

void split(const Json& task, PretrainedFrames& frames, const nn::TrainOptions& options) {
    if (has(task, "replay")) {
        frames.replay.frames = read_file(task, "replay", options.replay.labels);
        frames.record["replay"] = describe(task, "replay", frames.replay.frames.size());
    }
    if (has(task, "forgetting")) {
        frames.forgetting.frames = read_file(task, "forgetting", options.forgetting.labels);
        frames.record["forgetting"] = describe(task, "forgetting", frames.forgetting.frames.size());
        warn_of_judged_replay(frames.record);
    } else if (has(task, "replay")) {
        // Not by the seed of the training: a later one would be judged by what an earlier one has replayed.
        DataSplit parts = split_frames(frames.replay.frames, share_kept_back, 0);
        frames.replay.frames = std::move(parts.train);
        frames.forgetting.frames = std::move(parts.validation);
        frames.record["forgetting"] =
            Json{{"share_of_replay", share_kept_back}, {"frames", frames.forgetting.frames.size()}};
    }
}

}  // namespace

PretrainedFrames read_pretrained_frames(const Json& task, const nn::Network& network,
                                        const nn::TrainOptions& options) {
    PretrainedFrames frames;
    frames.record = Json::object();
    split(task, frames, options);
    if (frames.record.empty()) {
        return frames;
    }
    std::unique_ptr<nn::Network> other;
    if (has(task, "initial_model")) {
        other = open_network(
            Json{{"model", text(task, "initial_model")}, {"dtype", text(task, "dtype", "float32")}});
        frames.record["initial_model"] = text(task, "initial_model");
    }
    const nn::Network& initial = other ? *other : network;
    frames.replay.e0 = nn::e0_of(initial.card());
    label(initial, "replay", options.replay.labels, frames.replay.frames);
    label(initial, "forgetting", options.forgetting.labels, frames.forgetting.frames);
    if (options.forgetting.labels == nn::PretrainedLabels::model) {
        frames.forgetting.e0 = frames.replay.e0;
    }
    frames.initial = nn::errors_beside_constants(initial, frames.forgetting);
    return frames;
}

}  // namespace fibonaqi::worker
