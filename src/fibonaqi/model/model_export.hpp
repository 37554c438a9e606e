// Model files in forms that other programs read.
#pragma once

#include <string>

#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {

/// A dict of tensors as torch.save writes it: torch.load(FILE, weights_only=True) reads it.
std::string torch_archive_of(const TensorMap& tensors);

/// An archive of arrays: numpy.load reads it. The card's JSON is in it as the text "card".
std::string npz_of(const ModelFile& model);

/// What mace-torch needs beside the state dict: arguments of its model class by their names there, classes by
/// their names ("model" is the class itself). docs/formats.md shows the lines of Python that make a model of
/// both. Throws ModelError (exit code usage) for another architecture.
Json mace_arguments(const ModelCard& card);

}  // namespace fibonaqi
