// fibonaqi-md with real MACE models.
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/md/md_runs.hpp"
#include "tests/support/mace_reference.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

double real(const Frame& frame, const std::string& key) {
    return std::get<double>(frame.info.at(key));
}

// Candidates of a run are, frame by frame, what `fibonaqi evaluate` says about their structures: another
// graph (own neighbour list), other axes, another process.
void expect_candidates_are_what_the_model_says(test::MdRun& run, double tolerance) {
    const auto evaluated =
        test::run_command(run.folder, "fibonaqi",
                          {"evaluate", "--model", run.task["model"], "--data", "candidates.xyz", "--dtype",
                           run.task["dtype"], "--write", "predicted.xyz"});
    ASSERT_EQ(evaluated.code, 0) << evaluated.err;
    const std::vector<Frame> found = run.candidates();
    const std::vector<Frame> wanted = read_extxyz(run.folder / "predicted.xyz").frames;
    ASSERT_EQ(found.size(), wanted.size());
    ASSERT_FALSE(found.empty());
    for (std::size_t k = 0; k < found.size(); ++k) {
        EXPECT_NEAR(*found[k].labels.energy, *wanted[k].labels.energy, tolerance);
        ASSERT_EQ(found[k].labels.stress.has_value(), wanted[k].labels.stress.has_value());
        for (std::size_t i = 0; i < found[k].structure.size(); ++i) {
            for (std::size_t x = 0; x < 3; ++x) {
                EXPECT_NEAR(found[k].labels.forces[i][x], wanted[k].labels.forces[i][x], tolerance);
            }
        }
        for (std::size_t x = 0; x < 3 && found[k].labels.stress; ++x) {
            for (std::size_t y = 0; y < 3; ++y) {
                EXPECT_NEAR((*found[k].labels.stress)[x][y], (*wanted[k].labels.stress)[x][y], tolerance);
            }
        }
    }
}

TEST(MdProgram, CandidatesAreWhatTheModelSays) {
    for (const std::string ensemble : {"nvt", "npt"}) {
        test::MdRun run(test::magnesia());
        run.task["ensemble"] = ensemble;
        const Json result = run.run();
        ASSERT_TRUE(result.at("ok").get<bool>()) << result;
        EXPECT_EQ(result.at("candidates"), 3);
        expect_candidates_are_what_the_model_says(run, 1e-9);
    }
}

TEST(MdProgram, WritesWhatItsFormatPromises) {
    test::MdRun run(test::magnesia());
    const Json result = run.run();
    EXPECT_EQ(run.command.code, 0) << run.command.err;
    EXPECT_EQ(result.at("status"), "completed");
    EXPECT_EQ(result.at("steps"), 60);
    EXPECT_TRUE(result.at("events").empty());
    EXPECT_GT(result.at("steps_per_second").get<double>(), 0.0);
    const Frame last = read_extxyz(result.at("final_structure").get<std::string>()).frames.at(0);
    EXPECT_EQ(last.arrays.at("velocities").size(), 6u);
    const std::vector<Frame> candidates = run.candidates();
    ASSERT_EQ(candidates.size(), 3u);
    const Frame& frame = candidates[1];
    EXPECT_EQ(std::get<long>(frame.info.at("cycle")), 2);
    EXPECT_EQ(std::get<long>(frame.info.at("walker")), 7);
    EXPECT_EQ(std::get<long>(frame.info.at("step")), 40);
    EXPECT_DOUBLE_EQ(real(frame, "time_ps"), 0.04);
    EXPECT_EQ(real(frame, "target_temperature_K"), 300.0);
    EXPECT_GT(real(frame, "temperature_K"), 0.0);
    EXPECT_GT(real(frame, "max_force_eV_per_A"), 0.0);
    EXPECT_EQ(std::get<std::string>(frame.info.at("reason")), "harvest");
    EXPECT_EQ(frame.structure.cell, test::magnesia().cell);
    EXPECT_THAT(read_file(run.folder / "log.lammps"), HasSubstr("Temp"));
}

TEST(MdProgram, SaysHowFarItIs) {
    test::MdRun run(test::magnesia());
    run.run();
    std::istringstream lines(run.command.out);
    Json last;
    for (std::string line; std::getline(lines, line);) {
        last = Json::parse(line);
        EXPECT_EQ(last.at("progress"), "md");
        EXPECT_EQ(last.at("total"), 60);
    }
    EXPECT_EQ(last.at("done"), 60);
    EXPECT_THAT(last.at("note").get<std::string>(), HasSubstr("steps/s"));
}

TEST(MdProgram, SameTaskSameBytes) {
    test::MdRun run(test::magnesia());
    run.task["dtype"] = "float32";
    run.task["threads"] = 2;
    run.run();
    const std::string first = read_file(run.folder / "candidates.xyz");
    EXPECT_NE(first, "");
    run.run();
    EXPECT_EQ(read_file(run.folder / "candidates.xyz"), first);
}

TEST(MdProgram, AHotWalkerIsStoppedRestartedAndAtLastGivesUp) {
    test::MdRun run(test::magnesia());
    run.task["temperature_K"] = 3000;
    run.task["damping_fs"] = 20;
    run.task["limits"] = {{"max_temperature_K", 4000}};
    run.task["steps"] = 5000;
    run.task["max_restarts"] = 2;
    const Json result = run.run();
    ASSERT_TRUE(result.at("ok").get<bool>()) << result;
    EXPECT_EQ(run.command.code, 0);
    EXPECT_EQ(result.at("status"), "gave_up");
    ASSERT_EQ(result.at("events").size(), 3u);
    for (const Json& event : result.at("events")) {
        EXPECT_EQ(event.at("kind"), "max_temperature");
        EXPECT_GT(event.at("value"), 4000.0);
        EXPECT_EQ(event.at("limit"), 4000.0);
        EXPECT_GT(event.at("shortest_distance_A"), 0.0);
    }
    std::size_t before = 0;
    for (const Frame& frame : run.candidates()) {
        before += std::get<std::string>(frame.info.at("reason")) == "before_max_temperature" ? 1 : 0;
        EXPECT_LE(real(frame, "temperature_K"), 4000.0);
    }
    std::size_t promised = 0;
    for (const Json& event : result.at("events")) {
        promised += event.at("safe_frames").get<std::size_t>();
    }
    EXPECT_EQ(before, promised);
    EXPECT_THAT(run.command.err, HasSubstr("walker 7 was stopped at step"));
}

// Total energy [eV] at every line of LAMMPS's thermo output.
std::vector<double> total_energies(const std::filesystem::path& log) {
    std::istringstream lines(read_file(log));
    std::vector<double> energies;
    bool is_table = false;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        double step = 0.0, time = 0.0, temperature = 0.0, potential = 0.0, kinetic = 0.0, total = 0.0;
        if (line.find("TotEng") != std::string::npos) {
            is_table = true;
        } else if (is_table && words >> step >> time >> temperature >> potential >> kinetic >> total) {
            energies.push_back(total);
        }
    }
    return energies;
}

double mean(const std::vector<double>& values, std::size_t begin, std::size_t end) {
    double sum = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
        sum += values[i];
    }
    return sum / static_cast<double>(end - begin);
}

class SiliconWithMaceMp0 : public testing::Test {
  protected:
    SiliconWithMaceMp0() : run(test::silicon_crystal()) {}
    void SetUp() override {
        FIBONAQI_NEEDS_SHARED("data/mace_reference/mp0_small_11el");
        write_model_file(run.folder / "model.safetensors", test::MaceReference("mp0_small_11el").model());
        run.task["dtype"] = "float32";
    }
    test::MdRun run;
};

TEST_F(SiliconWithMaceMp0, ConservesEnergyWithoutAThermostat) {
    run.task["ensemble"] = "nve";
    run.task["temperature_K"] = 600;
    run.task["steps"] = 240;
    run.task["harvest"]["every_steps"] = 4;
    const Json result = run.run();
    ASSERT_TRUE(result.at("ok").get<bool>()) << result;
    const std::vector<double> energies = total_energies(run.folder / "log.lammps");
    ASSERT_GE(energies.size(), 60u);
    const auto [least, most] = std::minmax_element(energies.begin(), energies.end());
    const double drift = mean(energies, energies.size() - 20, energies.size()) - mean(energies, 1, 21);
    std::printf("total energy of 8 atoms at 600 K over 0.24 ps: spread %.2g eV, drift %.2g eV\n",
                *most - *least, drift);
    // Measured: 5e-4 eV (the integrator's oscillation, proportional to the square of the time step), and a
    // drift of 2e-5 eV, which is what its mean over 20 lines still moves by. Over 0.4 ps in windows of 0.2
    // ps: 6e-6 eV.
    EXPECT_LT(*most - *least, 1e-3);
    EXPECT_LT(std::abs(drift), 1e-4);
    // Equipartition: half of the kinetic energy has gone into the potential.
    EXPECT_LT(real(run.candidates().back(), "temperature_K"), 550.0);
}

TEST_F(SiliconWithMaceMp0, CandidatesAreWhatTheModelSays) {
    run.task["temperature_K"] = 2500;
    run.task["timestep_fs"] = 2;
    ASSERT_TRUE(run.run().at("ok").get<bool>());
    expect_candidates_are_what_the_model_says(run, 2e-5);  // float32: edges are summed in another order
}

TEST_F(SiliconWithMaceMp0, AnExplodingWalkerLeavesItsLastSaneFrames) {
    run.task["temperature_K"] = 20000;
    run.task["timestep_fs"] = 4;
    run.task["steps"] = 400;
    run.task["max_restarts"] = 0;
    run.task["limits"] = {{"max_force_eV_per_A", 25}, {"min_distance_scale", 0.6}};
    const Json result = run.run();
    ASSERT_TRUE(result.at("ok").get<bool>()) << result;
    EXPECT_EQ(result.at("status"), "gave_up");
    EXPECT_EQ(result.at("events").at(0).at("kind"), "max_force");
    EXPECT_EQ(std::get<std::string>(run.candidates().back().info.at("reason")), "before_max_force");
    for (const Frame& frame : run.candidates()) {
        EXPECT_LE(real(frame, "max_force_eV_per_A"), 25.0);
    }
}

}  // namespace
}  // namespace fibonaqi
