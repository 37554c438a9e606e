#include "fibonaqi/model/zip_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/support/zip_writer.hpp"

namespace fibonaqi {
namespace {

using namespace std::string_literals;
using test::zip_of;
using testing::HasSubstr;

const test::ZipContents two = {{"a/data.pkl", "pickle"}, {"a/data/0", std::string("\0\1\2", 3)}};

std::string message_of(const std::string& bytes) {
    try {
        const ZipArchive zip(bytes, "z");
        zip.read("a/data.pkl");
        zip.read("a/data/0");
    } catch (const ModelError& error) {
        return error.what();
    }
    return "accepted";
}

// The check value that every description of this CRC gives.
TEST(ZipArchive, knows_the_crc_of_123456789) {
    EXPECT_EQ(crc32("123456789"), 0xcbf43926u);
    EXPECT_EQ(crc32(""), 0u);
}

// Made with Python 3.11: zipfile.ZipFile(..., 'w', zipfile.ZIP_STORED).writestr(ZipInfo('f'), b'hi').
TEST(ZipArchive, reads_what_python_writes) {
    const std::string bytes(
        "PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00\x21\x00\xac\x2a\x93\xd8\x02\x00\x00\x00\x02\x00\x00\x00"
        "\x01\x00"
        "\x00\x00"
        "fhi"
        "PK\x01\x02\x14\x03\x14\x00\x00\x00\x00\x00\x00\x00\x21\x00\xac\x2a\x93\xd8\x02\x00\x00\x00\x02\x00"
        "\x00\x00"
        "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00\x00\x00"
        "f"
        "PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\x2f\x00\x00\x00\x21\x00\x00\x00\x00\x00",
        102);
    EXPECT_EQ(ZipArchive(bytes, "z").read("f"), "hi");
}

TEST(ZipArchive, reads_entries_and_finds_them_by_their_ending) {
    for (const bool is_zip64 : {false, true}) {
        const std::string bytes = zip_of(two, {.is_zip64 = is_zip64});
        const ZipArchive zip(bytes, "z");
        EXPECT_EQ(zip.read("a/data.pkl"), "pickle");
        EXPECT_EQ(zip.read("a/data/0").size(), 3u);
        EXPECT_EQ(zip.find_ending("/data.pkl"), "a/data.pkl");
        EXPECT_EQ(zip.find_ending("/code"), "");
        EXPECT_FALSE(zip.contains("b"));
        EXPECT_THROW(zip.read("b"), ModelError);
    }
}

TEST(ZipArchive, allows_a_comment_at_the_end) {
    std::string bytes = zip_of(two);
    bytes[bytes.size() - 2] = 3;
    EXPECT_EQ(message_of(bytes + "hey"), "accepted");
}

TEST(ZipArchive, refuses_what_it_does_not_read) {
    EXPECT_THAT(message_of(zip_of(two, {.method = 8})), HasSubstr("compressed"));
    EXPECT_THAT(message_of(zip_of(two, {.flags = 1})), HasSubstr("encrypted"));
    EXPECT_THAT(message_of(zip_of(two, {.is_checksum_wrong = true})), HasSubstr("checksum"));
    EXPECT_THAT(message_of(zip_of({two[0], two[0]})), HasSubstr("occurs twice"));
    EXPECT_THAT(message_of("no archive, but long enough to be one"), HasSubstr("no end of a zip archive"));
    EXPECT_THAT(message_of(""), HasSubstr("only 0 bytes"));
}

TEST(ZipArchive, refuses_entries_that_share_bytes) {
    std::string bytes = zip_of(two);
    const std::size_t second = bytes.rfind("PK\x01\x02");
    bytes.replace(second + 42, 4, std::string(4, '\0'));  // the second entry now starts where the first does
    EXPECT_NE(message_of(bytes), "accepted");
    bytes = zip_of({{"a/data.pkl", "pickle"}, {"a/data/0", "x"}});
    const std::size_t first = bytes.find("PK\x01\x02");
    bytes.replace(first + 20, 8, little_endian(40, 4) + little_endian(40, 4));
    EXPECT_THAT(message_of(bytes), HasSubstr("overlap"));
}

// The end record: 22 bytes, with number of entries at 10, size of the directory at 12, its offset at 16.
TEST(ZipArchive, refuses_numbers_that_point_outside) {
    const std::string right = zip_of(two);
    const std::size_t end = right.size() - 22, first = right.find("PK\x01\x02");
    const auto with = [&](std::size_t at, std::uint64_t value, int bytes) {
        std::string changed = right;
        return message_of(changed.replace(at, static_cast<std::size_t>(bytes), little_endian(value, bytes)));
    };
    EXPECT_THAT(with(end + 16, 0xfffffffe, 4), HasSubstr("directory lies outside"));
    EXPECT_THAT(with(end + 12, 0xfffffffe, 4), HasSubstr("directory lies outside"));
    EXPECT_THAT(with(end + 10, 0xfffe, 2), HasSubstr("broken directory at entry 2"));
    EXPECT_THAT(with(first + 42, 0xfffffffe, 4), HasSubstr("no local header"));
    EXPECT_THAT(with(first + 20, 0xfffffffe, 4), HasSubstr("reaches into the directory"));
    EXPECT_THAT(with(first + 28, 0xffff, 2), HasSubstr("cut off at entry 0"));
    EXPECT_THAT(with(26, 0xffff, 2), HasSubstr("does not fit the directory"));
    EXPECT_THAT(with(30, 'b', 1), HasSubstr("does not fit the directory"));  // the name in the local header
}

TEST(ZipArchive, refuses_absurd_numbers_in_zip64_records) {
    const std::string right = zip_of(two, {.is_zip64 = true});
    const std::size_t record = right.find("PK\x06\x06"), extra = right.find("\1\0\x18\0"s);
    const auto with = [&](std::size_t at) {
        std::string changed = right;
        return message_of(changed.replace(at, 8, std::string(8, '\xff')));
    };
    EXPECT_THAT(with(record + 32), HasSubstr("18446744073709551615 entries announced"));
    EXPECT_THAT(with(record + 40), HasSubstr("directory lies outside"));
    EXPECT_THAT(with(record + 48), HasSubstr("directory lies outside"));
    EXPECT_THAT(with(extra + 12), HasSubstr("reaches into the directory"));
    EXPECT_THAT(with(extra + 20), HasSubstr("no local header"));
    EXPECT_THAT(with(right.find("PK\x06\x07") + 8), HasSubstr("no zip64 directory record"));
}

TEST(ZipArchive, is_refused_wherever_it_is_cut) {
    for (const bool is_zip64 : {false, true}) {
        const std::string bytes = zip_of(two, {.is_zip64 = is_zip64});
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            EXPECT_NE(message_of(bytes.substr(0, length)), "accepted") << length;
        }
    }
}

// Content is protected by checksums, everything else is either checked or of no consequence (dates,
// versions).
TEST(ZipArchive, hands_out_right_content_or_nothing_for_every_flipped_bit) {
    for (const bool is_zip64 : {false, true}) {
        const std::string bytes = zip_of(two, {.is_zip64 = is_zip64});
        for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
            std::string damaged = bytes;
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
            try {
                EXPECT_EQ(ZipArchive(damaged, "z").read("a/data.pkl"), "pickle") << bit;
            } catch (const ModelError&) {
            }
        }
    }
}

}  // namespace
}  // namespace fibonaqi
