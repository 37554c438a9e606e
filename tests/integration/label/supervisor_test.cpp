// fibonaqi-label over scripts that behave as badly as programs do.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/label_runs.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class SupervisorTest : public ::testing::Test {
  protected:
    // A task whose "pw.x" is a shell script; it runs in the attempt directory.
    LabelTask task(const std::string& script) {
        write_file_atomically(folder_ / "script", "echo '     Program PWSCF v.0'\n" + script + "\n");
        Json driver = test::qe_config();
        driver["command"] = {"/bin/sh", (folder_ / "script").string()};
        return test::make_task(folder_.path(), driver, test::two_silicon_atoms());
    }
    int pid(const std::string& name) { return test::pid_in(folder_ / ("attempt/" + name)); }
    // The end of a run: its XML file, and its last words.
    static std::string copy(const std::string& from, const std::string& to) {
        return "cp '" + (test::qe_data() / from).string() + "' " + to + "\necho '   JOB DONE.'\n";
    }
    test::TemporaryFolder folder_;
};

TEST_F(SupervisorTest, accepts_a_good_run_and_deletes_its_scratch_only) {
    LabelTask good = task("mkdir -p out/fb.save; echo wave > out/fb.save/wfc1.dat\n" +
                          copy("converged/fb.xml", "out/fb.xml"));
    const LabelResult result = test::run_task(good);
    EXPECT_EQ(test::kind_of(result), "accepted") << test::evidence_of(result);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "attempt/out/fb.save"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "attempt/out/fb.xml"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "attempt/pw.in"));
    EXPECT_EQ(result.command.back(), "pw.in");
    EXPECT_GT(result.exit.max_rss_kB, 0);
}

TEST_F(SupervisorTest, keeps_everything_of_a_failed_run) {
    LabelTask bad = task("mkdir -p out/fb.save; echo wave > out/fb.save/wfc1.dat\n" +
                         copy("unconverged/data-file-schema.xml", "out/fb.xml"));
    EXPECT_EQ(test::kind_of(test::run_task(bad)), "scf_not_converged");
    EXPECT_TRUE(std::filesystem::exists(folder_ / "attempt/out/fb.save/wfc1.dat"));
}

TEST_F(SupervisorTest, ends_at_the_hard_limit_what_ignores_term_with_all_its_children) {
    LabelTask slow = task("trap '' TERM\nsleep 60 & echo $! > child\nwhile :; do echo x; sleep 0.05; done");
    slow.limits.hard_seconds = 0.5;
    const LabelResult result = test::run_task(slow);
    EXPECT_EQ(test::kind_of(result), "timeout");
    EXPECT_EQ(test::evidence_of(result), "ran longer than 0.5 s");
    EXPECT_EQ(result.exit.how, ProcessExit::How::timed_out);
    EXPECT_GE(result.exit.wall_seconds, 0.8);  // limit and grace
    EXPECT_LT(result.exit.wall_seconds, 10.0);
    EXPECT_TRUE(test::becomes_true([child = pid("child")] { return !test::is_alive(child); }));
}

TEST_F(SupervisorTest, asks_a_program_that_knows_a_way_to_end_itself_before_it_signals) {
    LabelTask slow = task(
        "trap 'echo x > signalled' TERM\nmkdir out\nwhile [ ! -e out/fb.EXIT ]; do sleep 0.02; done\n"
        "exit 2");
    slow.limits.hard_seconds = 0.5;
    slow.limits.grace_seconds = 20.0;
    slow.limits.max_attempts = 1;
    const LabelResult result = test::run_task(slow);
    EXPECT_EQ(result.exit.how, ProcessExit::How::timed_out);
    EXPECT_EQ(result.exit.code, 2) << "its own";
    EXPECT_LT(result.exit.wall_seconds, 15.0);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "attempt/signalled"));
}

TEST_F(SupervisorTest, ends_what_says_nothing_any_more) {
    LabelTask silent = task("exec sleep 60");
    silent.limits.stall_seconds = 0.3;
    const LabelResult result = test::run_task(silent);
    EXPECT_EQ(test::kind_of(result), "stalled");
    EXPECT_EQ(test::evidence_of(result), "no byte of output for 0.3 s");
    LabelTask chatty = task("for i in 1 2 3 4 5 6 7 8 9 10; do echo x; sleep 0.1; done");
    chatty.directory = folder_ / "attempt2";
    chatty.limits.stall_seconds = 0.5;
    EXPECT_EQ(test::kind_of(test::run_task(chatty)), "partial_output") << "it spoke all the time";
}

TEST_F(SupervisorTest, ends_what_floods_the_disk) {
    LabelTask flood = task("exec yes");
    flood.limits.max_output_MB = 5.0;
    const LabelResult result = test::run_task(flood);
    EXPECT_EQ(test::kind_of(result), "disk");
    EXPECT_EQ(test::evidence_of(result), "its output grew beyond 5 MB");
}

TEST_F(SupervisorTest, reports_a_program_that_is_not_there) {
    LabelTask missing = task("");
    missing.driver["command"] = {"no-such-program"};
    const LabelResult result = test::run_task(missing);
    EXPECT_EQ(test::kind_of(result), "launch");
    EXPECT_THAT(test::evidence_of(result), HasSubstr("no-such-program"));
}

TEST_F(SupervisorTest, tells_signals_from_exit_codes) {
    EXPECT_EQ(test::kind_of(test::run_task(task("kill -9 $$"))), "signal");
    LabelTask code = task("exit 9");
    code.directory = folder_ / "attempt2";
    const LabelResult result = test::run_task(code);
    EXPECT_EQ(result.exit.how, ProcessExit::How::exited);
    EXPECT_EQ(result.exit.code, 9);
}

TEST_F(SupervisorTest, takes_back_what_fled_into_a_session_of_its_own) {
    LabelTask fleeing =
        task("setsid sh -c 'echo $$ > stray; exec sleep 60' &\nwhile [ ! -s stray ]; do sleep 0.02; done");
    test::run_task(fleeing);
    EXPECT_FALSE(test::is_alive(pid("stray")));
}

// As ranks under a launcher of MPI: of the same session, in process groups of their own.
TEST_F(SupervisorTest, ends_ranks_that_have_process_groups_of_their_own) {
    const std::string ranks =
        "bash -c 'set -m; sleep 60 & echo $! > rank1; sleep 60 & echo $! > rank2'\n"
        "while [ ! -s rank2 ]; do sleep 0.02; done\n";
    const auto expect_ended = [this] {
        for (const char* rank : {"rank1", "rank2"}) {
            ASSERT_GT(pid(rank), 0);
            EXPECT_FALSE(test::is_alive(pid(rank))) << rank;
        }
    };
    LabelTask endless = task(ranks + "trap '' TERM\nwhile :; do sleep 0.05; done");
    endless.limits.hard_seconds = 0.5;
    EXPECT_EQ(test::kind_of(test::run_task(endless)), "timeout");
    expect_ended();
    std::filesystem::remove_all(folder_ / "attempt");
    EXPECT_EQ(test::kind_of(test::run_task(task(ranks + "exit 3"))), "partial_output");
    expect_ended();
}

TEST_F(SupervisorTest, cancels_on_term_and_says_so) {
    const LabelTask endless = task("echo $$ > pid; exec sleep 60");
    Subprocess supervisor(test::supervisor(endless));
    const int program = pid("pid");
    ::kill(supervisor.pid(), SIGTERM);
    EXPECT_EQ(supervisor.wait().code, 0);
    EXPECT_EQ(test::kind_of(label_result_from_json(read_json(endless.result), "result")), "cancelled");
    EXPECT_FALSE(test::is_alive(program));
}

TEST_F(SupervisorTest, takes_the_program_along_when_it_is_killed) {
    const LabelTask endless = task("echo $$ > pid; exec sleep 60");
    Subprocess supervisor(test::supervisor(endless));
    const int program = pid("pid");
    ASSERT_TRUE(test::is_alive(program));
    ::kill(supervisor.pid(), SIGKILL);
    EXPECT_TRUE(supervisor.wait().signaled);
    EXPECT_TRUE(test::becomes_true([program] { return !test::is_alive(program); }));
    EXPECT_FALSE(std::filesystem::exists(endless.result));
}

TEST_F(SupervisorTest, finishes_its_label_when_the_engine_dies) {
    const LabelTask good =
        task("echo $$ > pid; sleep 0.3; mkdir -p out\n" + copy("converged/fb.xml", "out/fb.xml"));
    ProcessSpec spec = test::supervisor(good);
    spec.die_with_parent = false;
    const pid_t engine = ::fork();
    if (engine == 0) {
        Subprocess child(spec);
        ::pause();
    }
    ASSERT_GT(pid("pid"), 0);
    ::kill(engine, SIGKILL);
    ::waitpid(engine, nullptr, 0);
    ASSERT_TRUE(test::becomes_true([&] { return std::filesystem::exists(good.result); }));
    EXPECT_EQ(test::kind_of(label_result_from_json(read_json(good.result), "result")), "accepted");
}

// As a job that its cluster has started twice does.
TEST_F(SupervisorTest, leaves_a_label_alone_that_another_supervisor_has_begun) {
    std::filesystem::create_directories(folder_ / "attempt");
    const LabelTask taken = task("exit 0");
    EXPECT_EQ(Subprocess(test::supervisor(taken)).wait().code, 0);
    EXPECT_FALSE(std::filesystem::exists(taken.result));
    EXPECT_THAT(read_file(folder_ / "log"), HasSubstr("another supervisor has this label"));
}

TEST_F(SupervisorTest, fits_its_program_into_the_time_that_its_job_has) {
    const LabelTask slow = task("sleep 60");
    ProcessSpec spec = test::supervisor(slow);
    spec.argv.insert(spec.argv.begin() + 1, {"--seconds", "3.5"});
    Subprocess(spec).wait();
    const LabelResult result = label_result_from_json(read_json(slow.result), slow.result.string());
    EXPECT_EQ(test::kind_of(result), "timeout");
    EXPECT_LT(result.exit.wall_seconds, 3.0);
}

TEST_F(SupervisorTest, does_not_begin_a_label_that_would_not_be_done_in_time) {
    const LabelTask first = task("sleep 1");
    LabelTask second = first;
    second.directory = folder_ / "second";
    second.result = folder_ / "second.json";
    write_json(folder_ / "second.task.json", to_json(second));
    ProcessSpec spec = test::supervisor(first);
    spec.argv.insert(spec.argv.begin() + 1, {"--seconds", "30", "--nice", "3"});
    spec.argv.push_back(folder_ / "second.task.json");
    Subprocess(spec).wait();
    EXPECT_TRUE(std::filesystem::exists(first.result));
    EXPECT_TRUE(std::filesystem::exists(second.directory)) << "1.5 times the first would be done";
    spec.argv[2] = "2.2";
    std::filesystem::remove_all(first.directory);
    std::filesystem::remove_all(second.directory);
    Subprocess(spec).wait();
    EXPECT_TRUE(std::filesystem::exists(first.directory));
    EXPECT_FALSE(std::filesystem::exists(second.directory));
}

TEST_F(SupervisorTest, refuses_options_that_make_no_sense_in_one_sentence) {
    ProcessSpec spec = test::supervisor(task("exit 0"));
    spec.argv.insert(spec.argv.begin() + 1, {"--seconds", "soon"});
    EXPECT_EQ(Subprocess(spec).wait().code, 2);
    EXPECT_THAT(read_file(folder_ / "log"), HasSubstr("--seconds soon is no number above 0"));
}

TEST_F(SupervisorTest, says_what_is_wrong_with_its_task) {
    LabelTask wrong = task("exit 0");
    wrong.driver["type"] = "none";
    EXPECT_THAT(test::evidence_of(test::run_task(wrong)), HasSubstr("'none' is not a known driver"));
    ProcessSpec spec = test::supervisor(wrong);
    spec.argv[1] = (folder_ / "missing.json").string();
    EXPECT_EQ(Subprocess(spec).wait().code, 2);
}

}  // namespace
}  // namespace fibonaqi
