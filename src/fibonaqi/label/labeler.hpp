// The labeler: from wanted labels to accepted ones, each paid for once.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/label/label_run.hpp"

namespace fibonaqi {

class Labeler {
  public:
    /// All of them must outlive the labeler.
    Labeler(const LabelDriver& driver, Executor& executor, LabelStore& store, LabelerOptions options);

    std::string key_of(const LabelRequest& request) const;

    /// Works until every item is accepted or failed, or a stop was asked for. A failed label is no error;
    /// what failed in an earlier run is tried again as LabelRun::add says.
    /// Throws DriverError when the driver cannot work at all (its check), DiskFullError, FileError, Error
    /// when a supervisor cannot be started; what runs then goes on and is adopted by the next run.
    LabelSummary run(const std::vector<LabelItem>& items, const LabelerHooks& hooks);

  private:
    const LabelDriver& driver_;
    Executor& executor_;
    LabelStore& store_;
    LabelerOptions options_;
};

}  // namespace fibonaqi
