// Counting electrons before a launch: codes refuse, or silently change, what does not fit.
#pragma once

#include <optional>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// Why this many electrons in all (of the neutral structure, less the charge of the request) cannot have this
/// multiplicity: a charge that is no whole number, none or too few of them, odd where even is needed. Kind
/// charge. Empty: they can.
std::optional<LabelFailure> electron_problem(const LabelRequest& request, int neutral_electrons,
                                             int multiplicity);

}  // namespace fibonaqi
