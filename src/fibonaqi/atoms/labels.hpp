// What a quantum-mechanical code or a potential says about one structure.
#pragma once

#include <optional>
#include <vector>

#include "fibonaqi/atoms/structure.hpp"

namespace fibonaqi {

/// Energy [eV], forces [eV/angstrom] (one per atom, or empty), stress [eV/angstrom^3], tension positive:
/// +(1/V) dE/d(strain). The energy is the one whose derivative the forces are (with smearing: the free
/// energy).
struct Labels {
    std::optional<double> energy;
    std::vector<Vec3> forces;
    std::optional<Mat3> stress;
};

/// What a potential predicts for one structure; forces always have one entry per atom.
struct Prediction {
    double energy = 0.0;              ///< with the atomic reference energies E0 [eV]
    std::vector<double> node_energy;  ///< per atom, E0 included [eV]
    std::vector<Vec3> forces;         ///< [eV/angstrom]
    std::optional<Mat3> stress;       ///< fully periodic structures only [eV/angstrom^3]
};

}  // namespace fibonaqi
