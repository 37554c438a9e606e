// What counts how much in the loss of a structure: settings only, without LibTorch.
#pragma once

namespace fibonaqi::nn {

/// Weights of the three terms of the loss; a term with weight 0 is not computed.
struct LossWeights {
    double energy = 1.0;   ///< of ((E - E*) / N)^2 [eV^-2]
    double force = 100.0;  ///< of the mean of (F - F*)^2 over components [angstrom^2/eV^2]
    double stress = 0.0;   ///< of the mean of (stress - stress*)^2 over 9 components [angstrom^6/eV^2]
};

/// How the squared force errors of one structure are averaged.
enum class ForceNormalisation {
    per_structure,  ///< over its own 3N components: every structure counts alike
    batch_atoms     ///< over all components of the batch, as MACE trains: every atom counts alike
};

/// The loss of a structure is
///   L_i = energy ((E-E*)/N)^2 + force |F-F*|^2 / (3M) + stress |stress-stress*|^2 / 9,
/// with M = N (per_structure) or the mean number of atoms (batch_atoms). The mean of L_i over a batch is the
/// batch loss in both cases. A label that a structure lacks leaves its term out.
struct LossOptions {
    LossWeights weights;
    ForceNormalisation normalisation = ForceNormalisation::per_structure;
    /// M of batch_atoms: mean atoms per structure of the whole batch or superbatch that is being evaluated in
    /// pieces; 0 means that the tensors at hand are the whole.
    double mean_atoms = 0.0;
};

}  // namespace fibonaqi::nn
