// MaxDist: farthest-point selection, also known as k-centre greedy and core-set.
#pragma once

#include "fibonaqi/select/labelled_options.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

/// The next row is the one farthest from all chosen ones, in mode TP also from the labelled ones (Sener,
/// Savarese, ICLR 2018; Holzmueller et al., JMLR 24 (2023)). Where there is nothing to be far from, the first
/// is the longest row. Score: squared distance (of a first pick: squared length). Cost: beta n d
/// multiplications, and m n d for m labelled rows. Copies of chosen rows can only be fills.
class MaxDistSelector : public Selector {
  public:
    explicit MaxDistSelector(const LabelledOptions& options) : options_(options) {}
    std::string name() const override { return "maxdist"; }
    bool needs_features() const override { return true; }
    bool uses_labelled() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    LabelledOptions options_;
};

/// Keys "mode", "posterior_sigma". Throws ConfigError.
LabelledOptions maxdist_options_from_json(const Json& options);

}  // namespace fibonaqi
