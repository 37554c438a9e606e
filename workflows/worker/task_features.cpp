// Task "features": one row per frame, written as .npy.
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/nn/features.hpp"

#include "workflows/worker/progress.hpp"
#include "workflows/worker/sources.hpp"
#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace fibonaqi::worker {

Json run_features(const Json& task) {
    check_keys(task,
               {"format", "version", "task", "result", "threads", "model", "data", "kind", "loss", "dtype",
                "chunk", "per_atom", "output"},
               "");
    const LossSection loss = loss_section(task);
    const std::string output = text(task, "output");
    nn::FeatureOptions options;
    options.kind = nn::feature_kind_from(text(task, "kind"));
    options.loss = loss.options;
    options.per_atom = flag(task, "per_atom", false);
    options.chunk = std::max<std::size_t>(1, count(task, "chunk", nn::default_chunk));
    Progress progress("features");
    options.progress = [&](std::size_t done, std::size_t total) { progress.report(done, total); };

    const std::unique_ptr<nn::Network> network = open_network(task);
    const FrameSet frames = read_frames(text(task, "data"), network->card().cutoff);
    if (loss.fit_e0) {
        refit_e0(*network, frames);
    }
    const FeatureMatrix matrix =
        nn::to_feature_matrix(nn::feature_rows(*network, frames.graphs, frames.labels, options));
    write_npy(output, matrix);
    return Json{{"rows", matrix.rows}, {"columns", matrix.columns}};
}

}  // namespace fibonaqi::worker
