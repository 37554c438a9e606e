// Import of SevenNet's checkpoints: what comes out, and one clear sentence for whatever is wrong.
#include "fibonaqi/model/sevennet_import.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/model_import.hpp"
#include "fibonaqi/model/nequip_layout.hpp"
#include "fibonaqi/model/plain_data.hpp"
#include "fibonaqi/model/state_dict.hpp"

namespace fibonaqi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path folder = FIBONAQI_SOURCE_DIR "/tests/data/sevennet";

// The two parts of a checkpoint, to be spoilt.
class SevennetImport : public testing::Test {
  protected:
    SevennetImport() { take("tiny"); }

    void take(const std::string& name) {
        const std::string bytes = read_file(folder / (name + ".pth"));
        TorchArchive archive(bytes, name);
        config = plain_data(*archive.root().entry("config"));
        tensors = tensors_of(archive, *archive.root().entry("model_state_dict"), name);
    }
    ModelFile model() const { return nequip_from_sevennet(config, tensors, "spoilt.pth"); }
    std::string refusal(ExitCode code) const {
        try {
            model();
        } catch (const ModelError& error) {
            EXPECT_EQ(error.exit_code(), code) << error.what();
            EXPECT_EQ(std::string(error.what()).find("spoilt.pth: "), 0u) << error.what();
            return error.what();
        }
        return "accepted";
    }

    Json config;
    TensorMap tensors;
};

TEST_F(SevennetImport, makes_the_shift_of_every_element_its_reference_energy) {
    const ModelFile imported = import_model(folder / "tiny.pth", {});
    EXPECT_EQ(imported.card.name, "tiny");
    EXPECT_EQ(imported.card.architecture, "nequip");
    EXPECT_THAT(imported.card.species, ElementsAre(12, 8, 14));  // the order of the network
    EXPECT_THAT(imported.card.e0, ElementsAre(-1.5, -2.25, -3.125));
    EXPECT_THAT(imported.tensors.at(nequip_scale).as_doubles(), ElementsAre(1.75, 1.5, 2.0));
    EXPECT_EQ(imported.card.cutoff, 4.5);
    EXPECT_EQ(imported.card.layers, 2);
    EXPECT_EQ(imported.card.dtype, "float32");
    const Json& hyper = imported.card.hyperparameters;
    EXPECT_EQ(hyper.at("irreps"), (Json{"4x0e", "4x0e+4x1o+4x2e", "4x0e"}));
    EXPECT_EQ(hyper.at("self_connection_type"), (Json{"nequip", "nequip"}));
    EXPECT_EQ(hyper.at("n_parameters"), 602);
    EXPECT_EQ(hyper.at("last_layer"), nequip_last_layer);
    EXPECT_EQ(imported.card.provenance.at("source"), "tiny.pth");
}

TEST_F(SevennetImport, gives_all_elements_the_one_shift_and_scale_of_a_network) {
    const ModelFile imported = import_model(folder / "mixed.pth", {});
    EXPECT_THAT(imported.card.e0, ElementsAre(-1.5, -1.5, -1.5));
    EXPECT_THAT(imported.tensors.at(nequip_scale).as_doubles(), ElementsAre(1.75, 1.75, 1.75));
    EXPECT_EQ(imported.card.hyperparameters.at("irreps"),
              (Json{"2x0e", "2x0e+2x1o+2x2e", "2x0e+2x1o+2x1e+2x2o+2x2e", "2x0e"}));
}

TEST_F(SevennetImport, keeps_nothing_but_weights_and_constants_of_the_network) {
    take("old");
    const ModelFile imported = model();
    EXPECT_TRUE(tensors.contains("1_convolution.convolution._compiled_main_left_right._w3j_1_2_2"));
    const auto parameters = imported.card.hyperparameters.at("parameters").size();
    EXPECT_EQ(imported.tensors.size(), parameters + 1 + 3);  // the scales, and a denominator a layer
}

TEST_F(SevennetImport, weights_of_untrained_wave_numbers_are_multiples_of_pi_over_the_cutoff) {
    const std::vector<double> trained = model().tensors.at(nequip_wave_numbers).as_doubles();
    tensors.erase(nequip_wave_numbers);
    const std::vector<double> computed = model().tensors.at(nequip_wave_numbers).as_doubles();
    ASSERT_EQ(computed.size(), 4u);
    for (std::size_t n = 0; n < 4; ++n) {
        EXPECT_NEAR(computed[n], static_cast<double>(n + 1) * M_PI / 4.5, 1e-6);
        EXPECT_NEAR(computed[n], trained[n], 1e-6);  // random weights: as initialised
    }
}

TEST_F(SevennetImport, turns_the_weights_of_a_path_whose_coefficients_are_turned) {
    take("old");
    const std::string coefficients = "1_convolution.convolution._compiled_main_left_right._w3j_1_1_1";
    const std::string weights = "1_convolution.weight_nn.layer2.weight";
    const std::vector<double> before = model().tensors.at(weights).as_doubles();
    StoredTensor& tensor = tensors.at(coefficients);
    std::vector<double> values = tensor.as_doubles();
    for (double& value : values) {
        value = -value;
    }
    tensor = StoredTensor::from_doubles(values, tensor.shape, tensor.type);
    const std::vector<double> after = model().tensors.at(weights).as_doubles();
    std::size_t turned = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        turned += after[i] == -before[i] ? 1 : 0;
        EXPECT_EQ(std::abs(after[i]), std::abs(before[i]));
    }
    EXPECT_EQ(turned, 5u * 3u);  // rows times channels of 1e
    values[0] += 0.5;
    tensor = StoredTensor::from_doubles(values, tensor.shape, tensor.type);
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("'" + coefficients + "' is no coupling"));
}

TEST_F(SevennetImport, missing_and_misshapen_tensors_are_named) {
    TensorMap whole = tensors;
    tensors.erase("1_self_interaction_2.linear.weight");
    EXPECT_THAT(refusal(ExitCode::refused),
                HasSubstr("tensor '1_self_interaction_2.linear.weight' is missing"));
    tensors = whole;
    tensors.erase("rescale_atomic_energy.shift");
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("tensor 'rescale_atomic_energy.shift' is missing"));
    tensors = whole;
    tensors.at("0_convolution.weight_nn.layer0.weight").shape = {6, 4};
    EXPECT_THAT(refusal(ExitCode::refused),
                AllOf(HasSubstr("'0_convolution.weight_nn.layer0.weight' has the shape [6, 4]"),
                      HasSubstr("[4, 6] belongs")));
    tensors = whole;
    tensors.at("rescale_atomic_energy.scale") =
        StoredTensor::from_doubles({1.0, 2.0}, {2}, TensorType::float32);
    EXPECT_THAT(refusal(ExitCode::refused),
                HasSubstr("'rescale_atomic_energy.scale' has 2 numbers for 3 elements"));
}

TEST_F(SevennetImport, numbers_that_are_none_are_refused) {
    StoredTensor& tensor = tensors.at("reduce_hidden_to_energy.linear.weight");
    std::vector<double> values = tensor.as_doubles();
    values[1] = std::numeric_limits<double>::quiet_NaN();
    tensor = StoredTensor::from_doubles(values, tensor.shape, tensor.type);
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("reduce_hidden_to_energy.linear.weight"));
}

TEST_F(SevennetImport, elements_that_clash_are_named) {
    config["_type_map"]["14"] = 1;
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("Si and O the same index 1"));
    config["_type_map"]["14"] = 3;
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("'_type_map' of the config is no integer from 0 to 2"));
    config["_type_map"] = Json{{"12", 0}, {"O", 1}, {"14", 2}};
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("names 'O', which is no atomic number"));
}

TEST_F(SevennetImport, options_that_the_network_here_lacks_are_named) {
    const std::vector<std::tuple<std::string, Json, std::string>> unknown{
        {"use_modality", true, "several modalities"},
        {"use_bias_in_linear", true, "linear maps with a bias"},
        {"readout_as_fcn", true, "a nonlinear readout"},
        {"_normalize_sph", false, "harmonics of vectors that are not normalised"},
        {"interaction_type", "attention", "interactions of the type 'attention'"},
        {"radial_basis", Json{{"radial_basis_name", "gauss"}}, "the radial basis 'gauss'"},
        {"act_radial", "ssp", "the activation function 'ssp'"},
        {"act_gate", Json{{"e", "silu"}, {"o", "abs"}}, "the activation function 'abs'"},
        {"self_connection_type", "none", "a self connection of the type 'none'"},
        {"cutoff_function", Json{{"cutoff_function_name", "cosine"}}, "the cutoff function 'cosine'"},
        {"irreps_manual", Json{"4x0e", "4x1o", "4x0e"}, "the features 4x1o have no even scalars"},
        {"irreps_manual", Json{"4x0e", "4x0e+4x1o", "4x1o"}, "not scalars alone"}};
    const Json whole = config;
    for (const auto& [key, value, expected] : unknown) {
        config = whole;
        config[key] = value;
        EXPECT_THAT(refusal(ExitCode::usage), AllOf(HasSubstr(expected), HasSubstr("this program's NequIP")));
    }
}

TEST_F(SevennetImport, a_config_without_sense_is_refused_by_its_key) {
    const std::vector<std::pair<std::string, Json>> senseless{{"cutoff", "far"},
                                                              {"cutoff", nullptr},
                                                              {"lmax", 7},
                                                              {"is_parity", "yes"},
                                                              {"num_convolution_layer", 0},
                                                              {"channel", 100000},
                                                              {"weight_nn_hidden_neurons", Json::array()},
                                                              {"weight_nn_hidden_neurons", Json{-1}},
                                                              {"irreps_manual", Json{"4x0e"}},
                                                              {"irreps_manual", Json{"4x0e", 3, "4x0e"}},
                                                              {"self_connection_type", Json{"linear"}},
                                                              {"_type_map", Json::object()},
                                                              {"version", "new"}};
    const Json whole = config;
    for (const auto& [key, value] : senseless) {
        config = whole;
        config[key] = value;
        EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("'" + key + "' of the config")) << key << value;
    }
}

TEST_F(SevennetImport, an_element_that_the_model_lacks_and_a_head_are_refused) {
    ImportOptions options;
    options.species = {26};
    EXPECT_THROW(import_model(folder / "tiny.pth", options), ModelError);
    options = {};
    options.head = "PBE";
    try {
        import_model(folder / "tiny.pth", options);
        FAIL() << "accepted";
    } catch (const ModelError& error) {
        EXPECT_THAT(error.what(), HasSubstr("SevenNet's models have no heads"));
    }
}

TEST_F(SevennetImport, a_file_that_is_cut_off_anywhere_is_refused) {
    const std::string bytes = read_file(folder / "old.pth");
    for (std::size_t length = 0; length < bytes.size(); length += 499) {
        EXPECT_THROW(import_sevennet(std::string_view(bytes).substr(0, length), "cut.pth", {}), ModelError);
    }
}

}  // namespace
}  // namespace fibonaqi
