#include "fibonaqi/model/import_steps.hpp"

#include <algorithm>
#include <filesystem>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/model/foreign_text.hpp"

namespace fibonaqi {
namespace {

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

}  // namespace

void record_origin(ModelFile& model, std::string_view bytes, const std::string& source,
                   const ImportOptions& options) {
    model.card.provenance = options.provenance;
    model.card.provenance["source"] = as_utf8(std::filesystem::path(source).filename().string());
    model.card.provenance["source_sha256"] = sha256_hex(bytes);
    model.card = model_card_from_json(to_json(model.card), source);
}

void finish_import(ModelFile& model, const std::vector<std::string>& parameters, const std::string& source,
                   const ImportOptions& options) {
    std::int64_t count = 0;
    for (const std::string& name : parameters) {
        StoredTensor& tensor = model.tensors.at(name);
        if (options.dtype && tensor.type != *options.dtype) {
            tensor = StoredTensor::from_doubles(tensor.as_doubles(), tensor.shape, *options.dtype);
        }
        count += tensor.count();
    }
    model.card.hyperparameters["n_parameters"] = count;
    if (!parameters.empty()) {
        const bool is_double = model.tensors.at(parameters[0]).type == TensorType::float64;
        model.card.dtype = is_double ? "float64" : "float32";
    }
    require_finite(model.tensors, source);
}

SpeciesChoice choose_species(const ModelCard& card, const std::vector<int>& wanted) {
    SpeciesChoice choice{wanted, {}};
    std::sort(choice.species.begin(), choice.species.end());
    choice.species.erase(std::unique(choice.species.begin(), choice.species.end()), choice.species.end());
    if (choice.species.empty()) {
        throw ModelError("no elements to keep in model '" + card.name + "' name at least one",
                         ExitCode::usage);
    }
    for (const int number : choice.species) {
        const auto found = std::find(card.species.begin(), card.species.end(), number);
        if (found == card.species.end()) {
            throw ModelError("model '" + card.name + "' does not know element " + symbol(number) +
                                 " (it knows " + known_elements(card.species) +
                                 ") leave it out or take another model",
                             ExitCode::usage);
        }
        choice.indices.push_back(static_cast<std::size_t>(found - card.species.begin()));
    }
    return choice;
}

std::vector<double> pick_elements(std::span<const double> numbers, std::size_t elements, std::size_t inner,
                                  const SpeciesChoice& choice, double factor) {
    std::vector<double> picked;
    if (numbers.empty()) {
        return picked;
    }
    picked.reserve(numbers.size() / elements * choice.indices.size());
    for (std::size_t outer = 0; outer < numbers.size() / (elements * inner); ++outer) {
        for (const std::size_t index : choice.indices) {
            for (const double number : numbers.subspan((outer * elements + index) * inner, inner)) {
                picked.push_back(number * factor);
            }
        }
    }
    return picked;
}

void keep_species_of_card(ModelCard& card, const SpeciesChoice& choice) {
    std::vector<double> e0;
    for (const std::size_t index : choice.indices) {
        e0.push_back(card.e0[index]);
    }
    card.species = choice.species;
    card.e0 = std::move(e0);
}

}  // namespace fibonaqi
