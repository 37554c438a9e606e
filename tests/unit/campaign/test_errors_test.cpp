#include "fibonaqi/campaign/test_errors.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"

#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

class TestErrors : public ::testing::Test {
  protected:
    // Frames at two temperatures, with energies and forces that are easy to calculate with.
    static std::vector<Frame> frames(double energy, double force) {
        std::vector<Frame> result(3);
        for (std::size_t i = 0; i < 3; ++i) {
            result[i].structure = test::two_silicon_atoms(0.1 * static_cast<double>(i)).structure;
            result[i].labels.energy = energy;
            result[i].labels.forces = {{force, 0.0, 0.0}, {-force, 0.0, 0.0}};
            result[i].info["temperature_K"] = i == 2 ? 900.0 : 300.0;
        }
        return result;
    }
    TestComparison comparison(const std::vector<Frame>& predicted, const Json& shift = Json::object()) const {
        write_extxyz(folder_ / "test.xyz", frames(-10.0, 1.0));
        write_extxyz(folder_ / "predictions.xyz", predicted, {""});
        return compare_test_set(folder_ / "test.xyz", folder_ / "predictions.xyz", shift);
    }
    test::TemporaryFolder folder_;
};

TEST_F(TestErrors, are_root_mean_squares_over_all_components_and_per_atom) {
    const Json record = error_record(comparison(frames(-9.0, 1.6)));
    EXPECT_NEAR(record["force_rmse_eV_per_A"].get<double>(), 0.6 / std::sqrt(3.0), 1.0e-12);
    EXPECT_NEAR(record["energy_rmse_eV_per_atom"].get<double>(), 0.5, 1.0e-12);
}

TEST_F(TestErrors, are_given_for_each_temperature) {
    auto predicted = frames(-10.0, 1.0);
    predicted[2].labels.forces[0][1] = 0.3;
    const Json groups = error_record(comparison(predicted))["groups"];
    EXPECT_EQ(groups["300 K"], 0.0);
    EXPECT_NEAR(groups["900 K"].get<double>(), 0.3 / std::sqrt(6.0), 1.0e-12);
    EXPECT_EQ(groups.size(), 2U);
}

TEST_F(TestErrors, take_the_shift_of_the_atoms_energies_into_account) {
    const Json record = error_record(comparison(frames(-8.0, 1.0), {{"Si", -1.0}, {"O", 5.0}}));
    EXPECT_NEAR(record["energy_rmse_eV_per_atom"].get<double>(), 0.0, 1.0e-12);
}

TEST_F(TestErrors, refuse_predictions_of_other_frames) {
    auto fewer = frames(-10.0, 1.0);
    fewer.pop_back();
    EXPECT_THROW(comparison(fewer), FormatError);
    auto other = frames(-10.0, 1.0);
    other[1].structure.atomic_numbers[0] = 6;
    EXPECT_THROW(comparison(other), FormatError);
    auto without = frames(-10.0, 1.0);
    without[0].labels.energy.reset();
    EXPECT_THROW(comparison(without), FormatError);
}

TEST_F(TestErrors, give_the_numbers_of_the_parity_plots) {
    const Json parity = parity_record(comparison(frames(-9.0, 1.6)), "m");
    EXPECT_EQ(parity["model"], "m");
    EXPECT_EQ(parity["energy"]["reference_eV_per_atom"], Json({-5.0, -5.0, -5.0}));
    EXPECT_EQ(parity["energy"]["predicted_eV_per_atom"], Json({-4.5, -4.5, -4.5}));
    EXPECT_EQ(parity["forces"]["reference_eV_per_A"].size(), 18U);
    EXPECT_EQ(parity["forces"]["predicted_eV_per_A"][0], 1.6);
}

}  // namespace
}  // namespace fibonaqi
