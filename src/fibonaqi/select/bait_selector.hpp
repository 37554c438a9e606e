// BAIT: rows that leave the least summed uncertainty about pool and labelled rows.
#pragma once

#include "fibonaqi/select/labelled_options.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

struct BaitOptions {
    LabelledOptions labelled;
    double sigma = 0.1;       ///< noise, in the unit of the features; above 0
    double overselect = 1.0;  ///< 1: forward only; above: so many times beta are chosen and the worst removed
};

/// Greedy V-optimal design (Ash et al., NeurIPS 2021, for a linear model; Holzmueller et al., JMLR 24
/// (2023)): the next row is the one that lowers trace(C A) most, see BaitDesign. With `overselect` above 1
/// (the paper's forward-backward form uses 2) overselect * beta (rounded, halves to even) rows are chosen,
/// then those whose removal raises it least are removed; the rest stays in the order in which it was chosen.
/// The labelled rows are part of A in both modes, of X in mode TP only. Score: what the row took from the
/// trace when it was chosen. Cost: 2 n d multiplications per row added or removed, and n d^2 once; d x d
/// numbers are held (fewer where n + m < d).
class BaitSelector : public Selector {
  public:
    explicit BaitSelector(const BaitOptions& options) : options_(options) {}
    std::string name() const override { return "bait"; }
    bool needs_features() const override { return true; }
    bool uses_labelled() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    BaitOptions options_;
};

/// Keys "sigma" (above 0), "overselect" (at least 1), "mode", "posterior_sigma". Throws ConfigError.
BaitOptions bait_options_from_json(const Json& options);

}  // namespace fibonaqi
