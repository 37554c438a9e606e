// What fibonaqi-md tells the outside while a walker runs: candidates, events, progress.
#pragma once

#include <chrono>
#include <string>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/lammps/walker.hpp"

#include "workflows/md/md_task.hpp"
#include "workflows/task/progress.hpp"

namespace fibonaqi::md {

/// Writes the candidates file (whole frames only, replaced every few seconds and after every stop, so that a
/// killed walker leaves what it had), progress lines on stdout and events on stderr.
class WalkerReport : public lammps::WalkerListener {
  public:
    explicit WalkerReport(const MdTask& task);

    void candidate(const Frame& frame) override;
    void stopped(const lammps::StopEvent& event) override;
    void advanced(const lammps::StepMeasures& measures) override;

    /// Writes what is not written yet, also when there is none: then the file is empty.
    void finish();
    std::size_t candidates() const { return candidates_; }

  private:
    using Clock = std::chrono::steady_clock;
    void write();

    const MdTask& task_;
    task::Progress progress_{"md"};
    std::string text_;  // all candidates as extxyz
    std::size_t candidates_ = 0;
    bool is_written_ = false;
    Clock::time_point begin_ = Clock::now();
    Clock::time_point last_write_{};  // long ago: the first candidate is written at once
    long steps_ = 0;
};

/// An entry of the result's "events"; numbers that are not finite are null.
Json to_json(const lammps::StopEvent& event);

}  // namespace fibonaqi::md
