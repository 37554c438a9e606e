#include "fibonaqi/base/unit_suffix.hpp"

#include <array>

#include "fibonaqi/base/units.hpp"

namespace fibonaqi {
namespace {

// Ends of key names, what they measure, and the size in the first unit of that quantity.
struct Unit {
    const char* suffix;
    const char* quantity;
    double size;
};

constexpr std::array<Unit, 37> known_units{{
    {"fs", "time of atoms", 1.0},
    {"ps", "time of atoms", 1.0e3},
    {"ns", "time of atoms", 1.0e6},
    {"seconds", "time", 1.0},
    {"s", "time", 1.0},
    {"ms", "time", 1.0e-3},
    {"minutes", "time", 60.0},
    {"min", "time", 60.0},
    {"hours", "time", 3600.0},
    {"h", "time", 3600.0},
    {"A", "length", 1.0},
    {"angstrom", "length", 1.0},
    {"Angstrom", "length", 1.0},
    {"nm", "length", 10.0},
    {"pm", "length", 0.01},
    {"bohr", "length", units::bohr_in_angstrom},
    {"eV", "energy", 1.0},
    {"meV", "energy", 1.0e-3},
    {"Ry", "energy", units::rydberg_in_eV},
    {"Ha", "energy", units::hartree_in_eV},
    {"eV_per_atom", "energy per atom", 1.0},
    {"meV_per_atom", "energy per atom", 1.0e-3},
    {"eV_per_A", "force", 1.0},
    {"meV_per_A", "force", 1.0e-3},
    {"Ha_per_bohr", "force", units::hartree_per_bohr_in_eV_per_angstrom},
    {"eV_per_A3", "stress", 1.0},
    {"per_A", "reciprocal length", 1.0},
    {"bar", "pressure", 1.0},
    {"kbar", "pressure", 1.0e3},
    {"Pa", "pressure", 1.0e-5},
    {"GPa", "pressure", 1.0e4},
    {"atm", "pressure", 1.01325},
    {"K", "temperature", 1.0},
    {"C", "temperature in Celsius", 1.0},
    {"MB", "memory", 1.0},
    {"GB", "memory", 1.0e3},
    {"percent", "share", 1.0},
}};

const Unit* find_unit(const std::string& suffix) {
    for (const Unit& unit : known_units) {
        if (suffix == unit.suffix) {
            return &unit;
        }
    }
    return nullptr;
}

}  // namespace

KeyName split_unit(const std::string& key) {
    for (std::size_t at = key.find('_'); at != std::string::npos; at = key.find('_', at + 1)) {
        const std::string suffix = key.substr(at + 1);
        if (at > 0 && find_unit(suffix) != nullptr) {
            return {key.substr(0, at), suffix};
        }
    }
    return {key, ""};
}

std::optional<double> unit_factor(const std::string& from, const std::string& to) {
    const Unit* source = find_unit(from);
    const Unit* target = find_unit(to);
    if (source == nullptr || target == nullptr || std::string(source->quantity) != target->quantity) {
        return std::nullopt;
    }
    return source->size / target->size;
}

}  // namespace fibonaqi
