// Selection by loss: the largest, or by the rank law of Loshchilov and Hutter.
#pragma once

#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

enum class LossPick {
    top,  ///< the beta largest losses
    rank  ///< at random, the more likely the larger the loss of a sample is among the others
};

struct LossPickOptions {
    LossPick pick = LossPick::top;
    double s_begin = 100.0;  ///< selection pressure: first over last probability, about; 1: uniform
    double s_end = 100.0;    ///< at the last epoch
    std::size_t epochs = 0;  ///< of the training; 0: s_begin throughout
};

/// p_i of the ranks i = 0 .. n-1 (largest loss first), proportional to s^(-i/n) (Loshchilov, Hutter, arXiv
/// 1511.06343); n numbers with sum 1.
std::vector<double> rank_probabilities(std::size_t n, double s);

/// s_begin (s_end / s_begin)^(cycle / epochs): the pressure of an epoch.
double selection_pressure(const LossPickOptions& options, std::uint64_t cycle);

/// Looks at scores (losses) only. `rank` draws without repetition, one after the other; the authors repeat.
/// Of equal losses the smaller id ranks first. Losses are those of the caller: how old they may be is the
/// caller's choice. Score: the loss of top, p_i of rank.
class LossSelector : public Selector {
  public:
    explicit LossSelector(const LossPickOptions& options) : options_(options) {}
    std::string name() const override { return "loss"; }
    bool needs_features() const override { return false; }
    bool needs_scores() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    LossPickOptions options_;
};

/// Keys "pick" ("top" or "rank"), "s_begin", "s_end" (at least 1; default: s_begin), "epochs". Throws
/// ConfigError.
LossPickOptions loss_options_from_json(const Json& options);

}  // namespace fibonaqi
