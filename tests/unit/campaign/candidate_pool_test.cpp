#include "fibonaqi/campaign/candidate_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/campaign/frame_origin.hpp"
#include "fibonaqi/campaign/walker_plan.hpp"

#include "tests/support/silicon.hpp"
#include "tests/unit/campaign/small_campaign.hpp"

namespace fibonaqi {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Frame frame(double shift) {
    Frame result;
    result.structure = test::two_silicon_atoms(shift).structure;
    return result;
}

TEST(CandidateGate, keeps_what_is_new_and_sane_and_counts_the_rest) {
    const Frame known = frame(0.3);
    CandidateGate gate(0.6, {structure_hash(known.structure)});
    gate.add({frame(0.1), known, frame(0.2)});
    Frame crushed = frame(0.0);
    crushed.structure.positions[1] = {0.5, 0.0, 0.0};
    gate.add({frame(0.1), crushed, frame(0.4)});
    const CandidatePool& pool = gate.pool();
    ASSERT_THAT(pool.frames, SizeIs(3));
    EXPECT_EQ(structure_hash(pool.frames[0].structure), structure_hash(frame(0.1).structure));
    EXPECT_EQ(structure_hash(pool.frames[2].structure), structure_hash(frame(0.4).structure));
    EXPECT_EQ(pool.too_close, 1U);
    EXPECT_EQ(pool.duplicate, 1U);
    EXPECT_EQ(pool.labelled, 1U);
}

TEST(EvenlySpread, takes_the_middle_of_each_part) {
    EXPECT_THAT(evenly_spread(10, 2), ElementsAre(2, 7));
    EXPECT_THAT(evenly_spread(9, 3), ElementsAre(1, 4, 7));
    EXPECT_THAT(evenly_spread(3, 5), ElementsAre(0, 1, 2));
    EXPECT_THAT(evenly_spread(0, 5), IsEmpty());
    for (std::size_t n = 1; n < 40; ++n) {
        for (std::size_t count = 1; count <= n; ++count) {
            const auto chosen = evenly_spread(n, count);
            ASSERT_THAT(chosen, SizeIs(count));
            EXPECT_LT(chosen.back(), n);
            EXPECT_TRUE(std::adjacent_find(chosen.begin(), chosen.end(), std::greater_equal<>()) ==
                        chosen.end());
        }
    }
}

TEST(FrameOrigin, reads_what_walkers_and_selectors_note) {
    Frame chosen = frame(0.1);
    chosen.info["walker"] = 3L;
    chosen.info["step"] = 1200L;
    chosen.info["target_temperature_K"] = 900.0;
    chosen.info["selection_order"] = 4L;
    chosen.info["selection_score"] = 0.5;
    const LabelOrigin origin = origin_of(chosen, 2);
    EXPECT_EQ(origin.walker, 3);
    EXPECT_EQ(origin.step, 1200);
    EXPECT_EQ(origin.temperature_K, 900.0);
    EXPECT_EQ(origin.order, 4);
    EXPECT_EQ(origin.score, 0.5);
    EXPECT_EQ(origin.purpose, "train");
    EXPECT_EQ(origin_of(chosen, 0).purpose, "test");
}

TEST(FrameOrigin, does_without_what_is_missing) {
    Frame bare = frame(0.1);
    bare.info["reason"] = 5L;
    const LabelOrigin origin = origin_of(bare, 1);
    EXPECT_EQ(origin.walker, -1);
    EXPECT_EQ(origin.order, -1);
    EXPECT_FALSE(origin.score);
    EXPECT_EQ(text_of(bare, "reason"), "") << "a number is no text";
    EXPECT_FALSE(number_of(bare, "step"));
}

CampaignOptions options(const std::string& pointer = "/seed", const Json& value = 1) {
    Json config = test::small_campaign();
    config[Json::json_pointer(pointer)] = value;
    return campaign_options(check_campaign(config).values);
}

TEST(WalkerPlan, has_one_walker_per_temperature) {
    const auto plan = explore_plan(options().explore);
    ASSERT_THAT(plan, SizeIs(2));
    EXPECT_EQ(plan[1].number, 1U);
    EXPECT_EQ(plan[1].temperature_K, 900.0);
    EXPECT_EQ(plan[1].every_steps, 10);
    EXPECT_EQ(candidates_of(plan), 20U);
    EXPECT_EQ(candidates_of(explore_plan(options("/explore/first_step", 0).explore)), 20U)
        << "the start itself is no candidate";
    EXPECT_EQ(walker_name(plan[1]), "walker 1 (900 K)");
}

TEST(WalkerPlan, has_several_walkers_per_temperature) {
    const auto plan = explore_plan(options("/explore/walkers_per_temperature", 3).explore);
    ASSERT_THAT(plan, SizeIs(6));
    EXPECT_EQ(plan[2].temperature_K, 300.0);
    EXPECT_EQ(plan[3].temperature_K, 900.0);
    EXPECT_EQ(plan[5].number, 5U);
    EXPECT_EQ(candidates_of(plan), 60U);
}

TEST(WalkerPlan, gives_the_test_set_twice_the_frames_that_it_needs) {
    for (const int frames : {1, 4, 7, 24, 100}) {
        const CampaignOptions wanted = options("/test_set/frames", frames);
        const auto plan = test_plan(wanted);
        ASSERT_THAT(plan, SizeIs(2));
        const std::size_t possible = 2 * 41;  // steps 10 to 50 of two walkers
        EXPECT_GE(candidates_of(plan), std::min<std::size_t>(2 * static_cast<std::size_t>(frames), possible));
        EXPECT_EQ(plan[0].strain_percent, wanted.test_set.strain_percent);
    }
    EXPECT_THAT(test_plan(options("/test_set/walkers_per_temperature", 3)), SizeIs(6));
}

}  // namespace
}  // namespace fibonaqi
