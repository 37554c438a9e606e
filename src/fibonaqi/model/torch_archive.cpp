#include "fibonaqi/model/torch_archive.hpp"

#include <algorithm>
#include <cstring>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/foreign_text.hpp"

namespace fibonaqi {
namespace {

constexpr std::uint64_t memory_factor = 4;  // tensors may share storages, but not without end
constexpr std::uint64_t memory_allowance = 1'000'000;
constexpr std::size_t most_dimensions = 16;
constexpr int deepest_wrapping = 4;  // a parameter of a subclass of a tensor ...

struct StorageClass {
    std::string_view name;
    TensorType type;
};
constexpr StorageClass storage_classes[] = {
    {"torch DoubleStorage", TensorType::float64}, {"torch FloatStorage", TensorType::float32},
    {"torch LongStorage", TensorType::int64},     {"torch IntStorage", TensorType::int32},
    {"torch ByteStorage", TensorType::uint8},     {"torch BoolStorage", TensorType::uint8},
};

// Modules whose mention in a model file has no honest reason.
constexpr std::string_view hostile_modules[] = {
    "os",      "posix",      "nt",        "subprocess", "sys",    "shutil",  "socket",
    "pty",     "runpy",      "importlib", "ctypes",     "pickle", "marshal", "code",
    "builtin", "webbrowser", "asyncio",   "commands",   "pydoc",  "timeit"};
constexpr std::string_view hostile_builtins[] = {"eval",     "exec",  "compile", "open",       "__import__",
                                                 "execfile", "apply", "input",   "breakpoint", "globals"};

template <std::size_t n>
bool is_among(const std::string_view (&names)[n], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_hostile(std::string_view class_path) {
    const std::string_view module = class_path.substr(0, class_path.find(' '));
    const std::string_view name = class_path.substr(std::min(module.size() + 1, class_path.size()));
    const std::string_view package = module.substr(0, module.find('.'));
    const bool is_builtin = module == "builtins" || module == "__builtin__";
    return is_among(hostile_modules, package) ||
           (is_builtin && is_among(hostile_builtins, name.substr(0, name.find('.'))));
}

// The entry that holds the pickle, after a look at what else the bytes may be.
std::string folder_of(const ZipArchive& zip, const std::string& source) {
    if (!zip.find_ending("/constants.pkl").empty()) {
        throw ModelError(source +
                         ": a TorchScript file (it holds a program, which is never run here) "
                         "import the original MACE .model file");
    }
    const std::string pickle = zip.find_ending("/data.pkl");
    if (pickle.empty()) {
        throw ModelError(source + ": no data.pkl in this archive (not written by torch.save)");
    }
    std::string folder = pickle.substr(0, pickle.size() - std::string_view("data.pkl").size());
    if (zip.contains(folder + "byteorder") && zip.read(folder + "byteorder") != "little") {
        throw ModelError(source + ": written on a big-endian machine (only little-endian files are read)");
    }
    return folder;
}

// torch.save before version 1.6 wrote bare pickles.
std::string_view require_zip(std::string_view bytes, const std::string& source) {
    if (bytes.starts_with('\x80')) {
        throw ModelError(source +
                         ": a bare pickle (as torch before version 1.6 wrote) "
                         "load it with a newer torch and save it again");
    }
    return bytes;
}

}  // namespace

TorchArchive::TorchArchive(std::string_view bytes, const std::string& source)
    : source_(source),
      zip_(require_zip(bytes, source), source),
      folder_(folder_of(zip_, source)),
      document_(read_pickle(zip_.read(folder_ + "data.pkl"), source)),
      bytes_left_(memory_factor * bytes.size() + memory_allowance) {
    refuse_hostile_names();
}

void TorchArchive::fail(const std::string& problem) const {
    throw ModelError(source_ + ": " + problem + "; the file is damaged or not a model");
}

void TorchArchive::refuse_hostile_names() const {
    for (const PickleValue& value : document_.values) {
        if (value.kind == PickleKind::class_name && is_hostile(value.text)) {
            throw ModelError(source_ + ": names '" + shown(value.text) +
                             "' (no model needs that; nothing of the file was run) do not use this file");
        }
    }
}

std::optional<StoredTensor> TorchArchive::tensor(const PickleValue& value) {
    const PickleValue* record = &value;
    for (int depth = 0; depth < deepest_wrapping && record->kind == PickleKind::object; ++depth) {
        const std::string_view path = record->class_path();
        const std::vector<const PickleValue*>& arguments = record->arguments->items;
        if (path == "torch._utils _rebuild_tensor_v2" || path == "torch._utils _rebuild_tensor") {
            return rebuild(*record->arguments);
        }
        if (path.starts_with("torch._utils _rebuild_parameter") && !arguments.empty()) {
            record = arguments[0];
        } else if (path == "torch._tensor _rebuild_from_type_v2" && arguments.size() >= 3 &&
                   arguments[0]->class_path() == "torch._utils _rebuild_tensor_v2") {
            return rebuild(*arguments[2]);
        } else {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

std::vector<std::int64_t> TorchArchive::lengths(const PickleValue& tuple) const {
    std::vector<std::int64_t> numbers;
    if (tuple.kind != PickleKind::tuple || tuple.items.size() > most_dimensions) {
        fail("shape or strides of a tensor are not a tuple of at most 16 integers");
    }
    for (const PickleValue* item : tuple.items) {
        if (item->kind != PickleKind::integer || item->integer < 0) {
            fail("shape or strides of a tensor hold something that is no length");
        }
        numbers.push_back(item->integer);
    }
    return numbers;
}

// id: ('storage', class, key, device, number of elements)
const TorchArchive::Storage& TorchArchive::storage(const PickleValue& id) {
    const PickleValue* record = id.kind == PickleKind::persistent ? id.items[0] : &id;
    if (record->kind != PickleKind::tuple || record->items.size() < 5 ||
        record->items[2]->kind != PickleKind::text || record->items[4]->kind != PickleKind::integer) {
        fail("a tensor names no storage");
    }
    const std::string& key = record->items[2]->text;
    const auto known = storages_.find(key);
    if (known != storages_.end()) {
        return known->second;
    }
    const std::string_view class_path = record->items[1]->class_path();
    const auto* type =
        std::find_if(std::begin(storage_classes), std::end(storage_classes),
                     [&](const StorageClass& known_class) { return known_class.name == class_path; });
    if (type == std::end(storage_classes)) {
        throw ModelError(source_ + ": storage '" + shown(key) + "' is of class '" + shown(class_path) +
                         "' (float64, float32, int64, int32, uint8 and bool are read) convert the model");
    }
    const std::string_view bytes = zip_.read(folder_ + "data/" + key);
    const std::int64_t count = record->items[4]->integer;
    if (bytes.size() % size_of(type->type) != 0 ||
        bytes.size() / size_of(type->type) != static_cast<std::uint64_t>(count)) {
        fail("storage '" + shown(key) + "' has " + std::to_string(bytes.size()) + " bytes for " +
             std::to_string(count) + " numbers");
    }
    return storages_.emplace(key, Storage{type->type, bytes}).first->second;
}

// arguments: (storage, offset, shape, strides, ...)
StoredTensor TorchArchive::rebuild(const PickleValue& arguments) {
    const std::vector<const PickleValue*>& parts = arguments.items;
    if (parts.size() < 4 || parts[1]->kind != PickleKind::integer || parts[1]->integer < 0) {
        fail("broken record of a tensor");
    }
    const Layout layout{static_cast<std::uint64_t>(parts[1]->integer), lengths(*parts[2]),
                        lengths(*parts[3])};
    if (layout.shape.size() != layout.strides.size()) {
        fail("a tensor has " + std::to_string(layout.shape.size()) + " lengths but " +
             std::to_string(layout.strides.size()) + " strides");
    }
    return gather(storage(*parts[0]), layout);
}

StoredTensor TorchArchive::gather(const Storage& storage, const Layout& layout) {
    const std::size_t size = size_of(storage.type);
    std::int64_t count = 1;
    std::uint64_t last = layout.offset;  // the largest element index that is touched
    for (std::size_t d = 0; d < layout.shape.size(); ++d) {
        std::uint64_t reach = 0;
        const bool too_large =
            __builtin_mul_overflow(count, layout.shape[d], &count) ||
            __builtin_mul_overflow(static_cast<std::uint64_t>(std::max<std::int64_t>(layout.shape[d] - 1, 0)),
                                   static_cast<std::uint64_t>(layout.strides[d]), &reach) ||
            __builtin_add_overflow(last, reach, &last);
        if (too_large) {
            fail("a tensor is absurdly large");
        }
    }
    if (count > 0 && last >= storage.bytes.size() / size) {
        fail("a tensor reaches beyond its storage");
    }
    if (static_cast<std::uint64_t>(count) > bytes_left_ / size) {
        fail("the tensors are far larger than the file");
    }
    bytes_left_ -= static_cast<std::uint64_t>(count) * size;
    StoredTensor tensor{storage.type, layout.shape, {}};
    tensor.data.resize(static_cast<std::size_t>(count) * size);
    std::vector<std::int64_t> index(layout.shape.size(), 0);
    std::uint64_t from = layout.offset;
    for (std::size_t to = 0; to < tensor.data.size(); to += size) {
        std::memcpy(tensor.data.data() + to, storage.bytes.data() + from * size, size);
        for (std::size_t d = index.size(); d-- > 0;) {
            from += static_cast<std::uint64_t>(layout.strides[d]);
            if (++index[d] < layout.shape[d]) {
                break;
            }
            from -= static_cast<std::uint64_t>(layout.shape[d] * layout.strides[d]);
            index[d] = 0;
        }
    }
    return tensor;
}

}  // namespace fibonaqi
