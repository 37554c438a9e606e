#include "dft_drivers/xtb/output_parser.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/units.hpp"

#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::xtb {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

// xtb rounds the positions that it lists to 1e-7 bohr.
constexpr double largest_shift_A = 1.0e-6;

// The default of xtb, which the driver leaves alone; it decides energies.
constexpr double electronic_temperature_K = 300.0;

// Of warnings only those after which xtb computes something else than it was told, with exit code 0.
constexpr std::array<Mark, 7> stdout_marks{{
    {"iterator did not converge", FailureKind::scf_not_converged},
    {"convergence criteria cannot be satisfied", FailureKind::scf_not_converged},
    {"*very* short distance", FailureKind::bad_geometry},
    {"Cannot map symbol", FailureKind::bad_config},
    {"prog_main_parseArguments:", FailureKind::bad_config},
    {"We have not yet made a", FailureKind::bad_config},
    {"[ERROR]", FailureKind::unknown},
}};

constexpr std::array<Mark, 4> stderr_marks{{
    {"No space left", FailureKind::disk},
    {"Cannot allocate memory", FailureKind::out_of_memory},
    {"Allocation would exceed memory", FailureKind::out_of_memory},
    {"abnormal termination of xtb", FailureKind::unknown},
}};

const std::string& line_with(const Lines& lines, std::string_view text) {
    const auto place = last_line_with(lines, text);
    if (!place) {
        refuse(FailureKind::partial_output, "the output has no line '" + std::string(text) + "'");
    }
    return lines[*place];
}

// "   * xtb version 6.5.1 (unknown) compiled by ..." -> "6.5.1".
std::string version_in(const Lines& out) {
    const std::vector<std::string> words = words_of(line_with(out, "* xtb version"));
    return words.size() > 3 ? words[3] : "";
}

// The number at a place, counted in words, of a line.
double number_at(const std::string& line, std::size_t place) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() <= place) {
        refuse(FailureKind::partial_output, "the line '" + trimmed(line) + "' is cut off");
    }
    return expect_numbers(words[place], 1, "the line '" + trimmed(line) + "'")[0];
}

// xtb takes what it likes where charge and spin do not fit: it says what it took.
void check_electrons(const Lines& out, const LabelRequest& request, int unpaired) {
    const double charge = number_at(line_with(out, ":: total charge"), 3);
    if (std::abs(charge - request.charge) > 1.0e-6) {
        refuse(FailureKind::charge, "xtb took the charge " + std::to_string(charge));
    }
    const long electrons = std::lround(number_at(line_with(out, ":  # electrons"), 3));
    if (electrons < unpaired || (electrons - unpaired) % 2 != 0) {
        refuse(FailureKind::charge, std::to_string(unpaired) + " unpaired electrons of " +
                                        std::to_string(electrons) + " valence electrons");
    }
}

// Unknown options and files named .xtbrc change what xtb computes, with exit code 0.
void check_physics(const Lines& out, const Asked& asked) {
    const std::vector<std::string> words = words_of(line_with(out, ":  Hamiltonian"));
    if (words.size() < 3 || words[2] != asked.hamiltonian) {
        refuse(FailureKind::bad_config, "xtb took another method than " + asked.hamiltonian);
    }
    const double kelvin = number_at(line_with(out, ":  electronic temp."), 3);
    if (kelvin != electronic_temperature_K) {
        refuse(FailureKind::bad_config,
               "xtb took an electronic temperature of " + std::to_string(kelvin) + " K");
    }
}

// The blocks of numbers between the comments of s.engrad: number of atoms, energy, gradient, atoms.
std::vector<Lines> blocks_of(const fs::path& file) {
    // A line that was cut off looks like a whole one: only the line break at the end tells.
    if (!fs::is_regular_file(file) || !read_file(file).ends_with('\n')) {
        refuse(FailureKind::partial_output, std::string(result_file) + " is missing or cut off");
    }
    std::vector<Lines> blocks;
    bool is_inside = false;
    for (const std::string& line : lines_of(file)) {
        const bool is_comment = line.starts_with('#');
        if (!is_comment && !is_inside) {
            blocks.emplace_back();
        }
        if (!is_comment) {
            blocks.back().push_back(line);
        }
        is_inside = !is_comment;
    }
    return blocks;
}

void expect_lines(const std::vector<Lines>& blocks, std::size_t atoms) {
    const std::array<std::size_t, 4> counts{1, 1, 3 * atoms, atoms};
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const std::size_t found = i < blocks.size() ? blocks[i].size() : 0;
        if (found < counts[i]) {
            refuse(FailureKind::partial_output, std::string(result_file) + " ends too early");
        }
        if (found > counts[i] || blocks.size() > counts.size()) {
            refuse(FailureKind::inconsistent, std::string(result_file) + " holds more than was asked for");
        }
    }
}

EchoedStructure structure_in(const Lines& block) {
    EchoedStructure echoed;
    for (const std::string& line : block) {
        const std::vector<double> row = expect_numbers(line, 4, "an atom of s.engrad");
        echoed.atomic_numbers.push_back(static_cast<int>(std::lround(row[0])));
        const double bohr = units::bohr_in_angstrom;
        echoed.positions.push_back({row[1] * bohr, row[2] * bohr, row[3] * bohr});
    }
    return echoed;
}

Labels labels_in(const std::vector<Lines>& blocks, std::size_t atoms) {
    Labels labels;
    labels.energy = expect_numbers(blocks[1][0], 1, "the energy")[0] * units::hartree_in_eV;
    labels.forces.resize(atoms);
    for (std::size_t i = 0; i < 3 * atoms; ++i) {
        // One component per line; xtb gives the gradient, forces point the other way.
        const double gradient = expect_numbers(blocks[2][i], 1, "the gradient")[0];
        labels.forces[i / 3][i % 3] = -gradient * units::hartree_per_bohr_in_eV_per_angstrom;
    }
    return labels;
}

}  // namespace

std::optional<LabelFailure> find_failure(const fs::path& directory) {
    const Lines out = lines_of(directory / stdout_file);
    const Lines err = lines_of(directory / stderr_file);
    if (!last_line_with(out, "* xtb version")) {
        const std::string said = last_words(err.empty() ? out : err);
        return LabelFailure{
            FailureKind::launch,
            "xtb did not print its version" + (said.empty() ? std::string() : "; last words: " + said)};
    }
    if (auto failure = first_marked_line(out, stdout_marks)) {
        // The box of an error goes from the general to its cause: "-2- ...", "-1- ...".
        const auto cause = last_line_with(out, "-1- ");
        if (failure->kind == FailureKind::unknown && cause) {
            failure->evidence = trimmed(out[*cause]);
        }
        return failure;
    }
    return first_marked_line(err, stderr_marks);
}

AcceptedLabel read_label(const LabelRequest& request, const Asked& asked, const fs::path& directory) {
    const Lines out = lines_of(directory / stdout_file);
    const double iterations = number_at(line_with(out, "convergence criteria satisfied after"), 5);
    check_physics(out, asked);
    check_electrons(out, request, asked.unpaired);
    (void)line_with(out, "* finished run on");  // the last thing that it prints but for timings
    const Lines err = lines_of(directory / stderr_file);
    if (std::none_of(err.begin(), err.end(),
                     [](const std::string& line) { return line == "normal termination of xtb"; })) {
        refuse(FailureKind::partial_output, "xtb did not say 'normal termination of xtb'");
    }
    const std::vector<Lines> blocks = blocks_of(directory / result_file);
    expect_lines(blocks, request.structure.size());
    if (expect_numbers(blocks[0][0], 1, "the number of atoms")[0] !=
        static_cast<double>(request.structure.size())) {
        refuse(FailureKind::inconsistent, "s.engrad is of another number of atoms");
    }
    expect_structure(structure_in(blocks[3]), request.structure, largest_shift_A);
    AcceptedLabel label;
    label.labels = labels_in(blocks, request.structure.size());
    label.code_version = "xtb " + version_in(out);
    label.details = Json{{"iterations", std::lround(iterations)}};
    return label;
}

}  // namespace fibonaqi::xtb
