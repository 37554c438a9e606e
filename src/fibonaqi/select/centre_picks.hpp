// Picks that become centres: the search that MaxDist, LCMD and k-means++ share.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "fibonaqi/select/nearest_centre.hpp"
#include "fibonaqi/select/pick_list.hpp"

namespace fibonaqi {

/// What becomes the next centre.
struct CentreChoice {
    std::size_t row;
    double score;
};

/// The next choice among rows that are not taken, or nothing when no row is far from all centres.
using NextCentre = std::function<std::optional<CentreChoice>(const NearestCentre& centres,
                                                             const std::vector<bool>& is_taken)>;

/// |g|^2 of every row before there is a centre, then squared distances to the nearest one.
const std::vector<double>& distances_or_squares(const NearestCentre& centres);

/// The row with the largest score (best_row), or nothing.
std::optional<CentreChoice> best_centre(const std::vector<double>& scores, const std::vector<bool>& is_taken);

/// Begins with the labelled rows as centres and makes a centre of every pick; what `next` leaves open is
/// filled at random, keyed by `purpose`.
Selection centre_picks(const CandidateRows& rows, const SelectionRequest& request, std::string_view purpose,
                       const NextCentre& next);

}  // namespace fibonaqi
