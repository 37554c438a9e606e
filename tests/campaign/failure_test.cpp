// Labels that fail, walkers and workers that crash.
#include "tests/campaign/fake_campaign.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class FailingCampaign : public FakeCampaign {
  protected:
    std::string report() const { return read_file(layout_->report()); }
};

TEST_F(FailingCampaign, skips_records_and_shows_labels_that_fail) {
    environment_["FAKE_PW_FAIL"] = "5";
    set("/label/max_failed_ratio", 0.9);
    const Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    long failed = 0;
    long labelled = 0;
    const Json cycles = status()["cycles"];
    for (const Json& cycle : cycles) {
        failed += cycle["failed"].get<long>();
        labelled += cycle["labelled"].get<long>();
    }
    EXPECT_EQ(failed + labelled, 8);
    EXPECT_GT(failed, 0);
    EXPECT_GT(labelled, 0);
    EXPECT_THAT(said.err, HasSubstr("label failed: scf_not_converged "));
    EXPECT_THAT(report(), AllOf(HasSubstr("scf_not_converged"), HasSubstr("convergence NOT achieved")));
}

TEST_F(FailingCampaign, stops_when_too_many_labels_fail_and_goes_on_once_the_cause_is_gone) {
    environment_["FAKE_PW_FAIL"] = "10";
    const Said said = run();
    EXPECT_EQ(said.code, 6);
    EXPECT_THAT(said.err, AllOf(HasSubstr("more than max_failed_ratio allows"),
                                HasSubstr("convergence NOT achieved"), HasSubstr("--retry-failed")));
    EXPECT_EQ(status()["state"], "failed");
    environment_.clear();
    EXPECT_EQ(resume().code, 6) << "what lies in the structure is not tried again unasked";
    EXPECT_EQ(resume({"--retry-failed"}).code, 0);
    EXPECT_EQ(status()["labels_total"], 8);
}

TEST_F(FailingCampaign, does_not_wait_for_the_last_label_when_too_many_have_failed) {
    environment_["FAKE_PW_FAIL"] = "10";
    set("/test_set/frames", 10);
    set("/test_set/steps", 100);
    set("/label/slots", 1);
    set("/label/limits/max_attempts", 1);
    EXPECT_EQ(run().code, 6);
    EXPECT_EQ(launches("pw ").size(), 4U) << "4 of 10 are more than 0.3";
}

TEST_F(FailingCampaign, tries_labels_again_that_failed_by_circumstance) {
    environment_["FAKE_PW_CRASH"] = "yes";
    EXPECT_EQ(run().code, 6);
    environment_.clear();
    EXPECT_EQ(resume().code, 0);
}

TEST_F(FailingCampaign, outlives_the_crash_of_a_walker_and_takes_what_it_left) {
    environment_["FAKE_MD_CRASH_AT_K"] = "900";
    const Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    const long candidates = status()["cycles"][1]["candidates"].get<long>();
    EXPECT_EQ(candidates, 10 + 5);
    EXPECT_THAT(said.err, HasSubstr("1 stops"));
    EXPECT_THAT(report(),
                AllOf(HasSubstr("crashed"), HasSubstr("Segmentation fault"), HasSubstr("about to crash")));
}

TEST_F(FailingCampaign, passes_on_why_all_walkers_refuse) {
    environment_["FAKE_MD_REFUSE"] = "yes";
    const Said said = run();
    EXPECT_EQ(said.code, 3);
    EXPECT_THAT(said.err, HasSubstr("walker 0 (300 K): the model does not know this element"));
    environment_.clear();
    EXPECT_EQ(resume().code, 0);
}

TEST_F(FailingCampaign, says_that_no_candidate_is_sane) {
    environment_["FAKE_MD_FROZEN"] = "yes";
    const Said said = run();
    EXPECT_EQ(said.code, 6);
    EXPECT_THAT(said.err, HasSubstr("no candidates (10 frames had atoms too close"));
}

TEST_F(FailingCampaign, names_the_log_of_a_worker_that_crashed) {
    environment_["FAKE_WORKER_CRASH"] = "train";
    const Said said = run();
    EXPECT_EQ(said.code, 1);
    EXPECT_THAT(said.err,
                AllOf(HasSubstr("check of the training: fibonaqi-worker ended without a result (signal 11"),
                      HasSubstr(task_files(layout_->check(1)).log.string())));
    EXPECT_THAT(said.err, HasSubstr("so far: " + layout_->report().string()));
    EXPECT_EQ(status()["state"], "failed");
    environment_.clear();
    EXPECT_EQ(resume().code, 0);
    EXPECT_EQ(launches("pw ").size(), 12U);
}

}  // namespace
}  // namespace fibonaqi::test
