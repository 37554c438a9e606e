// Chemical symbols and the few facts per element that the program needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fibonaqi {

inline constexpr int largest_atomic_number = 118;

/// Atomic number of a symbol ("Si" -> 14; case matters). Empty for an unknown one.
std::optional<int> atomic_number(std::string_view symbol);

/// The same for several, in their order. Throws ConfigError, "where: problem ...", with the nearest symbol.
std::vector<int> atomic_numbers_of(const std::vector<std::string>& symbols, const std::string& where);

/// Symbol of an atomic number in 1..118.
const std::string& symbol(int atomic_number);

/// Standard atomic mass [amu] (IUPAC 2016; most stable isotope where there is no standard value).
double atomic_mass(int atomic_number);

/// Covalent radius [angstrom] (Cordero et al. 2008; 0.2 where none is known, as in ASE 3.22; ASE 3.29
/// has 2.0).
double covalent_radius(int atomic_number);

}  // namespace fibonaqi
