#include "fibonaqi/label/labeler.hpp"

#include <chrono>
#include <thread>

namespace fibonaqi {

Labeler::Labeler(const LabelDriver& driver, Executor& executor, LabelStore& store, LabelerOptions options)
    : driver_(driver), executor_(executor), store_(store), options_(std::move(options)) {}

std::string Labeler::key_of(const LabelRequest& request) const {
    return label_key(request, driver_.fingerprint());
}

LabelSummary Labeler::run(const std::vector<LabelItem>& items, const LabelerHooks& hooks) {
    LabelRun run(driver_, executor_, store_, options_, hooks);
    const std::vector<std::string> keys = run.add(items);
    while (!run.is_over()) {
        run.step();
        if (run.is_over()) {
            break;
        }
        std::this_thread::sleep_for(std::chrono::duration<double>(options_.poll_seconds));
    }
    LabelSummary summary = run.summary();
    summary.keys = keys;
    return summary;
}

}  // namespace fibonaqi
