// Import of matgl's potentials: what comes out, and one clear sentence for whatever is wrong.
#include "fibonaqi/model/matgl_import.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/gated_layout.hpp"
#include "fibonaqi/model/model_import.hpp"
#include "fibonaqi/model/state_dict.hpp"

#include "tests/support/matgl_data.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path tiny = test::matgl_data / "tiny";

// A copy of the tiny potential with its state dict as safetensors, to be spoilt.
class MatglImport : public testing::Test {
  protected:
    void SetUp() override {
        description = read_json(tiny / "model.json");
        state.tensors = read_state_dict(read_file(tiny / "state.pt"), "state.pt");
    }
    std::filesystem::path written() {
        const std::filesystem::path folder = folder_ / "copy";
        make_directories(folder);
        write_json(folder / "model.json", description);
        write_tensor_file(folder / "state.safetensors", state);
        return folder;
    }
    std::string refusal(ExitCode code, const ImportOptions& options = {}) {
        try {
            import_model(written(), options);
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), code) << error.what();
            return error.what();
        }
        return "accepted";
    }
    Json& arguments() { return description["kwargs"]["model"]["init_args"]; }
    StoredTensor& tensor(const std::string& name) { return state.tensors.at(name); }

    Json description;
    TensorFile state;
    test::TemporaryFolder folder_;
};

TEST_F(MatglImport, reads_what_was_saved_on_a_gpu) {
    EXPECT_NE(read_file(tiny / "state.pt").find("cuda:0"), std::string::npos);
    const ModelFile model = import_model(tiny, {});
    EXPECT_EQ(model.card.name, "tiny");
    EXPECT_EQ(model.card.architecture, "tensornet");
    EXPECT_THAT(model.card.species, ElementsAre(8, 12, 14));
    EXPECT_THAT(model.card.e0, ElementsAre(-1.5, -2.25, -3.0));
    EXPECT_EQ(model.card.cutoff, 4.5);
    EXPECT_EQ(model.card.layers, 3);
    EXPECT_EQ(model.card.dtype, "float32");
    EXPECT_EQ(model.card.hyperparameters.at("scale"), 1.75);
    EXPECT_EQ(model.card.hyperparameters.at("n_parameters"), 1026);
    EXPECT_EQ(model.card.provenance.at("source"), "state.pt");
    EXPECT_EQ(model.tensors.at("linear.weight").data, tensor("model.linear.weight").data);
}

TEST_F(MatglImport, tells_by_the_version_of_a_tensornet_which_atom_receives_messages) {
    const auto place = [this] {
        return import_model(written(), {}).card.hyperparameters.at("messages_at").get<std::string>();
    };
    EXPECT_EQ(place(), "dst");
    description["kwargs"]["model"]["@model_version"] = 2;
    EXPECT_EQ(place(), "src");
    description["kwargs"]["model"]["@model_version"] = "two";
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("'@model_version' is no integer"));
}

TEST_F(MatglImport, joins_weight_and_bias_of_the_last_layer) {
    const ModelFile model = import_model(tiny, {});
    std::vector<double> expected = tensor("model.final_layer.gated.layers.6.weight").as_doubles();
    expected.push_back(tensor("model.final_layer.gated.layers.6.bias").as_doubles()[0]);
    EXPECT_EQ(model.tensors.at(gated_last_layer).as_doubles(), expected);
    EXPECT_FALSE(model.tensors.contains("final_layer.gated.layers.6.weight"));
}

TEST_F(MatglImport, takes_the_folder_or_either_file_and_safetensors_as_well) {
    const TensorMap tensors = import_model(tiny, {}).tensors;
    const std::filesystem::path copy = written();
    for (const auto& path : {tiny / "", tiny / "model.json", tiny / "state.pt", copy,
                             copy / "state.safetensors", copy / "model.json"}) {
        const ModelFile model = import_model(path, {});
        ASSERT_EQ(model.tensors.size(), tensors.size()) << path;
        for (const auto& [name, tensor] : model.tensors) {
            EXPECT_EQ(tensor.data, tensors.at(name).data) << path << " " << name;
        }
    }
    EXPECT_EQ(import_model(tiny / "", {}).card.name, "tiny");
}

TEST_F(MatglImport, converts_names_and_keeps_some_of_the_elements) {
    ImportOptions options;
    options.name = "mine";
    options.dtype = TensorType::float64;
    options.species = {14, 8, 14};
    const ModelFile model = import_model(tiny, options);
    EXPECT_EQ(model.card.name, "mine");
    EXPECT_EQ(model.card.dtype, "float64");
    EXPECT_THAT(model.card.species, ElementsAre(8, 14));
    EXPECT_THAT(model.card.e0, ElementsAre(-1.5, -3.0));
    const StoredTensor& embedding = model.tensors.at("tensor_embedding.emb.weight");
    EXPECT_THAT(embedding.shape, ElementsAre(2, 4));
    EXPECT_EQ(embedding.as_doubles()[7], tensor("model.tensor_embedding.emb.weight").as_doubles()[11]);
    options.species = {26};
    EXPECT_THAT(refusal(ExitCode::usage, options), HasSubstr("does not know element Fe"));
}

TEST_F(MatglImport, without_reference_energies_and_scale_has_neutral_ones) {
    state.tensors.erase("element_refs.property_offset");
    state.tensors.erase("data_std");
    const ModelFile model = import_model(written(), {});
    EXPECT_THAT(model.card.e0, ElementsAre(0.0, 0.0, 0.0));
    EXPECT_EQ(model.card.hyperparameters.at("scale"), 1.0);
}

TEST_F(MatglImport, names_a_tensor_that_is_missing_or_does_not_fit) {
    const StoredTensor whole = tensor("model.layers.1.linears_tensor.5.weight");
    state.tensors.erase("model.layers.1.linears_tensor.5.weight");
    EXPECT_THAT(refusal(ExitCode::refused),
                HasSubstr("tensor 'layers.1.linears_tensor.5.weight' is missing"));
    state.tensors["model.layers.1.linears_tensor.5.weight"] = whole;
    arguments()["units"] = 5;
    EXPECT_THAT(refusal(ExitCode::refused), AllOf(HasSubstr("has the shape [4, 3] where [5, 3] belongs")));
    arguments()["units"] = 4;
    state.tensors.erase("model.final_layer.gated.layers.6.bias");
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("or its bias is missing"));
}

TEST_F(MatglImport, refuses_numbers_that_are_none) {
    tensor("model.out_norm.weight") =
        StoredTensor::from_doubles(std::vector<double>(12, std::nan("")), {12}, TensorType::float32);
    EXPECT_THAT(refusal(ExitCode::refused),
                AllOf(HasSubstr("model.out_norm.weight"), HasSubstr("values that are not finite")));
}

TEST_F(MatglImport, refuses_what_is_no_potential_that_it_knows_by_name) {
    description["@class"] = "Mystery";
    EXPECT_THAT(refusal(ExitCode::usage), HasSubstr("describes a 'Mystery', not a Potential"));
    description["@class"] = "Potential";
    description["kwargs"]["model"]["@class"] = "CHGNet";
    EXPECT_THAT(refusal(ExitCode::usage), HasSubstr("the architecture is 'CHGNet'"));
    description["kwargs"]["model"]["@class"] = "TensorNet";
    arguments()["is_intensive"] = true;
    EXPECT_THAT(refusal(ExitCode::usage), HasSubstr("an intensive property"));
    arguments()["is_intensive"] = false;
    arguments()["include_state"] = true;
    EXPECT_THAT(refusal(ExitCode::usage), HasSubstr("features of the state"));
    arguments()["include_state"] = false;
    description["kwargs"]["calc_repuls"] = true;
    EXPECT_THAT(refusal(ExitCode::usage), HasSubstr("a pair repulsion"));
    description["kwargs"]["calc_repuls"] = false;
    tensor("data_mean") = StoredTensor::from_doubles({0.5}, {}, TensorType::float32);
    EXPECT_THAT(refusal(ExitCode::usage), HasSubstr("data_mean"));
}

TEST_F(MatglImport, names_what_is_wrong_with_a_description) {
    const Json good = description;
    const std::vector<std::pair<std::string, Json>> wrong{{"element_types", Json{"O", "Xx", "Si"}},
                                                          {"element_types", Json::array()},
                                                          {"element_types", Json{"O", "Si"}},
                                                          {"cutoff", "far"},
                                                          {"cutoff", -2.0},
                                                          {"units", 1e9},
                                                          {"units", 100000},
                                                          {"nblocks", -1},
                                                          {"rbf_type", 3},
                                                          {"max_n", nullptr}};
    for (const auto& [key, value] : wrong) {
        description = good;
        arguments()[key] = value;
        EXPECT_NE(refusal(ExitCode::refused), "accepted") << key << value;
    }
    description = good;
    arguments().erase("units");
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("'units' is missing"));
    description = Json::array();
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("'@class' is missing"));
}

// The same with the small M3GNet.
class M3GNetImport : public MatglImport {
  protected:
    void SetUp() override {
        description = read_json(test::matgl_data / "m3gnet" / "model.json");
        state.tensors = read_state_dict(read_file(test::matgl_data / "m3gnet" / "state.pt"), "state.pt");
    }
};

TEST_F(M3GNetImport, reads_sizes_and_leaves_constants_behind) {
    const ModelFile model = import_model(test::matgl_data / "m3gnet", {});
    EXPECT_EQ(model.card.architecture, "m3gnet");
    EXPECT_THAT(model.card.species, ElementsAre(8, 12, 14));
    EXPECT_THAT(model.card.e0, ElementsAre(-1.5, -2.25, -3.0));
    EXPECT_EQ(model.card.hyperparameters.at("threebody_cutoff"), 3.5);
    EXPECT_EQ(model.card.hyperparameters.at("scale"), 1.75);
    EXPECT_EQ(model.tensors.at(gated_last_layer).count(), 5 + 1);
    EXPECT_TRUE(state.tensors.contains("model.basis_expansion.sbf.cutoff"));
    EXPECT_FALSE(model.tensors.contains("basis_expansion.sbf.cutoff"));
    EXPECT_EQ(model.tensors.size(), model.card.hyperparameters.at("parameters").size());
}

TEST_F(M3GNetImport, tells_by_the_age_of_a_file_which_atom_receives_messages) {
    const auto card = [this] { return import_model(written(), {}).card; };
    EXPECT_EQ(card().hyperparameters.at("messages_at"), "src");
    EXPECT_EQ(card().layers, 2);
    description["kwargs"].erase("compile_model");
    EXPECT_EQ(card().hyperparameters.at("messages_at"), "dst");
    EXPECT_EQ(card().layers, 4) << "neighbours of neighbours are seen at once";
    for (const char* module : {"matgl.models._m3gnet_pyg", "matgl.models._m3gnet_dgl"}) {
        description["kwargs"]["model"]["@module"] = module;
        EXPECT_EQ(card().hyperparameters.at("messages_at"), "src") << module;
    }
}

TEST_F(M3GNetImport, names_what_is_wrong_or_missing) {
    const Json good = description;
    for (const char* key : {"dim_node_embedding", "dim_edge_embedding", "units", "max_n", "max_l"}) {
        description = good;
        arguments()[key] = 1;
        EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("has the shape")) << key;
        arguments().erase(key);
        EXPECT_THAT(refusal(ExitCode::refused), HasSubstr(std::string("'") + key + "' is missing"));
    }
    description = good;
    arguments()["nblocks"] = 3;
    EXPECT_THAT(refusal(ExitCode::refused), HasSubstr("is missing"));
    description = good;
    arguments()["use_phi"] = true;
    EXPECT_THAT(refusal(ExitCode::usage), HasSubstr("azimuths of bonds (use_phi)"));
    description = good;
    state.tensors.erase("model.graph_layers.1.conv.node_weight_func.weight");
    EXPECT_THAT(refusal(ExitCode::refused),
                HasSubstr("tensor 'graph_layers.1.conv.node_weight_func.weight' is missing"));
}

TEST_F(MatglImport, names_a_folder_a_file_or_an_option_that_does_not_belong) {
    ImportOptions options;
    options.head = "default";
    EXPECT_THAT(refusal(ExitCode::usage, options), HasSubstr("no heads"));
    const std::filesystem::path folder = written();
    std::filesystem::remove(folder / "state.safetensors");
    EXPECT_THROW(import_model(folder, {}), FileError);
    write_file_atomically(folder / "state.pt", read_file(test::matgl_data / "../mace/tiny.model"));
    try {
        import_model(folder, {});
        FAIL() << "accepted";
    } catch (const ModelError& error) {
        EXPECT_THAT(error.what(), HasSubstr("not a dict of tensors"));
    }
    std::filesystem::remove(folder / "model.json");
    try {
        import_model(folder, {});
        FAIL() << "accepted";
    } catch (const ModelError& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::usage);
        EXPECT_THAT(error.what(), HasSubstr("a folder without model.json"));
    }
}

}  // namespace
}  // namespace fibonaqi
