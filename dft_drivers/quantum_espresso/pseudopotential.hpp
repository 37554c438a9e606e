// Pseudopotential files in UPF, looked at before anything is computed with them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace fibonaqi::quantum_espresso {

/// Why pw.x could not use this file for this element: missing, unreadable, cut off, made for another element.
/// Empty when nothing is wrong. Of files that are not UPF (older formats) only the existence is checked.
std::string pseudopotential_problem(const std::filesystem::path& file, const std::string& symbol);

/// Valence electrons of the neutral atom, by the header of the file; nothing where it is no UPF file or does
/// not say.
std::optional<double> valence_electrons(const std::filesystem::path& file);

}  // namespace fibonaqi::quantum_espresso
