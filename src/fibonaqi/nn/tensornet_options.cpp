#include "fibonaqi/nn/tensornet_options.hpp"

#include "fibonaqi/nn/bessel_bases.hpp"
#include "fibonaqi/nn/hyperparameters.hpp"

namespace fibonaqi::nn {
namespace {

constexpr std::int64_t most_functions = 1000;

void read_basis(const HyperparameterReader& reader, TensorNetOptions& options) {
    const std::string name = reader.text("rbf_type");
    if (name == "SphericalBessel" && reader.flag_or("use_smooth", false)) {
        options.basis = TensorNetBasis::smooth_bessel;
        options.basis_functions = reader.integer("max_n", 1, SmoothBesselBasis::most_functions);
        return;
    }
    if (name != "Gaussian") {
        reader.refuse("the radial basis '" + name + "'" +
                      (name == "SphericalBessel" ? " without use_smooth" : ""));
    }
    options.basis = TensorNetBasis::gaussian;
    options.basis_functions = reader.integer("num_rbf", 1, most_functions);
    options.width = reader.number("width");
    if (!(options.width > 0.0)) {
        reader.senseless("width", reader.member("width"));
    }
}

}  // namespace

TensorNetOptions tensornet_options_from(const ModelCard& card) {
    const HyperparameterReader reader(card);
    TensorNetOptions options;
    if (const std::string activation = reader.text("activation_type"); activation != "swish") {
        reader.refuse("the activation function '" + activation + "'");
    }
    options.is_parity_kept = reader.one_of("equivariance_invariance_group", {"O(3)", "SO(3)"}) == "O(3)";
    // Files of this program did not always have it, and were of the older kind then.
    options.is_summed_at_source = reader.one_of("messages_at", {"dst", "src"}) == "src";
    options.cutoff = reader.number("cutoff");
    options.channels = reader.integer("units", 1, most_channels);
    options.layers = static_cast<int>(reader.integer("nblocks", 0, 32));
    read_basis(reader, options);
    options.scale = reader.number("scale");
    options.elements = static_cast<std::int64_t>(card.species.size());
    if (!(options.cutoff > 0.0) || options.cutoff != card.cutoff) {
        reader.fail("hyperparameter 'cutoff' is not the cutoff of the card");
    }
    return options;
}

}  // namespace fibonaqi::nn
