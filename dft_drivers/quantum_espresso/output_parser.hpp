// Reads what pw.x left: the XML file for the numbers, stdout, stderr and CRASH for what went wrong.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::quantum_espresso {

/// The label out of an XML file of pw.x (6.x, 7.x). Accepted only when the file is complete (<closed>), says
/// convergence_achieved true with scf_error <= conv_thr, and holds finite energy, forces and (where wanted)
/// stress of just the requested structure: same atoms in the same order, positions and cell within 1e-6
/// angstrom. Units: hartree and bohr in, eV and angstrom out; the sign of the stress is turned (pw.x prints
/// -(1/V) dE/d(strain)). The energy is etot, with smearing the free energy whose derivative the forces are.
LabelOutcome parse_xml(const std::filesystem::path& file, const LabelRequest& request);

/// What the texts say went wrong, in this order: no banner (launch), messages of stdout, an "Error in
/// routine" box there or in CRASH, run-time errors on stderr. Empty when none of the known marks is there.
/// Missing files count as empty.
std::optional<LabelFailure> find_failure(const std::filesystem::path& directory);

}  // namespace fibonaqi::quantum_espresso
