// What holds for every executor is in tests/contract/executors.
#include "fibonaqi/label/local_executor.hpp"

#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class LocalExecutorTest : public ::testing::Test {
  protected:
    fs::path supervisor(const std::string& script) {
        const fs::path file = folder_ / "supervisor";
        write_file_atomically(file, "#!/bin/sh\n" + script + "\n");
        fs::permissions(file, fs::perms::owner_all);
        return file;
    }
    ExecutorJob job(const std::string& key) const {
        return {key, folder_ / key, folder_ / (key + ".task"), folder_ / (key + ".result"),
                folder_ / (key + ".log")};
    }
    static void wait_for(Executor& executor, const std::string& key) {
        for (int i = 0; i < 500 && executor.poll(key).state == JobState::running; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    test::TemporaryFolder folder_;
};

TEST_F(LocalExecutorTest, reports_a_supervisor_that_cannot_be_started) {
    LocalExecutor executor(folder_ / "missing", {.slots = 1});
    EXPECT_THROW(executor.start({job("a")}), Error);
}

TEST_F(LocalExecutorTest, adopts_a_job_of_another_boot_that_has_left_its_result) {
    write_file_atomically(folder_ / "a.result", "done");
    LocalExecutor executor(folder_ / "unused", {.slots = 1});
    executor.adopt(job("a"), "local:1:1:another-boot");
    EXPECT_EQ(executor.poll("a").state, JobState::finished);
}

TEST_F(LocalExecutorTest, never_takes_a_stranger_with_the_same_pid_for_its_job) {
    const std::string pid = std::to_string(::getpid());  // alive, but started at another time
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    std::getline(file, boot);
    LocalExecutor executor(folder_ / "unused", {.slots = 1});
    executor.adopt(job("a"), "local:" + pid + ":1:" + boot);
    EXPECT_EQ(executor.poll("a").state, JobState::lost);
    EXPECT_THROW(executor.adopt(job("b"), "local:x:1:" + boot), FormatError);
}

TEST_F(LocalExecutorTest, starts_nothing_while_memory_is_short) {
    const double available = available_memory();
    ASSERT_GT(available, 0.0);
    ASSERT_LE(available, total_memory());
    EXPECT_EQ(LocalExecutor(folder_ / "unused", {.slots = 2, .memory_MB = 0.1 * available}).hold(), "");
    EXPECT_THAT(LocalExecutor(folder_ / "unused", {.slots = 2, .memory_MB = 2.0 * available}).hold(),
                HasSubstr("waiting for memory"));
}

TEST_F(LocalExecutorTest, a_program_that_has_just_begun_counts_with_all_of_its_memory) {
    LocalExecutor executor(supervisor("exec sleep 60"), {.slots = 3, .memory_MB = 0.4 * available_memory()});
    executor.start({job("a")});
    EXPECT_EQ(executor.hold(), "") << "two of 40 % each";
    executor.start({job("b")});
    EXPECT_THAT(executor.hold(), HasSubstr("MB wanted"));
    executor.cancel("a");
    executor.cancel("b");
    wait_for(executor, "a");
    wait_for(executor, "b");
}

TEST_F(LocalExecutorTest, tells_the_supervisor_how_nice_to_be) {
    LocalExecutor executor(supervisor("echo \"$@\" > " + (folder_ / "arguments").string()),
                           {.slots = 1, .nice = 7});
    executor.start({job("a")});
    wait_for(executor, "a");
    EXPECT_THAT(read_file(folder_ / "arguments"), HasSubstr("--nice 7 " + (folder_ / "a.task").string()));
}

}  // namespace
}  // namespace fibonaqi
