#include "fibonaqi/model/tensor_file.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data is little endian");

constexpr std::uint64_t largest_header = 10'000'000;  // what parse_json reads
constexpr std::size_t length_bytes = 8;

// How the numbers of one safetensors dtype lie in a file and what they become in memory.
struct StoredType {
    const char* name;
    std::size_t size;
    TensorType type;
};

constexpr StoredType stored_types[] = {
    {"F64", 8, TensorType::float64},  {"F32", 4, TensorType::float32}, {"F16", 2, TensorType::float32},
    {"BF16", 2, TensorType::float32}, {"I64", 8, TensorType::int64},   {"I32", 4, TensorType::int32},
    {"U8", 1, TensorType::uint8},     {"BOOL", 1, TensorType::uint8},
};

std::string dtype_name(TensorType type) {
    switch (type) {
        case TensorType::float64:
            return "F64";
        case TensorType::float32:
            return "F32";
        case TensorType::int64:
            return "I64";
        case TensorType::int32:
            return "I32";
        case TensorType::uint8:
            return "U8";
    }
    throw ContractError("unknown tensor type");
}

// Element count, or empty when it is negative or does not fit.
std::optional<std::int64_t> count_of(const std::vector<std::int64_t>& shape) {
    std::int64_t count = 1;
    for (const std::int64_t length : shape) {
        if (length < 0 || __builtin_mul_overflow(count, length, &count)) {
            return std::nullopt;
        }
    }
    return count;
}

float from_bfloat16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits.
float from_float16(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const int fraction = bits & 1023;
    float magnitude = 0.0F;
    if (exponent == 31) {
        magnitude =
            fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
    } else if (exponent == 0) {
        magnitude = std::ldexp(static_cast<float>(fraction), -24);
    } else {
        magnitude = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

std::vector<std::byte> widen_half(std::string_view bytes, float (*convert)(std::uint16_t)) {
    std::vector<std::byte> data(bytes.size() * 2);
    for (std::size_t i = 0; i < bytes.size() / 2; ++i) {
        std::uint16_t half;
        std::memcpy(&half, bytes.data() + 2 * i, 2);
        const float value = convert(half);
        std::memcpy(data.data() + 4 * i, &value, 4);
    }
    return data;
}

// One entry of the header, checked by itself.
struct Entry {
    std::string name;
    const StoredType* type = nullptr;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0;
};

class TensorFileReader {
  public:
    TensorFileReader(std::string_view bytes, const std::string& source) : bytes_(bytes), source_(source) {}

    TensorFile read() {
        const Json header = read_header();
        std::vector<Entry> entries;
        TensorFile file;
        for (const auto& [name, value] : header.items()) {
            if (name == "__metadata__") {
                file.metadata = metadata(value);
            } else {
                entries.push_back(entry(name, value));
            }
        }
        check_tiling(entries);
        for (const Entry& entry : entries) {
            file.tensors.emplace(entry.name, tensor(entry));
        }
        return file;
    }

  private:
    [[noreturn]] void fail(const std::string& problem) const {
        throw ModelError(source_ + ": " + problem + "; the file is damaged or not a safetensors file");
    }

    Json read_header() {
        std::uint64_t length = 0;
        if (bytes_.size() < length_bytes) {
            fail("only " + std::to_string(bytes_.size()) + " bytes (a tensor file has at least 8)");
        }
        std::memcpy(&length, bytes_.data(), length_bytes);
        if (length > largest_header || length > bytes_.size() - length_bytes) {
            fail("header of " + std::to_string(length) + " bytes announced (the file has " +
                 std::to_string(bytes_.size()) + ", and at most 10 MB are allowed)");
        }
        const std::string_view text = bytes_.substr(length_bytes, length);
        data_ = bytes_.substr(length_bytes + length);
        Json header;
        try {
            header = parse_json(text, source_ + ": header");
        } catch (const FormatError& error) {
            throw ModelError(std::string(error.what()) + "; the file is damaged or not a safetensors file");
        }
        if (!header.is_object()) {
            fail("header is not a JSON object");
        }
        return header;
    }

    std::map<std::string, std::string> metadata(const Json& value) const {
        std::map<std::string, std::string> metadata;
        if (!value.is_object()) {
            fail("__metadata__ is not an object");
        }
        for (const auto& [key, text] : value.items()) {
            if (!text.is_string()) {
                fail("__metadata__ entry '" + key + "' is not a text");
            }
            metadata.emplace(key, text.get<std::string>());
        }
        return metadata;
    }

    // A member of a tensor's entry as a list of unsigned integers.
    std::vector<std::int64_t> integers(const std::string& tensor, const Json& value, const char* key) const {
        const auto found = value.find(key);
        if (found == value.end() || !found->is_array()) {
            fail("tensor '" + tensor + "' has no list '" + key + "'");
        }
        std::vector<std::int64_t> numbers;
        for (const Json& number : *found) {
            if (!number.is_number_unsigned() || number.get<std::uint64_t>() >> 62 != 0) {
                fail("tensor '" + tensor + "': '" + key + "' holds " + number.dump() +
                     " (unsigned integers below 2^62 are expected)");
            }
            numbers.push_back(number.get<std::int64_t>());
        }
        return numbers;
    }

    Entry entry(const std::string& name, const Json& value) const {
        if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
            !value["dtype"].is_string()) {
            fail("entry '" + name + "' does not consist of dtype, shape and data_offsets");
        }
        const std::string dtype = value["dtype"].get<std::string>();
        Entry entry{name, nullptr, integers(name, value, "shape"), 0, 0};
        for (const StoredType& type : stored_types) {
            entry.type = dtype == type.name ? &type : entry.type;
        }
        if (entry.type == nullptr) {
            throw ModelError(source_ + ": tensor '" + name + "' has dtype '" + dtype +
                             "' (known: F64, F32, F16, BF16, I64, I32, U8, BOOL) convert it");
        }
        const std::vector<std::int64_t> range = integers(name, value, "data_offsets");
        if (range.size() != 2 || range[0] > range[1]) {
            fail("tensor '" + name + "' has no valid range of data");
        }
        entry.begin = static_cast<std::uint64_t>(range[0]);
        entry.end = static_cast<std::uint64_t>(range[1]);
        const auto count = count_of(entry.shape);
        const std::uint64_t length = entry.end - entry.begin;
        if (!count || length % entry.type->size != 0 ||
            length / entry.type->size != static_cast<std::uint64_t>(*count)) {
            fail("tensor '" + name + "': shape " + value["shape"].dump() + " of " + dtype +
                 " does not fill its " + std::to_string(length) + " bytes");
        }
        return entry;
    }

    void check_tiling(std::vector<Entry>& entries) const {
        std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
            return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
        });
        std::uint64_t end = 0;
        for (const Entry& entry : entries) {
            if (entry.begin != end) {
                fail("data of tensor '" + entry.name + "' starts at byte " + std::to_string(entry.begin) +
                     ", not at " + std::to_string(end) + " where the one before it ends");
            }
            end = entry.end;
        }
        if (end != data_.size()) {
            fail("tensors take " + std::to_string(end) + " bytes, but there are " +
                 std::to_string(data_.size()) + " bytes of data");
        }
    }

    StoredTensor tensor(const Entry& entry) const {
        const std::string_view bytes = data_.substr(entry.begin, entry.end - entry.begin);
        StoredTensor tensor{entry.type->type, entry.shape, {}};
        if (entry.type->size == 2) {
            tensor.data = widen_half(bytes, entry.type->name[0] == 'B' ? from_bfloat16 : from_float16);
        } else {
            const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
            tensor.data.assign(first, first + bytes.size());
        }
        return tensor;
    }

    std::string_view bytes_, data_;
    std::string source_;
};

}  // namespace

TensorFile parse_tensor_file(std::string_view bytes, const std::string& source) {
    return TensorFileReader(bytes, source).read();
}

std::string serialise(const TensorFile& file) {
    // Larger items first, so that every tensor is aligned to its item size; then by name.
    std::vector<TensorMap::const_iterator> order;
    for (auto it = file.tensors.begin(); it != file.tensors.end(); ++it) {
        order.push_back(it);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
        return size_of(a->second.type) > size_of(b->second.type);
    });
    Json header = Json::object();
    if (!file.metadata.empty()) {
        header["__metadata__"] = file.metadata;
    }
    std::uint64_t offset = 0;
    for (const auto& it : order) {
        const StoredTensor& tensor = it->second;
        FIBONAQI_EXPECT(it->first != "__metadata__");
        FIBONAQI_EXPECT(static_cast<std::size_t>(tensor.count()) * size_of(tensor.type) ==
                        tensor.data.size());
        header[it->first] = Json{{"dtype", dtype_name(tensor.type)},
                                 {"shape", tensor.shape},
                                 {"data_offsets", {offset, offset + tensor.data.size()}}};
        offset += tensor.data.size();
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = text.size();
    std::string bytes(length_bytes, '\0');
    std::memcpy(bytes.data(), &length, length_bytes);
    bytes.reserve(length_bytes + text.size() + offset);
    bytes += text;
    for (const auto& it : order) {
        bytes.append(reinterpret_cast<const char*>(it->second.data.data()), it->second.data.size());
    }
    return bytes;
}

TensorFile read_tensor_file(const std::filesystem::path& path) {
    return parse_tensor_file(read_file(path), path.string());
}

void write_tensor_file(const std::filesystem::path& path, const TensorFile& file) {
    write_file_atomically(path, serialise(file));
}

}  // namespace fibonaqi
