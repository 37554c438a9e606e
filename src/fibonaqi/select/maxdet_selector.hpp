// MaxDet: greedy maximisation of the determinant of the Gram matrix of the batch.
#pragma once

#include "fibonaqi/select/labelled_options.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

struct MaxDetOptions {
    LabelledOptions labelled;
    double sigma = 0.1;  ///< noise, in the unit of the features; 0: exact geometry, at most rank(G) picks
};

/// The next row is the one with the largest variance g'C g left after the rows chosen so far, in mode TP also
/// after the labelled ones: the largest pivot of the Cholesky factorisation of G G' + sigma^2 (Holzmueller et
/// al., JMLR 24 (2023); D-optimality). Score: that variance. Cost: 2 beta n d multiplications; no Gram matrix
/// is formed. When no variance is left the rest is filled at random.
class MaxDetSelector : public Selector {
  public:
    explicit MaxDetSelector(const MaxDetOptions& options) : options_(options) {}
    std::string name() const override { return "maxdet"; }
    bool needs_features() const override { return true; }
    bool uses_labelled() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    MaxDetOptions options_;
};

/// Keys "sigma" (at least 0), "mode", "posterior_sigma". Throws ConfigError.
MaxDetOptions maxdet_options_from_json(const Json& options);

}  // namespace fibonaqi
