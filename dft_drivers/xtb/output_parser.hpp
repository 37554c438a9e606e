// What xtb leaves in its folder: known failures in its texts, energy and gradient in s.engrad.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::xtb {

inline constexpr const char* stdout_file = "xtb.out";
inline constexpr const char* stderr_file = "xtb.err";
inline constexpr const char* result_file = "s.engrad";  ///< named after the input, s.xyz

/// xtb lists positions in bohr in columns of 12 characters with 7 decimals: "-999.9999999" fits, and more
/// becomes stars. In angstrom, a little less.
inline constexpr double farthest_A = 500.0;

/// What the output must say that xtb computed, beside the structure and its charge.
struct Asked {
    std::string hamiltonian;  ///< "GFN2-xTB"
    int unpaired = 0;         ///< electrons
};

/// The first known failure in what xtb said; `launch` where it did not even print its version.
std::optional<LabelFailure> find_failure(const std::filesystem::path& directory);

/// The label, only from a run that says that it converged and ended normally, with method, temperature and
/// charge as asked for and enough electrons for the unpaired ones, and whose s.engrad is whole and of these
/// atoms. Throws Refusal (output_text.hpp).
AcceptedLabel read_label(const LabelRequest& request, const Asked& asked,
                         const std::filesystem::path& directory);

}  // namespace fibonaqi::xtb
