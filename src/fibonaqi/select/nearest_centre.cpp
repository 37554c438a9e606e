#include "fibonaqi/select/nearest_centre.hpp"

#include <algorithm>
#include <limits>

#include "fibonaqi/select/row_products.hpp"

namespace fibonaqi {
namespace {

// |g|^2 + |c|^2 - 2 g . c of equal rows is what rounding leaves: some hundred units in the last place.
constexpr double rounding = 1e-13;

}  // namespace

NearestCentre::NearestCentre(const at::Tensor& rows)
    : rows_(rows),
      squares_(to_host(row_squares(rows))),
      distances_(squares_.size(), std::numeric_limits<double>::infinity()),
      nearest_(squares_.size(), 0) {}

void NearestCentre::add_all(const at::Tensor& centres) {
    for (std::int64_t centre = 0; centre < centres.size(0); ++centre) {
        measure(centres[centre]);
    }
}

void NearestCentre::add(std::int64_t row) {
    measure(rows_[row]);
}

void NearestCentre::measure(const at::Tensor& centre) {
    const std::vector<double> products = to_host(row_products(rows_, centre));
    const double square = to_host(row_squares(centre.unsqueeze(0)))[0];
    for (std::size_t row = 0; row < products.size(); ++row) {
        const double sum = squares_[row] + square;
        const double distance = sum - 2.0 * products[row];
        const double certain = distance > rounding * sum ? distance : 0.0;
        if (certain < distances_[row]) {
            distances_[row] = certain;
            nearest_[row] = centres_;
        }
    }
    ++centres_;
}

std::vector<double> NearestCentre::cluster_sums() const {
    std::vector<double> sums(std::max<std::size_t>(1, centres_), 0.0);
    for (std::size_t row = 0; row < nearest_.size(); ++row) {
        sums[nearest_[row]] += distances_[row];
    }
    std::vector<double> result;
    result.reserve(nearest_.size());
    for (const std::size_t centre : nearest_) {
        result.push_back(sums[centre]);
    }
    return result;
}

}  // namespace fibonaqi
