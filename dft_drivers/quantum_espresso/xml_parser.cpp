#include <cstdio>
#include <string_view>

#include <pugixml.hpp>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/units.hpp"

#include "dft_drivers/common/output_text.hpp"
#include "dft_drivers/quantum_espresso/output_parser.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

// pw.x keeps 16 digits; the rest is rounding of unit conversions.
constexpr double largest_shift_A = 1.0e-6;

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

    // Empty where it is not there.
    pugi::xml_node maybe(const char* path) const { return root_.first_element_by_path(path); }
    const char* text(const char* path) const { return maybe(path).text().get(); }

    // `count` finite numbers at `path`.
    std::vector<double> numbers(const char* path, std::size_t count) const {
        return expect_numbers(node(path).text().get(), count, std::string("<") + path + ">");
    }

  private:
    pugi::xml_document document_;
    pugi::xml_node root_;
};

// 7.x writes why it stopped (run_pwscf.f90); 6.x writes <status>, which is 0 whatever happened.
void check_exit_status(const Document& document) {
    const std::string status = document.text("exit_status");
    if (status.empty() || status == "0") {
        return;
    }
    const FailureKind kind = status == "2"     ? FailureKind::scf_not_converged
                             : status == "255" ? FailureKind::walltime
                                               : FailureKind::unknown;
    refuse(kind, "the XML file says <exit_status>" + status);
}

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

Vec3 in_angstrom(const std::vector<double>& bohr) {
    return {bohr[0] * units::bohr_in_angstrom, bohr[1] * units::bohr_in_angstrom,
            bohr[2] * units::bohr_in_angstrom};
}

EchoedStructure echoed_structure(const Document& document) {
    EchoedStructure echoed;
    for (const pugi::xml_node& node :
         document.node("output/atomic_structure/atomic_positions").children("atom")) {
        echoed.atomic_numbers.push_back(atomic_number(node.attribute("name").value()).value_or(0));
        echoed.positions.push_back(in_angstrom(expect_numbers(node.text().get(), 3, "<atom>")));
    }
    echoed.cell = {in_angstrom(document.numbers("output/atomic_structure/cell/a1", 3)),
                   in_angstrom(document.numbers("output/atomic_structure/cell/a2", 3)),
                   in_angstrom(document.numbers("output/atomic_structure/cell/a3", 3))};
    return echoed;
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

// One number that not every run has.
void add_number(const Document& document, const char* path, const std::string& key, double unit,
                Json& details) {
    if (const pugi::xml_node node = document.maybe(path)) {
        details[key] = expect_numbers(node.text().get(), 1, std::string("<") + path + ">")[0] * unit;
    }
}

// The mesh that was used, and what else helps to judge a label.
Json read_details(const Document& document) {
    Json details;
    details["scf_steps"] = document.numbers("output/convergence_info/scf_conv/n_scf_steps", 1)[0];
    details["scf_error_eV"] =
        document.numbers("output/convergence_info/scf_conv/scf_error", 1)[0] * units::hartree_in_eV;
    add_number(document, "output/total_energy/demet", "minus_TS_eV", units::hartree_in_eV, details);
    const std::string bands = "output/band_structure/";
    if (const pugi::xml_node mesh = document.maybe((bands + "starting_k_points/monkhorst_pack").c_str())) {
        details["kpoint_mesh"] = {mesh.attribute("nk1").as_int(), mesh.attribute("nk2").as_int(),
                                  mesh.attribute("nk3").as_int()};
    }
    add_number(document, (bands + "nks").c_str(), "kpoints", 1.0, details);
    add_number(document, (bands + "nelec").c_str(), "electrons", 1.0, details);
    add_number(document, (bands + "fermi_energy").c_str(), "fermi_energy_eV", units::hartree_in_eV, details);
    add_number(document, (bands + "highestOccupiedLevel").c_str(), "highest_occupied_eV",
               units::hartree_in_eV, details);
    if (const pugi::xml_node levels = document.maybe((bands + "two_fermi_energies").c_str())) {
        const std::vector<double> both = expect_numbers(levels.text().get(), 2, "<two_fermi_energies>");
        details["fermi_energies_eV"] = {both[0] * units::hartree_in_eV, both[1] * units::hartree_in_eV};
    }
    if (std::string_view(document.text("output/magnetization/lsda")) == "true") {
        add_number(document, "output/magnetization/total", "total_magnetization", 1.0, details);
        add_number(document, "output/magnetization/absolute", "absolute_magnetization", 1.0, details);
    }
    return details;
}

AcceptedLabel read_label(const Document& document, const LabelRequest& request) {
    check_exit_status(document);
    check_convergence(document);
    expect_structure(echoed_structure(document), request.structure, largest_shift_A);
    AcceptedLabel label;
    label.labels.energy = document.numbers("output/total_energy/etot", 1)[0] * units::hartree_in_eV;
    label.labels.forces = read_forces(document, request.structure.size());
    if (request.want_stress) {
        label.labels.stress = read_stress(document);
    }
    const pugi::xml_node creator = document.node("general_info/creator");
    label.code_version = std::string("pw.x ") + creator.attribute("VERSION").value();
    label.details = read_details(document);
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
