// Stands in for fibonaqi-worker: the tasks select, train, evaluate and explain of a campaign. A "model" is
// the number of labels that it has learnt from, kept in its card; its predictions are wrong by a factor that
// shrinks with it. FAKE_TRAIN_SPOILS    training makes the model worse, so that it is not promoted
// FAKE_WORKER_CRASH name of a task that ends by a signal
#include <csignal>
#include <numeric>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/base/superbatch_size.hpp"
#include "fibonaqi/model/error_statistics.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "tests/campaign/fakes/diamond_springs.hpp"
#include "tests/campaign/fakes/fake_program.hpp"

namespace fibonaqi::fake {
namespace {

// Relative error of a model's forces.
double error_of(const ModelFile& model) {
    return 0.5 / (1.0 + model.card.provenance.value("labels", 0.0));
}

std::vector<Prediction> predict(const ModelFile& model, const std::vector<Frame>& frames) {
    std::vector<Prediction> predictions;
    for (const Frame& frame : frames) {
        const Labels truth = springs(frame.structure);
        Prediction prediction;
        // Off by 1 eV per atom until a training has fitted the shift.
        const double shift = model.card.provenance.contains("labels") ? 0.0 : 1.0;
        prediction.energy = *truth.energy + shift * static_cast<double>(frame.structure.size());
        prediction.forces = truth.forces;
        for (Vec3& force : prediction.forces) {
            for (double& value : force) {
                value *= 1.0 + error_of(model);
            }
        }
        predictions.push_back(std::move(prediction));
    }
    return predictions;
}

// Every pick halves what is left; the last one is a fill.
Json picks_record(const std::vector<std::size_t>& ids) {
    Json picks = Json::array();
    double residual = 1.0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        residual *= 0.5;
        picks.push_back({{"id", ids[i]},
                         {"order", i},
                         {"superbatch", 0},
                         {"score", 0.25},
                         {"residual", residual},
                         {"filled", i + 1 == ids.size()},
                         {"force_spread_eV_per_A", 0.1}});
    }
    return picks;
}

// Candidates on a line; null where no map is asked for.
Json map_record(const Json& task, const std::vector<Frame>& frames) {
    if (!task.value("map", false)) {
        return nullptr;
    }
    Json candidates{{"id", Json::array()},
                    {"x", Json::array()},
                    {"y", Json::array()},
                    {"target_temperature_K", Json::array()}};
    for (std::size_t i = 0; i < frames.size(); ++i) {
        candidates["id"].push_back(i);
        candidates["x"].push_back(i);
        candidates["y"].push_back(0.0);
        candidates["target_temperature_K"].push_back(
            std::get<double>(frames[i].info.at("target_temperature_K")));
    }
    const std::size_t count =
        task.contains("labelled") ? read_extxyz(task.at("labelled").get<std::string>()).frames.size() : 0;
    return {{"variance_shares", {1.0, 0.0}},
            {"candidates", candidates},
            {"of", frames.size()},
            {"labelled", {{"x", std::vector<double>(count, 0.5)}, {"y", std::vector<double>(count, 0.0)}}}};
}

Json select(const Json& task) {
    std::vector<Frame> frames = read_extxyz(task.at("data").get<std::string>()).frames;
    std::vector<std::size_t> order(frames.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    KeyedRng random(task.at("seed").get<std::uint64_t>(), "fake select",
                    task.at("cycle").get<std::uint64_t>());
    for (std::size_t i = order.size(); i > 1; --i) {
        std::swap(order[i - 1], order[random.below(i)]);
    }
    const SuperbatchSize size =
        superbatch_size(task.at("batch").get<std::size_t>(), task.at("ratio").get<double>());
    const std::size_t superbatches = std::max<std::size_t>(
        1, std::min(task.at("superbatches").get<std::size_t>(), order.size() / size.superbatch));
    order.resize(std::min(order.size(), superbatches * size.batch));
    std::vector<Frame> picks;
    for (std::size_t i = 0; i < order.size(); ++i) {
        picks.push_back(frames[order[i]]);
        picks.back().info["selection_id"] = static_cast<long>(order[i]);
        picks.back().info["selection_order"] = static_cast<long>(i);
        picks.back().info["selection_score"] = 0.25;
    }
    write_extxyz(task.at("output").get<std::string>(), picks, {""});
    return {
        {"candidates", frames.size()},  {"superbatches", {{{"size", frames.size()}, {"reason", "complete"}}}},
        {"picks", picks_record(order)}, {"map", map_record(task, frames)},
        {"rejected", Json::array()},    {"pseudo_labels", nullptr}};
}

// Every atom carries the same; all rows are alike.
Json explain(const Json& task) {
    const std::vector<Frame> frames = read_extxyz(task.at("data").get<std::string>()).frames;
    const std::size_t atoms = frames.at(task.at("frame").get<std::size_t>()).structure.size();
    Json picks = Json::array();
    for (const Json& id : task.at("picks")) {
        if (id != task.at("frame")) {
            picks.push_back({{"id", id}, {"overlap", 0.5}});
        }
    }
    const bool has_labelled = task.contains("labelled");
    return {{"row_norm", 2.0},
            {"mean_row_norm", 1.0},
            {"mean_overlap", 0.25},
            {"picks", picks},
            {"nearest_labelled",
             has_labelled ? Json{{"frame", 1}, {"overlap", 0.75}, {"distance", 0.5}} : Json(nullptr)},
            {"atom_shares", std::vector<double>(atoms, 1.0 / static_cast<double>(atoms))}};
}

// As the worker's; null for a task that keeps to nothing.
Json forgetting(const Json& task) {
    if (!task.contains("forgetting") && !task.contains("replay")) {
        return nullptr;
    }
    return {{"is_alarming", !setting("FAKE_FORGETS").empty()},
            {"finding", "force RMSE 0.1000 before, 0.3000 eV/A after"},
            {"after", {{"forces", {{"rmse_eV_per_A", 0.3}}}}}};
}

Json train(const Json& task) {
    ModelFile model = read_model_file(task.at("model").get<std::string>());
    const std::vector<Frame> frames = read_extxyz(task.at("train").get<std::string>()).frames;
    std::vector<Frame> validation;
    if (!task.at("validation").is_null()) {
        validation = read_extxyz(task.at("validation").get<std::string>()).frames;
    }
    const auto before = predict(model, validation);
    const double labels = setting("FAKE_TRAIN_SPOILS").empty() ? static_cast<double>(frames.size()) : -0.9;
    model.card.provenance["labels"] = labels;
    const auto after = predict(model, validation);
    const std::string output = task.at("output").get<std::string>();
    const std::string sha256 = write_model_file(output, model);
    Json curve = Json::array();
    for (int epoch = 1; epoch <= 3; ++epoch) {
        say_progress("training", static_cast<std::size_t>(epoch), 3);
        curve.push_back({{"epoch", epoch},
                         {"train_loss", 1.0 / epoch},
                         {"validation_force_rmse_eV_per_A", 0.5 / epoch},
                         {"learning_rate", 0.01}});
    }
    return {
        {"model", output},
        {"sha256", sha256},
        {"epochs", 3},
        {"best_epoch", 3},
        {"curve", curve},
        {"stop", "epochs_done"},
        {"validation",
         {{"before", to_json(compare(validation, before))}, {"after", to_json(compare(validation, after))}}},
        {"validation_force_errors_eV2_per_A2",
         {{"before", force_errors_by_frame(validation, before)},
          {"after", force_errors_by_frame(validation, after)}}},
        {"forgetting", forgetting(task)},
        {"e0_shift_eV", {{"Si", -1.0}}}};
}

Json evaluate(const Json& task) {
    const ModelFile model = read_model_file(task.at("model").get<std::string>());
    std::vector<Frame> frames = read_extxyz(task.at("data").get<std::string>()).frames;
    const std::vector<Prediction> predictions = predict(model, frames);
    Json result = to_json(compare(frames, predictions));
    for (std::size_t i = 0; i < frames.size(); ++i) {
        frames[i].labels = Labels{predictions[i].energy, predictions[i].forces, std::nullopt};
    }
    write_extxyz(task.at("write").get<std::string>(), frames, {""});
    result["frames"] = frames.size();
    return result;
}

Json physics() {
    const bool is_passed = setting("FAKE_PHYSICS_FAILS").empty();
    const Json check{
        {"check", "dimer Si-Si"}, {"passed", is_passed}, {"finding", "repulsive down to 0.89 A"}};
    return {{"passed", is_passed}, {"checks", Json::array({check})}};
}

Json work(const Json& task) {
    const std::string kind = task.at("task").get<std::string>();
    note_launch("worker " + kind);
    take_time();
    if (setting("FAKE_WORKER_CRASH") == kind) {
        std::raise(SIGSEGV);
    }
    return kind == "select"    ? select(task)
           : kind == "explain" ? explain(task)
           : kind == "train"   ? train(task)
           : kind == "physics" ? physics()
                               : evaluate(task);
}

}  // namespace
}  // namespace fibonaqi::fake

int main(int argc, char** argv) {
    return fibonaqi::fake::run_task(argc, argv, fibonaqi::fake::work);
}
