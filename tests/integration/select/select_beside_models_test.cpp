// Selection with more than one model: teachers, committees, reference models, and rows of labelled frames.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/select/select_with_model.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

class SelectBesideModels : public test::SelectWithModel {
  protected:
    SelectBesideModels() {
        write_changed("second.safetensors", 1.5);
        write_changed("third.safetensors", 0.6);
    }

    // The tiny model with its last layer times a factor.
    void write_changed(const std::string& name, double factor) {
        ModelFile model = test::tiny_model();
        StoredTensor& weight = model.tensors.at("readouts.1.linear_2.weight");
        std::vector<double> values = weight.as_doubles();
        for (double& value : values) {
            value *= factor;
        }
        weight = StoredTensor::from_doubles(values, weight.shape, weight.type);
        write_model_file(folder_ / name, model);
    }

    std::vector<Frame> predictions(const std::string& model, const std::string& output) {
        const auto result = test::run_command(
            folder_, "fibonaqi",
            {"evaluate", "--model", model, "--data", "pool.xyz", "--write", output, "--as-labels"});
        EXPECT_EQ(result.code, 0) << result.err;
        return read_extxyz(folder_ / output).frames;
    }

    static std::vector<std::uint64_t> ids(const Json& result) {
        std::vector<std::uint64_t> ids;
        for (const Json& pick : result.at("picks")) {
            ids.push_back(pick.at("id"));
        }
        return ids;
    }
};

TEST_F(SelectBesideModels, a_teacher_gives_the_picks_that_its_predictions_as_labels_give) {
    const Json taught = select({"--pseudo-labels", "teacher", "--teacher", "second.safetensors"});
    EXPECT_EQ(taught.at("pseudo_labels").at("kind"), "teacher");
    predictions("second.safetensors", "labels.xyz");
    const Json labelled = select({"--data", "labels.xyz"});
    EXPECT_EQ(ids(taught), ids(labelled));
    for (std::size_t i = 0; i < 6; ++i) {
        const double score = labelled.at("picks")[i].at("score");
        EXPECT_NEAR(taught.at("picks")[i].at("score").get<double>(), score,
                    1e-5 * score);  // digits of the file
    }
}

// A model whose energies have another zero: told, and moved where asked for.
TEST_F(SelectBesideModels, another_zero_of_energy_is_warned_about_and_can_be_moved_away) {
    ModelFile model = test::tiny_model();
    for (double& energy : model.card.e0) {
        energy += 50.0;
    }
    model.tensors.at("atomic_energies_fn.atomic_energies") = StoredTensor::from_doubles(
        model.card.e0, model.tensors.at("atomic_energies_fn.atomic_energies").shape, TensorType::float64);
    write_model_file(folder_ / "away.safetensors", model);
    const auto taught = [&](std::vector<std::string> more) {
        std::vector<std::string> all{
            "select",  "--model", "second.safetensors", "--data",  "pool.xyz", "--batch", "3",
            "--ratio", "0.3",     "--pseudo-labels",    "teacher", "--teacher"};
        all.insert(all.end(), more.begin(), more.end());
        all.insert(all.end(), {"--json", "S.json"});
        const auto result = test::run_command(folder_, "fibonaqi", all);
        EXPECT_EQ(result.code, 0) << result.err;
        return std::pair(result.err, ids(read_json(folder_ / "S.json")));
    };
    const auto [warning, unmoved] = taught({"away.safetensors"});
    EXPECT_THAT(warning, HasSubstr("+50."));
    EXPECT_THAT(warning, HasSubstr("eV/atom away from the model's"));
    const auto [silence, moved] = taught({"away.safetensors", "--fit-e0"});
    EXPECT_THAT(silence, testing::Not(HasSubstr("away from the model's")));
    EXPECT_EQ(moved, taught({"tiny.safetensors", "--fit-e0"}).second);
}

TEST_F(SelectBesideModels, a_committee_labels_each_superbatch_by_one_of_its_members) {
    const auto score_of = [](const Json& superbatch) {
        return superbatch.at("picks")[0].at("score").get<double>();
    };
    std::set<std::string> seen;
    for (int cycle = 0; cycle < 4; ++cycle) {
        const auto with = [&](std::vector<std::string> how) {
            how.insert(how.end(), {"--cycle", std::to_string(cycle)});
            return select(how).at("superbatches");
        };
        const Json drawn = with({"--pseudo-labels", "committee", "--committee", "second.safetensors",
                                 "--committee", "third.safetensors"});
        const Json a = with({"--pseudo-labels", "teacher", "--teacher", "second.safetensors"});
        const Json b = with({"--pseudo-labels", "teacher", "--teacher", "third.safetensors"});
        for (std::size_t i = 0; i < drawn.size(); ++i) {
            const bool is_a = std::abs(score_of(drawn[i]) / score_of(a[i]) - 1.0) < 1e-9;
            const bool is_b = std::abs(score_of(drawn[i]) / score_of(b[i]) - 1.0) < 1e-9;
            EXPECT_TRUE(is_a != is_b) << cycle << " " << i;
            seen.insert(is_a ? "second" : "third");
        }
    }
    EXPECT_EQ(seen.size(), 2u);
}

// Of DP-GEN, from predictions of the models as `evaluate` writes them.
TEST_F(SelectBesideModels, deviations_are_those_of_the_predictions_of_all_models) {
    std::vector<std::vector<Frame>> models;
    for (const std::string name : {"tiny", "second", "third"}) {
        models.push_back(predictions(name + ".safetensors", name + ".xyz"));
    }
    const auto deviation = [&](std::size_t frame, bool of_energy) {
        const auto mean_square = [&](const auto& number_of) {
            double mean = 0.0, squares = 0.0;
            for (const auto& model : models) {
                mean += number_of(model[frame].labels) / 3.0;
            }
            for (const auto& model : models) {
                squares += std::pow(number_of(model[frame].labels) - mean, 2) / 3.0;
            }
            return squares;
        };
        if (of_energy) {
            return std::sqrt(mean_square([](const Labels& labels) { return *labels.energy; })) / 10.0;
        }
        double largest = 0.0;
        for (std::size_t atom = 0; atom < 10; ++atom) {
            double sum = 0.0;
            for (std::size_t axis = 0; axis < 3; ++axis) {
                sum += mean_square([&](const Labels& labels) { return labels.forces[atom][axis]; });
            }
            largest = std::max(largest, std::sqrt(sum));
        }
        return largest;
    };
    for (const std::string kind : {"deviation", "energy_deviation"}) {
        const Json result = select({"--strategy", "loss", "--scores", kind, "--committee",
                                    "second.safetensors", "--committee", "third.safetensors"});
        for (const Json& pick : result.at("picks")) {
            const double expected = deviation(pick.at("id"), kind == "energy_deviation");
            EXPECT_NEAR(pick.at("score").get<double>(), expected, 1e-4 * expected) << kind;
        }
    }
}

TEST_F(SelectBesideModels, the_posterior_answers_for_deviations_where_there_is_no_committee) {
    const Json result =
        select({"--strategy", "loss", "--scores", "deviation", "--pseudo-labels", "posterior"});
    for (const Json& pick : result.at("picks")) {
        // The largest length of three components is no less than their root mean square.
        EXPECT_GT(pick.at("score").get<double>(),
                  std::sqrt(3.0) * pick.at("force_spread_eV_per_A").get<double>() * (1.0 - 1e-9));
    }
}

TEST_F(SelectBesideModels, rho_loss_is_the_loss_less_that_of_the_reference_model) {
    write_labelled("pool.xyz");
    const auto losses = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"--batch", "19", "--ratio", "0.95"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        std::map<std::uint64_t, double> by_id;
        const Json result = select(arguments);
        for (const Json& pick : result.at("picks")) {
            by_id[pick.at("id")] = pick.at("score");
        }
        return by_id;
    };
    const auto own = losses({"--strategy", "loss", "--scores", "loss"});
    const auto other = losses({"--strategy", "loss", "--scores", "loss", "--model", "second.safetensors"});
    const auto difference =
        losses({"--strategy", "rho_loss", "--scores", "loss", "--reference-model", "second.safetensors"});
    ASSERT_EQ(difference.size(), 19u);  // of 20: all would be taken as they are
    std::size_t compared = 0;           // each leaves out one frame, not always the same
    for (const auto& [id, value] : difference) {
        if (own.contains(id) && other.contains(id)) {
            EXPECT_NEAR(value, own.at(id) - other.at(id), 1e-9 * (own.at(id) + other.at(id))) << id;
            ++compared;
        }
    }
    EXPECT_GE(compared, 17u);
}

TEST_F(SelectBesideModels, labelled_frames_get_the_rows_that_the_features_command_gives_them) {
    const auto make = [&](const std::string& data, const std::string& output) {
        const auto result = test::run_command(folder_, "fibonaqi",
                                              {"features", "--model", "tiny.safetensors", "--kind",
                                               "prediction_gradient", "--data", data, "-o", output});
        EXPECT_EQ(result.code, 0) << result.err;
    };
    write_extxyz(folder_ / "labelled.xyz", {pool_[3], pool_[8], pool_[14]});
    make("labelled.xyz", "L.npy");
    const std::vector<std::string> kind{"--strategy", "lcmd", "--kind", "prediction_gradient"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), kind.begin(), kind.end());
        return select(more);
    };
    const Json computed = with({"--labelled", "labelled.xyz"});
    EXPECT_EQ(computed.at("picks"), with({"--labelled-features", "L.npy"}).at("picks"));
    EXPECT_NE(computed.at("picks"), with({}).at("picks"));
    // Elements that only labelled frames have are columns too.
    Frame hydrogen;
    hydrogen.structure.atomic_numbers = {1};
    hydrogen.structure.positions = {{0.0, 0.0, 0.0}};
    write_extxyz(folder_ / "other.xyz", {hydrogen});
    EXPECT_EQ(select({"--strategy", "maxdist", "--kind", "composition", "--labelled", "other.xyz"})
                  .at("picks")
                  .size(),
              6u);
}

TEST_F(SelectBesideModels, say_what_does_not_fit_together_in_one_sentence) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"--pseudo-labels", "teacher"}, "pseudo_labels.teacher is missing"},
        {{"--teacher", "second.safetensors"}, "without --pseudo-labels teacher"},
        {{"--pseudo-labels", "teacher", "--teacher", "tiny.safetensors"}, "names the model itself"},
        {{"--pseudo-labels", "techer"}, "did you mean 'teacher'?"},
        {{"--pseudo-labels", "committee"}, "committee is missing"},
        {{"--kind", "embedding", "--committee", "second.safetensors"}, "nothing asks it"},
        {{"--kind", "embedding", "--strategy", "window", "--scores", "deviation"}, "compare models"},
        {{"--kind", "embedding", "--scores", "loss"}, "does not look at them"},
        {{"--strategy", "rho_loss", "--scores", "loss"}, "scores.reference_model is missing"},
        {{"--strategy", "rho_loss", "--scores", "deviation"}, "goes by losses"},
        {{"--strategy", "loss", "--scores", "loss", "--reference-model", "second.safetensors"},
         "does not compare with one"},
        {{"--strategy", "loss", "--reference-model", "second.safetensors"}, "without --scores loss"},
        {{"--strategy", "loss", "--scores", "loss"}, "frame 0 has no label"},
        {{"--kind", "embedding", "--labelled", "pool.xyz"}, "does not look at labelled frames"},
        {{"--strategy", "lcmd", "--pseudo-labels", "teacher", "--teacher", "missing"}, "missing"},
    };
    for (const auto& [arguments, message] : cases) {
        std::vector<std::string> all{"select",  "--model", "tiny.safetensors", "--data", "pool.xyz",
                                     "--batch", "3",       "--ratio",          "0.3"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        const auto result = test::run_command(folder_, "fibonaqi", all);
        EXPECT_NE(result.code, 0) << message;
        EXPECT_THAT(result.err, HasSubstr(message));
    }
}

}  // namespace
}  // namespace fibonaqi
