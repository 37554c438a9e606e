// Several heads of one MACE model: outputs trained on labels of different levels of theory.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {

/// Names in the order of the model; "Default" alone in models without heads.
struct MaceHeads {
    std::vector<std::string> names;
};

/// Makes a model with one head of one with several: readouts, reference energies, scale and shift of the
/// others go, energies of the kept one stay what they were (linear_2, and linear_mid, are divided by
/// sqrt(heads): their fan-in shrinks by that factor). Sets E0 of the card and the hyperparameters scale [eV],
/// shift [eV], n_heads. `head` may be empty if there is only one. Throws ModelError (exit code usage) for an
/// unknown head, or for none given where there are several; ModelError for tensors that do not fit.
void keep_head(ModelFile& model, const MaceHeads& heads, const std::string& head);

}  // namespace fibonaqi
