// Models with random weights: reproducible, distributed as documented, and able to learn.
#include "fibonaqi/model/new_model.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/gated_layout.hpp"
#include "fibonaqi/model/new_model_spec.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/train_step.hpp"

#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

NewModel common(std::uint64_t seed = 7) {
    return {.name = "fresh",
            .species = {8, 12, 14},
            .cutoff = 4.5,
            .scale = 1.5,
            .average_neighbors = 20.0,
            .seed = seed};
}

MaceLayout small_mace() {
    MaceLayout layout;
    layout.channels = 8;
    layout.hidden_order = 1;
    layout.radial_widths = {16};
    return layout;
}

NequipLayout small_nequip() {
    NequipLayout layout;
    layout.max_ell = 1;
    layout.features = nequip_features(8, 1, 1, true, 2);
    layout.bessel_functions = 4;
    layout.radial_widths = {16};
    layout.self_connections.assign(2, SelfConnection::element);
    return layout;
}

TensorNetSizes small_tensornet() {
    return {0, 16, 2, 3};
}

struct Maker {
    std::string architecture;
    std::function<ModelFile(const NewModel&)> make;
};

void PrintTo(const Maker& maker, std::ostream* out) {
    *out << maker.architecture;
}

class NewModels : public testing::TestWithParam<Maker> {};

INSTANTIATE_TEST_SUITE_P(
    All, NewModels,
    testing::Values(Maker{"mace", [](const NewModel& model) { return new_mace(model, small_mace()); }},
                    Maker{"nequip", [](const NewModel& model) { return new_nequip(model, small_nequip()); }},
                    Maker{"tensornet",
                          [](const NewModel& model) { return new_tensornet(model, small_tensornet()); }}),
    [](const auto& maker) { return maker.param.architecture; });

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

TEST_P(NewModels, depend_on_their_seed_alone) {
    const ModelFile one = GetParam().make(common()), same = GetParam().make(common()),
                    other = GetParam().make(common(8));
    for (const auto& [name, tensor] : one.tensors) {
        EXPECT_EQ(tensor.data, same.tensors.at(name).data) << name;
    }
    const std::string last = one.card.hyperparameters.at("last_layer");
    EXPECT_NE(values(one, last), values(other, last));
}

TEST_P(NewModels, are_read_by_the_network_with_every_weight_they_list) {
    const ModelFile model = GetParam().make(common());
    const auto network = nn::load_network(model, at::TensorOptions().dtype(at::kDouble));
    std::vector<std::string> read;
    std::int64_t numbers = 0;
    for (const auto& [name, tensor] : network->parameters()) {
        read.push_back(name);
        numbers += tensor.numel();
    }
    const auto listed = model.card.hyperparameters.at("parameters").get<std::vector<std::string>>();
    EXPECT_THAT(read, testing::UnorderedElementsAreArray(listed));
    EXPECT_EQ(model.card.hyperparameters.at("n_parameters"), numbers);
    EXPECT_EQ(model.card.hyperparameters.at("last_layer"), network->last_layer_name());
}

TEST_P(NewModels, learn) {
    const auto network = nn::load_network(GetParam().make(common(3)), at::TensorOptions().dtype(at::kDouble));
    std::vector<Frame> frames(1);
    frames[0].structure = test::disordered_structure(true);
    frames[0].labels.energy = 1.0;
    frames[0].labels.forces.assign(frames[0].structure.size(), Vec3{0.0, 0.0, 0.0});
    const nn::TrainOptions options =
        nn::train_options_from_json(nn::checked_train_settings(Json::object(), "defaults"));
    const nn::LabelledSet set = nn::make_labelled_set(frames, network->card(), options.weights, "test");
    nn::TrainStep step(*network, set, options);
    const double first = step.run({{0}, {1.0}}, 0.003).mean;
    double last = first;
    for (int i = 0; i < 30; ++i) {
        last = step.run({{0}, {1.0}}, 0.003).mean;
    }
    EXPECT_LT(last, 0.5 * first);
}

TEST_P(NewModels, of_senseless_sizes_are_refused_in_one_sentence) {
    const std::vector<std::function<void(NewModel&)>> spoil{
        [](NewModel& d) { d.species = {}; }, [](NewModel& d) { d.e0 = {1.0}; },
        [](NewModel& d) { d.scale = 0.0; }, [](NewModel& d) { d.average_neighbors = 0.0; },
        [](NewModel& d) { d.cutoff = -1.0; }};
    for (const auto& change : spoil) {
        NewModel description = common();
        change(description);
        try {
            GetParam().make(description);
            ADD_FAILURE() << "accepted";
        } catch (const ModelError& error) {
            EXPECT_THAT(error.what(), HasSubstr("new model 'fresh'"));
        }
    }
}

TEST(NewModel, has_weights_of_the_sizes_that_the_originals_draw) {
    const ModelFile mace = new_mace(common(), small_mace());
    EXPECT_NEAR(size_of(values(mace, "interactions.1.skip_tp.weight")).second, 1.0, 0.2);
    EXPECT_NEAR(size_of(values(mace, "products.0.symmetric_contractions.contractions.1.weights_max")).second,
                1.0, 0.2);
    const ModelFile nequip = new_nequip(common(), small_nequip());
    EXPECT_NEAR(size_of(values(nequip, "1_self_interaction_2.linear.weight")).second, 1.0, 0.2);
    EXPECT_NEAR(values(nequip, nequip_wave_numbers)[3], 4.0 * M_PI / 4.5, 1e-6);
    EXPECT_NEAR(values(nequip, "1_convolution.denominator")[0], std::sqrt(20.0), 1e-6);
    const ModelFile tensornet = new_tensornet(common(), small_tensornet());
    const auto [linear, linear_rms] = size_of(values(tensornet, "linear.weight"));  // 48 inputs
    EXPECT_LE(linear, 1.0 / std::sqrt(48.0));
    EXPECT_NEAR(linear_rms, 1.0 / std::sqrt(3.0 * 48.0), 0.01);
    const auto [mixer, mixer_rms] = size_of(values(tensornet, "layers.1.linears_tensor.3.weight"));
    EXPECT_LE(mixer, std::sqrt(6.0 / 32.0));
    EXPECT_NEAR(mixer_rms, std::sqrt(2.0 / 32.0), 0.03);
    EXPECT_EQ(size_of(values(tensornet, "layers.0.linears_scalar.1.bias")).first, 0.0);
    EXPECT_EQ(values(tensornet, "out_norm.weight"), std::vector<double>(48, 1.0));
    EXPECT_NEAR(size_of(values(tensornet, "tensor_embedding.emb.weight")).second, 1.0, 0.3);
    EXPECT_LE(size_of(values(tensornet, gated_last_layer)).first, 0.25);
}

TEST(NewModel, of_sizes_that_no_network_has_names_them) {
    const auto refusal = [](const auto& make) -> std::string {
        try {
            make();
            return "accepted";
        } catch (const ModelError& error) {
            return error.what();
        }
    };
    MaceLayout deep = small_mace();
    deep.correlation = 5;
    EXPECT_THAT(refusal([&] { new_mace(common(), deep); }),
                HasSubstr("correlation is 5 (1 to 4 are possible)"));
    EXPECT_THAT(refusal([&] {
                    new_tensornet(common(), {0, 16, 33, 3});
                }),
                HasSubstr("number of layers is 33"));
    NequipLayout narrow = small_nequip();
    narrow.features.back()[0].channels = 1;
    EXPECT_THAT(refusal([&] { new_nequip(common(), narrow); }), HasSubstr("fewer than two scalars"));
}

class NewModelSpec : public testing::Test {
  protected:
    ModelFile make(const std::string& text) const { return new_model_from(text, folder_ / "spec.json"); }
    std::string refusal(const std::string& text) const {
        try {
            make(text);
            return "accepted";
        } catch (const Error& error) {
            return error.what();
        }
    }

    test::TemporaryFolder folder_;
};

TEST_F(NewModelSpec, takes_elements_scale_and_neighbours_from_the_data) {
    write_file_atomically(folder_ / "train.xyz",
                          "2\nProperties=species:S:1:pos:R:3:forces:R:3 energy=-1\n"
                          "Si 0 0 0 3 0 0\nO 1.6 0 0 -3 0 0\n"
                          "1\nProperties=species:S:1:pos:R:3:forces:R:3 energy=-1\nO 0 0 0 0 0 0\n");
    for (const std::string architecture : {"mace", "nequip", "tensornet"}) {
        const ModelFile model = make(R"({"architecture": ")" + architecture + R"(", "data": "train.xyz"})");
        EXPECT_EQ(model.card.species, (std::vector<int>{8, 14}));
        EXPECT_EQ(model.card.cutoff, 5.0);
        EXPECT_EQ(model.card.dtype, "float32");
        if (architecture == "mace") {
            EXPECT_NEAR(model.card.hyperparameters.at("scale").get<double>(), std::sqrt(18.0 / 9.0), 1e-12);
            EXPECT_EQ(model.card.hyperparameters.at("avg_num_neighbors"), 1.0);  // the last atom has none
        }
    }
}

TEST_F(NewModelSpec, without_data_wants_to_know_them) {
    const std::string message = refusal("{\"architecture\": \"mace\",\n\"seed\": 3}");
    EXPECT_THAT(message, HasSubstr("elements: is not given (and there is no data"));
    EXPECT_THAT(message, HasSubstr("scale_eV: is not given"));
    EXPECT_THAT(message, HasSubstr("average_neighbors: is not given"));
    EXPECT_EQ(make(R"({"architecture": "tensornet", "elements": ["Si"], "scale_eV": 1})").card.species,
              std::vector<int>{14});
}

TEST_F(NewModelSpec, puts_licence_and_citation_on_the_card) {
    const std::string sizes = R"("architecture": "tensornet", "elements": ["Si"], "scale_eV": 1)";
    const Json stated = make("{" + sizes + R"(, "licence": "MIT", "citation": "a paper"})").card.provenance;
    EXPECT_EQ(stated.at("licence"), "MIT");
    EXPECT_EQ(stated.at("citation"), "a paper");
    EXPECT_FALSE(make("{" + sizes + "}").card.provenance.contains("licence"));
}

TEST_F(NewModelSpec, names_whatever_is_wrong_with_its_line) {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {R"({"architecture": "mase"})", "did you mean 'mace'"},
        {R"({"architecture": "mace", "mace": {"channel": 8}})", "did you mean 'channels'"},
        {R"({"architecture": "mace", "mace": {"correlation": 5}})", "mace.correlation"},
        {R"({"architecture": "mace", "elements": ["si"], "scale_eV": 1, "average_neighbors": 9})",
         "did you mean 'Si'"},
        {R"({"architecture": "mace", "data": "absent.xyz"})", "absent.xyz"},
        {R"({})", "architecture"}};
    for (const auto& [text, expected] : wrong) {
        EXPECT_THAT(refusal(text), HasSubstr(expected)) << text;
    }
}

}  // namespace
}  // namespace fibonaqi
