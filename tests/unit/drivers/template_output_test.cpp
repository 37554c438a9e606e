// Labels and failures from outputs: real ones of NWChem and xtb, invented ones in the layout of ORCA and
// VASP.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/qe_outputs.hpp"
#include "tests/support/template_runs.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Ha, Ha/bohr, bohr and kbar by CODATA 2018, as ase.units has them.
constexpr double hartree = 27.211386245988, hartree_per_bohr = 51.422067476;
constexpr double kbar = 1.0 / 1602.1766208;

std::string text_of(const LabelOutcome& outcome) {
    const auto* failure = std::get_if<LabelFailure>(&outcome);
    return failure == nullptr ? "accepted" : to_string(failure->kind) + ": " + failure->evidence;
}

// Outputs of one code in a folder that tests may damage.
class Outputs {
  public:
    Outputs(const std::string& code, const std::string& kept) : driver_(test::shipped_driver(code)) {
        for (const auto& file : fs::directory_iterator(test::template_data(kept))) {
            fs::copy(file, folder_.path());
        }
        write_file_atomically(folder_ / "stdout", "");
        request_ =
            code == "vasp" ? test::vasp_request() : test::request_of(test::template_folder() / "nwchem.xyz");
    }
    LabelOutcome collect(int exit_code = 0) const {
        return driver_->collect(request_, test::exited(exit_code), folder_.path());
    }
    Labels labels() const {
        const LabelOutcome outcome = collect();
        EXPECT_EQ(text_of(outcome), "accepted");
        return std::get<AcceptedLabel>(outcome).labels;
    }
    void replace(const std::string& file, const std::string& from, const std::string& to) {
        const std::string text = read_file(folder_ / file);
        ASSERT_THAT(text, HasSubstr(from));
        write_file_atomically(folder_ / file, test::replaced(text, from, to));
    }
    // How many beginnings of the file, each 20 bytes, are taken for a label.
    int accepted_beginnings(const std::string& file) {
        const std::string whole = read_file(folder_ / file);
        int accepted = 0;
        for (std::size_t size = 0; size < whole.size(); size += 20) {
            write_file_atomically(folder_ / file, whole.substr(0, size));
            accepted += text_of(collect()) == "accepted" ? 1 : 0;
        }
        write_file_atomically(folder_ / file, whole);
        return accepted;
    }
    LabelRequest& request() { return request_; }
    const test::TemporaryFolder& folder() const { return folder_; }

  private:
    test::TemporaryFolder folder_;
    std::unique_ptr<LabelDriver> driver_;
    LabelRequest request_;
};

// Numbers as they stand in the outputs.
TEST(TemplateOutput, of_nwchem_becomes_a_label) {
    const Outputs outputs("nwchem", "nwchem");
    const Labels labels = outputs.labels();
    EXPECT_NEAR(*labels.energy, -76.319330703373 * hartree, 1e-9);
    ASSERT_EQ(labels.forces.size(), 3U);
    EXPECT_NEAR(labels.forces[0][0], 0.032516 * hartree_per_bohr, 1e-7);
    EXPECT_NEAR(labels.forces[2][1], 0.021691 * hartree_per_bohr, 1e-7);
    EXPECT_EQ(std::get<AcceptedLabel>(outputs.collect()).code_version, "nwchem 7.0.2");
}

TEST(TemplateOutput, of_xtb_becomes_a_label) {
    const Outputs outputs("xtb", "xtb");
    const Labels labels = outputs.labels();
    EXPECT_NEAR(*labels.energy, -5.069812164086 * hartree, 1e-9);
    EXPECT_NEAR(labels.forces[0][0], 0.026778204377 * hartree_per_bohr, 1e-8);
    EXPECT_NEAR(labels.forces[2][2], 0.000429288217 * hartree_per_bohr, 1e-8);
    EXPECT_EQ(std::get<AcceptedLabel>(outputs.collect()).code_version, "xtb 6.5.1");
}

TEST(TemplateOutput, in_the_layout_of_orca_becomes_a_label) {
    const Labels labels = Outputs("orca", "orca").labels();
    EXPECT_NEAR(*labels.energy, -76.25 * hartree, 1e-9);
    EXPECT_NEAR(labels.forces[1][1], -0.015 * hartree_per_bohr, 1e-8);
    EXPECT_NEAR(labels.forces[0][1], 0.02 * hartree_per_bohr, 1e-8);
}

// VASP has the atoms by species (Si, Si, O), ours are Si, O, Si; one position comes from another image.
TEST(TemplateOutput, in_the_layout_of_vasp_becomes_a_label_in_the_order_of_the_request) {
    const Labels labels = Outputs("vasp", "vasp").labels();
    EXPECT_EQ(*labels.energy, -19.87654321);
    EXPECT_THAT(labels.forces[0], ::testing::ElementsAre(0.11, -0.12, 0.13));
    EXPECT_THAT(labels.forces[1], ::testing::ElementsAre(0.10, -0.10, 0.10));
    EXPECT_THAT(labels.forces[2], ::testing::ElementsAre(-0.21, 0.22, -0.23));
    EXPECT_NEAR((*labels.stress)[0][0], -10.0 * kbar, 1e-12);
    EXPECT_NEAR((*labels.stress)[1][1], 20.0 * kbar, 1e-12);
    EXPECT_NEAR((*labels.stress)[0][2], 0.5 * kbar, 1e-12);
    EXPECT_NEAR((*labels.stress)[2][1], -0.6 * kbar, 1e-12);
}

TEST(TemplateOutput, without_convergence_is_refused) {
    EXPECT_THAT(text_of(Outputs("nwchem", "nwchem_unconverged").collect(255)),
                HasSubstr("scf_not_converged: Calculation failed to converge"));
    EXPECT_THAT(text_of(Outputs("nwchem", "nwchem_unconverged").collect(0)), HasSubstr("scf_not_converged"));
    EXPECT_THAT(text_of(Outputs("xtb", "xtb_unconverged").collect(1)), HasSubstr("scf_not_converged"));
    Outputs orca("orca", "orca");
    orca.replace("fb.out", "SCF CONVERGED AFTER   9 CYCLES", "SCF NOT CONVERGED AFTER 125 CYCLES");
    EXPECT_THAT(text_of(orca.collect()), HasSubstr("scf_not_converged"));
    Outputs vasp("vasp", "vasp");
    vasp.replace("OUTCAR", "EDIFF is reached", "NELM is");
    EXPECT_THAT(text_of(vasp.collect()), HasSubstr("partial_output: no line of OUTCAR has"));
}

TEST(TemplateOutput, that_stops_early_is_refused) {
    EXPECT_EQ(Outputs("nwchem", "nwchem").accepted_beginnings("fb.out"), 0);
    EXPECT_EQ(Outputs("xtb", "xtb").accepted_beginnings("fb.engrad"), 0);
    EXPECT_EQ(Outputs("orca", "orca").accepted_beginnings("fb.engrad"), 0);
    EXPECT_EQ(Outputs("vasp", "vasp").accepted_beginnings("vasprun.xml"), 0);
    Outputs xtb("xtb", "xtb");
    fs::remove(xtb.folder() / "fb.engrad");
    EXPECT_THAT(text_of(xtb.collect()),
                HasSubstr("partial_output: energy: the program left no file fb.engrad"));
}

TEST(TemplateOutput, of_another_structure_is_refused) {
    for (const char* code : {"nwchem", "xtb", "orca", "vasp"}) {
        Outputs outputs(code, code);
        outputs.request().structure.positions[1][2] += 0.001;
        EXPECT_THAT(text_of(outputs.collect()), HasSubstr("inconsistent: atom 2 is not where")) << code;
    }
}

TEST(TemplateOutput, that_is_no_number_is_refused) {
    Outputs nan("xtb", "xtb");
    nan.replace("fb.engrad", "-0.026778204377", "NaN");
    EXPECT_THAT(text_of(nan.collect()), HasSubstr("non_finite: forces"));
    Outputs stars("nwchem", "nwchem");
    stars.replace("fb.out", "-76.319330703373", "****************");
    EXPECT_THAT(text_of(stars.collect()), HasSubstr("non_finite: energy"));
    Outputs glued("vasp", "vasp");
    glued.replace("vasprun.xml", "      -0.12000000", "-1234567.00000000");
    EXPECT_THAT(text_of(glued.collect()), HasSubstr("non_finite: forces"));
}

TEST(TemplateOutput, with_a_wrong_exit_code_is_refused) {
    EXPECT_THAT(text_of(Outputs("xtb", "xtb").collect(3)), HasSubstr("unknown: xtb ended with exit code 3"));
    ProcessExit killed;
    killed.how = ProcessExit::How::signaled;
    killed.code = 9;
    const Outputs outputs("xtb", "xtb");
    const auto driver = test::shipped_driver("xtb");
    EXPECT_THAT(text_of(driver->collect(LabelRequest{}, killed, outputs.folder().path())),
                HasSubstr("signal: xtb was ended by signal 9"));
}

class SmallOutput : public ::testing::Test {
  protected:
    LabelOutcome collect(const std::string& text, const Json& changes = Json::object()) {
        Json config = test::small_template(folder_);
        config.merge_patch(changes);
        write_file_atomically(folder_ / "stdout", text);
        LabelRequest request;
        request.structure.atomic_numbers = {1};
        request.structure.positions = {{0.0, 0.0, 0.0}};
        return test::make_template(folder_, config)->collect(request, test::exited(0), folder_.path());
    }
    Labels labels(const std::string& text, const Json& changes = Json::object()) {
        const LabelOutcome outcome = collect(text, changes);
        EXPECT_EQ(text_of(outcome), "accepted");
        return std::get<AcceptedLabel>(outcome).labels;
    }
    test::TemporaryFolder folder_;
};

TEST_F(SmallOutput, the_last_or_the_first_match_counts) {
    const std::string text = "E = 1\nF:\n1 2 3\nE = 1.5D+01\nF:\n4 5 6\nall is well\n";
    EXPECT_EQ(labels(text).energy, 15.0);
    EXPECT_THAT(labels(text).forces[0], ::testing::ElementsAre(4.0, 5.0, 6.0));
    const Json first =
        Json::parse(R"({"energy": {"which": "first"}, "forces": {"which": "first", "sign": -1}})");
    EXPECT_EQ(labels(text, first).energy, 1.0);
    EXPECT_THAT(labels(text, first).forces[0], ::testing::ElementsAre(-1.0, -2.0, -3.0));
}

TEST_F(SmallOutput, json_is_read_by_pointer) {
    const Json changes =
        Json::parse(R"({"energy": {"file": "a.json", "regex": "", "pointer": "/e/0", "unit": "kcal/mol"},
        "forces": {"file": "a.json", "after": "", "pointer": "/f", "columns": []}})");
    write_file_atomically(folder_ / "a.json", R"({"e": [23.0605478306], "f": [[1, -2.5, 3e-1]]})");
    EXPECT_NEAR(labels("all is well\n", changes).energy.value(), 1.0, 1e-9);
    EXPECT_THAT(labels("all is well\n", changes).forces[0], ::testing::ElementsAre(1.0, -2.5, 0.3));
    for (const auto& [content, message] : std::vector<std::pair<std::string, std::string>>{
             {R"({"e": [1], "f": [[1, 2, null]]})", "non_finite: forces: null is no number"},
             {R"({"e": [1], "f": [[1, 2]]})", "inconsistent: forces: a.json has 2 numbers, not 3"},
             {R"({"e": [], "f": [[1, 2, 3]]})", "partial_output: energy: a.json has no /e/0"},
             {R"({"e": [1], "f": [[1, 2, )", "partial_output: energy"}}) {
        write_file_atomically(folder_ / "a.json", content);
        EXPECT_THAT(text_of(collect("all is well\n", changes)), HasSubstr(message)) << content;
    }
}

TEST_F(SmallOutput, six_numbers_make_a_symmetric_stress) {
    const Json changes =
        Json::parse(R"({"stress": {"file": "stdout", "after": "S:", "columns": [1, 2, 3, 4, 5, 6],
        "order": ["xx", "yy", "zz", "xy", "yz", "zx"], "unit": "GPa", "sign": -1}})");
    Json config = test::small_template(folder_);
    config.merge_patch(changes);
    write_file_atomically(folder_ / "stdout", "E = 1\nF:\n1 2 3\nS:\n1 2 3 4 5 6\nall is well\n");
    LabelRequest request;
    request.structure.atomic_numbers = {1};
    request.structure.positions = {{0.0, 0.0, 0.0}};
    request.want_stress = true;
    const auto outcome =
        test::make_template(folder_, config)->collect(request, test::exited(0), folder_.path());
    ASSERT_EQ(text_of(outcome), "accepted");
    const Mat3 stress = std::get<AcceptedLabel>(outcome).labels.stress.value();
    EXPECT_NEAR(stress[0][1], -4.0 / 160.21766208, 1e-12);
    EXPECT_NEAR(stress[1][2], -5.0 / 160.21766208, 1e-12);
    EXPECT_EQ(stress[2][0], stress[0][2]);
    EXPECT_NEAR(stress[0][2], -6.0 / 160.21766208, 1e-12);
}

// std::regex recurses once per character: without a limit this line ends the process.
TEST_F(SmallOutput, a_line_of_a_million_letters_does_no_harm) {
    const std::string line(1000000, 'x');
    const Json changes{{"failures", {{"stdout", {{"(x|y)*z", "unknown"}}}}}};
    EXPECT_EQ(labels(line + "\nE = 1\nF:\n1 2 3\nall is well\n", changes).energy, 1.0);
}

TEST_F(SmallOutput, proof_must_be_there_and_what_must_be_absent_must_not) {
    const std::string text = "E = 1\nF:\n1 2 3\nall is well\n";
    EXPECT_THAT(text_of(collect("E = 1\nF:\n1 2 3\n")), HasSubstr("partial_output: no line of stdout has"));
    EXPECT_THAT(text_of(collect("E = 1\nF:\n1 2 3\nall is well")), HasSubstr("partial_output"))
        << "unfinished line";
    const Json absent = Json::parse(R"({"success": {"stdout": {"absent": ["warning 7"]}}})");
    EXPECT_EQ(text_of(collect(text, absent)), "accepted");
    EXPECT_THAT(text_of(collect("  warning 7: bad\n" + text, absent)), HasSubstr("unknown: warning 7: bad"));
    const Json elsewhere = Json::parse(R"({"success": {"log": {"absent": ["warning"]}}})");
    EXPECT_THAT(text_of(collect(text, elsewhere)), HasSubstr("partial_output: the program left no file log"));
}

}  // namespace
}  // namespace fibonaqi
