// InfoBatch: fewer of the samples that the model has learned, with larger weights.
#pragma once

#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

struct InfoBatchOptions {
    double prune = 0.5;      ///< share of the samples below the mean loss that is left out
    std::size_t epochs = 0;  ///< of the training; 0: it never ends
    double full_after =
        0.875;  ///< after this share of the epochs (cycle / epochs) all samples are treated alike
};

/// Samples whose loss is below the mean are kept with 1 - prune times the probability of the others (Qin et
/// al., ICLR 2024). InfoBatch itself keeps all others and lets the number of samples vary; here beta samples
/// are wanted, so the probabilities are scaled to that sum, and both agree where beta is the number that
/// InfoBatch keeps on average. Weight: beta / (omega pi_i), which leaves the mean gradient unbiased;
/// InfoBatch's 1 and 1 / (1 - prune) are omega / beta times that: they keep the sum over an epoch instead.
/// Looks at scores (losses) only. Score: the loss.
class InfoBatchSelector : public Selector {
  public:
    explicit InfoBatchSelector(const InfoBatchOptions& options) : options_(options) {}
    std::string name() const override { return "infobatch"; }
    bool needs_features() const override { return false; }
    bool needs_scores() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    InfoBatchOptions options_;
};

/// Keys "prune" (0 to 0.9), "epochs", "full_after" (0 to 1). Throws ConfigError.
InfoBatchOptions infobatch_options_from_json(const Json& options);

}  // namespace fibonaqi
