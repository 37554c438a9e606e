// How well predicted spreads (standard deviations) tell the errors that were made.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// Predicted standard deviations of one structure.
struct FrameSpread {
    double energy = 0.0;              ///< of the whole structure [eV]
    std::vector<double> node_energy;  ///< per atom [eV]
    std::vector<Vec3> forces;         ///< per component [eV/angstrom]
};

/// Errors and spreads of numbers with about the same spread.
struct CalibrationBin {
    double spread = 0.0;  ///< root mean square of the predicted ones
    double error = 0.0;   ///< root mean square of the errors
    std::size_t count = 0;
};

/// Of n numbers, each with an error r and a predicted spread s > 0. Perfect: z_spread 1, within_one 0.683,
/// within_two 0.954, rank_correlation near 1 where errors differ much, bins on the diagonal.
struct Calibration {
    std::size_t count = 0;
    double rmse = 0.0;              ///< of r
    double spread = 0.0;            ///< root mean square of s
    double z_spread = 0.0;          ///< root mean square of r / s
    double within_one = 0.0;        ///< share with |r| < s
    double within_two = 0.0;        ///< share with |r| < 2 s
    double nll = 0.0;               ///< mean of (r^2 / s^2 + ln(2 pi s^2)) / 2: Gaussian log-likelihood
    double rank_correlation = 0.0;  ///< Spearman's, of |r| and s
    std::vector<CalibrationBin> bins;
};

/// Numbers whose spread is 0 (an atom without neighbours) are left out; empty when none is left. `bins` of
/// equal count, by spread.
std::optional<Calibration> calibration_of(std::span<const double> errors, std::span<const double> spreads,
                                          std::size_t bins = 10);

/// Energies per atom [eV/atom] and force components [eV/angstrom] of labelled frames, prediction and spread i
/// belonging to frame i. Labels that a frame lacks are left out.
std::optional<Calibration> energy_calibration(std::span<const Frame> frames,
                                              std::span<const Prediction> predictions,
                                              std::span<const FrameSpread> spreads);
std::optional<Calibration> force_calibration(std::span<const Frame> frames,
                                             std::span<const Prediction> predictions,
                                             std::span<const FrameSpread> spreads);

/// Keys as the members; null for an empty one. Units are those of the numbers.
Json to_json(const std::optional<Calibration>& calibration);

}  // namespace fibonaqi
