// What counts how much in the loss of a structure: settings only, without LibTorch.
#pragma once

namespace fibonaqi::nn {

/// Weights of the three terms of the loss; a term with weight 0 is not computed. Units are those of a
/// squared error; with a Huber loss each weight multiplies p below, in the same units.
struct LossWeights {
    double energy = 1.0;   ///< of the error of the energy per atom [eV^-2]
    double force = 100.0;  ///< of the mean over force components [angstrom^2/eV^2]
    double stress = 0.0;   ///< of the mean over 9 components of the stress [angstrom^6/eV^2]
};

/// What an error x counts: p(x).
enum class LossKind {
    weighted,  ///< x^2
    huber,     ///< x^2 / 2 up to delta, delta (|x| - delta / 2) beyond: outliers pull with a limited force
    universal  ///< huber, with delta smaller for atoms on which large forces act (force_tiers below)
};

/// How the force errors of one structure are averaged.
enum class ForceNormalisation {
    per_structure,  ///< over its own 3N components: every structure counts alike
    batch_atoms     ///< over all components of the batch, as MACE trains: every atom counts alike
};

/// The loss of a structure is
///   L_i = energy p((E-E*)/N) + force sum p(F-F*) / (3M) + stress sum p(stress-stress*) / 9,
/// sums over components, with M = N (per_structure) or the mean number of atoms (batch_atoms). The mean of
/// L_i over a batch is the batch loss in both cases; with batch_atoms it is that of mace-torch
/// (mace/modules/loss.py). A label that a structure lacks leaves its term out.
struct LossOptions {
    LossWeights weights;
    ForceNormalisation normalisation = ForceNormalisation::per_structure;
    /// M of batch_atoms: mean atoms per structure of the whole batch or superbatch that is being evaluated in
    /// pieces; 0 means that the tensors at hand are the whole.
    double mean_atoms = 0.0;
    LossKind kind = LossKind::weighted;
    /// Of the Huber losses, the same number for all three terms, as in mace-torch: [eV] for the energy per
    /// atom, [eV/angstrom] for forces, [eV/angstrom^3] for stresses.
    double huber_delta = 0.01;
};

/// One tier of the universal loss: atoms whose labelled force is at least this long, and not as long as the
/// next tier's, have delta times this factor.
struct ForceTier {
    double force;  ///< [eV/angstrom]
    double factor;
};

/// As mace-torch has them (conditional_huber_forces in mace/modules/loss.py), made for MPtrj and its
/// outliers.
inline constexpr ForceTier force_tiers[] = {{0.0, 1.0}, {100.0, 0.7}, {200.0, 0.4}, {300.0, 0.1}};

}  // namespace fibonaqi::nn
