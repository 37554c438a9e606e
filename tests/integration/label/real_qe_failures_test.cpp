// Failures of the real pw.x, each provoked and told apart; one launch each, without remedies.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/label/sanity.hpp"

#include "tests/support/qe_runs.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class RealQeFailures : public test::RealQe {
  protected:
    static std::string kind(const LabelRequest& request, const Json& config) {
        const LabelResult result = run(request, config);
        evidence_ = test::evidence_of(result);
        return test::kind_of(result);
    }
    static std::string kind(const Json& config) { return kind(two_atoms(), config); }
    static LabelRequest two_atoms() { return moved(0.0, 0.0); }
    /// A cubic box with one species, one k-point.
    static LabelRequest box(int element, double edge_A, std::vector<Vec3> positions) {
        LabelRequest request;
        request.structure.atomic_numbers.assign(positions.size(), element);
        request.structure.positions = std::move(positions);
        request.structure.cell = {{{edge_A, 0, 0}, {0, edge_A, 0}, {0, 0, edge_A}}};
        request.structure.pbc = {true, true, true};
        return request;
    }
    static Json settings(const Json& pseudopotentials, const Json& system) {
        Json config = test::qe_config();
        config["pseudopotentials"] = pseudopotentials;
        config["kpoints"] = {1, 1, 1};
        config["input"] = {{"system", system}};
        return config;
    }
    static std::string evidence_;
};
std::string RealQeFailures::evidence_;

TEST_F(RealQeFailures, unconverged_is_never_a_label) {
    EXPECT_EQ(kind(with("/input/electrons/electron_maxstep", 3)), "scf_not_converged");
    EXPECT_EQ(kind(with("/input/electrons/scf_must_converge", false)), "bad_config");
    EXPECT_THAT(evidence_, HasSubstr("is set by the driver"));
}

TEST_F(RealQeFailures, of_the_input_are_the_configuration) {
    EXPECT_EQ(kind(with("/input/system/nbnd", 2)), "bad_config");
    EXPECT_EQ(kind(with("/input/electrons/mixing_mode", "nonsense")), "bad_config");
    EXPECT_EQ(kind(with("/input/system/nbnd", 20, with("/input/system/ecutwfc", 1))), "bad_config");
    EXPECT_THAT(evidence_, HasSubstr("more bands than PWs"));
}

TEST_F(RealQeFailures, of_pseudopotentials_are_missing_files) {
    EXPECT_EQ(kind(with("/pseudopotentials/Si", "Nope.UPF")), "missing_file");
    const test::TemporaryFolder folder;
    const std::string whole = read_file("/usr/share/espresso/pseudo/Si.pbe-rrkj.UPF");
    write_file_atomically(folder / "Si.pbe-rrkj.UPF", whole.substr(0, 30000));
    EXPECT_EQ(kind(with("/pseudo_dir", folder.path().string())), "missing_file");
}

TEST_F(RealQeFailures, of_atoms_on_one_place_are_the_geometry) {
    LabelRequest request = two_atoms();
    request.structure.positions[1] = request.structure.positions[0];
    EXPECT_EQ(kind(request, test::qe_config()), "bad_geometry");
    // Hardly apart is no error to pw.x: what looks at structures and labels has to find that.
    request.structure.positions[1][0] += 0.05;
    const LabelResult close = run(request);
    EXPECT_EQ(test::kind_of(close), "accepted") << test::evidence_of(close);
    EXPECT_TRUE(label_problem(request, accepted(close).labels, LabelSanity{}).has_value());
}

TEST_F(RealQeFailures, of_odd_electrons_that_are_all_paired_are_the_charge) {
    EXPECT_EQ(kind(box(13, 4.0, {{0, 0, 0}}),
                   settings({{"Al", "Al.pz-vbc.UPF"}}, {{"ecutwfc", 8}, {"occupations", "fixed"}})),
              "charge");
    EXPECT_THAT(evidence_, HasSubstr("smearing is needed"));
}

TEST_F(RealQeFailures, of_a_metal_with_fixed_occupations_is_no_convergence) {
    EXPECT_EQ(kind(box(13, 2.9, {{0, 0, 0}, {1.5, 1.4, 1.45}}),
                   settings({{"Al", "Al.pz-vbc.UPF"}}, {{"ecutwfc", 8}, {"occupations", "fixed"}})),
              "scf_not_converged");
}

TEST_F(RealQeFailures, of_the_disk_are_told_from_others) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(kind(after_shell(folder.path(), "echo > out")), "disk");
    EXPECT_EQ(kind(after_shell(folder.path(), "ulimit -f 20")), "disk") << evidence_;
}

TEST_F(RealQeFailures, of_another_program_are_launch_failures) {
    EXPECT_EQ(kind(with("/command", {"/bin/true"})), "launch");
    EXPECT_EQ(kind(with("/command", {"/bin/sh", "-c", "echo no licence >&2; exit 1"})), "launch");
    EXPECT_THAT(evidence_, HasSubstr("no licence"));
    EXPECT_EQ(kind(with("/command", {"no-such-pw.x"})), "launch");
}

TEST_F(RealQeFailures, of_mpirun_are_launch_failures) {
    if (find_program("mpirun").empty()) {
        GTEST_SKIP() << "mpirun is not installed (Debian: openmpi-bin)";
    }
    EXPECT_EQ(kind(with("/command", {"mpirun", "-np", "1000", "pw.x"})), "launch") << evidence_;
    EXPECT_EQ(kind(with("/command", {"mpirun", "-np", "1", "no-such-pw.x"})), "launch") << evidence_;
}

TEST_F(RealQeFailures, of_time_are_the_soft_limit) {
    const test::TemporaryFolder folder;
    LabelTask task = test::make_task(folder.path(), with("/kpoints", {6, 6, 6}), moved(0.03, 0.02));
    task.limits.soft_seconds = 1.0;
    task.limits.max_attempts = 1;
    const LabelResult result = test::run_task(task);
    EXPECT_EQ(test::kind_of(result), "walltime") << test::evidence_of(result);
    EXPECT_LT(result.exit.wall_seconds, 30.0);
}

TEST_F(RealQeFailures, at_the_hard_limit_pw_x_stops_when_it_is_asked_to) {
    const test::TemporaryFolder folder;
    LabelTask task = test::make_task(folder.path(), with("/kpoints", {8, 8, 8}), moved(0.03, 0.02));
    task.limits.soft_seconds = 0.0;
    task.limits.hard_seconds = 2.0;
    task.limits.grace_seconds = 20.0;
    task.limits.max_attempts = 1;
    const LabelResult result = test::run_task(task);
    EXPECT_EQ(result.exit.how, ProcessExit::How::timed_out);
    EXPECT_EQ(test::kind_of(result), "walltime") << test::evidence_of(result);
    EXPECT_THAT(read_file(task.directory / "pw.out"), HasSubstr("Program stopped by user request"));
}

TEST_F(RealQeFailures, stopped_by_somebody_else_is_cancelled) {
    const test::TemporaryFolder folder;
    const char* stop = "(until grep -qs iteration pw.out; do sleep 0.05; done; touch out/fb.EXIT) &";
    EXPECT_EQ(kind(moved(0.03, 0.02), after_shell(folder.path(), stop, with("/kpoints", {6, 6, 6}))),
              "cancelled")
        << evidence_;
}

TEST_F(RealQeFailures, a_killed_pw_x_is_a_signal) {
    const test::TemporaryFolder folder;
    const Json config = after_shell(folder.path(), "echo $$ > pid", with("/kpoints", {6, 6, 6}));
    const LabelTask task = test::make_task(folder.path(), config, moved(0.03, 0.02));
    Subprocess supervisor(test::supervisor(task));
    const int program = test::pid_in(folder / "attempt/pid");
    ASSERT_GT(program, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ::kill(program, SIGKILL);
    supervisor.wait();
    EXPECT_EQ(test::kind_of(label_result_from_json(read_json(task.result), "result")), "signal");
}

// Two iron atoms within each other: every diagonaliser fails, and the driver gives up.
TEST_F(RealQeFailures, of_every_diagonaliser_end_the_remedies) {
    if (!std::filesystem::exists("/usr/share/espresso/pseudo/Fe.pbe-nd-rrkjus.UPF")) {
        GTEST_SKIP() << "Fe.pbe-nd-rrkjus.UPF is not installed";
    }
    const LabelResult result =
        run(box(26, 2.87, {{0, 0, 0}, {0.25, 0, 0}}),
            settings({{"Fe", "Fe.pbe-nd-rrkjus.UPF"}}, {{"ecutwfc", 12}, {"ecutrho", 60}}), 10);
    EXPECT_EQ(test::kind_of(result), "diagonalisation") << test::evidence_of(result);
    ASSERT_EQ(result.remedies.size(), 3u) << result.remedies;
    EXPECT_EQ(result.remedies[0]["changes"]["electrons"]["diago_david_ndim"], 4);
    EXPECT_EQ(result.remedies[1]["changes"]["electrons"]["diagonalization"], "paro");
    EXPECT_EQ(result.remedies[2]["changes"]["electrons"]["diagonalization"], "cg");
}

}  // namespace
}  // namespace fibonaqi
