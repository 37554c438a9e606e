// The driver with the real pw.x, where Quantum ESPRESSO and its pseudopotentials are installed.
#include <cmath>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/geometry.hpp"

#include "tests/support/label_runs.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

class RealQe : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!test::has_quantum_espresso()) {
            GTEST_SKIP() << "pw.x or its pseudopotentials are not installed (Debian: quantum-espresso, "
                            "quantum-espresso-data)";
        }
    }
    LabelResult run(const LabelRequest& request, const Json& config = test::qe_config()) {
        const test::TemporaryFolder folder;
        return test::run_task(test::make_task(folder.path(), config, request));
    }
    Labels labels(const LabelRequest& request, const Json& config = test::qe_config()) {
        const LabelResult result = run(request, config);
        EXPECT_EQ(test::kind_of(result), "accepted") << test::evidence_of(result);
        return std::get<AcceptedLabel>(result.outcome).labels;
    }
    static Json with(const std::string& pointer, const Json& value) {
        Json config = test::qe_config();
        config[Json::json_pointer(pointer)] = value;
        return config;
    }
};

LabelRequest moved(double dx, double dy) {
    LabelRequest request = test::two_silicon_atoms();
    request.structure.positions[1][0] += dx;
    request.structure.positions[1][1] += dy;
    return request;
}

TEST_F(RealQe, forces_are_the_derivative_of_the_energy) {
    const double h = 0.004;  // with 0.01 the third derivative alone makes 1.2e-3 eV/angstrom
    const Labels here = labels(moved(0.0, 0.0));
    const double fx = -(*labels(moved(h, 0.0)).energy - *labels(moved(-h, 0.0)).energy) / (2.0 * h);
    const double fy = -(*labels(moved(0.0, h)).energy - *labels(moved(0.0, -h)).energy) / (2.0 * h);
    EXPECT_NEAR(here.forces[1][0], fx, 1.0e-3);
    EXPECT_NEAR(here.forces[1][1], fy, 1.0e-3);
    EXPECT_GT(std::abs(fx), 0.1) << "nothing to compare";
}

// Shear keeps the volume to first order, so that the number of plane waves hardly changes: the stress that
// belongs to a fixed basis set agrees with the strain derivative much better than the pressure does.
TEST_F(RealQe, stress_is_the_strain_derivative_with_tension_positive) {
    const LabelRequest request = test::two_silicon_atoms(0.15);
    const Json config = with("/input/system/ecutwfc", 40);
    const double h = 0.004;
    const auto energy = [&](double strain) {
        Mat3 shear{};
        shear[1][2] = shear[2][1] = strain;
        LabelRequest sheared = request;
        sheared.structure = strained(request.structure, shear);
        return *labels(sheared, config).energy;
    };
    // Both yz and zy are strained: twice the component.
    const double by_strain = (energy(h) - energy(-h)) / (2.0 * h) / 2.0 / volume(request.structure);
    const Labels here = labels(request, config);
    EXPECT_NEAR((*here.stress)[1][2], by_strain, 0.02 * std::abs(by_strain) + 1.0e-5);
    EXPECT_GT(std::abs(by_strain), 1.0e-3) << "nothing to compare";

    // A stretched crystal pulls: positive.
    LabelRequest stretched = test::two_silicon_atoms(0.0);
    const double s = 0.05;
    stretched.structure = strained(stretched.structure, {{{s, 0, 0}, {0, s, 0}, {0, 0, s}}});
    EXPECT_GT((*labels(stretched).stress)[0][0], 0.01);
}

TEST_F(RealQe, unconverged_is_never_a_label) {
    EXPECT_EQ(test::kind_of(run(moved(0.0, 0.0), with("/input/electrons/electron_maxstep", 3))),
              "scf_not_converged");
    const LabelResult refused = run(moved(0.0, 0.0), with("/input/electrons/scf_must_converge", false));
    EXPECT_EQ(test::kind_of(refused), "bad_config");
    EXPECT_THAT(test::evidence_of(refused), ::testing::HasSubstr("is set by the driver"));
}

TEST_F(RealQe, provoked_failures_get_their_kind) {
    EXPECT_EQ(test::kind_of(run(moved(0.0, 0.0), with("/pseudopotentials/Si", "Nope.UPF"))), "missing_file");
    EXPECT_EQ(test::kind_of(run(moved(0.0, 0.0), with("/input/system/nbnd", 2))), "bad_config");
    EXPECT_EQ(test::kind_of(run(moved(0.0, 0.0), with("/input/electrons/mixing_mode", "nonsense"))),
              "bad_config");
}

TEST_F(RealQe, stops_itself_at_the_soft_limit) {
    const test::TemporaryFolder folder;
    LabelTask task = test::make_task(folder.path(), with("/kpoints", {6, 6, 6}), moved(0.03, 0.02));
    task.limits.soft_seconds = 1.0;
    const LabelResult result = test::run_task(task);
    EXPECT_EQ(test::kind_of(result), "walltime") << test::evidence_of(result);
    EXPECT_LT(result.exit.wall_seconds, 30.0);
}

TEST_F(RealQe, a_killed_pw_x_is_a_signal) {
    const test::TemporaryFolder folder;
    write_file_atomically(folder / "launch", "echo $$ > pid; exec pw.x \"$@\"\n");
    Json config = with("/kpoints", {6, 6, 6});
    config["command"] = {"/bin/sh", (folder / "launch").string()};
    const LabelTask task = test::make_task(folder.path(), config, moved(0.03, 0.02));
    Subprocess supervisor(test::supervisor(task));
    const int program = test::pid_in(folder / "attempt/pid");
    ASSERT_GT(program, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ::kill(program, SIGKILL);
    supervisor.wait();
    EXPECT_EQ(test::kind_of(label_result_from_json(read_json(task.result), "result")), "signal");
}

TEST_F(RealQe, agrees_with_the_labels_of_the_silicon_pool) {
    FIBONAQI_NEEDS_SHARED("data/si8_qe/pool.xyz");
    const Frame frame = read_extxyz(test::shared_directory() / "data/si8_qe/pool.xyz").frames.at(0);
    LabelRequest request;
    request.structure = frame.structure;
    request.want_stress = true;
    const Labels here = labels(request, with("/kpoints", {3, 3, 3}));
    // Both runs stop at conv_thr 1e-9 Ry, from where the forces still move by some 5e-5 eV/angstrom.
    EXPECT_NEAR(*here.energy, *frame.labels.energy, 1.0e-6);
    for (std::size_t atom = 0; atom < frame.structure.size(); ++atom) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(here.forces[atom][axis], frame.labels.forces[atom][axis], 1.0e-4);
        }
    }
    for (std::size_t i = 0; i < 9; ++i) {
        EXPECT_NEAR((*here.stress)[i / 3][i % 3], (*frame.labels.stress)[i / 3][i % 3], 5.0e-6);
    }
}

}  // namespace
}  // namespace fibonaqi
