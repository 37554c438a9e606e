#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string_view>

#include <pugixml.hpp>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/units.hpp"

#include "dft_drivers/quantum_espresso/output_parser.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

// pw.x keeps 16 digits; the rest is rounding of unit conversions.
constexpr double largest_shift_A = 1.0e-6;

// Reads all numbers of a text; empty if anything in it is no finite number ("NaN", "*****", "Infinity").
std::optional<std::vector<double>> numbers_in(std::string_view text) {
    std::vector<double> numbers;
    constexpr std::string_view blanks = " \t\r\n";
    for (;;) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        if (text.empty()) {
            return numbers;
        }
        double number = 0.0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const auto length = static_cast<std::size_t>(end - text.data());
        const bool ends_well = length == text.size() || blanks.find(text[length]) != std::string_view::npos;
        if (error != std::errc() || !ends_well || !std::isfinite(number)) {
            return std::nullopt;
        }
        numbers.push_back(number);
        text.remove_prefix(length);
    }
}

// Why a file is not accepted. Thrown and caught inside parse_xml only.
struct Refusal {
    LabelFailure failure;
};

[[noreturn]] void refuse(FailureKind kind, const std::string& evidence) {
    throw Refusal{{kind, evidence}};
}

class Document {
  public:
    explicit Document(const std::filesystem::path& file) {
        const pugi::xml_parse_result result = document_.load_file(file.c_str());
        root_ = document_.child("qes:espresso");
        if (!result || !root_) {
            refuse(FailureKind::partial_output,
                   "the XML file is damaged (" + std::string(result.description()) + ")");
        }
        // Written last of all.
        if (!root_.child("closed") || (!root_.child("status") && !root_.child("exit_status"))) {
            refuse(FailureKind::partial_output, "the XML file has no <closed> element");
        }
    }

    pugi::xml_node node(const char* path) const {
        const pugi::xml_node found = root_.first_element_by_path(path);
        if (!found) {
            refuse(FailureKind::partial_output, std::string("the XML file has no <") + path + ">");
        }
        return found;
    }

    // `count` finite numbers at `path`.
    std::vector<double> numbers(const char* path, std::size_t count) const {
        return numbers_of(node(path), path, count);
    }

    static std::vector<double> numbers_of(const pugi::xml_node& node, const char* path, std::size_t count) {
        const auto found = numbers_in(node.text().get());
        if (!found) {
            refuse(FailureKind::non_finite, std::string("<") + path + "> holds something that is no number");
        }
        if (found->size() != count) {
            refuse(FailureKind::inconsistent, std::string("<") + path + "> has " +
                                                  std::to_string(found->size()) + " numbers, not " +
                                                  std::to_string(count));
        }
        return *found;
    }

  private:
    pugi::xml_document document_;
    pugi::xml_node root_;
};

void check_convergence(const Document& document) {
    if (std::string_view(
            document.node("output/convergence_info/scf_conv/convergence_achieved").text().get()) != "true") {
        refuse(FailureKind::scf_not_converged, "convergence_achieved is not true");
    }
    // Says the truth also where scf_must_converge=.false. made the line above lie. Both are in hartree.
    const double error = document.numbers("output/convergence_info/scf_conv/scf_error", 1)[0];
    const double threshold = document.numbers("input/electron_control/conv_thr", 1)[0];
    if (!(error <= threshold)) {
        char evidence[96];
        std::snprintf(evidence, sizeof evidence, "scf_error %.2e Ha is above conv_thr %.2e Ha", error,
                      threshold);
        refuse(FailureKind::scf_not_converged, evidence);
    }
}

double largest_difference(const std::vector<double>& bohr, const Vec3& angstrom) {
    double largest = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        largest = std::max(largest, std::abs(bohr[axis] * units::bohr_in_angstrom - angstrom[axis]));
    }
    return largest;
}

void check_geometry(const Document& document, const Structure& structure) {
    std::size_t atom = 0;
    for (const pugi::xml_node& node :
         document.node("output/atomic_structure/atomic_positions").children("atom")) {
        const std::vector<double> position = Document::numbers_of(node, "atom", 3);
        if (atom >= structure.size() ||
            atomic_number(node.attribute("name").value()) != structure.atomic_numbers[atom]) {
            refuse(FailureKind::inconsistent,
                   "atom " + std::to_string(atom + 1) + " of the output is not the one that was asked for");
        }
        if (largest_difference(position, structure.positions[atom]) > largest_shift_A) {
            refuse(FailureKind::inconsistent,
                   "atom " + std::to_string(atom + 1) + " is not where it was asked for");
        }
        ++atom;
    }
    if (atom != structure.size()) {
        refuse(FailureKind::inconsistent,
               "the output has " + std::to_string(atom) + " atoms, not " + std::to_string(structure.size()));
    }
    constexpr std::array<const char*, 3> rows{"output/atomic_structure/cell/a1",
                                              "output/atomic_structure/cell/a2",
                                              "output/atomic_structure/cell/a3"};
    for (std::size_t row = 0; row < 3; ++row) {
        if (largest_difference(document.numbers(rows[row], 3), structure.cell[row]) > largest_shift_A) {
            refuse(FailureKind::inconsistent, "the cell of the output is not the one that was asked for");
        }
    }
}

std::vector<Vec3> read_forces(const Document& document, std::size_t atoms) {
    const std::vector<double> numbers = document.numbers("output/forces", 3 * atoms);
    std::vector<Vec3> forces(atoms);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        forces[i / 3][i % 3] = numbers[i] * units::hartree_per_bohr_in_eV_per_angstrom;
    }
    return forces;
}

Mat3 read_stress(const Document& document) {
    const std::vector<double> numbers = document.numbers("output/stress", 9);
    Mat3 stress{};
    for (std::size_t i = 0; i < 9; ++i) {
        stress[i / 3][i % 3] = -numbers[i] * units::hartree_per_bohr3_in_eV_per_angstrom3;
    }
    return stress;
}

AcceptedLabel read_label(const Document& document, const LabelRequest& request) {
    check_convergence(document);
    check_geometry(document, request.structure);
    AcceptedLabel label;
    label.labels.energy = document.numbers("output/total_energy/etot", 1)[0] * units::hartree_in_eV;
    label.labels.forces = read_forces(document, request.structure.size());
    if (request.want_stress) {
        label.labels.stress = read_stress(document);
    }
    const pugi::xml_node creator = document.node("general_info/creator");
    label.code_version = std::string("pw.x ") + creator.attribute("VERSION").value();
    label.details["scf_steps"] = document.numbers("output/convergence_info/scf_conv/n_scf_steps", 1)[0];
    label.details["scf_error_eV"] =
        document.numbers("output/convergence_info/scf_conv/scf_error", 1)[0] * units::hartree_in_eV;
    const pugi::xml_node smearing = document.node("output/total_energy").child("demet");
    if (smearing) {
        label.details["minus_TS_eV"] = Document::numbers_of(smearing, "demet", 1)[0] * units::hartree_in_eV;
    }
    return label;
}

}  // namespace

LabelOutcome parse_xml(const std::filesystem::path& file, const LabelRequest& request) {
    if (!std::filesystem::exists(file)) {
        return LabelFailure{FailureKind::partial_output, "pw.x left no XML file"};
    }
    try {
        return read_label(Document(file), request);
    } catch (const Refusal& refusal) {
        return refusal.failure;
    }
}

}  // namespace fibonaqi::quantum_espresso
