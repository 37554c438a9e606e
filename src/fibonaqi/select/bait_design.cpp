#include "fibonaqi/select/bait_design.hpp"

#include <algorithm>

#include "fibonaqi/select/labelled_rows.hpp"
#include "fibonaqi/select/row_products.hpp"

namespace fibonaqi {
namespace {

constexpr std::int64_t piece = 4096;
// Less than 1e-6 of a row's length is left: noise of float32 features.
constexpr double spent = 1e-12;
// Of sigma^2; a removed row's own variance comes no nearer to it than rounding allows.
constexpr double rounding = 1e-13;

// g'M g of every row.
at::Tensor quadratic_forms(const at::Tensor& rows, const at::Tensor& matrix) {
    at::Tensor forms = at::empty({rows.size(0)}, rows.options());
    for (std::int64_t begin = 0; begin < rows.size(0); begin += piece) {
        const at::Tensor part = rows.slice(0, begin, std::min(rows.size(0), begin + piece));
        forms.slice(0, begin, begin + part.size(0)).copy_((at::mm(part, matrix) * part).sum(1));
    }
    return forms;
}

// Both matrices in the axes of the span of all rows.
std::pair<at::Tensor, at::Tensor> in_own_span(const at::Tensor& rows, const at::Tensor& labelled) {
    if (rows.size(0) + labelled.size(0) >= rows.size(1)) {
        return {rows, labelled};
    }
    const at::Tensor basis = explained_directions(at::cat({rows, labelled}, 0), 0.0);
    return {at::mm(rows, basis.t()), at::mm(labelled, basis.t())};
}

}  // namespace

BaitDesign::BaitDesign(const at::Tensor& rows, const at::Tensor& labelled, double sigma, bool is_conditioned)
    : noise_square_(sigma * sigma) {
    const auto [own_rows, own_labelled] = in_own_span(rows, labelled);
    rows_ = own_rows;
    squares_ = row_squares(rows_);
    covariance_ = at::eye(rows_.size(1), rows_.options());
    if (is_conditioned && own_labelled.size(0) > 0) {
        const at::Tensor known = explained_directions(own_labelled, sigma);
        covariance_ -= at::mm(known.t(), known);
    }
    design_ = at::mm(rows_.t(), rows_) + at::mm(own_labelled.t(), own_labelled);
    variance_ = quadratic_forms(rows_, covariance_);
    explained_ = quadratic_forms(rows_, at::mm(covariance_, at::mm(design_, covariance_)));
}

std::vector<double> BaitDesign::gains() const {
    const at::Tensor gain = explained_ / (variance_ + noise_square_).clamp_min(1e-300);
    return to_host(at::where(variance_ > spent * squares_, gain, at::zeros_like(gain)));
}

std::vector<double> BaitDesign::losses() const {
    const at::Tensor rest = (noise_square_ - variance_).clamp_min(rounding * noise_square_);
    return to_host(explained_.clamp_min(0.0) / rest);
}

void BaitDesign::add(std::int64_t row) {
    const double variance = std::max(0.0, variance_[row].item<double>());
    change(at::mv(covariance_, rows_[row]), -1.0 / (variance + noise_square_));
}

void BaitDesign::remove(std::int64_t row) {
    const double rest = noise_square_ - variance_[row].item<double>();
    change(at::mv(covariance_, rows_[row]), 1.0 / std::max(rest, rounding * noise_square_));
}

void BaitDesign::change(const at::Tensor& direction, double factor) {
    const at::Tensor through = at::mv(design_, direction);
    const double both = at::dot(direction, through).item<double>();
    const at::Tensor along = row_products(rows_, direction);
    const at::Tensor beside = row_products(rows_, at::mv(covariance_, through));
    explained_ = explained_ + (2.0 * factor) * along * beside + (factor * factor * both) * along.square();
    variance_ = variance_ + factor * along.square();
    covariance_.addr_(direction, direction, 1.0, factor);
}

}  // namespace fibonaqi
