// Frames of the pretrained domain that a training gets beside its own: to be replayed, and to be judged by.
#pragma once

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/forgetting.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/replay.hpp"
#include "fibonaqi/nn/train_options.hpp"

namespace fibonaqi::worker {

/// Both are empty where the task names no file for them.
struct PretrainedFrames {
    nn::ReplayFrames replay;
    nn::ReplayFrames forgetting;  ///< with e0 only where the initial model made the labels
    ErrorReport initial;          ///< of the initial model on them
    Json record;                  ///< files, hashes and numbers of frames, for the card of the trained model
};

/// Reads "replay" and "forgetting" of a task "train" and labels the frames as the options say: by the model
/// of "initial_model", or `network`, which is not yet trained, or as in the file. Without "forgetting" a
/// fifth of the replay frames, always the same, is kept back for it. Throws ConfigError for a file
/// without frames, ModelError for elements that a model lacks.
PretrainedFrames read_pretrained_frames(const Json& task, const nn::Network& network,
                                        const nn::TrainOptions& options);

}  // namespace fibonaqi::worker
