#include "fibonaqi/select/candidate_rows.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

bool is_finite_at(const std::vector<double>& values, std::size_t row) {
    return values.empty() || std::isfinite(values[row]);
}

std::vector<double> picked(const std::vector<double>& values, const std::vector<std::int64_t>& rows) {
    std::vector<double> result;
    for (const std::int64_t row : rows) {
        if (!values.empty()) {
            result.push_back(values[static_cast<std::size_t>(row)]);
        }
    }
    return result;
}

at::Tensor in_order(const at::Tensor& features, const std::vector<std::int64_t>& rows) {
    bool is_as_given = static_cast<std::int64_t>(rows.size()) == features.size(0);
    for (std::size_t i = 0; is_as_given && i < rows.size(); ++i) {
        is_as_given = rows[i] == static_cast<std::int64_t>(i);
    }
    const at::Tensor ordered =
        is_as_given ? features : features.index_select(0, at::tensor(rows, at::kLong).to(features.device()));
    return ordered.detach().to(at::kDouble).contiguous();
}

// `order` sorts the ids.
void expect_distinct(const std::vector<std::uint64_t>& ids, const std::vector<std::int64_t>& order) {
    const auto id_at = [&](std::size_t place) { return ids[static_cast<std::size_t>(order[place])]; };
    for (std::size_t place = 1; place < order.size(); ++place) {
        if (id_at(place) == id_at(place - 1)) {
            throw ContractError(
                "id " + std::to_string(id_at(place)) +
                " is given to two rows (draws are keyed by id, so both would be one) give every "
                "row its own");
        }
    }
}

at::Tensor finite_labelled(const at::Tensor& features, const SelectionRequest& request) {
    if (request.labelled == nullptr || request.labelled->size(0) == 0) {
        return at::empty({0, features.size(1)}, features.options().dtype(at::kDouble));
    }
    FIBONAQI_EXPECT(request.labelled->dim() == 2 && request.labelled->size(1) == features.size(1));
    const std::vector<bool> is_finite = finite_rows(*request.labelled);
    std::vector<std::int64_t> kept;
    for (std::size_t row = 0; row < is_finite.size(); ++row) {
        if (is_finite[row]) {
            kept.push_back(static_cast<std::int64_t>(row));
        }
    }
    return in_order(request.labelled->to(features.device()), kept);
}

}  // namespace

std::size_t CandidateRows::row_of(std::uint64_t id) const {
    const auto found = std::lower_bound(ids.begin(), ids.end(), id);
    FIBONAQI_EXPECT(found != ids.end() && *found == id);
    return static_cast<std::size_t>(found - ids.begin());
}

CandidateRows candidate_rows(const at::Tensor& features, const SelectionRequest& request) {
    const std::size_t count = request.ids.size();
    FIBONAQI_EXPECT(request.batch > 0);
    FIBONAQI_EXPECT(features.dim() == 2);
    FIBONAQI_EXPECT(features.size(0) == static_cast<std::int64_t>(count));
    FIBONAQI_EXPECT(request.scores.empty() || request.scores.size() == count);
    FIBONAQI_EXPECT(request.reference_scores.empty() || request.reference_scores.size() == count);

    std::vector<std::int64_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return request.ids[static_cast<std::size_t>(a)] < request.ids[static_cast<std::size_t>(b)];
    });
    expect_distinct(request.ids, order);
    const std::vector<bool> is_finite = finite_rows(features);
    CandidateRows rows;
    std::vector<std::int64_t> kept;
    for (const std::int64_t row : order) {
        const auto at = static_cast<std::size_t>(row);
        const bool is_usable =
            is_finite[at] && is_finite_at(request.scores, at) && is_finite_at(request.reference_scores, at);
        (is_usable ? rows.ids : rows.rejected).push_back(request.ids[at]);
        if (is_usable) {
            kept.push_back(row);
        }
    }
    rows.features = in_order(features, kept);
    rows.labelled = finite_labelled(features, request);
    rows.scores = picked(request.scores, kept);
    rows.reference_scores = picked(request.reference_scores, kept);
    return rows;
}

Selection take_everything(const CandidateRows& rows, std::size_t batch) {
    FIBONAQI_EXPECT(batch >= rows.size());
    Selection selection;
    selection.rejected = rows.rejected;
    selection.reason = batch == rows.size() ? SelectionReason::bypassed : SelectionReason::pool_exhausted;
    for (const std::uint64_t id : rows.ids) {
        selection.picks.push_back({id, 0.0, 0.0, false});
    }
    return selection;
}

}  // namespace fibonaqi
