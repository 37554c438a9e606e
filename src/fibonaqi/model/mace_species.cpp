#include <algorithm>
#include <cmath>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/mace_import.hpp"

namespace fibonaqi {
namespace {

// A tensor seen as [outer, elements, inner]: a flat one, or one with axis `dimension` of elements.
struct ElementAxis {
    std::size_t outer = 1, elements = 1, inner = 1;
    std::size_t dimension = 0;
};

bool fits(const ElementAxis& axis, const StoredTensor& tensor) {
    const bool is_flat = tensor.shape.size() == 1;
    return axis.outer * axis.elements * axis.inner == static_cast<std::size_t>(tensor.count()) &&
           (is_flat || (axis.dimension < tensor.shape.size() &&
                        tensor.shape[axis.dimension] == static_cast<std::int64_t>(axis.elements)));
}

std::string known_elements(const std::vector<int>& species) {
    constexpr std::size_t most_listed = 12;
    if (species.size() > most_listed) {
        return std::to_string(species.size()) + " others";
    }
    std::string list;
    for (const int number : species) {
        list += (list.empty() ? "" : " ") + symbol(number);
    }
    return list;
}

std::vector<std::size_t> indices_of(const std::vector<int>& wanted, const ModelCard& card) {
    std::vector<std::size_t> indices;
    for (const int number : wanted) {
        const auto found = std::find(card.species.begin(), card.species.end(), number);
        if (found == card.species.end()) {
            throw ModelError("model '" + card.name + "' does not know element " + symbol(number) +
                                 " (it knows " + known_elements(card.species) +
                                 ") leave it out or take another model",
                             ExitCode::usage);
        }
        indices.push_back(static_cast<std::size_t>(found - card.species.begin()));
    }
    return indices;
}

StoredTensor pick(const StoredTensor& tensor, const ElementAxis& axis,
                  const std::vector<std::size_t>& indices, double factor) {
    const std::vector<double> old = tensor.as_doubles();
    std::vector<double> values;
    values.reserve(old.size() / axis.elements * indices.size());
    for (std::size_t i = 0; i < axis.outer; ++i) {
        for (const std::size_t index : indices) {
            const auto first =
                old.begin() + static_cast<std::ptrdiff_t>((i * axis.elements + index) * axis.inner);
            std::transform(first, first + static_cast<std::ptrdiff_t>(axis.inner), std::back_inserter(values),
                           [&](double x) { return x * factor; });
        }
    }
    std::vector<std::int64_t> shape = tensor.shape;
    shape[axis.dimension] = static_cast<std::int64_t>(shape.size() == 1 ? values.size() : indices.size());
    return StoredTensor::from_doubles(values, std::move(shape), tensor.type);
}

// Where the element axis of a tensor is and whether it is divided by sqrt(number of elements) in use.
struct ElementTensor {
    ElementAxis axis;
    bool is_rescaled = false;
};

std::optional<ElementTensor> element_tensor(const std::string& name, const StoredTensor& tensor,
                                            std::size_t elements, std::size_t channels) {
    const std::size_t count = static_cast<std::size_t>(tensor.count());
    if (name == "node_embedding.linear.weight") {
        return ElementTensor{{1, elements, count / elements}, true};
    }
    if (name.ends_with("skip_tp.weight")) {  // [C, elements, C] for every l, one after the other
        return ElementTensor{{count / (elements * channels), elements, channels}, true};
    }
    if (name.starts_with("products.") && name.find(".weights") != std::string::npos) {
        return ElementTensor{{1, elements, count / elements}, false};
    }
    if (name == "atomic_numbers" || name == "atomic_energies_fn.atomic_energies") {
        const std::size_t rank = tensor.shape.size();  // energies: [heads, elements] in newer files
        return ElementTensor{{count / elements, elements, 1, rank == 0 ? 0 : rank - 1}, false};
    }
    return std::nullopt;
}

}  // namespace

void keep_species(ModelFile& model, const std::vector<int>& species) {
    std::vector<int> wanted = species;
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    if (wanted.empty()) {
        throw ModelError("no elements to keep in model '" + model.card.name + "' name at least one",
                         ExitCode::usage);
    }
    const std::vector<std::size_t> indices = indices_of(wanted, model.card);
    const std::size_t elements = model.card.species.size();
    const double factor = std::sqrt(static_cast<double>(wanted.size()) / static_cast<double>(elements));
    const auto embedding = model.tensors.find("node_embedding.linear.weight");
    const std::size_t channels =
        embedding == model.tensors.end() ? 0 : static_cast<std::size_t>(embedding->second.count()) / elements;
    if (channels == 0) {
        throw ModelError("model '" + model.card.name + "' has no node embedding (not a MACE model)");
    }
    for (auto& [name, tensor] : model.tensors) {
        const auto found = element_tensor(name, tensor, elements, channels);
        if (!found) {
            continue;
        }
        if (!fits(found->axis, tensor)) {
            throw ModelError("model '" + model.card.name + "': tensor '" + name + "' has " +
                             std::to_string(tensor.count()) + " numbers (its shape does not fit " +
                             std::to_string(elements) + " elements)");
        }
        tensor = pick(tensor, found->axis, indices, found->is_rescaled ? factor : 1.0);
    }
    std::vector<double> e0;
    for (const std::size_t index : indices) {
        e0.push_back(model.card.e0[index]);
    }
    model.card.species = std::move(wanted);
    model.card.e0 = std::move(e0);
}

}  // namespace fibonaqi
