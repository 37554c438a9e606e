// A model as teacher, against what `fibonaqi evaluate` says of the same structures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/geometry.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/template_runs.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class RealModel : public ::testing::Test {
  protected:
    // Labels of "in.xyz" by the teacher of the repository's example, in this dtype.
    test::CommandResult label(const std::string& dtype) {
        write_json(folder_ / "teacher.json", {{"type", "model"}, {"model", model_}, {"dtype", dtype}});
        return test::run_command(folder_, "fibonaqi",
                                 {"label", "--driver", "teacher.json", "--data", "in.xyz", "-o", "out.xyz",
                                  "--work", "work-" + dtype});
    }
    void put_structures(const std::vector<Structure>& structures) {
        std::vector<Frame> frames(structures.size());
        for (std::size_t i = 0; i < frames.size(); ++i) {
            frames[i].structure = structures[i];
        }
        write_extxyz(folder_ / "in.xyz", frames);
    }
    static Structure silicon() {
        return test::request_of(std::filesystem::path(FIBONAQI_SOURCE_DIR) / "dft_drivers/model/example.xyz")
            .structure;
    }

    test::TemporaryFolder folder_;
    const std::string model_ =
        std::string(FIBONAQI_SOURCE_DIR) + "/models/silicon-mace/silicon-mace.safetensors";
};

TEST_F(RealModel, labels_are_what_evaluate_predicts) {
    Structure sheared = strained(silicon(), {{{0.02, 0.01, 0.0}, {0.01, -0.01, 0.03}, {0.0, 0.03, 0.0}}});
    Structure cluster = silicon();
    cluster.pbc = {false, false, false};
    cluster.cell = {};
    put_structures({silicon(), sheared, cluster});
    const test::CommandResult said = label("float64");
    ASSERT_EQ(said.code, 0) << said.err;
    const test::CommandResult evaluated = test::run_command(
        folder_, "fibonaqi",
        {"evaluate", "--model", model_, "--data", "out.xyz", "--write", "evaluated.xyz", "--as-labels"});
    ASSERT_EQ(evaluated.code, 0) << evaluated.err;
    const std::vector<Frame> labels = read_extxyz(folder_ / "out.xyz").frames;
    const std::vector<Frame> predictions = read_extxyz(folder_ / "evaluated.xyz").frames;
    ASSERT_EQ(labels.size(), 3U);
    ASSERT_EQ(predictions.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        const Labels &label = labels[i].labels, &predicted = predictions[i].labels;
        EXPECT_NEAR(*label.energy, *predicted.energy, 1.0e-6);
        for (std::size_t atom = 0; atom < label.forces.size(); ++atom) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                EXPECT_NEAR(label.forces[atom][axis], predicted.forces[atom][axis], 1.0e-6);
            }
        }
        EXPECT_EQ(label.stress.has_value(), i < 2);
        for (std::size_t k = 0; k < 9 && i < 2; ++k) {
            EXPECT_NEAR((*label.stress)[k / 3][k % 3], (*predicted.stress)[k / 3][k % 3], 1.0e-6);
        }
    }
}

TEST_F(RealModel, single_precision_gives_other_labels_under_another_key) {
    put_structures({silicon()});
    ASSERT_EQ(label("float64").code, 0);
    const Frame doubles = read_extxyz(folder_ / "out.xyz").frames.at(0);
    ASSERT_EQ(label("float32").code, 0);
    const Frame singles = read_extxyz(folder_ / "out.xyz").frames.at(0);
    EXPECT_NE(*doubles.labels.energy, *singles.labels.energy);
    EXPECT_NEAR(*doubles.labels.energy, *singles.labels.energy, 1.0e-2);
    EXPECT_NE(doubles.info.at("label_key"), singles.info.at("label_key"));
}

TEST_F(RealModel, an_element_that_it_lacks_is_told_before_anything_runs) {
    Structure oxide = silicon();
    oxide.atomic_numbers[0] = 8;
    put_structures({oxide});
    const test::CommandResult said = label("float64");
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("model 'silicon-mace' does not know O"));
}

class ServingWorker : public ::testing::Test {
  protected:
    test::CommandResult serve(const std::vector<std::string>& arguments) {
        std::vector<std::string> all{"--serve"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return test::run_command(folder_, "fibonaqi-worker", all);
    }
    test::TemporaryFolder folder_;
};

TEST_F(ServingWorker, says_what_is_wrong_with_its_arguments) {
    const std::string model =
        std::string(FIBONAQI_SOURCE_DIR) + "/models/silicon-mace/silicon-mace.safetensors";
    EXPECT_THAT(serve({}).err, HasSubstr("--serve needs a model, a dtype and a number of threads"));
    EXPECT_THAT(serve({"nowhere", "float64", "1"}).err, HasSubstr("no model 'nowhere'"));
    EXPECT_THAT(serve({model, "float16", "1"}).err, HasSubstr("dtype is 'float16'"));
    EXPECT_THAT(serve({model, "float64", "0"}).err, HasSubstr("'0' is no number of threads"));
    const test::CommandResult idle = serve({model, "float64", "1"});
    EXPECT_EQ(idle.code, 0) << "stdin ends at once";
    EXPECT_THAT(idle.out, HasSubstr("\"ready\":true"));
}

}  // namespace
}  // namespace fibonaqi
