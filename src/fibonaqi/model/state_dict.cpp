#include "fibonaqi/model/state_dict.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

constexpr std::size_t longest_name = 300;

bool is_plain_name(const std::string& name) {
    return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    });
}

}  // namespace

bool is_dict(const PickleValue& value) {
    return value.kind == PickleKind::dict || value.class_path() == "collections OrderedDict";
}

bool is_tensor_file(std::string_view bytes) {
    return bytes.size() > 9 && bytes[8] == '{';
}

TensorMap read_state_dict(std::string_view bytes, const std::string& source) {
    if (is_tensor_file(bytes)) {
        return parse_tensor_file(bytes, source).tensors;
    }
    TorchArchive archive(bytes, source);
    if (!is_dict(archive.root())) {
        throw ModelError(source +
                         ": not a dict of tensors (a state dict is expected) save state_dict() of the model");
    }
    return tensors_of(archive, archive.root(), source);
}

TensorMap tensors_of(TorchArchive& archive, const PickleValue& dict, const std::string& source) {
    TensorMap tensors;
    for (const auto& [key, value] : dict.entries) {
        std::optional<StoredTensor> tensor =
            value->kind == PickleKind::object ? archive.tensor(*value) : std::nullopt;
        if (!tensor) {
            continue;
        }
        if (key->kind != PickleKind::text || !is_plain_name(key->text) ||
            !tensors.emplace(key->text, std::move(*tensor)).second) {
            throw ModelError(source +
                             ": a tensor whose name is not made of letters, digits, dots and underscores, or "
                             "occurs twice (damaged or hostile file)");
        }
    }
    return tensors;
}

}  // namespace fibonaqi
