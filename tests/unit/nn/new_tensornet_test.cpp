// A TensorNet with random weights: reproducible, distributed as documented, and able to learn.
#include "fibonaqi/model/new_tensornet.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/tensornet_layout.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/train_step.hpp"

#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

NewTensorNet small() {
    NewTensorNet description;
    description.name = "fresh";
    description.species = {8, 12, 14};
    description.cutoff = 4.5;
    description.channels = 16;
    return description;
}

std::vector<double> values(const ModelFile& model, const std::string& name) {
    return model.tensors.at(name).as_doubles();
}

// Largest magnitude and root mean square.
std::pair<double, double> size_of(const std::vector<double>& numbers) {
    double largest = 0.0, squares = 0.0;
    for (const double number : numbers) {
        largest = std::max(largest, std::abs(number));
        squares += number * number;
    }
    return {largest, std::sqrt(squares / static_cast<double>(numbers.size()))};
}

TEST(NewTensorNet, depends_on_its_seed_alone) {
    const ModelFile one = new_tensornet(small(), 7), same = new_tensornet(small(), 7),
                    other = new_tensornet(small(), 8);
    for (const auto& [name, tensor] : one.tensors) {
        EXPECT_EQ(tensor.data, same.tensors.at(name).data) << name;
    }
    EXPECT_NE(values(one, "linear.weight"), values(other, "linear.weight"));
    EXPECT_NE(values(one, "layers.0.linears_tensor.0.weight"),
              values(one, "layers.0.linears_tensor.1.weight"));
}

TEST(NewTensorNet, has_weights_of_the_sizes_that_the_original_draws) {
    const ModelFile model = new_tensornet(small(), 1);
    const auto [linear, linear_rms] = size_of(values(model, "linear.weight"));  // 48 inputs
    EXPECT_LE(linear, 1.0 / std::sqrt(48.0));
    EXPECT_NEAR(linear_rms, 1.0 / std::sqrt(3.0 * 48.0), 0.01);
    const auto [mixer, mixer_rms] = size_of(values(model, "layers.1.linears_tensor.3.weight"));
    EXPECT_LE(mixer, std::sqrt(6.0 / 32.0));
    EXPECT_NEAR(mixer_rms, std::sqrt(2.0 / 32.0), 0.03);
    EXPECT_EQ(size_of(values(model, "layers.0.linears_scalar.1.bias")).first, 0.0);
    EXPECT_EQ(values(model, "out_norm.weight"), std::vector<double>(48, 1.0));
    EXPECT_NEAR(size_of(values(model, "tensor_embedding.emb.weight")).second, 1.0, 0.3);
    EXPECT_LE(size_of(values(model, tensornet_last_layer)).first, 0.25);
}

TEST(NewTensorNet, learns) {
    const auto network = nn::load_network(new_tensornet(small(), 3), at::TensorOptions().dtype(at::kDouble));
    std::vector<Frame> frames(1);
    frames[0].structure = test::disordered_structure(true);
    frames[0].labels.energy = 1.0;
    frames[0].labels.forces.assign(frames[0].structure.size(), Vec3{0.0, 0.0, 0.0});
    nn::TrainOptions options =
        nn::train_options_from_json(nn::checked_train_settings(Json::object(), "defaults"));
    const nn::LabelledSet set = nn::make_labelled_set(frames, network->card(), options.weights, "test");
    nn::TrainStep step(*network, set, options);
    const double first = step.run({0}, 0.003);
    double last = first;
    for (int i = 0; i < 30; ++i) {
        last = step.run({0}, 0.003);
    }
    EXPECT_LT(last, 0.5 * first);
}

TEST(NewTensorNet, of_senseless_sizes_is_refused_in_one_sentence) {
    const std::vector<std::function<void(NewTensorNet&)>> spoil{
        [](NewTensorNet& d) { d.species = {}; },         [](NewTensorNet& d) { d.e0 = {1.0}; },
        [](NewTensorNet& d) { d.channels = 0; },         [](NewTensorNet& d) { d.layers = 33; },
        [](NewTensorNet& d) { d.basis_functions = 31; }, [](NewTensorNet& d) { d.scale = 0.0; },
        [](NewTensorNet& d) { d.cutoff = -1.0; }};
    for (const auto& change : spoil) {
        NewTensorNet description = small();
        change(description);
        try {
            new_tensornet(description, 1);
            ADD_FAILURE() << "accepted";
        } catch (const ModelError& error) {
            EXPECT_NE(std::string(error.what()).find("new model 'fresh'"), std::string::npos) << error.what();
        }
    }
}

}  // namespace
}  // namespace fibonaqi
