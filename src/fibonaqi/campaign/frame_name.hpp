// How people name a chosen frame, and which one they mean.
#pragma once

#include <string>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/data/ledger.hpp"

namespace fibonaqi {

/// "c2-w1-160": cycle, walker and MD step, as the report lists frames; "test-w0-40" for the test set.
std::string frame_id(const LabelOrigin& origin);

/// One pick of a cycle, as its stage `select` has recorded it.
struct ChosenFrame {
    int cycle = 0;
    std::size_t picks = 0;  ///< of that cycle
    Json pick;              ///< {"order", "score", "walker", "temperature_K", "step", "reason"}

    LabelOrigin origin() const;  ///< as in the ledger: purpose "train"
};

/// The pick that `name` means: CYCLE:ORDER ("2:0"), a frame_id, or the first 6 or more digits of its label's
/// key. Throws ConfigError in one sentence, with the nearest name where there is one: no such frame, one of
/// the test set, a cycle that has not selected yet, digits that several keys begin with.
ChosenFrame find_frame(const Ledger& ledger, const std::string& name);

}  // namespace fibonaqi
