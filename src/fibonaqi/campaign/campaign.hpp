// The campaign as a state machine: what is done stands in the ledger, everything else is done again.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/workplace.hpp"

namespace fibonaqi {

/// Runs the stages in order: test set (explore, select, label), then per cycle explore, select, label, train,
/// evaluate; the starting model is evaluated after the first training, which fits the E0 shift. Controls, if
/// any, then do all but explore, with the same candidates. A stage whose result is in the ledger is never
/// repeated.
class Campaign {
  public:
    explicit Campaign(const Workplace& workplace);

    /// Until the last cycle is done. Before the first stage that is not yet done, the driver is checked: a
    /// missing program must not show after hours of MD. Throws what stopped it (exit code stopped or
    /// interrupted: it can be resumed; so it can after any other, once the cause is gone). State, reason and
    /// wall time are kept in the ledger for `status`, and the report is written, in all cases and after every
    /// cycle.
    void run();

  private:
    void run_stages();
    void run_cycle(int cycle);
    void run_learning(const Workplace& place, int cycle);
    Json run_stage(const Workplace& place, int cycle, const std::string& name,
                   Json (*stage)(const Workplace&, int));
    void note_label_noise();
    void check_disk() const;
    void check_driver();
    void note_end(const std::string& state, const std::string& reason);
    void note_wall_time();
    void refresh_report() const;

    const Workplace& place_;
    std::vector<Arm> controls_;
    bool is_driver_checked_ = false;
    double earlier_wall_seconds_ = 0.0;
    std::chrono::steady_clock::time_point begun_;
};

}  // namespace fibonaqi
