#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/error.hpp"

#include "tests/support/argon.hpp"
#include "tests/support/lammps_run.hpp"
#include "tests/support/lennard_jones.hpp"

namespace {

using namespace fibonaqi;
using lammps::StopKind;
using test::LammpsRun;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::shared_ptr<test::LennardJones> lennard_jones() {
    return std::make_shared<test::LennardJones>();
}

// Argon in motion, ready for a run, with this fix.
void prepare(LammpsRun& run, const std::string& fix_arguments, double temperature = 60.0) {
    run.commands({"pair_style fibonaqi", "pair_coeff * * model Ar",
                  "fix harvest all fibonaqi " + fix_arguments, "timestep 0.002",
                  "velocity all create " + std::to_string(temperature) + " 4711 mom yes", "fix 1 all nve"});
}

std::vector<long> steps_of(const std::vector<lammps::MdFrame>& frames) {
    std::vector<long> steps;
    for (const lammps::MdFrame& frame : frames) {
        steps.push_back(frame.measures.step);
    }
    return steps;
}

TEST(FixFibonaqi, HarvestsEveryNStepsFromTheFirst) {
    LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones());
    prepare(run, "every 10 first 25");
    run.command("run 60");
    EXPECT_THAT(steps_of(run.listener.frames), ElementsAre(25, 35, 45, 55));
    EXPECT_THAT(run.listener.events, testing::IsEmpty());
    EXPECT_EQ(run.listener.steps.size(), 60u);
    EXPECT_EQ(run.fix_scalar(), 4.0);
}

TEST(FixFibonaqi, NeverTakesTheStartItself) {
    LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones());
    prepare(run, "every 10 first 0");
    run.command("run 20");
    EXPECT_THAT(steps_of(run.listener.frames), ElementsAre(10, 20));
}

TEST(FixFibonaqi, GivesWhatThePotentialSaysAboutTheFrame) {
    LammpsRun run(test::skewed_argon(false), lennard_jones());
    prepare(run, "every 50");
    run.command("fix 2 all langevin 60 60 0.1 4711");  // adds forces that are not the model's
    run.command("run 100");
    ASSERT_EQ(run.listener.frames.size(), 2u);
    const lammps::MdFrame& frame = run.listener.frames.back();
    test::LennardJones potential;
    const AtomGraph graph = make_graph(frame.structure, 6.0);
    const Prediction wanted = potential.evaluate(std::span(&graph, 1)).front();
    EXPECT_NEAR(frame.prediction.energy, wanted.energy, 1e-12);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_NEAR(frame.prediction.node_energy[i], wanted.node_energy[i], 1e-12);
        for (std::size_t x = 0; x < 3; ++x) {
            EXPECT_NEAR(frame.prediction.forces[i][x], wanted.forces[i][x], 1e-11);
            EXPECT_NEAR((*frame.prediction.stress)[i % 3][x], (*wanted.stress)[i % 3][x], 1e-13);
        }
    }
    EXPECT_DOUBLE_EQ(frame.time, 0.2);
    EXPECT_NEAR(frame.measures.temperature, run.session.thermo("temp"), 1e-6);
    EXPECT_NEAR(frame.measures.shortest_scaled, closest_approach(frame.structure), 1e-12);
    EXPECT_NEAR(frame.measures.shortest_distance, closest_pair(frame.structure, 6.0).distance, 1e-12);
    EXPECT_EQ(run.fix_vector(0), frame.measures.max_force);
}

TEST(FixFibonaqi, UnwrapsAtomsThatCrossTheBoundary) {
    LammpsRun run(test::argon_crystal(1, 0.0), lennard_jones());
    prepare(run, "every 100");
    run.command("velocity all set 10 0 0");  // one angstrom per 0.1 ps: 6 angstrom in 300 steps
    run.command("run 300");
    const lammps::MdFrame& frame = run.listener.frames.back();
    EXPECT_NEAR(frame.structure.positions[0][0], 6.0, 1e-9);
    EXPECT_NEAR(run.gather("x")[0][0], 6.0 - 5.3, 1e-9);
}

// What stops the run: the message that reaches the caller, and the event.
const lammps::StopEvent& expect_stop(LammpsRun& run, const std::string& text) {
    EXPECT_THAT([&] { run.command("run 1000"); }, ThrowsMessage<ExploreError>(HasSubstr(text)));
    EXPECT_EQ(run.listener.events.size(), 1u);
    return run.listener.events.at(0);
}

TEST(FixFibonaqi, StopsAtTheForceLimitAndGivesTheFramesBefore) {
    LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones());
    prepare(run, "every 1000 first 1000 safe 5 max_force 1.0", 3000.0);
    const auto& event = expect_stop(run, "a force of");
    EXPECT_EQ(event.kind, StopKind::max_force);
    EXPECT_GT(event.value, 1.0);
    EXPECT_EQ(event.limit, 1.0);
    EXPECT_EQ(event.measures.max_force, event.value);
    // Kept are every tenth step, at most five of them: those before the stop, and no insane one.
    EXPECT_EQ(static_cast<long>(run.listener.frames.size()), std::min(5L, (event.measures.step - 1) / 10));
    EXPECT_GT(event.measures.step, 10);
    for (const lammps::MdFrame& frame : run.listener.frames) {
        EXPECT_EQ(frame.reason, "before_max_force");
        EXPECT_LE(frame.measures.max_force, 1.0);
        EXPECT_LT(frame.measures.step, event.measures.step);
    }
}

TEST(FixFibonaqi, KeepsTheLastFramesOnly) {
    LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones());
    prepare(run, "every 12 first 1000 safe 4 max_temperature 500");
    run.command("fix 2 all langevin 20 3000 0.05 4711");
    const auto& event = expect_stop(run, "a temperature of");
    EXPECT_EQ(event.kind, StopKind::max_temperature);
    const long last = (event.measures.step - 1) / 3 * 3;  // 12 / 4 steps apart
    EXPECT_THAT(steps_of(run.listener.frames), ElementsAre(last - 9, last - 6, last - 3, last));
    EXPECT_EQ(event.safe_frames, 4);
    EXPECT_EQ(run.harvest->restart_frame()->measures.step, last - 9);
}

TEST(FixFibonaqi, DoesNotGiveAFrameTwice) {
    LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones());
    prepare(run, "every 4 first 0 safe 4 max_temperature 500");
    run.command("fix 2 all langevin 20 3000 0.05 4711");
    const auto& event = expect_stop(run, "a temperature of");
    std::vector<long> steps = steps_of(run.listener.frames);
    std::sort(steps.begin(), steps.end());
    EXPECT_EQ(std::adjacent_find(steps.begin(), steps.end()), steps.end());
    EXPECT_EQ(event.safe_frames, 3);  // one of four was a harvest
}

TEST(FixFibonaqi, StopsWhenAtomsComeTooClose) {
    LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones());
    prepare(run, "every 100 min_distance 1.45", 3000.0);  // 1.45 * 2 * 1.06 angstrom = 3.07 angstrom
    const auto& event = expect_stop(run, "two atoms are");
    EXPECT_EQ(event.kind, StopKind::min_distance);
    EXPECT_LT(event.value, 1.45);
    EXPECT_NEAR(event.value, event.measures.shortest_distance / 2.12, 1e-12);
}

TEST(FixFibonaqi, StopsBeforeANumberThatIsNoneMovesAnything) {
    const auto potential = lennard_jones();
    potential->break_after = 31;  // one for the set-up, thirty steps: NaN in step 30
    LammpsRun run(test::argon_crystal(1, 0.1), potential);
    prepare(run, "every 10 max_force 100");
    run.command("fix 3 all nph iso 0 0 1.0");  // would meet a NaN pressure
    run.command("unfix 1");
    const auto& event = expect_stop(run, "not finite");
    EXPECT_EQ(event.kind, StopKind::non_finite);
    EXPECT_EQ(event.measures.step, 30);
    for (const lammps::MdFrame& frame : run.listener.frames) {
        EXPECT_TRUE(std::isfinite(frame.prediction.forces[0][1]));
        EXPECT_TRUE(std::isfinite(frame.structure.positions[0][1]));
    }
}

TEST(FixFibonaqi, JudgesTheStartToo) {
    LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones());
    prepare(run, "every 10 max_force 0.001");
    EXPECT_EQ(expect_stop(run, "step 0").measures.step, 0);
    EXPECT_TRUE(run.listener.frames.empty());
}

TEST(FixFibonaqi, EndsTheRunWhenItsFramesCannotBeKept) {
    LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones());
    run.listener.fail_at = 2;
    prepare(run, "every 10");
    EXPECT_THAT([&] { run.command("run 100"); }, ThrowsMessage<ExploreError>(HasSubstr("no space left")));
    EXPECT_EQ(run.listener.steps.size(), 19u);
}

TEST(FixFibonaqi, SaysWhatIsWrong) {
    const auto expect_refused = [](const std::string& fix, const std::string& text) {
        LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones());
        run.commands({"pair_style fibonaqi", "pair_coeff * * model Ar", "group half id 1 2"});
        EXPECT_THAT([&] { run.command(fix); }, ThrowsMessage<ExploreError>(HasSubstr(text)));
    };
    expect_refused("fix 1 all fibonaqi evry 10", "unknown keyword 'evry'");
    expect_refused("fix 1 all fibonaqi every", "'every' has no value");
    expect_refused("fix 1 all fibonaqi every 0", "every must be 1 or more");
    expect_refused("fix 1 half fibonaqi every 10", "group all");
    LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones());
    run.commands({"pair_style lj/cut 6.0", "pair_coeff 1 1 0.0104 3.4", "fix 1 all fibonaqi every 10"});
    EXPECT_THAT([&] { run.command("run 0"); },
                ThrowsMessage<ExploreError>(HasSubstr("needs pair_style fibonaqi")));
}

}  // namespace
