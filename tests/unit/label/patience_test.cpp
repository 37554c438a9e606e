#include "fibonaqi/label/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibonaqi {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

LabelFailure failure(FailureKind kind) {
    return {kind, "line of the output"};
}

TEST(Patience, ends_after_failures_in_a_row_that_are_alike) {
    Patience patience({1.0, 3});
    for (const std::size_t failed : {1u, 2u}) {
        patience.failed(failure(FailureKind::launch), failed, 100);
        EXPECT_EQ(patience.end(), "");
    }
    patience.failed(failure(FailureKind::launch), 3, 100);
    EXPECT_THAT(patience.end(),
                AllOf(HasSubstr("3 labels in a row failed alike"), HasSubstr("launch: line of the output")));
}

TEST(Patience, lasts_where_failures_differ_or_labels_come_between) {
    Patience patience({1.0, 2});
    for (std::size_t round = 0; round < 5; ++round) {
        patience.failed(failure(FailureKind::launch), 3 * round, 100);
        patience.failed(failure(FailureKind::charge), 3 * round + 1, 100);
        patience.accepted();
        patience.failed(failure(FailureKind::charge), 3 * round + 2, 100);
    }
    EXPECT_EQ(patience.end(), "");
}

TEST(Patience, ends_when_more_fail_than_allowed_and_keeps_the_first_reason) {
    Patience patience({0.2, 0});
    patience.failed(failure(FailureKind::charge), 2, 10);
    EXPECT_EQ(patience.end(), "");
    patience.failed(failure(FailureKind::launch), 3, 10);
    patience.failed(failure(FailureKind::charge), 4, 10);
    EXPECT_THAT(patience.end(), AllOf(HasSubstr("3 of 10 labels failed"), HasSubstr("the last: launch")));
}

}  // namespace
}  // namespace fibonaqi
