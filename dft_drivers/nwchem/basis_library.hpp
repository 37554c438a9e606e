// NWChem's library of basis sets: one file per set, with `basis "<element>_<name>"` ... `end` per element.
//
// The driver writes what it finds into the input, instead of the name alone: what the fingerprint holds is
// then what is computed with, whatever library the program has been built with.
#pragma once

#include <filesystem>
#include <string>

namespace fibonaqi::nwchem {

/// The file of a basis set, by NWChem's own rule: "6-31G*" is in 6-31gs, "6-311++G(2d,2p)" in 6-311++g2d_2p.
/// The name of a file means that file.
std::filesystem::path basis_file(const std::filesystem::path& library, const std::string& name);

/// The shells of the element, as they stand in NWChem's input between `basis` and `end`, without comments,
/// blanks made single. Throws DriverError where there are none, or where the set is made for an effective
/// core potential of this element (in the same file, or in the one that it names), which this driver does
/// not write; FileError.
std::string basis_entry(const std::filesystem::path& library, const std::string& name,
                        const std::string& symbol);

}  // namespace fibonaqi::nwchem
