// What every stage of a campaign works with.
#pragma once

#include <filesystem>

#include "fibonaqi/campaign/campaign_options.hpp"
#include "fibonaqi/campaign/campaign_progress.hpp"
#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/campaign/task_runner.hpp"
#include "fibonaqi/data/ledger.hpp"
#include "fibonaqi/label/executor.hpp"
#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// Absolute paths of the sister programs (fibonaqi-label is the executor's business).
struct SisterPrograms {
    std::filesystem::path worker, md;
};

/// Where they run. Their threads are the same after a resume, since rounding depends on them.
struct TaskHosts {
    TaskHost& md;
    TaskHost& worker;
};

class LabelTraffic;

/// Everything that a stage may use, and nothing else: stages have no state of their own. References to what
/// the engine owns; all outlive the stages.
/// The line of labels and models that a stage works for (arm.hpp) shows in options and layout only.
struct Workplace {
    const CampaignOptions& options;
    const CampaignLayout& layout;
    SisterPrograms programs;
    TaskHosts hosts;
    Ledger& ledger;
    const LabelDriver& driver;
    Executor& executor;
    CampaignProgress& progress;
    bool retry_failed = false;  ///< try labels again that failed for a reason that lies in the structure
    LabelTraffic* traffic = nullptr;  ///< labels in flight; null: every stage waits for the one before

    /// For tasks on one of the hosts: labels in flight are looked after meanwhile.
    TaskSurroundings surroundings(TaskHost& host) const;
};

/// Names of stages, in the order in which they are done; stage_key() of arm.hpp tells under which one a line
/// stores them. They are stored: never rename one.
namespace stage_names {
inline constexpr const char* explore = "explore";
inline constexpr const char* select = "select";
inline constexpr const char* label = "label";
inline constexpr const char* train = "train";
inline constexpr const char* evaluate = "evaluate";
}  // namespace stage_names

/// The model in use when `cycle` begins: the last promoted one of earlier cycles of the line that `layout`
/// belongs to, else the starting model.
std::filesystem::path current_model(const Ledger& ledger, const CampaignLayout& layout, int cycle);

/// A number keyed by (campaign seed, purpose, cycle, item) that every program takes as a seed: 1 .. 9e8.
std::int64_t task_seed(std::uint64_t seed, const std::string& purpose, int cycle, std::size_t item = 0);

}  // namespace fibonaqi
