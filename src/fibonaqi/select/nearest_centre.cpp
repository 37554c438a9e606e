#include "fibonaqi/select/nearest_centre.hpp"

#include <algorithm>
#include <limits>

#include "fibonaqi/select/candidate_rows.hpp"

namespace fibonaqi {
namespace {

// Centres measured at once: [n, piece] distances are held.
constexpr std::int64_t piece = 16;
// |g|^2 + |c|^2 - 2 g . c of equal rows is what rounding leaves: some hundred units in the last place.
constexpr double rounding = 1e-13;

}  // namespace

NearestCentre::NearestCentre(const at::Tensor& rows)
    : rows_(rows),
      squares_(row_squares(rows)),
      distances_(at::full({rows.size(0)}, std::numeric_limits<double>::infinity(), rows.options())),
      nearest_(at::zeros({rows.size(0)}, rows.options().dtype(at::kLong))) {}

void NearestCentre::add_all(const at::Tensor& centres) {
    for (std::int64_t begin = 0; begin < centres.size(0); begin += piece) {
        measure(centres.slice(0, begin, std::min(centres.size(0), begin + piece)));
    }
}

void NearestCentre::add(std::int64_t row) {
    measure(rows_.slice(0, row, row + 1));
}

void NearestCentre::measure(const at::Tensor& centres) {
    const at::Tensor sums = squares_.unsqueeze(1) + row_squares(centres).unsqueeze(0);
    // One centre by a matrix-vector product: twice as fast as a thin matrix.
    const at::Tensor products =
        centres.size(0) == 1 ? at::mv(rows_, centres[0]).unsqueeze(1) : at::mm(rows_, centres.t());
    at::Tensor squared = sums - 2.0 * products;
    squared = at::where(squared > rounding * sums, squared, at::zeros_like(squared));
    const auto [least, which] = squared.min(1);
    const at::Tensor is_nearer = least < distances_;
    distances_ = at::where(is_nearer, least, distances_);
    nearest_ = at::where(is_nearer, which + centres_, nearest_);
    centres_ += centres.size(0);
}

std::vector<double> NearestCentre::squares() const {
    return to_host(squares_);
}

std::vector<double> NearestCentre::distances() const {
    return to_host(distances_);
}

std::vector<double> NearestCentre::cluster_sums() const {
    const at::Tensor sums = at::bincount(nearest_, distances_, std::max<std::int64_t>(1, centres_));
    return to_host(sums.index_select(0, nearest_));
}

}  // namespace fibonaqi
