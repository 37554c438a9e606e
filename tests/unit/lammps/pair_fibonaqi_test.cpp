// pair_style fibonaqi with a Lennard-Jones potential against LAMMPS's own lj/cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/argon.hpp"
#include "tests/support/lammps_run.hpp"
#include "tests/support/lennard_jones.hpp"

namespace {

using namespace fibonaqi;
using test::LammpsRun;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::vector<std::string> ours{"pair_style fibonaqi", "pair_coeff * * model Ar"};
const std::vector<std::string> theirs{"pair_style lj/cut 6.0", "pair_coeff 1 1 0.0104 3.4"};

std::shared_ptr<Potential> lennard_jones() {
    return std::make_shared<test::LennardJones>();
}

void expect_near(const std::vector<Vec3>& a, const std::vector<Vec3>& b, double tolerance) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t x = 0; x < 3; ++x) {
            EXPECT_NEAR(a[i][x], b[i][x], tolerance) << "atom " << i;
        }
    }
}

// Sums in another order: eight more digits than physics needs are left.
void expect_same_as_lj_cut(const Structure& structure,
                           const std::vector<std::string>& before = {"units metal"}) {
    LammpsRun reference(structure, nullptr, before);
    LammpsRun tested(structure, lennard_jones(), before);
    for (auto [run, style] : {std::pair(&reference, &theirs), std::pair(&tested, &ours)}) {
        run->commands(*style);
        run->command("compute eatom all pe/atom");
        run->command("compute esum all reduce max c_eatom");
        run->command("thermo_style custom step pe press c_esum");
        run->command("run 0");
    }
    EXPECT_NEAR(tested.energy(), reference.energy(), 1e-10 * std::abs(reference.energy()));
    EXPECT_NEAR(tested.session.thermo("c_esum"), reference.session.thermo("c_esum"), 1e-10);
    expect_near(tested.gather("f"), reference.gather("f"), 1e-10);
    if (structure.is_fully_periodic()) {
        const auto wanted = reference.pressure();
        const auto found = tested.pressure();
        for (std::size_t k = 0; k < 6; ++k) {
            EXPECT_NEAR(found[k], wanted[k], 1e-6) << "bar, component " << k;
        }
    }
}

TEST(PairFibonaqi, AgreesWithLjCutInACrystal) {
    expect_same_as_lj_cut(test::argon_crystal(2, 0.3));
}

TEST(PairFibonaqi, AgreesInCellsSmallerThanTheCutoff) {
    expect_same_as_lj_cut(test::argon_crystal(1, 0.3));
    expect_same_as_lj_cut(test::skewed_argon(false));
    expect_same_as_lj_cut(test::skewed_argon(true));
}

TEST(PairFibonaqi, AgreesWithFreeDirections) {
    for (int bits = 0; bits < 7; ++bits) {
        SCOPED_TRACE(bits);
        Structure structure = test::skewed_argon(false);
        structure.pbc = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
        expect_same_as_lj_cut(structure);
    }
}

TEST(PairFibonaqi, AgreesWithNewtonOnAndOff) {
    for (const std::string newton : {"newton on", "newton off"}) {
        expect_same_as_lj_cut(test::argon_crystal(2, 0.3), {"units metal", newton});
        expect_same_as_lj_cut(test::skewed_argon(false), {"units metal", newton});
    }
}

TEST(PairFibonaqi, FollowsLjCutOverManySteps) {
    LammpsRun reference(test::argon_crystal(2, 0.05));
    LammpsRun tested(test::argon_crystal(2, 0.05), lennard_jones());
    for (auto [run, style] : {std::pair(&reference, &theirs), std::pair(&tested, &ours)}) {
        run->commands(*style);
        run->commands({"timestep 0.002", "velocity all create 60 4711 mom yes", "fix 1 all nve", "run 300"});
    }
    // Rounding grows by chaos: 1e-15 relative, a factor of e every 0.2 ps or so.
    expect_near(tested.gather("x"), reference.gather("x"), 1e-8);
    EXPECT_NEAR(tested.session.thermo("etotal"), reference.session.thermo("etotal"), 1e-9);
}

TEST(PairFibonaqi, BreathesAsLjCutUnderABarostat) {
    LammpsRun reference(test::argon_crystal(2, 0.05));
    LammpsRun tested(test::argon_crystal(2, 0.05), lennard_jones());
    for (auto [run, style] : {std::pair(&reference, &theirs), std::pair(&tested, &ours)}) {
        run->commands(*style);
        run->commands({"timestep 0.002", "velocity all create 60 4711 mom yes",
                       "fix 1 all npt temp 60 60 0.1 tri 500 500 1.0", "run 100"});
    }
    EXPECT_NE(reference.session.thermo("vol"), 8 * 5.3 * 5.3 * 5.3);
    EXPECT_NEAR(tested.session.thermo("vol"), reference.session.thermo("vol"), 1e-6);
    EXPECT_NEAR(tested.session.thermo("press"), reference.session.thermo("press"), 1e-3);
}

TEST(PairFibonaqi, ForcesAndPressureAreDerivatives) {
    const auto energy_of = [](const Structure& structure) {
        LammpsRun run(structure, lennard_jones());
        run.commands(ours);
        run.command("run 0");
        return run.energy();
    };
    Structure structure = test::skewed_argon(false);
    LammpsRun run(structure, lennard_jones());
    run.commands(ours);
    run.command("run 0");
    const auto forces = run.gather("f");
    constexpr double step = 1e-4;  // error of the central difference about step^2 * third derivative = 1e-7
    for (std::size_t x = 0; x < 3; ++x) {
        Structure up = structure, down = structure;
        up.positions[1][x] += step;
        down.positions[1][x] -= step;
        EXPECT_NEAR(forces[1][x], -(energy_of(up) - energy_of(down)) / (2.0 * step), 1e-6);
    }
    Structure up = structure, down = structure;
    for (auto [changed, factor] : {std::pair(&up, 1.0 + step), std::pair(&down, 1.0 - step)}) {
        for (auto* rows : {&changed->cell[0], &changed->cell[1], &changed->cell[2]}) {
            for (double& component : *rows) {
                component *= factor;
            }
        }
        for (Vec3& position : changed->positions) {
            position = {factor * position[0], factor * position[1], factor * position[2]};
        }
    }
    // dE/d(ln V) = dE/d(strain) / 3; thermo's pressure without velocities is the virial's.
    const double pressure = -(energy_of(up) - energy_of(down)) / (2.0 * step) / (3.0 * volume(structure));
    EXPECT_NEAR(run.session.thermo("press"), pressure * 1.602176634e6, 1.0);
}

TEST(PairFibonaqi, TakesIdsWithGaps) {
    const std::vector<std::string> holes{"group gone id 3 7 8", "delete_atoms group gone compress no"};
    LammpsRun reference(test::argon_crystal(2, 0.3));
    LammpsRun tested(test::argon_crystal(2, 0.3), lennard_jones());
    for (auto [run, style] : {std::pair(&reference, &theirs), std::pair(&tested, &ours)}) {
        run->commands(holes);
        run->commands(*style);
        run->command("compute strongest all reduce max fx");
        run->command("thermo_style custom step pe press c_strongest");
        run->command("run 20");
    }
    EXPECT_EQ(lammps_get_natoms(tested.session.handle()), 29.0);
    EXPECT_NEAR(tested.energy(), reference.energy(), 1e-10);
    EXPECT_NEAR(tested.session.thermo("c_strongest"), reference.session.thermo("c_strongest"), 1e-10);
    EXPECT_NEAR(tested.session.thermo("press"), reference.session.thermo("press"), 1e-6);
}

TEST(PairFibonaqi, AddsUpInHybridOverlay) {
    LammpsRun reference(test::argon_crystal(2, 0.3));
    reference.commands({"pair_style lj/cut 6.0", "pair_coeff 1 1 0.0208 3.4", "run 0"});
    LammpsRun tested(test::argon_crystal(2, 0.3), lennard_jones());
    tested.commands({"pair_style hybrid/overlay fibonaqi lj/cut 6.0", "pair_coeff * * fibonaqi model Ar",
                     "pair_coeff 1 1 lj/cut 0.0104 3.4", "run 0"});
    EXPECT_NEAR(tested.energy(), reference.energy(), 1e-10);
    expect_near(tested.gather("f"), reference.gather("f"), 1e-10);
}

// Half of the atoms are another style's: the model must neither see them nor their images.
TEST(PairFibonaqi, LeavesNullTypesAlone) {
    LammpsRun reference(test::argon_crystal(2, 0.3), nullptr, {"units metal"}, 2);
    LammpsRun tested(test::argon_crystal(2, 0.3), lennard_jones(), {"units metal"}, 2);
    reference.commands({"pair_style lj/cut 6.0", "pair_coeff 1 1 0.0104 3.4", "pair_coeff *2 2 0.0 3.4"});
    tested.commands({"pair_style hybrid/overlay fibonaqi zero 6.0", "pair_coeff * * zero",
                     "pair_coeff * * fibonaqi model Ar NULL"});
    for (LammpsRun* run : {&reference, &tested}) {
        run->commands({"group others id 2 3 7:20", "set group others type 2", "run 0"});
    }
    EXPECT_NE(reference.energy(), 0.0);
    EXPECT_NEAR(tested.energy(), reference.energy(), 1e-10);
    expect_near(tested.gather("f"), reference.gather("f"), 1e-10);
}

void expect_refused(const std::vector<std::string>& lines, const std::string& text,
                    const std::string& units = "metal") {
    LammpsRun run(test::argon_crystal(1, 0.1), lennard_jones(), {"units " + units});
    EXPECT_THAT([&] { run.commands(lines); }, ThrowsMessage<ExploreError>(HasSubstr(text)));
}

TEST(PairFibonaqi, SaysWhatIsWrong) {
    expect_refused({"pair_style fibonaqi 6.0"}, "takes no arguments");
    expect_refused({"pair_style fibonaqi", "pair_coeff * * model"}, "one element per type");
    expect_refused({"pair_style fibonaqi", "pair_coeff * * model Ar Ar"}, "one element per type");
    expect_refused({"pair_style fibonaqi", "pair_coeff * * model Xx"}, "'Xx' is not a chemical symbol");
    expect_refused({"pair_style fibonaqi", "pair_coeff * * model Si"}, "does not know Si");
    expect_refused({ours[0], ours[1], "run 0"}, "'units real'", "real");
    expect_refused({ours[0], ours[1], "run 0"}, "'units lj'", "lj");
    expect_refused({ours[0], ours[1], "compute s all stress/atom NULL", "compute m all reduce max c_s[1]",
                    "thermo_style custom step c_m", "run 0"},
                   "no per-atom virial");
}

// An exception of the model must not fly through LAMMPS.
class ThrowingPotential : public test::LennardJones {
  public:
    std::vector<Prediction> evaluate(std::span<const AtomGraph>) override {
        throw std::runtime_error("the network broke\n  frame #0: a stack trace");
    }
};

TEST(PairFibonaqi, TurnsExceptionsIntoErrorsOfLammps) {
    LammpsRun run(test::argon_crystal(1, 0.1), std::make_shared<ThrowingPotential>());
    run.commands(ours);
    EXPECT_THAT([&] { run.command("run 0"); },
                ThrowsMessage<ExploreError>(
                    testing::AllOf(HasSubstr("the network broke"), testing::Not(HasSubstr("stack trace")))));
}

TEST(LammpsSession, ReportsErrorsInLammpssOwnWords) {
    LammpsRun run(test::argon_crystal(1, 0.1));
    EXPECT_THAT([&] { run.command("no_such_command"); },
                ThrowsMessage<ExploreError>("LAMMPS: Unknown command: no_such_command"));
    run.commands(theirs);
    EXPECT_NO_THROW(run.command("run 0"));
    const test::TemporaryFolder folder;
    EXPECT_THROW(lammps::LammpsSession(folder / "missing" / "log", lammps::LogMode::begin, {}), ExploreError);
}

}  // namespace
