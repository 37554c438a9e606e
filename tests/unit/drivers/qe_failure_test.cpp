#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dft_drivers/quantum_espresso/driver.hpp"
#include "dft_drivers/quantum_espresso/output_parser.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

using ::testing::HasSubstr;

class QeFailure : public ::testing::Test {
  protected:
    LabelFailure failure(const std::string& out, const std::string& err = "", const std::string& crash = "") {
        write_file_atomically(folder_ / "pw.out", out);
        write_file_atomically(folder_ / "pw.err", err);
        write_file_atomically(folder_ / "CRASH", crash);
        const auto found = find_failure(folder_.path());
        return found.value_or(LabelFailure{FailureKind::unknown, "nothing found"});
    }
    static std::string box(const std::string& routine, const std::string& message) {
        const std::string bar = " %%%%%%%%%%%%%%%%%%%%\n";
        return banner + bar + "     Error in routine " + routine + " (1):\n     " + message + "\n" + bar +
               "\n     stopping ...\n";
    }
    static constexpr const char* banner = "\n     Program PWSCF v.6.7MaX starts on 22Nov2026 at  6:43: 7\n\n";
    test::TemporaryFolder folder_;
};

TEST_F(QeFailure, finds_nothing_in_a_good_run) {
    write_file_atomically(folder_ / "pw.out", test::qe_text("converged/pw.out"));
    EXPECT_FALSE(find_failure(folder_.path()).has_value());
}

TEST_F(QeFailure, knows_the_messages_of_pw_x) {
    const std::pair<std::string, FailureKind> cases[] = {
        {test::qe_text("unconverged/pw.out"), FailureKind::scf_not_converged},
        {test::qe_text("missing_pseudopotential/pw.out"), FailureKind::missing_file},
        {box("c_bands", "too many bands are not converged"), FailureKind::diagonalisation},
        {box("cdiaghg", "S matrix not positive definite"), FailureKind::diagonalisation},
        {box("electrons", "charge is wrong: smearing is needed"), FailureKind::charge},
        {box("efermig", "internal error, cannot bracket Ef"), FailureKind::charge},
        {box("checkallsym", "atoms # 1 and # 2 overlap!"), FailureKind::bad_geometry},
        {box("check_tempdir", "temporary directory ./out/ cannot be created"), FailureKind::disk},
        {box("read_namelists", "bad line in namelist &system: \"foo=1\""), FailureKind::bad_config},
        {box("n_plane_waves", "No plane waves found: running on too many processors?"),
         FailureKind::bad_config},
        {std::string(banner) + "     Maximum CPU time exceeded\n", FailureKind::walltime},
        {std::string(banner) + "     Program stopped by user request\n", FailureKind::cancelled},
        {std::string(banner) + "     total energy = NaN Ry\n", FailureKind::non_finite},
    };
    for (const auto& [out, kind] : cases) {
        EXPECT_EQ(to_string(failure(out).kind), to_string(kind)) << out.substr(out.size() / 2);
    }
}

TEST_F(QeFailure, quotes_the_line_that_shows_it) {
    EXPECT_EQ(failure(test::qe_text("unconverged/pw.out")).evidence,
              "convergence NOT achieved after   3 iterations: stopping");
    EXPECT_THAT(failure(box("cdiaghg", "S matrix not positive definite")).evidence,
                HasSubstr("Error in routine cdiaghg (1): S matrix not positive definite"));
}

TEST_F(QeFailure, looks_into_crash_and_stderr_when_stdout_was_lost) {
    EXPECT_EQ(failure(banner, "", test::qe_text("missing_pseudopotential/CRASH")).kind,
              FailureKind::missing_file);
    EXPECT_EQ(failure(banner, "At line 10\nFortran runtime error: End of file\n").kind,
              FailureKind::missing_file);
    EXPECT_EQ(failure(banner, "Fortran runtime error: No space left on device").kind, FailureKind::disk);
}

TEST_F(QeFailure, without_a_banner_it_is_a_launch_failure) {
    const LabelFailure none = failure("");
    EXPECT_EQ(none.kind, FailureKind::launch);
    const LabelFailure mpi = failure("", "mpirun has detected an attempt to run as root.\n\n");
    EXPECT_EQ(mpi.kind, FailureKind::launch);
    EXPECT_THAT(mpi.evidence, HasSubstr("attempt to run as root"));
}

// A driver on kept outputs: what the supervisor saw comes first, then texts, then the XML file.
class QeCollect : public ::testing::Test {
  protected:
    QeCollect() : driver_(make_driver(test::qe_config(), "/")) {
        test::put_outputs(folder_.path(), test::qe_text("converged/pw.out"),
                          test::qe_text("converged/fb.xml"));
    }
    std::string outcome(const ProcessExit& exit) {
        const LabelOutcome found = driver_->collect(test::two_silicon_atoms(), exit, folder_.path());
        const auto* failure = std::get_if<LabelFailure>(&found);
        return failure == nullptr ? "accepted" : to_string(failure->kind);
    }
    static ProcessExit ended(ProcessExit::How how, int code) {
        ProcessExit exit;
        exit.how = how;
        exit.code = code;
        return exit;
    }
    test::TemporaryFolder folder_;
    std::unique_ptr<LabelDriver> driver_;
};

TEST_F(QeCollect, accepts_a_good_run_and_nothing_that_ended_otherwise) {
    EXPECT_EQ(outcome(test::exited(0)), "accepted");
    EXPECT_EQ(outcome(test::exited(2)), "unknown");
    EXPECT_EQ(outcome(ended(ProcessExit::How::signaled, SIGKILL)), "signal");
    EXPECT_EQ(outcome(ended(ProcessExit::How::signaled, SIGXFSZ)), "disk");
    EXPECT_EQ(outcome(ended(ProcessExit::How::timed_out, 15)), "timeout");
    EXPECT_EQ(outcome(ended(ProcessExit::How::stalled, 15)), "stalled");
    EXPECT_EQ(outcome(ended(ProcessExit::How::cancelled, 15)), "cancelled");
    EXPECT_EQ(outcome(ended(ProcessExit::How::launch_failed, 0)), "launch");
}

TEST_F(QeCollect, knows_a_run_over_time_that_can_go_on) {
    test::put_outputs(
        folder_.path(),
        std::string("Program PWSCF\n     Calculation stopped in scf loop at iteration #     2\n"), "");
    EXPECT_EQ(outcome(ended(ProcessExit::How::timed_out, 2)), "timeout") << "nothing to go on with";
    write_file_atomically(folder_ / "out/fb.restart_scf", "2");
    EXPECT_EQ(outcome(ended(ProcessExit::How::timed_out, 2)), "walltime");
    EXPECT_EQ(outcome(ended(ProcessExit::How::stalled, 2)), "stalled");
    write_file_atomically(folder_ / "pw.out", "Program PWSCF\n");
    EXPECT_EQ(outcome(ended(ProcessExit::How::timed_out, 15)), "timeout")
        << "an old file, and pw.x was killed";
}

TEST_F(QeCollect, does_not_believe_job_done) {
    const std::string unconverged = test::qe_text("unconverged/pw.out");
    ASSERT_NE(unconverged.find("JOB DONE"), std::string::npos);
    test::put_outputs(folder_.path(), unconverged, "");
    EXPECT_EQ(outcome(test::exited(0)), "scf_not_converged");
    test::put_outputs(folder_.path(), test::qe_text("false_convergence/pw.out"),
                      test::qe_text("false_convergence/fb.xml"));
    EXPECT_EQ(outcome(test::exited(0)), "scf_not_converged");
}

TEST_F(QeCollect, never_accepts_a_stdout_that_was_cut) {
    const std::string out = test::qe_text("converged/pw.out");
    for (std::size_t end = 0; end < out.find("JOB DONE."); end = out.find('\n', end + 1)) {
        write_file_atomically(folder_ / "pw.out", out.substr(0, end));
        ASSERT_NE(outcome(test::exited(0)), "accepted") << end;
    }
}

}  // namespace
}  // namespace fibonaqi::quantum_espresso
