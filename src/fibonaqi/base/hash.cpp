#include "fibonaqi/base/hash.hpp"

#include <bit>
#include <fstream>
#include <vector>

#include <sodium.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi {

struct Sha256::State {
    crypto_hash_sha256_state sodium;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    crypto_hash_sha256_init(&state_->sodium);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::bytes(const void* data, std::size_t size) {
    FIBONAQI_EXPECT(state_ != nullptr);
    crypto_hash_sha256_update(&state_->sodium, static_cast<const unsigned char*>(data), size);
    return *this;
}

Sha256& Sha256::integer(std::int64_t value) {
    static_assert(std::endian::native == std::endian::little, "hashes are defined on little-endian bytes");
    return bytes(&value, sizeof value);
}

Sha256& Sha256::real(double value) {
    const double canonical = value == 0.0 ? 0.0 : value;
    return bytes(&canonical, sizeof canonical);
}

Sha256& Sha256::text(std::string_view value) {
    integer(static_cast<std::int64_t>(value.size()));
    return bytes(value.data(), value.size());
}

std::string Sha256::hex() {
    FIBONAQI_EXPECT(state_ != nullptr);
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&state_->sodium, digest);
    state_.reset();
    char text[2 * crypto_hash_sha256_BYTES + 1];
    sodium_bin2hex(text, sizeof text, digest, sizeof digest);
    return text;
}

std::string sha256_hex(std::string_view bytes) {
    return Sha256().bytes(bytes.data(), bytes.size()).hex();
}

std::string sha256_of_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw FileError("cannot read '" + path.string() + "' (needed for its checksum)");
    }
    Sha256 hash;
    std::vector<char> buffer(1 << 20);
    while (file) {
        file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        hash.bytes(buffer.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) {
        throw FileError("reading '" + path.string() + "' failed half-way (needed for its checksum)");
    }
    return hash.hex();
}

}  // namespace fibonaqi
