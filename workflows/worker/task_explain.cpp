// Task "explain": how a chosen frame stood among the others when it was chosen, and which of its atoms did
// it. The rows are computed again as the selection computed them.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/superbatch_size.hpp"
#include "fibonaqi/select/superbatch.hpp"

#include "workflows/worker/row_source.hpp"
#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace fibonaqi::worker {
namespace {

struct ExplainTask {
    std::uint64_t frame;
    std::vector<std::uint64_t> picks;  // of all superbatches
    bool has_labelled;                 // frames to compare with
};

// A superbatch by its number, and the place of the frame in it.
struct Place {
    std::size_t superbatch;
    std::vector<std::uint64_t> ids;
    std::int64_t row;
};

ExplainTask read_task(const Json& task) {
    check_keys(task, {"format", "version",  "task",          "result",     "threads",        "model",
                      "data",   "kind",     "loss",          "dtype",      "chunk",          "per_atom",
                      "batch",  "ratio",    "pseudo_labels", "seed",       "cycle",          "frame",
                      "picks",  "labelled", "last_layer",    "directions", "normalise_rows", "clip_norm"},
               "");
    if (section(task, "loss").value("stress_weight", 0.0) != 0.0) {
        throw ConfigError("loss.stress_weight is not 0 (a stress belongs to no atom) leave it out");
    }
    ExplainTask read{count(task, "frame", 0), {}, has(task, "labelled")};
    if (has(task, "picks")) {
        read.picks = task.at("picks").get<std::vector<std::uint64_t>>();
    }
    return read;
}

Place find_place(const Json& task, std::uint64_t frame, std::size_t pool) {
    const SuperbatchSize size = superbatch_size(count(task, "batch", 10), number(task, "ratio", 0.1));
    std::vector<std::uint64_t> ids(pool);
    std::iota(ids.begin(), ids.end(), std::uint64_t{0});
    const auto superbatches =
        draw_superbatches(ids, size.superbatch, count(task, "seed", 0), count(task, "cycle", 0));
    for (std::size_t i = 0; i < superbatches.size(); ++i) {
        const auto found = std::find(superbatches[i].begin(), superbatches[i].end(), frame);
        if (found != superbatches[i].end()) {
            return {i, superbatches[i], found - superbatches[i].begin()};
        }
    }
    throw ConfigError("frame is " + std::to_string(frame) + " (data has " + std::to_string(pool) +
                      " frames, counted from 0) give one of them");
}

// g . r / (|g| |r|) for every row r of `rows`: [n]; 0 for a row without length.
at::Tensor overlaps(const at::Tensor& g, const at::Tensor& rows) {
    const at::Tensor lengths = rows.norm(2, 1) * g.norm();
    return at::where(lengths > 0.0, at::mv(rows, g) / lengths, at::zeros_like(lengths));
}

Json picks_record(const ExplainTask& task, const Place& place, const at::Tensor& rows, const at::Tensor& g) {
    const at::Tensor overlap = overlaps(g, rows);
    Json record = Json::array();
    for (const std::uint64_t id : task.picks) {
        const auto found = std::find(place.ids.begin(), place.ids.end(), id);
        if (id != task.frame && found != place.ids.end()) {
            record.push_back({{"id", id}, {"overlap", overlap[found - place.ids.begin()].item<double>()}});
        }
    }
    return record;
}

// The nearest frame by distance; null where there is none.
Json nearest_record(const at::Tensor& rows, const at::Tensor& g) {
    if (rows.size(0) == 0) {
        return nullptr;
    }
    const at::Tensor distances = (rows - g).norm(2, 1).nan_to_num(INFINITY);
    const auto nearest = distances.argmin().item<std::int64_t>();
    const double distance = distances[nearest].item<double>();
    if (!std::isfinite(distance)) {
        return nullptr;
    }
    return {
        {"frame", nearest}, {"overlap", overlaps(g, rows)[nearest].item<double>()}, {"distance", distance}};
}

// Parts of the atoms along the row, relative to its length: they add up to 1. None where a row is no sum.
std::vector<double> shares(const std::optional<at::Tensor>& parts, const at::Tensor& g) {
    if (!parts) {
        return {};
    }
    // Of the row as it was before it was shortened, if it was: the direction is the same.
    const at::Tensor parallel = at::mv(*parts, g);
    const at::Tensor along = (parallel / parallel.sum()).contiguous();
    return {along.data_ptr<double>(), along.data_ptr<double>() + along.numel()};
}

}  // namespace

Json run_explain(const Json& record) {
    const ExplainTask task = read_task(record);
    const std::unique_ptr<RowSource> source =
        make_row_source(record, {/*features=*/true, task.has_labelled, std::nullopt});
    const Place place = find_place(record, task.frame, source->size());
    const at::Tensor rows = source->rows(place.ids, place.superbatch);
    const at::Tensor g = rows[place.row];
    const double length = g.norm().item<double>();
    if (!(length > 0.0) || !std::isfinite(length)) {
        throw Error("the features of frame " + std::to_string(task.frame) +
                    " are 0 or not finite: they point nowhere, so there is nothing to compare");
    }
    const at::Tensor usable = rows.index_select(0, at::nonzero(at::isfinite(rows).all(1)).squeeze(1));
    return Json{
        {"superbatch", place.superbatch},
        {"size", place.ids.size()},
        {"row_norm", length},
        {"mean_row_norm", usable.norm(2, 1).mean().item<double>()},
        {"mean_overlap", overlaps(g, usable.mean(0, true))[0].item<double>()},
        {"picks", picks_record(task, place, rows, g)},
        {"nearest_labelled",
         task.has_labelled ? nearest_record(source->labelled_rows(place.superbatch), g) : Json(nullptr)},
        {"atom_shares", shares(source->atom_rows(task.frame, place.superbatch), g)}};
}

}  // namespace fibonaqi::worker
