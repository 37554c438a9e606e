#include "fibonaqi/nn/batch_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/train_options.hpp"

namespace fibonaqi::nn {
namespace {

using testing::HasSubstr;

Json with_defaults(const Json& given) {
    return checked_train_settings(given, "settings");
}

TrainOptions options_of(const Json& given) {
    return train_options_from_json(with_defaults(given));
}

std::string problem_with(const Json& given) {
    try {
        (void)with_defaults(given);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no problem";
}

std::vector<double> ratios_of(const BatchSelection& selection, std::size_t epochs) {
    std::vector<double> ratios;
    for (std::size_t epoch = 1; epoch <= epochs; ++epoch) {
        ratios.push_back(ratio_of_epoch(selection, epoch, epochs));
    }
    return ratios;
}

TEST(RatioSchedule, is_flat_straight_or_a_geometric_series_between_warm_up_and_end) {
    BatchSelection selection;
    selection.ratio = 0.1;
    selection.end_ratio = 0.4;
    selection.warmup_epochs = 1;
    selection.final_epochs = 2;
    EXPECT_EQ(ratios_of(selection, 6), (std::vector<double>{1, 0.1, 0.1, 0.1, 1, 1}));
    selection.schedule = RatioSchedule::linear;
    EXPECT_THAT(ratios_of(selection, 6),
                testing::Pointwise(testing::DoubleNear(1e-15), {1.0, 0.1, 0.25, 0.4, 1.0, 1.0}));
    selection.schedule = RatioSchedule::exponential;
    EXPECT_THAT(ratios_of(selection, 6),
                testing::Pointwise(testing::DoubleNear(1e-15), {1.0, 0.1, 0.2, 0.4, 1.0, 1.0}));
    EXPECT_THAT(ratios_of(selection, 4),
                testing::Pointwise(testing::DoubleNear(1e-15), {1.0, 0.1, 1.0, 1.0}));
}

TEST(RatioSchedule, rounds_superbatches_where_it_moves_and_refuses_to_where_it_does_not) {
    BatchSelection selection;
    selection.ratio = 0.3;
    EXPECT_THROW(superbatch_of_epoch(selection, 10, 1, 5), ConfigError);
    selection.schedule = RatioSchedule::linear;
    EXPECT_EQ(superbatch_of_epoch(selection, 10, 1, 5).superbatch, 33u);
    EXPECT_EQ(superbatch_of_epoch(selection, 10, 5, 5).superbatch, 10u);
    EXPECT_EQ(superbatch_of_epoch(selection, 10, 3, 5).batch, 10u);
}

TEST(EffectiveEpochs, are_the_least_epochs_whose_shares_add_up) {
    BatchSelection selection;
    selection.ratio = 0.1;
    EXPECT_EQ(epochs_for(selection, 3.0), 30u);
    EXPECT_EQ(epochs_for(selection, 3.01), 31u);
    EXPECT_EQ(epochs_for(selection, 0.05), 1u);
    selection.warmup_epochs = 2;
    EXPECT_EQ(epochs_for(selection, 3.0), 12u);
    selection.schedule = RatioSchedule::linear;
    selection.warmup_epochs = 0;
    EXPECT_EQ(epochs_for(selection, 5.5), 10u);  // mean of 0.1 and 1
    selection.ratio = selection.end_ratio = 1.0;
    EXPECT_EQ(epochs_for(selection, 7.0), 7u);
}

TEST(EffectiveEpochs, count_instead_of_epochs_where_they_are_given) {
    const Json selection{{"ratio", 0.25}};
    EXPECT_EQ(options_of(Json{{"epochs", 9}, {"batch", 5}, {"selection", selection}}).epochs, 9u);
    EXPECT_EQ(options_of(Json{{"effective_epochs", 2}, {"batch", 5}, {"selection", selection}}).epochs, 8u);
}

TEST(BatchSettings, know_every_schedule_and_budget) {
    const auto with = [](const char* schedule) {
        return options_of(Json{{"selection", Json{{"schedule", schedule}}}}).selection.schedule;
    };
    EXPECT_EQ(with("constant"), RatioSchedule::constant);
    EXPECT_EQ(with("linear"), RatioSchedule::linear);
    EXPECT_EQ(with("exponential"), RatioSchedule::exponential);
    const TrainOptions limited = options_of(Json{{"max_frames", 70}, {"max_minutes", 1.5}});
    EXPECT_EQ(limited.budget.frames, 70u);
    EXPECT_EQ(limited.budget.minutes, 1.5);
}

TEST(BatchSettings, tell_strategies_with_a_schedule_how_long_the_training_is) {
    const auto epochs = [](Json given) {
        given["strategy"] = "loss";
        return options_of(Json{{"epochs", 30}, {"selection", given}}).selection.options.at("epochs");
    };
    EXPECT_EQ(epochs(Json::object()), 30);
    EXPECT_EQ(epochs(Json{{"options", Json{{"epochs", 7}}}}), 7);
    EXPECT_EQ(options_of(Json{{"effective_epochs", 2},
                              {"selection", Json{{"strategy", "infobatch"}, {"ratio", 0.1}}}})
                  .selection.options.at("epochs"),
              20);
}

TEST(BatchSettings, of_campaigns_that_began_before_there_were_schedules_are_as_they_were) {
    Json old = with_defaults(Json::object());
    for (const char* key : {"effective_epochs", "max_frames", "max_minutes"}) {
        old.erase(key);
    }
    old["selection"] = {{"strategy", "divbs"}, {"ratio", 0.5}};
    const TrainOptions options = train_options_from_json(old);
    EXPECT_EQ(options.epochs, 40u);
    EXPECT_EQ(options.budget.frames, 0u);
    EXPECT_EQ(ratios_of(options.selection, 2), (std::vector<double>{0.5, 0.5}));
}

TEST(BatchSettings, say_what_gradients_are_computed) {
    const RowMaking rows =
        options_of(Json{{"selection", Json{{"strategy", "divbs"}, {"student", 0.5}, {"shortlist", 3}}}})
            .selection.rows;
    EXPECT_EQ(rows.student, 0.5);
    EXPECT_EQ(rows.shortlist, 3u);
    Json older = with_defaults(Json::object());
    older["selection"].erase("student");
    older["selection"].erase("shortlist");
    EXPECT_EQ(train_options_from_json(older).selection.rows.student, 0.0);
    EXPECT_EQ(train_options_from_json(older).selection.rows.shortlist, 0u);
}

TEST(BatchSettings, find_what_keys_say_together) {
    const auto selection = [](const Json& given) { return Json{{"epochs", 4}, {"selection", given}}; };
    EXPECT_THAT(problem_with(selection({{"ratio", 0.5}, {"warmup_epochs", 2}, {"final_epochs", 2}})),
                HasSubstr("and final_epochs are 4 of 4 epochs (nothing would be selected)"));
    EXPECT_THAT(problem_with(selection({{"end_ratio", 0.5}})),
                HasSubstr("is given with schedule constant (only linear and exponential have it)"));
    EXPECT_THAT(problem_with(selection({{"losses", "stored"}})),
                HasSubstr("selection.losses: are stored with strategy uniform (it does not go by losses)"));
    EXPECT_THAT(problem_with(selection({{"strategy", "loss"}, {"refresh_epochs", 2}})),
                HasSubstr("selection.refresh_epochs: is given with fresh losses"));
    EXPECT_THAT(problem_with(selection({{"strategy", "loss"}, {"options", Json{{"s_begin", 0}}}})),
                HasSubstr("selection.options: options.s_begin is 0"));
    EXPECT_THAT(problem_with(selection({{"strategy", "loss"}, {"kept_epochs", 2}})),
                HasSubstr("selection.kept_epochs: is given with strategy loss (it compares no gradients)"));
    EXPECT_THAT(problem_with(selection({{"student", 1}, {"ratio", 0.1}})),
                HasSubstr("selection.student: is given with strategy uniform (it compares no gradients)"));
    EXPECT_THAT(
        problem_with(selection({{"strategy", "divbs"}, {"student", 1}, {"kept_epochs", 5}})),
        HasSubstr("selection.student: is given with kept_epochs (a student remembers gradients itself) "
                  "leave one out"));
    EXPECT_THAT(problem_with(selection({{"strategy", "divbs"}, {"shortlist", 3}})),
                HasSubstr("selection.shortlist: is given, but all gradients are computed"));
    EXPECT_THAT(problem_with(selection({{"strategy", "divbs"}, {"student", 1}, {"shortlist", 1}})),
                HasSubstr("selection.shortlist: is 1 (as long as the batch"));
    EXPECT_THAT(problem_with(selection({{"strategy", "divbs"}, {"student", -1}})),
                HasSubstr("selection.student: is -1"));
    EXPECT_EQ(problem_with(selection({{"strategy", "divbs"}, {"kept_epochs", 5}, {"shortlist", 3}})),
              "no problem");
    EXPECT_THAT(problem_with(selection({{"normalise_rows", true}, {"clip_norm", 0.9}})),
                HasSubstr("selection.clip_norm: is given with normalise_rows"));
    EXPECT_THAT(problem_with(selection({{"strategy", "divsb"}})), HasSubstr("did you mean 'divbs'"));
    EXPECT_THAT(problem_with(selection({{"schedule", "cubic"}})),
                HasSubstr("known: constant, linear, exponential"));
    EXPECT_THAT(problem_with(Json{{"effective_epochs", 0}}),
                HasSubstr("effective_epochs: is 0 (allowed: above 0"));
    EXPECT_THAT(problem_with(Json{{"max_minutes", -1}}), HasSubstr("max_minutes: is -1"));
}

}  // namespace
}  // namespace fibonaqi::nn
