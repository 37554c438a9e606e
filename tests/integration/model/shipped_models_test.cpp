// The models of this repository: what card and README say of them, and what was stored beside them.
//
// models/<name>/reference.xyz holds energies, forces and stresses of a few structures in float64, those of
// MACE models from mace-torch (tests/reference/shipped_models.py), others as they were when the model was
// made. errors.json is what `fibonaqi evaluate` says of the held-out frames.
#include <algorithm>
#include <cstdio>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/shared_data.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path models = fs::path(FIBONAQI_SOURCE_DIR) / "models";

struct ShippedModel {
    std::string name, architecture;
    std::size_t elements = 0;
};

void PrintTo(const ShippedModel& model, std::ostream* out) {
    *out << model.name;
}

// Names of tests take no hyphens.
std::string in_words(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

// Its part of models/README.md, from its heading to the next.
std::string section_of(const std::string& name) {
    const std::string text = read_file(models / "README.md");
    const std::size_t begin = text.find("\n## " + name + "\n");
    if (begin == std::string::npos) {
        return "";
    }
    return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

// The four numbers of a row of a table: RMSE and MAE of forces [eV/angstrom] and energies [meV/atom].
std::string table_cells(const Json& errors) {
    const Json &forces = errors.at("forces"), &energy = errors.at("energy");
    char text[96];
    std::snprintf(text, sizeof text, "| %.3f | %.3f | %.1f | %.1f |",
                  forces.at("rmse_eV_per_A").get<double>(), forces.at("mae_eV_per_A").get<double>(),
                  1000.0 * energy.at("rmse_eV_per_atom").get<double>(),
                  1000.0 * energy.at("mae_eV_per_atom").get<double>());
    return text;
}

class Shipped : public testing::TestWithParam<ShippedModel> {
  protected:
    const fs::path place_ = models / GetParam().name;
    const fs::path file_ = place_ / (GetParam().name + ".safetensors");

    Json errors_on(const fs::path& data) {
        const auto run = test::run_command(
            folder_, "fibonaqi",
            {"evaluate", "--model", file_.string(), "--data", data.string(), "--json", "E.json"});
        EXPECT_EQ(run.code, 0) << run.err;
        return read_json(folder_ / "E.json");
    }

    test::TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Models, Shipped,
                         testing::Values(ShippedModel{"mptrj-mace", "mace", 85},
                                         ShippedModel{"silicon-mace", "mace", 1}),
                         [](const auto& model) { return in_words(model.param.name); });

TEST_P(Shipped, is_small_and_says_what_it_is) {
    EXPECT_LE(fs::file_size(file_), 1'000'000u);
    const ModelCard card = read_model_file(file_).card;
    EXPECT_EQ(card.name, GetParam().name);
    EXPECT_EQ(card.architecture, GetParam().architecture);
    EXPECT_EQ(card.species.size(), GetParam().elements);
    EXPECT_EQ(card.dtype, "float32");
    EXPECT_EQ(card.provenance.at("licence"), "MIT");
    EXPECT_FALSE(card.provenance.at("training").empty());
}

// Rounding only: sums in another order.
TEST_P(Shipped, gives_the_stored_values) {
    const std::string data = (place_ / "reference.xyz").string();
    const auto run = test::run_command(
        folder_, "fibonaqi", {"evaluate", "--model", file_.string(), "--data", data, "--write", "P.xyz"});
    ASSERT_EQ(run.code, 0) << run.err;
    const std::vector<Frame> stored = read_extxyz(data).frames, own = read_extxyz(folder_ / "P.xyz").frames;
    ASSERT_GE(stored.size(), 2u);
    ASSERT_EQ(own.size(), stored.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
        EXPECT_NEAR(*own[i].labels.energy, *stored[i].labels.energy,
                    1e-8 * static_cast<double>(own[i].structure.size()));
        ASSERT_EQ(own[i].labels.forces.size(), stored[i].labels.forces.size());
        for (std::size_t atom = 0; atom < own[i].labels.forces.size(); ++atom) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                EXPECT_NEAR(own[i].labels.forces[atom][axis], stored[i].labels.forces[atom][axis], 1e-8);
            }
        }
    }
}

TEST_P(Shipped, has_the_errors_on_its_held_out_frames_in_the_readme) {
    EXPECT_THAT(section_of(GetParam().name), HasSubstr(table_cells(read_json(place_ / "errors.json"))));
}

class ShippedSilicon : public Shipped {};

INSTANTIATE_TEST_SUITE_P(Models, ShippedSilicon, testing::Values(ShippedModel{"silicon-mace", "mace", 1}),
                         [](const auto& model) { return in_words(model.param.name); });

// The held-out frames are in the repository, so the numbers can be checked.
TEST_P(ShippedSilicon, has_the_errors_that_were_measured) {
    const Json now = errors_on(place_ / "test.xyz"), stored = read_json(place_ / "errors.json");
    EXPECT_EQ(now.at("frames"), stored.at("frames"));
    EXPECT_EQ(table_cells(now), table_cells(stored));
}

TEST_P(ShippedSilicon, has_the_errors_on_other_frames_that_the_readme_says) {
    FIBONAQI_NEEDS_SHARED("data/si8_qe/pool.xyz");
    const Json errors = errors_on(test::shared_directory() / "data/si8_qe/pool.xyz");
    EXPECT_THAT(section_of(GetParam().name), HasSubstr(table_cells(errors)));
}

TEST(ShippedModels, are_all_listed_in_the_readme_and_tried_here) {
    std::size_t found = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(models)) {
        if (entry.is_directory()) {
            ++found;
            EXPECT_NE(section_of(entry.path().filename().string()), "") << entry.path();
        }
    }
    EXPECT_EQ(found, 2u);
}

}  // namespace
}  // namespace fibonaqi
