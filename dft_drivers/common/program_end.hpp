// What the end of a program says by itself, whatever its output is.
#pragma once

#include <optional>
#include <string>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// Why there can be no label, before any text is looked at: the supervisor ended `program`, or a signal did.
std::optional<LabelFailure> end_failure(const std::string& program, const ProcessExit& exit);

/// Of a program whose output is complete, but whose exit code says that it failed.
LabelFailure exit_code_failure(const std::string& program, const ProcessExit& exit);

/// The outcome, or that failure where a label was read although the exit code is not 0.
LabelOutcome held_to_exit_code(const std::string& program, const ProcessExit& exit, LabelOutcome outcome);

}  // namespace fibonaqi
