// Pseudopotential files in UPF, looked at before anything is computed with them.
#pragma once

#include <filesystem>
#include <string>

namespace fibonaqi::quantum_espresso {

/// Why pw.x could not use this file for this element: missing, unreadable, cut off, made for another element.
/// Empty when nothing is wrong. Of files that are not UPF (older formats) only the existence is checked.
std::string pseudopotential_problem(const std::filesystem::path& file, const std::string& symbol);

}  // namespace fibonaqi::quantum_espresso
