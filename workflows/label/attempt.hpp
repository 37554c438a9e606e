// What every attempt at a label begins and ends with.
#pragma once

#include <filesystem>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::label {

/// Makes the directory of a first attempt, with its parents. False: it is there already, so that another
/// supervisor works on this label, or has (a job that a queue started twice).
bool claim_directory(const std::filesystem::path& directory);

/// Makes the directory. Throws Error when it is there already: files of another run may be taken for its own.
void make_fresh_directory(const std::filesystem::path& directory);

/// The outcome, or a failure where the driver accepted what no record may hold, whatever the driver thinks: a
/// missing value, numbers that are not finite, not one force per atom.
LabelOutcome believed(LabelOutcome outcome, const LabelRequest& request);

}  // namespace fibonaqi::label
