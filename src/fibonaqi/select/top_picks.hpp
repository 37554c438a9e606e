// The largest scores.
#pragma once

#include <string_view>
#include <vector>

#include "fibonaqi/select/pick_list.hpp"

namespace fibonaqi {

/// What ranks the rows.
struct Ranking {
    std::vector<double> scores;  ///< one per row
    double floor;                ///< only scores above it speak for a row; minus infinity: all do
    std::string_view purpose;    ///< key of the random numbers that fill the batch when no score is left
};

/// The rows with the largest scores, in falling order; of equal ones (to 1e-12) the smaller ids.
Selection top_picks(const CandidateRows& rows, const SelectionRequest& request, const Ranking& ranking);

}  // namespace fibonaqi
