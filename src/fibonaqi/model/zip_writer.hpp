// Writes zip archives whose entries are stored, not compressed: what torch.load and numpy.load read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fibonaqi {

/// Grows an archive in memory. Layout: PKWARE APPNOTE 6.3.10, without zip64: below 4 GB in all.
class ZipWriter {
  public:
    /// Content begins at a multiple of 64 bytes, so that arrays can be mapped. Names must differ. Throws
    /// FormatError beyond 4 GB or 65,535 entries.
    void add(std::string_view name, std::string_view content);

    /// The whole archive; nothing may be added afterwards.
    std::string finish();

  private:
    std::string bytes_, directory_;
    std::uint64_t entries_ = 0;
};

/// The `bytes` lowest bytes of a number, the lowest first.
std::string little_endian(std::uint64_t value, int bytes);

}  // namespace fibonaqi
