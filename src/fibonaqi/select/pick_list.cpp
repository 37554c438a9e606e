#include "fibonaqi/select/pick_list.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/select/keyed_order.hpp"

namespace fibonaqi {
namespace {

constexpr double tie = 1e-12;

}  // namespace

std::optional<std::size_t> best_row(const std::vector<double>& scores, const std::vector<bool>& is_taken,
                                    double floor) {
    std::optional<std::size_t> best;
    for (std::size_t row = 0; row < scores.size(); ++row) {
        if (!is_taken[row] && scores[row] > floor && (!best || scores[row] > scores[*best])) {
            best = row;
        }
    }
    if (!best) {
        return best;
    }
    const double tied = scores[*best] - tie * std::abs(scores[*best]);
    for (std::size_t row = 0; row < *best; ++row) {
        if (!is_taken[row] && scores[row] > floor && scores[row] >= tied) {
            return row;
        }
    }
    return best;
}

PickList::PickList(const CandidateRows& rows, const SelectionRequest& request)
    : rows_(rows), request_(request), batch_(request.batch), is_taken_(rows.size(), false) {
    selection_.rejected = rows.rejected;
}

void PickList::take(std::size_t row, Pick pick) {
    FIBONAQI_EXPECT(!is_taken_[row] && !is_complete());
    is_taken_[row] = true;
    selection_.picks.push_back(pick);
}

void PickList::add(std::size_t row, double score, double residual, double weight) {
    take(row, {rows_.ids[row], score, residual, false, weight});
}

void PickList::add_fill(std::size_t row, double score, double residual) {
    take(row, {rows_.ids[row], score, residual, true});
}

void PickList::fill(std::string_view purpose, double residual, double weight) {
    if (is_complete()) {
        return;
    }
    std::vector<std::uint64_t> rest;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        if (!is_taken_[row]) {
            rest.push_back(rows_.ids[row]);
        }
    }
    for (const std::uint64_t id : keyed_order(rest, {request_.seed, purpose, request_.cycle})) {
        if (is_complete()) {
            return;
        }
        take(rows_.row_of(id), {id, 0.0, residual, true, weight});
    }
}

Selection PickList::finish(SelectionReason exhausted) {
    const bool has_fill = std::any_of(selection_.picks.begin(), selection_.picks.end(),
                                      [](const Pick& pick) { return pick.filled; });
    selection_.reason = is_complete() && !has_fill ? SelectionReason::complete : exhausted;
    return selection_;
}

}  // namespace fibonaqi
