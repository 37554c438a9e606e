// Reads zip archives whose entries are stored, not compressed: what torch.save and numpy.savez write.
//
// Every offset, length and checksum is verified before a byte is handed out. Layout: PKWARE APPNOTE 6.3.10.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace fibonaqi {

/// A view on an archive in memory; the bytes must outlive it.
class ZipArchive {
  public:
    /// Reads the central directory (zip64 too). Throws ModelError naming `source` when the bytes are no zip
    /// archive, are damaged, or when entries overlap, are encrypted, or occur twice.
    ZipArchive(std::string_view bytes, const std::string& source);

    bool contains(const std::string& name) const { return entries_.contains(name); }

    /// Name of the first entry (in order of names) that ends with `ending`; empty when there is none.
    std::string find_ending(std::string_view ending) const;

    /// Content of an entry, its CRC-32 checked. Throws ModelError when it is absent, compressed or damaged.
    std::string_view read(const std::string& name) const;

  private:
    /// As the central directory has it; sizes and offset in bytes, of the local header from the file's start.
    struct Entry {
        std::uint16_t method = 0;  ///< 0: stored
        std::uint32_t crc = 0;     ///< of the content
        std::uint64_t compressed_size = 0, size = 0;
        std::uint64_t header_offset = 0;
    };
    /// Number of entries, and where their records are in the file [bytes].
    struct Directory {
        std::uint64_t entries = 0, size = 0, offset = 0;
    };

    [[noreturn]] void fail(const std::string& problem) const;
    Directory find_directory() const;
    Directory read_zip64_directory(std::uint64_t end_record) const;
    void read_entries(const Directory& directory);
    void read_zip64_sizes(std::string_view extra, Entry& entry) const;
    void check_overlap(std::uint64_t directory_offset) const;
    std::uint64_t data_offset(const std::string& name, const Entry& entry) const;

    std::string_view bytes_;
    std::string source_;
    std::map<std::string, Entry> entries_;
};

/// CRC-32 as zip, gzip and PNG use it (polynomial 0xEDB88320).
std::uint32_t crc32(std::string_view bytes);

}  // namespace fibonaqi
