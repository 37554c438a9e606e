// The loss of every structure, and how far several models are apart: numbers that strategies go by.
#pragma once

#include <span>
#include <vector>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/model/calibration.hpp"
#include "fibonaqi/nn/loss_options.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

/// L_i of loss_options.hpp, one per structure. With batch_atoms and mean_atoms = 0 the mean is taken over all
/// the graphs given here. Throws ModelError for an element that the card lacks.
std::vector<double> sample_losses(const Network& network, std::span<const AtomGraph> graphs,
                                  std::span<const Labels> labels, LossOptions loss, std::size_t chunk);

/// Standard deviations over models of what each predicts for the same structures: [model][structure], at
/// least two models, all with forces. Square roots of the mean square distance from the mean (divided by the
/// number of models). node_energy is left empty.
std::vector<FrameSpread> committee_spread(std::span<const std::vector<Labels>> predictions);

/// sqrt(sum of the squares of the three components) of the atom where it is largest [eV/angstrom]: with a
/// committee's spread the deviation of DP-GEN (Zhang et al., Comput. Phys. Commun. 253, 107206 (2020)).
double largest_force_deviation(const FrameSpread& spread);

/// Root mean square of a structure's force spreads over its 3N components [eV/angstrom].
double mean_force_spread(const FrameSpread& spread);

}  // namespace fibonaqi::nn
