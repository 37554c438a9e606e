#include <cmath>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/import_steps.hpp"
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

StoredTensor pick(const StoredTensor& tensor, const ElementAxis& axis, const SpeciesChoice& choice,
                  double factor) {
    const std::vector<double> values =
        pick_elements(tensor.as_doubles(), axis.elements, axis.inner, choice, factor);
    std::vector<std::int64_t> shape = tensor.shape;
    shape[axis.dimension] =
        static_cast<std::int64_t>(shape.size() == 1 ? values.size() : choice.indices.size());
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
    const SpeciesChoice choice = choose_species(model.card, species);
    const std::size_t elements = model.card.species.size();
    const double factor =
        std::sqrt(static_cast<double>(choice.species.size()) / static_cast<double>(elements));
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
        tensor = pick(tensor, found->axis, choice, found->is_rescaled ? factor : 1.0);
    }
    keep_species_of_card(model.card, choice);
}

}  // namespace fibonaqi
