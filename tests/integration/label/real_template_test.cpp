// Template drivers with the real programs, against what these say when they are run by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dft_drivers/builtin_drivers.hpp"
#include "dft_drivers/common/output_text.hpp"
#include "tests/support/label_runs.hpp"
#include "tests/support/template_runs.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class RealTemplate : public ::testing::Test {
  protected:
    static LabelRequest water() { return test::request_of(test::template_folder() / "xtb.xyz"); }

    // A shipped configuration with some keys replaced.
    static LabelResult run(const std::string& code, const Json& changes = Json::object(),
                           const LabelRequest& request = water()) {
        const test::TemporaryFolder folder;
        Json config = test::shipped_driver(code)->configuration();
        config.merge_patch(changes);
        return test::run_task(test::make_task(folder.path(), config, request));
    }
    static AcceptedLabel label(const LabelResult& result) {
        EXPECT_EQ(test::kind_of(result), "accepted") << test::evidence_of(result);
        return std::get<AcceptedLabel>(result.outcome);
    }
    // Runs a program in `folder_` as a user would at the terminal; its stdout.
    std::vector<std::string> by_hand(const std::vector<std::string>& argv) {
        ProcessSpec spec;
        spec.argv = argv;
        spec.environment = program_environment({});
        spec.directory = folder_.path();
        spec.stdout_file = folder_ / "out";
        spec.stderr_file = folder_ / "err";
        EXPECT_EQ(Subprocess(spec).wait().code, 0);
        return lines_of(folder_ / "out");
    }
    void expect_derivative(const std::string& code) {
        const double h = 0.005;
        const auto energy = [&](double x) {
            LabelRequest request = water();
            request.structure.positions[1][0] += x;
            return label(run(code, Json::object(), request)).labels.energy.value();
        };
        const double slope = (energy(h) - energy(-h)) / (2.0 * h);
        EXPECT_NEAR(label(run(code)).labels.forces[1][0], -slope, 1.0e-3);
        EXPECT_GT(std::abs(slope), 0.1) << "nothing to compare";
    }
    test::TemporaryFolder folder_;
};

constexpr const char* geometry = "O 0.02 -0.01 0.03\nH 0.79 0.60 -0.02\nH -0.74 0.55 0.05\n";

class RealXtb : public RealTemplate {
  protected:
    void SetUp() override {
        if (find_program("xtb").empty()) {
            GTEST_SKIP() << "xtb is not installed (Debian: xtb)";
        }
    }
};

// The file "gradient" is another one than the driver reads.
TEST_F(RealXtb, agrees_with_xtb_run_by_hand) {
    write_file_atomically(folder_ / "w.xyz", std::string("3\n\n") + geometry);
    (void)by_hand({"xtb", "w.xyz", "--gfn", "2", "--grad", "--acc", "0.1", "--norestart"});
    const std::vector<std::string> lines = lines_of(folder_ / "gradient");
    const std::string energy = lines.at(1).substr(lines[1].find("energy =") + 8, 20);
    const AcceptedLabel accepted = label(run("xtb"));
    EXPECT_NEAR(*accepted.labels.energy, numbers_in(energy).value()[0] * 27.211386245988, 1.0e-8);
    for (std::size_t atom = 0; atom < 3; ++atom) {
        const std::vector<double> gradient = numbers_in(lines.at(5 + atom)).value();
        for (std::size_t axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(accepted.labels.forces[atom][axis], -gradient[axis] * 51.422067476, 1.0e-7);
        }
    }
    EXPECT_THAT(accepted.code_version, HasSubstr("xtb 6."));
}

TEST_F(RealXtb, forces_are_the_derivative_of_the_energy) {
    expect_derivative("xtb");
}

TEST_F(RealXtb, unconverged_is_refused_and_the_remedy_helps) {
    const LabelResult remedied = run("xtb", {{"variables", {{"iterations", 2}}}});
    EXPECT_EQ(label(remedied).details.at("remedies").at(0).at("after"), "scf_not_converged");
    const Json none = Json::parse(R"({"variables": {"iterations": 2}, "remedies": null})");
    EXPECT_EQ(test::kind_of(run("xtb", none)), "scf_not_converged");
}

TEST_F(RealXtb, computes_ions_and_radicals) {
    LabelRequest cation = water();
    cation.charge = 1.0;
    const double neutral = *label(run("xtb")).labels.energy;
    const double doublet = *label(run("xtb", Json::object(), cation)).labels.energy;
    EXPECT_GT(doublet - neutral, 10.0) << "ionisation of water takes more than 10 eV";
    cation.multiplicity = 4;
    EXPECT_GT(*label(run("xtb", Json::object(), cation)).labels.energy, doublet + 1.0);
}

TEST_F(RealXtb, agrees_with_the_built_in_driver) {
    const test::TemporaryFolder folder;
    const AcceptedLabel built_in =
        label(test::run_task(test::make_task(folder.path(), {{"type", "xtb"}}, water())));
    const AcceptedLabel by_template = label(run("xtb"));
    EXPECT_NEAR(*built_in.labels.energy, *by_template.labels.energy, 1.0e-8);
    for (std::size_t atom = 0; atom < 3; ++atom) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(built_in.labels.forces[atom][axis], by_template.labels.forces[atom][axis], 1.0e-7);
        }
    }
}

// Another reading of the same program: 30 lines of shell.
TEST_F(RealXtb, agrees_with_the_example_in_shell) {
    const auto external = std::filesystem::path(FIBONAQI_SOURCE_DIR) / "dft_drivers/external";
    const test::TemporaryFolder folder;
    const Json config = make_driver(read_json(external / "shell.json"), external)->configuration();
    const AcceptedLabel by_shell = label(test::run_task(test::make_task(folder.path(), config, water())));
    const AcceptedLabel by_template = label(run("xtb"));
    EXPECT_NEAR(*by_shell.labels.energy, *by_template.labels.energy, 1.0e-8);
    for (std::size_t atom = 0; atom < 3; ++atom) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(by_shell.labels.forces[atom][axis], by_template.labels.forces[atom][axis], 1.0e-7);
        }
    }
}

class RealNwchem : public RealTemplate {
  protected:
    void SetUp() override {
        if (find_program("nwchem").empty()) {
            GTEST_SKIP() << "nwchem is not installed (Debian: nwchem)";
        }
    }
};

// By task energy, which prints no gradient.
TEST_F(RealNwchem, agrees_with_nwchem_run_by_hand) {
    write_file_atomically(
        folder_ / "w.nw",
        std::string("start w\ngeometry units angstroms noautosym nocenter\n") + geometry +
            "end\nbasis spherical\n * library 6-31g*\nend\ndft\n xc xpbe96 cpbe96\n grid fine\n"
            " tolerances tight\n convergence energy 1e-9 density 1e-8\nend\ntask dft energy\n");
    const std::vector<std::string> lines = by_hand({"nwchem", "w.nw"});
    const std::string line = lines.at(last_line_with(lines, "Total DFT energy").value());
    const double energy = numbers_in(line.substr(line.find('=') + 1)).value()[0];
    const AcceptedLabel accepted = label(run("nwchem"));
    EXPECT_NEAR(*accepted.labels.energy, energy * 27.211386245988, 1.0e-7);
    EXPECT_THAT(accepted.code_version, HasSubstr("nwchem "));
}

TEST_F(RealNwchem, forces_are_the_derivative_of_the_energy) {
    expect_derivative("nwchem");
}

TEST_F(RealNwchem, failures_get_their_kind) {
    const Json unconverged = Json::parse(R"({"variables": {"iterations": 2}, "remedies": null})");
    EXPECT_EQ(test::kind_of(run("nwchem", unconverged)), "scf_not_converged");
    EXPECT_EQ(test::kind_of(run("nwchem", {{"elements", {{"H", {{"basis", "nonsense"}}}}}})), "missing_file");
    EXPECT_EQ(test::kind_of(run("nwchem", {{"variables", {{"damping", "wrong words"}}}})), "bad_config");
    const LabelResult remedied = run("nwchem", {{"variables", {{"iterations", 3}}}});
    EXPECT_EQ(label(remedied).details.at("remedies").at(0).at("changes").at("set").at("iterations"), 200);
}

}  // namespace
}  // namespace fibonaqi
