#include "fibonaqi/campaign/frame_name.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/workplace.hpp"

namespace fibonaqi {
namespace {

constexpr std::size_t fewest_digits = 6;

std::optional<int> whole_number(const std::string& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = error == std::errc() && end == text.data() + text.size() && value >= 0;
    return is_number ? std::optional(value) : std::nullopt;
}

std::vector<ChosenFrame> picks_of(const Ledger& ledger, int cycle) {
    std::vector<ChosenFrame> chosen;
    if (const auto selected = ledger.stage(cycle, stage_names::select)) {
        const Json& picks = selected->at("picks");
        for (const Json& pick : picks) {
            chosen.push_back({cycle, picks.size(), pick});
        }
    }
    return chosen;
}

// Of all cycles so far; those of the test set are no choice of a strategy and are left out.
std::vector<ChosenFrame> all_picks(const Ledger& ledger) {
    std::vector<ChosenFrame> all;
    for (int cycle = 1; ledger.stage(cycle, stage_names::select); ++cycle) {
        for (ChosenFrame& one : picks_of(ledger, cycle)) {
            all.push_back(std::move(one));
        }
    }
    return all;
}

[[noreturn]] void throw_test_set(const std::string& name) {
    throw ConfigError("frame '" + name +
                      "' is of the test set (its frames are taken evenly, no strategy chose them) name a "
                      "frame of cycle 1 or later");
}

ChosenFrame find_by_order(const Ledger& ledger, int cycle, int order) {
    const std::string name = std::to_string(cycle) + ":" + std::to_string(order);
    if (cycle == 0) {
        throw_test_set(name);
    }
    const std::vector<ChosenFrame> picks = picks_of(ledger, cycle);
    if (picks.empty()) {
        int last = 0;
        while (ledger.stage(last + 1, stage_names::select)) {
            ++last;
        }
        throw ConfigError(
            "cycle " + std::to_string(cycle) + " has not selected its frames yet (" +
            (last == 0 ? "no cycle has" : "cycle " + std::to_string(last) + " is the last that has") +
            ") 'fibonaqi status' shows where the campaign is");
    }
    for (const ChosenFrame& one : picks) {
        if (one.pick.at("order") == order) {
            return one;
        }
    }
    throw ConfigError("there is no frame " + name + " (cycle " + std::to_string(cycle) + " chose " +
                      std::to_string(picks.size()) + ": " + std::to_string(cycle) + ":0 to " +
                      std::to_string(cycle) + ":" + std::to_string(picks.size() - 1) + ") name one of them");
}

bool is_key(const std::string& name) {
    return name.size() >= fewest_digits && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::optional<ChosenFrame> find_by_key(const Ledger& ledger, const std::string& digits) {
    std::optional<LabelOrigin> found;
    std::string key;
    for (const LedgerEntry& entry : ledger.entries({})) {
        if (!entry.origin || is_of_control(entry.origin->purpose) || !entry.stored.key.starts_with(digits)) {
            continue;
        }
        if (!key.empty() && key != entry.stored.key) {
            throw ConfigError("several labels have keys that begin with " + digits + " (" +
                              key.substr(0, digits.size() + 4) + ", " +
                              entry.stored.key.substr(0, digits.size() + 4) + ") give more digits");
        }
        key = entry.stored.key;
        if (!found || found->cycle == 0) {  // a frame of the test set can have been chosen later, too
            found = entry.origin;
        }
    }
    if (!found) {
        return std::nullopt;
    }
    if (found->cycle == 0) {
        throw_test_set(digits);
    }
    return find_by_order(ledger, found->cycle, found->order);
}

}  // namespace

std::string frame_id(const LabelOrigin& origin) {
    return (origin.cycle == 0 ? "test" : "c" + std::to_string(origin.cycle)) + "-w" +
           std::to_string(origin.walker) + "-" + std::to_string(origin.step);
}

LabelOrigin ChosenFrame::origin() const {
    LabelOrigin origin;
    origin.cycle = cycle;
    origin.walker = pick.at("walker").get<int>();
    origin.step = pick.at("step").get<std::int64_t>();
    origin.temperature_K = pick.at("temperature_K").get<double>();
    origin.order = pick.at("order").get<int>();
    return origin;
}

ChosenFrame find_frame(const Ledger& ledger, const std::string& name) {
    if (const std::size_t colon = name.find(':'); colon != std::string::npos) {
        const auto cycle = whole_number(name.substr(0, colon));
        const auto order = whole_number(name.substr(colon + 1));
        if (cycle && order) {
            return find_by_order(ledger, *cycle, *order);
        }
    }
    const std::vector<ChosenFrame> picks = all_picks(ledger);
    std::vector<std::string> ids;
    for (const ChosenFrame& one : picks) {
        ids.push_back(frame_id(one.origin()));
        if (ids.back() == name) {
            return one;
        }
    }
    if (name.starts_with("test-")) {
        throw_test_set(name);
    }
    if (is_key(name)) {
        if (const auto found = find_by_key(ledger, name)) {
            return *found;
        }
    }
    const std::string near = nearest_name(name, ids);
    throw ConfigError("no frame '" + name + "' was chosen in this campaign" +
                      (near.empty() ? "" : "; did you mean '" + near + "'?") +
                      " (name it by CYCLE:ORDER as 1:0, by the id that the report lists as c1-w0-160, or by "
                      "the first digits of its label's key)");
}

}  // namespace fibonaqi
