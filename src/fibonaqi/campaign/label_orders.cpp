#include "fibonaqi/campaign/label_orders.hpp"

#include <limits>
#include <memory>
#include <set>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/frame_origin.hpp"

namespace fibonaqi {
namespace {

constexpr std::size_t quoted_failures = 3;

std::string remark_of(const Executor& executor) {
    const std::string remark = executor.remark();
    return remark.empty() ? "" : "; " + remark;
}

// Shows progress and passes Ctrl-C on.
class LabelWatch {
  public:
    explicit LabelWatch(const Workplace& place) : place_(place) {}

    void show(const LabelProgress& now) {
        StageProgress shown;
        shown.done = now.done + now.failed;
        shown.total = shown.done + now.running + now.queued;
        shown.unit = "labels";
        shown.note = std::to_string(now.running) + " running" +
                     (now.failed > 0 ? ", " + std::to_string(now.failed) + " failed" : "") +
                     remark_of(place_.executor);
        shown.seconds_left = now.seconds_left;
        place_.progress.update(shown);
        if (now.failed > failed_) {
            place_.progress.say("label failed: " + now.note);
        }
        failed_ = now.failed;
    }

    LabelStop wanted_stop() {
        switch (place_.progress.poll_stop()) {
            case StopRequest::none:
                return LabelStop::no;
            case StopRequest::after_running:
                return LabelStop::after_running;
            case StopRequest::now:
                break;
        }
        return LabelStop::now;
    }

  private:
    const Workplace& place_;
    std::size_t failed_ = std::numeric_limits<std::size_t>::max();  // before the first look: earlier failures
};

std::string evidence_of(const StoredLabel& label) {
    return to_string(label.failure->kind) + ": " + label.failure->evidence +
           (label.directory.empty() ? "" : ", see " + label.directory.string());
}

}  // namespace

LabelerOptions labeler_options(const Workplace& place) {
    const LabelOptions& label = place.options.label;
    LabelerOptions options;
    options.work_directory = place.layout.labels();
    options.limits.hard_seconds = label.hard_seconds;
    options.limits.soft_seconds = 0.9 * label.hard_seconds;
    options.limits.stall_seconds = label.stall_seconds;
    options.limits.max_attempts = label.max_attempts;
    options.sanity.max_force_eV_per_A = label.max_force_eV_per_A;
    options.sanity.min_distance_scale = place.options.explore.limits.min_distance_scale;
    options.min_free_MB = place.options.min_free_MB;
    options.report_seconds = 1.0;
    options.retry_failed = place.retry_failed;
    options.pack = place.options.executors.label.pack;
    options.patience = {label.max_failed_ratio, label.max_alike};
    return options;
}

std::vector<LabelItem> label_items(const Workplace& place, int cycle) {
    std::vector<LabelItem> items;
    for (const Frame& frame : read_extxyz(place.layout.picks(cycle)).frames) {
        LabelItem item;
        item.request.structure = frame.structure;
        item.request.want_stress = place.driver.capabilities().stress && frame.structure.is_fully_periodic();
        item.origin = origin_of(frame, cycle);
        if (cycle > 0) {
            item.origin->purpose = label_purpose(place.layout);
        }
        items.push_back(std::move(item));
    }
    return items;
}

LabelCount count_labels(const std::vector<std::string>& keys, const Ledger& ledger) {
    LabelCount count;
    for (const std::string& key : std::set<std::string>(keys.begin(), keys.end())) {
        const StoredLabel stored = ledger.find(key).value();
        ++count.asked;
        count.cpu_seconds += stored.cost.cpu_seconds;
        count.labelled += stored.label ? 1 : 0;
        const bool is_failed = stored.failure && stored.failure->kind != FailureKind::cancelled;
        if (is_failed && ++count.failed <= quoted_failures) {
            count.evidence += (count.evidence.empty() ? "" : "; ") + evidence_of(stored);
        }
    }
    return count;
}

void expect_few_failures(const LabelCount& count, const LabelOptions& options) {
    const double allowed = options.max_failed_ratio * static_cast<double>(count.asked);
    if (count.failed > 0 && static_cast<double>(count.failed) > allowed) {
        throw Error(std::to_string(count.failed) + " of " + std::to_string(count.asked) +
                        " labels failed, more than max_failed_ratio allows (" + count.evidence +
                        ") correct the cause, then resume with --retry-failed",
                    ExitCode::too_many_failures);
    }
}

LabelerHooks label_hooks(const Workplace& place) {
    const auto watch = std::make_shared<LabelWatch>(place);
    return {[watch](const LabelProgress& now) { watch->show(now); },
            [watch] { return watch->wanted_stop(); }};
}

}  // namespace fibonaqi
