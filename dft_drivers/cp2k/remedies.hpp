// What is tried when CP2K fails: other mixing or minimisers, going on from the orbitals so far.
//
// Changes are "max_scf", "alpha" and "nbuffer" (Broyden mixing), "minimizer", "linesearch" and "outer_scf"
// (orbital transformation), "restart" (from the orbitals of the attempt before), "restarts" (how many so far)
// and "again" (nothing else; once is enough). None of them changes what is solved.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/cp2k/options.hpp"

namespace fibonaqi::cp2k {

/// All changes for the next attempt, or nothing. Each ladder ends:
/// - scf_not_converged by diagonalisation: from the orbitals so far, Broyden mixing 0.2 with more steps; then
///   0.05; then 0.02, from scratch.
/// - scf_not_converged by orbital transformation: more outer steps; then conjugate gradients; then those with
///   a search by three points, from scratch.
/// - walltime: goes on from the orbitals so far, for most_restarts attempts.
/// - diagonalisation, non_finite: Broyden mixing 0.05 from scratch, once. partial_output: once more.
std::optional<Json> next_changes(const Options& options, const LabelAttempt& attempt,
                                 const LabelFailure& failure);
inline constexpr int most_restarts = 20;

/// Copies the orbitals of the attempt before to this directory where the changes say "restart". False: there
/// are none, so that it has to start from scratch. Throws FileError.
bool take_up(const LabelAttempt& attempt, const std::filesystem::path& directory);

}  // namespace fibonaqi::cp2k
