// Re-referencing of the atomic energies E0: the first thing that makes labels of another code comparable.
//
// A quantum-mechanical total energy contains an arbitrary constant per element (pseudopotential, reference).
// Without removing it the energy error of every frame is that constant and its gradient drowns all others.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/model/model_card.hpp"

namespace fibonaqi::nn {

/// Shift of E0 per species of the card [eV]; 0 for species that no labelled frame contains.
struct E0Fit {
    std::vector<double> shift;
    std::size_t frames = 0;       ///< labelled frames that were used
    std::size_t rank = 0;         ///< of the composition matrix; below the number of species present:
    bool rank_deficient = false;  ///< compositions cannot be told apart, the minimum-norm answer was taken
};

/// Least squares in float64: composition x shift = E(label) - E(model), minimum norm when the compositions do
/// not determine the shifts (a fixed composition always). Frames without energy are left out; without any
/// labelled frame every shift is 0.
E0Fit fit_e0(const ModelCard& card, std::span<const Frame> frames, std::span<const Prediction> predictions);

/// One line for people: "E0 shifted by Si -2.345 eV (30 frames)", with the warning of a deficient rank.
std::string describe(const E0Fit& fit, const ModelCard& card);

/// The record kept in ModelCard::provenance["e0_fit"].
Json to_json(const E0Fit& fit, const ModelCard& card);

}  // namespace fibonaqi::nn
