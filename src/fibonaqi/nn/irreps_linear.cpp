#include "fibonaqi/nn/irreps_linear.hpp"

#include <cmath>

namespace fibonaqi::nn {
namespace {

// Where the matrices of the parts lie in the flat weight [in, elements, out] of each.
std::vector<WeightMatrix> places_of(const std::vector<LinearPart>& parts, std::int64_t elements) {
    std::vector<WeightMatrix> places;
    for (const LinearPart& part : parts) {
        places.push_back({"", part.begin * elements, elements, part.rows, part.columns, part.columns,
                          elements * part.columns});
    }
    return places;
}

// [m, N, C] x [C, C_out]
at::Tensor times(const at::Tensor& features, const at::Tensor& matrix) {
    return at::mm(features.reshape({-1, features.size(2)}), matrix)
        .view({features.size(0), features.size(1), matrix.size(1)});
}

// Adds `term` to block `output`, which may still be undefined.
void add(BlockFeatures& sums, std::size_t output, const at::Tensor& term) {
    sums[output] = sums[output].defined() ? sums[output] + term : term;
}

// Zeros for blocks that nothing was added to.
BlockFeatures completed(BlockFeatures sums, const Irreps& out, const BlockFeatures& like) {
    for (std::size_t o = 0; o < out.size(); ++o) {
        if (!sums[o].defined()) {
            sums[o] = at::zeros({out[o].irrep.components(), like[0].size(1), out[o].channels},
                                like[0].options().requires_grad(false));
        }
    }
    return sums;
}

// Every atom's features times the matrix of its element: [m, N, C], [K, C, C_out] -> [m, N, C_out].
at::Tensor times_element(const at::Tensor& features, const at::Tensor& matrices,
                         const ElementGroups& groups) {
    if (groups.size() == 1) {
        return times(features, matrices.select(0, 0));
    }
    std::vector<at::Tensor> parts;
    for (std::int64_t k = 0; k < groups.size(); ++k) {
        const at::Tensor rows = features.index_select(1, groups.atoms[static_cast<std::size_t>(k)]);
        parts.push_back(times(rows, matrices.select(0, k)));
    }
    return at::cat(parts, 1).index_select(1, groups.place);
}

}  // namespace

at::Tensor mix_channels(const at::Tensor& features, const at::Tensor& weight) {
    const std::int64_t channels = features.size(-1);
    return at::matmul(features,
                      weight.view({channels, -1}) * (1.0 / std::sqrt(static_cast<double>(channels))));
}

IrrepsLinear::IrrepsLinear(WeightReader& weights, const std::string& name, const Irreps& in,
                           const Irreps& out)
    : out_(out),
      parts_(linear_parts(in, out)),
      weight_(weights.parameter(name, {numbers_of(parts_)}, places_of(parts_, 1))) {}

BlockFeatures IrrepsLinear::evaluate(const BlockFeatures& features, double divisor) const {
    BlockFeatures sums(out_.size());
    for (const LinearPart& part : parts_) {
        const at::Tensor matrix =
            weight_.narrow(0, part.begin, part.rows * part.columns).view({part.rows, part.columns});
        add(sums, part.output, times(features[part.input], matrix * (part.scale / divisor)));
    }
    return completed(std::move(sums), out_, features);
}

ElementLinear::ElementLinear(WeightReader& weights, const std::string& name, const Irreps& in,
                             const Irreps& out, std::int64_t elements)
    : out_(out),
      parts_(linear_parts(in, out, elements)),
      elements_(elements),
      weight_(weights.parameter(name, {numbers_of(parts_) * elements}, places_of(parts_, elements))) {}

at::Tensor ElementLinear::matrices(const LinearPart& part, const ElementGroups& groups) const {
    return weight_.narrow(0, part.begin * elements_, part.rows * elements_ * part.columns)
               .view({part.rows, elements_, part.columns})
               .index_select(1, groups.present)
               .transpose(0, 1) *
           part.scale;
}

template <typename Map>
BlockFeatures ElementLinear::map_blocks(const BlockFeatures& features, const Map& map) const {
    BlockFeatures sums(out_.size());
    for (const LinearPart& part : parts_) {
        add(sums, part.output, map(features[part.input], part));
    }
    return completed(std::move(sums), out_, features);
}

BlockFeatures ElementLinear::evaluate(const BlockFeatures& features, const ElementGroups& groups) const {
    return map_blocks(features, [&](const at::Tensor& block, const LinearPart& part) {
        return times_element(block, matrices(part, groups), groups);
    });
}

BlockFeatures ElementLinear::evaluate_rows(const BlockFeatures& features, const ElementGroups& groups) const {
    return map_blocks(features, [&](const at::Tensor& block, const LinearPart& part) {
        return at::bmm(block.transpose(0, 1), matrices(part, groups)).transpose(0, 1);
    });
}

}  // namespace fibonaqi::nn
