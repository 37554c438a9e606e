// From what the walkers wrote to one pool of candidates.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"

namespace fibonaqi {

/// Frames that are worth looking at, and how many were not.
struct CandidatePool {
    std::vector<Frame> frames;  ///< in the order in which they were added
    std::size_t too_close = 0;  ///< closest_approach() below the limit
    std::size_t duplicate = 0;  ///< the same structure was in the pool
    std::size_t labelled = 0;   ///< has or waits for a label
};

/// Collects candidates. `known` are hashes of structures with a label or on the way to one.
class CandidateGate {
  public:
    CandidateGate(double min_distance_scale, std::set<std::string> known);
    void add(std::vector<Frame> frames);
    const CandidatePool& pool() const { return pool_; }

  private:
    double min_distance_scale_;
    std::set<std::string> known_, seen_;
    CandidatePool pool_;
};

/// `count` of n items, evenly spread: the middle of each of `count` equal parts. All of them when n <= count.
std::vector<std::size_t> evenly_spread(std::size_t n, std::size_t count);

}  // namespace fibonaqi
