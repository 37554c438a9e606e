#include "fibonaqi/model/coupling_paths.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fibonaqi/model/wigner_3j.hpp"

namespace fibonaqi {
namespace {

// The block of an irrep, added at the end where there is none yet.
IrrepBlock& block_of(Irreps& irreps, const Irrep& irrep) {
    const auto found = std::find_if(irreps.begin(), irreps.end(),
                                    [&](const IrrepBlock& block) { return block.irrep == irrep; });
    return found == irreps.end() ? irreps.emplace_back(IrrepBlock{0, irrep}) : *found;
}

}  // namespace

std::vector<CouplingPath> coupling_paths(const Irreps& features, const Irreps& harmonics,
                                         const std::vector<Irrep>& wanted) {
    std::vector<Irrep> sorted = wanted;
    std::sort(sorted.begin(), sorted.end());
    std::vector<CouplingPath> paths;
    for (const Irrep& output : sorted) {
        for (std::size_t input = 0; input < features.size(); ++input) {
            for (const IrrepBlock& harmonic : harmonics) {
                const Irrep& first = features[input].irrep;
                if (first.parity * harmonic.irrep.parity == output.parity &&
                    can_couple(first.l, harmonic.irrep.l, output.l)) {
                    paths.push_back({input, harmonic.irrep.l, output});
                }
            }
        }
    }
    return paths;
}

std::vector<Irrep> reachable_irreps(const Irreps& features, const Irreps& harmonics, int highest_l) {
    std::vector<Irrep> all;
    for (int l = 0; l <= highest_l; ++l) {
        for (const int parity : {-1, 1}) {
            if (!coupling_paths(features, harmonics, {{l, parity}}).empty()) {
                all.push_back({l, parity});
            }
        }
    }
    return all;
}

Irreps coupled_irreps(const Irreps& features, const std::vector<CouplingPath>& paths) {
    Irreps outputs;
    for (const CouplingPath& path : paths) {
        block_of(outputs, path.output).channels += features[path.input].channels;
    }
    std::sort(outputs.begin(), outputs.end(),
              [](const IrrepBlock& a, const IrrepBlock& b) { return a.irrep < b.irrep; });
    return outputs;
}

std::vector<LinearPart> linear_parts(const Irreps& in, const Irreps& out, std::int64_t elements) {
    std::vector<LinearPart> parts;
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
        for (std::size_t o = 0; o < out.size(); ++o) {
            if (in[i].irrep == out[o].irrep) {
                const double fan_in = static_cast<double>(channels_of(in, in[i].irrep) * elements);
                parts.push_back({i, o, in[i].channels, out[o].channels, begin, 1.0 / std::sqrt(fan_in)});
                begin += in[i].channels * out[o].channels;
            }
        }
    }
    return parts;
}

std::int64_t numbers_of(const std::vector<LinearPart>& parts) {
    return parts.empty() ? 0 : parts.back().begin + parts.back().rows * parts.back().columns;
}

GateInputs gate_inputs(const Irreps& outputs) {
    // Scalars, then gates, then what is gated; `gates` is at index outputs.size().
    Irreps parts = outputs;
    parts.push_back({0, {0, 1}});
    std::vector<std::size_t> order(parts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (const IrrepBlock& block : outputs) {
        parts.back().channels += block.irrep.l > 0 ? block.channels : 0;
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return parts[a].irrep < parts[b].irrep; });
    GateInputs inputs;
    std::vector<GatePart> places(parts.size());
    for (const std::size_t i : order) {
        if (parts[i].channels == 0) {
            continue;  // nothing to gate
        }
        IrrepBlock& block = block_of(inputs.irreps, parts[i].irrep);
        places[i] = {inputs.irreps.size() - 1, block.channels};
        block.channels += parts[i].channels;
    }
    inputs.gates = places.back();
    places.pop_back();
    inputs.outputs = places;
    return inputs;
}

}  // namespace fibonaqi
