// What NWChem left: known failures, and a label out of the values that it stored and printed.
#pragma once

#include <filesystem>
#include <optional>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::nwchem {

inline constexpr const char* output_file = "fb.out";
inline constexpr const char* stderr_file = "fb.err";

/// The failure that the texts show; empty: none is known. A run without NWChem's banner is `launch`.
std::optional<LabelFailure> find_failure(const std::filesystem::path& directory);

/// Energy [hartree -> eV] and forces out of the gradient [hartree/bohr -> -eV/angstrom], with 15 digits from
/// the values of its data base that `print rtdbvalues` lists. Accepted where these say that the task is done
/// and has converged, with nuclei, positions, charge and multiplicity of the request, where the energy is the
/// one of "Total DFT energy", and where "Total times" shows that the program came to its end.
LabelOutcome read_label(const LabelRequest& request, int multiplicity,
                        const std::filesystem::path& directory);

}  // namespace fibonaqi::nwchem
