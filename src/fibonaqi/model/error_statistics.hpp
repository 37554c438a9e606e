// How far predictions are from labels: the numbers that every table and decision of FIBonAQi uses.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// Root mean square and mean absolute error over `count` numbers.
struct ErrorPair {
    double rmse = 0.0;
    double mae = 0.0;
    std::size_t count = 0;
};

/// Errors of one set of frames; a quantity that no frame is labelled with is empty.
struct ErrorReport {
    std::optional<ErrorPair> energy_per_atom;    ///< over frames [eV per atom]
    std::optional<ErrorPair> forces;             ///< over all components of all atoms [eV/angstrom]
    std::optional<ErrorPair> stress;             ///< over the nine components of all frames [eV/angstrom^3]
    std::map<int, ErrorPair> forces_by_element;  ///< by atomic number, over the components of its atoms
};

/// Prediction i belongs to frame i. Labels that a frame lacks are left out of the averages.
ErrorReport compare(std::span<const Frame> frames, std::span<const Prediction> predictions);

/// Mean square force error of each frame that has force labels [eV^2/angstrom^2].
std::vector<double> force_errors_by_frame(std::span<const Frame> frames,
                                          std::span<const Prediction> predictions);

/// {"energy": {"rmse_eV_per_atom", "mae_eV_per_atom", "count"}, "forces": {...}, "stress": {...},
/// "forces_by_element": {"Si": as "forces"}}; null = no labels.
Json to_json(const ErrorReport& report);

/// "force RMSE 0.094 eV/A, energy RMSE 3.1 meV/atom": one line for people.
std::string brief(const ErrorReport& report);

}  // namespace fibonaqi
