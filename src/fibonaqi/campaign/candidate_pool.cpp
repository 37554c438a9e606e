#include "fibonaqi/campaign/candidate_pool.hpp"

#include <numeric>

#include "fibonaqi/atoms/geometry.hpp"

namespace fibonaqi {

CandidateGate::CandidateGate(double min_distance_scale, std::set<std::string> known)
    : min_distance_scale_(min_distance_scale), known_(std::move(known)) {}

void CandidateGate::add(std::vector<Frame> frames) {
    for (Frame& frame : frames) {
        const std::string hash = structure_hash(frame.structure);
        if (closest_approach(frame.structure) < min_distance_scale_) {
            ++pool_.too_close;
        } else if (known_.contains(hash)) {
            ++pool_.labelled;
        } else if (!seen_.insert(hash).second) {
            ++pool_.duplicate;
        } else {
            pool_.frames.push_back(std::move(frame));
        }
    }
}

std::vector<std::size_t> evenly_spread(std::size_t n, std::size_t count) {
    std::vector<std::size_t> chosen(std::min(n, count));
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    for (std::size_t& index : chosen) {
        index = n <= count ? index : (2 * index + 1) * n / (2 * count);
    }
    return chosen;
}

}  // namespace fibonaqi
