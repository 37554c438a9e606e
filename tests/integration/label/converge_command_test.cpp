// `fibonaqi driver converge` as a user runs it: on a script in the place of pw.x whose forces are wrong by a
// known number at each cut-off, and on the real programs.
#include <algorithm>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/units.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/label_runs.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Converge : public ::testing::Test {
  protected:
    Converge() {
        write_file_atomically(folder_ / "Si.UPF", "<UPF version=\"2.0.1\"><PP_HEADER element=\"Si\"/></UPF>");
        Json config = qe_config();
        config["command"] = {"/bin/sh", (folder_ / "pw").string()};
        config["pseudo_dir"] = ".";
        config["pseudopotentials"]["Si"] = "Si.UPF";
        config["input"]["system"]["ecutwfc"] = 20;
        write_json(folder_ / "D.json", config);
        // The kept output, with the geometry that is asked for, and forces along x that are 1/ecutwfc
        // [hartree/bohr] too large on one atom and too small on the other. It takes time by ecutwfc^3.
        write_file_atomically(folder_ / "pw",
                              "echo '     Program PWSCF v.0'\necho run >> " + (folder_ / "runs").string() +
                                  "\nsleep ${FAKE_SECONDS:-0}\nmkdir -p out\n"
                                  "x=$(awk '/^ATOMIC_POSITIONS/{getline; getline; printf \"%.15e\", "
                                  "$2/0.529177210903}' pw.in)\n"
                                  "e=$(awk '$1==\"ecutwfc\"{sub(/d/,\"e\",$3); print $3}' pw.in)\n"
                                  "awk -v e=$e 'BEGIN{for (i = 0; i < 60 * e * e * e; ++i);}'\n"
                                  "sed \"/<output>/,/<forces/s/\\(index=.2.>\\)[^ ]*/\\1$x/\" '" +
                                  (qe_data() / "converged/fb.xml").string() +
                                  "' | awk -v e=$e '/<forces rank/{print; getline; $1+=1/e; print; getline; "
                                  "$1-=1/e} {print}' > out/fb.xml\necho '   JOB DONE.'\n");
        std::vector<Frame> frames(3);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            frames[i].structure = two_silicon_atoms(0.1 + 0.01 * static_cast<double>(i)).structure;
        }
        write_extxyz(folder_ / "in.xyz", frames);
    }
    std::vector<std::string> words(const std::vector<std::string>& more) const {
        std::vector<std::string> all{"driver", "converge", "D.json", "--data", "in.xyz", "--work", "work"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    CommandResult converge(const std::vector<std::string>& more = {}) {
        return run_command(folder_, "fibonaqi", words(more));
    }
    std::string refusal(const std::vector<std::string>& more) {
        const CommandResult said = converge(more);
        EXPECT_EQ(said.code, 2) << said.out;
        EXPECT_EQ(runs(), 0) << "something was computed";
        return said.err;
    }
    long runs() const {
        const std::string file = folder_ / "runs";
        const std::string text = std::filesystem::exists(file) ? read_file(file) : "";
        return std::count(text.begin(), text.end(), '\n');
    }
    TemporaryFolder folder_;
};

TEST_F(Converge, measures_what_cheaper_settings_lose_and_recommends_one) {
    // Against 40: 1/20 - 1/40 = 0.025 hartree/bohr on two of six components.
    const double unit = units::hartree_per_bohr_in_eV_per_angstrom / std::sqrt(3.0);
    const CommandResult said = converge({"--axis", "ecutwfc=40,16,32", "--model-error", "2.0", "--share",
                                         "0.1", "--json", "noise.json", "--picture", "noise.svg"});
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, AllOf(HasSubstr("1 axis, 4 settings, 3 frames: 12 labels"),
                                HasSubstr("limit: 0.2 eV/A = 0.1 x 2 eV/A"), HasSubstr("\"ecutwfc\": 32")));
    const Json record = read_json(folder_ / "noise.json");
    const Json& points = record.at("axes").at(0).at("points");
    std::vector<std::string> values;
    for (const Json& point : points) {
        values.push_back(point.at("value").get<std::string>());
    }
    EXPECT_THAT(values, ElementsAre("16", "20", "32", "40")) << "in the order of price, its own among them";
    EXPECT_NEAR(points.at(1).at("force_rmse_eV_per_A").get<double>(), 0.025 * unit, 1e-9);
    EXPECT_NEAR(points.at(2).at("force_rmse_eV_per_A").get<double>(), (1.0 / 32 - 1.0 / 40) * unit, 1e-9);
    EXPECT_EQ(points.at(3).at("force_rmse_eV_per_A"), 0.0);
    EXPECT_EQ(points.at(1).at("energy_spread_eV_per_atom"), 0.0);
    EXPECT_EQ(record.at("axes").at(0).at("recommended"), "32");
    EXPECT_THAT(read_file(folder_ / "noise.svg"), HasSubstr("<svg"));
}

TEST_F(Converge, without_the_error_of_a_model_there_is_no_recommendation) {
    const CommandResult said = converge({"--axis", "ecutwfc=30", "--frames", "1"});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, AllOf(HasSubstr("2 settings, 1 frame: 2 labels"),
                                HasSubstr("give its force error by"), Not(HasSubstr("recommended"))));
}

TEST_F(Converge, ends_where_the_configured_or_the_densest_setting_gives_no_label) {
    // This program ends without a word above 35 Ry.
    write_file_atomically(folder_ / "pw",
                          "awk '$1==\"ecutwfc\"{sub(/d/,\"e\",$3); if ($3 > 35) exit 1}' pw.in "
                          "|| exit 1\n" +
                              read_file(folder_ / "pw"));
    const CommandResult said = converge({"--axis", "ecutwfc=30,40"});
    EXPECT_EQ(said.code, 6);
    EXPECT_THAT(said.err, HasSubstr("axis ecutwfc: no frame has a label at 40"));
    EXPECT_EQ(converge({"--axis", "ecutwfc=25,30"}).code, 0);
}

TEST_F(Converge, says_when_an_axis_is_not_seen_to_converge) {
    const CommandResult said = converge({"--axis", "ecutwfc=30,40", "--model-error", "0.1"});
    EXPECT_THAT(said.out, HasSubstr("ecutwfc: 40 instead of 20"));
    EXPECT_THAT(said.out, HasSubstr("not seen to converge (30 still differs by"));
}

TEST_F(Converge, pays_for_no_label_twice_after_kill_9_and_ctrl_c) {
    const std::vector<std::string> axis{"--axis", "ecutwfc=30,40"};
    for (const int signal : {SIGKILL, SIGINT}) {
        ProcessSpec spec;
        spec.argv = {program("fibonaqi")};
        const auto all = words(axis);
        spec.argv.insert(spec.argv.end(), all.begin(), all.end());
        spec.environment = {{"FAKE_SECONDS", "0.3"}};
        spec.directory = folder_.path();
        spec.stdout_file = spec.stderr_file = folder_ / "said";
        const long before = runs();
        Subprocess process(spec);
        ASSERT_TRUE(becomes_true([&] { return runs() >= before + 2; }));
        ::kill(process.pid(), signal);
        const ProcessEnd end = process.wait();
        EXPECT_TRUE(signal == SIGKILL || end.code == 5) << end.code;
    }
    EXPECT_EQ(converge(axis).code, 0);
    EXPECT_EQ(runs(), 9);
    EXPECT_EQ(converge(axis).code, 0);
    EXPECT_EQ(runs(), 9) << "what is in the ledger is not computed again";
}

TEST_F(Converge, refuses_what_it_cannot_scan_before_anything_is_computed) {
    EXPECT_THAT(refusal({"--axis", "ecutwf=30,40"}), HasSubstr("did you mean 'ecutwfc'?"));
    EXPECT_THAT(refusal({"--axis", "ecutwfc=20"}), HasSubstr("axis ecutwfc has one value only"));
    EXPECT_THAT(refusal({"--axis", "ecutwfc=20,20.0"}), HasSubstr("is the same to the driver as its own 20"));
    EXPECT_THAT(refusal({"--axis", "ecutwfc=30,30.0"}), HasSubstr("mean the same to the driver"));
    EXPECT_THAT(refusal({"--axis", "ecutwfc=30,,40"}), HasSubstr("has an empty value"));
    EXPECT_THAT(refusal({"--axis", "ecutwfc=many"}), HasSubstr("'many' is no number above 0"));
    EXPECT_THAT(refusal({"--axis", "kpoints=3x3x300"}), HasSubstr("is no mesh such as 3x3x3"));
    EXPECT_THAT(refusal({"--model-error", "0.1", "--campaign", "."}), HasSubstr("leave one out"));
    EXPECT_THAT(refusal({"--campaign", "."}), HasSubstr("no campaign in"));
    write_file_atomically(folder_ / "in.xyz", "");
    EXPECT_THAT(refusal({}), HasSubstr("in.xyz: has no frame"));
}

TEST_F(Converge, scans_any_number_of_a_driver_that_names_no_settings) {
    write_json(folder_ / "D.json",
               {{"type", "external"},
                {"name", "pairs"},
                {"command",
                 {"/usr/bin/python3", std::string(FIBONAQI_SOURCE_DIR) + "/tests/data/drivers/pair_code.py"}},
                {"physics", {{"grid", 10}, {"name", "fine"}}},
                {"stress", true}});
    EXPECT_THAT(refusal({}), HasSubstr("pairs has no settings that FIBonAQi knows how to scan"));
    EXPECT_THAT(refusal({"--axis", "physics.grid=20"}),
                HasSubstr("needs two or more numbers, from sparse to dense"));
    EXPECT_THAT(refusal({"--axis", "physics.grid=20,10,30"}), HasSubstr("from sparse to dense"));
    EXPECT_THAT(refusal({"--axis", "physics.name=20,30"}),
                HasSubstr("is no setting of pairs that can be scanned"));
    const CommandResult said = converge({"--axis", "physics.grid=30,20"});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, ContainsRegex("  30 .*\n  20 .*\n  10 .*configured, reference"))
        << "falling values: the smallest is the densest";
    EXPECT_THAT(said.out,
                HasSubstr("the densest value that was scanned: its own noise is not in this number"));
}

TEST_F(Converge, real_xtb_loses_little_at_a_loose_accuracy) {
    if (find_program("xtb").empty()) {
        GTEST_SKIP() << "xtb is not installed (Debian: xtb)";
    }
    const std::filesystem::path example =
        std::filesystem::path(FIBONAQI_SOURCE_DIR) / "dft_drivers/xtb/example";
    const CommandResult said =
        run_command(folder_, "fibonaqi",
                    {"driver", "converge", example.string() + ".json", "--data", example.string() + ".xyz",
                     "--work", "xtb", "--json", "xtb.json"});
    ASSERT_EQ(said.code, 0) << said.err;
    const Json axis = read_json(folder_ / "xtb.json").at("axes").at(0);
    EXPECT_EQ(axis.at("points").size(), 4U);
    EXPECT_LT(axis.at("points").at(2).at("force_rmse_eV_per_A").get<double>(), 1e-4);
    EXPECT_GT(axis.at("points").at(0).at("force_rmse_eV_per_A").get<double>(),
              axis.at("points").at(2).at("force_rmse_eV_per_A").get<double>());
}

// Two silicon atoms: forces at one k-point have little to do with those at 3x3x3, and at 2x2x2 they are off
// by some tenths of eV/angstrom still.
TEST_F(Converge, real_pw_shows_how_far_a_mesh_is_from_denser_ones) {
    if (!has_quantum_espresso()) {
        GTEST_SKIP() << "pw.x or its pseudopotentials are not installed (Debian: quantum-espresso, "
                        "quantum-espresso-data)";
    }
    write_json(folder_ / "D.json", qe_config());
    const CommandResult said = converge({"--axis", "kpoints=1x1x1,2x2x2s,3x3x3", "--frames", "2",
                                         "--model-error", "0.15", "--json", "noise.json"});
    ASSERT_EQ(said.code, 0) << said.err;
    const Json points = read_json(folder_ / "noise.json").at("axes").at(0).at("points");
    ASSERT_EQ(points.size(), 4U);
    const auto noise = [&](std::size_t i) { return points.at(i).at("force_rmse_eV_per_A").get<double>(); };
    EXPECT_GT(noise(0), 2.0 * noise(2)) << said.out;
    EXPECT_GT(noise(2), 0.01);
    EXPECT_GT(points.at(3).at("cpu_seconds").get<double>(), points.at(0).at("cpu_seconds").get<double>());
}

}  // namespace
}  // namespace fibonaqi::test
