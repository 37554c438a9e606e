#include "fibonaqi/label/patience.hpp"

namespace fibonaqi {

void Patience::failed(const LabelFailure& failure, std::size_t failed, std::size_t all) {
    alike_ = alike_ > 0 && failure.kind == last_ ? alike_ + 1 : 1;
    last_ = failure.kind;
    if (!end_.empty()) {
        return;
    }
    const std::string evidence = to_string(failure.kind) + ": " + failure.evidence;
    if (options_.max_alike > 0 && alike_ >= options_.max_alike) {
        end_ = std::to_string(alike_) + " labels in a row failed alike, as many as max_alike allows (" +
               evidence + ")";
    } else if (static_cast<double>(failed) > options_.max_failed_ratio * static_cast<double>(all)) {
        end_ = std::to_string(failed) + " of " + std::to_string(all) +
               " labels failed, more than max_failed_ratio allows (the last: " + evidence + ")";
    }
}

}  // namespace fibonaqi
