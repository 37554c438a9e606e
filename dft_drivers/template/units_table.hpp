// Units that a configuration may name, and their factors to ours.
#pragma once

#include <string>
#include <vector>

namespace fibonaqi::text_template {

/// What a number is, and so which units it may have.
enum class Quantity { energy, force, stress, length };

/// Names of its units: "hartree", "hartree/bohr", "kbar", "bohr" ...
std::vector<std::string> units_of(Quantity quantity);

/// A number in this unit times this is in eV, eV/angstrom, eV/angstrom^3 or angstrom. The unit must be one of
/// units_of.
double factor_of(Quantity quantity, const std::string& unit);

}  // namespace fibonaqi::text_template
