#include "fibonaqi/model/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

// Position of every value in ascending order; equal values share the mean of theirs.
std::vector<double> ranks_of(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin;
        while (end < order.size() && values[order[end]] == values[order[begin]]) {
            ++end;
        }
        for (std::size_t i = begin; i < end; ++i) {
            ranks[order[i]] = 0.5 * static_cast<double>(begin + end - 1);
        }
        begin = end;
    }
    return ranks;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
    const auto count = static_cast<double>(a.size());
    const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / count;
    const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / count;
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0;
}

double root_mean_square(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values) {
        sum += value * value;
    }
    return std::sqrt(sum / static_cast<double>(values.size()));
}

std::vector<CalibrationBin> bins_of(const std::vector<double>& errors, const std::vector<double>& spreads,
                                    std::size_t bins) {
    std::vector<std::size_t> order(errors.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return spreads[a] < spreads[b]; });
    std::vector<CalibrationBin> result;
    const std::size_t count = std::min(bins, errors.size());
    for (std::size_t bin = 0; bin < count; ++bin) {
        std::vector<double> own_errors, own_spreads;
        for (std::size_t i = bin * order.size() / count; i < (bin + 1) * order.size() / count; ++i) {
            own_errors.push_back(errors[order[i]]);
            own_spreads.push_back(spreads[order[i]]);
        }
        result.push_back({root_mean_square(own_spreads), root_mean_square(own_errors), own_errors.size()});
    }
    return result;
}

double share(const std::vector<double>& errors, const std::vector<double>& spreads, double factor) {
    std::size_t inside = 0;
    for (std::size_t i = 0; i < errors.size(); ++i) {
        inside += std::abs(errors[i]) < factor * spreads[i] ? 1 : 0;
    }
    return static_cast<double>(inside) / static_cast<double>(errors.size());
}

}  // namespace

std::optional<Calibration> calibration_of(std::span<const double> errors, std::span<const double> spreads,
                                          std::size_t bins) {
    FIBONAQI_EXPECT(errors.size() == spreads.size() && bins > 0);
    std::vector<double> r, s, z, sizes;
    for (std::size_t i = 0; i < errors.size(); ++i) {
        if (spreads[i] > 0.0) {
            r.push_back(errors[i]);
            s.push_back(spreads[i]);
            z.push_back(errors[i] / spreads[i]);
            sizes.push_back(std::abs(errors[i]));
        }
    }
    if (r.empty()) {
        return std::nullopt;
    }
    Calibration result;
    result.count = r.size();
    result.rmse = root_mean_square(r);
    result.spread = root_mean_square(s);
    result.z_spread = root_mean_square(z);
    result.within_one = share(r, s, 1.0);
    result.within_two = share(r, s, 2.0);
    double logarithms = 0.0;
    for (const double spread : s) {
        logarithms += std::log(2.0 * std::numbers::pi * spread * spread);
    }
    result.nll = 0.5 * (result.z_spread * result.z_spread + logarithms / static_cast<double>(result.count));
    result.rank_correlation = correlation(ranks_of(sizes), ranks_of(s));
    result.bins = bins_of(r, s, bins);
    return result;
}

std::optional<Calibration> energy_calibration(std::span<const Frame> frames,
                                              std::span<const Prediction> predictions,
                                              std::span<const FrameSpread> spreads) {
    FIBONAQI_EXPECT(frames.size() == predictions.size() && frames.size() == spreads.size());
    std::vector<double> errors, sizes;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (frames[i].labels.energy) {
            const auto atoms = static_cast<double>(frames[i].structure.size());
            errors.push_back((predictions[i].energy - *frames[i].labels.energy) / atoms);
            sizes.push_back(spreads[i].energy / atoms);
        }
    }
    return calibration_of(errors, sizes);
}

std::optional<Calibration> force_calibration(std::span<const Frame> frames,
                                             std::span<const Prediction> predictions,
                                             std::span<const FrameSpread> spreads) {
    FIBONAQI_EXPECT(frames.size() == predictions.size() && frames.size() == spreads.size());
    std::vector<double> errors, sizes;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const std::vector<Vec3>& forces = frames[i].labels.forces;
        for (std::size_t atom = 0; atom < forces.size(); ++atom) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                errors.push_back(predictions[i].forces[atom][axis] - forces[atom][axis]);
                sizes.push_back(spreads[i].forces[atom][axis]);
            }
        }
    }
    return calibration_of(errors, sizes);
}

Json to_json(const std::optional<Calibration>& calibration) {
    if (!calibration) {
        return nullptr;
    }
    Json bins = Json::array();
    for (const CalibrationBin& bin : calibration->bins) {
        bins.push_back(Json{{"spread", bin.spread}, {"error", bin.error}, {"count", bin.count}});
    }
    return Json{{"count", calibration->count},
                {"rmse", calibration->rmse},
                {"spread", calibration->spread},
                {"z_spread", calibration->z_spread},
                {"within_one", calibration->within_one},
                {"within_two", calibration->within_two},
                {"nll", calibration->nll},
                {"rank_correlation", calibration->rank_correlation},
                {"bins", bins}};
}

}  // namespace fibonaqi
