// The state of a training in a file: what a killed training goes on from, with the same bits.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/train_options.hpp"
#include "fibonaqi/nn/trainer.hpp"

namespace fibonaqi::nn {

/// What is in such a file. Tensors keep dtype and bits; random choices need no state, since they are keyed
/// by seed, epoch and frame.
struct Checkpoint {
    Json run;       ///< CheckpointOptions::run of the training that wrote it
    Json progress;  ///< numbers: where the training stands; the trainer alone reads them
    std::map<std::string, std::vector<at::Tensor>> tensors;  ///< one per parameter in each group
};

/// Replaces the file atomically: after a crash it holds the old or the new state. Throws FileError.
void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);

/// Empty when there is no file, or (options.restart_other) when it is damaged or belongs to another training,
/// which is then logged. Throws ConfigError for a file of another training, naming what differs, and
/// ModelError for a damaged one.
std::optional<Checkpoint> read_checkpoint(const CheckpointOptions& options);

/// Numbers in a checkpoint: JSON knows no infinity and no NaN. All other doubles come back with the same
/// bits.
Json exact_number(double value);
double exact_number_from(const Json& value);

/// An epoch for a checkpoint, and back: all but the force errors of single frames, which no epoch but the
/// last needs.
Json exact_record(const EpochRecord& record);
EpochRecord epoch_record_from(const Json& values);

/// Likewise of what selection met in an epoch; also a part of the training's result.
Json to_json(const SelectionRecord& record);
SelectionRecord selection_record_from(const Json& values);

}  // namespace fibonaqi::nn
