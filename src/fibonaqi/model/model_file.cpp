#include <algorithm>
#include <cmath>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {
namespace {

const std::string card_key = "fibonaqi";

// The element list of MACE, where a file carries it, must be that of the card.
void check_species(const ModelFile& model, const std::string& source) {
    const auto found = model.tensors.find("atomic_numbers");
    if (found == model.tensors.end()) {
        return;
    }
    const std::vector<double> stored = found->second.as_doubles();
    if (!std::equal(stored.begin(), stored.end(), model.card.species.begin(), model.card.species.end(),
                    [](double a, int b) { return a == b; })) {
        throw ModelError(source + ": tensor 'atomic_numbers' names other elements than the model card");
    }
}

}  // namespace

void require_finite(const TensorMap& tensors, const std::string& source) {
    for (const auto& [name, tensor] : tensors) {
        if (tensor.type != TensorType::float32 && tensor.type != TensorType::float64) {
            continue;  // whole numbers are finite, and a program in bytes may be large
        }
        const std::vector<double> values = tensor.as_doubles();
        if (!std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); })) {
            throw ModelError(
                source + ": tensor '" + name +
                "' holds values that are not finite (a failed training, or damage) use another model");
        }
    }
}

ModelFile read_model_file(const std::filesystem::path& path) {
    const std::string bytes = read_file(path);
    const std::string source = path.string();
    if (bytes.starts_with("PK")) {
        throw ModelError(source +
                             ": an archive of torch, not a model file of FIBonAQi (tensors and a card) " +
                             "run 'fibonaqi model import' on it first",
                         ExitCode::usage);
    }
    TensorFile file = parse_tensor_file(bytes, source);
    const auto card = file.metadata.find(card_key);
    if (card == file.metadata.end()) {
        throw ModelError(source + ": no model card in this file (a safetensors file of another program) " +
                         "import the original with 'fibonaqi model import'");
    }
    ModelFile model;
    try {
        model.card = model_card_from_json(parse_json(card->second, source + ": model card"), source);
    } catch (const FormatError& error) {
        throw ModelError(error.what());
    }
    model.tensors = std::move(file.tensors);
    require_finite(model.tensors, source);
    check_species(model, source);
    model.sha256 = sha256_hex(bytes);
    model.file = source;
    return model;
}

std::string write_model_file(const std::filesystem::path& path, const ModelFile& model) {
    require_finite(model.tensors, path.string());
    const std::string bytes = serialise({model.tensors, {{card_key, to_json(model.card).dump()}}});
    write_file_atomically(path, bytes);
    return sha256_hex(bytes);
}

}  // namespace fibonaqi
