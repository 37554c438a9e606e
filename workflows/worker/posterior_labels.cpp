#include "workflows/worker/posterior_labels.hpp"

#include <numeric>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/uncertainty.hpp"
#include "fibonaqi/select/keyed_order.hpp"

#include "workflows/worker/progress.hpp"
#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

at::Tensor no_shift(const nn::Network& network) {
    return at::zeros({nn::last_layer_weights(network).numel()}, at::kDouble);
}

// Only frames with forces tell how wrong the model's forces are.
FrameSet with_forces(FrameSet all) {
    FrameSet kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!all.labels[i].forces.empty()) {
            kept.frames.push_back(std::move(all.frames[i]));
            kept.graphs.push_back(std::move(all.graphs[i]));
            kept.labels.push_back(std::move(all.labels[i]));
        }
    }
    return kept;
}

nn::ChunkProgress shown(Progress& progress) {
    return [&progress](std::size_t done, std::size_t total) { progress.report(done, total); };
}

}  // namespace

PosteriorLabels::PosteriorLabels(const nn::Network& network, const FrameSet& candidates,
                                 const PseudoLabelOptions& options, const Json& task)
    : network_(network),
      seed_(count(task, "seed", 0)),
      cycle_(count(task, "cycle", 0)),
      chunk_(options.chunk) {
    report_ = Json{{"kind", "posterior"}};
    if (options.labelled.empty()) {
        calibrate_prior(candidates, options);
    } else {
        fit_to(options);
    }
    report_["scale"] = posterior_->scale();
}

void PosteriorLabels::fit_to(const PseudoLabelOptions& options) {
    const FrameSet labelled = with_forces(read_frames(options.labelled, network_.card().cutoff));
    if (labelled.size() == 0) {
        throw ConfigError(
            options.labelled +
            ": no frame has forces (the posterior is calibrated with their error) give labelled "
            "frames, or none and a prior force spread");
    }
    const std::vector<Labels> predicted =
        nn::predict_labels(network_, labelled.graphs, no_shift(network_), false, chunk_);
    const double rmse = nn::force_rmse(predicted, labelled.labels);
    Progress progress("last-layer posterior");
    const nn::LastLayerMoments moments =
        nn::last_layer_moments(network_, labelled.graphs, chunk_, shown(progress));
    posterior_ = nn::LastLayerPosterior::fit(moments, rmse, options.posterior);
    report_["labelled_frames"] = labelled.size();
    report_["force_rmse_eV_per_A"] = rmse;
}

void PosteriorLabels::calibrate_prior(const FrameSet& candidates, const PseudoLabelOptions& options) {
    std::vector<std::uint64_t> ids(candidates.size());
    std::iota(ids.begin(), ids.end(), std::uint64_t{0});
    ids = keyed_order(ids, {seed_, "posterior prior sample", cycle_});
    ids.resize(std::min(ids.size(), prior_sample));
    std::vector<AtomGraph> graphs;
    for (const std::uint64_t id : ids) {
        graphs.push_back(candidates.graphs[id]);
    }
    Progress progress("last-layer posterior");
    posterior_ = nn::LastLayerPosterior::prior(
        nn::last_layer_moments(network_, graphs, chunk_, shown(progress)), options.prior_force_spread);
    report_["labelled_frames"] = 0;
    report_["prior_force_spread_eV_per_A"] = options.prior_force_spread;
}

std::vector<Labels> PosteriorLabels::labels(const SomeFrames& frames, std::size_t superbatch,
                                            bool want_stress) const {
    return nn::predict_labels(network_, frames.graphs(), posterior_->draw(seed_, cycle_, superbatch),
                              want_stress, chunk_);
}

std::vector<FrameSpread> PosteriorLabels::spread(const SomeFrames& frames) const {
    return nn::predict_spread(network_, frames.graphs(), {posterior_->covariance(), 1.0, 1.0}, chunk_, {});
}

}  // namespace fibonaqi::worker
