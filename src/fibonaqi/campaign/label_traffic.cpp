#include "fibonaqi/campaign/label_traffic.hpp"

#include <algorithm>
#include <set>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/campaign/label_orders.hpp"

namespace fibonaqi {

// Progress is that of the stage at work; a failure is said by the stage that waits for the label.
LabelTraffic::LabelTraffic(const Workplace& place)
    : place_(place),
      run_(place.driver, place.executor, place.ledger, labeler_options(place),
           {{}, label_hooks(place).stop}) {
    std::vector<LabelItem> left;
    for (const LedgerEntry& entry : place.ledger.entries({})) {
        const LabelState state = entry.stored.state;
        if (state == LabelState::planned || state == LabelState::intent || state == LabelState::started) {
            left.push_back({entry.request, {}});
        }
    }
    run_.add(left);
}

void LabelTraffic::order(int cycle) {
    if (!orders_.contains(cycle)) {
        orders_[cycle] = run_.add(label_items(place_, cycle));
    }
}

void LabelTraffic::pump() {
    run_.step();
}

std::vector<WaitingFrame> LabelTraffic::take_back(int cycle) {
    const std::string fingerprint = place_.driver.fingerprint();
    std::vector<WaitingFrame> all;
    std::set<std::string> keys;
    for (int earlier = 1; earlier < cycle; ++earlier) {
        const std::vector<Frame> frames = read_extxyz(place_.layout.picks(earlier)).frames;
        const std::vector<LabelItem> items = label_items(place_, earlier);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            const std::string key = label_key(items[i].request, fingerprint);
            if (keys.insert(key).second) {
                all.push_back({key, frames[i]});
            }
        }
    }
    const std::set<std::string> taken = run_.withdraw(keys);
    std::erase_if(all, [&taken](const WaitingFrame& one) { return !taken.contains(one.key); });
    return all;
}

void LabelTraffic::drop(const std::string& key, const std::string& reason) {
    place_.ledger.record_failed(key, {FailureKind::cancelled, reason}, {});
}

}  // namespace fibonaqi
