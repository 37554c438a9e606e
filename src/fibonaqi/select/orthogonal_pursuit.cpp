#include "fibonaqi/select/orthogonal_pursuit.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/select/row_products.hpp"

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
// Rounding of a product and of the lengths, generously.
constexpr double bound_margin = 1e-10;

at::Tensor mean_of_alive(const at::Tensor& rows, const std::vector<bool>& alive) {
    const std::vector<double> mask(alive.begin(), alive.end());
    const at::Tensor weight = at::tensor(mask, at::kDouble).to(rows.device());
    return row_combination(rows, weight) / weight.sum().clamp_min(1.0);
}

}  // namespace

OrthogonalPursuit::OrthogonalPursuit(const at::Tensor& rows, const std::vector<bool>& alive)
    : rows_(rows),
      basis_(at::empty({0, rows.size(1)}, rows.options())),
      rho_(mean_of_alive(rows, alive)),
      squares_(to_host(row_squares(rows))),
      independent_(squares_) {
    mean_square_ = rho_.square().sum().item<double>();
    const double row_square = squares_.empty() ? 0.0 : *std::max_element(squares_.begin(), squares_.end());
    if (mean_square_ <= zero_mean * zero_mean * row_square) {
        rho_.zero_();
        mean_square_ = 0.0;
    }
}

double OrthogonalPursuit::above_rounding(double product, std::size_t row) const {
    const double weight = std::abs(product);
    return weight > spent_weight * std::sqrt(squares_[row] * mean_square_) ? weight : 0.0;
}

std::vector<double> OrthogonalPursuit::weights() const {
    std::vector<double> result = to_host(row_products(rows_, rho_));
    for (std::size_t row = 0; row < result.size(); ++row) {
        result[row] = above_rounding(result[row], row);
    }
    return result;
}

double OrthogonalPursuit::weight(std::size_t row) const {
    const auto at = static_cast<std::int64_t>(row);
    return above_rounding(row_products(rows_.slice(0, at, at + 1), rho_).item<double>(), row);
}

std::vector<double> OrthogonalPursuit::weight_bounds(const std::vector<bool>& is_closed) const {
    const double square = rho_.square().sum().item<double>() * (1.0 + bound_margin);
    std::vector<double> bounds(squares_);
    for (std::size_t row = 0; row < bounds.size(); ++row) {
        bounds[row] = is_closed[row] ? 0.0 : std::sqrt(bounds[row] * square);
    }
    return bounds;
}

std::vector<double> OrthogonalPursuit::independent_parts() {
    for (; followed_ < basis_.size(0); ++followed_) {
        const std::vector<double> overlap = to_host(row_products(rows_, basis_[followed_]));
        for (std::size_t row = 0; row < overlap.size(); ++row) {
            independent_[row] = std::max(0.0, independent_[row] - overlap[row] * overlap[row]);
        }
    }
    std::vector<double> result(independent_);
    for (std::size_t row = 0; row < result.size(); ++row) {
        const double part = result[row] / std::max(squares_[row], 1e-300);
        result[row] = part > dependent_square ? part : 0.0;
    }
    return result;
}

bool OrthogonalPursuit::take(std::int64_t row) {
    const at::Tensor original = rows_[row];
    const double square = squares_[static_cast<std::size_t>(row)];
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
    rho_ = rho_ - at::dot(direction, rho_) * direction;
    pivots_.add(pivot);
    return true;
}

double OrthogonalPursuit::relative_residual() const {
    return mean_square_ == 0.0 ? 0.0 : rho_.square().sum().item<double>() / mean_square_;
}

}  // namespace fibonaqi
