#include "fibonaqi/model/nequip_layout.hpp"

#include <algorithm>

namespace fibonaqi {
namespace {

int highest_l_of(const Irreps& irreps) {
    int highest = 0;
    for (const IrrepBlock& block : irreps) {
        highest = std::max(highest, block.irrep.l);
    }
    return highest;
}

void add_layer(std::vector<NamedShape>& shapes, const NequipLayout& layout, std::size_t layer) {
    const Irreps& before = layout.features[layer];
    const Irreps gate = gate_inputs(layout.features[layer + 1]).irreps, messages = layout.messages(layer);
    const auto linear = [&](const std::string& name, const Irreps& in, const Irreps& out,
                            std::int64_t elements = 1) {
        shapes.push_back({name, {numbers_of(linear_parts(in, out)) * elements}});
    };
    const SelfConnection kind = layout.self_connections[layer];
    linear(nequip_self_connection_name(kind, layer), before, gate,
           kind == SelfConnection::element ? layout.elements : 1);
    linear(nequip_name(layer, "self_interaction_1.linear.weight"), before, before);
    std::vector<std::int64_t> widths{layout.bessel_functions};
    widths.insert(widths.end(), layout.radial_widths.begin(), layout.radial_widths.end());
    std::int64_t weights = 0;
    for (const IrrepBlock& block : messages) {
        weights += block.channels;
    }
    widths.push_back(weights);
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
        shapes.push_back({nequip_name(layer, "convolution.weight_nn.layer" + std::to_string(i) + ".weight"),
                          {widths[i], widths[i + 1]}});
    }
    linear(nequip_name(layer, "self_interaction_2.linear.weight"), messages, gate);
}

}  // namespace

std::vector<CouplingPath> NequipLayout::paths(std::size_t layer) const {
    const Irreps harmonics = harmonics_irreps(max_ell, follow_parity);
    std::vector<Irrep> wanted =
        reachable_irreps(features[layer], harmonics, highest_l_of(features[layer + 1]));
    if (layer + 1 == layers()) {
        std::erase_if(wanted, [](const Irrep& irrep) { return irrep.parity < 0; });
    }
    return coupling_paths(features[layer], harmonics, wanted);
}

Irreps NequipLayout::messages(std::size_t layer) const {
    return coupled_irreps(features[layer], paths(layer));
}

std::vector<Irreps> nequip_features(std::int64_t channels, int max_ell, int highest_l, bool follow_parity,
                                    std::size_t layers) {
    const Irreps scalars{{channels, {0, 1}}};
    std::vector<Irreps> features{scalars};
    for (std::size_t layer = 1; layer < layers; ++layer) {
        Irreps after;
        for (const Irrep& irrep :
             reachable_irreps(features.back(), harmonics_irreps(max_ell, follow_parity), highest_l)) {
            after.push_back({channels, irrep});
        }
        features.push_back(after);
    }
    features.push_back(scalars);
    return features;
}

std::string problem_of(const NequipLayout& layout) {
    const Irrep scalar{0, 1};
    for (const Irreps* irreps : {&layout.features.front(), &layout.features.back()}) {
        if (irreps->size() != 1 || (*irreps)[0].irrep != scalar) {
            return "features before the first or after the last layer are " + text_of(*irreps) +
                   ", not scalars alone";
        }
    }
    for (const Irreps& irreps : layout.features) {
        if (channels_of(irreps, scalar) == 0) {
            return "the features " + text_of(irreps) + " have no even scalars";
        }
    }
    return layout.hidden() > 0 ? "" : "there are fewer than two scalars after the last layer";
}

std::string nequip_name(std::size_t layer, const std::string& part) {
    return std::to_string(layer) + "_" + part;
}

std::string nequip_self_connection_name(SelfConnection kind, std::size_t layer) {
    return nequip_name(layer, std::string("self_connection_intro.") +
                                  (kind == SelfConnection::linear ? "linear" : "fc_tensor_product") +
                                  ".weight");
}

std::string nequip_path_weights_name(const NequipLayout& layout, std::size_t layer) {
    return nequip_name(
        layer, "convolution.weight_nn.layer" + std::to_string(layout.radial_widths.size()) + ".weight");
}

std::vector<NamedShape> nequip_parameters(const NequipLayout& layout) {
    std::vector<NamedShape> shapes{
        {nequip_wave_numbers, {layout.bessel_functions}},
        {"onehot_to_feature_x.linear.weight", {layout.elements * layout.channels()}}};
    for (std::size_t layer = 0; layer < layout.layers(); ++layer) {
        add_layer(shapes, layout, layer);
    }
    shapes.push_back({"reduce_input_to_hidden.linear.weight", {layout.last_channels() * layout.hidden()}});
    shapes.push_back({nequip_last_layer, {layout.hidden()}});
    return shapes;
}

std::vector<NamedShape> nequip_buffers(const NequipLayout& layout) {
    std::vector<NamedShape> shapes{{nequip_scale, {layout.elements}}};
    for (std::size_t layer = 0; layer < layout.layers(); ++layer) {
        shapes.push_back({nequip_name(layer, "convolution.denominator"), {1}});
    }
    return shapes;
}

Json nequip_hyperparameters(const NequipLayout& layout) {
    Json features = Json::array(), connections = Json::array();
    for (const Irreps& irreps : layout.features) {
        features.push_back(text_of(irreps));
    }
    for (const SelfConnection kind : layout.self_connections) {
        connections.push_back(kind == SelfConnection::linear ? "linear" : "nequip");
    }
    Json hyper{{"irreps", features},
               {"lmax_edge", layout.max_ell},
               {"is_parity", layout.follow_parity},
               {"bessel_basis_num", layout.bessel_functions},
               {"weight_nn_hidden_neurons", layout.radial_widths},
               {"self_connection_type", connections},
               {"last_layer", nequip_last_layer}};
    hyper.update(record_of(nequip_parameters(layout)));
    return hyper;
}

}  // namespace fibonaqi
