// Uniform selection: the control arm of every comparison.
#pragma once

#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

/// beta samples without replacement, every subset equally likely. Features are not needed; where they are
/// given, rows with non-finite entries are rejected as by every selector. Scores are 1/n; the residual stays
/// 1 because nothing is known about what the picks represent.
class UniformSelector : public Selector {
  public:
    std::string name() const override { return "uniform"; }
    bool needs_features() const override { return false; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;
};

}  // namespace fibonaqi
