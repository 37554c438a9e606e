// How many samples a selector sees and how many it takes: also known before anything is computed.
#pragma once

#include <cstddef>

namespace fibonaqi {

/// beta samples of every superbatch of omega = beta / r are selected.
struct SuperbatchSize {
    std::size_t batch;       ///< beta
    std::size_t superbatch;  ///< omega
};

/// omega = beta / r, which must be an integer (to 1e-9 relative). Throws ConfigError naming the nearest
/// ratios that are allowed for this beta, for r outside (0, 1] and for beta = 0.
SuperbatchSize superbatch_size(std::size_t batch, double ratio);

}  // namespace fibonaqi
