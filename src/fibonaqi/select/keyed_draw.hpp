// Draws of one row by weight that belong to sample ids, not to places in a list.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/select/keyed_order.hpp"

namespace fibonaqi {

/// Repeated draws with probability weight / sum of weights. Every sample has a random stream of its own and
/// every draw uses one number of each: an exponential waiting time of rate `weight`, of which the shortest
/// wins. That has the multinomial law exactly (the same as argmax of log weight + Gumbel noise), and neither
/// the order of the rows nor threads nor the samples beside it change what a sample gets.
class KeyedDraw {
  public:
    KeyedDraw(const std::vector<std::uint64_t>& ids, const OrderKey& key);

    /// One row, or nothing when no weight is above 0. One weight per id; 0 or less cannot be drawn.
    std::optional<std::size_t> operator()(const std::vector<double>& weights);
    /// The same draw, bit for bit, where weights are dear and bounds of them cheap: weight(row) is asked for
    /// only as long as a row could still win with its bound. Needs bounds[row] >= weight(row).
    std::optional<std::size_t> bounded(const std::vector<double>& bounds,
                                       const std::function<double(std::size_t)>& weight);
    /// Up to `count` different rows, in order: the law of drawing one after the other without putting any
    /// back. One draw for all. Fewer where fewer weights are above 0.
    std::vector<std::size_t> several(const std::vector<double>& weights, std::size_t count);

  private:
    void wait(const std::vector<double>& weights);

    std::vector<KeyedRng> noise_;
    std::vector<double> chance_;   // standard exponential numbers of the present draw
    std::vector<double> waiting_;  // these over the weights
};

}  // namespace fibonaqi
