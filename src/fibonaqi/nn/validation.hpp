// How good a network is on frames that it is not trained on.
#pragma once

#include <vector>

#include "fibonaqi/model/error_statistics.hpp"
#include "fibonaqi/nn/labelled_set.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

struct Validation {
    double loss = 0.0;  ///< mean over the frames of the same loss that is trained on
    ErrorReport errors;
    std::vector<double> force_errors;  ///< of each frame with force labels, mean square [eV^2/angstrom^2]
};

/// Evaluates the frames with the present weights, in chunks. The force normalisation batch_atoms takes the
/// whole set as the batch. Contract: at least one frame.
Validation validate(const Network& network, const LabelledSet& set, LossOptions loss);

}  // namespace fibonaqi::nn
