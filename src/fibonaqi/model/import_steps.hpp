// The steps that the import of every kind of model ends with.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fibonaqi/model/import_options.hpp"

namespace fibonaqi {

/// Sets the provenance of the card: that of the options, the file's name and the sha256 of its bytes. Then
/// checks the card as if it had been read from a file. Throws ModelError naming `source`.
void record_origin(ModelFile& model, std::string_view bytes, const std::string& source,
                   const ImportOptions& options);

/// Converts the trainable tensors to the wanted type (buffers stay), counts their numbers in the
/// hyperparameter "n_parameters" and sets the dtype of the card to that of the first of them. Throws
/// ModelError naming `source` for values that are not finite.
void finish_import(ModelFile& model, const std::vector<std::string>& parameters, const std::string& source,
                   const ImportOptions& options);

/// The elements that are to stay in a model.
struct SpeciesChoice {
    std::vector<int> species;          ///< distinct, by atomic number
    std::vector<std::size_t> indices;  ///< of each in the card's list before
};

/// Throws ModelError (exit code usage) for an element that the card lacks, or none at all.
SpeciesChoice choose_species(const ModelCard& card, const std::vector<int>& wanted);

/// Of numbers [outer, elements, inner], those of the chosen elements, times `factor`: [outer, chosen, inner].
std::vector<double> pick_elements(std::span<const double> numbers, std::size_t elements, std::size_t inner,
                                  const SpeciesChoice& choice, double factor = 1.0);

/// Leaves the chosen elements in species and e0 of the card.
void keep_species_of_card(ModelCard& card, const SpeciesChoice& choice);

}  // namespace fibonaqi
