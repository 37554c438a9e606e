#include "fibonaqi/campaign/promotion.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

constexpr double standard_errors_allowed = 2.0;

double mean(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values) {
        sum += value;
    }
    return sum / static_cast<double>(values.size());
}

// Of the mean of the values.
double standard_error(const std::vector<double>& values) {
    if (values.size() < 2) {
        return 0.0;
    }
    const double centre = mean(values), n = static_cast<double>(values.size());
    double squares = 0.0;
    for (const double value : values) {
        squares += (value - centre) * (value - centre);
    }
    return std::sqrt(squares / (n - 1.0) / n);
}

}  // namespace

Verdict judge(const PairedErrors& errors, double tolerance) {
    FIBONAQI_EXPECT(errors.before.size() == errors.after.size());
    if (errors.before.empty()) {
        return {};
    }
    std::vector<double> rises;
    for (std::size_t i = 0; i < errors.before.size(); ++i) {
        rises.push_back(errors.after[i] - errors.before[i]);
    }
    Verdict verdict{true, mean(rises), standard_error(rises)};
    const double tolerated = ((1.0 + tolerance) * (1.0 + tolerance) - 1.0) * mean(errors.before);
    // Written so that a NaN is not promoted.
    verdict.is_promoted =
        verdict.rise <= std::max(tolerated, standard_errors_allowed * verdict.standard_error);
    return verdict;
}

}  // namespace fibonaqi
