// Task "features": one row per frame, written as .npy.
#include "workflows/worker/featurizer.hpp"
#include "workflows/worker/progress.hpp"
#include "workflows/worker/tasks.hpp"

namespace fibonaqi::worker {

Json run_features(const Json& task) {
    std::vector<std::string> keys{"format", "version", "task",  "result", "threads",
                                  "model",  "data",    "dtype", "output"};
    keys.insert(keys.end(), feature_keys().begin(), feature_keys().end());
    check_keys(task, keys, "");
    const FeatureSettings settings = feature_settings(task, "");
    const std::string output = text(task, "output");
    FeaturePool pool = open_pool(task, {settings.needs_model(), /*labelled=*/false});
    if (settings.loss.fit_e0 && pool.network) {
        refit_e0(*pool.network, pool.frames);
    }
    Progress progress("features");
    const Featurizer featurizer(settings, pool);
    const auto blocks =
        featurizer.blocks(all_of(pool.frames), pool.frames.labels,
                          [&](std::size_t done, std::size_t total) { progress.report(done, total); });
    const FeatureMatrix matrix = nn::to_feature_matrix(RowTreatment(blocks, settings.rows).apply(blocks));
    write_npy(output, matrix);
    return Json{{"rows", matrix.rows}, {"columns", matrix.columns}};
}

}  // namespace fibonaqi::worker
