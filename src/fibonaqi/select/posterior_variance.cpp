#include "fibonaqi/select/posterior_variance.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/select/labelled_rows.hpp"
#include "fibonaqi/select/row_products.hpp"

namespace fibonaqi {
namespace {

// Less than 1e-6 of a row's length: noise of float32 features (DivBS uses the same limit).
constexpr double spent = 1e-12;

at::Tensor left_of(const at::Tensor& row, const at::Tensor& basis) {
    return row - at::mv(basis.t(), at::mv(basis, row));
}

}  // namespace

PosteriorVariance::PosteriorVariance(const at::Tensor& rows, const at::Tensor& observed, double sigma)
    : rows_(rows),
      noise_square_(sigma * sigma),
      basis_(explained_directions(observed, sigma)),
      squares_(to_host(row_squares(rows))),
      left_(squares_) {
    for (std::int64_t direction = 0; direction < basis_.size(0); ++direction) {
        take_out(basis_[direction]);
    }
}

void PosteriorVariance::take_out(const at::Tensor& direction) {
    const std::vector<double> along = to_host(row_products(rows_, direction));
    for (std::size_t row = 0; row < along.size(); ++row) {
        left_[row] -= along[row] * along[row];
    }
}

std::vector<double> PosteriorVariance::values() const {
    std::vector<double> result(left_);
    for (std::size_t row = 0; row < result.size(); ++row) {
        result[row] = result[row] > spent * squares_[row] ? result[row] : 0.0;
    }
    return result;
}

void PosteriorVariance::observe(std::int64_t row) {
    const at::Tensor original = rows_[row];
    at::Tensor direction = left_of(original, basis_);
    if (noise_square_ == 0.0) {
        // A second pass restores the orthogonality that cancellation cost (Kahan's "twice is enough").
        direction = left_of(direction, basis_);
    }
    const double variance = at::dot(noise_square_ == 0.0 ? direction : original, direction).item<double>();
    const double pivot_square = std::max(0.0, variance) + noise_square_;
    FIBONAQI_EXPECT(pivot_square > 0.0);
    const double pivot = std::sqrt(pivot_square);
    direction = direction / pivot;
    basis_ = at::cat({basis_, direction.unsqueeze(0)}, 0);
    take_out(direction);
    pivots_.add(pivot);
}

}  // namespace fibonaqi
