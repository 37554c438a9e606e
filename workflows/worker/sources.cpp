#include "workflows/worker/sources.hpp"

#include <numeric>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/nn/reference_energies.hpp"

#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

at::ScalarType scalar_type(const std::string& name) {
    if (name == "float64") {
        return at::kDouble;
    }
    if (name == "float32") {
        return at::kFloat;
    }
    throw ConfigError("dtype is '" + name + "' (unknown)" + suggestion(name, {"float32", "float64"}));
}

}  // namespace

OpenModel open_model(const std::string& model, const Json& task) {
    return open_model_as(model, text(task, "dtype", "float64"));
}

OpenModel open_model_as(const std::string& model, const std::string& dtype) {
    const at::ScalarType type = scalar_type(dtype);
    const ModelFile file = read_model_file(resolve_model(model));
    return {nn::load_network(file, at::TensorOptions().dtype(type)), file.sha256};
}

std::unique_ptr<nn::Network> open_network(const Json& task) {
    return open_model(text(task, "model"), task).network;
}

std::vector<AtomGraph> SomeFrames::graphs() const {
    std::vector<AtomGraph> graphs;
    for (const std::uint64_t id : ids) {
        graphs.push_back(set.graphs[id]);
    }
    return graphs;
}

std::vector<AtomGraph> SomeFrames::graphs(double cutoff) const {
    std::vector<AtomGraph> graphs;
    for (const std::uint64_t id : ids) {
        graphs.push_back(make_graph(set.frames[id].structure, cutoff));
    }
    return graphs;
}

std::vector<Labels> SomeFrames::labels() const {
    std::vector<Labels> labels;
    for (const std::uint64_t id : ids) {
        labels.push_back(set.labels[id]);
    }
    return labels;
}

SomeFrames all_of(const FrameSet& set) {
    SomeFrames all{set, std::vector<std::uint64_t>(set.size())};
    std::iota(all.ids.begin(), all.ids.end(), std::uint64_t{0});
    return all;
}

FrameSet read_frames(const std::string& path, double cutoff) {
    FrameFile file = read_extxyz(path);
    log::info(path + ": " + brief(file.audit));
    FrameSet set;
    set.audit = std::move(file.audit);
    for (std::size_t i = 0; i < file.frames.size(); ++i) {
        try {
            set.graphs.push_back(make_graph(file.frames[i].structure, cutoff));
        } catch (const Error&) {
            rethrow_with_context(path + ": frame " + std::to_string(i));
        }
        set.labels.push_back(file.frames[i].labels);
    }
    set.frames = std::move(file.frames);
    return set;
}

void refuse_own_predictions(const std::vector<Frame>& frames, const KeyAudit& audit,
                            const std::string& advice) {
    const bool has_reference_keys =
        audit.energy_keys.contains("REF_energy") || audit.forces_keys.contains("REF_forces");
    for (std::size_t i = 0; i < frames.size() && !has_reference_keys; ++i) {
        if (frames[i].info.contains("walker") && frames[i].info.contains("reason")) {
            throw ConfigError(
                "frame " + std::to_string(i) +
                " was written by an MD run (its energy and forces are the model's own, no labels) " + advice);
        }
    }
}

std::string brief(const KeyAudit& audit) {
    std::string report = audit.report();
    report.erase(report.find_last_not_of('\n') + 1);
    return report;
}

void refit_e0(nn::Network& network, const FrameSet& frames) {
    nn::fit_reference_energies(network, frames.frames, frames.graphs);
}

}  // namespace fibonaqi::worker
