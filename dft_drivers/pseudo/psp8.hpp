// Optimised norm-conserving pseudopotentials in ABINIT's format psp8 (ONCVPSP writes it).
#pragma once

#include <filesystem>
#include <string>

#include "dft_drivers/pseudo/radial_table.hpp"

namespace fibonaqi::pseudo {

/// Where Debian's abinit-data puts scalar-relativistic ones of PseudoDojo 0.4 for PBE and for LDA.
inline constexpr const char* debian_dojo_pbe = "/usr/share/abinit/psp/Pseudodojo_nc_sr_04_pbe_standard_psp8";
inline constexpr const char* debian_dojo_lda = "/usr/share/abinit/psp/Pseudodojo_nc_sr_04_pw_standard_psp8";

/// The pseudopotential on the mesh of the file (format: ABINIT, "psp8_info.md"). The density of the valence
/// electrons is scaled to their number; a file without one gets a Gaussian. Throws FileError; FormatError
/// "file:line: ..." for what is no psp8 file, is damaged or cut off; ConfigError for one with spin-orbit
/// coupling or for another functional than PBE and LDA.
RadialTable read_psp8(const std::filesystem::path& file);

/// The psp8 file of an element in a folder: "Si.psp8", or else the first "Si-....psp8". Throws ConfigError
/// where there is none, with the elements that are there; FileError without the folder.
std::filesystem::path find_psp8(const std::filesystem::path& folder, const std::string& element);

}  // namespace fibonaqi::pseudo
