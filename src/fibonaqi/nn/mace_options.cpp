#include "fibonaqi/nn/mace_options.hpp"

#include <algorithm>

#include "fibonaqi/nn/hyperparameters.hpp"

namespace fibonaqi::nn {
namespace {

constexpr int highest_hidden_order = 2;
constexpr int highest_correlation = 4;

Irreps irreps_of(const HyperparameterReader& reader, const char* key) {
    const auto irreps = irreps_from(reader.text(key));
    if (!irreps) {
        reader.senseless(key, reader.member(key));
    }
    return *irreps;
}

void refuse_unknown_features(const HyperparameterReader& reader) {
    const std::string model = reader.text_or("model", "ScaleShiftMACE");
    if (model != "ScaleShiftMACE" && model != "MACE") {
        reader.refuse("the model class '" + model + "'");
    }
    if (reader.has("n_heads") && reader.integer("n_heads", 1, 1000) != 1) {
        reader.refuse("several heads");
    }
    if (const std::string gate = reader.text("gate"); gate != "silu") {
        reader.refuse("the activation function '" + gate + "'");
    }
}

// "Cx0e+Cx1o+..." up to the highest order: the features that MACE is used with.
void read_hidden(const HyperparameterReader& reader, MaceOptions& options) {
    const Irreps irreps = irreps_of(reader, "hidden_irreps");
    options.channels = irreps[0].channels;
    options.hidden_order = static_cast<int>(irreps.size()) - 1;
    if (options.hidden_order > highest_hidden_order || irreps != options.irreps_to(options.hidden_order)) {
        reader.refuse("hidden features '" + reader.text("hidden_irreps") + "'");
    }
}

void read_readout(const HyperparameterReader& reader, MaceOptions& options) {
    options.is_last_readout_only = reader.flag_or("use_last_readout_only", false);
    const std::string kind =
        reader.text_or("readout", options.layers() == 1 ? "LinearReadoutBlock" : "NonLinearReadoutBlock");
    if (kind == "LinearReadoutBlock") {
        options.readout = ReadoutKind::linear;
        options.readout_width = options.channels;
        return;
    }
    if (kind != "NonLinearReadoutBlock" && kind != "NonLinearBiasReadoutBlock") {
        reader.refuse("the readout '" + kind + "'");
    }
    options.readout = kind == "NonLinearReadoutBlock" ? ReadoutKind::nonlinear : ReadoutKind::nonlinear_bias;
    const Irreps irreps = irreps_of(reader, "MLP_irreps");
    if (irreps.size() != 1 || irreps[0].irrep != Irrep{0, 1}) {
        reader.refuse("readout features '" + reader.text("MLP_irreps") + "'");
    }
    options.readout_width = irreps[0].channels;
}

void read_radial(const HyperparameterReader& reader, MaceOptions& options) {
    options.cutoff = reader.number("r_max");
    options.bessel_functions = reader.integer("num_bessel", 1, 1000);
    options.envelope_power = static_cast<int>(reader.integer("num_polynomial_cutoff", 1, 100));
    for (const Json& width : reader.member("radial_MLP")) {
        options.radial_widths.push_back(reader.integer("radial_MLP", width, 1, most_channels));
    }
    const std::string transform = reader.text_or("distance_transform", "None");
    if (transform != "None" && transform != "Agnesi") {
        reader.refuse("the distance transform '" + transform + "'");
    }
    options.is_agnesi = transform == "Agnesi";
    options.has_pair_repulsion = reader.flag_or("pair_repulsion", false);
}

// A number, or a list with one per layer.
std::vector<double> per_layer(const HyperparameterReader& reader, const char* key, int layers) {
    const Json& value = reader.member(key);
    if (!value.is_array()) {
        return std::vector<double>(static_cast<std::size_t>(layers), reader.number(key));
    }
    if (value.size() != static_cast<std::size_t>(layers)) {
        reader.senseless(key, value);
    }
    std::vector<double> numbers;
    for (const Json& number : value) {
        numbers.push_back(reader.number(key, number));
    }
    return numbers;
}

InteractionOptions interaction(const HyperparameterReader& reader, const char* key) {
    const std::string block = reader.text(key);
    if (block == "RealAgnosticInteractionBlock" || block == "RealAgnosticDensityInteractionBlock") {
        return {false, block.find("Density") != std::string::npos, 1.0};
    }
    if (block == "RealAgnosticResidualInteractionBlock" ||
        block == "RealAgnosticDensityResidualInteractionBlock") {
        return {true, block.find("Density") != std::string::npos, 1.0};
    }
    reader.refuse("the interaction block '" + block + "'");
}

void read_interactions(const HyperparameterReader& reader, MaceOptions& options) {
    const int layers = static_cast<int>(reader.integer("num_interactions", 1, 64));
    options.interactions.assign(static_cast<std::size_t>(layers), interaction(reader, "interaction"));
    options.interactions[0] = interaction(reader, "interaction_first");
    if (layers > 1 && !options.interactions[1].is_residual) {
        reader.refuse("the interaction block '" + reader.text("interaction") + "' after the first one");
    }
    const bool has_list = reader.has("avg_num_neighbors_per_layer");
    const auto neighbors =
        per_layer(reader, has_list ? "avg_num_neighbors_per_layer" : "avg_num_neighbors", layers);
    for (std::size_t layer = 0; layer < neighbors.size(); ++layer) {
        if (!(neighbors[layer] > 0.0)) {
            reader.fail("hyperparameter 'avg_num_neighbors' is not positive");
        }
        options.interactions[layer].average_neighbors = neighbors[layer];
    }
    for (const double correlation : per_layer(reader, "correlation", layers)) {
        options.correlation.push_back(static_cast<int>(correlation));
        if (correlation < 1 || correlation != options.correlation.back()) {
            reader.senseless("correlation", reader.member("correlation"));
        }
        if (correlation > highest_correlation) {
            reader.refuse("correlation " + std::to_string(options.correlation.back()) + ", above " +
                          std::to_string(highest_correlation));
        }
    }
}

}  // namespace

Irreps MaceOptions::irreps_to(int highest) const {
    Irreps irreps;
    for (int l = 0; l <= highest; ++l) {
        irreps.push_back({channels, {l, natural_parity(l)}});
    }
    return irreps;
}

MaceOptions mace_options_from(const ModelCard& card) {
    const HyperparameterReader reader(card);
    refuse_unknown_features(reader);
    MaceOptions options;
    options.species = card.species;
    read_interactions(reader, options);
    read_radial(reader, options);
    options.max_ell = static_cast<int>(reader.integer("max_ell", 0, 100));
    if (options.max_ell > highest_order) {
        reader.refuse("max_ell " + std::to_string(options.max_ell) + ", above " +
                      std::to_string(highest_order));
    }
    read_hidden(reader, options);
    read_readout(reader, options);
    options.scale = reader.number("scale");
    options.shift = reader.number("shift");
    if (!(options.cutoff > 0.0 && options.cutoff == card.cutoff)) {
        reader.fail("hyperparameter 'r_max' is not the cutoff of the card");
    }
    return options;
}

}  // namespace fibonaqi::nn
