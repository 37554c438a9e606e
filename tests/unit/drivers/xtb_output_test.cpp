// What the driver of xtb accepts, on kept outputs and on damaged ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/qe_outputs.hpp"
#include "tests/support/xtb_outputs.hpp"

namespace fibonaqi::xtb {
namespace {

using test::replaced;
using test::xtb_water;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class XtbOutput : public ::testing::Test {
  protected:
    test::XtbRun run_ = test::kept_xtb_run("water", 0);
};

// Numbers as they stand in s.engrad, times the constants of CODATA 2018.
TEST_F(XtbOutput, a_whole_output_is_a_label_with_its_numbers) {
    const LabelOutcome outcome = run_.collected();
    ASSERT_TRUE(std::holds_alternative<AcceptedLabel>(outcome)) << run_.verdict();
    const AcceptedLabel& label = std::get<AcceptedLabel>(outcome);
    EXPECT_NEAR(*label.labels.energy, -5.069812164086 * 27.211386245988, 1.0e-10);
    ASSERT_EQ(label.labels.forces.size(), 3u);
    EXPECT_NEAR(label.labels.forces[0][0], 0.026778204377 * 51.422067476, 1.0e-8);
    EXPECT_NEAR(label.labels.forces[1][1], -0.013602640674 * 51.422067476, 1.0e-8);
    EXPECT_NEAR(label.labels.forces[2][2], 0.000429288217 * 51.422067476, 1.0e-8);
    EXPECT_FALSE(label.labels.stress.has_value());
    EXPECT_EQ(label.code_version, "xtb 6.5.1");
    EXPECT_EQ(label.details, (Json{{"iterations", 9}}));
}

// Of stdout, what comes after "finished run" are timings.
TEST_F(XtbOutput, a_text_that_was_cut_off_is_refused) {
    for (std::size_t size = 0; size < run_.engrad.size(); ++size) {
        test::XtbRun cut = run_;
        cut.engrad.resize(size);
        EXPECT_THAT(cut.verdict(), StartsWith("partial_output")) << size;
    }
    for (std::size_t size = 0; size <= run_.err.find(" of xtb"); ++size) {
        test::XtbRun cut = run_;
        cut.err.resize(size);
        EXPECT_THAT(cut.verdict(), StartsWith("partial_output")) << size;
    }
    for (std::size_t size = 0; size <= run_.out.find("finished run"); size += 10) {
        test::XtbRun cut = run_;
        cut.out.resize(size);
        EXPECT_NE(cut.verdict(), "accepted") << size;
    }
}

TEST_F(XtbOutput, failures_of_the_program_get_their_kind) {
    EXPECT_THAT(test::kept_xtb_run("unconverged", 1).verdict(),
                StartsWith("scf_not_converged: -1- scf: Self consistent charge iterator did not converge"));
    EXPECT_THAT(test::kept_xtb_run("coinciding", 1).verdict(),
                StartsWith("bad_geometry: -1- Found *very* short distance"));
    EXPECT_THAT(test::kept_xtb_run("unknown_method", 0).verdict(),
                StartsWith("bad_config: -1- set_gfn: We have not yet made a GFN7-xTB method"));
    run_.out = "";
    run_.err = "xtb: error while loading shared libraries\n";
    EXPECT_EQ(run_.verdict(),
              "launch: xtb did not print its version; last words: xtb: error while loading shared libraries");
}

TEST_F(XtbOutput, an_error_that_is_not_known_is_told_by_its_cause) {
    run_ = test::kept_xtb_run("coinciding", 1);
    run_.out = replaced(run_.out, "Found *very* short distance of", "the moon is full,");
    EXPECT_THAT(run_.verdict(), StartsWith("unknown: -1- the moon is full"));
}

TEST_F(XtbOutput, an_abnormal_end_is_no_normal_one) {
    run_.err = replaced(run_.err, "normal termination", "abnormal termination");
    EXPECT_EQ(run_.verdict(), "unknown: abnormal termination of xtb");
    run_ = test::kept_xtb_run("water", 1);
    EXPECT_EQ(run_.verdict(), "unknown: xtb ended with exit code 1 although its output is complete");
}

TEST_F(XtbOutput, numbers_that_are_none_are_refused) {
    test::XtbRun run = run_;
    run.engrad = replaced(run_.engrad, "-5.069812164086", "NaN");
    EXPECT_THAT(run.verdict(), StartsWith("non_finite: the energy"));
    run.engrad = replaced(run_.engrad, "0.013602640674", "**************");
    EXPECT_THAT(run.verdict(), StartsWith("non_finite: the gradient"));
    run.engrad = replaced(run_.engrad, "1.4928836", "************");
    EXPECT_THAT(run.verdict(), StartsWith("non_finite: an atom"));
}

TEST_F(XtbOutput, an_output_of_something_else_is_refused) {
    LabelRequest other = xtb_water();
    other.structure.positions[1][0] += 1.0e-5;
    EXPECT_EQ(run_.verdict(other), "inconsistent: atom 2 is not where it was asked for");
    other = xtb_water();
    other.structure.atomic_numbers = {8, 1, 9};
    EXPECT_THAT(run_.verdict(other), StartsWith("inconsistent: atom 3"));
    other = xtb_water();
    other.structure.atomic_numbers.pop_back();
    other.structure.positions.pop_back();
    EXPECT_THAT(run_.verdict(other), StartsWith("inconsistent: s.engrad holds more"));
    test::XtbRun run = run_;
    run.engrad = replaced(run_.engrad, "         3\n", "         4\n");
    EXPECT_THAT(run.verdict(), StartsWith("inconsistent: s.engrad is of another number"));
}

TEST_F(XtbOutput, physics_that_were_not_asked_for_are_refused) {
    EXPECT_EQ(run_.verdict(xtb_water(), {{"method", "gfn1"}}),
              "bad_config: xtb took another method than GFN1-xTB");
    test::XtbRun run = run_;
    run.out = replaced(run_.out, "  300.0000000", " 5000.0000000");
    EXPECT_THAT(run.verdict(), StartsWith("bad_config: xtb took an electronic temperature of 5000"));
    LabelRequest other = xtb_water();
    other.charge = 2.0;
    EXPECT_THAT(run_.verdict(other), StartsWith("charge: xtb took the charge"));
    other = xtb_water();
    other.multiplicity = 11;
    EXPECT_EQ(run_.verdict(other), "charge: 10 unpaired electrons of 8 valence electrons");
    other.multiplicity = 2;
    EXPECT_EQ(run_.verdict(other), "charge: 1 unpaired electrons of 8 valence electrons");
}

TEST_F(XtbOutput, what_the_supervisor_saw_comes_before_any_text) {
    const test::TemporaryFolder folder;
    ProcessExit exit;
    exit.how = ProcessExit::How::signaled;
    exit.code = 11;
    LabelOutcome outcome = test::xtb_driver()->collect(xtb_water(), exit, folder.path());
    EXPECT_EQ(std::get<LabelFailure>(outcome).kind, FailureKind::signal);
    exit.how = ProcessExit::How::timed_out;
    outcome = test::xtb_driver()->collect(xtb_water(), exit, folder.path());
    EXPECT_EQ(std::get<LabelFailure>(outcome).kind, FailureKind::timeout);
}

}  // namespace
}  // namespace fibonaqi::xtb
