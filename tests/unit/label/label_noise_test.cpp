// Noise of labels on numbers that can be checked by hand.
#include "fibonaqi/label/label_noise.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two atoms; the forces are f and -f along x, the stress has s everywhere.
ScanLabel label(double energy, double f, double s, double cpu_seconds) {
    Labels labels;
    labels.energy = energy;
    labels.forces = {{f, 0.0, 0.0}, {-f, 0.0, 0.0}};
    labels.stress = Mat3{{{s, s, s}, {s, s, s}, {s, s, s}}};
    return {labels, cpu_seconds};
}

MeasuredPoint point(const std::string& value, double noise, double cpu_seconds) {
    MeasuredPoint one{value, "driver at " + value, 0, {}};
    one.noise.frames = 2;
    one.noise.force_rmse_eV_per_A = noise;
    one.noise.cpu_seconds = cpu_seconds;
    return one;
}

MeasuredAxis cutoffs() {
    return {"ecut",
            "Ry",
            "30",
            {point("20", 0.08, 1.0), point("30", 0.03, 2.0), point("40", 0.01, 4.0), point("50", 0.0, 7.0)}};
}

MeasuredAxis meshes() {
    return {"kpoints", "", "2x2x2", {point("2x2x2", 0.04, 2.0), point("3x3x3", 0.0, 6.0)}};
}

TEST(LabelNoise, is_the_root_mean_square_over_all_components_and_frames) {
    // Forces: two of six components of each frame differ, by 0.3 and by 0.6.
    const LabelNoise noise = label_noise({label(-10.0, 1.0, 0.01, 3.0), label(-12.0, 2.0, 0.01, 5.0)},
                                         {label(-10.0, 1.3, 0.01, 9.0), label(-12.0, 1.4, 0.02, 9.0)});
    EXPECT_EQ(noise.frames, 2u);
    EXPECT_NEAR(noise.force_rmse_eV_per_A, std::sqrt((2 * 0.09 + 2 * 0.36) / 12.0), 1e-12);
    EXPECT_NEAR(noise.force_max_eV_per_A, 0.6, 1e-12);
    // Nine of eighteen components by 0.01 eV/A^3; 1 eV/A^3 is 160.2177 GPa.
    EXPECT_NEAR(noise.stress_rmse_GPa.value(), 160.21766208 * 0.01 * std::sqrt(0.5), 1e-9);
    EXPECT_DOUBLE_EQ(noise.cpu_seconds, 4.0);
}

TEST(LabelNoise, of_energies_is_what_stays_when_their_mean_difference_is_taken_off) {
    // Per atom 0.1, 0.2 and 0.3 higher: 0.2 that a fine-tuning takes up in E0, 0.1 around it.
    const LabelNoise noise =
        label_noise({label(-9.8, 0, 0, 1), label(-9.6, 0, 0, 1), label(-9.4, 0, 0, 1)},
                    {label(-10.0, 0, 0, 1), label(-10.0, 0, 0, 1), label(-10.0, 0, 0, 1)});
    EXPECT_NEAR(noise.energy_offset_eV_per_atom, 0.2, 1e-12);
    EXPECT_NEAR(noise.energy_spread_eV_per_atom.value(), 0.1, 1e-12);
    EXPECT_FALSE(label_noise({label(-9.8, 0, 0, 1)}, {label(-10.0, 0, 0, 1)}).energy_spread_eV_per_atom)
        << "one frame has no spread";
}

TEST(LabelNoise, leaves_out_frames_that_one_of_the_two_has_no_label_of) {
    ScanLabel molecule = label(-10.0, 1.1, 0.0, 1.0);
    molecule.labels->stress.reset();
    const LabelNoise noise = label_noise({molecule, {}, label(-10.0, 5.0, 0.0, 2.0)},
                                         {label(-10.0, 1.0, 0.0, 1.0), label(-10.0, 9.0, 0.0, 1.0), {}});
    EXPECT_EQ(noise.frames, 1u);
    EXPECT_NEAR(noise.force_max_eV_per_A, 0.1, 1e-12);
    EXPECT_FALSE(noise.stress_rmse_GPa.has_value());
    EXPECT_DOUBLE_EQ(noise.cpu_seconds, 1.5);
    EXPECT_EQ(label_noise({ScanLabel{}}, {ScanLabel{}}).frames, 0u);
}

TEST(LabelNoise, recommends_the_cheapest_value_that_is_good_enough) {
    EXPECT_EQ(recommended(cutoffs(), 0.1), 0u);
    EXPECT_EQ(recommended(cutoffs(), 0.05), 1u);
    EXPECT_EQ(recommended(cutoffs(), 0.02), 2u);
    EXPECT_EQ(recommended(cutoffs(), 0.005), 3u) << "the reference has no noise";
    MeasuredAxis axis = cutoffs();
    axis.points[1].failed = 1;
    EXPECT_EQ(recommended(axis, 0.05), 2u) << "where a label fails nothing is recommended";
    axis.points = {MeasuredPoint{"1", "", 4, {}}, MeasuredPoint{"2", "", 4, {}}};
    EXPECT_EQ(recommended(axis, 1.0), std::nullopt);
}

TEST(LabelNoise, keeps_what_is_configured_where_a_change_saves_nothing) {
    MeasuredAxis axis = cutoffs();
    axis.points[0].noise.cpu_seconds = 1.92;
    EXPECT_EQ(recommended(axis, 0.1), 1u) << "4 % is jitter";
    axis.points[0].noise.cpu_seconds = 1.8;
    EXPECT_EQ(recommended(axis, 0.1), 0u);
}

TEST(LabelNoise, an_axis_converges_where_the_densest_value_but_one_is_good_enough) {
    EXPECT_TRUE(is_converged(cutoffs(), 0.01));
    EXPECT_FALSE(is_converged(cutoffs(), 0.009));
}

TEST(LabelNoise, a_record_knows_the_noise_of_every_set_of_settings_that_was_measured) {
    NoiseRecord record{"pw.x", 2, {cutoffs(), meshes()}};
    record.axes[1].points[0].fingerprint = "driver at 30";  // both axes start from the same settings
    record.limit_eV_per_A = 0.035;
    record.recommended_fingerprint = "both";
    const Json json = to_json(record);
    const auto noise_of = [&](const std::string& fingerprint) {
        return force_noise_of(json, fingerprint, "noise.json");
    };
    EXPECT_NEAR(noise_of("driver at 30").value(), 0.05, 1e-12) << "0.03 and 0.04";
    EXPECT_NEAR(noise_of("driver at 20").value(), std::hypot(0.08, 0.04), 1e-12);
    EXPECT_NEAR(noise_of("driver at 3x3x3").value(), 0.03, 1e-12);
    EXPECT_NEAR(noise_of("both").value(), 0.03, 1e-12) << "30 Ry and 3x3x3";
    EXPECT_EQ(noise_of("another driver"), std::nullopt);
    EXPECT_EQ(json.at("axes").at(0).at("recommended"), "30");
    EXPECT_EQ(json.at("axes").at(1).at("recommended"), "3x3x3");
}

TEST(LabelNoise, a_damaged_or_foreign_record_is_refused) {
    Json json = to_json(NoiseRecord{"pw.x", 2, {cutoffs()}});
    json.erase("settings");
    try {
        force_noise_of(json, "", "noise.json");
        FAIL();
    } catch (const FormatError& error) {
        EXPECT_THAT(error.what(), HasSubstr("noise.json: damaged"));
    }
    EXPECT_THROW(force_noise_of(make_record("status", 1), "", "noise.json"), FormatError);
}

}  // namespace
}  // namespace fibonaqi
