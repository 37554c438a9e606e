#include "fibonaqi/lammps/walker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "tests/support/argon.hpp"
#include "tests/support/lennard_jones.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using namespace fibonaqi;
using lammps::Ensemble;
using lammps::StopKind;
using lammps::WalkerOptions;
using testing::HasSubstr;
using testing::ThrowsMessage;

struct Recorder : lammps::WalkerListener {
    void candidate(const Frame& frame) override {
        frames.push_back(frame);
        if (is_disk_full) {
            throw DiskFullError("no space left on device");
        }
    }
    void stopped(const lammps::StopEvent& event) override { events.push_back(event); }
    void advanced(const lammps::StepMeasures& measures) override {
        energies.push_back(measures.energy_per_atom);
    }

    std::vector<Frame> frames;
    std::vector<lammps::StopEvent> events;
    std::vector<double> energies;
    bool is_disk_full = false;
};

class WalkerTest : public testing::Test {
  protected:
    WalkerTest() {
        start.structure = test::argon_crystal(1, 0.05);
        options.temperature = 60.0;
        options.timestep = 2e-3;
        options.steps = 200;
        options.seed = 7;
        options.harvest.every_steps = 20;
        options.harvest.first_step = 40;
        options.log = folder / "log.lammps";
    }

    lammps::WalkerResult run() { return lammps::run_walker(options, start, potential, recorder); }

    std::vector<std::string> texts() const {
        std::vector<std::string> result;
        for (const Frame& frame : recorder.frames) {
            result.push_back(to_extxyz(frame, {""}));
        }
        return result;
    }

    test::TemporaryFolder folder;
    WalkerOptions options;
    Frame start;
    std::shared_ptr<test::LennardJones> potential = std::make_shared<test::LennardJones>();
    Recorder recorder;
};

double real(const Frame& frame, const std::string& key) {
    return std::get<double>(frame.info.at(key));
}

TEST_F(WalkerTest, HarvestsAndEndsWithASaneFrame) {
    const auto result = run();
    EXPECT_FALSE(result.gave_up);
    EXPECT_EQ(result.steps, 200);
    EXPECT_TRUE(result.events.empty());
    EXPECT_GT(result.steps_per_second, 0.0);
    ASSERT_EQ(recorder.frames.size(), 9u);
    const Frame& frame = recorder.frames.front();
    EXPECT_EQ(std::get<long>(frame.info.at("step")), 40);
    EXPECT_DOUBLE_EQ(real(frame, "time_ps"), 0.08);
    EXPECT_EQ(real(frame, "target_temperature_K"), 60.0);
    EXPECT_GT(real(frame, "temperature_K"), 5.0);
    EXPECT_GT(real(frame, "max_force_eV_per_A"), 0.0);
    EXPECT_EQ(std::get<std::string>(frame.info.at("reason")), "harvest");
    EXPECT_EQ(frame.labels.forces.size(), 4u);
    EXPECT_TRUE(frame.labels.energy && frame.labels.stress);
    EXPECT_EQ(std::get<long>(result.final_frame.info.at("step")), 200);
    EXPECT_EQ(result.final_frame.arrays.at("velocities").size(), 12u);
    EXPECT_EQ(result.final_frame.structure.positions, recorder.frames.back().structure.positions);
}

// Frames are in the axes of the structure, with the potential's own numbers, whatever the cell.
TEST_F(WalkerTest, LabelsAreThePotentialsOwnInTheAxesOfTheStart) {
    for (const bool is_left_handed : {false, true}) {
        for (const bool is_slab : {false, true}) {
            recorder.frames.clear();
            start.structure = test::skewed_argon(is_left_handed);
            start.structure.pbc[1] = !is_slab;
            options.ensemble = is_slab ? Ensemble::nvt : Ensemble::npt;
            run();
            const Frame& frame = recorder.frames.back();
            EXPECT_EQ(frame.structure.pbc, start.structure.pbc);
            EXPECT_EQ(frame.structure.cell == start.structure.cell, is_slab);
            const AtomGraph graph = make_graph(frame.structure, 6.0);
            const Prediction wanted = test::LennardJones().evaluate(std::span(&graph, 1)).front();
            EXPECT_NEAR(*frame.labels.energy, wanted.energy, 1e-11);
            EXPECT_EQ(frame.labels.stress.has_value(), !is_slab);
            for (std::size_t i = 0; i < 4; ++i) {
                for (std::size_t x = 0; x < 3; ++x) {
                    EXPECT_NEAR(frame.labels.forces[i][x], wanted.forces[i][x], 1e-10);
                    if (wanted.stress) {
                        EXPECT_NEAR((*frame.labels.stress)[i % 3][x], (*wanted.stress)[i % 3][x], 1e-12);
                    }
                }
            }
        }
    }
}

TEST_F(WalkerTest, MoleculesNeedNoCell) {
    start.structure.cell = {};
    start.structure.pbc = {false, false, false};
    run();
    ASSERT_EQ(recorder.frames.size(), 9u);
    EXPECT_EQ(recorder.frames.back().structure.cell, Mat3{});
    EXPECT_FALSE(recorder.frames.back().labels.stress);
}

TEST_F(WalkerTest, SameTaskSameFrames) {
    run();
    const auto first = texts();
    recorder = {};
    run();
    EXPECT_EQ(texts(), first);
    recorder = {};
    options.seed = 8;
    run();
    EXPECT_NE(texts(), first);
}

TEST_F(WalkerTest, UsesTheVelocitiesOfTheStart) {
    options.ensemble = Ensemble::nve;
    start.structure = test::skewed_argon(true);
    start.arrays["velocities"] = {1.0, 2.0, -1.0, -1.0, -2.0, 1.0, 0.5, 0.0, 0.0, -0.5, 0.0, 0.0};
    options.timestep = 1e-6;
    options.steps = 1;
    const auto result = run();
    for (std::size_t k = 0; k < 12; ++k) {
        EXPECT_NEAR(result.final_frame.arrays.at("velocities")[k], start.arrays["velocities"][k], 1e-4);
        EXPECT_NEAR(
            result.final_frame.structure.positions[k / 3][k % 3] - start.structure.positions[k / 3][k % 3],
            1e-6 * start.arrays["velocities"][k], 1e-10);
    }
    start.arrays["velocities"].pop_back();
    EXPECT_THAT([&] { run(); }, ThrowsMessage<ConfigError>(HasSubstr("11 numbers")));
}

TEST_F(WalkerTest, TheThermostatHoldsTheTemperature) {
    options.steps = 20000;
    options.damping = 0.1;
    options.harvest.every_steps = 10;
    start.structure = test::argon_crystal(2, 0.05);
    run();
    double sum = 0.0;
    for (const Frame& frame : recorder.frames) {
        sum += real(frame, "temperature_K");
    }
    // 93 degrees of freedom: 15 % from frame to frame; 400 independent frames (one per 0.1 ps): 0.7 %.
    EXPECT_NEAR(sum / static_cast<double>(recorder.frames.size()), 60.0, 2.0);
}

TEST_F(WalkerTest, TheBarostatFindsItsPressureAndKeepsTheShape) {
    options.ensemble = Ensemble::npt;
    options.pressure = 2000.0;
    options.steps = 20000;
    options.harvest.first_step = 5000;
    start.structure = test::argon_crystal(2, 0.05);
    start.structure.cell[1][0] = 1.3;  // sheared; atoms follow in the first steps
    run();
    double pressure = 0.0;
    for (const Frame& frame : recorder.frames) {
        const Mat3& stress = *frame.labels.stress;
        const Mat3& cell = frame.structure.cell;
        EXPECT_NEAR(cell[1][0] / cell[0][0], 1.3 / 10.6, 1e-12);
        const double kinetic =
            93.0 / 3.0 * 8.617333262e-5 * real(frame, "temperature_K") / volume(frame.structure);
        pressure += kinetic - (stress[0][0] + stress[1][1] + stress[2][2]) / 3.0;
    }
    pressure *= 1.602176634e6 / static_cast<double>(recorder.frames.size());
    EXPECT_NEAR(pressure, 2000.0, 150.0);  // spread of one frame about 700 bar, some 50 independent ones
}

// Heals the potential after a number of stops.
struct HealingRecorder : Recorder {
    explicit HealingRecorder(test::LennardJones& potential) : healed(potential) {}
    void stopped(const lammps::StopEvent& event) override {
        Recorder::stopped(event);
        if (--stops_to_healing == 0) {
            healed.break_after = std::numeric_limits<long>::max();
        }
    }
    test::LennardJones& healed;
    int stops_to_healing = 1;
};

std::vector<long> steps_of(const std::vector<Frame>& frames) {
    std::vector<long> steps;
    for (const Frame& frame : frames) {
        steps.push_back(std::get<long>(frame.info.at("step")));
    }
    return steps;
}

TEST_F(WalkerTest, GoesOnFromASaneFrameWithNewVelocities) {
    potential->break_after = 131;  // one evaluation before step 1: NaN in step 130
    options.harvest.safe_frames = 4;
    HealingRecorder healing(*potential);
    const auto result = lammps::run_walker(options, start, potential, healing);
    EXPECT_FALSE(result.gave_up);
    EXPECT_EQ(result.steps, 200);
    ASSERT_EQ(result.events.size(), 1u);
    EXPECT_EQ(result.events[0].kind, StopKind::non_finite);
    EXPECT_EQ(result.events[0].measures.step, 130);
    EXPECT_EQ(result.events[0].safe_frames, 3);  // steps 110, 115, 125; 120 was harvested
    EXPECT_THAT(steps_of(healing.frames),
                testing::ElementsAre(40, 60, 80, 100, 120, 110, 115, 125, 140, 160, 180, 200));
    EXPECT_EQ(std::get<std::string>(healing.frames[5].info.at("reason")), "before_non_finite");
    EXPECT_EQ(std::get<std::string>(healing.frames[8].info.at("reason")), "harvest");
    const std::string log = read_file(options.log);
    EXPECT_THAT(log, HasSubstr("fix fibonaqi stopped the run at step 130"));
    EXPECT_THAT(log, HasSubstr("run 70"));  // appended, not begun anew
}

// A frame before the explosion is where the next attempt begins: nearer to it than a step's motion.
TEST_F(WalkerTest, TheNextAttemptBeginsAtTheOldestKeptFrame) {
    potential->break_after = 131;
    options.timestep = 1e-5;
    options.steps = 131;
    options.harvest.safe_frames = 4;
    HealingRecorder healing(*potential);
    const auto result = lammps::run_walker(options, start, potential, healing);
    const Frame& oldest = healing.frames[5];
    ASSERT_EQ(std::get<long>(oldest.info.at("step")), 110);
    for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t x = 0; x < 3; ++x) {
            EXPECT_NEAR(result.final_frame.structure.positions[i][x], oldest.structure.positions[i][x], 1e-4);
        }
    }
}

TEST_F(WalkerTest, AnExplosionTooEarlyLeadsBackToTheStart) {
    potential->break_after = 6;
    options.timestep = 1e-5;
    options.steps = 6;
    HealingRecorder healing(*potential);
    const auto result = lammps::run_walker(options, start, potential, healing);
    EXPECT_EQ(result.events.at(0).measures.step, 5);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_NEAR(result.final_frame.structure.positions[i][0], start.structure.positions[i][0], 1e-4);
    }
}

TEST_F(WalkerTest, GivesUpAfterTooManyStops) {
    options.harvest.limits.max_temperature = 40.0;  // below what it is heated to
    options.max_restarts = 2;
    options.steps = 5000;
    start.arrays["velocities"].assign(12, 0.0);
    const auto result = run();
    EXPECT_TRUE(result.gave_up);
    EXPECT_EQ(result.events.size(), 3u);
    EXPECT_LT(result.steps, 5000);
    EXPECT_EQ(result.steps, result.events.back().measures.step);
    for (const auto& event : result.events) {
        EXPECT_EQ(event.kind, StopKind::max_temperature);
        EXPECT_GT(event.value, 40.0);
    }
    EXPECT_LE(real(result.final_frame, "temperature_K"), 40.0);
}

// Argon at 60000 K, hardly any limits: whatever LAMMPS says to that is an event.
TEST_F(WalkerTest, ALammpsErrorIsAnEvent) {
    options.ensemble = Ensemble::npt;
    options.temperature = 6e4;
    options.pressure = -1e7;
    options.timestep = 0.05;
    options.damping = 0.05;
    options.steps = 100000;
    options.max_restarts = 1;
    const auto result = run();
    ASSERT_TRUE(result.gave_up);
    ASSERT_EQ(result.events.size(), 2u);
    EXPECT_EQ(result.events[0].kind, StopKind::lammps_error) << result.events[0].message;
    EXPECT_THAT(result.events[0].message, HasSubstr("LAMMPS: "));
}

TEST_F(WalkerTest, ANetworkThatThrowsIsAnEvent) {
    class Throwing : public test::LennardJones {
      public:
        std::vector<Prediction> evaluate(std::span<const AtomGraph> graphs) override {
            if (evaluations == 50) {
                throw std::bad_alloc();
            }
            return LennardJones::evaluate(graphs);
        }
    };
    options.max_restarts = 0;
    const auto result = lammps::run_walker(options, start, std::make_shared<Throwing>(), recorder);
    EXPECT_TRUE(result.gave_up);
    ASSERT_EQ(result.events.size(), 1u);
    EXPECT_THAT(result.events[0].message, HasSubstr("out of memory"));
    EXPECT_EQ(result.events[0].measures.step, 49);
}

TEST_F(WalkerTest, WhatTheListenerThrowsComesBackAsItIs) {
    recorder.is_disk_full = true;
    EXPECT_THROW(run(), DiskFullError);
}

TEST_F(WalkerTest, RefusesWhatCannotRun) {
    const auto expect_refused = [this](const std::string& text) {
        EXPECT_THAT([&] { run(); }, ThrowsMessage<Error>(HasSubstr(text)));
        start.structure = test::argon_crystal(1, 0.05);
        options.ensemble = Ensemble::nvt;
        options.harvest.limits = {};
    };
    start.structure.atomic_numbers.resize(1);
    start.structure.positions.resize(1);
    expect_refused("1 atom(s)");
    start.structure.atomic_numbers[2] = 14;
    expect_refused("does not know Si");
    start.structure.positions[1] = start.structure.positions[0];
    options.harvest.limits.min_distance_scale = 0.6;
    expect_refused("too close");
    start.structure.pbc[2] = false;
    options.ensemble = Ensemble::npt;
    expect_refused("periodic in all directions");
    start.structure.cell[1] = start.structure.cell[0];
    expect_refused("cell");
    options.harvest.limits.max_force = 1e-6;
    expect_refused("start structure is beyond the limits");
    options.log = folder / "missing" / "log";
    expect_refused("cannot start LAMMPS");
}

}  // namespace
