#include "tests/contract/nn/network_contract.hpp"

#include "tests/contract/nn/readout_contract.hpp"
#include "tests/contract/nn/trainable_contract.hpp"
#include "tests/support/tiny_script.hpp"

namespace fibonaqi::test {

INSTANTIATE_TEST_SUITE_P(All, NetworkContract,
                         testing::Values(NetworkCase{"mace", tiny_model}, NetworkCase{"nequip", tiny_nequip},
                                         NetworkCase{"tensornet", tiny_tensornet},
                                         NetworkCase{"m3gnet", tiny_m3gnet},
                                         NetworkCase{"m3gnet_old", tiny_old_m3gnet, false},
                                         NetworkCase{"torchscript", tiny_script}),
                         [](const auto& network) { return network.param.name; });

TEST(Networks, of_an_architecture_that_nobody_knows_are_refused_with_the_nearest_one) {
    ModelFile model = tiny_model();
    model.card.architecture = "mase";
    try {
        nn::load_network(model, at::TensorOptions().dtype(at::kDouble));
        FAIL() << "accepted";
    } catch (const ModelError& error) {
        EXPECT_NE(std::string(error.what())
                      .find("the architecture 'mase' (unknown to this program) did you mean 'mace'?"),
                  std::string::npos)
            << error.what();
        EXPECT_EQ(error.exit_code(), ExitCode::usage);
    }
}

}  // namespace fibonaqi::test
