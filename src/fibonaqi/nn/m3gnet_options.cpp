#include "fibonaqi/nn/m3gnet_options.hpp"

#include "fibonaqi/nn/bessel_bases.hpp"
#include "fibonaqi/nn/hyperparameters.hpp"
#include "fibonaqi/nn/spherical_harmonics.hpp"

namespace fibonaqi::nn {
namespace {

constexpr std::int64_t most_blocks = 32;

void refuse_unknown_functions(const HyperparameterReader& reader) {
    if (const std::string activation = reader.text("activation_type"); activation != "swish") {
        reader.refuse("the activation function '" + activation + "'");
    }
    if (const std::string basis = reader.text("rbf_type"); basis != "SphericalBessel") {
        reader.refuse("the radial basis '" + basis + "'");
    }
}

M3GNetSizes sizes_from(const HyperparameterReader& reader) {
    M3GNetSizes sizes;
    sizes.node_channels = reader.integer("dim_node_embedding", 1, most_channels);
    sizes.edge_channels = reader.integer("dim_edge_embedding", 1, most_channels);
    sizes.units = reader.integer("units", 1, most_channels);
    sizes.blocks = reader.integer("nblocks", 1, most_blocks);
    sizes.functions = reader.integer("max_n", 1, SmoothBesselBasis::most_functions);
    sizes.orders = reader.integer("max_l", 1, SphericalHarmonics::highest_ell + 1);
    sizes.is_smooth = reader.flag_or("use_smooth", false);
    if (sizes.is_smooth && sizes.angular() > SmoothBesselBasis::most_functions) {
        reader.senseless("max_n", reader.member("max_n"));
    }
    return sizes;
}

}  // namespace

M3GNetOptions m3gnet_options_from(const ModelCard& card) {
    const HyperparameterReader reader(card);
    refuse_unknown_functions(reader);
    M3GNetOptions options;
    options.sizes = sizes_from(reader);
    options.sizes.elements = static_cast<std::int64_t>(card.species.size());
    options.cutoff = reader.number("cutoff");
    if (!(options.cutoff > 0.0) || options.cutoff != card.cutoff) {
        reader.fail("hyperparameter 'cutoff' is not the cutoff of the card");
    }
    options.three_body_cutoff = reader.number("threebody_cutoff");
    if (!(options.three_body_cutoff > 0.0) || options.three_body_cutoff > options.cutoff) {
        reader.senseless("threebody_cutoff", reader.member("threebody_cutoff"));
    }
    options.is_summed_at_angles = reader.one_of("messages_at", {"src", "dst"}) == "src";
    options.scale = reader.number("scale");
    return options;
}

}  // namespace fibonaqi::nn
