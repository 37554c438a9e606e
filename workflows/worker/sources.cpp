#include "workflows/worker/sources.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/nn/e0_fit.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

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

std::vector<Prediction> energies(const nn::Network& network, const FrameSet& frames) {
    std::vector<Prediction> predictions;
    nn::for_each_chunk(frames.size(), nn::default_chunk, {}, [&](std::size_t begin, std::size_t end) {
        const at::NoGradGuard no_gradient;
        const std::span<const AtomGraph> graphs(frames.graphs.data() + begin, end - begin);
        nn::NetworkRequest request;
        request.forces = false;
        const nn::GraphBatch batch = nn::make_batch(graphs, network.card(), network.options());
        const at::Tensor energy =
            network.evaluate(batch, request).energy.to(at::kCPU, at::kDouble).contiguous();
        for (std::int64_t i = 0; i < energy.numel(); ++i) {
            predictions.emplace_back();
            predictions.back().energy = energy.data_ptr<double>()[i];
        }
    });
    return predictions;
}

}  // namespace

std::unique_ptr<nn::Network> open_network(const Json& task) {
    const at::ScalarType type = scalar_type(text(task, "dtype", "float64"));
    const ModelFile model = read_model_file(resolve_model(text(task, "model")));
    return nn::load_network(model, at::TensorOptions().dtype(type));
}

FrameSet read_frames(const std::string& path, double cutoff) {
    FrameFile file = read_extxyz(path);
    std::string report = file.audit.report();
    report.erase(report.find_last_not_of('\n') + 1);
    log::info(path + ": " + report);
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

void refit_e0(nn::Network& network, const FrameSet& frames) {
    const nn::E0Fit fit = nn::fit_e0(network.card(), frames.frames, energies(network, frames));
    std::vector<double> e0 = network.card().e0;
    for (std::size_t i = 0; i < e0.size(); ++i) {
        e0[i] += fit.shift[i];
    }
    network.set_e0(e0);
    log::info(nn::describe(fit, network.card()));
}

}  // namespace fibonaqi::worker
