// Tensors by name without a model around them: the state dict of a torch module.
#pragma once

#include <string>
#include <string_view>

#include "fibonaqi/model/pickle_reader.hpp"
#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/model/torch_archive.hpp"

namespace fibonaqi {

/// True for a dict or an OrderedDict, as torch.save writes a state dict or a checkpoint.
bool is_dict(const PickleValue& value);

/// Bytes of safetensors begin with the length of their header (8 bytes) and the header, a JSON object.
bool is_tensor_file(std::string_view bytes);

/// The tensors of a safetensors file, or of an archive of torch.save whose root is a dict of tensors; on
/// whatever device they were. Entries that are no tensors are left out. Throws ModelError naming `source`.
TensorMap read_state_dict(std::string_view bytes, const std::string& source);

/// The tensors of a dict inside of an archive (a state dict within a checkpoint), likewise.
TensorMap tensors_of(TorchArchive& archive, const PickleValue& dict, const std::string& source);

}  // namespace fibonaqi
