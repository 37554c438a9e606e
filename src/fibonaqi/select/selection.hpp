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
    pool_exhausted,      ///< fewer usable samples than asked for
    bypassed             ///< as many as there are: everything was taken
};

/// One chosen sample.
struct Pick {
    std::uint64_t id;
    double score;     ///< selector's weight of the sample when it was picked; 0 for a random fill
    double residual;  ///< |rho|^2 after this pick, relative to |mean feature|^2 (1 before the first pick)
    bool filled;      ///< taken by the fill policy (at random, or in a restarted round)
};

struct Selection {
    std::vector<Pick> picks;  ///< in the order in which they were chosen
    SelectionReason reason = SelectionReason::complete;
    std::vector<std::uint64_t> rejected;  ///< ids with non-finite features: never selected
    double condition_number = 0.0;        ///< of the picked rows (from the pivots); 0 when not computed
};

std::string to_string(SelectionReason reason);

}  // namespace fibonaqi
