// Labels in flight while other stages work: a campaign without barriers (key "async").
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/campaign/workplace.hpp"
#include "fibonaqi/label/label_run.hpp"

namespace fibonaqi {

/// A frame that was picked and whose label has not been launched.
struct WaitingFrame {
    std::string key;  ///< of its label
    Frame frame;
};

/// Not thread-safe. Nothing happens but in pump() and order().
class LabelTraffic {
  public:
    /// Takes over what an earlier engine has left: labels at work, and those that wait. `place` must outlive
    /// this object.
    explicit LabelTraffic(const Workplace& place);

    /// Puts the picks of a cycle in flight; once, again is nothing.
    void order(int cycle);

    /// One look: results are taken, free slots filled, a stop obeyed.
    void pump();

    /// Keys of the labels of a cycle, in the order of its picks.
    const std::vector<std::string>& keys_of(int cycle) const { return orders_.at(cycle); }

    /// Takes back what cycles before this one have ordered for training and what is not launched: now it is
    /// weighed anew.
    std::vector<WaitingFrame> take_back(int cycle);

    /// A frame that was taken back and is not worth its price any more: failed, kind cancelled, with the
    /// reason as evidence.
    void drop(const std::string& key, const std::string& reason);

    /// Nothing runs that has to be waited for, and nothing more will be launched (after a stop).
    bool is_over() const { return run_.is_over(); }

    /// As of now; of everything since this object was made.
    LabelSummary summary() const { return run_.summary(); }

  private:
    const Workplace& place_;
    LabelRun run_;
    std::map<int, std::vector<std::string>> orders_;
};

}  // namespace fibonaqi
