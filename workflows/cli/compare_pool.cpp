#include "workflows/cli/compare_pool.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/base/superbatch_size.hpp"

namespace fibonaqi::cli {
namespace {

std::string text_of(const InfoValue& value) {
    return std::visit(
        [](const auto& known) -> std::string {
            using Known = std::decay_t<decltype(known)>;
            if constexpr (std::is_same_v<Known, std::string>) {
                return known;
            } else {
                return Json(known).dump();
            }
        },
        value);
}

std::vector<Frame> read_labelled(const std::string& path) {
    std::vector<Frame> frames = read_extxyz(path).frames;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const bool has_forces = frames[i].labels.forces.size() == frames[i].structure.size();
        if (!frames[i].labels.energy || !has_forces) {
            throw ConfigError(
                path + ": frame " + std::to_string(i) + " has no " + (has_forces ? "energy" : "forces") +
                " (all that is chosen is trained on, and errors are measured) label it, or leave it out");
        }
    }
    return frames;
}

std::vector<std::string> groups_of(const std::vector<Frame>& frames, const ComparePlan& plan) {
    std::vector<std::string> groups;
    if (plan.values.at("group").is_null()) {
        return groups;
    }
    const std::string key = plan.values.at("group").get<std::string>();
    for (const Frame& frame : frames) {
        const auto found = frame.info.find(key);
        groups.push_back(found == frame.info.end() ? "none" : text_of(found->second));
    }
    if (std::all_of(groups.begin(), groups.end(), [](const std::string& one) { return one == "none"; })) {
        throw ConfigError(plan.file.string() + ": group: is '" + key +
                          "' (no comment line of the pool has that key) name another, or none");
    }
    return groups;
}

// Of every group its share, rounded. Frames of a group are taken in the order of a keyed draw.
std::vector<bool> drawn_for_test(const std::vector<std::string>& groups, std::size_t frames, double share) {
    std::map<std::string, std::vector<std::pair<std::uint64_t, std::size_t>>> members;
    for (std::size_t i = 0; i < frames; ++i) {
        const std::string group = groups.empty() ? std::string() : groups[i];
        members[group].emplace_back(KeyedRng(0, "comparison test frames", 0, i).bits(), i);
    }
    std::vector<bool> is_test(frames, false);
    for (auto& [group, drawn] : members) {
        std::sort(drawn.begin(), drawn.end());
        const auto count = static_cast<std::size_t>(std::lround(share * static_cast<double>(drawn.size())));
        for (std::size_t i = 0; i < count; ++i) {
            is_test[drawn[i].second] = true;
        }
    }
    return is_test;
}

ComparePool divided(std::vector<Frame> frames, const std::vector<std::string>& groups, double share) {
    const std::vector<bool> is_test = drawn_for_test(groups, frames.size(), share);
    ComparePool parts;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        (is_test[i] ? parts.test : parts.pool).push_back(std::move(frames[i]));
        if (!is_test[i] && !groups.empty()) {
            parts.groups.push_back(groups[i]);
        }
    }
    return parts;
}

// The last round must still find a whole superbatch, for every line.
void expect_enough(const ComparePlan& plan, const ComparePool& frames) {
    if (frames.test.empty()) {
        throw ConfigError(plan.file.string() +
                          ": test_share: leaves no test frame (of so small a pool) use "
                          "a larger share");
    }
    for (const CompareLine& line : plan.lines) {
        const std::size_t needed = (plan.rounds - 1) * plan.batch + superbatch_of(line);
        if (frames.pool.size() < needed) {
            throw ConfigError(plan.file.string() + ": rounds: are " + std::to_string(plan.rounds) +
                              " (line '" + line.name + "' needs a pool of " + std::to_string(needed) +
                              " frames, so that the last round finds a superbatch of " +
                              std::to_string(superbatch_of(line)) + ", and has " +
                              std::to_string(frames.pool.size()) +
                              ") use fewer rounds, a smaller batch or a larger ratio");
        }
    }
}

}  // namespace

std::size_t superbatch_of(const CompareLine& line) {
    return superbatch_size(line.select.at("batch").get<std::size_t>(), line.select.at("ratio").get<double>())
        .superbatch;
}

ComparePool read_compare_pool(const ComparePlan& plan) {
    std::vector<Frame> frames = read_labelled(plan.values.at("pool").get<std::string>());
    const std::vector<std::string> groups = groups_of(frames, plan);
    ComparePool parts;
    if (plan.values.at("test").is_null()) {
        parts = divided(std::move(frames), groups, plan.values.at("test_share").get<double>());
    } else {
        parts = {std::move(frames), read_labelled(plan.values.at("test").get<std::string>()), groups};
    }
    expect_enough(plan, parts);
    return parts;
}

}  // namespace fibonaqi::cli
