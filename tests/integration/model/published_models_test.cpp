// `fibonaqi evaluate` with whole published models against the Python originals. tests/reference/
// mace_mp0_elements.py and sevennet_elements.py made the structures and the values.
#include <algorithm>
#include <cmath>
#include <ostream>
#include <set>

#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/model_store.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "tests/support/command_run.hpp"

namespace fibonaqi {
namespace {

struct PublishedModel {
    std::string name;
    std::string data;             // below tests/data
    std::size_t frames = 0;       // in it
    bool covers_elements = true;  // all that the model knows
};

void PrintTo(const PublishedModel& model, std::ostream* out) {
    *out << model.name;
}

// How near ours have to be to the original's values in one precision.
struct Reference {
    std::string dtype;
    double energy_tolerance;  // [eV per atom]
    double force_tolerance;   // [eV/angstrom]
    double stress_tolerance;  // [eV/angstrom^3]
};

class Published : public testing::TestWithParam<PublishedModel> {
  protected:
    void SetUp() override {
        const std::string& name = GetParam().name;
        if (!std::filesystem::exists(installed_model_file(name))) {
            GTEST_SKIP() << name << " is not installed (fibonaqi model install " << name << ")";
        }
        reference_ = read_extxyz(data_).frames;
        ASSERT_EQ(reference_.size(), GetParam().frames);
    }

    // The labels of the original in float32 stand under keys of their own.
    static Labels labels_in(const Frame& frame, const std::string& dtype) {
        if (dtype == "float64") {
            return frame.labels;
        }
        Labels labels;
        labels.energy = std::get<double>(frame.info.at("float32_energy"));
        const std::vector<double>& forces = frame.arrays.at("float32_forces");
        for (std::size_t i = 0; i < forces.size(); i += 3) {
            labels.forces.push_back({forces[i], forces[i + 1], forces[i + 2]});
        }
        if (frame.info.contains("float32_stress")) {
            const auto& stress = std::get<std::vector<double>>(frame.info.at("float32_stress"));
            labels.stress.emplace();
            for (std::size_t i = 0; i < 9; ++i) {
                (*labels.stress)[i / 3][i % 3] = stress.at(i);
            }
        }
        return labels;
    }

    void expect_agreement(const Reference& reference) {
        const auto run =
            test::run_command(folder_, "fibonaqi",
                              {"evaluate", "--model", GetParam().name, "--data", data_, "--dtype",
                               reference.dtype, "--json", "E.json", "--write", "P.xyz"});
        ASSERT_EQ(run.code, 0) << run.err;
        const std::vector<Frame> predicted = read_extxyz(folder_ / "P.xyz").frames;
        ASSERT_EQ(predicted.size(), reference_.size());
        for (std::size_t i = 0; i < predicted.size(); ++i) {
            SCOPED_TRACE(std::get<std::string>(reference_[i].info.at("name")));
            compare(predicted[i].labels, labels_in(reference_[i], reference.dtype), reference);
        }
    }

    static void compare(const Labels& own, const Labels& original, const Reference& tolerances) {
        ASSERT_TRUE(own.energy && original.energy);
        const auto atoms = static_cast<double>(own.forces.size());
        EXPECT_NEAR(*own.energy / atoms, *original.energy / atoms, tolerances.energy_tolerance);
        ASSERT_EQ(own.forces.size(), original.forces.size());
        for (std::size_t atom = 0; atom < own.forces.size(); ++atom) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                EXPECT_NEAR(own.forces[atom][axis], original.forces[atom][axis], tolerances.force_tolerance)
                    << "atom " << atom;
            }
        }
        ASSERT_EQ(own.stress.has_value(), original.stress.has_value());
        for (std::size_t i = 0; own.stress && i < 9; ++i) {
            EXPECT_NEAR((*own.stress)[i / 3][i % 3], (*original.stress)[i / 3][i % 3],
                        tolerances.stress_tolerance);
        }
    }

    test::TemporaryFolder folder_;
    const std::string data_ = FIBONAQI_SOURCE_DIR "/tests/data/" + GetParam().data;
    std::vector<Frame> reference_;
};

TEST_P(Published, is_tried_on_every_element_it_knows) {
    if (!GetParam().covers_elements) {
        GTEST_SKIP() << "tried on some of its elements";
    }
    std::set<int> elements;
    for (const Frame& frame : reference_) {
        elements.insert(frame.structure.atomic_numbers.begin(), frame.structure.atomic_numbers.end());
    }
    const std::vector<int> known = read_model_file(installed_model_file(GetParam().name)).card.species;
    EXPECT_EQ(elements, std::set<int>(known.begin(), known.end()));
}

// Sums in another order: rounding only.
TEST_P(Published, agrees_with_the_original_in_float64) {
    expect_agreement({"float64", 1e-9, 1e-8, 1e-9});
}

// The originals in float32 are themselves up to 8e-7 eV/atom and 2e-5 eV/angstrom away from float64 on these.
TEST_P(Published, agrees_with_the_original_in_float32) {
    expect_agreement({"float32", 1e-5, 1e-4, 1e-5});
}

// The table that a user sees says the same: the labels of the file are the original's in float64.
TEST_P(Published, has_errors_of_rounding_only_in_the_report_of_evaluate) {
    const auto run = test::run_command(
        folder_, "fibonaqi", {"evaluate", "--model", GetParam().name, "--data", data_, "--json", "E.json"});
    ASSERT_EQ(run.code, 0) << run.err;
    const Json errors = read_json(folder_ / "E.json");
    EXPECT_EQ(errors.at("energy").at("count"), GetParam().frames);
    EXPECT_LE(errors.at("energy").at("rmse_eV_per_atom").get<double>(), 1e-9);
    EXPECT_LE(errors.at("forces").at("rmse_eV_per_A").get<double>(), 1e-8);
    EXPECT_LE(errors.at("stress").at("rmse_eV_per_A3").get<double>(), 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Models, Published,
                         testing::Values(PublishedModel{"mace-mp-0-small", "mace_mp0/elements.xyz", 18, true},
                                         PublishedModel{"sevennet-0", "sevennet/elements.xyz", 20, true},
                                         PublishedModel{"sevennet-l3i5", "sevennet/elements_l3i5.xyz", 6,
                                                        false}),
                         [](const auto& model) {
                             std::string name = model.param.name;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

}  // namespace
}  // namespace fibonaqi
