// What is tried when pw.x fails: other mixing, another diagonaliser, going on from where it stopped.
//
// Only the way to the solution changes, never the solution: no cut-off, mesh, smearing or spin. Changes are
// keys of pw.x by namelist, {"electrons": {"mixing_beta": 0.35}}, and what no key of pw.x says: "restart"
// (go on where the attempt before stopped) and "again" (nothing else; says that once was enough).
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/quantum_espresso/options.hpp"

namespace fibonaqi::quantum_espresso {

/// All changes for the next attempt, or nothing. Every kind of failure has a ladder that starts from the
/// user's own values and ends:
/// - scf_not_converged: from the last density with half the mixing_beta and twice the steps (at least 200);
///   then local-TF mixing; then another diagonaliser, from scratch.
/// - diagonalisation, non_finite: from scratch, Davidson in a wider space, then paro, then cg.
/// - walltime: goes on where pw.x stopped, for most_restarts attempts.
/// - partial_output: once more.
std::optional<Json> next_changes(const Options& options, const LabelAttempt& attempt,
                                 const LabelFailure& failure);
inline constexpr int most_restarts = 20;

/// The user's options with the changes of an attempt on top. Throws DriverError for changes that are none of
/// ours: another namelist, a key that is no numerical detail.
Options with_changes(const Options& options, const Json& changes);

/// Moves the folder out/ of the attempt before to this one, if the options want to start from it
/// (restart_mode, startingpot) and it has what they need; else makes the options start from scratch. Returns
/// files that pw.x will have left there when it is done, for deletion. Throws FileError.
std::vector<std::filesystem::path> take_up(Options& options, const LabelAttempt& attempt,
                                           const std::filesystem::path& directory);

}  // namespace fibonaqi::quantum_espresso
