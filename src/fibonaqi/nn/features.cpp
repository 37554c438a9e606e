#include "fibonaqi/nn/features.hpp"

#include <map>
#include <memory>
#include <numeric>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/nn/label_information.hpp"

namespace fibonaqi::nn {
namespace {

bool is_used(const Labels& labels, const AtomGraph& graph, const LossWeights& weights) {
    return (weights.energy != 0.0 && labels.energy) || (weights.force != 0.0 && !labels.forces.empty()) ||
           (weights.stress != 0.0 && labels.stress && graph.volume > 0.0);
}

// Sum over the atoms of each graph: [N, k] -> [B, k] float64.
at::Tensor sum_by_graph(const at::Tensor& per_atom, const GraphBatch& batch) {
    const at::Tensor values = per_atom.to(at::kDouble);
    return at::zeros({batch.graphs(), values.size(1)}, values.options()).index_add(0, batch.graph, values);
}

at::Tensor rows_of_chunk(const Network& network, std::span<const AtomGraph> graphs,
                         const FeatureOptions& options) {
    const GraphBatch batch = make_batch(graphs, network.card(), network.options());
    const at::Tensor atoms = batch.atoms_per_graph.to(at::kDouble).unsqueeze(1);
    if (options.kind == FeatureKind::embedding) {
        NetworkRequest request;
        request.forces = false;
        return sum_by_graph(network.evaluate(batch, request).node_features, batch) / atoms;
    }
    const at::Tensor gradient =
        energy_gradients(network, batch, options.readouts, /*create_graph=*/false).to(at::kDouble);
    return options.per_atom ? gradient / atoms : gradient;
}

const std::map<std::string, FeatureKind>& kinds() {
    static const std::map<std::string, FeatureKind> list{
        {"loss_gradient", FeatureKind::loss_gradient},
        {"prediction_gradient", FeatureKind::prediction_gradient},
        {"force_jacobian", FeatureKind::force_jacobian},
        {"embedding", FeatureKind::embedding},
        {"composition", FeatureKind::composition},
        {"geometry", FeatureKind::geometry}};
    return list;
}

// Rows made on the host, to where those of the network are.
at::Tensor beside(const Network* network, const at::Tensor& rows) {
    return network == nullptr ? rows : rows.to(network->options().device());
}

// Of the kinds that one evaluation is enough for.
at::Tensor evaluated_rows(const Network& network, std::span<const AtomGraph> graphs,
                          const FeatureOptions& options) {
    if (graphs.empty()) {
        return at::zeros({0, 0}, network.options().dtype(at::kDouble));
    }
    const at::NoGradGuard no_gradient;
    const FrozenParameters frozen(network);
    std::vector<at::Tensor> rows;
    for_each_chunk(graphs.size(), options.chunk, options.progress, [&](std::size_t begin, std::size_t end) {
        rows.push_back(rows_of_chunk(network, graphs.subspan(begin, end - begin), options));
    });
    return at::cat(rows, 0);
}

}  // namespace

void require_labels(std::span<const AtomGraph> graphs, std::span<const Labels> labels,
                    const LossWeights& weights) {
    FIBONAQI_EXPECT(labels.size() == graphs.size());
    for (std::size_t i = 0; i < graphs.size(); ++i) {
        if (!is_used(labels[i], graphs[i], weights)) {
            throw ConfigError("frame " + std::to_string(i) +
                              " has no label that the loss uses (loss_gradient needs energies, forces or "
                              "stresses) label it, or use pseudo labels or the kind prediction_gradient");
        }
    }
}

bool needs_model(FeatureKind kind) {
    return kind != FeatureKind::composition && kind != FeatureKind::geometry;
}

bool needs_labels(FeatureKind kind) {
    return kind == FeatureKind::loss_gradient;
}

at::Tensor feature_rows(const Network* network, std::span<const AtomGraph> graphs,
                        std::span<const Labels> labels, const FeatureOptions& options) {
    FIBONAQI_EXPECT(network != nullptr || !needs_model(options.kind));
    switch (options.kind) {
        case FeatureKind::loss_gradient:
            require_labels(graphs, labels, options.loss.weights);
            return loss_gradients(*network, graphs, labels,
                                  {options.loss, options.chunk, options.progress, options.readouts});
        case FeatureKind::force_jacobian:
            return information_rows(*network, graphs,
                                    {options.loss.weights, options.directions, /*seed=*/0, options.readouts,
                                     options.chunk, options.progress});
        case FeatureKind::composition:
            return beside(network, composition_rows(graphs, options.columns));
        case FeatureKind::geometry:
            return beside(network, geometry_rows(graphs, options.columns));
        case FeatureKind::prediction_gradient:
        case FeatureKind::embedding:
            return evaluated_rows(*network, graphs, options);
    }
    FIBONAQI_EXPECT(false);
}

FeatureMatrix to_feature_matrix(const at::Tensor& rows) {
    FIBONAQI_EXPECT(rows.dim() == 2);
    const at::Tensor host = rows.to(at::kCPU, at::kDouble).contiguous();
    FeatureMatrix matrix;
    matrix.rows = static_cast<std::size_t>(host.size(0));
    matrix.columns = static_cast<std::size_t>(host.size(1));
    matrix.values.assign(host.data_ptr<double>(), host.data_ptr<double>() + host.numel());
    matrix.ids.resize(matrix.rows);
    std::iota(matrix.ids.begin(), matrix.ids.end(), std::uint64_t{0});
    return matrix;
}

at::Tensor to_tensor(FeatureMatrix matrix) {
    const std::vector<std::int64_t> shape{static_cast<std::int64_t>(matrix.rows),
                                          static_cast<std::int64_t>(matrix.columns)};
    auto values = std::make_shared<std::vector<double>>(std::move(matrix.values));
    return at::from_blob(
        values->data(), shape, [values](void*) {}, at::kDouble);
}

FeatureKind feature_kind_from(const std::string& name) {
    const auto found = kinds().find(name);
    if (found == kinds().end()) {
        std::vector<std::string> names;
        for (const auto& [known, kind] : kinds()) {
            names.push_back(known);
        }
        throw ConfigError("feature kind '" + name + "' is unknown" + suggestion(name, names));
    }
    return found->second;
}

}  // namespace fibonaqi::nn
