// Whether a newly trained model takes over: not if it is clearly worse on frames that neither model has seen.
#pragma once

#include <vector>

namespace fibonaqi {

/// Mean square force errors of two models on the same frames [eV^2/angstrom^2], one number per frame. A model
/// that gives no finite number for a frame has NaN there.
struct PairedErrors {
    std::vector<double> before, after;
};

struct Verdict {
    bool is_promoted = true;
    double rise = 0.0;            ///< mean of after - before [eV^2/angstrom^2]
    double standard_error = 0.0;  ///< of that mean, from the scatter between frames; 0 for one frame
};

/// Promoted unless the error rose by more than two standard errors *and* by more than `tolerance` (a share of
/// the force RMSE before). A handful of frames, of which one molten may outweigh all solid ones, cannot tell
/// a small gain from a small loss: without the first condition good models are thrown away by chance, and the
/// labels that they have learnt from are wasted for a cycle. Without frames there is nothing to judge by.
/// Contract: as many numbers after as before.
Verdict judge(const PairedErrors& errors, double tolerance);

}  // namespace fibonaqi
