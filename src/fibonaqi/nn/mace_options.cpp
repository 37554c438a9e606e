#include "fibonaqi/nn/mace_options.hpp"

#include "fibonaqi/nn/hyperparameters.hpp"
#include "fibonaqi/nn/irreps.hpp"

namespace fibonaqi::nn {
namespace {

constexpr int highest_supported_ell = 3;
constexpr int highest_supported_correlation = 3;

const std::string plain_block = "RealAgnosticInteractionBlock";
const std::string residual_block = "RealAgnosticResidualInteractionBlock";

Irreps features(const HyperparameterReader& reader, const char* key) {
    const auto irreps = irreps_from(reader.text(key));
    if (!irreps) {
        reader.senseless(key, reader.member(key));
    }
    return *irreps;
}

std::int64_t scalars_only(const HyperparameterReader& reader, const char* key, const std::string& what) {
    const Irreps irreps = features(reader, key);
    if (irreps.size() != 1 || irreps[0].irrep != Irrep{0, 1}) {
        reader.refuse(what + " '" + reader.text(key) + "'");
    }
    return irreps[0].channels;
}

void refuse_unknown_features(const HyperparameterReader& reader) {
    const std::string model = reader.text_or("model", "ScaleShiftMACE");
    if (model != "ScaleShiftMACE" && model != "MACE") {
        reader.refuse("the model class '" + model + "'");
    }
    if (const std::string transform = reader.text_or("distance_transform", "None"); transform != "None") {
        reader.refuse("the distance transform '" + transform + "'");
    }
    if (reader.has("pair_repulsion") && reader.member("pair_repulsion") != false) {
        reader.refuse("ZBL pair repulsion");
    }
    if (reader.has("n_heads") && reader.integer("n_heads", 1, 1000) != 1) {
        reader.refuse("several heads");
    }
    if (const std::string gate = reader.text("gate"); gate != "silu") {
        reader.refuse("the activation function '" + gate + "'");
    }
}

std::vector<double> average_neighbors(const HyperparameterReader& reader, int layers) {
    const char* per_layer = "avg_num_neighbors_per_layer";
    if (!reader.has(per_layer)) {
        return std::vector<double>(static_cast<std::size_t>(layers), reader.number("avg_num_neighbors"));
    }
    const Json& list = reader.member(per_layer);
    if (!list.is_array() || list.size() != static_cast<std::size_t>(layers)) {
        reader.senseless(per_layer, list);
    }
    std::vector<double> values;
    for (const Json& value : list) {
        values.push_back(reader.number(per_layer, value));
    }
    return values;
}

bool is_residual(const HyperparameterReader& reader, const char* key) {
    const std::string block = reader.text(key);
    if (block != plain_block && block != residual_block) {
        reader.refuse("the interaction block '" + block + "'");
    }
    return block == residual_block;
}

int supported(const HyperparameterReader& reader, const char* key, int least, int most) {
    const auto value = reader.integer(key, least, 100);
    if (value > most) {
        reader.refuse(std::string(key) + " " + std::to_string(value) + ", above " + std::to_string(most));
    }
    return static_cast<int>(value);
}

}  // namespace

MaceOptions mace_options_from(const ModelCard& card) {
    const HyperparameterReader reader(card);
    refuse_unknown_features(reader);
    MaceOptions options;
    options.layers = static_cast<int>(reader.integer("num_interactions", 1, 64));
    if (options.layers < 2) {
        reader.refuse("a single interaction layer, whose readout is linear");
    }
    options.is_first_residual = is_residual(reader, "interaction_first");
    if (!is_residual(reader, "interaction")) {
        reader.refuse("the interaction block '" + plain_block + "' after the first one");
    }
    options.cutoff = reader.number("r_max");
    options.bessel_functions = reader.integer("num_bessel", 1, 1000);
    options.envelope_power = static_cast<int>(reader.integer("num_polynomial_cutoff", 1, 100));
    options.max_ell = supported(reader, "max_ell", 0, highest_supported_ell);
    options.correlation = supported(reader, "correlation", 1, highest_supported_correlation);
    options.channels = scalars_only(reader, "hidden_irreps", "hidden features");
    options.readout_width = scalars_only(reader, "MLP_irreps", "readout features");
    for (const Json& width : reader.member("radial_MLP")) {
        options.radial_widths.push_back(reader.integer("radial_MLP", width, 1, most_channels));
    }
    options.average_neighbors = average_neighbors(reader, options.layers);
    options.scale = reader.number("scale");
    options.shift = reader.number("shift");
    options.elements = static_cast<std::int64_t>(card.species.size());
    const bool has_sense = options.cutoff > 0.0 && options.cutoff == card.cutoff;
    if (!has_sense) {
        reader.fail("hyperparameter 'r_max' is not the cutoff of the card");
    }
    for (const double neighbors : options.average_neighbors) {
        if (!(neighbors > 0.0)) {
            reader.fail("hyperparameter 'avg_num_neighbors' is not positive");
        }
    }
    return options;
}

}  // namespace fibonaqi::nn
