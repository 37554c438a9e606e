// LCMD: largest-cluster maximum-distance selection.
#pragma once

#include "fibonaqi/select/labelled_options.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

/// Every row belongs to its nearest chosen one (mode TP: or labelled one); the heaviest cluster is the one
/// with the largest sum of squared distances, and its farthest row is next (Holzmueller et al., JMLR 24
/// (2023)). Unlike MaxDist it looks where many rows are. Where there is no centre yet, the first is the
/// longest row. Score: squared distance (of a first pick: squared length). Cost as MaxDist; copies of chosen
/// rows can only be fills.
class LcmdSelector : public Selector {
  public:
    explicit LcmdSelector(const LabelledOptions& options) : options_(options) {}
    std::string name() const override { return "lcmd"; }
    bool needs_features() const override { return true; }
    bool uses_labelled() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    LabelledOptions options_;
};

/// Keys "mode", "posterior_sigma". Throws ConfigError.
LabelledOptions lcmd_options_from_json(const Json& options);

}  // namespace fibonaqi
