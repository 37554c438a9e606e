#include "fibonaqi/campaign/promotion.hpp"

#include <algorithm>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/sample_statistics.hpp"

namespace fibonaqi {
namespace {

constexpr double standard_errors_allowed = 2.0;

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
    const Spread spread = spread_of(rises);
    Verdict verdict{true, spread.mean, spread.standard_error.value_or(0.0)};
    const double tolerated = ((1.0 + tolerance) * (1.0 + tolerance) - 1.0) * spread_of(errors.before).mean;
    // Written so that a NaN is not promoted.
    verdict.is_promoted =
        verdict.rise <= std::max(tolerated, standard_errors_allowed * verdict.standard_error);
    return verdict;
}

}  // namespace fibonaqi
