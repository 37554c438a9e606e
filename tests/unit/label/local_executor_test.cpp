#include "fibonaqi/label/local_executor.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

// A supervisor of our own: a shell script that gets the task file, as fibonaqi-label does.
class LocalExecutorTest : public ::testing::Test {
  protected:
    fs::path supervisor(const std::string& script) {
        const fs::path file = folder_ / ("supervisor" + std::to_string(++scripts_));
        write_file_atomically(file, "#!/bin/sh\n" + script + "\n");
        fs::permissions(file, fs::perms::owner_all);
        return file;
    }
    ExecutorJob job(const std::string& key) const {
        return {key, folder_ / (key + ".task"), folder_ / (key + ".result"), folder_ / (key + ".log")};
    }
    static std::string result_script(const std::string& before = "") {
        return before + " echo done > ${1%.task}.tmp; mv ${1%.task}.tmp ${1%.task}.result";
    }
    JobState wait_for(Executor& executor, const std::string& key) {
        JobState state = executor.poll(key);
        for (int i = 0; i < 500 && state == JobState::running; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            state = executor.poll(key);
        }
        return state;
    }
    void wait_for_file(const fs::path& file) {
        for (int i = 0; i < 500 && !fs::exists(file); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ASSERT_TRUE(fs::exists(file)) << file;
    }

    test::TemporaryFolder folder_;
    int scripts_ = 0;
};

TEST_F(LocalExecutorTest, tells_finished_from_lost_by_the_result) {
    LocalExecutor good(supervisor(result_script()), 1);
    good.start({job("good")});
    EXPECT_EQ(wait_for(good, "good"), JobState::finished);
    LocalExecutor bad(supervisor("exit 0"), 1);
    bad.start({job("bad")});
    EXPECT_EQ(wait_for(bad, "bad"), JobState::lost);
}

TEST_F(LocalExecutorTest, reports_a_supervisor_that_cannot_be_started) {
    LocalExecutor executor(folder_ / "missing", 1);
    EXPECT_THROW(executor.start({job("a")}), Error);
}

TEST_F(LocalExecutorTest, another_engine_adopts_what_still_runs) {
    auto first = std::make_unique<LocalExecutor>(supervisor(result_script("sleep 0.4;")), 1);
    first->start({job("a")});
    const std::string handle = first->handle("a");
    first.reset();  // the first engine is gone, its supervisor is not

    LocalExecutor second(folder_ / "unused", 1);
    second.adopt(job("a"), handle);
    EXPECT_EQ(second.poll("a"), JobState::running);
    EXPECT_EQ(wait_for(second, "a"), JobState::finished);
}

TEST_F(LocalExecutorTest, adopts_by_the_task_file_when_the_handle_was_never_recorded) {
    auto first = std::make_unique<LocalExecutor>(supervisor(result_script("touch $1.up; sleep 0.4;")), 1);
    first->start({job("a")});
    wait_for_file(folder_ / "a.task.up");
    first.reset();
    LocalExecutor second(folder_ / "unused", 1);
    second.adopt(job("a"), "");
    EXPECT_EQ(second.poll("a"), JobState::running);
    EXPECT_EQ(wait_for(second, "a"), JobState::finished);
    second.adopt(job("b"), "");
    EXPECT_EQ(second.poll("b"), JobState::lost);
}

TEST_F(LocalExecutorTest, adopts_a_job_that_ended_meanwhile) {
    write_file_atomically(folder_ / "a.result", "done");
    LocalExecutor executor(folder_ / "unused", 1);
    executor.adopt(job("a"), "local:1:1:another-boot");
    EXPECT_EQ(executor.poll("a"), JobState::finished);
}

TEST_F(LocalExecutorTest, never_takes_a_stranger_with_the_same_pid_for_its_job) {
    const std::string pid = std::to_string(::getpid());  // alive, but started at another time
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    std::getline(file, boot);
    LocalExecutor executor(folder_ / "unused", 1);
    executor.adopt(job("a"), "local:" + pid + ":1:" + boot);
    EXPECT_EQ(executor.poll("a"), JobState::lost);
    EXPECT_THROW(executor.adopt(job("b"), "slurm:17"), FormatError);
    EXPECT_THROW(executor.adopt(job("c"), "local:x:1:" + boot), FormatError);
}

TEST_F(LocalExecutorTest, cancelling_lets_the_supervisor_say_goodbye) {
    LocalExecutor executor(
        supervisor("trap '" + result_script() + "; exit 0' TERM; touch $1.up; while :; do sleep 0.05; done"),
        1);
    executor.start({job("a")});
    wait_for_file(folder_ / "a.task.up");
    executor.cancel("a");
    EXPECT_EQ(wait_for(executor, "a"), JobState::finished);
}

TEST_F(LocalExecutorTest, cancels_an_adopted_job_too) {
    auto first = std::make_unique<LocalExecutor>(supervisor("touch $1.up; exec sleep 60"), 1);
    first->start({job("a")});
    wait_for_file(folder_ / "a.task.up");
    const std::string handle = first->handle("a");
    first.reset();
    LocalExecutor second(folder_ / "unused", 1);
    second.adopt(job("a"), handle);
    EXPECT_EQ(second.poll("a"), JobState::running);
    second.cancel("a");
    EXPECT_EQ(wait_for(second, "a"), JobState::lost);
    while (::waitpid(-1, nullptr, 0) > 0) {  // it was our child all along: leave no zombie
    }
}

}  // namespace
}  // namespace fibonaqi
