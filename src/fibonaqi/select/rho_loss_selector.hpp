// RHO-LOSS: what is not learned yet and can be learned.
#pragma once

#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

/// The beta largest reducible losses: loss of the present model less the irreducible loss of a model that was
/// trained on held-out data (Mindermann et al., ICML 2022). A sample with a wrong label has a large loss
/// under both. Looks at scores and reference scores only; no options. Score: the reducible loss, of any sign.
class RhoLossSelector : public Selector {
  public:
    std::string name() const override { return "rho_loss"; }
    bool needs_features() const override { return false; }
    bool needs_scores() const override { return true; }
    bool needs_reference_scores() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;
};

}  // namespace fibonaqi
