// Labelled frames out of the ledger: what training and evaluation read.
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/data/ledger.hpp"

namespace fibonaqi {

/// One frame per accepted entry: structure, labels, info `cycle`, `walker`, `step`, `temperature_K`,
/// `purpose` (where an origin says so) and `label_key`. write_extxyz with its default options writes them
/// with the REF_ keys that ASE and MACE read. The order is that of planning; a label with several origins
/// appears once, under its first.
std::vector<Frame> labelled_frames(const Ledger& ledger, LedgerFilter filter);

/// The frame of one entry; the entry must be accepted.
Frame to_frame(const LedgerEntry& entry);

struct DataSplit {
    std::vector<Frame> train, validation;
};

/// Deterministic split by a hash of (seed, label_key). Within each cycle round(fraction * n) frames go to
/// validation (at least one where a cycle has two or more, none for fraction 0), so a frame stays on its side
/// when later cycles add data. Frames keep their order. Frames without info `label_key` are identified by
/// structure_hash.
DataSplit split_frames(const std::vector<Frame>& frames, double validation_fraction, std::uint64_t seed);

}  // namespace fibonaqi
