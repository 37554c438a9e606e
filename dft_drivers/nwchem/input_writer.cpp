#include "dft_drivers/nwchem/input_writer.hpp"

#include <cmath>
#include <set>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"

#include "dft_drivers/nwchem/basis_library.hpp"

namespace fibonaqi::nwchem {
namespace {

std::string number_text(double number) {
    return Json(number).dump();
}

// Where it would move, turn or symmetrise the molecule, forces would be of another frame.
std::string geometry_block(const Structure& structure) {
    std::string text = "geometry units angstroms noautosym nocenter noautoz\n";
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        text += "  " + symbol(structure.atomic_numbers[atom]);
        for (const double x : structure.positions[atom]) {
            text += " " + number_text(x);
        }
        text += "\n";
    }
    return text + "end\n";
}

std::string basis_block(const Options& options, const Structure& structure) {
    std::string text = "basis " + options.text("functions") + "\n";
    for (const int element :
         std::set<int>(structure.atomic_numbers.begin(), structure.atomic_numbers.end())) {
        const auto name = options.basis.find(symbol(element));
        if (name == options.basis.end()) {
            throw DriverError("no basis set for " + symbol(element) +
                              " (driver.basis does not name one) add it");
        }
        text += basis_entry(options.basis_library, name->second, symbol(element));
    }
    return text + "end\n";
}

std::string dft_block(const Options& options, int multiplicity, const Json& changes) {
    std::string text = "dft\n  xc " + options.text("xc") + "\n  grid " + options.text("grid") +
                       "\n  tolerances tight\n  convergence energy " +
                       number_text(options.number("convergence_energy")) + " density " +
                       number_text(options.number("convergence_density")) + " gradient " +
                       number_text(options.number("convergence_gradient")) + "\n  iterations " +
                       std::to_string(changes.value("iterations", options.integer("iterations"))) +
                       "\n  mult " + std::to_string(multiplicity) + "\n";
    if (changes.value("restart", false)) {
        text += std::string("  vectors input ") + start_file + " output " + orbital_file + "\n";
    }
    if (changes.value("cgmin", false)) {
        text += "  cgmin\n";
    }
    for (const Json& line : options.values.at("dft")) {
        text += "  " + line.get<std::string>() + "\n";
    }
    return text + "end\n";
}

}  // namespace

int multiplicity_of(const Options& options, const LabelRequest& request) {
    return request.multiplicity.value_or(options.integer("multiplicity"));
}

std::string make_input(const Options& options, const LabelRequest& request, const Json& changes) {
    if (request.structure.is_periodic()) {
        throw DriverError("NWChem needs a molecule (this structure is periodic) take another code");
    }
    // The stored values are printed with 15 digits; tables have 6 decimals.
    return "start fb\ntitle \"label\"\nmemory total " + std::to_string(options.integer("memory_MB")) +
           " mb\nprint rtdbvalues\ncharge " + std::to_string(std::lround(request.charge)) + "\n" +
           geometry_block(request.structure) + basis_block(options, request.structure) +
           dft_block(options, multiplicity_of(options, request), changes) + "task dft gradient\n";
}

}  // namespace fibonaqi::nwchem
