#include "fibonaqi/label/pack_size.hpp"

#include <algorithm>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

constexpr double largest = 50.0;
constexpr double pack_seconds = 1.0;
constexpr double shortest_label_seconds = 1.0e-3;

// Without regard to the other slots.
double worthwhile(const PackQuestion& question) {
    if (question.serves) {
        return largest;
    }
    if (question.done == 0) {
        return 1.0;
    }
    const double mean = question.seconds_of_done / static_cast<double>(question.done);
    return std::clamp(pack_seconds / std::max(mean, shortest_label_seconds), 1.0, largest);
}

}  // namespace

std::size_t pack_size(const PackQuestion& question) {
    FIBONAQI_EXPECT(question.free_slots > 0);
    const std::size_t share = (question.queued + question.free_slots - 1) / question.free_slots;
    return std::clamp<std::size_t>(share, 1, static_cast<std::size_t>(worthwhile(question)));
}

}  // namespace fibonaqi
