#include "fibonaqi/nn/graph_batch.hpp"

#include <array>
#include <cstring>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {
namespace {

// Element index of every atomic number, -1 where the card does not list it.
class ElementIndex {
  public:
    explicit ElementIndex(const ModelCard& card) : card_(card) {
        index_.fill(-1);
        for (std::size_t i = 0; i < card.species.size(); ++i) {
            index_[static_cast<std::size_t>(card.species[i])] = static_cast<std::int64_t>(i);
        }
    }
    std::int64_t of(int number) const {
        const bool is_element = number >= 1 && number <= largest_atomic_number;
        const std::int64_t index = is_element ? index_[static_cast<std::size_t>(number)] : -1;
        if (index < 0) {
            throw ModelError("model '" + card_.name + "' does not know element " +
                                 (is_element ? symbol(number) : "number " + std::to_string(number)) +
                                 " (it knows " + known() + ") take a model that was made for it",
                             ExitCode::usage);
        }
        return index;
    }

  private:
    std::string known() const {
        if (card_.species.size() > 12) {
            return std::to_string(card_.species.size()) + " others";
        }
        std::string text;
        for (const int number : card_.species) {
            text += (text.empty() ? "" : " ") + symbol(number);
        }
        return text;
    }

    const ModelCard& card_;
    std::array<std::int64_t, largest_atomic_number + 1> index_;
};

struct HostBatch {
    std::vector<std::int64_t> element, sender, receiver, graph, atoms_per_graph;
    std::vector<Vec3> positions, shift;
    std::vector<double> volume, e0;
};

void append(HostBatch& host, const AtomGraph& graph, const ElementIndex& elements, const ModelCard& card) {
    FIBONAQI_EXPECT(graph.positions.size() == graph.size());
    FIBONAQI_EXPECT(graph.sender.size() == graph.receiver.size() &&
                    graph.sender.size() == graph.shift.size());
    const auto first = static_cast<std::int64_t>(host.element.size());
    const auto index = static_cast<std::int64_t>(host.atoms_per_graph.size());
    double e0 = 0.0;
    for (const int number : graph.atomic_numbers) {
        host.element.push_back(elements.of(number));
        host.graph.push_back(index);
        e0 += card.e0[static_cast<std::size_t>(host.element.back())];
    }
    for (std::size_t edge = 0; edge < graph.sender.size(); ++edge) {
        host.sender.push_back(first + graph.sender[edge]);
        host.receiver.push_back(first + graph.receiver[edge]);
    }
    host.positions.insert(host.positions.end(), graph.positions.begin(), graph.positions.end());
    host.shift.insert(host.shift.end(), graph.shift.begin(), graph.shift.end());
    host.atoms_per_graph.push_back(static_cast<std::int64_t>(graph.size()));
    host.volume.push_back(graph.volume);
    host.e0.push_back(e0);
}

template <typename Value>
at::Tensor copied(const std::vector<Value>& values, std::vector<std::int64_t> shape, at::ScalarType type) {
    at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(type));
    FIBONAQI_EXPECT(tensor.nbytes() == values.size() * sizeof(Value));
    if (!values.empty()) {
        std::memcpy(tensor.data_ptr(), values.data(), tensor.nbytes());
    }
    return tensor;
}

}  // namespace

GraphBatch make_batch(std::span<const AtomGraph> graphs, const ModelCard& card,
                      const at::TensorOptions& options) {
    const ElementIndex elements(card);
    HostBatch host;
    for (const AtomGraph& graph : graphs) {
        append(host, graph, elements, card);
    }
    const auto atoms = static_cast<std::int64_t>(host.element.size());
    const auto edges = static_cast<std::int64_t>(host.sender.size());
    const auto count = static_cast<std::int64_t>(graphs.size());
    const at::Device device = options.device();
    const at::ScalarType type = options.dtype().toScalarType();
    GraphBatch batch;
    batch.element = copied(host.element, {atoms}, at::kLong).to(device);
    batch.positions = copied(host.positions, {atoms, 3}, at::kDouble).to(device, type);
    batch.sender = copied(host.sender, {edges}, at::kLong).to(device);
    batch.receiver = copied(host.receiver, {edges}, at::kLong).to(device);
    batch.shift = copied(host.shift, {edges, 3}, at::kDouble).to(device, type);
    batch.graph = copied(host.graph, {atoms}, at::kLong).to(device);
    batch.atoms_per_graph = copied(host.atoms_per_graph, {count}, at::kLong).to(device);
    batch.volume = copied(host.volume, {count}, at::kDouble).to(device);
    batch.e0 = copied(host.e0, {count}, at::kDouble).to(device);
    return batch;
}

}  // namespace fibonaqi::nn
