// Stands in for pw.x: reads pw.in as the driver writes it, answers with the XML that the driver accepts.
// FAKE_PW_FAIL     share of the structures (by a digit of theirs) that do not converge: 0 to 10 tenths
// FAKE_PW_MS       how long a label takes [ms]
// FAKE_PW_CRASH    ends by a signal after its banner
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/units.hpp"

#include "tests/campaign/fakes/diamond_springs.hpp"
#include "tests/campaign/fakes/fake_program.hpp"

namespace fibonaqi::fake {
namespace {

Structure read_input(const std::string& file) {
    std::ifstream input(file);
    Structure structure;
    structure.pbc = {true, true, true};
    for (std::string line; std::getline(input, line);) {
        if (line.starts_with("CELL_PARAMETERS")) {
            for (Vec3& row : structure.cell) {
                input >> row[0] >> row[1] >> row[2];
            }
        } else if (line.starts_with("ATOMIC_POSITIONS")) {
            std::string name;
            Vec3 at{};
            while (input >> name >> at[0] >> at[1] >> at[2]) {
                structure.atomic_numbers.push_back(atomic_number(name).value());
                structure.positions.push_back(at);
            }
        }
    }
    return structure;
}

std::string vector_text(const Vec3& v, double unit) {
    char text[96];
    std::snprintf(text, sizeof text, "%.16e %.16e %.16e", v[0] / unit, v[1] / unit, v[2] / unit);
    return text;
}

std::string xml(const Structure& structure, const Labels& labels) {
    std::ostringstream out;
    out.precision(17);
    out << "<?xml version=\"1.0\"?>\n<qes:espresso><general_info><creator NAME=\"PWSCF\" VERSION=\"0.0\"/>"
        << "</general_info>\n<input><electron_control><conv_thr>1e-9</conv_thr></electron_control></input>\n"
        << "<output><convergence_info><scf_conv><convergence_achieved>true</convergence_achieved>"
        << "<n_scf_steps>7</n_scf_steps><scf_error>1e-10</scf_error></scf_conv></convergence_info>\n"
        << "<atomic_structure><atomic_positions>\n";
    for (std::size_t i = 0; i < structure.size(); ++i) {
        out << "<atom name=\"" << symbol(structure.atomic_numbers[i]) << "\">"
            << vector_text(structure.positions[i], units::bohr_in_angstrom) << "</atom>\n";
    }
    out << "</atomic_positions><cell>\n";
    for (std::size_t i = 0; i < 3; ++i) {
        out << "<a" << i + 1 << ">" << vector_text(structure.cell[i], units::bohr_in_angstrom) << "</a"
            << i + 1 << ">\n";
    }
    out << "</cell></atomic_structure>\n<total_energy><etot>" << *labels.energy / units::hartree_in_eV
        << "</etot></total_energy>\n<forces>\n";
    for (const Vec3& force : labels.forces) {
        out << vector_text(force, units::hartree_per_bohr_in_eV_per_angstrom) << "\n";
    }
    out << "</forces>\n<stress>0 0 0 0 0 0 0 0 "
           "0</stress></output>\n<status>0</status><closed/></qes:espresso>\n";
    return out.str();
}

int run() {
    std::cout << "     Program PWSCF v.0" << std::endl;
    const Structure structure = read_input("pw.in");
    const std::string hash = structure_hash(structure);
    note_launch("pw " + hash);
    take_time();
    std::this_thread::sleep_for(std::chrono::milliseconds(std::atol(setting("FAKE_PW_MS").c_str())));
    if (!setting("FAKE_PW_CRASH").empty()) {
        std::raise(SIGSEGV);
    }
    // Same structures fail every time: the digit is that of the structure.
    const long tenths = std::atol(setting("FAKE_PW_FAIL").c_str());
    if (std::stol(hash.substr(0, 6), nullptr, 16) % 10 < tenths) {
        std::cout << "     convergence NOT achieved after 100 iterations: stopping\n";
        return 2;
    }
    std::filesystem::create_directories("out");
    std::ofstream("out/fb.xml") << xml(structure, springs(structure));
    std::cout << "   JOB DONE.\n";
    return 0;
}

}  // namespace
}  // namespace fibonaqi::fake

int main() {
    return fibonaqi::fake::run();
}
