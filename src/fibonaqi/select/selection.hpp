// What a selector chose, in which order, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fibonaqi {

/// Why the selector stopped by itself.
enum class SelectionReason {
    complete,            ///< as many as asked for, all by score
    residual_exhausted,  ///< the mean feature is spanned by the picks (rank reached): the rest was filled
    scores_exhausted,    ///< no other sample has a score that speaks for it: the rest was filled or left out
    pool_exhausted,      ///< fewer usable samples than asked for
    bypassed             ///< as many as there are: everything was taken
};

/// One chosen sample.
struct Pick {
    std::uint64_t id;
    double score;     ///< selector's weight of the sample when it was picked; 0 for a random fill
    double residual;  ///< |rho|^2 after this pick, relative to |mean feature|^2; 1 where it is not followed
    bool filled;      ///< taken by the fill policy (at random, or in a restarted round)
    /// Factor of the sample in a training step that follows the mean over the picks of weight * gradient; 1
    /// for selectors that give no weights.
    double weight = 1.0;
};

struct Selection {
    std::vector<Pick> picks;  ///< in the order in which they were chosen
    SelectionReason reason = SelectionReason::complete;
    std::vector<std::uint64_t> rejected;  ///< ids with non-finite features: never selected
    double condition_number = 0.0;        ///< of the picked rows (from the pivots); 0 when not computed
};

std::string to_string(SelectionReason reason);

}  // namespace fibonaqi
