// MaxDiag: the largest uncertainties, one by one, as if the others were not chosen.
#pragma once

#include "fibonaqi/select/labelled_options.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

/// The beta largest g . g, with `posterior_sigma` the largest posterior variances (Holzmueller et al., JMLR
/// 24 (2023), 4.2): what active learning without regard to the batch does. Options of LabelledOptions; the
/// mode means nothing here. Score: g . g. Rows of zeros can only be fills.
class MaxDiagSelector : public Selector {
  public:
    explicit MaxDiagSelector(const LabelledOptions& options) : options_(options) {}
    std::string name() const override { return "maxdiag"; }
    bool needs_features() const override { return true; }
    bool uses_labelled() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    LabelledOptions options_;
};

/// Throws ConfigError.
LabelledOptions maxdiag_options_from_json(const Json& options);

}  // namespace fibonaqi
