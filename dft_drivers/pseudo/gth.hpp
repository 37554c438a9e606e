// Potentials of Goedecker, Teter and Hutter (GTH) as CP2K lists them, and what can be made of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dft_drivers/pseudo/radial_table.hpp"

namespace fibonaqi::pseudo {

/// Where Debian's cp2k-data puts them.
inline constexpr const char* debian_gth_file = "/usr/share/cp2k/GTH_POTENTIALS";

/// Projectors of one angular momentum.
struct GthChannel {
    double radius = 0.0;                         ///< r_l [bohr]
    std::vector<std::vector<double>> couplings;  ///< h_ij, symmetric, one row per projector [Ha]
};

/// The parameters (S. Goedecker, M. Teter, J. Hutter, Phys. Rev. B 54, 1703 (1996), eqs. 1 to 6; C.
/// Hartwigsen, S. Goedecker, J. Hutter, Phys. Rev. B 58, 3641 (1998)), scalar-relativistic.
struct GthPotential {
    std::string element;
    std::vector<std::string> names;    ///< "GTH-PBE-q4", "GTH-PBE"; the functional is in it
    int valence = 0;                   ///< electrons
    double local_radius = 0.0;         ///< r_loc [bohr]
    std::vector<double> local;         ///< C_1 ... [Ha]
    std::vector<GthChannel> channels;  ///< l = 0, 1, ...
};

/// The potential of an element with this name (any of its aliases) out of a file in CP2K's format. Throws
/// FileError; ConfigError where there is none, with the names that this element has; FormatError "file:line:
/// ..." for an entry that is damaged or cut off.
GthPotential read_gth(const std::filesystem::path& file, const std::string& element, const std::string& name);

/// The potential on a logarithmic mesh, for a UPF file. Throws ConfigError for a functional that pw.x lacks.
RadialTable tabulated(const GthPotential& potential);

/// Text of ABINIT's own format for the same parameters (pspcod 10), which pw.x reads too where the file name
/// ends in ".gth". (pw.x 6.7 computes a wrong stress from it: take UPF there.)
std::string abinit_text(const GthPotential& potential);

}  // namespace fibonaqi::pseudo
