#include "fibonaqi/select/labelled_rows.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace fibonaqi {
namespace {

// Squared: directions shorter than 1e-6 of the longest are the noise of float32 features.
constexpr double noise_square = 1e-12;

// X'X = V diag(s^2) V' of the labelled rows: the directions V' [k, d] that are longer than rounding, and s^2
// [k].
struct Spectrum {
    at::Tensor directions;
    at::Tensor squares;
};

Spectrum spectrum_of(const at::Tensor& labelled) {
    const bool is_wide = labelled.size(0) < labelled.size(1);
    const at::Tensor gram = is_wide ? at::mm(labelled, labelled.t()) : at::mm(labelled.t(), labelled);
    const auto [squares, vectors] = at::linalg_eigh(gram);
    const double longest = std::max(0.0, squares.max().item<double>());
    const at::Tensor kept = at::nonzero(squares > noise_square * longest).squeeze(1);
    const at::Tensor kept_squares = squares.index_select(0, kept);
    at::Tensor directions = vectors.index_select(1, kept).t();
    if (is_wide) {
        directions = at::mm(directions, labelled) / kept_squares.sqrt().unsqueeze(1);
    }
    return {directions.contiguous(), kept_squares};
}

}  // namespace

CandidateRows candidate_rows(const at::Tensor& features, const SelectionRequest& request,
                             const LabelledOptions& options) {
    CandidateRows rows = candidate_rows(features, request);
    if (options.posterior_sigma > 0.0) {
        const at::Tensor labelled = rows.labelled;
        rows.features = posterior_rows(rows.features, labelled, options.posterior_sigma);
        rows.labelled = posterior_rows(labelled, labelled, options.posterior_sigma);
    }
    if (!options.is_tp) {
        rows.labelled = rows.labelled.slice(0, 0, 0);
    }
    return rows;
}

at::Tensor posterior_rows(const at::Tensor& rows, const at::Tensor& labelled, double sigma) {
    if (labelled.size(0) == 0 || rows.size(0) == 0) {
        return rows;
    }
    const Spectrum spectrum = spectrum_of(labelled);
    const at::Tensor length = at::sqrt(spectrum.squares + sigma * sigma);
    // 1 - sigma / length without the cancellation of small directions.
    const at::Tensor shrink = spectrum.squares / (length * (length + sigma));
    const at::Tensor along = at::mm(rows, spectrum.directions.t());
    return at::addmm(rows, along * shrink, spectrum.directions, 1.0, -1.0);
}

at::Tensor explained_directions(const at::Tensor& labelled, double sigma) {
    if (labelled.size(0) == 0) {
        return labelled;
    }
    const Spectrum spectrum = spectrum_of(labelled);
    const at::Tensor part = at::sqrt(spectrum.squares / (spectrum.squares + sigma * sigma));
    return spectrum.directions * part.unsqueeze(1);
}

}  // namespace fibonaqi
