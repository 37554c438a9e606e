#include "fibonaqi/data/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/hash.hpp"

namespace fibonaqi {
namespace {

long cycle_of(const Frame& frame) {
    const auto found = frame.info.find("cycle");
    const long* cycle = found == frame.info.end() ? nullptr : std::get_if<long>(&found->second);
    return cycle == nullptr ? -1 : *cycle;
}

std::string identity_of(const Frame& frame) {
    const auto found = frame.info.find("label_key");
    const std::string* key = found == frame.info.end() ? nullptr : std::get_if<std::string>(&found->second);
    return key == nullptr ? structure_hash(frame.structure) : *key;
}

std::size_t validation_count(std::size_t frames, double fraction) {
    if (fraction == 0.0 || frames < 2) {
        return 0;
    }
    const auto rounded = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(frames)));
    return std::clamp<std::size_t>(rounded, 1, frames - 1);
}

}  // namespace

Frame to_frame(const LedgerEntry& entry) {
    FIBONAQI_EXPECT(entry.stored.label.has_value());
    Frame frame;
    frame.structure = entry.request.structure;
    frame.labels = entry.stored.label->labels;
    frame.info["label_key"] = entry.stored.key;
    if (entry.origin) {
        frame.info["cycle"] = static_cast<long>(entry.origin->cycle);
        frame.info["walker"] = static_cast<long>(entry.origin->walker);
        frame.info["step"] = static_cast<long>(entry.origin->step);
        frame.info["temperature_K"] = entry.origin->temperature_K;
        frame.info["purpose"] = entry.origin->purpose;
    }
    return frame;
}

std::vector<Frame> labelled_frames(const Ledger& ledger, LedgerFilter filter) {
    filter.state = LabelState::accepted;
    std::vector<Frame> frames;
    std::set<std::string> seen;
    for (const LedgerEntry& entry : ledger.entries(filter)) {
        if (seen.insert(entry.stored.key).second) {
            frames.push_back(to_frame(entry));
        }
    }
    return frames;
}

DataSplit split_frames(const std::vector<Frame>& frames, double validation_fraction, std::uint64_t seed) {
    FIBONAQI_EXPECT(validation_fraction >= 0.0 && validation_fraction < 1.0);
    // Per cycle, the frames whose hashes come first.
    std::map<long, std::vector<std::pair<std::string, std::size_t>>> by_cycle;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const std::string rank = Sha256()
                                     .text("validation split")
                                     .integer(static_cast<std::int64_t>(seed))
                                     .text(identity_of(frames[i]))
                                     .hex();
        by_cycle[cycle_of(frames[i])].emplace_back(rank, i);
    }
    std::set<std::size_t> chosen;
    for (auto& [cycle, ranked] : by_cycle) {
        std::sort(ranked.begin(), ranked.end());
        for (std::size_t i = 0; i < validation_count(ranked.size(), validation_fraction); ++i) {
            chosen.insert(ranked[i].second);
        }
    }
    DataSplit split;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        (chosen.contains(i) ? split.validation : split.train).push_back(frames[i]);
    }
    return split;
}

}  // namespace fibonaqi
