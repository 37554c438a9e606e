#include "fibonaqi/select/loss_selector.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/select/keyed_draw.hpp"
#include "fibonaqi/select/top_picks.hpp"

namespace fibonaqi {
namespace {

std::vector<double> by_rank(const std::vector<double>& losses, const std::vector<double>& probabilities) {
    std::vector<std::size_t> order(losses.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return losses[a] > losses[b]; });
    std::vector<double> result(losses.size());
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        result[order[rank]] = probabilities[rank];
    }
    return result;
}

}  // namespace

std::vector<double> rank_probabilities(std::size_t n, double s) {
    std::vector<double> probabilities;
    double sum = 0.0;
    for (std::size_t rank = 0; rank < n; ++rank) {
        probabilities.push_back(std::pow(s, -static_cast<double>(rank) / static_cast<double>(n)));
        sum += probabilities.back();
    }
    for (double& probability : probabilities) {
        probability /= sum;
    }
    return probabilities;
}

double selection_pressure(const LossPickOptions& options, std::uint64_t cycle) {
    if (options.epochs == 0) {
        return options.s_begin;
    }
    const double done = std::min(1.0, static_cast<double>(cycle) / static_cast<double>(options.epochs));
    return options.s_begin * std::pow(options.s_end / options.s_begin, done);
}

Selection LossSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    FIBONAQI_EXPECT(request.scores.size() == request.ids.size());
    const CandidateRows rows = candidate_rows(features, request);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    if (options_.pick == LossPick::top) {
        return top_picks(rows, request, {rows.scores, -std::numeric_limits<double>::infinity(), "loss fill"});
    }
    const double pressure = selection_pressure(options_, request.cycle);
    const std::vector<double> probabilities = by_rank(rows.scores, rank_probabilities(rows.size(), pressure));
    KeyedDraw draw(rows.ids, {request.seed, "loss draw", request.cycle});
    PickList picks(rows, request);
    for (const std::size_t row : draw.several(probabilities, request.batch)) {
        picks.add(row, probabilities[row]);
    }
    return picks.finish();
}

}  // namespace fibonaqi
