#include "fibonaqi/label/pack_size.hpp"

#include <gtest/gtest.h>

namespace fibonaqi {
namespace {

TEST(PackSize, of_programs_that_serve_is_the_share_of_a_slot_up_to_fifty) {
    EXPECT_EQ(pack_size({.serves = true, .queued = 7, .free_slots = 2}), 4u);
    EXPECT_EQ(pack_size({.serves = true, .queued = 1000, .free_slots = 2}), 50u);
}

TEST(PackSize, of_quick_labels_is_a_second_of_work) {
    EXPECT_EQ(pack_size({.queued = 1000, .free_slots = 2, .done = 4, .seconds_of_done = 0.4}), 10u);
    EXPECT_EQ(pack_size({.queued = 1000, .free_slots = 2, .done = 4, .seconds_of_done = 0.0}), 50u);
    EXPECT_EQ(pack_size({.queued = 6, .free_slots = 2, .done = 4, .seconds_of_done = 0.4}), 3u) << "share";
}

TEST(PackSize, is_one_where_labels_take_longer_or_it_is_not_known) {
    EXPECT_EQ(pack_size({.queued = 1000, .free_slots = 2, .done = 4, .seconds_of_done = 2.4}), 1u);
    EXPECT_EQ(pack_size({.queued = 1000, .free_slots = 2, .done = 4, .seconds_of_done = 2400.0}), 1u);
    EXPECT_EQ(pack_size({.queued = 1000, .free_slots = 2}), 1u);
    EXPECT_EQ(pack_size({.queued = 1, .free_slots = 8}), 1u);
}

}  // namespace
}  // namespace fibonaqi
