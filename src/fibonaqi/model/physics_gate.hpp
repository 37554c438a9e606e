// Whether a model may follow another one, by physics that no test set shows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/physics_checks.hpp"

namespace fibonaqi {

/// What is allowed. Changes are against the previous model and checked only where there is one.
struct PhysicsLimits {
    double volume_change_percent = 10.0;          ///< of the minimum of the energy-volume curve
    double bulk_modulus_change_percent = 100.0;   ///< there; either way: 100 = twice or half
    double repulsive_to = 0.6;                    ///< dimers must rise down to this part of the radii's sum,
                                                  ///< or as far as with the previous model
    double nve_drift_meV_per_atom_ps = 5.0;       ///< either sign
    double force_constants_change_percent = 100;  ///< norm of the difference / norm, over all atoms
};

/// One check: what was measured, what was allowed, in words with units.
struct PhysicsVerdict {
    std::string check;
    bool is_passed = true;
    std::string finding;
};

/// Everything measured of one model.
struct PhysicsReport {
    std::optional<EnergyVolumeCurve> energy_volume;  ///< fully periodic structures only
    std::vector<DimerCurve> dimers;
    std::optional<NveRun> nve;  ///< of two atoms or more, as the force constants
    std::vector<Mat3> force_constants;
};

PhysicsReport measure_physics(Potential& potential, const Structure& structure, const NveOptions& nve);

/// One verdict per check, in a fixed order.
std::vector<PhysicsVerdict> judge_physics(const PhysicsReport& report, const PhysicsReport* previous,
                                          const PhysicsLimits& limits);

/// Numbers of a report, units in the keys, for results and plots.
Json to_json(const PhysicsReport& report);

}  // namespace fibonaqi
