#include "dft_drivers/quantum_espresso/input_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <set>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"

#include "dft_drivers/common/kpoint_mesh.hpp"
#include "dft_drivers/quantum_espresso/electrons.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

// Fortran reads the path of pseudopotentials into 256 characters.
constexpr std::size_t longest_path = 240;

std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char letter : text) {
        result += letter;
        result += letter == '\'' ? "'" : "";
    }
    return result + "'";
}

// Shortest text that reads back as the same double, with Fortran's exponent letter for doubles.
std::string fortran_real(double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
    std::string text(buffer, end);
    std::replace(text.begin(), text.end(), 'e', 'd');
    return text;
}

std::string fortran_value(const Json& value) {
    if (value.is_boolean()) {
        return value.get<bool>() ? ".true." : ".false.";
    }
    if (value.is_string()) {
        return quoted(value.get<std::string>());
    }
    return value.is_number_integer() ? value.dump() : fortran_real(value.get<double>());
}

std::string line(const std::string& key, const std::string& value) {
    return "  " + key + " = " + value + "\n";
}

// Keys of a namelist; those by species get the numbers that the species have in this structure.
std::string key_lines(const Json& namelist, const std::vector<int>& species) {
    std::string text;
    for (const auto& [key, value] : namelist.items()) {
        if (!value.is_object()) {
            text += line(key, fortran_value(value));
            continue;
        }
        for (std::size_t i = 0; i < species.size(); ++i) {
            if (value.contains(symbol(species[i]))) {
                text +=
                    line(key + "(" + std::to_string(i + 1) + ")", fortran_value(value[symbol(species[i])]));
            }
        }
    }
    return text;
}

std::string vector_text(const Vec3& vector) {
    char text[96];
    std::snprintf(text, sizeof text, "%.16e %.16e %.16e", vector[0], vector[1], vector[2]);
    return text;
}

void check_request(const Options& options, const Structure& structure) {
    if (!structure.is_fully_periodic()) {
        throw DriverError(
            "Quantum ESPRESSO needs a structure that is periodic in all three directions "
            "(this one is not) put a molecule into a box and set pbc");
    }
    if (options.pseudo_dir.string().size() > longest_path) {
        throw DriverError("pseudo_dir '" + options.pseudo_dir.string() +
                          "' is too long for pw.x (at most 240 characters) use a shorter path");
    }
    for (const int element : structure.atomic_numbers) {
        if (!options.pseudopotentials.contains(symbol(element))) {
            throw DriverError("no pseudopotential for " + symbol(element) +
                              " (driver.pseudopotentials does not name one) add it");
        }
    }
}

std::string control_namelist(const Options& options, const LabelRequest& request, double soft_seconds) {
    std::string text = "&CONTROL\n";
    text += line("calculation", "'scf'") + line("prefix", "'fb'") + line("outdir", "'./out'");
    text += line("pseudo_dir", quoted(options.pseudo_dir.string()));
    text += line("tprnfor", ".true.") + line("tstress", request.want_stress ? ".true." : ".false.");
    text += line("disk_io", "'low'");
    if (soft_seconds > 0.0) {
        text += line("max_seconds", fortran_real(soft_seconds));
    }
    return text + key_lines(options.namelists.at("control"), {}) + "/\n";
}

std::string cards(const Options& options, const Structure& structure, const std::vector<int>& species) {
    std::string text = "ATOMIC_SPECIES\n";
    for (const int element : species) {
        text += symbol(element) + " " + fortran_real(atomic_mass(element)) + " " +
                options.pseudopotentials.at(symbol(element)) + "\n";
    }
    text += "CELL_PARAMETERS angstrom\n";
    for (const Vec3& row : structure.cell) {
        text += vector_text(row) + "\n";
    }
    text += "ATOMIC_POSITIONS angstrom\n";
    for (std::size_t i = 0; i < structure.size(); ++i) {
        text += symbol(structure.atomic_numbers[i]) + " " + vector_text(structure.positions[i]) + "\n";
    }
    text += "K_POINTS automatic\n";
    for (const int number : kpoint_mesh(options, structure)) {
        text += std::to_string(number) + " ";
    }
    for (const int number : options.kpoint_shift) {
        text += " " + std::to_string(number);
    }
    return text + "\n";
}

}  // namespace

std::array<int, 3> kpoint_mesh(const Options& options, const Structure& structure) {
    return options.kpoints ? *options.kpoints : mesh_of_spacing(structure, *options.kspacing_per_A);
}

std::string make_input(const Options& options, const LabelRequest& request, double soft_seconds) {
    const Structure& structure = request.structure;
    check_request(options, structure);
    const std::set<int> elements(structure.atomic_numbers.begin(), structure.atomic_numbers.end());
    const std::vector<int> species(elements.begin(), elements.end());

    std::string text = control_namelist(options, request, soft_seconds);
    text += "&SYSTEM\n" + line("ibrav", "0") + line("nat", std::to_string(structure.size())) +
            line("ntyp", std::to_string(species.size()));
    text += key_lines(system_keys(options, request, species), species) + "/\n";
    text += "&ELECTRONS\n" + key_lines(options.namelists.at("electrons"), species) + "/\n";
    return text + cards(options, structure, species);
}

}  // namespace fibonaqi::quantum_espresso
