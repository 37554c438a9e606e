// The structure of a NequIP: the features of its layers, and names and shapes of the weights that follow.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/coupling_paths.hpp"
#include "fibonaqi/model/named_shapes.hpp"

namespace fibonaqi {

/// How the features of an atom itself enter its next ones.
enum class SelfConnection {
    linear,   ///< one linear map for all elements (SevenNet-0)
    element,  ///< one linear map for each element: "nequip" (Batzner et al.)
};

/// The lengths that all shapes follow from.
struct NequipLayout {
    std::int64_t elements = 0;     ///< of the card
    std::vector<Irreps> features;  ///< before the first layer and after each; scalars alone in the first
                                   ///< and the last
    int max_ell = 0;               ///< highest order of harmonics
    bool follow_parity = true;     ///< false: all features and harmonics count as even, SO(3) alone is kept
    std::int64_t bessel_functions = 0;
    std::vector<std::int64_t> radial_widths;       ///< hidden layers of the radial networks
    std::vector<SelfConnection> self_connections;  ///< of each layer

    std::size_t layers() const { return self_connections.size(); }
    std::int64_t channels() const { return features.front()[0].channels; }  ///< of the embedding
    std::int64_t last_channels() const { return features.back()[0].channels; }
    std::int64_t hidden() const { return last_channels() / 2; }  ///< d: what the last layer multiplies
    /// How messages of a layer arise. All irreps up to the highest l after the layer are made, in the last
    /// layer only even ones; what the next block cannot use has weights nevertheless.
    std::vector<CouplingPath> paths(std::size_t layer) const;
    Irreps messages(std::size_t layer) const;
};

/// The features of a network with `channels` for every irrep that can arise up to order `highest_l` from
/// harmonics up to max_ell.
std::vector<Irreps> nequip_features(std::int64_t channels, int max_ell, int highest_l, bool follow_parity,
                                    std::size_t layers);

/// What is wrong with a layout whose numbers are each sensible, or nothing: one block of scalars is needed
/// before the first and after the last layer, in the last one at least two; and even scalars, which gates
/// come from, between.
std::string problem_of(const NequipLayout& layout);

/// The weight that gives energies, hidden() numbers.
inline constexpr const char* nequip_last_layer = "reduce_hidden_to_energy.linear.weight";
/// Wave numbers of the Bessel functions [1/angstrom].
inline constexpr const char* nequip_wave_numbers = "edge_embedding.basis_function.coeffs";
/// [elements] [eV]: factor of every element's energy.
inline constexpr const char* nequip_scale = "rescale_atomic_energy.scale";

/// "<layer>_<part>", as SevenNet names the tensors.
std::string nequip_name(std::size_t layer, const std::string& part);
/// The weight of the self connection of a layer.
std::string nequip_self_connection_name(SelfConnection kind, std::size_t layer);
/// The last matrix of a layer's radial network: its columns are the weights of paths(layer).
std::string nequip_path_weights_name(const NequipLayout& layout, std::size_t layer);

/// All trainable tensors under the names of SevenNet. Linear maps are flat (nn/irreps_linear.hpp), matrices
/// of radial networks [in, out].
std::vector<NamedShape> nequip_parameters(const NequipLayout& layout);
/// The constants beside them: nequip_scale, and "<layer>_convolution.denominator" [1], by which sums over
/// neighbours are divided.
std::vector<NamedShape> nequip_buffers(const NequipLayout& layout);

/// Hyperparameters of a card: the layout, last_layer, parameters and n_parameters. What a file with these
/// must hold besides is in nn/nequip_options.hpp.
Json nequip_hyperparameters(const NequipLayout& layout);

}  // namespace fibonaqi
