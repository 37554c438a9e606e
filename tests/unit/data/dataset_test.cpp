#include "fibonaqi/data/dataset.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"

#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

Frame frame_of(long cycle, int number) {
    Frame frame;
    frame.structure = test::two_silicon_atoms(0.01 * number).structure;
    frame.info["cycle"] = cycle;
    frame.info["label_key"] = "key-" + std::to_string(cycle) + "-" + std::to_string(number);
    return frame;
}

std::vector<Frame> frames_of(long cycles, int per_cycle) {
    std::vector<Frame> frames;
    for (long cycle = 1; cycle <= cycles; ++cycle) {
        for (int number = 0; number < per_cycle; ++number) {
            frames.push_back(frame_of(cycle, number));
        }
    }
    return frames;
}

std::set<std::string> keys_of(const std::vector<Frame>& frames) {
    std::set<std::string> keys;
    for (const Frame& frame : frames) {
        keys.insert(std::get<std::string>(frame.info.at("label_key")));
    }
    return keys;
}

TEST(Dataset, turns_accepted_entries_into_frames_that_extxyz_keeps) {
    const test::TemporaryFolder folder;
    Ledger ledger(folder / "ledger.sqlite");
    const LabelRequest request = test::two_silicon_atoms();
    ledger.plan({{"good", request, "f", LabelOrigin{3, 1, 250, 900.0, "train", 0, 0.5}},
                 {"bad", request, "f", LabelOrigin{3, 1, 260, 900.0, "train", 1, 0.5}}});
    ledger.plan({{"good", request, "f", LabelOrigin{4, 0, 5, 300.0, "train", 0, 0.5}}});
    ledger.record_accepted("good", test::odd_label(-200.0), {});
    ledger.record_failed("bad", {FailureKind::timeout, ""}, {});

    const std::vector<Frame> frames = labelled_frames(ledger, {});
    ASSERT_EQ(frames.size(), 1u);
    write_extxyz(folder / "out.xyz", frames);
    const FrameFile read = read_extxyz(folder / "out.xyz");
    EXPECT_EQ(read.audit.energy_keys.count("REF_energy"), 1u);
    const Frame& frame = read.frames.at(0);
    EXPECT_EQ(frame.labels.energy, test::odd_label(-200.0).labels.energy);
    EXPECT_EQ(frame.labels.forces, test::odd_label(-200.0).labels.forces);
    EXPECT_EQ(frame.labels.stress, test::odd_label(-200.0).labels.stress);
    EXPECT_EQ(std::get<long>(frame.info.at("cycle")), 3);
    EXPECT_EQ(std::get<std::string>(frame.info.at("label_key")), "good");
}

TEST(DataSplit, takes_the_asked_share_of_every_cycle) {
    const DataSplit split = split_frames(frames_of(3, 10), 0.2, 7);
    EXPECT_EQ(split.validation.size(), 6u);
    EXPECT_EQ(split.train.size(), 24u);
    for (long cycle = 1; cycle <= 3; ++cycle) {
        EXPECT_EQ(
            std::count_if(split.validation.begin(), split.validation.end(),
                          [cycle](const Frame& f) { return std::get<long>(f.info.at("cycle")) == cycle; }),
            2);
    }
}

TEST(DataSplit, does_not_depend_on_order_and_does_not_move_frames_when_cycles_are_added) {
    std::vector<Frame> frames = frames_of(2, 10);
    const std::set<std::string> before = keys_of(split_frames(frames, 0.2, 7).validation);
    std::reverse(frames.begin(), frames.end());
    EXPECT_EQ(keys_of(split_frames(frames, 0.2, 7).validation), before);
    const std::set<std::string> after = keys_of(split_frames(frames_of(3, 10), 0.2, 7).validation);
    EXPECT_TRUE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
    EXPECT_NE(keys_of(split_frames(frames, 0.2, 8).validation), before);
}

TEST(DataSplit, never_empties_the_training_side) {
    EXPECT_TRUE(split_frames(frames_of(1, 1), 0.5, 1).validation.empty());
    EXPECT_EQ(split_frames(frames_of(1, 2), 0.9, 1).train.size(), 1u);
    EXPECT_EQ(split_frames(frames_of(1, 3), 0.01, 1).validation.size(), 1u);
    EXPECT_TRUE(split_frames(frames_of(2, 9), 0.0, 1).validation.empty());
}

}  // namespace
}  // namespace fibonaqi
