#include "dft_drivers/cp2k/input_writer.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi::cp2k {
namespace {

// Where the density of an outer atom has decayed enough for free boundary conditions, at least nearly.
constexpr double least_margin_A = 1.5;

constexpr double first_alpha = 0.4;

std::string value_text(const Json& value) {
    if (value.is_boolean()) {
        return value.get<bool>() ? ".TRUE." : ".FALSE.";
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// Sections are objects, "_" stands behind their name, lists repeat what they hold.
std::string section_text(const Json& content, const std::string& indent) {
    std::string text;
    for (const auto& [key, value] : content.items()) {
        for (const Json& item : value.is_array() ? value : Json::array({value})) {
            if (key == "_") {
                continue;
            }
            if (!item.is_object()) {
                text += indent + key + " " + value_text(item) + "\n";
                continue;
            }
            text += indent + "&" + key + (item.contains("_") ? " " + value_text(item["_"]) : "") + "\n" +
                    section_text(item, indent + "  ") + indent + "&END " + key + "\n";
        }
    }
    return text;
}

std::string vector_text(const Vec3& vector) {
    return Json(vector[0]).dump() + " " + Json(vector[1]).dump() + " " + Json(vector[2]).dump();
}

Json orbital_transformation(const Options& options, const Json& changes) {
    Json transformation{{"PRECONDITIONER", "FULL_ALL"}, {"MINIMIZER", changes.value("minimizer", "DIIS")}};
    if (changes.contains("linesearch")) {
        transformation["LINESEARCH"] = changes["linesearch"];
    }
    return {
        {"OT", transformation},
        {"OUTER_SCF", {{"EPS_SCF", options.number("eps_scf")}, {"MAX_SCF", changes.value("outer_scf", 10)}}}};
}

Json diagonalization(const Options& options, const Json& changes) {
    Json section{{"ADDED_MOS", options.integer("added_mos")},
                 {"DIAGONALIZATION", {{"ALGORITHM", "STANDARD"}}}};
    if (options.is_smeared()) {
        section["SMEAR"] = {
            {"_", "ON"}, {"METHOD", "FERMI_DIRAC"}, {"ELECTRONIC_TEMPERATURE", options.number("smearing_K")}};
    }
    // Not CP2K's own mixing of density matrices: its DIIS ends in "converged" with forces that are not the
    // derivative of the energy (README.md has the numbers), and finds no metal.
    section["MIXING"] = {{"METHOD", "BROYDEN_MIXING"},
                         {"ALPHA", changes.value("alpha", first_alpha)},
                         {"NBUFFER", changes.value("nbuffer", 8)}};
    return section;
}

Json scf_section(const Options& options, const Json& changes) {
    Json scf{{"EPS_SCF", options.number("eps_scf")},
             {"MAX_SCF", changes.value("max_scf", options.integer("max_scf"))},
             {"SCF_GUESS", changes.value("restart", false) ? "RESTART" : "ATOMIC"}};
    scf.update(options.is_orbital_transformation() ? orbital_transformation(options, changes)
                                                   : diagonalization(options, changes));
    return scf;
}

Json dft_section(const Options& options, const LabelRequest& request, const Json& changes) {
    const int multiplicity = multiplicity_of(options, request);
    Json dft;
    for (const auto& file : options.basis_files) {
        dft["BASIS_SET_FILE_NAME"].push_back(file.string());
    }
    dft["POTENTIAL_FILE_NAME"] = options.potential_file.string();
    dft["CHARGE"] = std::lround(request.charge);
    dft["MULTIPLICITY"] = multiplicity;
    dft["UKS"] = multiplicity > 1 || options.flag("uks");
    dft["MGRID"] = {{"CUTOFF", options.number("cutoff_Ry")}, {"REL_CUTOFF", options.number("rel_cutoff_Ry")}};
    dft["QS"] = {{"EPS_DEFAULT", options.number("eps_default")}};
    if (!request.structure.is_periodic()) {
        dft["POISSON"] = {{"PERIODIC", "NONE"}, {"POISSON_SOLVER", options.text("poisson")}};
    }
    dft["SCF"] = scf_section(options, changes);
    if (!options.text("xc").empty()) {
        dft["XC"]["XC_FUNCTIONAL"]["_"] = options.text("xc");
    }
    dft.merge_patch(options.values.at("input"));
    return dft;
}

Json subsystem(const Options& options, const Structure& structure, bool is_periodic) {
    Json cell{{"PERIODIC", is_periodic ? "XYZ" : "NONE"}};
    for (std::size_t row = 0; row < 3; ++row) {
        cell[std::string(1, "ABC"[row])] = vector_text(structure.cell[row]);
    }
    Json subsystem{{"CELL", cell}};
    for (const int element :
         std::set<int>(structure.atomic_numbers.begin(), structure.atomic_numbers.end())) {
        const auto kind = options.kinds.find(symbol(element));
        if (kind == options.kinds.end()) {
            throw DriverError("no basis set and pseudopotential for " + symbol(element) +
                              " (driver.kinds does not name them) add them");
        }
        Json section{
            {"_", symbol(element)}, {"BASIS_SET", kind->second.basis}, {"POTENTIAL", kind->second.potential}};
        if (kind->second.magnetization != 0.0) {
            section["MAGNETIZATION"] = kind->second.magnetization;
        }
        subsystem["KIND"].push_back(section);
    }
    // What was computed, for the check that it is what was asked for.
    subsystem["PRINT"] = {{"ATOMIC_COORDINATES", {{"_", "ON"}}}, {"CELL", {{"_", "ON"}}}};
    return subsystem;
}

}  // namespace

Structure placed(const Options& options, const Structure& structure) {
    if (structure.is_fully_periodic()) {
        return structure;
    }
    const double box = options.number("box_A");
    if (box <= 0.0 || structure.is_periodic()) {
        throw DriverError(
            "CP2K needs a structure that is periodic in all three directions, or a molecule and "
            "driver.box_A");
    }
    Structure boxed = structure;
    boxed.cell = {{{box, 0.0, 0.0}, {0.0, box, 0.0}, {0.0, 0.0, box}}};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto [low, high] =
            std::minmax_element(structure.positions.begin(), structure.positions.end(),
                                [axis](const Vec3& a, const Vec3& b) { return a[axis] < b[axis]; });
        const double least = (*low)[axis], most = (*high)[axis];
        if (most - least + 2.0 * least_margin_A > box) {
            throw DriverError("the molecule is " + Json(most - least).dump() +
                              " A long (driver.box_A leaves less than 1.5 A around it) take a larger box");
        }
        for (Vec3& position : boxed.positions) {
            position[axis] += box / 2.0 - (least + most) / 2.0;
        }
    }
    return boxed;
}

int multiplicity_of(const Options& options, const LabelRequest& request) {
    return request.multiplicity.value_or(options.integer("multiplicity"));
}

std::string make_input(const Options& options, const LabelRequest& request, const Json& changes,
                       double soft_seconds) {
    const Structure structure = placed(options, request.structure);
    Json global{{"PROJECT", "fb"}, {"RUN_TYPE", "ENERGY_FORCE"}, {"PRINT_LEVEL", "LOW"}};
    if (soft_seconds > 0.0) {
        global["WALLTIME"] = soft_seconds;
    }
    std::string subsystem_text =
        section_text(subsystem(options, structure, request.structure.is_periodic()), "    ");
    subsystem_text += "    &COORD\n";
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        subsystem_text += "      " + symbol(structure.atomic_numbers[atom]) + " " +
                          vector_text(structure.positions[atom]) + "\n";
    }
    const Json print{
        {"PRINT",
         {{"FORCES", {{"_", "ON"}, {"FILENAME", "forces"}, {"NDIGITS", 12}}},
          {"STRESS_TENSOR", {{"_", request.want_stress ? "ON" : "OFF"}, {"FILENAME", "stress"}}}}}};
    return section_text({{"GLOBAL", global}}, "") + "&FORCE_EVAL\n  METHOD QS\n  STRESS_TENSOR " +
           (request.want_stress ? "ANALYTICAL" : "NONE") + "\n" +
           section_text({{"DFT", dft_section(options, request, changes)}}, "  ") + "  &SUBSYS\n" +
           subsystem_text + "    &END COORD\n  &END SUBSYS\n" + section_text(print, "  ") +
           "&END FORCE_EVAL\n";
}

}  // namespace fibonaqi::cp2k
