#include "fibonaqi/select/top_picks.hpp"

namespace fibonaqi {

Selection top_picks(const CandidateRows& rows, const SelectionRequest& request, const Ranking& ranking) {
    PickList picks(rows, request);
    while (!picks.is_complete()) {
        const auto row = best_row(ranking.scores, picks.is_taken(), ranking.floor);
        if (!row) {
            break;
        }
        picks.add(*row, ranking.scores[*row]);
    }
    picks.fill(ranking.purpose);
    return picks.finish();
}

}  // namespace fibonaqi
