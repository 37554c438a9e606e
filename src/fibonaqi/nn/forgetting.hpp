// Whether a fine-tuned model has forgotten what the model before it was good at.
#pragma once

#include <string>

#include "fibonaqi/model/error_statistics.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/pretrained_options.hpp"
#include "fibonaqi/nn/replay.hpp"

namespace fibonaqi::nn {

/// Errors on frames of the pretrained domain, as errors_beside_constants gives them.
struct Forgetting {
    ErrorReport initial;        ///< of the model that the limit is relative to
    ErrorReport before, after;  ///< of the model that was given (the same one, in a first fine-tuning), and
                                ///< of what the training made of it
    std::size_t frames = 0;
};

/// Errors of the network as it is. A fine-tuning moves E0 to another code's constants, and that is no
/// forgetting: where `frames.e0` says which E0 the labels are relative to (those that a model made), energies
/// are moved by the change of E0. Without it (labels of a file, whose constants nobody knows) they are
/// compared after the best shift of one constant per element (least squares); with fewer than two frames per
/// constant that would explain errors away, and there are no errors of energies. Throws ModelError for an
/// element that the card does not list.
ErrorReport errors_beside_constants(const Network& network, const ReplayFrames& frames);

/// The rule of ForgettingOptions; a force error that is not finite always alarms, frames without forces
/// never do.
bool is_alarming(const Forgetting& forgetting, const ForgettingOptions& options);

/// One line for people: both force errors, both energy errors, and how the limit stands.
std::string describe(const Forgetting& forgetting, const ForgettingOptions& options);

/// {"frames", "labels": "model" | "file", "initial": X, "before": X, "after": X, "is_alarming", "finding"}, X
/// as the result of evaluate.
Json to_json(const Forgetting& forgetting, const ForgettingOptions& options);

}  // namespace fibonaqi::nn
