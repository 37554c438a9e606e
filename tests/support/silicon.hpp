// Small silicon structures for tests of labels and data.
#pragma once

#include <filesystem>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::test {

/// Whether pw.x and its pseudopotentials are here (Debian: quantum-espresso, quantum-espresso-data).
inline bool has_quantum_espresso() {
    return !find_program("pw.x").empty() &&
           std::filesystem::exists("/usr/share/espresso/pseudo/Si.pbe-rrkj.UPF");
}

/// Two silicon atoms in the primitive diamond cell (a = 5.46 angstrom); the second one is shifted by
/// `shift` [angstrom] along x.
inline LabelRequest two_silicon_atoms(double shift = 0.1) {
    const double half = 5.46 / 2.0;
    LabelRequest request;
    request.structure.atomic_numbers = {14, 14};
    request.structure.positions = {{0.0, 0.0, 0.0}, {half / 2.0 + shift, half / 2.0, half / 2.0}};
    request.structure.cell = {{{0.0, half, half}, {half, 0.0, half}, {half, half, 0.0}}};
    request.structure.pbc = {true, true, true};
    request.want_stress = true;
    return request;
}

/// A label with numbers that have no short decimal form, to see whether doubles survive.
inline AcceptedLabel odd_label(double energy) {
    AcceptedLabel label;
    label.labels.energy = energy / 3.0;
    label.labels.forces = {{energy / 7.0, -1.0e-300, 0.1}, {-energy / 7.0, 1.0e-300, -0.1}};
    label.labels.stress = Mat3{{{1.0 / 3.0, 0.0, 1.0e-17}, {0.0, -2.0 / 3.0, 0.0}, {1.0e-17, 0.0, 0.7}}};
    label.code_version = "test 1.0";
    label.details = Json{{"iterations", 7}};
    return label;
}

}  // namespace fibonaqi::test
