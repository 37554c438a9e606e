// Costs of a campaign on numbers that can be checked by hand.
#include "fibonaqi/campaign/forecast.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/campaign/small_campaign.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// 24 + 3 x 10 labels; 4 walkers of 600 steps, then 3 x 5 of 1000.
CampaignCounts silicon() {
    return {24, 10, 3, 1, 4, 5, 600, 1000};
}

const LabelProbe ten_seconds{10.0, 10.0, 60.0, 0.5};
const WalkProbe walker{100.0, 1};

TEST(Forecast, counts_what_a_campaign_asks_for) {
    Json config = test::small_campaign();
    CampaignCounts counts = campaign_counts(campaign_options(check_campaign(config).values));
    EXPECT_EQ(counts.labels(), 4U + 2U * 4U);
    EXPECT_EQ(counts.trainings(), 2U);
    EXPECT_EQ(counts.md_steps(), 2 * 50 + 2 * 2 * 100) << "two temperatures, one walker each";
    config["control"] = {{"seeds", 3}};
    counts = campaign_counts(campaign_options(check_campaign(config).values));
    EXPECT_EQ(counts.labels(), 4U + 4U * 2U * 4U) << "as many again for every control";
    EXPECT_EQ(counts.trainings(), 8U);
    EXPECT_EQ(counts.md_steps(), 500) << "controls choose from the same candidates";
    config["select"]["superbatches"] = 0;
    config["explore"]["steps"] = 1000;  // 2 x 100 candidates, of which a quarter
    EXPECT_EQ(campaign_counts(campaign_options(check_campaign(config).values)).labels_per_cycle, 50U);
}

TEST(Forecast, labels_are_done_in_rounds_of_slots) {
    const Forecast costs = forecast(silicon(), ten_seconds, walker, {2, 2});
    EXPECT_DOUBLE_EQ(costs.labels.cpu_hours, 54 * 10.0 / 3600.0);
    EXPECT_DOUBLE_EQ(costs.labels.wall_hours, (12 + 3 * 5) * 10.0 / 3600.0);
    EXPECT_DOUBLE_EQ(costs.disk_MB, 27.0);
    EXPECT_DOUBLE_EQ(costs.memory_MB, 120.0);
    EXPECT_DOUBLE_EQ(costs.slowdown, 1.0);
    CampaignCounts with_controls = silicon();
    with_controls.lines = 3;
    EXPECT_DOUBLE_EQ(forecast(with_controls, ten_seconds, walker, {2, 2}).labels.wall_hours,
                     (12 + 3 * 3 * 5) * 10.0 / 3600.0);
}

TEST(Forecast, labels_that_want_more_cores_than_there_are_take_longer) {
    const Forecast crowded = forecast(silicon(), ten_seconds, walker, {4, 2});
    EXPECT_DOUBLE_EQ(crowded.slowdown, 2.0);
    EXPECT_DOUBLE_EQ(crowded.labels.wall_hours, (6 + 3 * 3) * 20.0 / 3600.0);
    EXPECT_DOUBLE_EQ(crowded.labels.cpu_hours, 54 * 10.0 / 3600.0);
    // Four ranks: 40 CPU seconds in 10 seconds.
    EXPECT_DOUBLE_EQ(forecast(silicon(), {10.0, 40.0, 0.0, 0.0}, walker, {1, 8}).slowdown, 1.0);
    EXPECT_DOUBLE_EQ(forecast(silicon(), {10.0, 40.0, 0.0, 0.0}, walker, {4, 8}).slowdown, 2.0);
}

TEST(Forecast, walkers_share_the_cores) {
    const Forecast costs = forecast(silicon(), ten_seconds, walker, {2, 2});
    EXPECT_DOUBLE_EQ(costs.walks.cpu_hours, (4 * 600 + 15 * 1000) / 100.0 / 3600.0);
    EXPECT_DOUBLE_EQ(costs.walks.wall_hours, (2 * 600 + 3 * 3 * 1000) / 100.0 / 3600.0);
    EXPECT_DOUBLE_EQ(forecast(silicon(), ten_seconds, {100.0, 4}, {2, 64}).walks.cpu_hours,
                     4 * costs.walks.cpu_hours);
}

TEST(Forecast, jobs_of_a_cluster_have_cores_of_their_own) {
    const Workforce cluster{20, 2, true, true};
    const Forecast costs = forecast(silicon(), ten_seconds, walker, cluster);
    EXPECT_DOUBLE_EQ(costs.slowdown, 1.0);
    EXPECT_DOUBLE_EQ(costs.labels.wall_hours, (2 + 3) * 10.0 / 3600.0) << "24 and three times 10, 20 at once";
    EXPECT_DOUBLE_EQ(costs.walks.wall_hours, (600 + 3 * 1000) / 100.0 / 3600.0);
    EXPECT_THAT(forecast_text(silicon(), costs, cluster), HasSubstr("20 jobs of a cluster at a time"));
}

TEST(Forecast, says_what_it_counted_and_what_it_did_not) {
    const std::string text =
        forecast_text(silicon(), forecast(silicon(), ten_seconds, walker, {2, 2}), {2, 2});
    EXPECT_THAT(text, ::testing::ContainsRegex("labels +54 +0.15 +4.5 min +27.0 MB"));
    EXPECT_THAT(text, HasSubstr("labels: 2 at a time on 2 cores, 120.0 MB of memory"));
    EXPECT_THAT(text, HasSubstr("Selection, training and evaluation are not counted"));
    EXPECT_THAT(text, Not(HasSubstr("times as long")));
    EXPECT_THAT(forecast_text(silicon(), forecast(silicon(), ten_seconds, walker, {4, 2}), {4, 2}),
                HasSubstr("each takes 2.0 times as long"));
}

}  // namespace
}  // namespace fibonaqi
