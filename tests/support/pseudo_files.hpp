// Tiny pseudopotential files, made up for tests: no element behaves like these.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace fibonaqi::test {

/// A list in CP2K's format: hydrogen without projectors, silicon with two channels (names also by electrons),
/// phosphorus with a core correction, nitrogen with a functional that pw.x lacks.
inline std::string gth_list() {
    return "# a list\n"
           "#\n"
           "H GTH-PBE-q1 GTH-PBE\n"
           "    1\n"
           "     0.20000000    2    -4.00000000     0.50000000\n"
           "    0\n"
           "#\n"
           "Si GTH-PBE-q4 GTH-PBE  # alias\n"
           "    2    2\n"
           "     0.44000000    1    -6.25000000\n"
           "    2\n"
           "     0.43000000    2     8.50000000    -2.75000000\n"
           "                                        3.50000000\n"
           "     0.50000000    1     2.25000000\n"
           "Si GTH-PADE-q4 GTH-LDA-q4 GTH-PADE GTH-LDA\n"
           "    2    2\n"
           "     0.44000000    0\n"
           "    1\n"
           "     0.42000000    1     5.50000000\n"
           "P GTH-PBE-q5\n"
           "    2    3\n"
           "     0.43000000    0\n"
           "    0\n"
           "    NLCC    1\n"
           "N GTH-HCTH407-q5\n"
           "    2    3\n"
           "     0.28000000    0\n"
           "    0\n";
}

/// What a psp8 file may be like.
struct Psp8Form {
    int points = 12, pspcod = 8, pspxc = 11, extension = 1;
    double core_charge = 2.0;
};

/// One table "number r value ...": `columns` columns, all with first + (number - 1) * step.
inline std::string psp8_rows(int points, int columns, double first, double step) {
    std::string text;
    for (int i = 0; i < points; ++i) {
        char row[160];
        std::snprintf(row, sizeof row, "%6d %21.13E", i + 1, 0.5 * i);
        text += row;
        for (int column = 0; column < columns; ++column) {
            std::snprintf(row, sizeof row, " %21.13E", first + step * i + column);
            text += row;
        }
        text += "\n";
    }
    for (char& letter : text) {
        letter = letter == 'E' ? 'D' : letter;
    }
    return text;
}

/// Magnesium of 2 electrons on an even mesh of step 0.5 bohr: two projectors for s, one for p.
inline std::string psp8_text(const Psp8Form& form = {}) {
    std::string text = "Mg  <made> & up\n 12.0000 2.0000 220101 zatom,zion,pspd\n " +
                       std::to_string(form.pspcod) + " " + std::to_string(form.pspxc) + " 1 4 " +
                       std::to_string(form.points) + " 0 pspcod,pspxc,lmax,lloc,mmax,r2well\n 5.0 " +
                       std::to_string(form.core_charge) + " 0.0 rchrg fchrg qchrg\n 2 1 0 0 0 nproj\n " +
                       std::to_string(form.extension) + " 1 extension_switch\n";
    text += "0    1.5000000000000D+00 -2.5000000000000D-01\n" + psp8_rows(form.points, 2, 0.0, 0.25);
    text += "1    5.0000000000000D-01\n" + psp8_rows(form.points, 1, 1.0, -0.125);
    text += "4\n" + psp8_rows(form.points, 1, -2.0, 0.125);
    if (form.core_charge > 0.0) {
        text += psp8_rows(form.points, 5, 0.5, 0.0);
    }
    if (form.extension == 1) {
        text += psp8_rows(form.points, 3, 0.25, 0.0);
    }
    return text;
}

}  // namespace fibonaqi::test
