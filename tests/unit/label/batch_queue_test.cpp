#include "fibonaqi/label/batch_queue.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/fake_queue.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class BatchQueueTest : public ::testing::Test {
  protected:
    BatchQueueTest() : fake_(folder_ / "queue"), queue_(make_slurm(), folder_ / "commands", quick()) {}

    // As slow commands as this test can wait for.
    static BatchTiming quick() { return {0.02, 1.0, 0.3, 0.02, 2.0}; }

    BatchJob job(const std::string& name, const std::string& script = "exec sleep 30") {
        const fs::path file = folder_ / (name + ".sh");
        write_file_atomically(file, "#!/bin/sh\n" + script + "\n");
        fs::permissions(file, fs::perms::owner_all);
        return {name, file, folder_ / (name + ".log"), {}};
    }

    bool becomes(const std::string& name, BatchPhase phase) {
        for (int i = 0; i < 3000 && queue_.status(name).phase != phase; ++i) {
            queue_.poll();
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return queue_.status(name).phase == phase;
    }

    test::TemporaryFolder folder_;
    test::FakeQueue fake_;
    BatchQueue queue_;
};

TEST_F(BatchQueueTest, a_job_is_waiting_then_running_then_over) {
    fake_.set_faults("[ $n = 1 ] && fault=pending");
    queue_.submit(job("fb-a"));
    EXPECT_TRUE(becomes("fb-a", BatchPhase::waiting));
    EXPECT_THAT(queue_.remark(), HasSubstr("1 job waits in the queue"));
    queue_.submit(job("fb-b"));
    EXPECT_TRUE(becomes("fb-b", BatchPhase::running));
    EXPECT_THAT(queue_.remark(), HasSubstr("1 job waits"));
    queue_.submit(job("fb-c", "exit 0"));
    EXPECT_TRUE(becomes("fb-c", BatchPhase::over));
    EXPECT_EQ(queue_.status("fb-c").state, "COMPLETED");
    EXPECT_EQ(fake_.submissions().size(), 3u);
}

// Whatever sbatch does, there is one job in the end.
TEST_F(BatchQueueTest, a_submission_that_fails_hangs_or_loses_its_answer_is_repaired_by_the_name) {
    for (const std::string fault : {"early", "late", "silent", "hang", "limit"}) {
        fake_.set_faults("[ -e $q/" + fault + " ] || { fault=" + fault + "; [ $n = 0 ] || touch $q/" + fault +
                         "; }");
        const std::size_t before = fake_.submissions().size();
        queue_.submit(job("fb-" + fault));
        EXPECT_TRUE(becomes("fb-" + fault, BatchPhase::running)) << fault;
        const bool was_there = fault == "late" || fault == "silent" || fault == "hang";
        EXPECT_EQ(fake_.submissions().size() - before, was_there ? 1u : 2u) << fault;
    }
}

TEST_F(BatchQueueTest, a_refusal_that_does_not_pass_is_an_error_with_the_queues_words) {
    fake_.set_faults("fault=refuse");
    try {
        queue_.submit(job("fb-a"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("sbatch refuses the job"), HasSubstr("Invalid partition")));
    }
    EXPECT_FALSE(queue_.knows("fb-a"));
}

TEST_F(BatchQueueTest, gives_up_with_a_resumable_error_when_nothing_is_taken_for_long) {
    fake_.set_faults("[ $m = 0 ] && fault=early");
    queue_.submit(job("fb-a"));
    try {
        becomes("fb-a", BatchPhase::running);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::stopped);
        EXPECT_THAT(error.what(), HasSubstr("Socket timed out"));
    }
}

TEST_F(BatchQueueTest, a_question_that_fails_or_hangs_is_no_answer) {
    queue_.submit(job("fb-a"));
    EXPECT_TRUE(becomes("fb-a", BatchPhase::running));
    fake_.set_faults("[ $n = 0 ] && { [ $((m % 2)) = 0 ] && fault=down || fault=stuck; }");
    for (int i = 0; i < 250; ++i) {
        queue_.poll();
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(queue_.status("fb-a").phase, BatchPhase::running) << "silence is not the end of a job";
}

TEST_F(BatchQueueTest, a_job_that_the_queue_has_forgotten_is_lost) {
    queue_.submit(job("fb-a", "exit 0"));
    fake_.set_faults("fault=forget");
    EXPECT_TRUE(becomes("fb-a", BatchPhase::lost));
}

TEST_F(BatchQueueTest, the_books_tell_how_a_forgotten_job_has_ended) {
    fake_.program("sacct", "echo TIMEOUT");
    queue_.submit(job("fb-a", "exit 0"));
    fake_.set_faults("fault=forget");
    EXPECT_TRUE(becomes("fb-a", BatchPhase::over));
    EXPECT_EQ(queue_.status("fb-a").state, "TIMEOUT");
}

TEST_F(BatchQueueTest, an_id_that_was_given_anew_is_not_taken_for_the_old_job) {
    fake_.set_ids(1);
    queue_.submit(job("fb-a", "exit 0"));
    EXPECT_TRUE(becomes("fb-a", BatchPhase::over));
    queue_.forget("fb-a");
    queue_.submit(job("fb-b"));
    EXPECT_TRUE(becomes("fb-b", BatchPhase::running));
    queue_.adopt("fb-a", "1");
    EXPECT_TRUE(becomes("fb-a", BatchPhase::lost)) << "job 1 is another one now";
}

TEST_F(BatchQueueTest, an_adopted_job_is_found_by_its_name_and_never_submitted_again) {
    {
        BatchQueue earlier(make_slurm(), folder_ / "earlier", quick());
        earlier.submit(job("fb-a"));
    }
    queue_.adopt("fb-a", "");
    EXPECT_TRUE(becomes("fb-a", BatchPhase::running));
    queue_.adopt("fb-never", "");
    EXPECT_TRUE(becomes("fb-never", BatchPhase::lost));
    EXPECT_EQ(fake_.submissions().size(), 1u);
}

TEST_F(BatchQueueTest, cancelling_ends_a_job_in_any_state) {
    fake_.set_faults("[ $n = 2 ] && fault=early");
    queue_.submit(job("fb-a"));
    EXPECT_TRUE(becomes("fb-a", BatchPhase::running));
    EXPECT_TRUE(queue_.cancel("fb-a"));
    EXPECT_TRUE(becomes("fb-a", BatchPhase::over));
    EXPECT_EQ(queue_.status("fb-a").state, "CANCELLED");
    queue_.submit(job("fb-b"));
    EXPECT_TRUE(queue_.cancel("fb-b"));
    EXPECT_EQ(queue_.status("fb-b").phase, BatchPhase::over) << "it was never in the queue";
}

}  // namespace
}  // namespace fibonaqi
