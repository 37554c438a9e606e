#include "fibonaqi/model/mace_import.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/model/model_store.hpp"

#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/zip_writer.hpp"

namespace fibonaqi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Written by mace-torch itself: see make_models.py there.
std::filesystem::path mace_data(const std::string& file) {
    return std::filesystem::path(FIBONAQI_SOURCE_DIR) / "tests/data/mace" / file;
}

void expect_same(const TensorMap& tensors, const TensorMap& expected) {
    for (const auto& [name, tensor] : expected) {
        ASSERT_TRUE(tensors.contains(name)) << name;
        EXPECT_EQ(tensors.at(name).type, tensor.type) << name;
        EXPECT_EQ(tensors.at(name).shape, tensor.shape) << name;
        EXPECT_EQ(tensors.at(name).data, tensor.data) << name;
    }
}

std::string message_of(const std::string& bytes, const ImportOptions& options = {}) {
    try {
        import_mace(bytes, "f.model", options);
    } catch (const ModelError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(MaceImport, gives_the_tensors_of_maces_own_state_dict_bit_by_bit) {
    for (const std::string name : {"tiny", "options"}) {
        const ModelFile model = import_mace(mace_data(name + ".model"), {});
        const TensorMap expected = read_tensor_file(mace_data(name + ".state.safetensors")).tensors;
        expect_same(model.tensors, expected);
        EXPECT_EQ(model.tensors.size(), expected.size());
        EXPECT_EQ(model.card.name, name);
    }
}

TEST(MaceImport, reads_the_hyperparameters_of_a_scalar_model) {
    const ModelCard card = import_mace(mace_data("tiny.model"), {}).card;
    const Json& hyper = card.hyperparameters;
    EXPECT_EQ(card.architecture, "mace");
    EXPECT_EQ(card.dtype, "float32");
    EXPECT_EQ(card.cutoff, 4.5);
    EXPECT_EQ(card.layers, 2);
    EXPECT_THAT(card.species, ElementsAre(8, 12, 14));
    EXPECT_THAT(card.e0, ElementsAre(-1.5, -0.25, -3.0));
    EXPECT_EQ(hyper["model"], "ScaleShiftMACE");
    EXPECT_EQ(hyper["interaction"], "RealAgnosticResidualInteractionBlock");
    EXPECT_EQ(hyper["interaction_first"], "RealAgnosticInteractionBlock");
    EXPECT_EQ(hyper["num_interactions"], 2);
    EXPECT_EQ(hyper["r_max"], 4.5);
    EXPECT_EQ(hyper["num_bessel"], 5);
    EXPECT_EQ(hyper["num_polynomial_cutoff"], 6);
    EXPECT_EQ(hyper["max_ell"], 1);
    EXPECT_EQ(hyper["correlation"], 2);
    EXPECT_EQ(hyper["hidden_irreps"], "4x0e");
    EXPECT_EQ(hyper["MLP_irreps"], "3x0e");
    EXPECT_EQ(hyper["radial_MLP"], Json::array({6, 7}));
    EXPECT_EQ(hyper["gate"], "silu");
    EXPECT_EQ(hyper["avg_num_neighbors"], 7.25);  // a NumPy number inside the pickle
    EXPECT_EQ(hyper["avg_num_neighbors_per_layer"], Json::array({7.25, 7.25}));
    EXPECT_EQ(hyper["scale"], static_cast<double>(0.8F));
    EXPECT_EQ(hyper["shift"], 0.125);
    EXPECT_EQ(hyper["distance_transform"], "None");
    EXPECT_EQ(hyper["pair_repulsion"], false);
    EXPECT_EQ(hyper["n_heads"], 1);
    EXPECT_EQ(hyper["readout"], "NonLinearReadoutBlock");
    EXPECT_EQ(hyper["use_last_readout_only"], false);
    EXPECT_EQ(hyper["last_layer"], "readouts.1.linear_2.weight");
    EXPECT_EQ(card.provenance["source_sha256"], sha256_of_file(mace_data("tiny.model")));
}

TEST(MaceImport, records_options_that_the_network_may_refuse) {
    const ModelCard card = import_mace(mace_data("options.model"), {}).card;
    EXPECT_EQ(card.dtype, "float64");
    EXPECT_EQ(card.hyperparameters["hidden_irreps"], "2x0e+2x1o");
    EXPECT_EQ(card.hyperparameters["interaction"], "RealAgnosticDensityResidualInteractionBlock");
    EXPECT_EQ(card.hyperparameters["distance_transform"], "Agnesi");
    EXPECT_EQ(card.hyperparameters["pair_repulsion"], true);
}

TEST(MaceImport, counts_and_names_the_trainable_tensors) {
    const ModelFile model = import_mace(mace_data("tiny.model"), {});
    std::int64_t count = 0;
    for (const Json& name : model.card.hyperparameters["parameters"]) {
        count += model.tensors.at(name.get<std::string>()).count();
    }
    EXPECT_EQ(model.card.hyperparameters["n_parameters"], count);
    EXPECT_EQ(model.card.hyperparameters["parameters"][0], "node_embedding.linear.weight");
}

TEST(MaceImport, survives_writing_and_reading) {
    const test::TemporaryFolder folder;
    const ModelFile model = import_mace(mace_data("options.model"), {.name = "mine"});
    write_model_file(folder / "m.safetensors", model);
    const ModelFile again = read_model_file(folder / "m.safetensors");
    EXPECT_EQ(to_json(again.card), to_json(model.card));
    expect_same(again.tensors, model.tensors);
}

TEST(MaceImport, converts_weights_but_not_buffers) {
    const ModelFile stored = import_mace(mace_data("options.model"), {});
    const ModelFile model = import_mace(mace_data("options.model"), {.dtype = TensorType::float32});
    EXPECT_EQ(model.card.dtype, "float32");
    EXPECT_EQ(model.tensors.at("radial_embedding.bessel_fn.bessel_weights").type, TensorType::float64);
    const std::vector<double> narrow = model.tensors.at("readouts.1.linear_2.weight").as_doubles();
    const std::vector<double> wide = stored.tensors.at("readouts.1.linear_2.weight").as_doubles();
    for (std::size_t i = 0; i < wide.size(); ++i) {
        EXPECT_EQ(narrow[i], static_cast<double>(static_cast<float>(wide[i])));
    }
}

// node_embedding is [elements, C], skip_tp [C, elements, C]: both divided by sqrt(elements) in use.
TEST(MaceImport, keeps_only_the_elements_asked_for_and_rescales) {
    const ModelFile all = import_mace(mace_data("tiny.model"), {.dtype = TensorType::float64});
    ModelFile some = all;
    keep_species(some, {14, 8});
    EXPECT_THAT(some.card.species, ElementsAre(8, 14));
    EXPECT_THAT(some.card.e0, ElementsAre(-1.5, -3.0));
    EXPECT_THAT(some.tensors.at("atomic_numbers").as_doubles(), ElementsAre(8, 14));
    const double factor = std::sqrt(2.0 / 3.0);
    const auto old_embedding = all.tensors.at("node_embedding.linear.weight").as_doubles();
    const auto embedding = some.tensors.at("node_embedding.linear.weight").as_doubles();
    const auto old_skip = all.tensors.at("interactions.1.skip_tp.weight").as_doubles();
    const auto skip = some.tensors.at("interactions.1.skip_tp.weight").as_doubles();
    ASSERT_EQ(embedding.size(), 8u);
    ASSERT_EQ(skip.size(), 32u);
    for (std::size_t element : {0u, 1u}) {
        for (std::size_t c = 0; c < 4; ++c) {
            EXPECT_EQ(embedding[element * 4 + c], old_embedding[2 * element * 4 + c] * factor);
            EXPECT_EQ(skip[(2 * 3 * 0 + c * 2 + element) * 4 + 1],
                      old_skip[(c * 3 + 2 * element) * 4 + 1] * factor);
        }
    }
    const std::string product = "products.0.symmetric_contractions.contractions.0.weights_max";
    EXPECT_EQ(some.tensors.at(product).shape[0], 2);
    EXPECT_EQ(some.tensors.at(product).as_doubles().back(), all.tensors.at(product).as_doubles().back());
    EXPECT_EQ(some.tensors.at(product).as_doubles().front(), all.tensors.at(product).as_doubles().front());
}

TEST(MaceImport, refuses_elements_that_the_model_lacks) {
    const std::string bytes = read_file(mace_data("tiny.model"));
    EXPECT_THAT(message_of(bytes, {.species = {8, 26}}), HasSubstr("does not know element Fe"));
    ModelFile model = import_mace(mace_data("tiny.model"), {});
    EXPECT_THROW(keep_species(model, {}), ModelError);
}

TEST(MaceImport, says_what_else_a_file_holds) {
    EXPECT_THAT(message_of(test::zip_of({{"m/data.pkl", "}."}})),
                HasSubstr("a dict (a checkpoint or state dict)"));
    EXPECT_THAT(message_of(test::zip_of({{"m/data.pkl", "ctorch.nn\nLinear\n)\x81."}})),
                HasSubstr("'torch.nn Linear'"));
    EXPECT_THAT(message_of(test::zip_of({{"m/data.pkl", "cmace.modules.models\nMACE\n)\x81."}})),
                HasSubstr("tensor 'atomic_numbers' is missing"));
    EXPECT_THROW(import_mace(mace_data("absent.model"), {}), FileError);
}

TEST(MaceImport, is_refused_when_cut_or_damaged_anywhere) {
    const std::string bytes = read_file(mace_data("tiny.model"));
    for (std::size_t length = 0; length < bytes.size(); length += 997) {
        EXPECT_NE(message_of(bytes.substr(0, length)), "accepted") << length;
    }
    for (std::size_t at = 0; at < bytes.size(); at += 1499) {  // checksums notice all but headers and padding
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(~damaged[at]);
        const std::string message = message_of(damaged);
        EXPECT_TRUE(message == "accepted" || message.starts_with("f.model: ")) << message;
    }
}

// The shared reference set is the same model, cut by another program: one rounding to float32, nothing else.
TEST(MaceImport, cuts_the_installed_mace_mp_0_small_as_the_reference_does) {
    FIBONAQI_NEEDS_SHARED("data/mace_reference/mp0_small_11el/model.safetensors");
    const std::filesystem::path installed = installed_model_file("mace-mp-0-small");
    if (!std::filesystem::exists(installed)) {
        GTEST_SKIP() << "mace-mp-0-small is not installed (fibonaqi model install mace-mp-0-small)";
    }
    const auto folder = test::shared_directory() / "data/mace_reference/mp0_small_11el";
    ModelFile model = read_model_file(installed);
    keep_species(model, read_json(folder / "hyper.json")["atomic_numbers"].get<std::vector<int>>());
    const TensorMap expected = read_tensor_file(folder / "model.safetensors").tensors;
    std::size_t compared = 0;
    for (const auto& [name, tensor] : expected) {
        if (name.ends_with("_zeroed") || name == "radial_embedding.cutoff_fn.p") {  // an int32 in newer MACE
            continue;
        }
        const StoredTensor& own = model.tensors.at(name);
        EXPECT_EQ(StoredTensor::from_doubles(own.as_doubles(), own.shape, tensor.type).data, tensor.data)
            << name;
        ++compared;
    }
    EXPECT_EQ(compared, 36u);
}

}  // namespace
}  // namespace fibonaqi
