// The task runner over scripts that behave as badly as programs do.
#include "fibonaqi/campaign/task_runner.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/campaign/stop_request.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class TaskRunnerTest : public ::testing::Test {
  protected:
    // A program that notes its launch, then does this. The task is $1, the result belongs into $result.
    std::filesystem::path program(const std::string& name, const std::string& script) {
        const std::filesystem::path path = folder_ / name;
        write_file_atomically(path, "#!/bin/sh\necho " + name + " >> " + (folder_ / "launches").string() +
                                        "\nresult=$(dirname \"$1\")/result.json\n" + script + "\n");
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path;
    }
    static std::string good(const std::string& more = "") {
        return "echo '{\"format\": \"fibonaqi-result\", \"version\": 1, \"ok\": true" + more + "}' > $result";
    }
    TaskRun run_of(const std::filesystem::path& program, const std::string& name = "walker 0") {
        return {program, folder_ / name, Json{{"format", "fibonaqi-test-task"}, {"number", 7}}, name};
    }
    TaskEnd end_of(const TaskRun& run) { return run_tasks({run}, 1, {host_, progress_}, "steps").front(); }
    std::size_t launches() const {
        const std::filesystem::path log = folder_ / "launches";
        const std::string text = std::filesystem::exists(log) ? read_file(log) : "";
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }

    test::TemporaryFolder folder_;
    LocalHost host_{2};
    CampaignProgress progress_{folder_ / "progress.json", 3, {}};
};

TEST_F(TaskRunnerTest, hands_the_task_over_and_reads_the_result) {
    const TaskRun run =
        run_of(program("sister", "grep -q '\"number\": 7' \"$1\" && " + good(", \"frames\": 5")));
    const TaskEnd end = end_of(run);
    EXPECT_EQ(end.problem, "");
    EXPECT_EQ(end.code, ExitCode::ok);
    EXPECT_EQ(end.result.at("frames"), 5);
    EXPECT_GT(end.max_rss_kB, 0.0);
    EXPECT_EQ(read_json(run.folder / "task.json").at("result"), (run.folder / "result.json").string());
}

TEST_F(TaskRunnerTest, tells_of_a_crash_what_it_knows) {
    const TaskEnd end = end_of(run_of(program("sister", "echo 'last words' >&2; kill -SEGV $$")));
    EXPECT_THAT(end.problem, AllOf(HasSubstr("walker 0: sister ended without a result (signal 11, "),
                                   HasSubstr("its last line: last words"), HasSubstr("/walker 0/log")));
    EXPECT_EQ(end.code, ExitCode::internal);
    EXPECT_TRUE(end.was_signaled);
    EXPECT_THAT(end_of(run_of(program("killed", "kill -KILL $$"))).problem,
                HasSubstr("often the memory ran out"));
    const TaskEnd silent = end_of(run_of(program("silent", "exit 9")));
    EXPECT_THAT(silent.problem, HasSubstr("without a result (exit code 9)"));
    EXPECT_FALSE(silent.was_signaled);
}

TEST_F(TaskRunnerTest, passes_on_what_a_program_says_itself) {
    const TaskEnd end = end_of(run_of(
        program("sister",
                "echo '{\"format\": \"fibonaqi-result\", \"version\": 1, \"ok\": false, \"exit_code\": 3, "
                "\"error\": \"the model is damaged\"}' > $result; exit 3")));
    EXPECT_EQ(end.problem, "walker 0: the model is damaged");
    EXPECT_EQ(end.code, ExitCode::refused);
}

TEST_F(TaskRunnerTest, takes_no_nonsense_for_a_result) {
    for (const char* text :
         {"{\"format\": ", "[1]", "{}", "{\"format\": \"fibonaqi-result\", \"version\": 1}",
          "{\"format\": \"fibonaqi-result\", \"version\": 99, \"ok\": true}",
          "{\"format\": \"fibonaqi-label-task\", \"version\": 1, \"ok\": true}"}) {
        const TaskEnd end = end_of(run_of(program("sister", std::string("echo '") + text + "' > $result")));
        EXPECT_THAT(end.problem, HasSubstr("result.json")) << text;
        EXPECT_EQ(end.code, ExitCode::internal) << text;
    }
}

TEST_F(TaskRunnerTest, throws_for_a_single_task_that_failed) {
    try {
        run_task(run_of(program("sister", "exit 1"), "training"), {host_, progress_}, "epochs");
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("training: sister ended without a result"));
        EXPECT_EQ(error.exit_code(), ExitCode::internal);
    }
    EXPECT_THROW(run_task(run_of(folder_ / "missing"), {host_, progress_}, "epochs"), Error);
}

TEST_F(TaskRunnerTest, does_not_repeat_what_an_earlier_engine_finished) {
    TaskRun run = run_of(program("sister", good(", \"frames\": 5")));
    run.outputs = {folder_ / "output"};
    const TaskEnd first = end_of(run);
    write_file_atomically(folder_ / "output", "of the first run");
    const TaskEnd again = end_of(run);
    EXPECT_EQ(launches(), 1U);
    EXPECT_EQ(again.result, first.result);
    EXPECT_EQ(again.cpu_seconds, first.cpu_seconds) << "what it cost stays known";
    EXPECT_TRUE(std::filesystem::exists(folder_ / "output"));

    run.task["number"] = 8;
    EXPECT_EQ(end_of(run).problem, "");
    EXPECT_EQ(launches(), 2U) << "another task is another matter";
    EXPECT_FALSE(std::filesystem::exists(folder_ / "output")) << "no stale output is taken for the new one";
}

TEST_F(TaskRunnerTest, repeats_what_failed_and_what_an_engine_did_not_see_end) {
    const TaskRun run = run_of(program("sister", good()));
    end_of(run);
    std::filesystem::remove(run.folder / "usage.json");
    EXPECT_EQ(end_of(run).problem, "");
    EXPECT_EQ(launches(), 2U);
    write_file_atomically(run.folder / "result.json", "half a resul");
    EXPECT_EQ(end_of(run).problem, "");
    EXPECT_EQ(launches(), 3U);
    program("sister", "exit 1");
    std::filesystem::remove(run.folder / "result.json");
    EXPECT_NE(end_of(run).problem, "") << "an old result is not that of the new run";
}

TEST_F(TaskRunnerTest, runs_no_more_than_so_many_at_once_and_keeps_their_order) {
    // Each waits (at most 5 s) until it sees a second one at work; the last one is alone.
    const std::string running = (folder_ / "running").string();
    const auto sister =
        program("sister", "mkdir -p " + running + "; me=$(basename $(dirname $1)); touch " + running +
                              "/$me; for i in $(seq 100); do seen=$(ls " + running +
                              " | wc -l); [ $seen -ge 2 -o $me = e ] && break; sleep 0.05; done; "
                              "echo $seen > $(dirname $1)/seen; sleep 0.05; rm " +
                              running + "/$me; " + good(", \"who\": \"'$me'\""));
    std::vector<TaskRun> runs;
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        runs.push_back(run_of(sister, name));
    }
    const auto ends = run_tasks(runs, 2, {host_, progress_}, "steps");
    ASSERT_THAT(ends, SizeIs(5));
    bool were_two = false;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        EXPECT_EQ(ends[i].result.at("who"), runs[i].name);
        const int seen = std::stoi(read_file(runs[i].folder / "seen"));
        EXPECT_LE(seen, 2);
        were_two = were_two || seen == 2;
    }
    EXPECT_TRUE(were_two);
}

TEST_F(TaskRunnerTest, adds_up_what_several_programs_say_about_themselves) {
    const std::filesystem::path go = folder_ / "go";
    const auto sister = program("sister",
                                "echo 'words'; echo '{\"progress\": \"md\", \"done\": 30, \"total\": 100}'; "
                                "echo '{\"done\": 9'; until test -e " +
                                    go.string() + "; do sleep 0.02; done; " + good());
    // The programs end once the file of `status`, written once a second, has both of the running ones.
    const std::filesystem::path file = folder_ / "watched.json";
    Json seen;
    CampaignProgress watched(file, 3, [&] {
        seen = std::filesystem::exists(file) ? read_json(file) : Json();
        if (seen.is_object() && seen.at("done") == 60) {
            write_file_atomically(go, "");
        }
    });
    watched.begin(1, "explore");
    run_tasks({run_of(sister, "a"), run_of(sister, "b"), run_of(sister, "c")}, 2, {host_, watched}, "steps");
    EXPECT_EQ(seen.at("total"), 300) << "one that has not begun counts like the others";
    EXPECT_EQ(seen.at("unit"), "steps");
    EXPECT_EQ(seen.at("note"), "2 running, 0 of 3 done");
}

using TaskRunnerDeathTest = TaskRunnerTest;

// Signals are counted for the whole process, so that each of these has its own.
template <class Action>
[[noreturn]] void exit_with_code_of(Action action) {
    try {
        action();
        std::_Exit(99);
    } catch (const Error& error) {
        std::cerr << error.what() << "\n";
        std::_Exit(static_cast<int>(error.exit_code()));
    }
}

TEST_F(TaskRunnerDeathTest, lets_running_ones_finish_after_one_signal_and_starts_no_other) {
    const auto sister =
        program("sister", "kill -INT $PPID; sleep 0.3; touch $(dirname $1)/finished; " + good());
    const std::vector<TaskRun> runs{run_of(sister, "a"), run_of(sister, "b")};
    EXPECT_EXIT(exit_with_code_of([&] {
                    watch_for_stop();
                    run_tasks(runs, 1, {host_, progress_}, "steps");
                }),
                ::testing::ExitedWithCode(5), "stopped on request");
    EXPECT_TRUE(std::filesystem::exists(folder_ / "a/finished"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "b"));
    EXPECT_EQ(launches(), 1U);
}

TEST_F(TaskRunnerDeathTest, goes_on_when_the_last_ones_run_already) {
    const auto sister = program("sister", "kill -INT $PPID; sleep 0.2; " + good());
    EXPECT_EXIT(exit_with_code_of([&] {
                    watch_for_stop();
                    run_tasks({run_of(sister)}, 1, {host_, progress_}, "steps");
                }),
                ::testing::ExitedWithCode(99), "Ctrl-C again stops now");
}

TEST_F(TaskRunnerDeathTest, ends_all_after_two_signals) {
    const auto sister = program("sister", "kill -INT $PPID; sleep 0.1; kill -INT $PPID; sleep 60");
    EXPECT_EXIT(exit_with_code_of([&] {
                    watch_for_stop();
                    run_tasks({run_of(sister)}, 1, {host_, progress_}, "steps");
                }),
                ::testing::ExitedWithCode(130), "stopping now");
}

// A shutdown reaches engine and children alike: that is no crash of the child.
TEST_F(TaskRunnerDeathTest, takes_a_child_that_the_stop_has_hit_for_stopped) {
    const auto sister = program("sister", "kill -TERM $PPID; sleep 0.2; kill -TERM $$; sleep 1");
    EXPECT_EXIT(exit_with_code_of([&] {
                    watch_for_stop();
                    run_tasks({run_of(sister)}, 1, {host_, progress_}, "steps");
                }),
                ::testing::ExitedWithCode(5), "stopped on request");
}

}  // namespace
}  // namespace fibonaqi
