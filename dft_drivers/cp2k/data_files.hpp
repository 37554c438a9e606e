// CP2K's data files: the entry of one element's basis set or pseudopotential, as text.
//
// An entry starts with "<element> <name> <more names>" and ends before the next one; "#" starts a comment.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dft_drivers/cp2k/options.hpp"

namespace fibonaqi::cp2k {

/// The entry of that name for the element in the first file that has one, without comments, blanks made
/// single: what decides the numbers, wherever it lies. Throws DriverError "no ... (...) ..." where none has
/// it, FileError.
std::string data_entry(const std::vector<std::filesystem::path>& files, const std::string& symbol,
                       const std::string& name);

/// Why basis set or pseudopotential of this element cannot be used, one message each; empty: both are there.
std::vector<std::string> data_problems(const Options& options, const std::string& symbol);

/// Valence electrons of an atom: the second line of a GTH entry has their number per angular momentum.
/// Throws DriverError, FileError.
int valence_electrons(const Options& options, const std::string& symbol);

}  // namespace fibonaqi::cp2k
