// A network behind the interface of all potentials: what MD and evaluation use.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "fibonaqi/model/potential.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

/// Takes the network over. Its parameters require no gradient from then on, which makes evaluations cheaper;
/// forces, stress and virial are always computed. Stress is given for graphs that have a volume.
std::unique_ptr<Potential> make_potential(std::unique_ptr<Network> network);

/// Predictions of a network for many graphs, at most `batch_atoms` atoms (and at least one graph) at a time.
/// `progress` is called with (done, total) graphs after each.
std::vector<Prediction> predict(Potential& potential, std::span<const AtomGraph> graphs,
                                std::size_t batch_atoms,
                                const std::function<void(std::size_t done, std::size_t total)>& progress);

}  // namespace fibonaqi::nn
