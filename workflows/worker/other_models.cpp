#include "workflows/worker/other_models.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/sample_losses.hpp"
#include "fibonaqi/select/keyed_order.hpp"

#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

constexpr std::size_t frames_of_alignment = 32;

std::vector<Labels> predictions(const nn::Network& network, std::span<const AtomGraph> graphs,
                                bool want_stress, std::size_t chunk) {
    const at::Tensor unmoved = at::zeros({nn::last_layer_weights(network).numel()}, at::kDouble);
    return nn::predict_labels(network, graphs, unmoved, want_stress, chunk);
}

std::size_t chunk_of(const Json& task) {
    return std::max<std::size_t>(1, count(task, "chunk", nn::default_chunk));
}

}  // namespace

OtherModel::OtherModel(const std::string& model, const std::string& role, const FeaturePool& pool,
                       const Json& task)
    : chunk_(chunk_of(task)), model_(open_model(model, task)) {
    name_ = model_.network->card().name;
    if (model_.sha256 == pool.model_sha256) {
        throw ConfigError(role + " names the model itself (" + model +
                          " is the same file; it cannot tell where it is wrong) name another one");
    }
    if (loss_section(task).fit_e0 && pool.frames.size() > 0) {
        align(pool, task);
    }
}

void OtherModel::align(const FeaturePool& pool, const Json& task) {
    SomeFrames sample = all_of(pool.frames);
    sample.ids = keyed_order(sample.ids, {count(task, "seed", 0), "zero of energy", count(task, "cycle", 0)});
    sample.ids.resize(std::min(sample.ids.size(), frames_of_alignment));
    const std::vector<Labels> wanted = predictions(*pool.network, sample.graphs(), false, chunk_);
    FrameSet labelled;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        labelled.frames.push_back(pool.frames.frames[sample.ids[i]]);
        labelled.frames.back().labels = wanted[i];
    }
    labelled.graphs = sample.graphs(model_.network->card().cutoff);
    refit_e0(*model_.network, labelled);
}

std::vector<Labels> OtherModel::predict(const SomeFrames& frames, bool want_stress) const {
    return predictions(network(), frames.graphs(network().card().cutoff), want_stress, chunk_);
}

bool has_committee(const Json& task) {
    if (!has(task, "committee")) {
        return false;
    }
    const Json& members = task.at("committee");
    const auto is_text = [](const Json& member) { return member.is_string(); };
    if (!members.is_array() || members.empty() || !std::all_of(members.begin(), members.end(), is_text)) {
        throw ConfigError("committee is " + members.dump() +
                          " (a list of models is wanted) use for example [\"a.safetensors\", "
                          "\"b.safetensors\"]");
    }
    return true;
}

CommitteeLabels::CommitteeLabels(const FeaturePool& pool, const Json& task)
    : network_(*pool.network),
      seed_(count(task, "seed", 0)),
      cycle_(count(task, "cycle", 0)),
      chunk_(chunk_of(task)) {
    if (!has_committee(task)) {
        throw ConfigError(
            "committee is missing (pseudo labels of a committee come from its members) name at "
            "least one other model");
    }
    for (const Json& member : task.at("committee")) {
        members_.emplace_back(member.get<std::string>(), "committee", pool, task);
    }
}

std::vector<Labels> CommitteeLabels::labels(const SomeFrames& frames, std::size_t superbatch,
                                            bool want_stress) const {
    KeyedRng rng(seed_, "committee member that labels", cycle_, superbatch);
    return members_[rng.below(members_.size())].predict(frames, want_stress);
}

std::vector<FrameSpread> CommitteeLabels::spread(const SomeFrames& frames) const {
    std::vector<std::vector<Labels>> all{predictions(network_, frames.graphs(), false, chunk_)};
    for (const OtherModel& member : members_) {
        all.push_back(member.predict(frames, false));
    }
    return nn::committee_spread(all);
}

Json CommitteeLabels::report() const {
    Json names = Json::array();
    for (const OtherModel& member : members_) {
        names.push_back(member.name());
    }
    return {{"kind", "committee"}, {"members", names}};
}

}  // namespace fibonaqi::worker
