#include <bit>
#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "tests/unit/atoms/random_frame.hpp"

namespace fibonaqi {
namespace {

void expect_same(const std::vector<Vec3>& a, const std::vector<Vec3>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t n = 0; n < a.size(); ++n) {
        for (std::size_t x = 0; x < 3; ++x) {  // bit for bit, the sign of zero included
            EXPECT_EQ(std::bit_cast<std::uint64_t>(a[n][x]), std::bit_cast<std::uint64_t>(b[n][x]));
        }
    }
}

void expect_same(const Frame& a, const Frame& b) {
    EXPECT_EQ(a.structure.atomic_numbers, b.structure.atomic_numbers);
    expect_same(a.structure.positions, b.structure.positions);
    EXPECT_EQ(a.structure.cell, b.structure.cell);
    EXPECT_EQ(a.structure.pbc, b.structure.pbc);
    EXPECT_EQ(a.labels.energy, b.labels.energy);
    EXPECT_EQ(a.labels.stress, b.labels.stress);
    expect_same(a.labels.forces, b.labels.forces);
    EXPECT_EQ(a.info, b.info);
    EXPECT_EQ(a.arrays, b.arrays);
}

TEST(ExtxyzWriter, what_it_writes_is_read_back_bit_for_bit) {
    KeyedRng rng(1, "extxyz_writer_test");
    for (const char* prefix : {"REF_", ""}) {
        for (int trial = 0; trial < 200; ++trial) {
            const Frame frame = test::random_frame(rng);
            std::istringstream stream(to_extxyz(frame, {prefix}));
            const FrameFile back = read_extxyz(stream, "back");
            ASSERT_EQ(back.frames.size(), 1U);
            expect_same(back.frames[0], frame);
            ASSERT_FALSE(testing::Test::HasFailure()) << to_extxyz(frame, {prefix});
        }
    }
}

TEST(ExtxyzWriter, odd_texts_survive) {
    Frame frame{{{1}, {{0.0, 0.0, 0.0}}, {}, {}}, {}, {}, {}};
    int count = 0;
    for (const std::string text : {"",
                                   " ",
                                   "T",
                                   "F",
                                   "True",
                                   "12",
                                   "1.5",
                                   "1 2 3",
                                   "nan",
                                   "a b",
                                   " padded ",
                                   "quote \" '",
                                   "{[}]",
                                   "a=b",
                                   "back\\slash",
                                   "two\nlines",
                                   "tab\there",
                                   "_JSON [1]",
                                   "_JSON broken",
                                   "_JSON \"12\"",
                                   "1,2",
                                   "\\",
                                   "Grüße",
                                   "# // ,"}) {
        frame.info["text" + std::to_string(count++)] = text;
    }
    frame.info["key with \"odd\" = letters\\"] = 1L;
    frame.info["empty"] = std::vector<double>{};
    frame.info["one"] = std::vector<double>{0.1};
    frame.info["integers"] = std::vector<double>{1.0, 2.0};
    frame.info["uid"] = std::string("1e5");
    frame.info["whole"] = 3.0;  // a real, not the integer 3
    frame.info["infinite"] = std::numeric_limits<double>::infinity();
    std::istringstream stream(to_extxyz(frame));
    EXPECT_EQ(read_extxyz(stream, "back").frames.at(0).info, frame.info);
}

TEST(ExtxyzWriter, writes_the_agreed_form) {
    Frame frame;
    frame.structure = {{14}, {{0.0, 0.1, -2.5}}, {{{4.0, 0.0, 0.0}, {0.0, 5.0, 0.0}, {0.0, 0.0, 6.0}}}, {}};
    frame.structure.pbc = {true, true, false};
    frame.labels.energy = -1.0;
    frame.labels.forces = {{1.0, 0.0, 1e-20}};
    frame.info["step"] = 3L;
    frame.arrays["move_mask"] = {1.0};
    EXPECT_EQ(
        to_extxyz(frame),
        "1\n"
        "Lattice=\"4.0 0.0 0.0 0.0 5.0 0.0 0.0 0.0 6.0\" "
        "Properties=species:S:1:pos:R:3:REF_forces:R:3:move_mask:L:1 REF_energy=-1.0 step=3 pbc=\"T T F\"\n"
        "Si 0.0 0.1 -2.5 1.0 0.0 1e-20 T\n");
}

TEST(ExtxyzWriter, does_not_write_a_key_twice) {
    Frame frame{{{1}, {{0.0, 0.0, 0.0}}, {}, {}}, {}, {}, {}};
    frame.labels.energy = 1.0;
    frame.info["energy"] = 2.0;
    frame.info["pbc"] = std::string("x");
    EXPECT_THAT(to_extxyz(frame, {""}), testing::Not(testing::HasSubstr("2.0")));
    EXPECT_THAT(to_extxyz(frame, {"REF_"}), testing::HasSubstr("REF_energy=1.0 energy=2.0"));
    frame.labels.forces = {{3.0, 3.0, 3.0}};
    frame.arrays["forces"] = {4.0, 4.0, 4.0};
    EXPECT_THAT(to_extxyz(frame, {""}), testing::EndsWith("H 0.0 0.0 0.0 3.0 3.0 3.0\n"));
    EXPECT_THAT(to_extxyz(frame, {"REF_"}), testing::EndsWith("3.0 3.0 3.0 4.0 4.0 4.0\n"));
}

TEST(ExtxyzWriter, replaces_a_file_with_all_frames) {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("fibonaqi_extxyz_test_" + std::to_string(::getpid()));
    KeyedRng rng(2, "extxyz_writer_test");
    std::vector<Frame> frames;
    for (int n = 0; n < 5; ++n) {
        frames.push_back(test::random_frame(rng));
    }
    write_extxyz(path, frames);
    const FrameFile back = read_extxyz(path);
    std::filesystem::remove(path);
    ASSERT_EQ(back.frames.size(), frames.size());
    for (std::size_t n = 0; n < frames.size(); ++n) {
        expect_same(back.frames[n], frames[n]);
    }
}

TEST(ExtxyzWriter, keeps_odd_tags_and_masks_as_numbers) {
    Frame frame{{{1}, {{0.0, 0.0, 0.0}}, {}, {}}, {}, {}, {}};
    frame.arrays["tags"] = {0.5};
    frame.arrays["move_mask"] = {2.0};
    std::istringstream stream(to_extxyz(frame));
    EXPECT_EQ(read_extxyz(stream, "back").frames.at(0).arrays, frame.arrays);
}

TEST(ExtxyzWriter, refuses_frames_that_are_not_whole) {
    Frame frame{{{1}, {{0.0, 0.0, 0.0}}, {}, {}}, {}, {}, {}};
    frame.labels.forces = {{}, {}};
    EXPECT_THROW(to_extxyz(frame), ContractError);
    frame.labels.forces.clear();
    frame.arrays["a b"] = {1.0};
    EXPECT_THROW(to_extxyz(frame), ContractError);
    EXPECT_THROW(to_extxyz(Frame{}), ContractError);
}

}  // namespace
}  // namespace fibonaqi
