#include "fibonaqi/select/bait_selector.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/select/bait_design.hpp"
#include "fibonaqi/select/labelled_rows.hpp"
#include "fibonaqi/select/pick_list.hpp"

namespace fibonaqi {
namespace {

struct Step {
    std::size_t row;
    double gain;
};

std::vector<Step> forward(BaitDesign& design, std::size_t count, std::size_t rows) {
    std::vector<Step> steps;
    std::vector<bool> is_taken(rows, false);
    while (steps.size() < count) {
        const std::vector<double> gains = design.gains();
        const auto row = best_row(gains, is_taken);
        if (!row) {
            break;
        }
        design.add(static_cast<std::int64_t>(*row));
        is_taken[*row] = true;
        steps.push_back({*row, gains[*row]});
    }
    return steps;
}

// The step whose removal costs least; of equal ones the one with the smallest id.
std::size_t cheapest(const std::vector<Step>& steps, const std::vector<double>& losses) {
    std::vector<double> value(losses.size(), 0.0);
    std::vector<bool> is_out(losses.size(), true);
    for (const Step& step : steps) {
        value[step.row] = -losses[step.row];
        is_out[step.row] = false;
    }
    const std::size_t row = *best_row(value, is_out, -INFINITY);
    const auto found =
        std::find_if(steps.begin(), steps.end(), [&](const Step& step) { return step.row == row; });
    return static_cast<std::size_t>(found - steps.begin());
}

}  // namespace

Selection BaitSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    LabelledOptions with_labelled = options_.labelled;
    with_labelled.is_tp = true;  // the design needs the labelled rows in either mode
    const CandidateRows rows = candidate_rows(features, request, with_labelled);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    BaitDesign design(rows.features, rows.labelled, options_.sigma, options_.labelled.is_tp);
    const double wanted = std::nearbyint(options_.overselect * static_cast<double>(request.batch));
    const auto count = static_cast<std::size_t>(std::min(wanted, static_cast<double>(rows.size())));
    std::vector<Step> steps = forward(design, count, rows.size());
    while (steps.size() > request.batch) {
        const std::size_t worst = cheapest(steps, design.losses());
        design.remove(static_cast<std::int64_t>(steps[worst].row));
        steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(worst));
    }
    PickList picks(rows, request);
    for (const Step& step : steps) {
        picks.add(step.row, step.gain);
    }
    picks.fill("bait fill");
    return picks.finish();
}

}  // namespace fibonaqi
