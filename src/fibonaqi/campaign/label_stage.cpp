#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/campaign/label_orders.hpp"
#include "fibonaqi/campaign/label_traffic.hpp"
#include "fibonaqi/campaign/stages.hpp"
#include "fibonaqi/data/dataset.hpp"

namespace fibonaqi {
namespace {

constexpr std::chrono::milliseconds look_interval{50};

void expect_hope(const LabelSummary& summary) {
    if (!summary.gave_up.empty()) {
        throw Error(summary.gave_up + " correct the cause, then resume with --retry-failed",
                    ExitCode::too_many_failures);
    }
}

void expect_any(const LabelCount& count) {
    if (count.labelled == 0) {
        throw Error(
            "not one label (" + count.evidence + ") correct the cause, then resume with --retry-failed",
            ExitCode::too_many_failures);
    }
}

[[noreturn]] void throw_ended_from_outside() {
    throw Error("labels were ended from outside (not by this engine) 'fibonaqi resume' goes on from here",
                ExitCode::stopped);
}

// Until so many labels of the cycle are there or have failed, or nothing is in flight any more.
LabelCount wait_for(const Workplace& place, int cycle, std::size_t wanted, bool waits_for_all) {
    const std::vector<std::string>& keys = place.traffic->keys_of(cycle);
    LabelCount count = count_labels(keys, place.ledger);
    std::size_t counted_open = place.traffic->summary().open;
    while (true) {
        place.traffic->pump();
        const LabelSummary summary = place.traffic->summary();
        if (summary.open != counted_open) {  // the ledger is read only when a label was settled
            count = count_labels(keys, place.ledger);
            counted_open = summary.open;
        }
        StageProgress shown;
        shown.done = count.labelled + count.failed;
        shown.total = count.asked;
        shown.unit = "labels";
        shown.note = std::to_string(summary.open) + " in flight";
        place.progress.update(shown);
        if (const StopRequest stop = place.progress.poll_stop(); stop != StopRequest::none) {
            while (!place.traffic->is_over()) {
                place.traffic->pump();
                std::this_thread::sleep_for(look_interval);
            }
            throw_stopped(stop);
        }
        expect_hope(summary);
        if (waits_for_all ? summary.open == 0 : shown.done >= wanted) {
            return count;
        }
        if (place.traffic->is_over()) {
            throw_ended_from_outside();
        }
        std::this_thread::sleep_for(look_interval);
    }
}

// Labels that have come in since the training before, whatever cycle asked for them.
std::size_t arrived(const Workplace& place, int cycle) {
    LedgerFilter filter;
    filter.purpose = "train";
    std::size_t before = 0;
    for (int earlier = 1; earlier < cycle; ++earlier) {
        before += place.ledger.stage(earlier, stage_names::label).value().at("labelled").get<std::size_t>();
    }
    return labelled_frames(place.ledger, filter).size() - before;
}

// Goes on as soon as enough labels of this cycle are there; the others come in while it does.
Json label_in_flight(const Workplace& place, int cycle) {
    place.traffic->order(cycle);
    const std::size_t asked = count_labels(place.traffic->keys_of(cycle), place.ledger).asked;
    const bool is_last = cycle == place.options.cycles;
    const double share = cycle == 0 ? 1.0 : place.options.async_share;
    const auto wanted = static_cast<std::size_t>(std::ceil(share * static_cast<double>(asked)));
    const LabelCount count = wait_for(place, cycle, std::max<std::size_t>(1, wanted), is_last);
    expect_few_failures(count, place.options.label);
    expect_any(count);
    return {{"asked", count.asked},
            {"labelled", cycle == 0 ? count.labelled : arrived(place, cycle)},
            {"failed", count.failed},
            {"in_flight", place.traffic->summary().open},
            {"cpu_seconds", count.cpu_seconds}};
}

}  // namespace

Json label_stage(const Workplace& place, int cycle) {
    if (place.traffic != nullptr) {
        return label_in_flight(place, cycle);
    }
    Labeler labeler(place.driver, place.executor, place.ledger, labeler_options(place));
    const LabelSummary summary = labeler.run(label_items(place, cycle), label_hooks(place));
    const StopRequest stop = place.progress.poll_stop();
    if (!summary.is_complete() && stop != StopRequest::none) {
        throw_stopped(stop);
    }
    expect_hope(summary);
    const LabelCount count = count_labels(summary.keys, place.ledger);
    expect_few_failures(count, place.options.label);
    if (!summary.is_complete()) {
        throw_ended_from_outside();
    }
    expect_any(count);
    return {{"asked", count.asked},
            {"labelled", count.labelled},
            {"failed", count.failed},
            {"cpu_seconds", count.cpu_seconds}};
}

}  // namespace fibonaqi
