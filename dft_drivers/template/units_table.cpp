#include "dft_drivers/template/units_table.hpp"

#include <map>

#include "fibonaqi/base/units.hpp"

namespace fibonaqi::text_template {
namespace {

// 1 mol of particles, and the joule in eV: exact since 2019. The calorie is the thermochemical one.
constexpr double kJ_per_mol_in_eV = 1.0e3 / (6.02214076e23 * 1.602176634e-19);
constexpr double kcal_per_mol_in_eV = 4.184 * kJ_per_mol_in_eV;
constexpr double rydberg_per_bohr = units::rydberg_in_eV / units::bohr_in_angstrom;
constexpr double rydberg_per_bohr3 = units::hartree_per_bohr3_in_eV_per_angstrom3 / 2.0;
constexpr double gigapascal = 1.0 / units::eV_per_angstrom3_in_GPa;

using Table = std::map<std::string, double>;

const Table& table_of(Quantity quantity) {
    static const std::map<Quantity, Table> tables{
        {Quantity::energy,
         {{"eV", 1.0},
          {"hartree", units::hartree_in_eV},
          {"rydberg", units::rydberg_in_eV},
          {"kJ/mol", kJ_per_mol_in_eV},
          {"kcal/mol", kcal_per_mol_in_eV}}},
        {Quantity::force,
         {{"eV/angstrom", 1.0},
          {"hartree/bohr", units::hartree_per_bohr_in_eV_per_angstrom},
          {"hartree/angstrom", units::hartree_in_eV},
          {"rydberg/bohr", rydberg_per_bohr},
          {"kJ/mol/angstrom", kJ_per_mol_in_eV},
          {"kcal/mol/angstrom", kcal_per_mol_in_eV}}},
        {Quantity::stress,
         {{"eV/angstrom^3", 1.0},
          {"hartree/bohr^3", units::hartree_per_bohr3_in_eV_per_angstrom3},
          {"rydberg/bohr^3", rydberg_per_bohr3},
          {"GPa", gigapascal},
          {"kbar", 0.1 * gigapascal},
          {"bar", 1.0e-4 * gigapascal}}},
        {Quantity::length, {{"angstrom", 1.0}, {"bohr", units::bohr_in_angstrom}}}};
    return tables.at(quantity);
}

}  // namespace

std::vector<std::string> units_of(Quantity quantity) {
    std::vector<std::string> names;
    for (const auto& [name, factor] : table_of(quantity)) {
        names.push_back(name);
    }
    return names;
}

double factor_of(Quantity quantity, const std::string& unit) {
    return table_of(quantity).at(unit);
}

}  // namespace fibonaqi::text_template
