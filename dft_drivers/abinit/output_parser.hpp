// Reads what ABINIT left: fb.abo for the numbers, log and standard error for what went wrong.
#pragma once

#include <filesystem>
#include <optional>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::abinit {

/// The label out of the main output file. Accepted only when it ends ("Calculation completed."), its
/// self-consistent field says "=>converged." with a residual below `tolvrs`, and it holds finite energy,
/// forces and (where wanted) stress of just the requested structure: same atoms in the same order, positions
/// and cell within 1e-6 angstrom.
/// Digits: energy 15 (document !EnergyTerms), forces 14 decimals in hartree/bohr, stress 11 (echo of strten):
/// more than the document !ResultsGS has. Stress has our sign. The energy is total_energy, with smearing the
/// free energy whose derivative the forces are.
LabelOutcome parse_output(const std::filesystem::path& file, const LabelRequest& request, double tolvrs);

/// What the texts say went wrong, in this order: no banner (launch), a request to end, documents !ERROR and
/// !BUG, run-time errors of Fortran, !ScfConvergenceWarning. Empty when none of the known marks is there.
/// Missing files count as empty.
std::optional<LabelFailure> find_failure(const std::filesystem::path& directory);

}  // namespace fibonaqi::abinit
