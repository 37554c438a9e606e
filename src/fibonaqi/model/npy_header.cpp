#include "fibonaqi/model/npy_header.hpp"

namespace fibonaqi {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t alignment = 64;

}  // namespace

std::string npy_header(std::string_view type, const std::vector<std::int64_t>& shape) {
    std::string tuple = "(";
    for (const std::int64_t length : shape) {
        tuple += std::to_string(length) + ", ";
    }
    std::string dictionary =
        "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': " + tuple + "), }";
    // The whole header ends with a newline on a multiple of 64 bytes.
    const std::size_t used = magic.size() + 4 + dictionary.size() + 1;
    dictionary.append((alignment - used % alignment) % alignment, ' ');
    dictionary += '\n';
    std::string bytes(magic);
    bytes += {'\x01', '\x00', static_cast<char>(dictionary.size() & 0xFF),
              static_cast<char>(dictionary.size() >> 8)};
    return bytes + dictionary;
}

}  // namespace fibonaqi
