// When to stop labelling because it leads nowhere.
#pragma once

#include <cstddef>
#include <string>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// Nothing is launched any more once more than this share of all labels has failed, or so many in a row for
/// the same kind of reason: then the cause is not in the structures.
struct PatienceOptions {
    double max_failed_ratio = 1.0;
    std::size_t max_alike = 0;  ///< 0: never
};

/// Looks on as labels succeed and fail.
class Patience {
  public:
    explicit Patience(const PatienceOptions& options) : options_(options) {}

    void accepted() { alike_ = 0; }
    /// `failed` of `all` labels so far, this one included.
    void failed(const LabelFailure& failure, std::size_t failed, std::size_t all);

    /// Why it ended, "problem (evidence)"; empty as long as there is patience left. The first reason stays.
    const std::string& end() const { return end_; }

  private:
    PatienceOptions options_;
    FailureKind last_ = FailureKind::unknown;
    std::size_t alike_ = 0;  // failures of kind last_ since the last label
    std::string end_;
};

}  // namespace fibonaqi
