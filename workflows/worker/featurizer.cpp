#include "workflows/worker/featurizer.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::worker {
namespace {

double block_weight(const Json& block) {
    const double weight = number(block, "weight", 1.0);
    if (!(weight > 0.0)) {
        throw ConfigError("kind.weight is " + block.at("weight").dump() +
                          " (a block without weight is no block) use a number above 0, or leave it out");
    }
    return weight;
}

FeatureBlock block_from(const Json& block) {
    check_keys(block, {"kind", "file", "weight"}, "kind");
    if (!has(block, "file")) {
        return {nn::feature_kind_from(text(block, "kind")), ""};
    }
    if (has(block, "kind")) {
        throw ConfigError("kind and file of a block are both given (it is computed or read) leave one out");
    }
    return {nn::FeatureKind::loss_gradient, text(block, "file")};
}

// Of the user's, a row per frame; undefined for a block that is computed.
at::Tensor stored_matrix(const FeatureBlock& block, std::size_t frames) {
    if (block.file.empty()) {
        return {};
    }
    const FeatureMatrix matrix = read_npy(block.file);
    if (matrix.rows != frames) {
        throw ConfigError(block.file + " has " + std::to_string(matrix.rows) + " rows and data has " +
                          std::to_string(frames) +
                          " frames (one row per frame is needed) give the file that "
                          "belongs to the frames");
    }
    return nn::to_tensor(matrix);
}

void read_kinds(const Json& task, const std::string& fallback, FeatureSettings& settings) {
    if (!has(task, "kind") || !task.at("kind").is_array()) {
        const std::string kind = fallback.empty() ? text(task, "kind") : text(task, "kind", fallback);
        settings.blocks = {{nn::feature_kind_from(kind), ""}};
        return;
    }
    for (const Json& block : task.at("kind")) {
        if (!block.is_object()) {
            throw ConfigError("kind holds " + block.dump() +
                              " (each block is an object) use for example {\"kind\": \"embedding\", "
                              "\"weight\": 0.5}");
        }
        settings.blocks.push_back(block_from(block));
        settings.rows.weights.push_back(block_weight(block));
    }
    if (settings.blocks.empty()) {
        throw ConfigError("kind is an empty list (rows must be made of something) name at least one kind");
    }
}

std::size_t directions_of(const Json& task) {
    const std::size_t directions = count(task, "directions", 32);
    if (directions < 2) {
        throw ConfigError("directions is " + task.at("directions").dump() +
                          " (pairs of directions are compared) use 2 or more, for example 32");
    }
    return directions;
}

}  // namespace

bool FeatureSettings::needs_model() const {
    return std::any_of(blocks.begin(), blocks.end(), [](const FeatureBlock& block) {
        return block.file.empty() && nn::needs_model(block.kind);
    });
}

bool FeatureSettings::needs_labels() const {
    return std::any_of(blocks.begin(), blocks.end(), [](const FeatureBlock& block) {
        return block.file.empty() && nn::needs_labels(block.kind);
    });
}

RowOptions row_options(const Json& task) {
    RowOptions options;
    options.is_normalised = flag(task, "normalise_rows", false);
    if (has(task, "clip_norm")) {
        options.clip_quantile = number(task, "clip_norm", 0.0);
        if (!(options.clip_quantile > 0.0 && options.clip_quantile < 1.0)) {
            throw ConfigError("clip_norm is " + task.at("clip_norm").dump() +
                              " (a quantile of the lengths of the rows, above 0 and below 1) use for example "
                              "0.9");
        }
        if (options.is_normalised) {
            throw ConfigError(
                "normalise_rows and clip_norm are both given (rows of length 1 have no outliers) leave one "
                "out");
        }
    }
    return options;
}

FeatureSettings feature_settings(const Json& task, const std::string& fallback) {
    FeatureSettings settings;
    settings.rows = row_options(task);
    read_kinds(task, fallback, settings);
    settings.loss = loss_section(task);
    settings.readouts = nn::readout_set_from(text(task, "last_layer", "final"));
    settings.is_per_atom = flag(task, "per_atom", false);
    settings.directions = directions_of(task);
    settings.chunk = std::max<std::size_t>(1, count(task, "chunk", nn::default_chunk));
    return settings;
}

const std::vector<std::string>& feature_keys() {
    static const std::vector<std::string> keys{"kind",       "loss",  "last_layer",     "per_atom",
                                               "directions", "chunk", "normalise_rows", "clip_norm"};
    return keys;
}

FeaturePool open_pool(const Json& task, const PoolNeeds& needs) {
    FeaturePool pool;
    if (needs.model && !has(task, "model")) {
        throw ConfigError(
            "no model is given (of the kinds of features only composition and geometry do without) name one");
    }
    if (has(task, "model")) {
        OpenModel model = open_model(text(task, "model"), task);
        pool.network = std::move(model.network);
        pool.model_sha256 = model.sha256;
    }
    pool.columns.cutoff = pool.network ? pool.network->card().cutoff : default_geometry_cutoff;
    pool.frames = read_frames(text(task, "data"), pool.columns.cutoff);
    std::vector<AtomGraph> all = pool.frames.graphs;
    if (needs.labelled) {
        pool.labelled = read_frames(text(task, "labelled"), pool.columns.cutoff);
        all.insert(all.end(), pool.labelled->graphs.begin(), pool.labelled->graphs.end());
    }
    pool.columns.species = nn::elements_of(all);
    return pool;
}

Featurizer::Featurizer(const FeatureSettings& settings, const FeaturePool& pool)
    : settings_(settings), pool_(pool) {
    options_.loss = settings.loss.options;
    options_.readouts = settings.readouts;
    options_.per_atom = settings.is_per_atom;
    options_.directions = settings.directions;
    options_.columns = pool.columns;
    options_.chunk = settings.chunk;
    for (const FeatureBlock& block : settings.blocks) {
        stored_.push_back(stored_matrix(block, pool.frames.size()));
    }
}

at::Tensor Featurizer::stored_block(std::size_t block, const SomeFrames& frames) const {
    if (&frames.set != &pool_.frames) {
        throw ConfigError("labelled frames have no rows in " + settings_.blocks[block].file +
                          " (it has one for each frame of data) use kinds that are computed");
    }
    const std::vector<std::int64_t> index(frames.ids.begin(), frames.ids.end());
    return stored_[block].index_select(0, at::tensor(index, at::kLong));
}

std::vector<at::Tensor> Featurizer::blocks(const SomeFrames& frames, std::span<const Labels> labels,
                                           const nn::ChunkProgress& progress) const {
    const std::vector<AtomGraph> graphs = frames.graphs();
    std::vector<at::Tensor> blocks;
    const std::size_t count = settings_.blocks.size();
    for (std::size_t k = 0; k < count; ++k) {
        if (stored_[k].defined()) {
            blocks.push_back(stored_block(k, frames));
            continue;
        }
        nn::FeatureOptions options = options_;
        options.kind = settings_.blocks[k].kind;
        if (progress) {
            // All blocks together are the whole: each counts for its share of the frames.
            options.progress = [&progress, k, count](std::size_t done, std::size_t total) {
                progress((k * total + done) / count, total);
            };
        }
        blocks.push_back(nn::feature_rows(pool_.network.get(), graphs, labels, options));
    }
    return blocks;
}

}  // namespace fibonaqi::worker
