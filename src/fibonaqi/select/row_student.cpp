#include "fibonaqi/select/row_student.hpp"

#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/select/principal_scores.hpp"

namespace fibonaqi {
namespace {

at::Tensor index_of(const std::vector<std::uint64_t>& frames) {
    return at::tensor(std::vector<std::int64_t>(frames.begin(), frames.end()), at::kLong);
}

at::Tensor finite_rows(const at::Tensor& rows) {
    return at::isfinite(rows).all(1);
}

// The mean of the others where a row is not finite.
at::Tensor completed(const at::Tensor& rows) {
    const at::Tensor is_finite = finite_rows(rows).unsqueeze(1);
    const at::Tensor zeroed = at::where(is_finite, rows, at::zeros_like(rows));
    const at::Tensor mean = zeroed.sum(0) / is_finite.sum().clamp_min(1);
    return at::where(is_finite, rows, mean);
}

// A column of 1, and scores whose mean square length is 1.
at::Tensor with_constant(const at::Tensor& scores) {
    const double square = scores.square().sum(1).mean().item<double>();
    const at::Tensor scaled = square > 0.0 ? scores / std::sqrt(square) : scores;
    return at::cat({at::ones({scores.size(0), 1}, scores.options()), scaled}, 1);
}

}  // namespace

RowStudent::RowStudent(const at::Tensor& descriptors) {
    const at::Tensor numbers = descriptors.detach().to(at::kCPU, at::kDouble);
    state_.descriptors = with_constant(principal_scores(completed(numbers)));
    state_.covariance = at::eye(state_.descriptors.size(1), at::kDouble);
}

void RowStudent::advance() {
    at::Tensor drift = at::full({state_.covariance.size(0)}, other_drift, at::kDouble);
    drift[0] = common_drift;
    state_.covariance = state_.covariance + at::diag(drift);
}

void RowStudent::learn(const std::vector<std::uint64_t>& frames, const at::Tensor& rows) {
    FIBONAQI_EXPECT(!frames.empty() && rows.size(0) == static_cast<std::int64_t>(frames.size()));
    const at::Tensor numbers = rows.detach().to(at::kCPU, at::kDouble);
    if (!state_.coefficients.defined()) {
        state_.coefficients = at::zeros({state_.descriptors.size(1), rows.size(1)}, at::kDouble);
        state_.deviations = at::zeros({state_.descriptors.size(0), rows.size(1)}, at::kDouble);
    }
    const at::Tensor index = index_of(frames);
    const at::Tensor phi = state_.descriptors.index_select(0, index);
    const at::Tensor usable = finite_rows(numbers).nonzero().squeeze(1);
    if (usable.numel() > 0) {
        correct(phi.index_select(0, usable), numbers.index_select(0, usable));
    }
    state_.deviations = state_.deviations.index_copy(0, index, numbers - at::mm(phi, state_.coefficients));
}

// The measurement update of a Kalman filter: S = phi P phi' + noise, gain = P phi' S^-1.
void RowStudent::correct(const at::Tensor& phi, const at::Tensor& rows) {
    const at::Tensor spread = at::mm(phi, state_.covariance);
    const at::Tensor noise = own_variance * at::eye(phi.size(0), at::kDouble);
    const at::Tensor factor = at::linalg_cholesky(at::mm(spread, phi.t()) + noise);
    const at::Tensor gain = at::cholesky_solve(spread, factor).t();
    state_.coefficients = state_.coefficients + at::mm(gain, rows - at::mm(phi, state_.coefficients));
    const at::Tensor covariance = state_.covariance - at::mm(gain, spread);
    state_.covariance = 0.5 * (covariance + covariance.t());
}

at::Tensor RowStudent::predict(const std::vector<std::uint64_t>& frames) const {
    FIBONAQI_EXPECT(state_.coefficients.defined());
    const at::Tensor index = index_of(frames);
    return at::mm(state_.descriptors.index_select(0, index), state_.coefficients) +
           kept_deviation * state_.deviations.index_select(0, index);
}

}  // namespace fibonaqi
