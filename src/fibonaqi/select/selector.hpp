// The selector interface: features in, choice out. DFT picking and training batches use the same one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/select/selection.hpp"

namespace at {
class Tensor;
}

namespace fibonaqi {

/// One question to a selector.
struct SelectionRequest {
    std::size_t batch = 0;   ///< beta: how many to choose
    std::uint64_t seed = 0;  ///< key of all random numbers, with cycle and sample id
    std::uint64_t cycle = 0;
    std::vector<std::uint64_t> ids;  ///< one per row of the features, all different
    /// One per row, for selectors that need_scores(): the loss of the sample, or the deviation of a
    /// committee, in a unit of the caller's. A sample with a score that is not finite is rejected.
    std::vector<double> scores;
    /// One per row, for selectors that need_reference_scores(): the loss of a model that was trained on
    /// others.
    std::vector<double> reference_scores;
    /// Rows [m, d] of frames that have labels or wait for them, or null for none; alive during the call. They
    /// cannot be chosen; non-finite ones are left out.
    const at::Tensor* labelled = nullptr;
};

/// Chooses rows. Features: [n, d], any floating type, any device; all arithmetic in float64 on that device.
/// The result depends on (seed, cycle, ids, features, scores) only: not on the order of the rows, threads or
/// chunks. No id is chosen twice; of equally good samples the smallest id is taken.
class Selector {
  public:
    virtual ~Selector() = default;
    virtual std::string name() const = 0;
    /// Whether features are looked at: a selector that does not (uniform) may be given an empty matrix [n,
    /// 0].
    virtual bool needs_features() const = 0;
    virtual bool needs_scores() const { return false; }
    virtual bool needs_reference_scores() const { return false; }
    /// Whether `labelled` of a request means something.
    virtual bool uses_labelled() const { return false; }
    virtual Selection select(const at::Tensor& features, const SelectionRequest& request) const = 0;
};

/// Makes a selector of the list (strategy_names()) with its options (JSON object, checked; docs/formats.md
/// lists them). Throws ConfigError with a suggestion.
std::unique_ptr<Selector> make_selector(const std::string& name, const Json& options);

}  // namespace fibonaqi
