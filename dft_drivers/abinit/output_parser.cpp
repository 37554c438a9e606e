#include "dft_drivers/abinit/output_parser.hpp"

#include <algorithm>
#include <cstdio>

#include "fibonaqi/base/units.hpp"

#include "dft_drivers/abinit/input_writer.hpp"
#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::abinit {
namespace {

// ABINIT has older constants: its angstrom differs by 4e-9 of itself.
constexpr double largest_shift_A = 1.0e-6;

class Output {
  public:
    explicit Output(const std::filesystem::path& file) : lines_(lines_of(file)) {
        if (lines_.empty()) {
            refuse(FailureKind::partial_output, "ABINIT left no output file");
        }
        line_with("Calculation completed.");
    }

    // Place of the last line with this text.
    std::size_t line_with(const std::string& text, std::size_t from = 0) const {
        const auto found = last_line_with(lines_, text, from);
        if (!found) {
            refuse(FailureKind::partial_output, "the output has no '" + text + "'");
        }
        return *found;
    }

    const std::string& line(std::size_t place) const {
        if (place >= lines_.size()) {
            refuse(FailureKind::partial_output, "the output ends too early");
        }
        return lines_[place];
    }

    // "   1   x y z" per atom, after the last line with the title.
    std::vector<Vec3> vectors(const std::string& title, std::size_t atoms) const {
        const std::size_t start = line_with(title) + 1;
        std::vector<Vec3> rows;
        for (std::size_t atom = 0; atom < atoms; ++atom) {
            const std::vector<double> row = expect_numbers(line(start + atom), 4, title);
            if (row[0] != static_cast<double>(atom + 1)) {
                refuse(FailureKind::inconsistent, title + " has another order of atoms");
            }
            rows.push_back({row[1], row[2], row[3]});
        }
        return rows;
    }

    // Numbers of a variable in the echo after the computation: they may go on over lines; "Bohr" ends them.
    std::vector<double> echo(const std::string& name, std::size_t count) const {
        std::size_t place = line_with("echo values of variables after computation");
        do {
            ++place;
        } while (words_at(place).empty() || words_at(place)[0] != name);
        std::vector<std::string> words = words_at(place);
        words.erase(words.begin());
        std::string numbers;
        for (std::size_t taken = 0; taken < count; words = words_at(++place)) {
            for (std::size_t i = 0; i < words.size() && taken < count; ++i, ++taken) {
                numbers += words[i] + " ";
            }
            if (words.empty()) {
                refuse(FailureKind::inconsistent, "the output has too few numbers for " + name);
            }
        }
        return expect_numbers(numbers, count, name);
    }

    // The number of "name : number" in a document of energies; empty where there is no such document or
    // number.
    std::optional<double> energy_term(const std::string& document, const std::string& name) const {
        std::size_t start = lines_.size();
        for (std::size_t place = 0; place < lines_.size(); ++place) {
            start = trimmed(lines_[place]) == "--- !" + document ? place : start;
        }
        if (start == lines_.size()) {
            return std::nullopt;
        }
        for (std::size_t place = start + 1; line(place) != "..."; ++place) {
            const std::size_t colon = line(place).find(':');
            if (trimmed(line(place).substr(0, colon)) == name && colon != std::string::npos) {
                return expect_numbers(line(place).substr(colon + 1), 1, name)[0];
            }
        }
        return std::nullopt;
    }

  private:
    // The first column holds marks for those who compare outputs: " ", "-", "P".
    std::vector<std::string> words_at(std::size_t place) const {
        return words_of(line(place).empty() ? "" : line(place).substr(1));
    }

    std::vector<std::string> lines_;
};

// " At SCF step   10       vres2   =  1.00E-13 < tolvrs=  1.00E-12 =>converged."
Json check_convergence(const Output& output, double tolvrs) {
    const std::vector<std::string> words = words_of(output.line(output.line_with("=>converged.")));
    if (words.size() != 11 || words[4] != "vres2") {
        refuse(FailureKind::inconsistent, "the line of convergence is not that of tolvrs");
    }
    const double steps = expect_numbers(words[3], 1, "SCF step")[0];
    const double residual = expect_numbers(words[6], 1, "vres2")[0];
    if (!(residual <= tolvrs)) {
        char evidence[96];
        std::snprintf(evidence, sizeof evidence, "vres2 %.2e is above tolvrs %.2e", residual, tolvrs);
        refuse(FailureKind::scf_not_converged, evidence);
    }
    return {{"scf_steps", steps}, {"vres2", residual}};
}

// A left-handed cell was written with all its vectors turned round: the same lattice.
Mat3 echoed_cell(const Output& output, const Structure& asked) {
    const std::vector<double> lengths = output.echo("acell", 3);
    const std::vector<double> rows = output.echo("rprim", 9);
    const double sign = lattice_sign(asked);
    Mat3 cell{};
    for (std::size_t i = 0; i < 9; ++i) {
        cell[i / 3][i % 3] = sign * lengths[i / 3] * rows[i] * units::bohr_in_angstrom;
    }
    return cell;
}

EchoedStructure echoed_structure(const Output& output, const Structure& asked) {
    EchoedStructure echoed;
    const double atoms = output.echo("natom", 1)[0];
    if (atoms != static_cast<double>(asked.size())) {
        refuse(FailureKind::inconsistent, "the output has another number of atoms");
    }
    const auto types = static_cast<std::size_t>(std::max(1.0, output.echo("ntypat", 1)[0]));
    const std::vector<double> charges = output.echo("znucl", types);
    for (const double type : output.echo("typat", asked.size())) {
        const auto index = static_cast<std::size_t>(type) - 1;
        echoed.atomic_numbers.push_back(index < types ? static_cast<int>(charges[index]) : 0);
    }
    echoed.positions = output.vectors("cartesian coordinates (angstrom) at end", asked.size());
    echoed.cell = echoed_cell(output, asked);
    return echoed;
}

// strten holds xx yy zz yz xz xy.
Mat3 read_stress(const Output& output) {
    std::vector<double> six = output.echo("strten", 6);
    for (double& component : six) {
        component *= units::hartree_per_bohr3_in_eV_per_angstrom3;
    }
    return {{{six[0], six[5], six[4]}, {six[5], six[1], six[3]}, {six[4], six[3], six[2]}}};
}

AcceptedLabel read_label(const Output& output, const LabelRequest& request, double tolvrs) {
    AcceptedLabel label;
    label.details = check_convergence(output, tolvrs);
    expect_structure(echoed_structure(output, request.structure), request.structure, largest_shift_A);
    // Where the density was mixed, the sum of the plain terms is off by the residual of the density, and what
    // ABINIT calls etotal is that of the double-counting terms.
    auto energy = output.energy_term("EnergyTermsDC", "total_energy_dc");
    energy = energy ? energy : output.energy_term("EnergyTerms", "total_energy");
    if (!energy) {
        refuse(FailureKind::partial_output, "the output has no total_energy");
    }
    label.labels.energy = *energy * units::hartree_in_eV;
    label.labels.forces = output.vectors("cartesian forces (hartree/bohr) at end", request.structure.size());
    for (Vec3& force : label.labels.forces) {
        for (double& component : force) {
            component *= units::hartree_per_bohr_in_eV_per_angstrom;
        }
    }
    if (request.want_stress) {
        label.labels.stress = read_stress(output);
    }
    const std::vector<std::string> version = words_of(output.line(output.line_with(".Version")));
    label.code_version = "ABINIT " + (version.size() > 1 ? version[1] : "");
    if (const auto entropy = output.energy_term("EnergyTerms", "'-kT*entropy'")) {
        label.details["minus_TS_eV"] = *entropy * units::hartree_in_eV;
    }
    return label;
}

}  // namespace

LabelOutcome parse_output(const std::filesystem::path& file, const LabelRequest& request, double tolvrs) {
    try {
        return read_label(Output(file), request, tolvrs);
    } catch (const Refusal& refusal) {
        return refusal.failure;
    }
}

}  // namespace fibonaqi::abinit
