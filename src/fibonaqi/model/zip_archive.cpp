#include "fibonaqi/model/zip_archive.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/foreign_text.hpp"

namespace fibonaqi {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t entry_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator64_signature = 0x07064b50;
constexpr std::size_t local_bytes = 30, entry_bytes = 46, end_bytes = 22, end64_bytes = 56,
                      locator64_bytes = 20;
constexpr std::size_t longest_comment = 65535;
constexpr std::uint16_t zip64_tag = 1;
constexpr std::uint32_t in_zip64 = 0xffffffff;  // "see the zip64 record"
constexpr std::uint16_t encrypted_flag = 1;
constexpr std::uint64_t most_entries = 100'000;

// A little-endian number at `at`; the caller has checked that it lies inside.
template <class T>
T number(std::string_view bytes, std::uint64_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    return value;
}

bool has_signature(std::string_view bytes, std::uint64_t at, std::uint32_t signature, std::size_t size) {
    return at <= bytes.size() && size <= bytes.size() - at && number<std::uint32_t>(bytes, at) == signature;
}

std::array<std::uint32_t, 256> crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1) != 0 ? 0xedb88320U ^ (value >> 1) : value >> 1;
        }
        table[i] = value;
    }
    return table;
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
    static const std::array<std::uint32_t, 256> table = crc_table();
    std::uint32_t value = 0xffffffffU;
    for (const char byte : bytes) {
        value = table[(value ^ static_cast<unsigned char>(byte)) & 0xff] ^ (value >> 8);
    }
    return value ^ 0xffffffffU;
}

ZipArchive::ZipArchive(std::string_view bytes, const std::string& source) : bytes_(bytes), source_(source) {
    const Directory directory = find_directory();
    if (directory.offset > bytes_.size() || directory.size > bytes_.size() - directory.offset) {
        fail("its directory lies outside the file");
    }
    if (directory.entries > most_entries) {
        fail(std::to_string(directory.entries) + " entries announced (at most " +
             std::to_string(most_entries) + " are read)");
    }
    read_entries(directory);
    check_overlap(directory.offset);
}

void ZipArchive::fail(const std::string& problem) const {
    throw ModelError(source_ + ": " + problem + "; the file is damaged or not a zip archive");
}

ZipArchive::Directory ZipArchive::find_directory() const {
    if (bytes_.size() < end_bytes) {
        fail("only " + std::to_string(bytes_.size()) + " bytes");
    }
    const std::uint64_t last = bytes_.size() - end_bytes;
    const std::uint64_t first = last > longest_comment ? last - longest_comment : 0;
    for (std::uint64_t at = last + 1; at-- > first;) {
        const bool is_end = number<std::uint32_t>(bytes_, at) == end_signature &&
                            number<std::uint16_t>(bytes_, at + 20) == bytes_.size() - at - end_bytes;
        if (is_end) {
            const Directory directory{number<std::uint16_t>(bytes_, at + 10),
                                      number<std::uint32_t>(bytes_, at + 12),
                                      number<std::uint32_t>(bytes_, at + 16)};
            const bool is_zip64 =
                directory.entries == 0xffff || directory.size == in_zip64 || directory.offset == in_zip64;
            return is_zip64 ? read_zip64_directory(at) : directory;
        }
    }
    fail("no end of a zip archive");
}

ZipArchive::Directory ZipArchive::read_zip64_directory(std::uint64_t end_record) const {
    if (end_record < locator64_bytes ||
        !has_signature(bytes_, end_record - locator64_bytes, locator64_signature, locator64_bytes)) {
        fail("no zip64 locator");
    }
    const auto at = number<std::uint64_t>(bytes_, end_record - locator64_bytes + 8);
    if (!has_signature(bytes_, at, end64_signature, end64_bytes)) {
        fail("no zip64 directory record");
    }
    return {number<std::uint64_t>(bytes_, at + 32), number<std::uint64_t>(bytes_, at + 40),
            number<std::uint64_t>(bytes_, at + 48)};
}

void ZipArchive::read_entries(const Directory& directory) {
    const std::string_view records = bytes_.substr(directory.offset, directory.size);
    std::uint64_t at = 0;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
        if (!has_signature(records, at, entry_signature, entry_bytes)) {
            fail("broken directory at entry " + std::to_string(i));
        }
        const std::size_t name_length = number<std::uint16_t>(records, at + 28);
        const std::size_t extra_length = number<std::uint16_t>(records, at + 30);
        const std::size_t length =
            entry_bytes + name_length + extra_length + number<std::uint16_t>(records, at + 32);
        if (length > records.size() - at) {
            fail("directory cut off at entry " + std::to_string(i));
        }
        const std::string name(records.substr(at + entry_bytes, name_length));
        if ((number<std::uint16_t>(records, at + 8) & encrypted_flag) != 0) {
            fail("entry '" + shown(name) + "' is encrypted");
        }
        Entry entry{number<std::uint16_t>(records, at + 10), number<std::uint32_t>(records, at + 16),
                    number<std::uint32_t>(records, at + 20), number<std::uint32_t>(records, at + 24),
                    number<std::uint32_t>(records, at + 42)};
        read_zip64_sizes(records.substr(at + entry_bytes + name_length, extra_length), entry);
        if (!entries_.emplace(name, entry).second) {
            fail("entry '" + shown(name) + "' occurs twice");
        }
        at += length;
    }
}

// The zip64 extra field holds, in this order, those of the three numbers that did not fit into 32 bits.
void ZipArchive::read_zip64_sizes(std::string_view extra, Entry& entry) const {
    while (extra.size() >= 4) {
        const auto tag = number<std::uint16_t>(extra, 0);
        const std::size_t length = number<std::uint16_t>(extra, 2);
        if (length > extra.size() - 4) {
            fail("broken extra field");
        }
        std::string_view field = extra.substr(4, length);
        extra.remove_prefix(4 + length);
        for (std::uint64_t* value : {&entry.size, &entry.compressed_size, &entry.header_offset}) {
            if (tag == zip64_tag && *value == in_zip64 && field.size() >= 8) {
                *value = number<std::uint64_t>(field, 0);
                field.remove_prefix(8);
            }
        }
    }
}

void ZipArchive::check_overlap(std::uint64_t directory_offset) const {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (const auto& [name, entry] : entries_) {
        const std::uint64_t begin = data_offset(name, entry);
        if (begin > directory_offset || entry.compressed_size > directory_offset - begin) {
            fail("entry '" + shown(name) + "' reaches into the directory");
        }
        ranges.emplace_back(entry.header_offset, begin + entry.compressed_size);
    }
    std::sort(ranges.begin(), ranges.end());
    for (std::size_t i = 1; i < ranges.size(); ++i) {
        if (ranges[i].first < ranges[i - 1].second) {
            fail("entries overlap");
        }
    }
}

// The local header repeats the name; its extra field may have another length than in the directory.
std::uint64_t ZipArchive::data_offset(const std::string& name, const Entry& entry) const {
    const std::uint64_t at = entry.header_offset;
    if (!has_signature(bytes_, at, local_signature, local_bytes)) {
        fail("entry '" + shown(name) + "' has no local header");
    }
    const std::size_t name_length = number<std::uint16_t>(bytes_, at + 26);
    const std::uint64_t data = at + local_bytes + name_length + number<std::uint16_t>(bytes_, at + 28);
    if (data > bytes_.size() || bytes_.substr(at + local_bytes, name_length) != name) {
        fail("local header of entry '" + shown(name) + "' does not fit the directory");
    }
    return data;
}

std::string ZipArchive::find_ending(std::string_view ending) const {
    for (const auto& [name, entry] : entries_) {
        if (name.ends_with(ending)) {
            return name;
        }
    }
    return {};
}

std::string_view ZipArchive::read(const std::string& name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
        fail("entry '" + shown(name) + "' is missing");
    }
    const Entry& entry = found->second;
    if (entry.method != 0 || entry.size != entry.compressed_size) {
        throw ModelError(source_ + ": entry '" + shown(name) +
                         "' is compressed (only stored entries are read, as torch.save writes them) save the "
                         "model again with torch.save");
    }
    const std::string_view content = bytes_.substr(data_offset(name, entry), entry.size);
    if (crc32(content) != entry.crc) {
        fail("entry '" + shown(name) + "' does not have its checksum");
    }
    return content;
}

}  // namespace fibonaqi
