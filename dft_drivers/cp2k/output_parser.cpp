#include "dft_drivers/cp2k/output_parser.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/units.hpp"

#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::cp2k {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

// Positions are echoed with six decimals, lattice vectors with three.
constexpr double position_tolerance_A = 2.0e-6;
constexpr double cell_tolerance_A = 1.0e-3;
// Of printed sums, in the file's own units and relative. Old and new versions print eight decimals, which add
// up.
constexpr double sum_tolerance = 1.0e-6;

std::size_t line_with(const Lines& lines, std::string_view text, const std::string& what) {
    const auto found = last_line_with(lines, text);
    if (!found) {
        refuse(FailureKind::partial_output, "no " + what);
    }
    return *found;
}

// The one file of that start: its ending differs between versions. Empty: there is none.
fs::path file_of(const fs::path& directory, const std::string& start) {
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
        if (entry.path().filename().string().starts_with(start)) {
            return entry.path();
        }
    }
    return {};
}

// `count` numbers of a line, from word `first` on.
std::vector<double> numbers_of(const std::string& line, std::size_t first, std::size_t count,
                               const std::string& what) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() < first + count) {
        refuse(FailureKind::partial_output, what + " is cut off");
    }
    std::string text;
    for (std::size_t word = first; word < first + count; ++word) {
        text += words[word] + " ";
    }
    return expect_numbers(text, count, what);
}

void expect_sum(double printed, double found, const std::string& what) {
    if (!(std::abs(printed - found) <= sum_tolerance * std::max(1.0, std::abs(found)))) {
        refuse(FailureKind::inconsistent, what + " is not the one that is printed");
    }
}

double energy_hartree(const Lines& out) {
    const std::string& line = out[line_with(out, "ENERGY| Total FORCE_EVAL", "total energy")];
    if (!has(line, "[a.u.]") && !has(line, "(a.u.)") && !has(line, "[hartree]")) {
        refuse(FailureKind::inconsistent, "the unit of the energy is not known: " + trimmed(line));
    }
    const std::size_t end = line.find_last_of(":]");
    return expect_numbers(std::string_view(line).substr(end + 1), 1, "total energy")[0];
}

// Rows " 1 1 H x y z", or " FORCES| 1 x y z |f|"; then their sum.
std::vector<Vec3> forces_of(const fs::path& directory, const Structure& computed) {
    const Lines lines = lines_of(file_of(directory, "fb-forces-"));
    const bool is_new = last_line_with(lines, "FORCES| Atomic forces [hartree/bohr]").has_value();
    const std::size_t header = line_with(
        lines, is_new ? "FORCES| Atomic forces [hartree/bohr]" : "ATOMIC FORCES in [a.u.]", "forces");
    const std::size_t title = line_with(lines, is_new ? "|f|" : "# Atom   Kind   Element", "table of forces");
    const std::size_t sum =
        line_with(lines, is_new ? "FORCES| Sum" : "SUM OF ATOMIC FORCES", "sum of forces");
    if (title < header || sum != title + 1 + computed.size()) {
        refuse(FailureKind::inconsistent,
               "the forces are not of " + std::to_string(computed.size()) + " atoms");
    }
    std::vector<Vec3> forces;
    Vec3 found{};
    for (std::size_t atom = 0; atom < computed.size(); ++atom) {
        const std::string& row = lines[title + 1 + atom];
        if (!is_new && words_of(row).size() > 2 &&
            words_of(row)[2] != symbol(computed.atomic_numbers[atom])) {
            refuse(FailureKind::inconsistent, "the forces are of other elements");
        }
        const auto numbers = numbers_of(row, is_new ? 2 : 3, 3, "a row of forces");
        for (std::size_t axis = 0; axis < 3; ++axis) {
            found[axis] += numbers[axis];
        }
        forces.push_back({numbers[0], numbers[1], numbers[2]});
    }
    const auto printed = numbers_of(lines[sum], is_new ? 2 : 4, 3, "sum of forces");
    for (std::size_t axis = 0; axis < 3; ++axis) {
        expect_sum(printed[axis], found[axis], "the sum of the forces");
    }
    return forces;
}

// GPa, as in all versions up to 2024, or bar.
double gigapascal_per_unit(const std::string& header) {
    if (has(header, "[GPa]")) {
        return 1.0;
    }
    if (!has(header, "[bar]")) {
        refuse(FailureKind::inconsistent, "the unit of the stress is not known: " + trimmed(header));
    }
    return 1.0e-4;
}

// Rows " STRESS| x xx xy xz" or " X xx xy xz"; then a third of the trace. Positive means compressed.
Mat3 stress_of(const fs::path& directory) {
    const Lines lines = lines_of(file_of(directory, "fb-stress-"));
    const std::size_t end = line_with(lines, "1/3 Trace", "trace of the stress");
    const auto new_header = last_line_with(lines, "STRESS| Analytical stress tensor [");
    const std::size_t header = new_header ? *new_header : line_with(lines, " STRESS TENSOR [", "stress");
    const double factor = -gigapascal_per_unit(lines[header]) / units::eV_per_angstrom3_in_GPa;
    const std::size_t first = new_header ? 1 : 0;
    Mat3 stress{};
    std::size_t row = 0;
    double trace = 0.0;
    for (std::size_t line = header + 1; line < end && row < 3; ++line) {
        const std::vector<std::string> words = words_of(lines[line]);
        if (words.size() <= first + 1 ||
            (words[first] != std::string(1, "xyz"[row]) && words[first] != std::string(1, "XYZ"[row])) ||
            words[first + 1] == "y" || words[first + 1] == "Y") {
            continue;  // the title of the columns starts with x, too
        }
        const auto numbers = numbers_of(lines[line], first + 1, 3, "a row of the stress");
        trace += numbers[row];
        stress[row] = {factor * numbers[0], factor * numbers[1], factor * numbers[2]};
        ++row;
    }
    if (row != 3) {
        refuse(FailureKind::partial_output, "the stress has " + std::to_string(row) + " rows");
    }
    const std::size_t last = words_of(lines[end]).size() - 1;
    expect_sum(numbers_of(lines[end], last, 1, "trace of the stress")[0], trace / 3.0,
               "the trace of the stress");
    return stress;
}

void check_structure(const Lines& out, const Structure& computed) {
    EchoedStructure echoed;
    std::size_t line = line_with(out, "ATOMIC COORDINATES IN", "coordinates");
    while (++line < out.size() && words_of(out[line]).size() < 8) {
    }
    if (line < out.size() && has(out[line], "Element")) {
        ++line;
    }
    for (; line < out.size() && echoed.positions.size() < computed.size(); ++line) {
        const std::vector<std::string> words = words_of(out[line]);
        if (words.empty() && echoed.positions.empty()) {
            continue;
        }
        if (words.size() != 9) {
            break;
        }
        const auto numbers = numbers_of(out[line], 3, 4, "a row of coordinates");
        echoed.atomic_numbers.push_back(static_cast<int>(numbers[0]));
        echoed.positions.push_back({numbers[1], numbers[2], numbers[3]});
    }
    expect_structure(echoed, computed, position_tolerance_A);
    Mat3 cell{};
    for (std::size_t row = 0; row < 3; ++row) {
        const std::string start = std::string(" CELL| Vector ") + "abc"[row];
        const std::string& text = out[line_with(out, start, "lattice vectors")];
        const auto numbers = numbers_of(text, 4, 3, "a lattice vector");
        cell[row] = {numbers[0], numbers[1], numbers[2]};
    }
    echoed.cell = cell;
    expect_structure(echoed, computed, cell_tolerance_A);
}

// The number at the end of the last line that has the text.
std::optional<double> number_after(const Lines& out, std::string_view text) {
    const auto line = last_line_with(out, text);
    const auto numbers = line ? numbers_in(words_of(out[*line]).back()) : std::nullopt;
    return numbers && numbers->size() == 1 ? std::optional(numbers->front()) : std::nullopt;
}

Json details_of(const Lines& out) {
    Json details = Json::object();
    const std::vector<std::string> converged =
        words_of(out[line_with(out, "SCF run converged in", "\"SCF run converged\"")]);
    details["scf_steps"] = Json::parse(converged.at(5), nullptr, false);
    if (const auto entropy = number_after(out, "Electronic entropic energy:")) {
        details["minus_TS_eV"] = *entropy * units::hartree_in_eV;
    }
    if (const auto spin = number_after(out, "Integrated absolute spin density")) {
        details["absolute_magnetization"] = *spin;
    }
    return details;
}

}  // namespace

LabelOutcome read_label(const fs::path& directory, const Structure& computed, bool want_stress) {
    try {
        const Lines out = lines_of(directory / output_file);
        (void)line_with(out, "PROGRAM ENDED AT", "\"PROGRAM ENDED AT\"");
        AcceptedLabel label;
        label.details = details_of(out);
        check_structure(out, computed);
        label.labels.energy = energy_hartree(out) * units::hartree_in_eV;
        for (Vec3 force : forces_of(directory, computed)) {
            for (double& component : force) {
                component *= units::hartree_per_bohr_in_eV_per_angstrom;
            }
            label.labels.forces.push_back(force);
        }
        if (want_stress) {
            label.labels.stress = stress_of(directory);
        }
        const std::string& version = out[line_with(out, "CP2K| version string:", "version")];
        label.code_version = trimmed(std::string_view(version).substr(version.find(':') + 1));
        return label;
    } catch (const Refusal& refusal) {
        return refusal.failure;
    }
}

}  // namespace fibonaqi::cp2k
