#include <sstream>

#include <gtest/gtest.h>

#include "dft_drivers/quantum_espresso/output_parser.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

using test::replaced;

class QeXml : public ::testing::Test {
  protected:
    LabelOutcome parse(const std::string& xml, const LabelRequest& request = test::two_silicon_atoms()) {
        write_file_atomically(folder_ / "fb.xml", xml);
        return parse_xml(folder_ / "fb.xml", request);
    }
    FailureKind kind(const std::string& xml, const LabelRequest& request = test::two_silicon_atoms()) {
        const LabelOutcome outcome = parse(xml, request);
        EXPECT_TRUE(std::holds_alternative<LabelFailure>(outcome)) << "was accepted";
        return std::holds_alternative<LabelFailure>(outcome) ? std::get<LabelFailure>(outcome).kind
                                                             : FailureKind::unknown;
    }

    test::TemporaryFolder folder_;
    std::string good_ = test::qe_text("converged/fb.xml");
};

// The numbers of the same run as pw.x prints them on stdout: Ry, Ry/bohr, kbar, 8 and 2 digits.
TEST_F(QeXml, gives_the_numbers_that_stdout_prints) {
    const LabelOutcome outcome = parse(good_);
    ASSERT_TRUE(std::holds_alternative<AcceptedLabel>(outcome)) << std::get<LabelFailure>(outcome).evidence;
    const auto& label = std::get<AcceptedLabel>(outcome);
    const std::string out = test::qe_text("converged/pw.out");
    const auto number_after = [&out](const std::string& mark) {
        std::istringstream text(out.substr(out.find(mark) + mark.size()));
        double number = 0.0;
        text >> number;
        return number;
    };
    constexpr double rydberg = 13.605693122994;
    constexpr double bohr = 0.529177210903;
    EXPECT_NEAR(*label.labels.energy, rydberg * number_after("!    total energy              ="), 2e-7);
    EXPECT_NEAR(label.labels.forces.at(0)[0], rydberg / bohr * number_after("atom    1 type  1   force ="),
                3e-7);
    // "P=" is in kbar and positive for a compressed crystal: minus a third of the trace.
    const Mat3& stress = label.labels.stress.value();
    const double pressure_kbar = -(stress[0][0] + stress[1][1] + stress[2][2]) / 3.0 * 1602.1766208;
    EXPECT_NEAR(pressure_kbar, number_after("(kbar)     P="), 0.006);
    EXPECT_EQ(label.code_version, "pw.x 6.7MaX");
    EXPECT_LT(label.details.at("scf_error_eV").get<double>(), 1.4e-8);
    // Atom 2 was pushed towards +x: the bonds push it back, atom 1 forward.
    EXPECT_GT(label.labels.forces[0][0], 0.1);
    EXPECT_NEAR(label.labels.forces[0][0], -label.labels.forces[1][0], 1e-9);
}

TEST_F(QeXml, tells_mesh_electrons_and_fermi_energy) {
    const Json details = std::get<AcceptedLabel>(parse(good_)).details;
    EXPECT_EQ(details.at("kpoint_mesh"), Json({2, 2, 2}));
    EXPECT_EQ(details.at("kpoints"), 5.0);
    EXPECT_EQ(details.at("electrons"), 8.0);
    // "the Fermi energy is     6.7556 ev" on stdout
    const std::string out = test::qe_text("converged/pw.out");
    const std::string mark = "the Fermi energy is";
    EXPECT_NEAR(details.at("fermi_energy_eV").get<double>(),
                std::stod(out.substr(out.find(mark) + mark.size())), 1e-4);
    EXPECT_FALSE(details.contains("total_magnetization")) << "spins are paired";
    const std::string polarised =
        replaced(replaced(good_, "<magnetization>\n      <lsda>false", "<magnetization>\n      <lsda>true"),
                 "<total>0.0", "<total>1.5");
    EXPECT_EQ(std::get<AcceptedLabel>(parse(polarised)).details.at("total_magnetization"), 1.5);
}

TEST_F(QeXml, reads_the_layout_of_7_x) {
    const std::string newer = test::qe_text("converged_7/fb.xml");
    const LabelOutcome outcome = parse(newer);
    ASSERT_TRUE(std::holds_alternative<AcceptedLabel>(outcome)) << std::get<LabelFailure>(outcome).evidence;
    const auto& label = std::get<AcceptedLabel>(outcome);
    const auto older = std::get<AcceptedLabel>(parse(good_));
    EXPECT_EQ(label.code_version, "pw.x 7.5");
    EXPECT_EQ(*label.labels.energy, *older.labels.energy);
    EXPECT_EQ(label.labels.forces, older.labels.forces);
    EXPECT_EQ(label.labels.stress, older.labels.stress);
    EXPECT_EQ(label.details, older.details);
    EXPECT_EQ(kind(replaced(newer, "<exit_status>0", "<exit_status>2")), FailureKind::scf_not_converged);
    EXPECT_EQ(kind(replaced(newer, "<exit_status>0", "<exit_status>255")), FailureKind::walltime);
    EXPECT_EQ(kind(replaced(newer, "<exit_status>0", "<exit_status>3")), FailureKind::unknown);
    EXPECT_EQ(kind(replaced(newer, "<exit_status>0</exit_status>", "")), FailureKind::partial_output);
}

TEST_F(QeXml, leaves_stress_out_where_nobody_asked) {
    LabelRequest request = test::two_silicon_atoms();
    request.want_stress = false;
    EXPECT_FALSE(std::get<AcceptedLabel>(parse(good_, request)).labels.stress.has_value());
}

TEST_F(QeXml, never_accepts_a_file_that_was_cut_at_any_line) {
    std::size_t lines = 0;
    for (std::size_t end = good_.find('\n'); end + 1 < good_.rfind("</qes:espresso>");
         end = good_.find('\n', end + 1)) {
        EXPECT_TRUE(std::holds_alternative<LabelFailure>(parse(good_.substr(0, end)))) << "line " << lines;
        ++lines;
    }
    EXPECT_GT(lines, 100u);
    // Also not when somebody closed the elements that were left open.
    const std::string tail = "</output><status>0</status><closed/></qes:espresso>";
    EXPECT_EQ(kind(good_.substr(0, good_.find("    <forces rank")) + tail), FailureKind::partial_output);
    EXPECT_EQ(kind(replaced(good_, "<closed", "<opened")), FailureKind::partial_output);
}

TEST_F(QeXml, never_accepts_a_file_that_was_cut_after_any_hundred_bytes) {
    for (const std::string& whole : {good_, test::qe_text("converged_7/fb.xml")}) {
        for (std::size_t end = 0; end < whole.rfind("</qes:espresso>"); end += 100) {
            EXPECT_TRUE(std::holds_alternative<LabelFailure>(parse(whole.substr(0, end)))) << end;
        }
    }
}

TEST_F(QeXml, never_accepts_an_unconverged_run) {
    EXPECT_EQ(kind(test::qe_text("unconverged/data-file-schema.xml")), FailureKind::scf_not_converged);
    EXPECT_EQ(kind(replaced(good_, "<convergence_achieved>true", "<convergence_achieved>false")),
              FailureKind::scf_not_converged);
    // Claims convergence everywhere, but its own error estimate is above the threshold.
    EXPECT_NE(test::qe_text("false_convergence/fb.xml").find("<convergence_achieved>true"),
              std::string::npos);
    EXPECT_EQ(kind(test::qe_text("false_convergence/fb.xml")), FailureKind::scf_not_converged);
}

TEST_F(QeXml, refuses_numbers_that_are_none) {
    const std::size_t forces = good_.find("<forces rank");
    const std::size_t number = good_.find_first_of("-0123456789", good_.find('>', forces));
    const std::size_t number_end = good_.find(' ', number);
    for (const char* bad : {"NaN", "Infinity", "-inf", "*********", "1.0d0", "1.2.3", "0x10"}) {
        std::string xml = good_;
        xml.replace(number, number_end - number, bad);
        EXPECT_EQ(kind(xml), FailureKind::non_finite) << bad;
    }
    EXPECT_EQ(kind(replaced(good_, "<etot>", "<etot>NaN ")), FailureKind::non_finite);
    std::string short_of_one = good_;
    short_of_one.erase(number, number_end - number);
    EXPECT_EQ(kind(short_of_one), FailureKind::inconsistent);
}

TEST_F(QeXml, refuses_another_geometry) {
    LabelRequest moved = test::two_silicon_atoms(0.1 + 2e-6);
    EXPECT_EQ(kind(good_, moved), FailureKind::inconsistent);
    LabelRequest hardly_moved = test::two_silicon_atoms(0.1 + 2e-7);
    EXPECT_TRUE(std::holds_alternative<AcceptedLabel>(parse(good_, hardly_moved)));
    LabelRequest other_cell = test::two_silicon_atoms();
    other_cell.structure.cell[2][1] += 2e-6;
    EXPECT_EQ(kind(good_, other_cell), FailureKind::inconsistent);
}

TEST_F(QeXml, refuses_other_atoms_or_another_order) {
    LabelRequest swapped = test::two_silicon_atoms();
    std::swap(swapped.structure.positions[0], swapped.structure.positions[1]);
    EXPECT_EQ(kind(good_, swapped), FailureKind::inconsistent);
    LabelRequest other_element = test::two_silicon_atoms();
    other_element.structure.atomic_numbers[1] = 32;
    EXPECT_EQ(kind(good_, other_element), FailureKind::inconsistent);
    LabelRequest more = test::two_silicon_atoms();
    more.structure.atomic_numbers.push_back(14);
    more.structure.positions.push_back({1.0, 2.0, 3.0});
    EXPECT_EQ(kind(good_, more), FailureKind::inconsistent);
    LabelRequest fewer = test::two_silicon_atoms();
    fewer.structure.atomic_numbers.pop_back();
    fewer.structure.positions.pop_back();
    EXPECT_EQ(kind(good_, fewer), FailureKind::inconsistent);
}

TEST_F(QeXml, says_when_there_is_no_file_or_no_xml) {
    EXPECT_EQ(std::get<LabelFailure>(parse_xml(folder_ / "none", test::two_silicon_atoms())).kind,
              FailureKind::partial_output);
    EXPECT_EQ(kind(""), FailureKind::partial_output);
    EXPECT_EQ(kind("Program PWSCF"), FailureKind::partial_output);
    EXPECT_EQ(kind("<other></other>"), FailureKind::partial_output);
}

}  // namespace
}  // namespace fibonaqi::quantum_espresso
