#include "fibonaqi/nn/reference_energies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/log.hpp"

#include "tests/support/temporary_folder.hpp"
#include "tests/unit/nn/training_frames.hpp"

namespace fibonaqi::nn {
namespace {

constexpr double oxygen_shift = -431.25, silicon_shift = 107.5;  // [eV]

void shift_labels(std::vector<Frame>& frames) {
    for (Frame& frame : frames) {
        for (const int number : frame.structure.atomic_numbers) {
            *frame.labels.energy += number == 8 ? oxygen_shift : silicon_shift;
        }
    }
}

class ReferenceEnergies : public testing::Test {
  protected:
    ReferenceEnergies() : frames_(test::labelled_frames_of(network_, 12)) { shift_labels(frames_); }

    std::optional<E0Fit> apply(E0Policy policy) {
        return apply_e0_policy(network_, make_labelled_set(frames_, network_.card(), {}, "training"), policy);
    }
    void pretend_fitted(const Json& elements) {
        network_.changeable_card().provenance = Json{{"e0_fit", Json{{"elements", elements}}}};
    }
    void leave_out_elements_but(int number) {
        std::erase_if(frames_, [&](const Frame& frame) {
            const auto& numbers = frame.structure.atomic_numbers;
            return !std::all_of(numbers.begin(), numbers.end(), [&](int z) { return z == number; });
        });
    }

    test::ToyNetwork network_;
    std::vector<Frame> frames_;
};

TEST_F(ReferenceEnergies, find_the_offsets_exactly) {
    const std::vector<double> before = network_.card().e0;
    const auto fit = apply(E0Policy::once);
    ASSERT_TRUE(fit.has_value());
    EXPECT_FALSE(fit->rank_deficient);
    EXPECT_EQ(fit->frames, 12u);
    EXPECT_NEAR(fit->shift[0], oxygen_shift, 1e-9);
    EXPECT_NEAR(fit->shift[1], silicon_shift, 1e-9);
    EXPECT_NEAR(network_.card().e0[0], before[0] + oxygen_shift, 1e-9);
    const auto again = apply(E0Policy::always);
    EXPECT_NEAR(again->shift[0], 0.0, 1e-9) << "the network did not get the first fit";
}

// float32 weights, offsets of a total energy: 7 digits would leave 0.1 eV.
TEST_F(ReferenceEnergies, keep_their_digits_with_single_precision_weights) {
    test::ToyNetwork single(1, at::kFloat);
    std::vector<Frame> frames = test::labelled_frames_of(single, 12);
    for (Frame& frame : frames) {
        *frame.labels.energy += -12345.678901 * static_cast<double>(frame.structure.size());
    }
    const auto fit =
        apply_e0_policy(single, make_labelled_set(frames, single.card(), {}, "training"), E0Policy::once);
    EXPECT_NEAR(fit->shift[0], -12345.678901, 1e-8);
    EXPECT_NEAR(fit->shift[1], -12345.678901, 1e-8);
}

TEST_F(ReferenceEnergies, are_fitted_once_only) {
    pretend_fitted({"O", "Si"});
    EXPECT_FALSE(apply(E0Policy::once).has_value());
    EXPECT_TRUE(apply(E0Policy::always).has_value());
}

TEST_F(ReferenceEnergies, are_fitted_again_for_new_elements) {
    pretend_fitted({"Si"});
    EXPECT_TRUE(apply(E0Policy::once).has_value());
}

TEST_F(ReferenceEnergies, do_not_believe_a_record_of_another_form) {
    for (const Json& elements : {Json("O Si"), Json{8, 14}, Json(nullptr)}) {
        pretend_fitted(elements);
        EXPECT_TRUE(apply(E0Policy::once).has_value()) << elements;
    }
}

TEST_F(ReferenceEnergies, do_not_need_elements_that_are_not_there) {
    pretend_fitted({"H", "O", "Si"});
    EXPECT_FALSE(apply(E0Policy::once).has_value());
}

TEST_F(ReferenceEnergies, can_be_left_alone) {
    const std::vector<double> before = network_.card().e0;
    EXPECT_FALSE(apply(E0Policy::never).has_value());
    EXPECT_EQ(network_.card().e0, before);
}

TEST_F(ReferenceEnergies, warn_of_labels_with_another_zero_where_nothing_is_fitted) {
    const test::TemporaryFolder folder;
    log::set_file(folder / "log");
    pretend_fitted({"O", "Si"});
    EXPECT_FALSE(apply(E0Policy::once).has_value());
    EXPECT_THAT(read_file(folder / "log"), testing::HasSubstr("eV/atom away from the model's"));
    log::set_file(folder / "other");
    apply(E0Policy::always);
    apply(E0Policy::never);
    EXPECT_THAT(read_file(folder / "other"), testing::Not(testing::HasSubstr("away from the model's")));
}

TEST_F(ReferenceEnergies, warn_when_compositions_do_not_determine_them) {
    frames_.resize(1);
    frames_[0].structure.atomic_numbers = {8, 14};
    const test::TemporaryFolder folder;
    log::set_file(folder / "log");
    const auto fit = apply(E0Policy::once);
    ASSERT_TRUE(fit.has_value());
    EXPECT_TRUE(fit->rank_deficient);
    EXPECT_THAT(read_file(folder / "log"), testing::HasSubstr("warning: E0 shifted by O"));
    EXPECT_THAT(read_file(folder / "log"), testing::HasSubstr("do not determine one shift per element"));
    EXPECT_NEAR(fit->shift[0], fit->shift[1], 1e-9) << "not the smallest solution";
}

TEST_F(ReferenceEnergies, tell_the_card_about_earlier_elements_too) {
    pretend_fitted({"H"});
    const auto fit = apply(E0Policy::once);
    const Json record = e0_provenance(*fit, frames_, network_.card());
    EXPECT_EQ(record.at("elements"), Json({"H", "O", "Si"}));
    EXPECT_NEAR(record.at("shift_eV").at("O").get<double>(), oxygen_shift, 1e-9);
}

TEST_F(ReferenceEnergies, ignore_frames_without_energy) {
    for (std::size_t i = 0; i < frames_.size(); ++i) {
        if (i % 2 == 1) {
            frames_[i].labels.energy.reset();
        }
    }
    const auto fit = apply(E0Policy::once);
    EXPECT_EQ(fit->frames, 6u);
    EXPECT_NEAR(fit->shift[0], oxygen_shift, 1e-9);
}

}  // namespace
}  // namespace fibonaqi::nn
