// What frames that have labels already mean for a choice by prediction features: options of the strategies of
// batch-mode active learning. Without LibTorch.
#pragma once

namespace fibonaqi {

/// Modes of Holzmueller, Zaverkin, Kaestner, Steinwart, JMLR 24 (2023): P looks at the pool only, TP starts
/// as if the labelled frames had been chosen before.
struct LabelledOptions {
    bool is_tp = true;
    /// 0: features as they are. Above: of the posterior after the labelled frames, see posterior_rows().
    double posterior_sigma = 0.0;
};

}  // namespace fibonaqi
