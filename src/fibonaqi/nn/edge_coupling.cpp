#include "fibonaqi/nn/edge_coupling.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::nn {
namespace {

std::vector<CouplingTerm> scaled_terms(int l1, int l2, int l3) {
    std::vector<CouplingTerm> terms = wigner_3j(l1, l2, l3);
    for (CouplingTerm& term : terms) {
        term.value *= std::sqrt(2.0 * l3 + 1.0);
    }
    return terms;
}

// Numbers per row of all blocks before `block`.
std::int64_t width_before(const Irreps& irreps, std::size_t block) {
    std::int64_t width = 0;
    for (std::size_t i = 0; i < block; ++i) {
        width += irreps[i].channels * irreps[i].irrep.components();
    }
    return width;
}

std::size_t block_of(const Irreps& irreps, const Irrep& irrep) {
    const auto found = std::find_if(irreps.begin(), irreps.end(),
                                    [&](const IrrepBlock& block) { return block.irrep == irrep; });
    return static_cast<std::size_t>(found - irreps.begin());
}

// All but what depends on the paths before this one.
FormPath form_path(const CouplingPath& path, const Irreps& features, const Irreps& outputs) {
    const IrrepBlock& input = features[path.input];
    const std::size_t output = block_of(outputs, path.output);
    const int l1 = input.irrep.l, l3 = path.output.l;
    FormPath form;
    form.channels = form.input_channels = input.channels;
    form.input = width_before(features, path.input);
    form.output = width_before(outputs, output);
    form.output_channels = outputs[output].channels;
    form.harmonic = path.l * path.l;
    form.inputs = 2 * l1 + 1;
    form.harmonics = 2 * path.l + 1;
    form.outputs = 2 * l3 + 1;
    form.terms = scaled_terms(l1, path.l, l3);
    return form;
}

}  // namespace

EdgeCoupling::EdgeCoupling(const Irreps& features, int max_ell, const std::vector<CouplingPath>& paths)
    : outputs_(coupled_irreps(features, paths)) {
    CouplingForm form;
    std::vector<std::int64_t> filled(outputs_.size(), 0);
    for (const CouplingPath& path : paths) {
        FIBONAQI_EXPECT(path.l <= max_ell && can_couple(features[path.input].irrep.l, path.l, path.output.l));
        FormPath part = form_path(path, features, outputs_);
        std::int64_t& channels = filled[block_of(outputs_, path.output)];
        part.weight = form.weights_width;
        part.first_output_channel = channels;
        channels += part.channels;
        form.weights_width += part.channels;
        form.paths.push_back(std::move(part));
    }
    form.output_width = width_before(outputs_, outputs_.size());
    form.features_width = width_before(features, features.size());
    form.harmonics_width = static_cast<std::int64_t>(max_ell + 1) * (max_ell + 1);
    form_ = std::make_shared<const CouplingForm>(std::move(form));
}

BlockFeatures EdgeCoupling::evaluate(const at::Tensor& harmonics, const at::Tensor& weights,
                                     const BlockFeatures& features, const EdgeEnds& ends) const {
    std::vector<at::Tensor> flat;
    for (const at::Tensor& block : features) {
        flat.push_back(block.reshape({-1}));
    }
    const at::Tensor joined = flat.size() == 1 ? flat[0] : at::cat(flat);
    const at::Tensor sums =
        coupling_partial(form_, FormSlot::output, {at::Tensor(), harmonics, weights, joined}, ends);
    BlockFeatures result;
    std::int64_t begin = 0;
    for (const auto& [channels, irrep] : outputs_) {
        const std::int64_t size = irrep.components() * ends.atoms * channels;
        result.push_back(sums.narrow(0, begin, size).view({irrep.components(), ends.atoms, channels}));
        begin += size;
    }
    return result;
}

}  // namespace fibonaqi::nn
