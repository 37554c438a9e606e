// k-means++ seeding, and with the longest row first the selection of BADGE.
#pragma once

#include "fibonaqi/select/labelled_options.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

/// What begins where there is no labelled row to be far from.
enum class KmeansFirst {
    uniform,  ///< any row: k-means++ (Arthur, Vassilvitskii, SODA 2007)
    largest   ///< the longest row: the code of BADGE (Ash et al., ICLR 2020)
};

struct KmeansOptions {
    LabelledOptions labelled;
    KmeansFirst first = KmeansFirst::uniform;
};

/// Every next row is drawn with probability proportional to its squared distance from the nearest chosen
/// (mode TP: or labelled) one. BADGE is this on loss gradients under the model's own prediction. Score:
/// squared distance; of a first pick its squared length. Draws are keyed by (seed, cycle, step, id). Cost as
/// MaxDist.
class KmeansSelector : public Selector {
  public:
    explicit KmeansSelector(const KmeansOptions& options) : options_(options) {}
    std::string name() const override { return "kmeanspp"; }
    bool needs_features() const override { return true; }
    bool uses_labelled() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    KmeansOptions options_;
};

/// Keys "first" ("uniform" or "largest"), "mode", "posterior_sigma". Throws ConfigError.
KmeansOptions kmeanspp_options_from_json(const Json& options);

}  // namespace fibonaqi
