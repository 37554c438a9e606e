// Checks that hold for every quantum-mechanical code: before a launch, and before a label is accepted.
#pragma once

#include <optional>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

struct LabelSanity {
    double max_force_eV_per_A = 60.0;      ///< length of the longest force
    double max_net_force_eV_per_A = 0.05;  ///< length of the sum of all forces, divided by the atom count
    double min_distance_scale = 0.6;       ///< closest_approach() of the structure
};

/// Why this driver cannot compute this request: periodicity (bad_geometry), charge or multiplicity
/// (DriverCapabilities), or a stress it does not give (bad_config).
std::optional<LabelFailure> capability_problem(const LabelDriver& driver, const LabelRequest& request);

/// Why this structure should not be computed: no atoms, non-finite numbers, atoms too close (bad_geometry).
std::optional<LabelFailure> geometry_problem(const LabelRequest& request, const LabelSanity& sanity);

/// Why these labels are not believed: wrong atom count or missing values (inconsistent), non_finite, force
/// above the limit, net force above the limit (inconsistent).
std::optional<LabelFailure> label_problem(const LabelRequest& request, const Labels& labels,
                                          const LabelSanity& sanity);

}  // namespace fibonaqi
