// What CP2K left: known failures, and a label out of its output, force and stress files.
//
// Layouts: 2023.1 (Debian 12) was run. Up to 7.1 ("STRESS TENSOR [GPa]", "energy (a.u.):") and from 2025 on
// ("FORCES|", "energy [hartree]", stress in bar) as printed in outputs of these versions that others show.
#pragma once

#include <filesystem>
#include <optional>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::cp2k {

inline constexpr const char* output_file = "fb.out";
inline constexpr const char* stderr_file = "fb.err";

/// The failure that the texts show; empty: none is known. A run without CP2K's banner is `launch`.
std::optional<LabelFailure> find_failure(const std::filesystem::path& directory);

/// Energy [hartree -> eV], forces [hartree/bohr -> eV/angstrom], stress [GPa or bar, positive when compressed
/// -> eV/angstrom^3, tension positive]. Accepted with "SCF run converged", no word to the contrary and
/// "PROGRAM ENDED AT"; force and stress files must be whole (their sums are there and fit). `computed` is
/// what went into the input: elements, positions and cell must be those of the output.
LabelOutcome read_label(const std::filesystem::path& directory, const Structure& computed, bool want_stress);

}  // namespace fibonaqi::cp2k
