// The collection of real outputs beside the checkout, good and bad ones of five codes: what each driver makes
// of every one of them, whole and cut at every kilobyte.
//
// Where a run of the collection did not print a proof that a driver asks for, it is refused for just that
// reason, and accepted with the proof put in. Energies and forces were read off the files by eye. No driver
// reads two of the files: xtb_h2o.gradient and xtbout.json.
#include <fstream>
#include <functional>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/units.hpp"

#include "dft_drivers/quantum_espresso/driver.hpp"
#include "tests/support/abinit_outputs.hpp"
#include "tests/support/cp2k_outputs.hpp"
#include "tests/support/nwchem_outputs.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/template_runs.hpp"
#include "tests/support/xtb_outputs.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using ::testing::StartsWith;

constexpr std::size_t kilobyte = 1024;

std::string fixture(const std::string& name) {
    return read_file(test::shared_directory() / "dft/fixtures" / name);
}

LabelRequest collected_silicon() {
    LabelRequest request;
    request.structure.atomic_numbers = {14, 14};
    request.structure.positions = {{0.0, 0.0, 0.0}, {1.42, 1.36, 1.35}};
    request.structure.cell = {{{0.0, 2.735, 2.735}, {2.735, 0.0, 2.735}, {2.735, 2.735, 0.0}}};
    request.structure.pbc = {true, true, true};
    request.want_stress = true;
    return request;
}

LabelRequest collected_hydrogen() {
    LabelRequest request = collected_silicon();
    request.structure.atomic_numbers = {1, 1};
    request.structure.positions = {{2.1, 2.5, 2.5}, {2.9, 2.5, 2.5}};
    request.structure.cell = {{{5.0, 0.0, 0.0}, {0.0, 5.0, 0.0}, {0.0, 0.0, 5.0}}};
    return request;
}

LabelRequest collected_water() {
    LabelRequest request;
    request.structure.atomic_numbers = {8, 1, 1};
    request.structure.positions = {{0.0, 0.0, 0.0}, {0.7572, 0.5865, 0.0}, {-0.7572, 0.5865, 0.0}};
    return request;
}

// A driver that reads outputs of the collection, and what they are of.
struct Reader {
    std::function<std::unique_ptr<LabelDriver>(const fs::path& folder)> driver;
    LabelRequest request;
};

const Reader& reader(const std::string& code) {
    static const std::map<std::string, Reader> readers{
        {"qe",
         {[](const fs::path&) { return quantum_espresso::make_driver(test::qe_config(), "/"); },
          collected_silicon()}},
        {"cp2k",
         {[](const fs::path&) { return cp2k::make_driver(test::cp2k_config("/nowhere"), "/"); },
          collected_hydrogen()}},
        {"abinit", {[](const fs::path& folder) { return test::abinit_driver(folder); }, collected_silicon()}},
        {"nwchem",
         {[](const fs::path&) { return nwchem::make_driver(test::nwchem_config("/nowhere"), "/"); },
          collected_water()}},
        {"template", {[](const fs::path&) { return test::shipped_driver("nwchem"); }, collected_water()}},
        {"xtb", {[](const fs::path&) { return test::xtb_driver(); }, collected_water()}}};
    return readers.at(code);
}

using Texts = std::map<std::string, std::string>;

// One run: what lies in its directory, by file name. Files of the collection are named; texts are as they
// are.
struct Run {
    std::string name, code;
    Texts fixtures;
    std::string verdict;  // how the driver's begins
    int exit_code = 0;
    Texts texts = {};
};

// Shown where a test fails.
void PrintTo(const Run& run, std::ostream* out) {
    *out << run.name;
}

Texts files_of(const Run& run) {
    Texts files = run.texts;
    for (const auto& [file, name] : run.fixtures) {
        files[file] += fixture(name);
    }
    return files;
}

// Not by write_file_atomically: hundreds of times, waiting for the disk takes long.
void put_files(const fs::path& folder, const Texts& files) {
    for (const auto& [file, text] : files) {
        fs::create_directories((folder / file).parent_path());
        std::ofstream(folder / file) << text;
    }
}

LabelOutcome outcome_of(const Run& run, const Texts& files) {
    const test::TemporaryFolder folder;
    put_files(folder.path(), files);
    const Reader& by = reader(run.code);
    return by.driver(folder.path())->collect(by.request, test::exited(run.exit_code), folder.path());
}

std::string verdict_of(const Run& run, const Texts& files) {
    const LabelOutcome outcome = outcome_of(run, files);
    const auto* failure = std::get_if<LabelFailure>(&outcome);
    return failure == nullptr ? "accepted" : to_string(failure->kind) + ": " + failure->evidence;
}

// As CP2K prints what was computed, at another print level than the collection's.
const std::string hydrogen_of_cp2k =
    " CELL| Vector a [angstrom]:       5.000     0.000     0.000   |a| =     5.000000\n"
    " CELL| Vector b [angstrom]:       0.000     5.000     0.000   |b| =     5.000000\n"
    " CELL| Vector c [angstrom]:       0.000     0.000     5.000   |c| =     5.000000\n"
    " MODULE QUICKSTEP: ATOMIC COORDINATES IN ANGSTROM\n\n"
    "   Atom Kind Element         X             Y             Z       Z(eff)     Mass\n"
    "      1    1 H     1      2.100000      2.500000      2.500000   1.0000   1.0079\n"
    "      2    1 H     1      2.900000      2.500000      2.500000   1.0000   1.0079\n\n";
const std::string tolvrs_of_abinit =
    " At SCF step    9       vres2   =  9.17E-14 < tolvrs=  1.00E-12 =>converged.\n";
const std::string banner_of_abinit = ".Version 9.6.2 of ABINIT\n";
const std::string banner_of_pw = "     Program PWSCF v.6.7MaX starts on 22Nov2026 at  6:13:22\n";

// Bad outputs come with the good files of another run of their code beside them, where a driver reads
// several.
std::vector<Run> bad_runs_of_qe() {
    const auto qe = [](const std::string& name, Texts more) {
        more["pw.out"] = name + ".stdout";
        more.emplace("out/fb.xml", "qe_si2_ok.xml");
        return more;
    };
    return {
        {"qe_bands", "qe", qe("qe_bands", {{"CRASH", "qe_bands.CRASH"}}), "diagonalisation:", 1},
        {"qe_bands_crash_file",
         "qe",
         {{"CRASH", "qe_bands.CRASH"}},
         "diagonalisation:",
         1,
         {{"pw.out", banner_of_pw}}},
        {"qe_exitfile", "qe", qe("qe_exitfile", {}), "cancelled:", 2},
        {"qe_kill9_partial", "qe", qe("qe_kill9_partial", {}), "partial_output:", 0},
        {"qe_maxsec", "qe", qe("qe_maxsec", {}), "walltime:", 2},
        {"qe_noconv", "qe", qe("qe_noconv", {{"out/fb.xml", "qe_noconv.trimmed.xml"}}),
         "scf_not_converged:", 2},
        {"qe_noconv_scfmust", "qe",
         qe("qe_noconv_scfmust", {{"out/fb.xml", "qe_noconv_scfmust.trimmed.xml"}}), "scf_not_converged:", 0},
        {"qe_nopseudo", "qe", qe("qe_nopseudo", {{"CRASH", "qe_nopseudo.CRASH"}}), "missing_file:", 1},
        {"qe_nopseudo_crash_file",
         "qe",
         {{"CRASH", "qe_nopseudo.CRASH"}},
         "missing_file:",
         1,
         {{"pw.out", banner_of_pw}}},
        {"qe_s_matrix", "qe", qe("qe_s_matrix", {}), "diagonalisation:", 42},
    };
}

std::vector<Run> bad_runs_of_others() {
    const auto cp2k = [](const std::string& log) {
        return Texts{{"fb.out", log},
                     {"fb-forces-1_0.xyz", "cp2k_ok-forces-1_0.xyz"},
                     {"fb-stress-1_0.stress_tensor", "cp2k_ok-stress-1_0.stress_tensor"}};
    };
    return {
        {"cp2k_noconv", "cp2k", cp2k("cp2k_noconv.log"), "scf_not_converged:"},
        {"cp2k_wall", "cp2k", cp2k("cp2k_wall.log"), "walltime:"},
        {"cp2k_nobasis", "cp2k", cp2k("cp2k_nobasis.log"), "missing_file:", 1},
        {"cp2k_badkey", "cp2k", cp2k("cp2k_badkey.log"), "bad_config:", 1},
        {"abinit_noconv",
         "abinit",
         {{"fb.abo", "abinit_noconv.abo"}, {"log", "abinit_noconv.log_yaml"}},
         "scf_not_converged:",
         0,
         {{"log", banner_of_abinit}}},
        {"abinit_nopseudo",
         "abinit",
         {{"log", "abinit_nopseudo.log_yaml"}},
         "missing_file:",
         14,
         {{"log", banner_of_abinit}}},
        {"nwchem_noconv", "nwchem", {{"fb.out", "nwchem_noconv.out"}}, "scf_not_converged:", 255},
        {"nwchem_basis", "nwchem", {{"fb.out", "nwchem_basis.out"}}, "bad_config:", 255},
        // It did not print what it stored.
        {"nwchem_ok",
         "nwchem",
         {{"fb.out", "nwchem_ok.out"}},
         "partial_output: the output has no value 'task:status'"},
        {"nwchem_noconv_by_template",
         "template",
         {{"fb.out", "nwchem_noconv.out"}},
         "scf_not_converged:",
         255},
        {"nwchem_basis_by_template", "template", {{"fb.out", "nwchem_basis.out"}}, "missing_file:", 255},
        {"xtb_noconv",
         "xtb",
         {{"xtb.out", "xtb_noconv.out"}, {"s.engrad", "xtb_h2o.engrad"}},
         "scf_not_converged:",
         1},
    };
}

// A good output, and what makes a label of it.
struct GoodRun {
    Run run;
    double energy_eV = 0.0;
    Vec3 first_force{};  // [eV/angstrom]
    struct Proof {
        std::string file, anchor, text;  // the text goes in place of the anchor
    };
    std::vector<Proof> proofs = {};  // what a driver asks for and the run did not print
    Texts ends = {};                 // by file: where its numbers end, where it goes on behind them
};

void PrintTo(const GoodRun& good, std::ostream* out) {
    *out << good.run.name;
}

Texts proven_files_of(const GoodRun& good) {
    Texts files = files_of(good.run);
    for (const GoodRun::Proof& proof : good.proofs) {
        files[proof.file] = test::replaced(files[proof.file], proof.anchor, proof.text);
    }
    return files;
}

Vec3 force(double x, double y, double z) {
    const double unit = units::hartree_per_bohr_in_eV_per_angstrom;
    return {x * unit, y * unit, z * unit};
}

std::vector<GoodRun> good_runs() {
    using units::hartree_in_eV;
    const std::string optimization = " SCF WAVEFUNCTION OPTIMIZATION";
    const std::string etot = " At SCF step    9, etot is converged : \n";
    return {
        {{"qe_si2_ok", "qe", {{"pw.out", "qe_si2_ok.stdout"}, {"out/fb.xml", "qe_si2_ok.xml"}}, "accepted"},
         -7.786406978285512 * hartree_in_eV,
         force(1.712973353090180e-2, -1.833794700300287e-3, -5.490221820703512e-3)},
        {{"cp2k_ok",
          "cp2k",
          {{"fb.out", "cp2k_ok.log"},
           {"fb-forces-1_0.xyz", "cp2k_ok-forces-1_0.xyz"},
           {"fb-stress-1_0.stress_tensor", "cp2k_ok-stress-1_0.stress_tensor"}},
          "partial_output: no coordinates"},
         -1.166564353514573 * hartree_in_eV,
         force(0.018521525997, -2e-12, -2e-12),
         {{"fb.out", optimization, hydrogen_of_cp2k + optimization}},
         {{"fb-stress-1_0.stress_tensor", " STRESS| Determinant"}}},
        {{"abinit_ok",
          "abinit",
          {{"fb.abo", "abinit_ok.abo"}},
          "partial_output: the output has no '=>converged.'",
          0,
          {{"log", banner_of_abinit}}},
         -7.86924795969013 * hartree_in_eV,
         force(0.01362381272491, -0.00136103163982, -0.00433070525180),
         {{"fb.abo", etot, tolvrs_of_abinit}}},
        {{"nwchem_ok", "template", {{"fb.out", "nwchem_ok.out"}}, "accepted"},
         -76.319808527535 * hartree_in_eV,
         force(0.0, -0.023353, 0.0)},
        {{"xtb_h2o",
          "xtb",
          {{"s.engrad", "xtb_h2o.engrad"}},
          "accepted",
          0,
          {{"xtb.out", test::xtb_text("water", "xtb.out")}, {"xtb.err", test::xtb_text("water", "xtb.err")}}},
         -5.070370761846 * hartree_in_eV,
         force(0.0, 0.002940222119, 0.0)},
    };
}

// Every kilobyte; of small files every 100 bytes.
void expect_cuts_refused(const Run& run, const Texts& files, const Texts& ends = {}) {
    for (const auto& [file, text] : files) {
        const std::size_t end = ends.contains(file) ? text.find(ends.at(file)) : text.size();
        const std::size_t step = text.size() < 4 * kilobyte ? 100 : kilobyte;
        for (std::size_t size = 0; size < end; size += step) {
            Texts cut = files;
            cut[file].resize(size);
            EXPECT_NE(verdict_of(run, cut), "accepted") << file << " cut at " << size;
        }
    }
}

class BadOutput : public ::testing::TestWithParam<Run> {};

TEST_P(BadOutput, is_refused_whole_and_cut_anywhere) {
    FIBONAQI_NEEDS_SHARED("dft/fixtures");
    const Texts files = files_of(GetParam());
    EXPECT_THAT(verdict_of(GetParam(), files), StartsWith(GetParam().verdict));
    expect_cuts_refused(GetParam(), files);
}

class GoodOutput : public ::testing::TestWithParam<GoodRun> {};

TEST_P(GoodOutput, is_accepted_with_its_numbers_and_refused_cut_anywhere) {
    FIBONAQI_NEEDS_SHARED("dft/fixtures");
    const GoodRun& good = GetParam();
    EXPECT_THAT(verdict_of(good.run, files_of(good.run)), StartsWith(good.run.verdict));
    const Texts files = proven_files_of(good);
    const LabelOutcome outcome = outcome_of(good.run, files);
    ASSERT_TRUE(std::holds_alternative<AcceptedLabel>(outcome)) << std::get<LabelFailure>(outcome).evidence;
    const Labels& labels = std::get<AcceptedLabel>(outcome).labels;
    EXPECT_NEAR(*labels.energy, good.energy_eV, 2e-7);
    ASSERT_EQ(labels.forces.size(), reader(good.run.code).request.structure.size());
    for (std::size_t axis = 0; axis < 3; ++axis) {
        EXPECT_NEAR(labels.forces[0][axis], good.first_force[axis], 1e-8) << axis;
    }
    expect_cuts_refused(good.run, files, good.ends);
}

TEST_P(GoodOutput, is_no_label_of_another_structure) {
    FIBONAQI_NEEDS_SHARED("dft/fixtures");
    const GoodRun& good = GetParam();
    const test::TemporaryFolder folder;
    put_files(folder.path(), proven_files_of(good));
    LabelRequest other = reader(good.run.code).request;
    other.structure.positions[1][0] += 1e-3;
    const LabelOutcome outcome =
        reader(good.run.code).driver(folder.path())->collect(other, test::exited(0), folder.path());
    ASSERT_TRUE(std::holds_alternative<LabelFailure>(outcome));
    EXPECT_EQ(std::get<LabelFailure>(outcome).kind, FailureKind::inconsistent);
}

template <class Parameter>
std::string name_of(const ::testing::TestParamInfo<Parameter>& info) {
    if constexpr (std::is_same_v<Parameter, Run>) {
        return info.param.name;
    } else {
        return info.param.run.name;
    }
}

INSTANTIATE_TEST_SUITE_P(QuantumEspresso, BadOutput, ::testing::ValuesIn(bad_runs_of_qe()), name_of<Run>);
INSTANTIATE_TEST_SUITE_P(Others, BadOutput, ::testing::ValuesIn(bad_runs_of_others()), name_of<Run>);
INSTANTIATE_TEST_SUITE_P(All, GoodOutput, ::testing::ValuesIn(good_runs()), name_of<GoodRun>);

}  // namespace
}  // namespace fibonaqi
