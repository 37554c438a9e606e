// From the frames that were picked to labels that are asked for. Used by the label stages only.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/campaign/workplace.hpp"
#include "fibonaqi/label/labeler.hpp"

namespace fibonaqi {

LabelerOptions labeler_options(const Workplace& place);

/// One per frame of the cycle's picks, in their order.
std::vector<LabelItem> label_items(const Workplace& place, int cycle);

/// What became of labels that were asked for; different keys count once.
struct LabelCount {
    std::size_t asked = 0, labelled = 0, failed = 0;
    double cpu_seconds = 0.0;
    std::string evidence;  ///< of the first failures
};
LabelCount count_labels(const std::vector<std::string>& keys, const Ledger& ledger);

/// Throws Error with exit code too_many_failures for more failures than the configuration lets pass.
void expect_few_failures(const LabelCount& count, const LabelOptions& options);

/// Shows progress and passes Ctrl-C on. `place` must outlive the hooks.
LabelerHooks label_hooks(const Workplace& place);

}  // namespace fibonaqi
