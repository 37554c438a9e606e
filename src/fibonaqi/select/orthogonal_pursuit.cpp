#include "fibonaqi/select/orthogonal_pursuit.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/select/candidate_rows.hpp"

namespace fibonaqi {
namespace {

// A row is dependent when less than 1e-6 of its length is new (squared: 1e-12). Rows from a float32 network
// carry noise of about 1e-7 of their length, so anything smaller is noise.
constexpr double dependent_square = 1e-12;
// |g_i . rho| below this part of |g_i| |gbar| is spent: 1e-6 of the row times 1e-6 of the residual, and still
// far above the rounding of a dot product.
constexpr double spent_weight = 1e-12;
// A mean this much smaller than the rows is what cancellation leaves of an exact zero.
constexpr double zero_mean = 1e-14;

at::Tensor mean_of_alive(const at::Tensor& rows, const std::vector<bool>& alive) {
    const std::vector<double> mask(alive.begin(), alive.end());
    const at::Tensor weight = at::tensor(mask, at::kDouble).to(rows.device());
    return at::mv(rows.t(), weight) / weight.sum().clamp_min(1.0);
}

}  // namespace

OrthogonalPursuit::OrthogonalPursuit(const at::Tensor& rows, const std::vector<bool>& alive)
    : rows_(rows),
      squares_(row_squares(rows)),
      independent_(squares_.clone()),
      basis_(at::empty({0, rows.size(1)}, rows.options())),
      rho_(mean_of_alive(rows, alive)) {
    mean_square_ = rho_.square().sum().item<double>();
    const double row_square = squares_.numel() > 0 ? squares_.max().item<double>() : 0.0;
    if (mean_square_ <= zero_mean * zero_mean * row_square) {
        rho_.zero_();
        mean_square_ = 0.0;
    }
    against_rho_ = at::mv(rows_, rho_);
}

std::vector<double> OrthogonalPursuit::weights() const {
    const at::Tensor weight = against_rho_.abs();
    const at::Tensor spent = spent_weight * at::sqrt(squares_ * mean_square_);
    return to_host(at::where(weight > spent, weight, at::zeros_like(weight)));
}

std::vector<double> OrthogonalPursuit::independent_squares() const {
    return to_host(independent_);
}

std::vector<double> OrthogonalPursuit::independent_parts() const {
    const at::Tensor part = independent_ / squares_.clamp_min(1e-300);
    return to_host(at::where(part > dependent_square, part, at::zeros_like(part)));
}

bool OrthogonalPursuit::take(std::int64_t row) {
    const at::Tensor original = rows_[row];
    const double square = squares_[row].item<double>();
    at::Tensor direction = original - at::mv(basis_.t(), at::mv(basis_, original));
    double pivot_square = direction.square().sum().item<double>();
    // One pass loses orthogonality in proportion to what it removed; a second one restores it to rounding
    // (Kahan's "twice is enough"; Parlett, The Symmetric Eigenvalue Problem, 6.9).
    if (pivot_square < 0.5 * square) {
        direction = direction - at::mv(basis_.t(), at::mv(basis_, direction));
        pivot_square = direction.square().sum().item<double>();
    }
    if (!(pivot_square > dependent_square * square)) {
        return false;
    }
    const double pivot = std::sqrt(pivot_square);
    direction = direction / pivot;
    basis_ = at::cat({basis_, direction.unsqueeze(0)}, 0);
    const at::Tensor along = at::dot(direction, rho_);
    const at::Tensor overlap = at::mv(rows_, direction);
    rho_ = rho_ - along * direction;
    against_rho_ = against_rho_ - along * overlap;
    independent_ = (independent_ - overlap.square()).clamp_min(0.0);
    largest_pivot_ = std::max(largest_pivot_, pivot);
    smallest_pivot_ = smallest_pivot_ == 0.0 ? pivot : std::min(smallest_pivot_, pivot);
    return true;
}

double OrthogonalPursuit::relative_residual() const {
    return mean_square_ == 0.0 ? 0.0 : rho_.square().sum().item<double>() / mean_square_;
}

double OrthogonalPursuit::condition_number() const {
    return smallest_pivot_ == 0.0 ? 0.0 : largest_pivot_ / smallest_pivot_;
}

}  // namespace fibonaqi
