// What is kept of a training run: the result for the engine, and the card of the trained model.
#pragma once

#include <string>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/trainer.hpp"

namespace fibonaqi::nn {

/// Keys of a worker's result: "epochs" (done), "best_epoch", "improved", "stop", "steps", "curve",
/// "validation": {"before", "after"} (errors as of `evaluate`, and "loss"; null without a validation set),
/// "e0_shift_eV", "times_trained", "most_trained", "training_seconds", "selection_seconds". docs/formats.md
/// has them all.
Json to_json(const TrainSummary& summary, const ModelCard& card);

/// What the trained model says about where it comes from, besides the summary.
struct TrainOrigin {
    std::string parent_sha256;  ///< of the model file that was trained on
    std::uint64_t seed = 0;
    Json settings;         ///< with all defaults
    Json data;             ///< files, hashes, numbers of frames
    Json forgetting = {};  ///< of to_json(Forgetting); null: nothing judged that
};

/// The network as a file: parent_sha256 set, one entry more in provenance["training"], provenance["e0_fit"]
/// new where E0 were fitted to `training`, and no calibration of the uncertainty, because it was the
/// parent's.
ModelFile trained_model(const Network& network, const TrainSummary& summary, const TrainOrigin& origin,
                        std::span<const Frame> training, TensorType type);

}  // namespace fibonaqi::nn
