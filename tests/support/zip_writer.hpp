// Makes small zip archives for tests, right ones and wrong ones.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fibonaqi/model/zip_archive.hpp"
#include "fibonaqi/model/zip_writer.hpp"

namespace fibonaqi::test {

/// What to write otherwise than right.
struct ZipFaults {
    std::uint16_t method = 0;
    std::uint16_t flags = 0;
    bool is_zip64 = false;  ///< sizes, offsets and directory in zip64 records, as for huge files
    bool is_checksum_wrong = false;
};

using ZipContents = std::vector<std::pair<std::string, std::string>>;

/// A zip archive of these (name, content) entries, stored.
inline std::string zip_of(const ZipContents& contents, const ZipFaults& faults = {}) {
    std::string bytes, directory;
    for (const auto& [name, content] : contents) {
        const std::uint64_t offset = bytes.size(), size = content.size();
        const std::uint32_t crc = crc32(content) ^ (faults.is_checksum_wrong ? 1U : 0U);
        const std::string extra = faults.is_zip64
                                      ? little_endian(1, 2) + little_endian(24, 2) + little_endian(size, 8) +
                                            little_endian(size, 8) + little_endian(offset, 8)
                                      : "";
        const std::string sizes =
            faults.is_zip64 ? std::string(8, '\xff') : little_endian(size, 4) + little_endian(size, 4);
        const std::string common = little_endian(20, 2) + little_endian(faults.flags, 2) +
                                   little_endian(faults.method, 2) + std::string(4, '\0') +
                                   little_endian(crc, 4);
        bytes += "PK\x03\x04" + common + little_endian(size, 4) + little_endian(size, 4) +
                 little_endian(name.size(), 2) + little_endian(0, 2) + name + content;
        directory += "PK\x01\x02" + little_endian(20, 2) + common + sizes + little_endian(name.size(), 2) +
                     little_endian(extra.size(), 2) + std::string(10, '\0') +
                     (faults.is_zip64 ? std::string(4, '\xff') : little_endian(offset, 4)) + name + extra;
    }
    const std::uint64_t start = bytes.size(), count = contents.size();
    bytes += directory;
    if (faults.is_zip64) {
        const std::uint64_t record = bytes.size();
        bytes += "PK\x06\x06" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) +
                 std::string(8, '\0') + little_endian(count, 8) + little_endian(count, 8) +
                 little_endian(directory.size(), 8) + little_endian(start, 8);
        bytes += "PK\x06\x07" + std::string(4, '\0') + little_endian(record, 8) + little_endian(1, 4);
        return bytes + "PK\x05\x06" + std::string(4, '\0') + std::string(12, '\xff') + std::string(2, '\0');
    }
    return bytes + "PK\x05\x06" + std::string(4, '\0') + little_endian(count, 2) + little_endian(count, 2) +
           little_endian(directory.size(), 4) + little_endian(start, 4) + std::string(2, '\0');
}

}  // namespace fibonaqi::test
