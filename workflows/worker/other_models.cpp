#include "workflows/worker/other_models.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
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

// No two potentials for the same thing differ by this much in what they were fitted to [eV/atom].
constexpr double suspicious_offset = 1.0;

// Deviations of forces are all that does not.
bool compares_energies(const Json& task) {
    const bool is_of_forces = has(task, "scores") && task.at("scores").is_object() &&
                              text(task.at("scores"), "kind", "") == "deviation";
    return has(task, "pseudo_labels") || !is_of_forces;
}

SomeFrames sample_of(const FrameSet& frames, const Json& task) {
    SomeFrames sample = all_of(frames);
    sample.ids = keyed_order(sample.ids, {count(task, "seed", 0), "zero of energy", count(task, "cycle", 0)});
    sample.ids.resize(std::min(sample.ids.size(), frames_of_alignment));
    return sample;
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
    const bool must_align = loss_section(task).fit_e0;
    if (pool.frames.size() > 0 && (must_align || compares_energies(task))) {
        const SomeFrames sample = sample_of(pool.frames, task);
        const std::vector<Labels> wanted = predictions(*pool.network, sample.graphs(), false, chunk_);
        must_align ? align(sample, wanted) : warn_about_another_zero(sample, wanted);
    }
}

void OtherModel::align(const SomeFrames& sample, const std::vector<Labels>& wanted) {
    FrameSet labelled;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        labelled.frames.push_back(sample.set.frames[sample.ids[i]]);
        labelled.frames.back().labels = wanted[i];
    }
    labelled.graphs = sample.graphs(model_.network->card().cutoff);
    refit_e0(*model_.network, labelled);
}

void OtherModel::warn_about_another_zero(const SomeFrames& sample, const std::vector<Labels>& wanted) const {
    const std::vector<Labels> own = predict(sample, false);
    std::vector<double> offsets;
    for (std::size_t i = 0; i < own.size(); ++i) {
        offsets.push_back((*own[i].energy - *wanted[i].energy) / static_cast<double>(own[i].forces.size()));
    }
    const auto middle = offsets.begin() + static_cast<std::ptrdiff_t>(offsets.size() / 2);
    std::nth_element(offsets.begin(), middle, offsets.end());
    if (std::abs(*middle) > suspicious_offset) {
        char text[32];
        std::snprintf(text, sizeof text, "%+.2f", *middle);
        log::warning(
            "energies of '" + name_ + "' are " + text +
            " eV/atom away from the model's (fitted to another code?), and that is what gradients and "
            "losses will show; --fit-e0 moves them to its zero");
    }
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
