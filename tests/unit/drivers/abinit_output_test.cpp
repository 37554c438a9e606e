// What the ABINIT driver makes of outputs: kept ones, and such with something wrong in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/abinit_outputs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::abinit {
namespace {

using ::testing::HasSubstr;

class AbinitOutput : public ::testing::Test {
  protected:
    // Collects a folder with these files; an empty text: the file is not there.
    LabelOutcome collect(const std::string& abo, const std::string& log, const std::string& err = "",
                         const LabelRequest& request = test::abinit_request(), int code = 0) const {
        const test::TemporaryFolder folder;
        for (const auto& [name, text] : {std::pair{"fb.abo", abo}, {"log", log}, {"err", err}}) {
            if (!text.empty()) {
                std::ofstream(folder / name) << text;
            }
        }
        ProcessExit exit;
        exit.code = code;
        return test::abinit_driver(folder.path())->collect(request, exit, folder.path());
    }
    std::string kind(const LabelOutcome& outcome) const {
        const auto* failure = std::get_if<LabelFailure>(&outcome);
        return failure == nullptr ? "accepted" : to_string(failure->kind);
    }
    std::string kind_of(const std::string& abo, const LabelRequest& request = test::abinit_request()) const {
        return kind(collect(abo, log_, "", request));
    }
    // The good output with the last `from` replaced.
    std::string with(const std::string& from, const std::string& to) const {
        std::string text = good_;
        const std::size_t at = text.rfind(from);
        EXPECT_NE(at, std::string::npos) << from;
        return at == std::string::npos ? text : text.replace(at, from.size(), to);
    }
    const std::string good_ = test::abinit_text("converged/fb.abo");
    const std::string log_ = test::abinit_text("converged/log");
};

// Numbers of the file, CODATA 2018.
TEST_F(AbinitOutput, label_has_the_numbers_of_the_file_in_our_units) {
    const LabelOutcome outcome = collect(good_, log_);
    ASSERT_TRUE(std::holds_alternative<AcceptedLabel>(outcome)) << std::get<LabelFailure>(outcome).evidence;
    const AcceptedLabel& label = std::get<AcceptedLabel>(outcome);
    EXPECT_DOUBLE_EQ(*label.labels.energy, -8.36484198744304 * 27.211386245988);
    EXPECT_NEAR(label.labels.forces[0][0], 0.01797243076494 * 51.422067476, 1e-10);
    EXPECT_NEAR(label.labels.forces[1][1], 0.02233165190350 * 51.422067476, 1e-10);
    const Mat3& stress = *label.labels.stress;
    EXPECT_NEAR(stress[0][0], -3.2129308134e-4 * 183.63153645, 1e-9);
    EXPECT_NEAR(stress[1][2], 1.0079893323e-4 * 183.63153645, 1e-9) << "fourth: yz";
    EXPECT_NEAR(stress[2][0], -1.8750211533e-4 * 183.63153645, 1e-9) << "fifth: xz";
    EXPECT_NEAR(stress[0][1], 1.3943619179e-4 * 183.63153645, 1e-9) << "sixth: xy";
    EXPECT_EQ(label.code_version, "ABINIT 9.6.2");
    EXPECT_GT(label.details.at("scf_steps").get<double>(), 3.0);
    EXPECT_NEAR(label.details.at("minus_TS_eV").get<double>(), -7.35076e-5 * 27.2114, 1e-7);
    LabelRequest without = test::abinit_request();
    without.want_stress = false;
    EXPECT_FALSE(std::get<AcceptedLabel>(collect(good_, log_, "", without)).labels.stress.has_value());
}

// As ABINIT prints it where densities were mixed; its etotal is the second one.
TEST_F(AbinitOutput, a_total_of_double_counting_terms_is_the_energy) {
    std::string text = good_;
    const std::size_t end = text.find("\n...\n", text.rfind("--- !EnergyTerms"));
    text.insert(end + 5, "\n--- !EnergyTermsDC\ntotal_energy_dc : -8.36484190000000E+00\n...\n");
    const LabelOutcome outcome = collect(text, log_);
    ASSERT_TRUE(std::holds_alternative<AcceptedLabel>(outcome)) << std::get<LabelFailure>(outcome).evidence;
    const AcceptedLabel& label = std::get<AcceptedLabel>(outcome);
    EXPECT_DOUBLE_EQ(*label.labels.energy, -8.3648419 * 27.211386245988);
    EXPECT_NEAR(label.details.at("minus_TS_eV").get<double>(), -7.35076e-5 * 27.2114, 1e-7);
}

TEST_F(AbinitOutput, output_that_is_cut_anywhere_is_refused) {
    const std::size_t end = good_.find(" Calculation completed.");
    ASSERT_NE(end, std::string::npos);
    for (std::size_t length = 0; length < end; length += 100) {
        EXPECT_NE(kind_of(good_.substr(0, length)), "accepted") << length;
    }
    // Also where somebody put the end behind it.
    for (const char* place : {"--- !EnergyTerms", "cartesian forces (hartree/bohr) at end",
                              "-outvars: echo values of"
                              " variables after"}) {
        EXPECT_NE(kind_of(good_.substr(0, good_.find(place)) + good_.substr(end)), "accepted") << place;
    }
}

TEST_F(AbinitOutput, unconverged_runs_are_refused_by_log_and_by_output) {
    const std::string abo = test::abinit_text("unconverged/fb.abo");
    const LabelOutcome outcome = collect(abo, test::abinit_text("unconverged/log"));
    EXPECT_EQ(kind(outcome), "scf_not_converged");
    EXPECT_EQ(std::get<LabelFailure>(outcome).evidence, "nstep 3 was not enough SCF cycles to converge.");
    EXPECT_NE(kind_of(abo), "accepted") << "without the warning";
    EXPECT_EQ(kind_of(with("=>converged.", "=>stopped.")), "partial_output");
    // Its criterion was another one, or a softer one.
    EXPECT_EQ(kind_of(with("vres2   =", "nres2   =")), "inconsistent");
    const test::TemporaryFolder folder;
    std::ofstream(folder / "fb.abo") << good_;
    std::ofstream(folder / "log") << log_;
    EXPECT_EQ(kind(test::abinit_driver(folder.path(), {{"tolvrs", 1e-16}})
                       ->collect(test::abinit_request(), {}, folder.path())),
              "scf_not_converged");
}

TEST_F(AbinitOutput, numbers_that_are_none_are_refused) {
    EXPECT_EQ(kind_of(with("-8.36484198744304E+00", "NaN")), "non_finite");
    EXPECT_EQ(kind_of(with("0.02070047794153", "****************")), "non_finite");
    EXPECT_EQ(kind_of(with("-3.2129308134E-04", "Infinity")), "non_finite");
    EXPECT_EQ(kind_of(with("    2     -0.01797243076494", "    3     -0.01797243076494")), "inconsistent");
}

TEST_F(AbinitOutput, other_structures_are_refused) {
    LabelRequest request = test::abinit_request();
    request.structure.positions[1][2] += 2e-6;
    EXPECT_EQ(kind_of(good_, request), "inconsistent");
    request = test::abinit_request();
    request.structure.positions[1][2] += 2e-7;
    EXPECT_EQ(kind_of(good_, request), "accepted");
    request.structure.cell[0][2] += 2e-6;
    EXPECT_EQ(kind_of(good_, request), "inconsistent");
    request = test::abinit_request();
    std::swap(request.structure.positions[0], request.structure.positions[1]);
    EXPECT_EQ(kind_of(good_, request), "inconsistent");
    request = test::abinit_request();
    request.structure.atomic_numbers[0] = 15;
    EXPECT_EQ(kind_of(good_, request), "inconsistent");
    request = test::abinit_request();
    request.structure.atomic_numbers.pop_back();
    request.structure.positions.pop_back();
    EXPECT_EQ(kind_of(good_, request), "inconsistent");
}

TEST_F(AbinitOutput, known_messages_get_their_kind_and_are_quoted) {
    struct Case {
        const char *folder, *kind, *evidence;
    };
    for (const Case& one : {Case{"unknown_variable", "bad_config", "Found token: `FOO` in the input file."},
                            Case{"missing_pseudopotential", "missing_file", "Cannot open file 'nope'"},
                            Case{"coinciding", "bad_geometry", "are located at the same point"},
                            Case{"few_bands", "bad_config", "There are not enough bands"},
                            Case{"stopped", "cancelled", "Exit has been requested"},
                            Case{"out_of_time", "walltime", "Approaching time limit"}}) {
        const LabelOutcome outcome = collect("", test::abinit_text(std::string(one.folder) + "/log"));
        EXPECT_EQ(kind(outcome), one.kind) << one.folder;
        EXPECT_THAT(std::get<LabelFailure>(outcome).evidence, HasSubstr(one.evidence));
    }
    const std::string banner = ".Version 9.6.2 of ABINIT\n";
    EXPECT_EQ(kind(collect("", banner, test::abinit_text("damaged_pseudopotential/err"))), "missing_file");
    EXPECT_EQ(kind(collect("", banner, "Fortran runtime error: No space left on device")), "disk");
    EXPECT_EQ(kind(collect("", banner + "--- !BUG\nmessage: |\n    odd\n...\n")), "unknown");
    EXPECT_EQ(kind(collect("", banner)), "partial_output");
    const LabelOutcome launch = collect("", "", "mpirun: not enough slots available\n");
    EXPECT_EQ(kind(launch), "launch");
    EXPECT_THAT(std::get<LabelFailure>(launch).evidence, HasSubstr("not enough slots"));
}

TEST_F(AbinitOutput, what_the_supervisor_saw_comes_first) {
    const test::TemporaryFolder folder;
    std::ofstream(folder / "fb.abo") << good_;
    std::ofstream(folder / "log") << log_;
    const auto driver = test::abinit_driver(folder.path());
    ProcessExit exit;
    exit.how = ProcessExit::How::signaled;
    exit.code = 9;
    EXPECT_EQ(kind(driver->collect(test::abinit_request(), exit, folder.path())), "signal");
    exit.how = ProcessExit::How::timed_out;
    EXPECT_EQ(kind(driver->collect(test::abinit_request(), exit, folder.path())), "timeout");
    EXPECT_EQ(kind(collect(good_, log_, "", test::abinit_request(), 14)), "unknown");
}

}  // namespace
}  // namespace fibonaqi::abinit
