// Pivots of an orthogonalisation, and the condition number that they bound.
#pragma once

#include <algorithm>

namespace fibonaqi {

/// Collects pivots, lengths above 0 that were left of the rows taken so far, in the features' unit.
/// Their largest over their smallest bounds cond(R) of the QR factorisation from below (the
/// singular values of R enclose its diagonal).
class PivotRange {
  public:
    void add(double pivot) {
        largest_ = std::max(largest_, pivot);
        smallest_ = smallest_ == 0.0 ? pivot : std::min(smallest_, pivot);
    }
    /// Largest over smallest; 0 without any.
    double condition_number() const { return smallest_ == 0.0 ? 0.0 : largest_ / smallest_; }

  private:
    double largest_ = 0.0, smallest_ = 0.0;
};

}  // namespace fibonaqi
