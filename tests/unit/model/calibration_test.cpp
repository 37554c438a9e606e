#include "fibonaqi/model/calibration.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "fibonaqi/base/rng.hpp"

namespace fibonaqi {
namespace {

TEST(Calibration, of_four_numbers_is_what_one_works_out_by_hand) {
    const std::vector<double> errors{1.0, -1.0, 3.0, 0.5}, spreads{1.0, 2.0, 2.0, 4.0};
    const auto calibration = calibration_of(errors, spreads, 2);
    ASSERT_TRUE(calibration.has_value());
    EXPECT_EQ(calibration->count, 4u);
    EXPECT_DOUBLE_EQ(calibration->rmse, std::sqrt(11.25 / 4.0));
    EXPECT_DOUBLE_EQ(calibration->spread, std::sqrt(25.0 / 4.0));
    const double squares = 1.0 + 0.25 + 2.25 + 0.015625;
    EXPECT_DOUBLE_EQ(calibration->z_spread, std::sqrt(squares / 4.0));
    EXPECT_EQ(calibration->within_one, 0.5);  // |r| < s: not 1 against 1, not 3 against 2
    EXPECT_EQ(calibration->within_two, 1.0);
    const double logarithms = 4.0 * std::log(2.0 * std::numbers::pi) + std::log(1.0 * 4.0 * 4.0 * 16.0);
    EXPECT_DOUBLE_EQ(calibration->nll, 0.5 * (squares + logarithms) / 4.0);
    // Ranks of |r|: 1.5, 1.5, 3, 0; of s: 0, 1.5, 1.5, 3.
    EXPECT_NEAR(calibration->rank_correlation, -2.25 / 4.5, 1e-14);
    ASSERT_EQ(calibration->bins.size(), 2u);
    EXPECT_DOUBLE_EQ(calibration->bins[0].error, 1.0);
    EXPECT_DOUBLE_EQ(calibration->bins[1].spread, std::sqrt(10.0));
}

TEST(Calibration, of_errors_drawn_with_their_spreads_is_perfect) {
    std::vector<double> errors, spreads;
    KeyedRng rng(1, "calibration");
    for (int i = 0; i < 20000; ++i) {
        spreads.push_back(0.1 + rng.uniform());
        errors.push_back(spreads.back() * rng.normal());
    }
    const auto calibration = calibration_of(errors, spreads);
    EXPECT_NEAR(calibration->z_spread, 1.0, 0.02);
    EXPECT_NEAR(calibration->within_one, 0.683, 0.01);
    EXPECT_NEAR(calibration->within_two, 0.954, 0.01);
    EXPECT_GT(calibration->rank_correlation, 0.3);
    for (const CalibrationBin& bin : calibration->bins) {
        EXPECT_EQ(bin.count, 2000u);
        EXPECT_NEAR(bin.error / bin.spread, 1.0, 0.07);
    }
}

TEST(Calibration, leaves_out_what_has_no_spread) {
    const std::vector<double> errors{1.0, 2.0}, spreads{0.0, 1.0}, none{0.0, 0.0};
    EXPECT_EQ(calibration_of(errors, spreads)->count, 1u);
    EXPECT_FALSE(calibration_of(errors, none).has_value());
    EXPECT_TRUE(to_json(calibration_of(errors, none)).is_null());
}

TEST(Calibration, of_frames_takes_energies_per_atom_and_force_components) {
    Frame frame;
    frame.structure.atomic_numbers = {14, 14};
    frame.structure.positions = {{}, {1.0, 0.0, 0.0}};
    frame.labels.energy = -10.0;
    frame.labels.forces = {{1.0, 0.0, 0.0}, {-1.0, 0.0, 0.0}};
    Prediction prediction;
    prediction.energy = -9.0;
    prediction.forces = {{1.5, 0.0, 0.0}, {-1.0, 0.0, 0.5}};
    FrameSpread spread;
    spread.energy = 2.0;
    spread.forces = {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
    const auto energy = energy_calibration({&frame, 1}, {&prediction, 1}, {&spread, 1});
    EXPECT_DOUBLE_EQ(energy->rmse, 0.5);
    EXPECT_DOUBLE_EQ(energy->spread, 1.0);
    const auto forces = force_calibration({&frame, 1}, {&prediction, 1}, {&spread, 1});
    EXPECT_EQ(forces->count, 6u);
    EXPECT_DOUBLE_EQ(forces->rmse, std::sqrt(0.5 / 6.0));
    frame.labels = {};
    EXPECT_FALSE(force_calibration({&frame, 1}, {&prediction, 1}, {&spread, 1}).has_value());
}

}  // namespace
}  // namespace fibonaqi
