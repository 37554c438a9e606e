#include "fibonaqi/label/batch_system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/label/queue_executor.hpp"

namespace fibonaqi {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

BatchJob job() {
    return {"fb-1", "/w/job.sh", "/w/job.log", {4, 2000, 90.0, "main", {"--account=x"}}};
}

TEST(BatchSystemTest, every_system_asks_for_what_the_job_needs_and_passes_its_script_last) {
    const std::vector<std::string> slurm = make_slurm()->submit(job());
    EXPECT_EQ(slurm.front(), "sbatch");
    EXPECT_THAT(slurm, IsSupersetOf({"--parsable", "--job-name=fb-1", "--cpus-per-task=4", "--mem=2000M",
                                     "--time=1:30:00", "--partition=main", "--account=x", "--no-requeue",
                                     "--signal=B:TERM@120", "--output=/w/job.log"}));
    const std::vector<std::string> pbs = make_pbs()->submit(job());
    EXPECT_EQ(pbs.front(), "qsub");
    EXPECT_THAT(pbs, IsSupersetOf({"fb-1", "select=1:ncpus=4:mem=2000mb", "walltime=1:30:00", "main",
                                   "--account=x", "/w/job.log"}));
    const std::vector<std::string> lsf = make_lsf()->submit(job());
    EXPECT_EQ(lsf.front(), "bsub");
    EXPECT_THAT(lsf, IsSupersetOf({"fb-1", "4", "1:30", "2000MB", "main", "--account=x", "/w/job.log"}));
    for (const auto& argv : {slurm, pbs, lsf}) {
        EXPECT_EQ(argv.back(), "/w/job.sh");
    }
}

TEST(BatchSystemTest, what_is_left_out_is_left_to_the_cluster) {
    const BatchJob plain{"fb-1", "/w/job.sh", "/w/job.log", {1, 0, 5.0, "", {}}};
    for (const char* name : {"slurm", "pbs", "lsf"}) {
        for (const std::string& word : make_batch_system(name)->submit(plain)) {
            EXPECT_FALSE(word.starts_with("--mem") || word.starts_with("--partition") || word == "-q" ||
                         word == "-M" || word.starts_with("--signal"))
                << name << ": " << word;
        }
    }
}

TEST(BatchSystemTest, finds_the_id_of_a_submission_in_the_words_of_each_system) {
    EXPECT_EQ(make_slurm()->submitted_id("17\n"), "17");
    EXPECT_EQ(make_slurm()->submitted_id("17;cluster\n"), "17");
    EXPECT_EQ(make_slurm()->submitted_id("sbatch: a notice of the site\n18\n"), "18");
    EXPECT_EQ(make_slurm()->submitted_id(""), "");
    EXPECT_EQ(make_slurm()->submitted_id("welcome\n"), "");
    EXPECT_EQ(make_pbs()->submitted_id("17.server.site\n"), "17.server.site");
    EXPECT_EQ(make_pbs()->submitted_id("qsub: waiting for 3 seconds\n"), "");
    EXPECT_EQ(make_lsf()->submitted_id("Job <17> is submitted to default queue <normal>.\n"), "17");
    EXPECT_EQ(make_lsf()->submitted_id("Request aborted\n"), "");
}

// Printed by squeue 22.05 with the options of list().
TEST(BatchSystemTest, reads_what_squeue_prints) {
    const auto jobs = make_slurm()->listed(
        "1|PENDING|fb-a|Resources\n2|RUNNING|fb-b|None\n3|FAILED|fb-c|NonZeroExitCode\n"
        "4|TIMEOUT|fb-d|TimeLimit\n5|COMPLETING|fb-e|None\n6|COMPLETED|fb-f|None\n7|CANCELLED|fb-g|None\n");
    ASSERT_EQ(jobs.size(), 7u);
    const std::vector<BatchPhase> phases{BatchPhase::waiting, BatchPhase::running, BatchPhase::over,
                                         BatchPhase::over,    BatchPhase::running, BatchPhase::over,
                                         BatchPhase::over};
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        EXPECT_EQ(jobs[i].phase, phases[i]) << jobs[i].state;
        EXPECT_EQ(jobs[i].id, std::to_string(i + 1));
    }
    EXPECT_EQ(jobs[0].name, "fb-a");
    EXPECT_EQ(jobs[0].reason, "Resources");
    EXPECT_EQ(jobs[1].reason, "");
    EXPECT_TRUE(make_slurm()->listed("garbage\n\n").empty());
}

TEST(BatchSystemTest, reads_the_blocks_of_qstat_and_the_lines_of_bjobs) {
    const auto pbs = make_pbs()->listed(
        "Job Id: 17.server\n    Job_Name = fb-a\n    job_state = R\n    queue = main\n\n"
        "Job Id: 18.server\n    Job_Name = fb-b\n    job_state = F\n    Exit_status = 271\n"
        "    comment = Job run at Sat and exceeded resource walltime\n");
    ASSERT_EQ(pbs.size(), 2u);
    EXPECT_EQ(pbs[0].id, "17.server");
    EXPECT_EQ(pbs[0].name, "fb-a");
    EXPECT_EQ(pbs[0].phase, BatchPhase::running);
    EXPECT_EQ(pbs[1].phase, BatchPhase::over);
    EXPECT_EQ(loss_of(pbs[1]).kind, FailureKind::timeout);
    const auto lsf = make_lsf()->listed(
        "17|PEND|fb-a|-\n18|EXIT|fb-b|TERM_MEMLIMIT: job killed after reaching LSF memory usage limit\n");
    ASSERT_EQ(lsf.size(), 2u);
    EXPECT_EQ(lsf[0].phase, BatchPhase::waiting);
    EXPECT_EQ(lsf[0].reason, "");
    EXPECT_EQ(loss_of(lsf[1]).kind, FailureKind::out_of_memory);
}

TEST(BatchSystemTest, the_end_of_a_job_becomes_a_kind_of_failure_with_the_queues_words) {
    const auto kind = [](const std::string& state) {
        const LabelFailure failure = loss_of({"17", "fb-a", BatchPhase::over, state, ""});
        EXPECT_THAT(failure.evidence, AllOf(HasSubstr(state), HasSubstr("17")));
        return failure.kind;
    };
    EXPECT_EQ(kind("TIMEOUT"), FailureKind::timeout);
    EXPECT_EQ(kind("DEADLINE"), FailureKind::timeout);
    EXPECT_EQ(kind("OUT_OF_MEMORY"), FailureKind::out_of_memory);
    EXPECT_EQ(kind("CANCELLED+"), FailureKind::cancelled);
    for (const char* state : {"NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "FAILED", "COMPLETED"}) {
        EXPECT_EQ(kind(state), FailureKind::signal);
    }
    EXPECT_EQ(loss_of({"", "fb-a", BatchPhase::lost, "", ""}).kind, FailureKind::signal);
}

TEST(BatchSystemTest, a_word_for_the_shell_stays_one_word) {
    EXPECT_EQ(shell_word("a b"), "'a b'");
    EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
}

TEST(BatchSystemTest, wall_times_are_rounded_up_to_minutes) {
    EXPECT_EQ(hours_minutes(65.0, true), "1:05:00");
    EXPECT_EQ(hours_minutes(0.2, true), "0:01:00");
    EXPECT_EQ(hours_minutes(2880.0, false), "48:00");
}

TEST(BatchSystemTest, one_question_is_asked_for_all_jobs) {
    EXPECT_THAT(make_slurm()->list({"1", "2"}), Contains("1,2"));
    EXPECT_THAT(make_pbs()->list({"1.s", "2.s"}), ElementsAre("qstat", "-x", "-f", "1.s", "2.s"));
    EXPECT_THAT(make_lsf()->list({"1", "2"}), IsSupersetOf({"1", "2"}));
}

}  // namespace
}  // namespace fibonaqi
