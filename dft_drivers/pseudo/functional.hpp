// Exchange-correlation functionals that pseudopotentials are made for, by the names of four programs.
#pragma once

#include <string>
#include <vector>

namespace fibonaqi::pseudo {

/// One functional. A pseudopotential is right for the functional that it was made with and no other, so files
/// that name none or an unknown one are not written.
struct Functional {
    std::string name;  ///< "PBE": for people, and in the names of GTH potentials
    std::string upf;  ///< exchange, correlation and their gradient parts, as pw.x calls them; "": it has none
    std::vector<int> abinit;  ///< values of pspxc in ABINIT files; the first is the one that is written
};

/// The functional of a GTH potential, out of its name: "GTH-PBE-q4" is for PBE. Throws ConfigError where that
/// says nothing known.
const Functional& functional_of_gth(const std::string& potential_name);

/// The functional of pspxc in a psp8 file. Throws ConfigError for one that is not known here.
const Functional& functional_of_abinit(int pspxc);

}  // namespace fibonaqi::pseudo
