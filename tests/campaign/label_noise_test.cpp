// What a campaign makes of the measured noise of its labels.
#include "fibonaqi/label/label_noise.hpp"

#include "fibonaqi/data/ledger.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "tests/campaign/fake_campaign.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CampaignNoise : public FakeCampaign {
  protected:
    // As `fibonaqi driver converge --json` writes it for the campaign's driver.
    void write_noise(double noise, const Json& driver) {
        const std::string fingerprint = make_driver(driver, folder_.path())->fingerprint();
        MeasuredAxis axis{"ecutwfc", "Ry", "24", {{"24", fingerprint, 0, {}}, {"30", "denser", 0, {}}}};
        axis.points[0].noise.frames = axis.points[1].noise.frames = 3;
        axis.points[0].noise.force_rmse_eV_per_A = noise;
        write_json(folder_ / "noise.json", to_json(NoiseRecord{"pw.x", 3, {axis}}));
        set("/label/noise", "noise.json");
    }
    const Json& driver() const { return config_.at("label").at("driver"); }
};

TEST_F(CampaignNoise, is_warned_of_before_anything_is_computed) {
    write_noise(0.17, driver());
    const Said checked = fibonaqi({"check", "campaign.json", "--dir", "run"});
    EXPECT_EQ(checked.code, 0) << checked.err;
    EXPECT_THAT(checked.err,
                HasSubstr("labels have a force noise of 0.17 eV/A (label.noise) where the model is "
                          "expected to err by 0.1 eV/A"));
    write_noise(0.04, driver());
    EXPECT_THAT(fibonaqi({"check", "campaign.json", "--dir", "run"}).err, Not(HasSubstr("noise")));
}

TEST_F(CampaignNoise, of_other_settings_or_of_no_record_is_refused) {
    Json other = driver();
    other["input"]["system"]["ecutwfc"] = 40;
    write_noise(0.17, other);
    const Said checked = fibonaqi({"check", "campaign.json", "--dir", "run"});
    EXPECT_EQ(checked.code, 2);
    EXPECT_THAT(checked.err,
                HasSubstr("noise.json' was measured with other settings than those of label.driver"));
    set("/label/noise", "absent.json");
    EXPECT_THAT(fibonaqi({"check", "campaign.json", "--dir", "run"}).err, HasSubstr("absent.json"));
    write_json(folder_ / "noise.json", Json{{"format", "fibonaqi-status"}});
    set("/label/noise", "noise.json");
    EXPECT_NE(fibonaqi({"check", "campaign.json", "--dir", "run"}).code, 0);
}

TEST_F(CampaignNoise, is_kept_for_the_report_even_when_the_record_is_gone) {
    write_noise(1000.0, driver());  // whatever the stand-in for the model errs by
    set("/cycles", 1);
    const Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(read_file(layout_->report()), HasSubstr("Labels limit learning"));
    EXPECT_THAT(fibonaqi({"check", "campaign.json", "--dir", "run"}).err, HasSubstr("Labels limit learning"));
    std::filesystem::remove(folder_ / "noise.json");
    EXPECT_EQ(fibonaqi({"report", "run"}).code, 0);
    EXPECT_EQ(read_json(layout_->summary()).at("label_noise_eV_per_A"), 1000.0);
    EXPECT_THAT(read_file(layout_->report()), HasSubstr("Labels limit learning"));
}

}  // namespace
}  // namespace fibonaqi::test
