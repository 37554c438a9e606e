#include "fibonaqi/label/conformance_causes.hpp"

#include <array>
#include <cmath>
#include <span>

#include "fibonaqi/base/units.hpp"

namespace fibonaqi {
namespace {

struct Cause {
    double ratio;
    const char* text;
};

constexpr double hartree = units::hartree_in_eV;
constexpr double bohr = units::bohr_in_angstrom;
constexpr double force_unit = hartree / bohr;  // hartree/bohr in eV/angstrom
constexpr double kcal_per_mol = 0.0433641;     // in eV
constexpr double kJ_per_mol = 0.0103643;       // in eV

// Ratio of what is reported to what is true, energies being right unless the text says so.
constexpr std::array force_causes{
    Cause{1.0 / force_unit, "hartree/bohr read as eV/angstrom?"},
    Cause{2.0 / force_unit, "rydberg/bohr read as eV/angstrom?"},
    Cause{bohr, "hartree/bohr read as hartree/angstrom, or eV/bohr left as they are?"},
    Cause{1.0 / bohr, "bohr where angstrom were meant?"},
    Cause{1.0 / hartree, "hartree/angstrom read as eV/angstrom?"},
    Cause{2.0 / hartree, "rydberg/angstrom read as eV/angstrom?"},
    Cause{force_unit, "converted from hartree/bohr twice?"},
    Cause{hartree, "energies left in hartree?"},
    Cause{0.5 * hartree, "energies left in rydberg?"},
    Cause{kcal_per_mol, "energies in kcal/mol?"},
    Cause{1.0 / kcal_per_mol, "forces in kcal/mol/angstrom?"},
    Cause{kJ_per_mol, "energies in kJ/mol?"},
    Cause{1.0 / kJ_per_mol, "forces in kJ/mol/angstrom?"},
    Cause{0.5, "hartree taken for rydberg?"},
    Cause{2.0, "rydberg taken for hartree?"},
    Cause{1.0, ""},
};

std::string found(double ratio, std::span<const Cause> causes) {
    constexpr double tolerance = 0.03;
    for (const Cause& cause : causes) {
        if (std::abs(std::abs(ratio) / cause.ratio - 1.0) < tolerance) {
            const std::string sign = ratio < 0.0 ? "the sign is wrong" : "";
            const std::string text = cause.text;
            return sign + (sign.empty() || text.empty() ? "" : "; and ") + text;
        }
    }
    return "";
}

}  // namespace

std::string cause_of_force_ratio(double ratio) {
    const std::string cause = found(ratio, force_causes);
    return cause == "the sign is wrong" ? cause + ": a gradient read as forces?" : cause;
}

std::string cause_of_stress_ratio(double ratio, double volume_A3) {
    const std::array causes{
        Cause{1.0, ""},
        Cause{units::eV_per_angstrom3_in_GPa, "GPa left as they are?"},
        Cause{10.0 * units::eV_per_angstrom3_in_GPa, "kbar left as they are?"},
        Cause{10.0, "kbar read as GPa?"},
        Cause{0.1, "GPa read as kbar?"},
        Cause{bohr * bohr * bohr / hartree, "hartree/bohr^3 read as eV/angstrom^3?"},
        Cause{2.0 * bohr * bohr * bohr / hartree, "rydberg/bohr^3 read as eV/angstrom^3?"},
        Cause{bohr * bohr * bohr, "eV/bohr^3 left as they are?"},
        Cause{0.5, "hartree taken for rydberg, or off-diagonal elements halved?"},
        Cause{2.0, "rydberg taken for hartree, or off-diagonal elements doubled?"},
        Cause{volume_A3, "not divided by the volume: a virial?"},
    };
    const std::string cause = found(ratio, causes);
    return cause == "the sign is wrong" ? cause + ": positive must be tension" : cause;
}

std::string cause_of_common_ratio(double ratio) {
    constexpr std::array energy_units{
        Cause{1.0 / hartree, "hartree"},
        Cause{2.0 / hartree, "rydberg"},
        Cause{1.0 / kcal_per_mol, "kcal/mol"},
        Cause{1.0 / kJ_per_mol, "kJ/mol"},
    };
    constexpr double factor = 1.5;
    std::string causes;
    for (const Cause& unit : energy_units) {
        if (ratio > unit.ratio / factor && ratio < unit.ratio * factor) {
            causes += (causes.empty() ? "" : " or ") + std::string(unit.text);
        }
    }
    return causes.empty() ? "" : "energies and forces left in " + causes + "?";
}

double universal_repulsion(int first, int second, double r) {
    constexpr std::array<double, 4> heights{0.18175, 0.50986, 0.28022, 0.02817};
    constexpr std::array<double, 4> slopes{3.1998, 0.94229, 0.4029, 0.20162};
    const double length = 0.8854 * bohr / (std::pow(first, 0.23) + std::pow(second, 0.23));
    double screening = 0.0;
    double change = 0.0;
    for (std::size_t i = 0; i < heights.size(); ++i) {
        const double term = heights[i] * std::exp(-slopes[i] * r / length);
        screening += term;
        change -= slopes[i] / length * term;
    }
    return hartree * bohr * first * second * (screening / r - change) / r;
}

}  // namespace fibonaqi
