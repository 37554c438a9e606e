#include "fibonaqi/model/zip_writer.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/zip_archive.hpp"

namespace fibonaqi {
namespace {

constexpr std::uint64_t most_bytes = 0xFFFFFFFF;
constexpr std::uint64_t most_entries = 0xFFFF;
constexpr std::size_t alignment = 64;
constexpr std::size_t local_header = 30;

}  // namespace

std::string little_endian(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) {
        text += static_cast<char>(value >> (8 * i) & 0xff);
    }
    return text;
}

void ZipWriter::add(std::string_view name, std::string_view content) {
    const std::uint64_t offset = bytes_.size();
    if (offset + content.size() + alignment + name.size() > most_bytes || entries_ == most_entries) {
        throw FormatError("archive too large (4 GB and 65535 entries at most) keep fewer elements");
    }
    // An extra field (id of a private kind, length) fills up to the alignment.
    const std::size_t used = bytes_.size() + local_header + name.size() + 4;
    const std::size_t padding = (alignment - used % alignment) % alignment;
    const std::string extra =
        little_endian(0x4246, 2) + little_endian(padding, 2) + std::string(padding, '\0');
    const std::string common = little_endian(20, 2) + std::string(2, '\0') + little_endian(0, 2) +
                               little_endian(0, 2) + little_endian(0x21, 2) +  // 1980-01-01, 0:00
                               little_endian(crc32(content), 4) + little_endian(content.size(), 4) +
                               little_endian(content.size(), 4) + little_endian(name.size(), 2);
    bytes_ += "PK\x03\x04" + common + little_endian(extra.size(), 2);
    bytes_ += name;
    bytes_ += extra;
    bytes_ += content;
    directory_ +=
        "PK\x01\x02" + little_endian(20, 2) + common + std::string(12, '\0') + little_endian(offset, 4);
    directory_ += name;
    ++entries_;
}

std::string ZipWriter::finish() {
    const std::uint64_t start = bytes_.size();
    bytes_ += directory_;
    bytes_ += "PK\x05\x06" + std::string(4, '\0') + little_endian(entries_, 2) + little_endian(entries_, 2) +
              little_endian(directory_.size(), 4) + little_endian(start, 4) + std::string(2, '\0');
    return std::move(bytes_);
}

}  // namespace fibonaqi
