// The units of FIBonAQi and every conversion factor in it.
//
// Native units: energy eV, length angstrom, force eV/angstrom, stress eV/angstrom^3 with
// stress = +(1/V) dE/d(strain) (tension positive), temperature K, time ps, mass amu.
// Values are converted once, where they enter or leave the program, and never in between.
#pragma once

namespace fibonaqi::units {

// CODATA 2018 through the values that Quantum ESPRESSO and ASE use.
inline constexpr double hartree_in_eV = 27.211386245988;
inline constexpr double rydberg_in_eV = hartree_in_eV / 2.0;
inline constexpr double bohr_in_angstrom = 0.529177210903;
inline constexpr double hartree_per_bohr_in_eV_per_angstrom = hartree_in_eV / bohr_in_angstrom;
inline constexpr double hartree_per_bohr3_in_eV_per_angstrom3 =
    hartree_in_eV / (bohr_in_angstrom * bohr_in_angstrom * bohr_in_angstrom);
inline constexpr double eV_per_angstrom3_in_GPa = 160.21766208;
inline constexpr double eV_per_angstrom3_in_bar = eV_per_angstrom3_in_GPa * 1.0e4;
inline constexpr double boltzmann_eV_per_K = 8.617333262e-5;
inline constexpr double fs_in_ps = 1.0e-3;

}  // namespace fibonaqi::units
