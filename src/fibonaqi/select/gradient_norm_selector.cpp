#include "fibonaqi/select/gradient_norm_selector.hpp"

#include "fibonaqi/select/inclusion_draw.hpp"
#include "fibonaqi/select/top_picks.hpp"

namespace fibonaqi {
namespace {

bool is_worth_it(const std::vector<double>& lengths, double batch) {
    double sum = 0.0, squares = 0.0;
    for (const double length : lengths) {
        sum += length;
        squares += length * length;
    }
    const auto all = static_cast<double>(lengths.size());
    // tau, squared: all squares / sum^2.
    const double threshold = (all + 3.0 * batch) / (3.0 * batch);
    return all * squares > threshold * threshold * sum * sum;
}

}  // namespace

Selection GradientNormSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    const std::vector<double> lengths = to_host(row_squares(rows.features).sqrt());
    if (options_.pick == NormPick::top) {
        return top_picks(rows, request, {lengths, 0.0, "gradient_norm fill"});
    }
    const auto batch = static_cast<double>(request.batch);
    const auto all = static_cast<double>(rows.size());
    const bool is_uniform = options_.has_gain_test && !is_worth_it(lengths, batch);
    const std::vector<double> inclusion =
        inclusion_probabilities(is_uniform ? std::vector<double>(rows.size(), 1.0) : lengths, request.batch);
    PickList picks(rows, request);
    for (const std::size_t row :
         draw_by_inclusion(inclusion, rows.ids, {request.seed, "gradient_norm draw", request.cycle})) {
        picks.add(row, inclusion[row] / batch, 1.0, batch / (all * inclusion[row]));
    }
    picks.fill("gradient_norm fill");
    return picks.finish();
}

}  // namespace fibonaqi
