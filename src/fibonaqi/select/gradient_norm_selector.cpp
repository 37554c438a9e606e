#include "fibonaqi/select/gradient_norm_selector.hpp"

#include "fibonaqi/select/inclusion_draw.hpp"
#include "fibonaqi/select/selector_options.hpp"
#include "fibonaqi/select/top_picks.hpp"

namespace fibonaqi {

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
    const std::vector<double> inclusion = inclusion_probabilities(lengths, request.batch);
    PickList picks(rows, request);
    for (const std::size_t row :
         draw_by_inclusion(inclusion, rows.ids, {request.seed, "gradient_norm draw", request.cycle})) {
        picks.add(row, inclusion[row] / batch, 1.0, batch / (all * inclusion[row]));
    }
    picks.fill("gradient_norm fill");
    return picks.finish();
}

GradientNormOptions gradient_norm_options_from_json(const Json& options) {
    const SelectorOptions given(options, "gradient_norm", {"pick"});
    return {given.choice<NormPick>("pick", GradientNormOptions().pick,
                                   {{"top", NormPick::top}, {"importance", NormPick::importance}})};
}

}  // namespace fibonaqi
