#include "tests/contract/nn/network_contract.hpp"

namespace fibonaqi::test {

INSTANTIATE_TEST_SUITE_P(All, NetworkContract,
                         testing::Values(NetworkCase{"mace", tiny_model}, NetworkCase{"nequip", tiny_nequip},
                                         NetworkCase{"tensornet", tiny_tensornet}),
                         [](const auto& network) { return network.param.name; });

}  // namespace fibonaqi::test
