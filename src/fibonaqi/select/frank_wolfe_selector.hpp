// Frank-Wolfe coreset: rows whose weighted sum comes near the sum of all rows.
#pragma once

#include "fibonaqi/select/labelled_options.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

/// Frank-Wolfe iterations for the sum of all rows over the polytope whose corners are the rows' directions
/// times the sum of all lengths (Pinsler et al., NeurIPS 2019; Holzmueller et al., JMLR 24 (2023)): next is
/// the row whose direction has the largest product with what is missing from the sum, of either sign. Mode
/// TP: the sum includes the labelled rows, and the iterations begin with them, in their order. A row that was
/// chosen is not chosen again, as in the public code. Score: that product; residual: |missing|^2 relative to
/// |sum|^2. Cost: beta n d multiplications. When nothing is missing any more the rest is filled at random.
class FrankWolfeSelector : public Selector {
  public:
    explicit FrankWolfeSelector(const LabelledOptions& options) : options_(options) {}
    std::string name() const override { return "frank_wolfe"; }
    bool needs_features() const override { return true; }
    bool uses_labelled() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    LabelledOptions options_;
};

/// Keys "mode", "posterior_sigma". Throws ConfigError.
LabelledOptions frank_wolfe_options_from_json(const Json& options);

}  // namespace fibonaqi
