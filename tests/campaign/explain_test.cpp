// Why a frame was chosen, asked of a campaign that is there, and of one that is not.
#include "tests/campaign/fake_campaign.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class ExplainedCampaign : public FakeCampaign {
  protected:
    Json explained(const std::string& frame) const {
        const Said said = fibonaqi({"explain", "run", frame, "--json"}, "explained");
        EXPECT_EQ(said.code, 0) << said.err;
        return Json::parse(said.out);
    }
    void expect_refused(const std::string& folder, const std::string& frame, const std::string& why) const {
        const Said said = fibonaqi({"explain", folder, frame}, "refused");
        EXPECT_EQ(said.code, 2);
        EXPECT_THAT(said.err, HasSubstr(why));
        EXPECT_EQ(std::count(said.err.begin(), said.err.end(), '\n'), 1) << "one sentence: " << said.err;
    }
};

TEST_F(ExplainedCampaign, says_how_a_frame_stood_and_what_its_label_said) {
    ASSERT_EQ(run().code, 0);
    const Json record = explained("2:3");
    EXPECT_EQ(record["format"], "fibonaqi-explanation");
    EXPECT_EQ(record["selection"]["strategy"], "divbs");
    EXPECT_EQ(record["selection"]["residual_before"], 0.125);
    EXPECT_EQ(record["selection"]["residual_after"], 0.0625);
    EXPECT_EQ(record["selection"]["filled"], true);
    EXPECT_THAT(record["features"]["picks"], SizeIs(3));
    EXPECT_THAT(record["features"]["nearest_labelled"]["frame"].get<std::string>(), HasSubstr("c1-w"));
    EXPECT_EQ(record["features"]["elements"][0]["atoms"], 8);
    EXPECT_NEAR(record["features"]["elements"][0]["share"].get<double>(), 1.0, 1e-12);
    // The stand-ins for MD predict -1 eV and no forces: the error is the label itself.
    EXPECT_NEAR(record["label"]["energy_error_of_model_eV_per_atom"].get<double>(),
                -0.125 - record["label"]["energy_eV_per_atom"].get<double>(), 1e-9);
    EXPECT_GT(record["label"]["force_rmse_of_model_eV_per_A"].get<double>(), 0.0);
    EXPECT_THAT(record["missing"], SizeIs(0));
    // By its other names it is the same frame.
    EXPECT_EQ(explained(record["frame"].get<std::string>()), record);
    EXPECT_EQ(explained(record["label"]["key"].get<std::string>().substr(0, 12)), record);
    EXPECT_TRUE(explained("1:0")["features"]["nearest_labelled"].is_null());
}

TEST_F(ExplainedCampaign, is_told_in_words) {
    ASSERT_EQ(run().code, 0);
    const Said said = fibonaqi({"explain", "run", "2:3"});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, AllOf(HasSubstr("cycle 2, order 3 of 4 picks"), HasSubstr("0.125 before this pick"),
                                HasSubstr("yes: taken by the fill policy"), HasSubstr("nearest label"),
                                HasSubstr("100.0 % Si (8 atoms)"), HasSubstr("Si(0) 12.5 %, Si(1) 12.5 %"),
                                HasSubstr("largest force"), Not(HasSubstr("not known"))));
}

TEST_F(ExplainedCampaign, says_what_is_no_longer_there) {
    ASSERT_EQ(run().code, 0);
    std::filesystem::remove(layout_->model(1));
    std::filesystem::remove(task_files(layout_->select(2)).result);
    const Json record = explained("2:0");
    EXPECT_TRUE(record["features"].is_null());
    EXPECT_TRUE(record["selection"]["filled"].is_null());
    EXPECT_EQ(record["selection"]["score"], 0.25);
    EXPECT_THAT(record["missing"].dump(),
                AllOf(HasSubstr("features: '" + layout_->model(1).string() + "' is no longer there"),
                      HasSubstr("whether the frame was a fill")));
}

TEST_F(ExplainedCampaign, has_no_features_where_the_strategy_looks_at_none) {
    set("/select/strategy", "uniform");
    ASSERT_EQ(run().code, 0);
    const Json record = explained("1:0");
    EXPECT_TRUE(record["features"].is_null());
    EXPECT_THAT(record["missing"][0].get<std::string>(), HasSubstr("strategy uniform draws without looking"));
    EXPECT_EQ(launches("worker explain").size(), 0U);
}

TEST_F(ExplainedCampaign, refuses_what_it_cannot_explain_in_one_sentence) {
    expect_refused("run", "1:0", "no campaign in '");
    ASSERT_EQ(run().code, 0);
    expect_refused("run", "1:9", "there is no frame 1:9 (cycle 1 chose 4: 1:0 to 1:3)");
    expect_refused("run", "3:0", "cycle 3 has not selected its frames yet");
    expect_refused("run", "0:0", "is of the test set");
    expect_refused("run", "frame", "no frame 'frame' was chosen");
}

}  // namespace
}  // namespace fibonaqi::test
