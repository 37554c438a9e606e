#include "fibonaqi/nn/train_record.hpp"

#include <algorithm>
#include <numeric>

#include "fibonaqi/nn/checkpoint.hpp"
#include "fibonaqi/nn/reference_energies.hpp"
#include "fibonaqi/nn/uncertainty.hpp"

namespace fibonaqi::nn {
namespace {

Json to_json(const std::optional<Validation>& validation) {
    if (!validation) {
        return nullptr;
    }
    Json record = fibonaqi::to_json(validation->errors);
    record["loss"] = validation->loss;
    return record;
}

Json force_rmse(const std::optional<Validation>& validation) {
    const bool is_known = validation && validation->errors.forces;
    return is_known ? Json(validation->errors.forces->rmse) : Json(nullptr);
}

Json energy_rmse(const std::optional<Validation>& validation) {
    const bool is_known = validation && validation->errors.energy_per_atom;
    return is_known ? Json(validation->errors.energy_per_atom->rmse) : Json(nullptr);
}

Json to_json(const EpochRecord& record) {
    return Json{{"epoch", record.epoch},
                {"stage", record.stage},
                {"effective_epochs", record.effective_epochs},
                {"seconds", record.seconds},
                {"learning_rate", record.learning_rate},
                {"train_loss", record.train_loss},
                {"ratio", record.ratio},
                {"selection", to_json(record.selection)},
                {"validation_loss", record.validation ? Json(record.validation->loss) : Json(nullptr)},
                {"validation_force_rmse_eV_per_A", force_rmse(record.validation)},
                {"validation_energy_rmse_eV_per_atom", energy_rmse(record.validation)}};
}

Json before_and_after(const TrainSummary& summary) {
    return Json{{"before", to_json(summary.validation_before)}, {"after", to_json(summary.validation_after)}};
}

Json force_errors(const std::optional<Validation>& validation) {
    return validation ? Json(validation->force_errors) : Json::array();
}

std::string to_string(TrainStop stop) {
    switch (stop) {
        case TrainStop::early_stop:
            return "early_stop";
        case TrainStop::budget_spent:
            return "budget_spent";
        case TrainStop::epochs_done:
            break;
    }
    return "epochs_done";
}

// The frames that were chosen most often, first of all the first in the file.
Json most_trained(const std::vector<std::size_t>& times) {
    constexpr std::size_t shown = 10;
    std::vector<std::size_t> order(times.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto is_before = [&](std::size_t a, std::size_t b) {
        return times[a] != times[b] ? times[a] > times[b] : a < b;
    };
    const std::size_t count = std::min(shown, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                      is_before);
    Json list = Json::array();
    for (std::size_t i = 0; i < count; ++i) {
        list.push_back(Json{{"frame", order[i]}, {"times", times[order[i]]}});
    }
    return list;
}

}  // namespace

Json to_json(const TrainSummary& summary, const ModelCard& card) {
    Json curve = Json::array();
    for (const EpochRecord& record : summary.curve) {
        curve.push_back(to_json(record));
    }
    return Json{
        {"epochs", summary.curve.size()},
        {"best_epoch", summary.best_epoch},
        {"kept_epoch", summary.kept_epoch},
        {"stage_two_epoch", summary.stage_two_epoch},
        {"improved", summary.best_epoch > 0},
        {"stop", to_string(summary.stop)},
        {"steps", summary.steps},
        {"trained", summary.trained},
        {"replay_per_batch", summary.replay_per_batch},
        {"training_seconds", summary.seconds},
        {"selection_seconds", summary.selection_seconds},
        {"e0_shift_eV", summary.e0 ? to_json(*summary.e0, card).at("shift_eV") : Json::object()},
        {"validation", before_and_after(summary)},
        {"validation_force_errors_eV2_per_A2", Json{{"before", force_errors(summary.validation_before)},
                                                    {"after", force_errors(summary.validation_after)}}},
        {"times_trained", summary.times_trained},
        {"most_trained", most_trained(summary.times_trained)},
        {"curve", curve}};
}

ModelFile trained_model(const Network& network, const TrainSummary& summary, const TrainOrigin& origin,
                        std::span<const Frame> training, TensorType type) {
    ModelFile model = network.store(type);
    model.card.parent_sha256 = origin.parent_sha256;
    drop_uncertainty(model);
    Json& provenance = model.card.provenance;
    if (!provenance.is_object()) {
        provenance = Json::object();
    }
    if (summary.e0) {
        provenance["e0_fit"] = e0_provenance(*summary.e0, training, network.card());
    }
    if (!provenance.contains("training") || !provenance["training"].is_array()) {
        provenance["training"] = Json::array();
    }
    provenance["training"].push_back(Json{{"parent_sha256", origin.parent_sha256},
                                          {"data", origin.data},
                                          {"seed", origin.seed},
                                          {"settings", origin.settings},
                                          {"epochs", summary.curve.size()},
                                          {"best_epoch", summary.best_epoch},
                                          {"kept_epoch", summary.kept_epoch},
                                          {"steps", summary.steps},
                                          {"validation", before_and_after(summary)},
                                          {"forgetting", origin.forgetting}});
    return model;
}

}  // namespace fibonaqi::nn
