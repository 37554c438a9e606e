// Real outputs of every class of failure, where the shared data are beside the checkout.
#include <gtest/gtest.h>

#include "fibonaqi/base/units.hpp"

#include "dft_drivers/quantum_espresso/driver.hpp"
#include "dft_drivers/quantum_espresso/output_parser.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

std::filesystem::path fixture(const std::string& name) {
    return test::shared_directory() / "dft/fixtures" / name;
}

struct Case {
    const char* name;
    const char* kind;
    int exit_code;
};

TEST(QeFixtures, every_failure_of_the_collection_gets_its_kind) {
    FIBONAQI_NEEDS_SHARED("dft/fixtures");
    const Case cases[] = {
        {"qe_bands", "diagonalisation", 1},        {"qe_exitfile", "cancelled", 2},
        {"qe_kill9_partial", "partial_output", 0}, {"qe_maxsec", "walltime", 2},
        {"qe_noconv", "scf_not_converged", 2},     {"qe_noconv_scfmust", "scf_not_converged", 0},
        {"qe_nopseudo", "missing_file", 1},        {"qe_s_matrix", "diagonalisation", 42}};
    const std::unique_ptr<LabelDriver> driver = make_driver(test::qe_config(), "/");
    for (const Case& one : cases) {
        const test::TemporaryFolder folder;
        const std::filesystem::path xml = fixture(std::string(one.name) + ".trimmed.xml");
        test::put_outputs(folder.path(), read_file(fixture(std::string(one.name) + ".stdout")),
                          std::filesystem::exists(xml) ? read_file(xml) : "");
        const LabelOutcome outcome =
            driver->collect(test::two_silicon_atoms(), test::exited(one.exit_code), folder.path());
        ASSERT_TRUE(std::holds_alternative<LabelFailure>(outcome)) << one.name;
        EXPECT_EQ(to_string(std::get<LabelFailure>(outcome).kind), one.kind)
            << one.name << ": " << std::get<LabelFailure>(outcome).evidence;
    }
}

TEST(QeFixtures, the_crash_files_alone_tell_the_kind) {
    FIBONAQI_NEEDS_SHARED("dft/fixtures");
    for (const Case& one : {Case{"qe_bands", "diagonalisation", 1}, Case{"qe_nopseudo", "missing_file", 1}}) {
        const test::TemporaryFolder folder;
        write_file_atomically(folder / "pw.out", "     Program PWSCF v.6.7MaX starts on ...\n");
        write_file_atomically(folder / "CRASH", read_file(fixture(std::string(one.name) + ".CRASH")));
        EXPECT_EQ(to_string(find_failure(folder.path()).value().kind), one.kind) << one.name;
    }
}

// The fixture's own structure, in bohr in the file; numbers from its <output>.
TEST(QeFixtures, the_converged_run_is_accepted_with_its_numbers) {
    FIBONAQI_NEEDS_SHARED("dft/fixtures/qe_si2_ok.xml");
    LabelRequest request = test::two_silicon_atoms();
    const double half = 5.168400950851481 * units::bohr_in_angstrom;
    request.structure.cell = {{{0.0, half, half}, {half, 0.0, half}, {half, half, 0.0}}};
    request.structure.positions = {
        {0.0, 0.0, 0.0},
        {2.683411096968594 * units::bohr_in_angstrom, 2.570027529491048 * units::bohr_in_angstrom,
         2.551130268244790 * units::bohr_in_angstrom}};
    const test::TemporaryFolder folder;
    test::put_outputs(folder.path(), read_file(fixture("qe_si2_ok.stdout")),
                      read_file(fixture("qe_si2_ok.xml")));
    const LabelOutcome outcome =
        make_driver(test::qe_config(), "/")->collect(request, test::exited(0), folder.path());
    ASSERT_TRUE(std::holds_alternative<AcceptedLabel>(outcome)) << std::get<LabelFailure>(outcome).evidence;
    const Labels& labels = std::get<AcceptedLabel>(outcome).labels;
    EXPECT_NEAR(*labels.energy, -15.57281396 * 13.605693122994, 1.4e-7);
    EXPECT_NEAR(labels.forces[0][0], 1.712973353090180e-2 * 51.42206747, 1e-8);
    EXPECT_NEAR(labels.forces[1][2], 5.490221820703512e-3 * 51.42206747, 1e-8);
    EXPECT_NEAR((*labels.stress)[0][0], -2.236857121740258e-4 * 183.6315, 1e-7);
    EXPECT_NEAR((*labels.stress)[1][2], 6.976512640890700e-5 * 183.6315, 1e-7);
}

}  // namespace
}  // namespace fibonaqi::quantum_espresso
