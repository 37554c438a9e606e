#include "lammps_plugin/unit_style.hpp"

namespace fibonaqi::lammps {

std::string unit_problem(const std::string& what, const std::string& unit_style) {
    if (unit_style == "metal") {
        return {};
    }
    return what + " cannot run with 'units " + unit_style +
           "' (its energies are in eV, lengths in angstrom, times in ps) use 'units metal'";
}

}  // namespace fibonaqi::lammps
