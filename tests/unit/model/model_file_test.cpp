#include <cmath>
#include <cstdlib>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/model/model_store.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ModelFile sample() {
    ModelFile model;
    model.card.name = "sample";
    model.card.architecture = "mace";
    model.card.hyperparameters = Json{{"n_parameters", 2}, {"r_max", 5.0}};
    model.card.species = {14, 8};
    model.card.e0 = {-1.0 / 3.0, 1e-17};
    model.card.cutoff = 5.0;
    model.card.layers = 2;
    model.card.dtype = "float32";
    model.card.parent_sha256 = std::string(64, 'a');
    model.card.provenance = Json{{"licence", "MIT"}, {"source", "here"}};
    model.card.uncertainty = Json{{"scale", 0.5}};
    model.tensors["w"] = StoredTensor::from_doubles({0.25, -1.0}, {2}, TensorType::float32);
    return model;
}

std::string message_of(const std::filesystem::path& path) {
    try {
        read_model_file(path);
    } catch (const ModelError& error) {
        return error.what();
    }
    return "accepted";
}

std::string card_message(const std::string& key, const Json& value) {
    Json record = to_json(sample().card);
    if (value.is_discarded()) {
        record.erase(key);
    } else {
        record[key] = value;
    }
    try {
        model_card_from_json(record, "m");
    } catch (const ModelError& error) {
        return error.what();
    }
    return "accepted";
}

class ModelFileOnDisk : public testing::Test {
  protected:
    std::filesystem::path path() const { return folder_ / "m.safetensors"; }
    test::TemporaryFolder folder_;
};

TEST_F(ModelFileOnDisk, comes_back_with_its_card_and_hash) {
    const ModelFile model = sample();
    const std::string hash = write_model_file(path(), model);
    const ModelFile again = read_model_file(path());
    EXPECT_EQ(again.sha256, hash);
    EXPECT_EQ(again.sha256, sha256_of_file(path()));
    EXPECT_EQ(to_json(again.card), to_json(model.card));
    EXPECT_EQ(again.card.e0, model.card.e0);
    EXPECT_EQ(again.tensors.at("w").data, model.tensors.at("w").data);
}

TEST_F(ModelFileOnDisk, without_a_card_is_refused) {
    write_tensor_file(path(), {sample().tensors, {}});
    EXPECT_THAT(message_of(path()), HasSubstr("no model card"));
    write_tensor_file(path(), {sample().tensors, {{"fibonaqi", "{"}}});
    EXPECT_THAT(message_of(path()), HasSubstr("model card"));
    write_tensor_file(path(), {sample().tensors, {{"fibonaqi", "{}"}}});
    EXPECT_THAT(message_of(path()), HasSubstr("not a fibonaqi-model record"));
}

TEST_F(ModelFileOnDisk, with_numbers_that_are_not_finite_is_refused) {
    for (const double bad :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        ModelFile model = sample();
        model.tensors["bad"] = StoredTensor::from_doubles({1.0, bad}, {2}, TensorType::float64);
        write_tensor_file(path(), {model.tensors, {{"fibonaqi", to_json(model.card).dump()}}});
        EXPECT_THAT(message_of(path()), HasSubstr("tensor 'bad' holds values that are not finite"));
        EXPECT_THROW(write_model_file(folder_ / "other", model), ModelError);
        EXPECT_FALSE(std::filesystem::exists(folder_ / "other"));
    }
}

TEST_F(ModelFileOnDisk, with_elements_that_contradict_the_card_is_refused) {
    ModelFile model = sample();
    model.tensors["atomic_numbers"] = StoredTensor::from_doubles({14.0, 8.0}, {2}, TensorType::int64);
    write_model_file(path(), model);
    EXPECT_EQ(message_of(path()), "accepted");
    model.tensors["atomic_numbers"] = StoredTensor::from_doubles({8.0, 14.0}, {2}, TensorType::int64);
    write_model_file(path(), model);
    EXPECT_THAT(message_of(path()), HasSubstr("other elements"));
}

TEST_F(ModelFileOnDisk, says_when_it_is_still_an_archive_of_torch) {
    write_file_atomically(path(), "PK\x03\x04 and so on");
    EXPECT_THAT(message_of(path()), HasSubstr("fibonaqi model import"));
}

TEST(ModelCard, names_the_field_that_is_wrong) {
    const Json missing = Json::parse("", nullptr, false);
    for (const char* key : {"name", "architecture", "hyperparameters", "species", "e0_eV", "cutoff_A",
                            "layers", "dtype", "parent_sha256", "provenance", "uncertainty"}) {
        EXPECT_THAT(card_message(key, missing), HasSubstr(std::string("'") + key + "' is missing"));
    }
    EXPECT_THAT(card_message("species", Json::array({14, 14})), HasSubstr("twice"));
    EXPECT_THAT(card_message("species", Json::array({14, 119})), HasSubstr("from 1 to 118"));
    EXPECT_THAT(card_message("species", Json::array({14})), HasSubstr("2 values for 1 species"));
    EXPECT_THAT(card_message("e0_eV", Json::array({1.0, nullptr})), HasSubstr("a number is expected"));
    EXPECT_THAT(card_message("cutoff_A", 0.0), HasSubstr("cutoff_A"));
    EXPECT_THAT(card_message("cutoff_A", 1e9), HasSubstr("cutoff_A"));
    EXPECT_THAT(card_message("layers", 0), HasSubstr("layers"));
    EXPECT_THAT(card_message("layers", 1e300), HasSubstr("layers"));
    EXPECT_THAT(card_message("dtype", "float16"), HasSubstr("known: float32, float64"));
    EXPECT_THAT(card_message("parent_sha256", "abc"), HasSubstr("64 hexadecimal digits"));
    EXPECT_THAT(card_message("hyperparameters", nullptr), HasSubstr("not an object"));
    EXPECT_THAT(card_message("version", 2), HasSubstr("newer FIBonAQi"));
    EXPECT_EQ(card_message("uncertainty", nullptr), "accepted");
}

TEST(ModelCard, is_described_for_people) {
    EXPECT_THAT(describe(sample().card),
                testing::AllOf(HasSubstr("2 layers, cutoff 5 angstrom"), HasSubstr("2 parameters, float32"),
                               HasSubstr("2: Si O"), HasSubstr("MIT"), HasSubstr(std::string(64, 'a'))));
}

TEST(ModelCard, tells_about_the_last_training_whatever_its_record_holds) {
    ModelCard card = sample().card;
    const Json errors{{"before", {{"forces", {{"rmse_eV_per_A", 0.25}}}}},
                      {"after", {{"forces", {{"rmse_eV_per_A", 0.125}}}}}};
    card.provenance["training"] = {Json(7),
                                   Json{{"data", {{"train", {{"frames", 24}}}}}, {"validation", errors}}};
    EXPECT_THAT(describe(card),
                HasSubstr("training      2 so far, the last on 24 frames; validation force RMSE "
                          "0.25 before, 0.125 eV/angstrom after"));
    card.provenance["training"] = {Json("no record")};
    EXPECT_THAT(describe(card), HasSubstr("1 so far, the last on ? frames without validation\n"));
    for (const Json& none : {Json(3), Json::array(), Json(nullptr)}) {
        card.provenance["training"] = none;
        EXPECT_THAT(describe(card), testing::Not(HasSubstr("training  ")));
    }
}

class ModelStore : public testing::Test {
  protected:
    ModelStore() { ::setenv("XDG_CACHE_HOME", folder_.path().c_str(), 1); }
    ~ModelStore() override { ::unsetenv("XDG_CACHE_HOME"); }
    test::TemporaryFolder folder_;
};

TEST_F(ModelStore, finds_models_by_file_and_by_name) {
    EXPECT_TRUE(installed_models().empty());
    make_directories(model_cache());
    write_model_file(installed_model_file("b-model"), sample());
    write_model_file(installed_model_file("a-model"), sample());
    write_file_atomically(model_cache() / "notes.txt", "");
    EXPECT_THAT(installed_models(), ElementsAre("a-model", "b-model"));
    EXPECT_EQ(resolve_model("b-model"), folder_ / "fibonaqi/models/b-model.safetensors");
    const std::string file = (folder_ / "fibonaqi/models/a-model.safetensors").string();
    EXPECT_EQ(resolve_model(file), file);
}

TEST_F(ModelStore, suggests_a_name_or_how_to_get_a_model) {
    try {
        resolve_model("mace-mp-0-smal");
        FAIL();
    } catch (const ModelError& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::usage);
        EXPECT_THAT(error.what(), HasSubstr("fibonaqi model install"));
    }
    make_directories(model_cache());
    write_model_file(installed_model_file("mace-mp-0-small"), sample());
    try {
        resolve_model("mace-mp-0-smal");
        FAIL();
    } catch (const ModelError& error) {
        EXPECT_THAT(error.what(), HasSubstr("did you mean 'mace-mp-0-small'?"));
    }
}

TEST(ModelCache, follows_the_xdg_specification) {
    const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
    ::setenv("HOME", "/somewhere", 1);
    ::setenv("XDG_CACHE_HOME", "relative", 1);
    EXPECT_EQ(model_cache(), "/somewhere/.cache/fibonaqi/models");
    ::setenv("XDG_CACHE_HOME", "/cache", 1);
    EXPECT_EQ(model_cache(), "/cache/fibonaqi/models");
    ::unsetenv("XDG_CACHE_HOME");
    ::unsetenv("HOME");
    EXPECT_THROW(model_cache(), FileError);
    ::setenv("HOME", home.c_str(), 1);
}

}  // namespace
}  // namespace fibonaqi
