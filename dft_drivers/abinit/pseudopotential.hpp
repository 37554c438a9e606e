// What a pseudopotential file says of itself, looked at before anything is computed with it.
#pragma once

#include <filesystem>
#include <string>

namespace fibonaqi::abinit {

/// Element and electrons out of the file's header.
struct PseudoHeader {
    int atomic_number = 0;
    double valence = 0.0;  ///< electrons per atom
};

/// Header of ABINIT's own text formats (psp8, .gth and its other "pspcod"s: second line "zatom zion"), of a
/// PAW data set in XML, or of UPF version 1. Throws FileError; FormatError for anything else, also for UPF
/// version 2, which ABINIT 9 does not read.
PseudoHeader read_pseudo_header(const std::filesystem::path& file);

/// Why ABINIT could not use this file for this element; empty when nothing is wrong.
std::string pseudopotential_problem(const std::filesystem::path& file, const std::string& symbol);

}  // namespace fibonaqi::abinit
