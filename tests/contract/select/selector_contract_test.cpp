#include "tests/contract/select/selector_contract.hpp"

namespace fibonaqi::test {

const std::vector<SelectorCase> cases{{"bait", Json::object()},
                                      {"bait", Json{{"overselect", 2.0}, {"mode", "p"}}},
                                      {"direct", Json::object()},
                                      {"direct", Json{{"per_cluster", 2}}},
                                      {"divbs", Json::object()},
                                      {"divbs", Json{{"pick", "argmax"}, {"fill", "restart"}}},
                                      {"divbs", Json{{"pick", "ols"}, {"fill", "stop"}}, true},
                                      {"frank_wolfe", Json::object()},
                                      {"gradient_norm", Json::object()},
                                      {"gradient_norm", Json{{"pick", "importance"}}},
                                      {"gradmatch", Json::object()},
                                      {"gradmatch", Json{{"ridge", 0.0}, {"fill", "stop"}}, true},
                                      {"infobatch", Json::object()},
                                      {"kmeanspp", Json::object()},
                                      {"kmeanspp", Json{{"first", "largest"}, {"posterior_sigma", 0.5}}},
                                      {"lcmd", Json::object()},
                                      {"loss", Json::object()},
                                      {"loss", Json{{"pick", "rank"}}},
                                      {"maxdet", Json::object()},
                                      {"maxdet", Json{{"sigma", 0.0}}},
                                      {"maxdiag", Json{{"posterior_sigma", 0.5}}},
                                      {"maxdist", Json::object()},
                                      {"rho_loss", Json::object()},
                                      {"uniform", Json::object()},
                                      {"window", Json{{"low", 0.0}, {"high", 1e6}}, true}};

INSTANTIATE_TEST_SUITE_P(All, SelectorContract, testing::ValuesIn(cases));

// A selector that is listed but not instantiated above would go untested.
TEST(SelectorContractCoverage, names_every_listed_selector) {
    std::set<std::string> tested;
    for (const SelectorCase& selector : cases) {
        tested.insert(selector.name);
    }
    const std::vector<std::string> names = strategy_names();
    EXPECT_EQ(tested, std::set<std::string>(names.begin(), names.end()));
}

}  // namespace fibonaqi::test
