#include "tests/contract/select/selector_contract.hpp"

namespace fibonaqi::test {

INSTANTIATE_TEST_SUITE_P(
    All, SelectorContract,
    testing::Values(SelectorCase{"uniform", Json::object()}, SelectorCase{"divbs", Json::object()},
                    SelectorCase{"divbs", Json{{"pick", "argmax"}, {"fill", "restart"}}},
                    SelectorCase{"divbs", Json{{"pick", "ols"}, {"fill", "stop"}}, true}));

// A selector that is listed but not instantiated above would go untested.
TEST(SelectorContractCoverage, names_every_listed_selector) {
    EXPECT_THAT(selector_names(), testing::ElementsAre("divbs", "uniform"));
}

}  // namespace fibonaqi::test
