// `fibonaqi evaluate` and the worker behind it, on a small model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/network_potential.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

class EvaluateCommand : public testing::Test {
  protected:
    EvaluateCommand() {
        write_model_file(folder_ / "tiny.safetensors", test::tiny_model());
        for (std::uint64_t i = 0; i < 6; ++i) {
            Frame frame;
            frame.structure = test::disordered_structure(i % 2 == 0, i);
            frame.info["origin"] = std::string("frame ") + std::to_string(i);
            frames_.push_back(std::move(frame));
        }
    }

    test::CommandResult evaluate(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"evaluate", "--model", "tiny.safetensors"});
        return test::run_command(folder_, "fibonaqi", arguments);
    }

    // What the library itself predicts, as labels.
    void label_with_own_predictions() {
        const auto potential =
            nn::make_potential(nn::load_network(test::tiny_model(), at::TensorOptions().dtype(at::kDouble)));
        for (Frame& frame : frames_) {
            const AtomGraph graph = make_graph(frame.structure, potential->card().cutoff);
            const Prediction prediction = potential->evaluate({&graph, 1})[0];
            frame.labels = {prediction.energy, prediction.forces, prediction.stress};
        }
    }

    test::TemporaryFolder folder_;
    std::vector<Frame> frames_;
};

TEST_F(EvaluateCommand, finds_no_error_in_the_models_own_predictions_and_the_one_put_into_them) {
    label_with_own_predictions();
    write_extxyz(folder_ / "own.xyz", frames_);
    ASSERT_EQ(evaluate({"--data", "own.xyz", "--json", "E.json"}).code, 0);
    Json errors = read_json(folder_ / "E.json");
    EXPECT_LE(errors.at("energy").at("rmse_eV_per_atom").get<double>(), 1e-13);
    EXPECT_LE(errors.at("forces").at("rmse_eV_per_A").get<double>(), 1e-13);
    EXPECT_LE(errors.at("stress").at("rmse_eV_per_A3").get<double>(), 1e-15);
    EXPECT_EQ(errors.at("energy").at("count"), 6);
    EXPECT_EQ(errors.at("forces").at("count"), 180);
    EXPECT_EQ(errors.at("stress").at("count"), 27);  // three periodic frames

    for (Frame& frame : frames_) {
        *frame.labels.energy += 0.5;       // ten atoms: 0.05 eV per atom
        frame.labels.forces[3][1] += 0.3;  // one component in thirty
    }
    write_extxyz(folder_ / "moved.xyz", frames_);
    const auto result = evaluate({"--data", "moved.xyz", "--json", "E.json"});
    ASSERT_EQ(result.code, 0) << result.err;
    errors = read_json(folder_ / "E.json");
    EXPECT_NEAR(errors.at("energy").at("rmse_eV_per_atom").get<double>(), 0.05, 1e-12);
    EXPECT_NEAR(errors.at("forces").at("rmse_eV_per_A").get<double>(), 0.3 / std::sqrt(30.0), 1e-12);
    EXPECT_NEAR(errors.at("forces").at("mae_eV_per_A").get<double>(), 0.01, 1e-12);
    EXPECT_THAT(result.out,
                HasSubstr("energy per atom              0.05           0.05   eV/atom            6"));
    EXPECT_THAT(result.err, HasSubstr("REF_forces (6)"));
    // All of it on the element of atom 3, in each of the six frames.
    const Json& by_element = errors.at("forces_by_element");
    ASSERT_EQ(by_element.size(), 3u);
    std::size_t count = 0;
    double squares = 0.0;
    for (const auto& [element, pair] : by_element.items()) {
        const auto numbers = pair.at("count").get<std::size_t>();
        count += numbers;
        squares += static_cast<double>(numbers) * std::pow(pair.at("rmse_eV_per_A").get<double>(), 2);
        EXPECT_THAT(result.out, HasSubstr("  on " + element));
    }
    EXPECT_EQ(count, 180u);
    EXPECT_NEAR(squares, 6.0 * 0.09, 1e-12);
    const std::string moved = symbol(frames_[0].structure.atomic_numbers[3]);
    EXPECT_GT(by_element.at(moved).at("rmse_eV_per_A").get<double>(), 0.05);

    // The compositions are all the same, so one constant per element takes the energy error away.
    ASSERT_EQ(evaluate({"--data", "moved.xyz", "--json", "E.json", "--fit-e0"}).code, 0);
    EXPECT_LE(read_json(folder_ / "E.json").at("energy").at("rmse_eV_per_atom").get<double>(), 1e-12);
}

TEST_F(EvaluateCommand, writes_predictions_as_labels_where_another_model_is_to_learn_from_them) {
    label_with_own_predictions();
    write_extxyz(folder_ / "in.xyz", frames_);
    const auto result = evaluate({"--data", "in.xyz", "--write", "labels.xyz", "--as-labels"});
    ASSERT_EQ(result.code, 0) << result.err;
    const FrameFile written = read_extxyz(folder_ / "labels.xyz");
    EXPECT_EQ(written.audit.energy_keys.at("REF_energy"), frames_.size());
    EXPECT_EQ(written.audit.forces_keys.at("REF_forces"), frames_.size());
    EXPECT_THAT(evaluate({"--data", "in.xyz", "--as-labels"}).err,
                HasSubstr("--as-labels is given without --write"));
}

TEST_F(EvaluateCommand, writes_the_frames_in_order_with_predictions_under_plain_keys) {
    label_with_own_predictions();
    std::vector<Frame> unlabelled = frames_;
    for (Frame& frame : unlabelled) {
        frame.labels = {};
    }
    write_extxyz(folder_ / "in.xyz", unlabelled);
    const auto result = evaluate({"--data", "in.xyz", "--write", "out.xyz"});
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("no labels to compare with"));
    const FrameFile written = read_extxyz(folder_ / "out.xyz");
    EXPECT_TRUE(written.audit.energy_keys.contains("energy"));
    ASSERT_EQ(written.frames.size(), frames_.size());
    for (std::size_t i = 0; i < frames_.size(); ++i) {
        const Frame& frame = written.frames[i];
        EXPECT_EQ(std::get<std::string>(frame.info.at("origin")), "frame " + std::to_string(i));
        EXPECT_NEAR(*frame.labels.energy, *frames_[i].labels.energy, 1e-11);
        EXPECT_NEAR(frame.labels.forces[9][2], frames_[i].labels.forces[9][2], 1e-11);
        EXPECT_EQ(frame.labels.stress.has_value(), i % 2 == 0);
        double sum = 0.0;
        for (const double energy : frame.arrays.at("node_energy")) {
            sum += energy;
        }
        EXPECT_NEAR(sum, *frame.labels.energy, 1e-11);
    }
}

TEST_F(EvaluateCommand, takes_float32_and_stays_close) {
    label_with_own_predictions();
    write_extxyz(folder_ / "own.xyz", frames_);
    ASSERT_EQ(evaluate({"--data", "own.xyz", "--dtype", "float32", "--json", "E.json"}).code, 0);
    const Json errors = read_json(folder_ / "E.json");
    EXPECT_LE(errors.at("forces").at("rmse_eV_per_A").get<double>(), 1e-5);
    EXPECT_GT(errors.at("forces").at("rmse_eV_per_A").get<double>(), 0.0) << "float32 was not used";
}

TEST_F(EvaluateCommand, explains_wrong_input_in_one_line) {
    write_extxyz(folder_ / "in.xyz", frames_);
    write_file_atomically(folder_ / "broken.xyz", "1\nLattice=\"1 0 0 0 1 0 0 0 1\"\nSi 0 0 zero\n");
    write_file_atomically(folder_ / "damaged.safetensors", "0123456789");
    Frame iron;
    iron.structure.atomic_numbers = {26};
    iron.structure.positions = {{0, 0, 0}};
    write_extxyz(folder_ / "iron.xyz", {iron});
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"evaluate", "--model", "tiny.safetensors", "--data", "absent.xyz"}, "absent.xyz"},
        {{"evaluate", "--model", "tiny.safetensors", "--data", "broken.xyz"}, "broken.xyz:3"},
        {{"evaluate", "--model", "tiny.safetensors", "--data", "iron.xyz"}, "does not know element Fe"},
        {{"evaluate", "--model", "tiny.safetensor", "--data", "in.xyz"}, "no model 'tiny.safetensor'"},
        {{"evaluate", "--model", "damaged.safetensors", "--data", "in.xyz"}, "damaged.safetensors"},
        {{"evaluate", "--model", "tiny.safetensors", "--data", "in.xyz", "--dtype", "float16"}, "float32"},
    };
    for (const auto& [arguments, message] : cases) {
        const auto result = test::run_command(folder_, "fibonaqi", arguments);
        EXPECT_NE(result.code, 0) << message;
        EXPECT_NE(result.code, 1) << "internal error: " << result.err;
        const std::size_t error = result.err.find("error: ");
        ASSERT_NE(error, std::string::npos) << result.err;
        EXPECT_THAT(result.err.substr(error), HasSubstr(message));
        EXPECT_EQ(std::count(result.err.begin() + static_cast<std::ptrdiff_t>(error), result.err.end(), '\n'),
                  1)
            << result.err;
    }
}

// Labels off by noise: the spreads are calibrated to it, and say so in table, file and page.
TEST_F(EvaluateCommand, compares_the_spreads_of_a_calibrated_model_with_its_errors) {
    label_with_own_predictions();
    KeyedRng rng(3, "noise");
    for (Frame& frame : frames_) {
        *frame.labels.energy += 0.2 * rng.normal();
        for (Vec3& force : frame.labels.forces) {
            for (double& component : force) {
                component += 0.1 * rng.normal();
            }
        }
    }
    write_extxyz(folder_ / "labelled.xyz", frames_);
    const auto uncalibrated = evaluate({"--data", "labelled.xyz", "--uncertainty"});
    EXPECT_EQ(uncalibrated.code, 2);
    EXPECT_THAT(uncalibrated.err, HasSubstr("run 'fibonaqi calibrate' first"));

    const std::vector<std::string> calibrate{"calibrate",    "--model",      "tiny.safetensors",
                                             "--train",      "labelled.xyz", "--validation",
                                             "labelled.xyz", "-o",           "sure.safetensors"};
    const auto calibrated = test::run_command(folder_, "fibonaqi", calibrate);
    ASSERT_EQ(calibrated.code, 0) << calibrated.err;
    EXPECT_THAT(calibrated.out, HasSubstr("posterior fitted to 6 frames"));
    EXPECT_EQ(test::run_command(folder_, "fibonaqi", calibrate).code, 2);  // the file exists

    const auto result =
        test::run_command(folder_, "fibonaqi",
                          {"evaluate", "--model", "sure.safetensors", "--data", "labelled.xyz", "--write",
                           "out.xyz", "--plot", "page.html", "--json", "E.json"});
    ASSERT_EQ(result.code, 0) << result.err;
    const Json forces = read_json(folder_ / "E.json").at("uncertainty").at("forces");
    EXPECT_EQ(forces.at("count"), 180);
    EXPECT_NEAR(forces.at("z_spread").get<double>(), 1.0, 1e-6);
    EXPECT_NEAR(forces.at("rmse").get<double>(), 0.1, 0.02);
    const auto written = read_extxyz(folder_ / "out.xyz").frames;
    ASSERT_EQ(written.size(), 6u);
    EXPECT_EQ(written[0].arrays.at("force_spread").size(), 10u);
    EXPECT_GT(written[0].arrays.at("force_spread")[0], 0.0);
    EXPECT_THAT(read_file(folder_ / "page.html"), HasSubstr("perfect calibration"));
}

}  // namespace
}  // namespace fibonaqi
