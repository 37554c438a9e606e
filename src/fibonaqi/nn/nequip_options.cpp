#include "fibonaqi/nn/nequip_options.hpp"

#include "fibonaqi/nn/hyperparameters.hpp"

namespace fibonaqi::nn {
namespace {

constexpr std::int64_t most_functions = 1000;
constexpr std::int64_t most_power = 100;

// A list of at least `least` items.
const Json& list(const HyperparameterReader& reader, const char* key, std::size_t least) {
    const Json& value = reader.member(key);
    if (!value.is_array() || value.size() < least) {
        reader.senseless(key, value);
    }
    return value;
}

void read_layers(const HyperparameterReader& reader, NequipLayout& layout) {
    for (const Json& entry : list(reader, "irreps", 2)) {
        const auto irreps = entry.is_string() ? irreps_from(entry.get<std::string>()) : std::nullopt;
        if (!irreps) {
            reader.senseless("irreps", entry);
        }
        layout.features.push_back(*irreps);
    }
    for (const Json& kind : list(reader, "self_connection_type", 1)) {
        if (kind != "linear" && kind != "nequip") {
            reader.senseless("self_connection_type", kind);
        }
        layout.self_connections.push_back(kind == "linear" ? SelfConnection::linear
                                                           : SelfConnection::element);
    }
    if (layout.features.size() != layout.layers() + 1) {
        reader.fail("hyperparameter 'irreps' does not list one more than 'self_connection_type'");
    }
}

void read_envelope(const HyperparameterReader& reader, NequipOptions& options) {
    const std::string name = reader.text("cutoff_function_name");
    if (name == "poly_cut") {
        options.power = static_cast<int>(reader.integer("poly_cut_p_value", 1, most_power));
        return;
    }
    if (name != "XPLOR") {
        reader.refuse("the cutoff function '" + name + "'");
    }
    options.envelope = NequipEnvelope::xplor;
    options.onset = reader.number("cutoff_on");
    if (!(options.onset >= 0.0) || options.onset >= options.cutoff) {
        reader.senseless("cutoff_on", reader.member("cutoff_on"));
    }
}

}  // namespace

NequipOptions nequip_options_from(const ModelCard& card) {
    const HyperparameterReader reader(card);
    NequipOptions options;
    NequipLayout& layout = options.layout;
    layout.elements = static_cast<std::int64_t>(card.species.size());
    read_layers(reader, layout);
    if (const std::string problem = problem_of(layout); !problem.empty()) {
        reader.fail(problem);
    }
    layout.max_ell = static_cast<int>(reader.integer("lmax_edge", 0, highest_order));
    if (!reader.member("is_parity").is_boolean()) {
        reader.senseless("is_parity", reader.member("is_parity"));
    }
    layout.follow_parity = reader.flag_or("is_parity", true);
    layout.bessel_functions = reader.integer("bessel_basis_num", 1, most_functions);
    for (const Json& width : list(reader, "weight_nn_hidden_neurons", 1)) {
        layout.radial_widths.push_back(reader.integer("weight_nn_hidden_neurons", width, 1, most_channels));
    }
    options.cutoff = reader.number("cutoff");
    if (!(options.cutoff > 0.0) || options.cutoff != card.cutoff) {
        reader.fail("hyperparameter 'cutoff' is not the cutoff of the card");
    }
    read_envelope(reader, options);
    return options;
}

}  // namespace fibonaqi::nn
