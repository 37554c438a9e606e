#include "fibonaqi/model/error_statistics.hpp"

#include <cmath>
#include <cstdio>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

// Sums of differences; becomes an ErrorPair at the end.
class Accumulator {
  public:
    void add(double difference) {
        squares_ += difference * difference;
        absolutes_ += std::abs(difference);
        ++count_;
    }
    std::optional<ErrorPair> result() const {
        if (count_ == 0) {
            return std::nullopt;
        }
        const double n = static_cast<double>(count_);
        return ErrorPair{std::sqrt(squares_ / n), absolutes_ / n, count_};
    }

  private:
    double squares_ = 0.0;
    double absolutes_ = 0.0;
    std::size_t count_ = 0;
};

void add_vectors(Accumulator& sum, std::span<const Vec3> predicted, std::span<const Vec3> reference) {
    FIBONAQI_EXPECT(predicted.size() == reference.size());
    for (std::size_t i = 0; i < reference.size(); ++i) {
        for (std::size_t k = 0; k < 3; ++k) {
            sum.add(predicted[i][k] - reference[i][k]);
        }
    }
}

Json to_json(const std::optional<ErrorPair>& pair, const std::string& unit) {
    if (!pair) {
        return nullptr;
    }
    return Json{{"rmse_" + unit, pair->rmse}, {"mae_" + unit, pair->mae}, {"count", pair->count}};
}

std::string number(const char* format, double value) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

}  // namespace

ErrorReport compare(std::span<const Frame> frames, std::span<const Prediction> predictions) {
    FIBONAQI_EXPECT(frames.size() == predictions.size());
    Accumulator energy, forces, stress;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const Labels& labels = frames[i].labels;
        if (labels.energy) {
            energy.add((predictions[i].energy - *labels.energy) /
                       static_cast<double>(frames[i].structure.size()));
        }
        if (!labels.forces.empty()) {
            add_vectors(forces, predictions[i].forces, labels.forces);
        }
        if (labels.stress && predictions[i].stress) {
            add_vectors(stress, *predictions[i].stress, *labels.stress);
        }
    }
    return {energy.result(), forces.result(), stress.result()};
}

std::vector<double> force_errors_by_frame(std::span<const Frame> frames,
                                          std::span<const Prediction> predictions) {
    FIBONAQI_EXPECT(frames.size() == predictions.size());
    std::vector<double> errors;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (!frames[i].labels.forces.empty()) {
            Accumulator sum;
            add_vectors(sum, predictions[i].forces, frames[i].labels.forces);
            const double rmse = sum.result()->rmse;
            errors.push_back(rmse * rmse);
        }
    }
    return errors;
}

Json to_json(const ErrorReport& report) {
    return Json{{"energy", to_json(report.energy_per_atom, "eV_per_atom")},
                {"forces", to_json(report.forces, "eV_per_A")},
                {"stress", to_json(report.stress, "eV_per_A3")}};
}

std::string brief(const ErrorReport& report) {
    std::string text;
    if (report.forces) {
        text = "force RMSE " + number("%.4f", report.forces->rmse) + " eV/A";
    }
    if (report.energy_per_atom) {
        text += (text.empty() ? "" : ", ") +
                ("energy RMSE " + number("%.2f", 1e3 * report.energy_per_atom->rmse)) + " meV/atom";
    }
    return text.empty() ? "no labels to compare with" : text;
}

}  // namespace fibonaqi
