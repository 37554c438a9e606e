#include "fibonaqi/select/centre_picks.hpp"

namespace fibonaqi {

const std::vector<double>& distances_or_squares(const NearestCentre& centres) {
    return centres.size() == 0 ? centres.squares() : centres.distances();
}

std::optional<CentreChoice> best_centre(const std::vector<double>& scores,
                                        const std::vector<bool>& is_taken) {
    const auto row = best_row(scores, is_taken);
    return row ? std::optional(CentreChoice{*row, scores[*row]}) : std::nullopt;
}

Selection centre_picks(const CandidateRows& rows, const SelectionRequest& request, std::string_view purpose,
                       const NextCentre& next) {
    NearestCentre centres(rows.features);
    centres.add_all(rows.labelled);
    PickList picks(rows, request);
    while (!picks.is_complete()) {
        const auto choice = next(centres, picks.is_taken());
        if (!choice) {
            break;
        }
        picks.add(choice->row, choice->score);
        centres.add(static_cast<std::int64_t>(choice->row));
    }
    picks.fill(purpose);
    return picks.finish();
}

}  // namespace fibonaqi
