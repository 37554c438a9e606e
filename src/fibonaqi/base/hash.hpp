// SHA-256, the only hash of FIBonAQi: identity of structures, labels, models and pseudopotentials.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace fibonaqi {

/// Incremental SHA-256 (libsodium). Feed values through the typed functions: each writes its length or its
/// little-endian bytes, so that no two sequences of values collide by concatenation.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    Sha256& text(std::string_view value);  ///< length, then bytes
    Sha256& real(double value);            ///< IEEE bits; -0.0 counts as 0.0
    Sha256& integer(std::int64_t value);
    Sha256& bytes(const void* data, std::size_t size);  ///< raw, without a length

    /// 64 hexadecimal digits; the object must not be used afterwards.
    std::string hex();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// SHA-256 of these bytes (as `sha256sum` prints it).
std::string sha256_hex(std::string_view bytes);

/// SHA-256 of a file's content. Throws FileError.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace fibonaqi
