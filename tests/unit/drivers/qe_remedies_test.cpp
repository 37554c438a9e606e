#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/quantum_espresso/driver.hpp"
#include "dft_drivers/quantum_espresso/remedies.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// All changes of a ladder, when every attempt fails for the same reason.
std::vector<Json> ladder(FailureKind kind, const Json& electrons = Json::object()) {
    Json config = test::qe_config();
    config["input"]["electrons"].update(electrons);
    const Options options = options_from_json(config, "/");
    std::vector<Json> steps;
    LabelAttempt attempt;
    while (const auto changes = next_changes(options, attempt, {kind, ""})) {
        steps.push_back(*changes);
        attempt = {attempt.number + 1, *changes, "/earlier"};
        if (steps.size() > 100) {
            ADD_FAILURE() << "has no end";
            break;
        }
    }
    return steps;
}

Json electrons(const Json& keys) {
    return {{"electrons", keys}};
}

TEST(QeRemedies, of_an_unconverged_field_start_with_gentler_mixing_from_the_density_so_far) {
    const std::vector<Json> steps = ladder(FailureKind::scf_not_converged);
    ASSERT_EQ(steps.size(), 5u);
    Json keys{{"mixing_beta", 0.35}, {"electron_maxstep", 200}, {"startingpot", "file"}};
    EXPECT_EQ(steps[0], electrons(keys));
    keys["mixing_mode"] = "local-TF";
    EXPECT_EQ(steps[1], electrons(keys));
    keys.erase("startingpot");
    keys["diago_david_ndim"] = 4;
    EXPECT_EQ(steps[2], electrons(keys));
    keys["diagonalization"] = "paro";
    EXPECT_EQ(steps[3], electrons(keys));
    keys["diagonalization"] = "cg";
    EXPECT_EQ(steps[4], electrons(keys));
}

TEST(QeRemedies, go_on_from_the_users_own_values) {
    const std::vector<Json> steps = ladder(FailureKind::scf_not_converged, {{"mixing_beta", 0.1},
                                                                            {"electron_maxstep", 500},
                                                                            {"mixing_mode", "local-TF"},
                                                                            {"diago_david_ndim", 6},
                                                                            {"diagonalization", "paro"}});
    ASSERT_EQ(steps.size(), 3u);
    EXPECT_EQ(steps[0]["electrons"]["mixing_beta"], 0.05);
    EXPECT_EQ(steps[0]["electrons"]["electron_maxstep"], 1000);
    EXPECT_FALSE(steps[1]["electrons"].contains("mixing_mode")) << "the user has it already";
    EXPECT_EQ(steps[1]["electrons"]["diagonalization"], "david");
    EXPECT_EQ(steps[2]["electrons"]["diagonalization"], "cg");
    EXPECT_FALSE(steps[2]["electrons"].contains("diago_david_ndim")) << "it is wide enough";
}

TEST(QeRemedies, of_the_diagonaliser_try_the_others) {
    for (const FailureKind kind : {FailureKind::diagonalisation, FailureKind::non_finite}) {
        EXPECT_EQ(ladder(kind),
                  (std::vector<Json>{electrons({{"diago_david_ndim", 4}}),
                                     electrons({{"diago_david_ndim", 4}, {"diagonalization", "paro"}}),
                                     electrons({{"diago_david_ndim", 4}, {"diagonalization", "cg"}})}));
        EXPECT_EQ(ladder(kind, {{"diagonalization", "cg"}}),
                  (std::vector<Json>{electrons({{"diagonalization", "david"}}),
                                     electrons({{"diagonalization", "paro"}})}));
    }
}

TEST(QeRemedies, of_a_lack_of_time_go_on_for_a_while) {
    const std::vector<Json> steps = ladder(FailureKind::walltime);
    EXPECT_EQ(steps.size(), most_restarts - 1u);
    EXPECT_EQ(steps.front(), Json({{"restart", true}}));
    EXPECT_EQ(steps.back(), steps.front());
}

TEST(QeRemedies, of_half_an_output_is_to_run_once_more) {
    EXPECT_EQ(ladder(FailureKind::partial_output), (std::vector<Json>{{{"again", true}}}));
}

TEST(QeRemedies, are_there_for_nothing_that_only_the_user_can_mend) {
    for (const FailureKind kind :
         {FailureKind::launch, FailureKind::bad_config, FailureKind::bad_geometry, FailureKind::missing_file,
          FailureKind::charge, FailureKind::timeout, FailureKind::stalled, FailureKind::signal,
          FailureKind::out_of_memory, FailureKind::disk, FailureKind::inconsistent, FailureKind::cancelled,
          FailureKind::unknown}) {
        EXPECT_TRUE(ladder(kind).empty()) << to_string(kind);
    }
}

// Whatever fails next: every chain of kinds ends, and nothing but numerical details is touched.
TEST(QeRemedies, come_to_an_end_whatever_happens) {
    const Options options = options_from_json(test::qe_config(), "/");
    const FailureKind kinds[] = {FailureKind::scf_not_converged, FailureKind::walltime,
                                 FailureKind::diagonalisation, FailureKind::partial_output};
    for (std::size_t start = 0; start < 4; ++start) {
        LabelAttempt attempt;
        std::size_t given_up = 0;
        for (std::size_t i = start; given_up < 4; ++i) {
            const auto changes = next_changes(options, attempt, {kinds[i % 4], ""});
            given_up = changes ? 0 : given_up + 1;
            if (changes) {
                attempt = {attempt.number + 1, *changes, "/earlier"};
                EXPECT_NO_THROW(with_changes(options, *changes));
            }
            ASSERT_LT(i, 500u);
        }
    }
}

TEST(QeRemedies, never_touch_physics) {
    const Options options = options_from_json(test::qe_config(), "/");
    for (const Json& changes : {Json{{"system", {{"degauss", 0.02}}}}, electrons({{"conv_thr", 1e-3}}),
                                Json{{"kpoints", {1, 1, 1}}}}) {
        EXPECT_THROW(with_changes(options, changes), DriverError) << changes;
    }
}

// Attempt directories side by side, as the supervisor makes them.
class QeAttempts : public ::testing::Test {
  protected:
    QeAttempts() : driver_(make_driver(test::qe_config(), "/")) {
        make_directories(first_ / "out/fb.save");
        make_directories(second_);
        for (const char* file : {"out/fb.xml", "out/fb.wfc1", "out/fb.mix1", "out/fb.EXIT",
                                 "out/fb.restart_scf", "out/fb.save/charge-density.dat"}) {
            write_file_atomically(first_ / file, "earlier");
        }
    }
    LabelJob prepare(const Json& changes) {
        const LabelJob job = driver_->prepare(test::two_silicon_atoms(), {2, changes, first_}, second_, 0.0);
        input_ = read_file(second_ / "pw.in");
        return job;
    }
    bool has(const char* file) const { return std::filesystem::exists(second_ / file); }

    test::TemporaryFolder folder_;
    std::filesystem::path first_ = folder_ / "attempt", second_ = folder_ / "attempt.remedy-1";
    std::unique_ptr<LabelDriver> driver_;
    std::string input_;
};

TEST_F(QeAttempts, take_up_the_density_alone) {
    const LabelJob job = prepare(electrons({{"startingpot", "file"}, {"mixing_beta", 0.35}}));
    EXPECT_THAT(input_, HasSubstr("startingpot = 'file'"));
    EXPECT_THAT(input_, HasSubstr("mixing_beta = 3.5d-01"));
    EXPECT_THAT(input_, Not(HasSubstr("restart_mode")));
    EXPECT_TRUE(has("out/fb.save/charge-density.dat"));
    EXPECT_FALSE(has("out/fb.xml")) << "an earlier result could be taken for this one's";
    EXPECT_FALSE(has("out/fb.restart_scf"));
    EXPECT_FALSE(has("out/fb.mix1"));
    EXPECT_FALSE(std::filesystem::exists(first_ / "out")) << "moved, not copied";
    EXPECT_THAT(job.scratch, ::testing::Contains(second_ / "out/fb.save"));
}

TEST_F(QeAttempts, go_on_with_everything_but_the_result_and_the_wish_to_stop) {
    const LabelJob job = prepare({{"restart", true}});
    EXPECT_THAT(input_, HasSubstr("restart_mode = 'restart'"));
    EXPECT_TRUE(has("out/fb.restart_scf"));
    EXPECT_TRUE(has("out/fb.wfc1"));
    EXPECT_FALSE(has("out/fb.xml"));
    EXPECT_FALSE(has("out/fb.EXIT"));
    EXPECT_THAT(job.scratch, ::testing::Contains(second_ / "out/fb.mix1"));
    EXPECT_THAT(job.scratch, Not(::testing::Contains(second_ / "out/fb.xml")));
}

TEST_F(QeAttempts, start_from_scratch_where_nothing_is_left) {
    std::filesystem::remove(first_ / "out/fb.restart_scf");
    prepare({{"restart", true}});
    EXPECT_THAT(input_, Not(HasSubstr("restart_mode")));
    std::filesystem::remove_all(first_ / "out");
    prepare(electrons({{"startingpot", "file"}, {"mixing_beta", 0.35}}));
    EXPECT_THAT(input_, Not(HasSubstr("startingpot")));
    EXPECT_THAT(input_, HasSubstr("mixing_beta"));
    EXPECT_FALSE(has("out"));
}

TEST_F(QeAttempts, do_not_look_back_unless_told_to) {
    prepare({{"again", true}});
    EXPECT_TRUE(std::filesystem::exists(first_ / "out/fb.save")) << "kept as evidence";
    EXPECT_FALSE(has("out"));
}

TEST_F(QeAttempts, can_be_spoilt_and_asked_to_stop) {
    prepare(driver_->spoiled().value());
    EXPECT_THAT(input_, HasSubstr("electron_maxstep = 1\n"));
    EXPECT_FALSE(driver_->request_stop(second_)) << "pw.x has not begun";
    make_directories(second_ / "out");
    EXPECT_TRUE(driver_->request_stop(second_));
    EXPECT_TRUE(has("out/fb.EXIT"));
}

}  // namespace
}  // namespace fibonaqi::quantum_espresso
