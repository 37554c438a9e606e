#include "fibonaqi/base/hash.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

TEST(Sha256, equals_known_vectors) {  // FIPS 180-2, appendix B, and the empty message
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, of_a_file_is_that_of_its_bytes) {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("fibonaqi_hash_test_" + std::to_string(::getpid()));
    const std::string content(3'000'001, 'x');  // several buffers
    std::ofstream(path, std::ios::binary) << content;
    EXPECT_EQ(sha256_of_file(path), sha256_hex(content));
    std::filesystem::remove(path);
    EXPECT_THROW(sha256_of_file(path), FileError);
}

TEST(Sha256, sequences_do_not_collide_by_concatenation) {
    EXPECT_NE(Sha256().text("ab").text("c").hex(), Sha256().text("a").text("bc").hex());
    EXPECT_NE(Sha256().text("").text("a").hex(), Sha256().text("a").text("").hex());
    EXPECT_EQ(Sha256().bytes("ab", 2).bytes("c", 1).hex(), sha256_hex("abc"));
    EXPECT_EQ(Sha256().real(-0.0).hex(), Sha256().real(0.0).hex());
    EXPECT_NE(Sha256().real(1.0).hex(), Sha256().real(1.0 + 1e-15).hex());
}

TEST(Sha256, is_used_up_by_its_digest) {
    Sha256 hash;
    hash.text("a").hex();
    EXPECT_THROW(hash.text("b"), ContractError);
    EXPECT_THROW(hash.hex(), ContractError);
}

}  // namespace
}  // namespace fibonaqi
