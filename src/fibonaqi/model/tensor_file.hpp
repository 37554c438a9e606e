// Model files: safetensors (u64 header length, JSON header, raw little-endian data) plus a model card.
//
// Reading executes nothing. Every length and offset is checked: ranges must tile the data exactly and
// dtype x shape must equal the length.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fibonaqi/model/model_card.hpp"

namespace fibonaqi {

enum class TensorType { float32, float64, int64, int32, uint8 };

std::size_t size_of(TensorType type);

/// A dense row-major tensor without LibTorch.
struct StoredTensor {
    TensorType type = TensorType::float64;
    std::vector<std::int64_t> shape;
    std::vector<std::byte> data;

    std::int64_t count() const;
    /// Values as doubles, whatever the type.
    std::vector<double> as_doubles() const;
    static StoredTensor from_doubles(const std::vector<double>& values, std::vector<std::int64_t> shape,
                                     TensorType type);
};

using TensorMap = std::map<std::string, StoredTensor>;

/// Any safetensors file: tensors and its string metadata. Throws ModelError (damaged) or FileError.
struct TensorFile {
    TensorMap tensors;
    std::map<std::string, std::string> metadata;
};
TensorFile read_tensor_file(const std::filesystem::path& path);

/// The same from bytes in memory; `source` is used in messages. F16 and BF16 become float32, BOOL becomes
/// uint8; other types are refused.
TensorFile parse_tensor_file(std::string_view bytes, const std::string& source);

/// Deterministic bytes (items of 8 bytes first, then by name).
std::string serialise(const TensorFile& file);

/// Writes serialise(file) atomically.
void write_tensor_file(const std::filesystem::path& path, const TensorFile& file);

/// A model: card and weights, and the hash of the file that they came from (empty before it is written).
struct ModelFile {
    ModelCard card;
    TensorMap tensors;
    std::string sha256;
    std::string file = {};  ///< path that it was read from, for messages; empty for one made in memory
};

/// Throws ModelError naming `source` and the tensor when a value is NaN or infinite.
void require_finite(const TensorMap& tensors, const std::string& source);

/// Reads a FIBonAQi model. Non-finite weights are refused. Throws ModelError, FileError.
ModelFile read_model_file(const std::filesystem::path& path);

/// Writes and returns the sha256 of the file. Throws ModelError for non-finite weights.
std::string write_model_file(const std::filesystem::path& path, const ModelFile& model);

/// Path of a model given as a file, or by the name of an installed one (see model_store.hpp).
/// Throws ModelError with exit code usage and a suggestion when there is neither.
std::filesystem::path resolve_model(const std::string& file_or_name);

}  // namespace fibonaqi
