#include "dft_drivers/abinit/input_writer.hpp"

#include <charconv>
#include <cmath>
#include <set>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/units.hpp"

#include "dft_drivers/common/kpoint_mesh.hpp"

namespace fibonaqi::abinit {
namespace {

// Shortest text that reads back as the same double.
std::string real(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr};
}

std::string in_bohr(const Vec3& vector, double sign = 1.0) {
    std::string text;
    for (const double component : vector) {
        text += " " + real(sign * component / units::bohr_in_angstrom);
    }
    return text + "\n";
}

std::string value_text(const Json& value) {
    if (value.is_array()) {
        std::string text;
        for (const Json& entry : value) {
            text += (text.empty() ? "" : " ") + value_text(entry);
        }
        return text;
    }
    if (value.is_string()) {
        return value.get<std::string>();
    }
    return value.is_number_integer() ? value.dump() : real(value.get<double>());
}

std::string structure_text(const Structure& structure, const std::set<int>& elements) {
    std::string text = "natom " + std::to_string(structure.size()) + "\nntypat " +
                       std::to_string(elements.size()) + "\nznucl";
    for (const int element : elements) {
        text += " " + std::to_string(element);
    }
    text += "\ntypat\n";
    for (const int element : structure.atomic_numbers) {
        text += " " + std::to_string(1 + std::distance(elements.begin(), elements.find(element))) + "\n";
    }
    text += "acell 1.0 1.0 1.0\nrprim\n";
    for (const Vec3& row : structure.cell) {
        text += in_bohr(row, lattice_sign(structure));
    }
    text += "xcart\n";
    for (const Vec3& position : structure.positions) {
        text += in_bohr(position);
    }
    return text;
}

// Bands, where ABINIT's own default is too small: it leaves the highest one half full in metals, and counts
// none for unpaired electrons. 0: the default will do.
int band_count(const Options& options, const LabelRequest& request, double electrons) {
    if (options.occopt != 1) {
        return static_cast<int>(std::ceil(1.2 * std::ceil(electrons / 2.0))) + 4;
    }
    const int unpaired = request.multiplicity.value_or(1) - 1;
    return unpaired == 0 ? 0 : static_cast<int>(std::ceil((electrons + unpaired) / 2.0));
}

std::string occupation_text(const Options& options, const LabelRequest& request, double electrons) {
    std::string text = "occopt " + std::to_string(options.occopt) + "\n";
    text += options.occopt == 1 ? "" : "tsmear " + real(options.smearing_width_Ha) + "\n";
    const int bands = options.input.contains("nband") ? 0 : band_count(options, request, electrons);
    return bands == 0 ? text : text + "nband " + std::to_string(bands) + "\n";
}

std::string spin_text(const Options& options, const LabelRequest& request) {
    const bool has_unpaired = request.multiplicity.value_or(1) > 1;
    if (!options.is_spin_polarised && !has_unpaired) {
        return "nsppol 1\n";
    }
    std::string text = "nsppol 2\n";
    if (request.multiplicity) {
        text += "spinmagntarget " + std::to_string(*request.multiplicity - 1) + "\n";
    }
    if (!options.initial_moments.empty()) {
        text += "spinat\n";
        for (const int element : request.structure.atomic_numbers) {
            const auto moment = options.initial_moments.find(symbol(element));
            text += " 0.0 0.0 " + real(moment == options.initial_moments.end() ? 0.0 : moment->second) + "\n";
        }
    }
    return text;
}

std::string kpoint_text(const Options& options, const Structure& structure) {
    std::string text = "ngkpt";
    for (const int number : kpoint_mesh(options, structure)) {
        text += " " + std::to_string(number);
    }
    text += "\nnshiftk 1\nshiftk";
    for (const double shift : options.kpoint_shift) {
        text += " " + real(shift);
    }
    return text + "\n";
}

}  // namespace

std::array<int, 3> kpoint_mesh(const Options& options, const Structure& structure) {
    return options.kpoints ? *options.kpoints : mesh_of_spacing(structure, *options.kspacing_per_A);
}

double lattice_sign(const Structure& structure) {
    const auto& [a, b, c] = structure.cell;
    const double determinant = a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
                               a[2] * (b[0] * c[1] - b[1] * c[0]);
    return determinant < 0.0 ? -1.0 : 1.0;
}

std::string make_input(const Options& options, const LabelRequest& request, const Json& changes,
                       double electrons) {
    const std::set<int> elements(request.structure.atomic_numbers.begin(),
                                 request.structure.atomic_numbers.end());
    std::string text = "pp_dirpath \"" + options.pseudo_dir.string() + "\"\npseudos \"";
    for (const int element : elements) {
        text += (element == *elements.begin() ? "" : ", ") + options.pseudopotentials.at(symbol(element));
    }
    text += "\"\necut " + real(options.ecut_Ha) + "\ntolvrs " + real(options.tolvrs) + "\n";
    text += kpoint_text(options, request.structure) + occupation_text(options, request, electrons) +
            spin_text(options, request);
    if (request.charge != 0.0) {
        text += "cellcharge " + real(request.charge) + "\n";
    }
    Json input = options.input;
    input.update(changes);
    for (const auto& [name, value] : input.items()) {
        text += name + " " + value_text(value) + "\n";
    }
    text += "optforces 1\noptstress " + std::string(request.want_stress ? "1" : "0") +
            "\nnsym 1\nchkprim 0\nchkexit 2\nprtwf 0\nprtden 0\nprteig 0\nprtebands 0\nprtgsr 0\n";
    return text + structure_text(request.structure, elements);
}

}  // namespace fibonaqi::abinit
