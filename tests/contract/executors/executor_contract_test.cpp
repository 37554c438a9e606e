// What holds for every executor. Supervisors are shell scripts that get task files, as fibonaqi-label does.
#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/local_executor.hpp"
#include "fibonaqi/label/queue_executor.hpp"

#include "tests/support/fake_queue.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ExecutorContract : public ::testing::TestWithParam<std::string> {
  protected:
    ExecutorContract() : queue_(folder_ / "queue") {}

    std::unique_ptr<Executor> executor(const fs::path& supervisor) {
        if (GetParam() == "local") {
            return std::make_unique<LocalExecutor>(supervisor, LocalOptions{.slots = 4});
        }
        const BatchTiming timing{0.02, 5.0, 0.5, 0.05, 10.0};
        return std::make_unique<QueueExecutor>(
            supervisor, std::make_unique<BatchQueue>(make_slurm(), folder_ / "commands", timing),
            QueueOptions{.slots = 4, .file_seconds = 0.3, .look_seconds = 0.01});
    }

    // `work` is done for each task file, whose name without its end is in $t.
    fs::path supervisor(const std::string& work) {
        const fs::path file = folder_ / ("supervisor" + std::to_string(++scripts_));
        write_file_atomically(file,
                              "#!/bin/sh\n[ \"$1\" = --seconds ] && shift 2\n"
                              "leave() { echo done > $t.tmp; mv $t.tmp $t.result; }\n"
                              "for f; do t=${f%.task}; " +
                                  work + "\ndone\n");
        fs::permissions(file, fs::perms::owner_all);
        return file;
    }

    ExecutorJob job(const std::string& key) const {
        const ExecutorJob job{key, folder_ / key, folder_ / (key + ".task"), folder_ / (key + ".result"),
                              folder_ / (key + ".log")};
        write_file_atomically(job.task_file, "task of " + key);
        return job;
    }

    JobReport wait_for(Executor& executor, const std::string& key) {
        JobReport report = executor.poll(key);
        for (int i = 0; i < 1000 && report.state == JobState::running; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            report = executor.poll(key);
        }
        return report;
    }

    void wait_for_file(const fs::path& file) {
        for (int i = 0; i < 1000 && !fs::exists(file); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ASSERT_TRUE(fs::exists(file)) << file;
    }

    test::TemporaryFolder folder_;
    test::FakeQueue queue_;
    int scripts_ = 0;
};

TEST_P(ExecutorContract, tells_finished_from_lost_by_the_result) {
    const auto good = executor(supervisor("leave"));
    good->start({job("good")});
    EXPECT_EQ(wait_for(*good, "good").state, JobState::finished);
    const auto bad = executor(supervisor("mkdir $t"));
    bad->start({job("bad")});
    const JobReport report = wait_for(*bad, "bad");
    EXPECT_EQ(report.state, JobState::lost);
    EXPECT_FALSE(report.loss.evidence.empty());
}

TEST_P(ExecutorContract, reports_each_label_of_a_pack_as_soon_as_it_is_there) {
    const auto executor = this->executor(supervisor("leave; while [ ! -e $t.go ]; do sleep 0.02; done"));
    executor->start({job("a"), job("b")});
    EXPECT_EQ(executor->handle("a"), executor->handle("b"));
    EXPECT_EQ(wait_for(*executor, "a").state, JobState::finished);
    EXPECT_EQ(executor->poll("b").state, JobState::running);
    write_file_atomically(folder_ / "b.go", "");
    write_file_atomically(folder_ / "a.go", "");
    EXPECT_EQ(wait_for(*executor, "b").state, JobState::finished);
}

TEST_P(ExecutorContract, what_a_supervisor_did_not_come_to_is_not_lost) {
    const auto executor = this->executor(supervisor("mkdir $t; case $t in *b) exit 1;; esac; leave"));
    executor->start({job("a"), job("b"), job("c")});
    EXPECT_EQ(wait_for(*executor, "a").state, JobState::finished);
    EXPECT_EQ(wait_for(*executor, "b").state, JobState::lost) << "it had begun with this one";
    EXPECT_EQ(wait_for(*executor, "c").state, JobState::not_begun);
}

TEST_P(ExecutorContract, a_supervisor_that_never_begins_has_lost_all_of_its_labels) {
    const auto executor = this->executor(supervisor("exit 1"));
    executor->start({job("a"), job("b")});
    EXPECT_EQ(wait_for(*executor, "a").state, JobState::lost);
    EXPECT_EQ(wait_for(*executor, "b").state, JobState::lost);
}

TEST_P(ExecutorContract, another_engine_adopts_what_still_runs) {
    auto first = executor(supervisor("sleep 0.4; leave"));
    first->start({job("a"), job("b")});
    const std::string handle = first->handle("a");
    first.reset();  // the first engine is gone, its supervisor is not
    const auto second = executor(folder_ / "unused");
    second->adopt(job("a"), handle);
    second->adopt(job("b"), handle);
    EXPECT_EQ(second->poll("a").state, JobState::running);
    EXPECT_EQ(wait_for(*second, "a").state, JobState::finished);
    EXPECT_EQ(wait_for(*second, "b").state, JobState::finished);
}

TEST_P(ExecutorContract, adopts_without_a_handle_when_the_engine_died_before_it_was_recorded) {
    auto first = executor(supervisor("touch $t.up; sleep 0.4; leave"));
    first->start({job("a")});
    wait_for_file(folder_ / "a.up");
    first.reset();
    const auto second = executor(folder_ / "unused");
    second->adopt(job("a"), "");
    EXPECT_EQ(second->poll("a").state, JobState::running);
    EXPECT_EQ(wait_for(*second, "a").state, JobState::finished);
    second->adopt(job("never-started"), "");
    EXPECT_EQ(wait_for(*second, "never-started").state, JobState::lost);
}

TEST_P(ExecutorContract, adopts_a_job_that_ended_meanwhile) {
    auto first = executor(supervisor("leave"));
    first->start({job("a")});
    const std::string handle = first->handle("a");
    wait_for_file(folder_ / "a.result");
    first.reset();
    const auto second = executor(folder_ / "unused");
    second->adopt(job("a"), handle);
    EXPECT_EQ(wait_for(*second, "a").state, JobState::finished);
}

TEST_P(ExecutorContract, refuses_a_handle_of_another_kind_of_executor) {
    const auto executor = this->executor(folder_ / "unused");
    try {
        executor->adopt(job("a"), "elsewhere:17:1");
        FAIL();
    } catch (const FormatError& error) {
        EXPECT_THAT(error.what(), HasSubstr("resume with the executor that started it"));
    }
}

TEST_P(ExecutorContract, cancelling_lets_the_supervisor_say_goodbye) {
    const auto executor =
        this->executor(supervisor("trap 'leave; exit 0' TERM; touch $t.up; while :; do sleep 0.05; done"));
    executor->start({job("a")});
    wait_for_file(folder_ / "a.up");
    executor->cancel("a");
    EXPECT_EQ(wait_for(*executor, "a").state, JobState::finished);
}

TEST_P(ExecutorContract, cancels_an_adopted_job_too) {
    auto first = executor(supervisor("touch $t.up; exec sleep 60"));
    first->start({job("a")});
    wait_for_file(folder_ / "a.up");
    const std::string handle = first->handle("a");
    first.reset();
    const auto second = executor(folder_ / "unused");
    second->adopt(job("a"), handle);
    EXPECT_EQ(second->poll("a").state, JobState::running);
    second->cancel("a");
    EXPECT_EQ(wait_for(*second, "a").state, JobState::lost);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {  // it may have been our child all along: leave no zombie
    }
}

INSTANTIATE_TEST_SUITE_P(Executors, ExecutorContract, ::testing::Values("local", "slurm"),
                         [](const auto& executor) { return executor.param; });

}  // namespace
}  // namespace fibonaqi
