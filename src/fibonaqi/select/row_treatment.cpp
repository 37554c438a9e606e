#include "fibonaqi/select/row_treatment.hpp"

#include <cmath>
#include <limits>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

at::Tensor lengths_of(const at::Tensor& rows) {
    return at::linalg_vector_norm(rows.to(at::kDouble), 2, {1});
}

at::Tensor finite_lengths(const at::Tensor& rows) {
    const at::Tensor lengths = lengths_of(rows);
    return lengths.masked_select(at::isfinite(lengths));
}

// 1 / root mean square length; 0 for a block of zeros, which then adds nothing.
double unit_factor(const at::Tensor& block) {
    const at::Tensor lengths = finite_lengths(block);
    const double mean = lengths.numel() > 0 ? lengths.square().mean().item<double>() : 0.0;
    return mean > 0.0 ? 1.0 / std::sqrt(mean) : 0.0;
}

}  // namespace

RowTreatment::RowTreatment(const std::vector<at::Tensor>& blocks, const RowOptions& options)
    : options_(options) {
    FIBONAQI_EXPECT(!blocks.empty() && (options.weights.empty() || options.weights.size() == blocks.size()));
    FIBONAQI_EXPECT(options.clip_quantile >= 0.0 && options.clip_quantile < 1.0);
    FIBONAQI_EXPECT(!options.is_normalised || options.clip_quantile == 0.0);
    for (std::size_t k = 0; k < blocks.size(); ++k) {
        const double weight = options.weights.empty() ? 1.0 : options.weights[k];
        factors_.push_back(blocks.size() == 1 ? 1.0 : weight * unit_factor(blocks[k]));
    }
    if (options.clip_quantile > 0.0) {
        const at::Tensor lengths = finite_lengths(side_by_side(blocks));
        longest_ = lengths.numel() > 0 ? at::quantile(lengths, options.clip_quantile).item<double>()
                                       : std::numeric_limits<double>::infinity();
    }
}

at::Tensor RowTreatment::side_by_side(const std::vector<at::Tensor>& blocks) const {
    FIBONAQI_EXPECT(blocks.size() == factors_.size());
    if (blocks.size() == 1) {
        return blocks[0].to(at::kDouble);
    }
    std::vector<at::Tensor> scaled;
    for (std::size_t k = 0; k < blocks.size(); ++k) {
        scaled.push_back(factors_[k] * blocks[k].to(at::kDouble));
    }
    return at::cat(scaled, 1);
}

at::Tensor RowTreatment::apply(const std::vector<at::Tensor>& blocks) const {
    at::Tensor rows = side_by_side(blocks);
    if (!options_.is_normalised && options_.clip_quantile == 0.0) {
        return rows;
    }
    const at::Tensor lengths = lengths_of(rows).unsqueeze(1);
    const double wanted = options_.is_normalised ? 1.0 : longest_;
    const at::Tensor is_changed = options_.is_normalised ? lengths > 0.0 : lengths > wanted;
    return at::where(is_changed, rows * (wanted / lengths), rows);
}

}  // namespace fibonaqi
