// Status and summary of campaigns that stand at different points, made by hand.
#include "fibonaqi/campaign/campaign_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/campaign/campaign_summary.hpp"
#include "fibonaqi/campaign/lock.hpp"
#include "fibonaqi/campaign/workplace.hpp"

#include "tests/support/silicon.hpp"
#include "tests/unit/campaign/small_campaign.hpp"

namespace fibonaqi {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CampaignStatusTest : public ::testing::Test {
  protected:
    CampaignStatusTest() : layout_(test::make_small_campaign(parent_)), ledger_(layout_.ledger()) {}

    void explore(int cycle, const Json& events = Json::array()) {
        ledger_.record_stage(cycle, stage_names::explore,
                             {{"candidates", 20}, {"events", events}, {"cpu_seconds", 10.0}}, 5.0);
    }
    void select(int cycle) {
        ledger_.record_stage(cycle, stage_names::select,
                             {{"selected", 4},
                              {"picks", {{{"order", 0}, {"reason", "before_max_force"}}}},
                              {"cpu_seconds", 1.0}},
                             1.0);
    }
    void label(int cycle, long labelled, long failed) {
        ledger_.record_stage(cycle, stage_names::label,
                             {{"labelled", labelled}, {"failed", failed}, {"cpu_seconds", 20.0}}, 12.0);
    }
    void train(int cycle, bool promoted) {
        ledger_.record_stage(cycle, stage_names::train,
                             {{"promoted", promoted},
                              {"model", layout_.model(cycle).string()},
                              {"sha256", "abc"},
                              {"parent_sha256", "def"},
                              {"best_epoch", 2},
                              {"curve", Json::array()},
                              {"validation_force_rmse_eV_per_A", {{"before", 0.2}, {"after", 0.1}}},
                              {"cpu_seconds", 7.0}},
                             4.0);
    }
    void evaluate(int cycle, double rmse) {
        ledger_.record_stage(cycle, stage_names::evaluate,
                             {{"force_rmse_eV_per_A", rmse},
                              {"energy_rmse_eV_per_atom", 0.0125},
                              {"groups", {{"300 K", rmse}}},
                              {"model", "m"},
                              {"e0_shift_eV", Json::object()},
                              {"cpu_seconds", 1.0}},
                             1.0);
    }
    // A label of the ledger, accepted unless a kind of failure is given.
    void add_label(double shift, const LabelOrigin& origin, const std::string& failure = "") {
        const std::string key = "key-" + std::to_string(shift);
        ledger_.plan({{key, test::two_silicon_atoms(shift), "physics", origin}});
        ledger_.record_intent(key, "/attempt-1");
        if (failure.empty()) {
            ledger_.record_accepted(key, test::odd_label(shift), {6.0, 5.5});
        } else {
            ledger_.record_failed(key, {failure_kind_from(failure), "a line"}, {6.0, 5.5});
        }
    }

    test::TemporaryFolder parent_;
    CampaignLayout layout_;
    Ledger ledger_;
};

TEST_F(CampaignStatusTest, knows_nothing_before_anything_was_done) {
    const Json status = campaign_status(layout_);
    EXPECT_EQ(status["state"], "stopped");
    EXPECT_EQ(status["labels_total"], 0);
    EXPECT_THAT(status["cycles"], IsEmpty());
}

TEST_F(CampaignStatusTest, has_null_for_what_is_not_known_yet) {
    explore(0);
    const Json row = campaign_status(layout_)["cycles"].at(0);
    EXPECT_EQ(row["candidates"], 0) << "the test set's frames are no candidates for learning";
    EXPECT_TRUE(row["test_force_rmse_eV_per_A"].is_null());
    EXPECT_TRUE(row["seconds"]["label"].is_null());
    EXPECT_EQ(row["seconds"]["md"], 5.0);
    EXPECT_FALSE(row["seconds"].contains("evaluate"));
    explore(1);
    const Json next = campaign_status(layout_)["cycles"].at(1);
    EXPECT_EQ(next["candidates"], 20);
    EXPECT_TRUE(next["labelled"].is_null());
}

TEST_F(CampaignStatusTest, adds_up_labels_and_costs) {
    for (const int cycle : {0, 1, 2}) {
        explore(cycle);
        select(cycle);
        label(cycle, 4 - cycle, cycle);
        evaluate(cycle, 0.3 / (1 + cycle));
    }
    train(1, true);
    EXPECT_EQ(campaign_status(layout_)["labels_total"], 3 + 2) << "test labels do not count";
    const Json rows = cycle_rows(ledger_, layout_, 2);
    ASSERT_THAT(rows, SizeIs(3));
    EXPECT_EQ(rows[0]["cpu_seconds_total"], 32.0);
    EXPECT_EQ(rows[1]["cpu_seconds_total"], 32.0 + 39.0);
    EXPECT_EQ(rows[1]["labels_total"], 3);
    EXPECT_EQ(rows[2]["labels_total"], 5);
    EXPECT_EQ(rows[1]["promoted"], true);
    EXPECT_TRUE(rows[2]["promoted"].is_null());
    EXPECT_THAT(cycle_rows(ledger_, layout_, 1), SizeIs(2));
}

TEST_F(CampaignStatusTest, tells_the_states_apart) {
    EXPECT_EQ(campaign_state(ledger_, layout_), "stopped")
        << "an engine that was killed before it said anything";
    ledger_.set_meta("state", "running");
    EXPECT_EQ(campaign_state(ledger_, layout_), "stopped") << "one that was killed at work";
    {
        const CampaignLock lock(layout_.lock());
        EXPECT_EQ(campaign_state(ledger_, layout_), "running");
        EXPECT_THAT(activity(layout_), HasSubstr("running in process " + std::to_string(::getpid())));
        ledger_.set_meta("state", "finished");
        EXPECT_EQ(campaign_state(ledger_, layout_), "finished") << "it has only to put its things away";
    }
    ledger_.set_meta("state", "failed");
    ledger_.set_meta("stop_reason", "no luck");
    EXPECT_EQ(campaign_state(ledger_, layout_), "failed");
    EXPECT_EQ(stop_reason(layout_), "no luck");
    EXPECT_EQ(activity(layout_), "");
}

TEST_F(CampaignStatusTest, shows_where_the_engine_is) {
    const CampaignLock lock(layout_.lock());
    write_json(layout_.progress(),
               {{"cycle", 2}, {"stage", "label"}, {"done", 3}, {"total", 10}, {"unit", "labels"}});
    EXPECT_THAT(activity(layout_), HasSubstr(": cycle 2, label 3/10 labels"));
    write_file_atomically(layout_.progress(), "{\"cycle\": ");
    EXPECT_THAT(activity(layout_), HasSubstr("running in process"));
}

TEST_F(CampaignStatusTest, prints_a_table_with_one_line_per_cycle) {
    explore(0);
    evaluate(0, 0.256);
    explore(1);
    select(1);
    label(1, 9, 1);
    train(1, true);
    evaluate(1, 0.094);
    const std::string table = result_table(campaign_status(layout_));
    EXPECT_THAT(table,
                AllOf(HasSubstr("cycle  candidates  selected  labelled  failed  force RMSE  energy RMSE"),
                      HasSubstr("MD, s  selection, s  DFT, s  training, s")));
    EXPECT_THAT(table,
                HasSubstr("\n    0           0         0         0       0      0.2560        12.50      5"));
    EXPECT_THAT(table,
                HasSubstr("\n    1          20         4         9       1      0.0940        12.50      5"
                          "           1.0      12            4\n"));
}

TEST_F(CampaignStatusTest, takes_the_last_promoted_model) {
    EXPECT_EQ(current_model(ledger_, layout_, 1), layout_.start_model());
    train(1, true);
    train(2, false);
    EXPECT_EQ(current_model(ledger_, layout_, 1), layout_.start_model());
    EXPECT_EQ(current_model(ledger_, layout_, 2), layout_.model(1));
    EXPECT_EQ(current_model(ledger_, layout_, 3), layout_.model(1));
}

TEST_F(CampaignStatusTest, sums_up_labels_failures_events_and_models) {
    explore(0);
    explore(1, {{{"kind", "max_force"}, {"walker", 1}}});
    select(1);
    label(1, 3, 1);
    train(1, false);
    add_label(0.01,
              {.cycle = 0, .walker = 1, .step = 30, .temperature_K = 300.0, .purpose = "test", .order = 0});
    for (const int order : {0, 1, 2, 3}) {
        add_label(0.1 + 0.01 * order,
                  {.cycle = 1, .walker = 2, .step = 100 * order, .temperature_K = 900.0, .order = order},
                  order == 3 ? "scf_not_converged" : "");
    }
    const Json summary = campaign_summary(layout_);
    EXPECT_EQ(summary["format"], "fibonaqi-campaign-summary");
    EXPECT_EQ(summary["labels_total"], 3);
    ASSERT_THAT(summary["labels"], SizeIs(5));
    EXPECT_EQ(summary["labels"][0]["id"], "test-w1-30");
    EXPECT_EQ(summary["labels"][0]["purpose"], "test");
    EXPECT_EQ(summary["labels"][1]["reason"], "before_max_force");
    EXPECT_EQ(summary["labels"][1]["seconds"], 6.0);
    std::size_t validation = 0;
    for (const Json& one : summary["labels"]) {
        validation += one["purpose"] == "validation" ? 1 : 0;
    }
    EXPECT_EQ(validation, 1U) << "40 % of three";
    EXPECT_EQ(summary["labels"][4]["status"], "failed");
    ASSERT_THAT(summary["failures"], SizeIs(1));
    EXPECT_EQ(summary["failures"][0]["kind"], "scf_not_converged");
    EXPECT_EQ(summary["failures"][0]["directory"], "/attempt-1");
    EXPECT_EQ(summary["walker_events"][0]["cycle"], 1);
    EXPECT_EQ(summary["lineage"][0]["promoted"], false);
    EXPECT_EQ(summary["lineage"][0]["validation_force_rmse_eV_per_A"], 0.1);
    EXPECT_THAT(summary["notes"].dump(), HasSubstr("was not promoted"));
    EXPECT_TRUE(summary["parity"]["before"].is_null());
    EXPECT_EQ(summary["settings"]["name"], "small");
}

TEST_F(CampaignStatusTest, draws_a_report_of_whatever_there_is) {
    EXPECT_NO_THROW(write_report(layout_));
    explore(0);
    EXPECT_NO_THROW(write_report(layout_));
    EXPECT_THAT(read_file(layout_.report()), HasSubstr("</html>"));
    EXPECT_EQ(read_json(layout_.summary())["state"], "stopped");
}

TEST(TaskSeed, is_keyed_and_within_what_every_generator_takes) {
    std::set<std::int64_t> seeds;
    for (int cycle = 0; cycle < 50; ++cycle) {
        for (std::size_t item = 0; item < 4; ++item) {
            const std::int64_t seed = task_seed(1, "walker", cycle, item);
            EXPECT_GE(seed, 1);
            EXPECT_LE(seed, 900'000'000);
            EXPECT_EQ(seed, task_seed(1, "walker", cycle, item));
            seeds.insert(seed);
        }
    }
    EXPECT_EQ(seeds.size(), 200U);
    EXPECT_NE(task_seed(1, "walker", 1, 1), task_seed(2, "walker", 1, 1));
    EXPECT_NE(task_seed(1, "walker", 1, 1), task_seed(1, "train", 1, 1));
}

}  // namespace
}  // namespace fibonaqi
