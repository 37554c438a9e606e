#include "dft_drivers/nwchem/output_parser.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "fibonaqi/base/units.hpp"

#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::nwchem {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

// NWChem has its own constant for a bohr, off by 7e-8: at 100 A from the origin that is 7e-6.
constexpr double position_tolerance_A = 2.0e-5;
// Of the printed energy, which has 12 decimals.
constexpr double energy_tolerance_Ha = 1.0e-9;

constexpr std::array<Mark, 11> output_marks{{
    {"failed to converge", FailureKind::scf_not_converged},
    {"Odd number of electrons", FailureKind::charge},
    {"electrons and multiplicity not compatible", FailureKind::charge},
    {"non-integral # of electrons", FailureKind::charge},
    {"geom_verify_coords failed", FailureKind::bad_geometry},
    {"memory limit unreasonable", FailureKind::bad_config},
    {"insufficient memory", FailureKind::out_of_memory},
    {"llocation failed", FailureKind::out_of_memory},
    {"No space left", FailureKind::disk},
    {"input error at line", FailureKind::bad_config},
    {"There is an error in the", FailureKind::bad_config},
}};

constexpr std::array<Mark, 4> stderr_marks{{
    {"No space left", FailureKind::disk},
    {"Cannot allocate memory", FailureKind::out_of_memory},
    {"Fortran runtime error", FailureKind::unknown},
    {"MPI_ABORT", FailureKind::unknown},
}};

// The words that belong to `input error` stand above it, between lines of dashes.
std::string reason_above(const Lines& lines, std::size_t line) {
    while (line > 0) {
        std::string text = trimmed(lines[--line]);
        if (!text.empty() && text.find_first_not_of('-') != std::string::npos) {
            return text;
        }
    }
    return "";
}

std::size_t line_with(const Lines& lines, std::string_view text) {
    const auto found = last_line_with(lines, text);
    if (!found) {
        refuse(FailureKind::partial_output, "the output has no '" + std::string(text) + "'");
    }
    return *found;
}

// Place of the last ` <name>   <type>[<count>]   <date>`; what it names follows in the next lines.
std::size_t title_of(const Lines& lines, const std::string& name, const std::string& type) {
    for (std::size_t line = lines.size(); line > 0; --line) {
        if (!has(lines[line - 1], name)) {
            continue;
        }
        const std::vector<std::string> words = words_of(lines[line - 1]);
        if (words.size() > 2 && words[0] == name && words[1] == type) {
            return line - 1;
        }
    }
    refuse(FailureKind::partial_output, "the output has no value '" + name + "' (" + type + ")");
}

std::vector<double> stored_numbers(const Lines& lines, const std::string& name, const std::string& type,
                                   std::size_t count) {
    const std::size_t title = title_of(lines, name, type + "[" + std::to_string(count) + "]");
    std::string text;
    for (std::size_t line = title + 1, words = 0; line < lines.size() && words < count; ++line) {
        text += lines[line] + " ";
        words += words_of(lines[line]).size();
    }
    if (words_of(text).size() < count) {
        refuse(FailureKind::partial_output, "the value '" + name + "' is cut off");
    }
    return expect_numbers(text, count, "the value '" + name + "'");
}

bool stored_flag(const Lines& lines, const std::string& name) {
    const std::size_t title = title_of(lines, name, "logical[1]");
    return title + 1 < lines.size() && trimmed(lines[title + 1]) == "t";
}

void check_structure(const Lines& lines, const Structure& asked) {
    EchoedStructure echoed;
    const auto nuclei = stored_numbers(lines, "geometry:geometry:charges", "double", asked.size());
    const auto bohrs = stored_numbers(lines, "geometry:geometry:coords", "double", 3 * asked.size());
    for (std::size_t atom = 0; atom < asked.size(); ++atom) {
        echoed.atomic_numbers.push_back(static_cast<int>(std::lround(nuclei[atom])));
        Vec3 position{};
        for (std::size_t axis = 0; axis < 3; ++axis) {
            position[axis] = bohrs[3 * atom + axis] * units::bohr_in_angstrom;
        }
        echoed.positions.push_back(position);
    }
    expect_structure(echoed, asked, position_tolerance_A);
}

void check_electrons(const Lines& lines, const LabelRequest& request, int multiplicity) {
    const double charge = stored_numbers(lines, "charge", "double", 1)[0];
    const double spin = stored_numbers(lines, "dft:mult", "int", 1)[0];
    if (std::abs(charge - request.charge) > 1.0e-6 || spin != multiplicity) {
        refuse(FailureKind::charge, "NWChem took the charge " + std::to_string(charge) +
                                        " and the multiplicity " + std::to_string(std::lround(spin)));
    }
}

double energy_hartree(const Lines& lines) {
    const double stored = stored_numbers(lines, "dft:energy", "double", 1)[0];
    const std::string& line = lines[line_with(lines, "Total DFT energy =")];
    const double printed =
        expect_numbers(std::string_view(line).substr(line.find('=') + 1), 1, "Total DFT energy")[0];
    if (!(std::abs(stored - printed) <= energy_tolerance_Ha)) {
        refuse(FailureKind::inconsistent, "the stored energy is not the one that is printed");
    }
    return stored;
}

// The number of the last iteration, in the table of which lines are " d= 0,ls=0.0,diis     9    -76.31...".
Json details_of(const Lines& lines) {
    Json details = Json::object();
    const auto line = last_line_with(lines, ",ls=");
    const std::vector<std::string> words = line ? words_of(lines[*line]) : std::vector<std::string>{};
    if (words.size() > 2) {
        details["scf_steps"] = Json::parse(words[2], nullptr, false);
    }
    return details;
}

}  // namespace

std::optional<LabelFailure> find_failure(const fs::path& directory) {
    const Lines out = lines_of(directory / output_file);
    const Lines err = lines_of(directory / stderr_file);
    auto failure = first_marked_line(out, output_marks);
    if (failure && failure->kind == FailureKind::bad_config) {
        if (const auto line = last_line_with(out, "input error at line")) {
            failure->evidence = reason_above(out, *line);
        } else if (const auto input = last_line_with(out, "current input line")) {
            failure->evidence = reason_above(out, *input);
        }
    }
    if (failure) {
        return failure;
    }
    if (!last_line_with(out, "Northwest Computational Chemistry Package")) {
        const std::string said = last_words(err.empty() ? out : err);
        return LabelFailure{FailureKind::launch, said.empty() ? "NWChem did not print its banner"
                                                              : "no banner of NWChem; " + said};
    }
    return first_marked_line(err, stderr_marks);
}

LabelOutcome read_label(const LabelRequest& request, int multiplicity, const fs::path& directory) {
    try {
        const Lines out = lines_of(directory / output_file);
        (void)line_with(out, "Total times  cpu:");
        if (!stored_flag(out, "task:status") || !stored_flag(out, "dft:converged")) {
            refuse(FailureKind::scf_not_converged, "NWChem stored that the task has failed");
        }
        check_structure(out, request.structure);
        check_electrons(out, request, multiplicity);
        AcceptedLabel label;
        label.details = details_of(out);
        label.labels.energy = energy_hartree(out) * units::hartree_in_eV;
        const std::size_t atoms = request.structure.size();
        const auto gradient = stored_numbers(out, "dft:gradient", "double", 3 * atoms);
        label.labels.forces.resize(atoms);
        for (std::size_t i = 0; i < gradient.size(); ++i) {
            label.labels.forces[i / 3][i % 3] = -gradient[i] * units::hartree_per_bohr_in_eV_per_angstrom;
        }
        const std::string& version = out[line_with(out, "Computational Chemistry Package (NWChem)")];
        label.code_version = "NWChem " + words_of(version).back();
        return label;
    } catch (const Refusal& refusal) {
        return refusal.failure;
    }
}

}  // namespace fibonaqi::nwchem
