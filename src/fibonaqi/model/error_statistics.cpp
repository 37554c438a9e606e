#include "fibonaqi/model/error_statistics.hpp"

#include <cmath>
#include <cstdio>

#include "fibonaqi/atoms/species.hpp"
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

void add_by_element(std::map<int, Accumulator>& sums, const Frame& frame,
                    const std::vector<Vec3>& predicted) {
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        Accumulator& sum = sums[frame.structure.atomic_numbers[i]];
        add_vectors(sum, {&predicted[i], 1}, {&frame.labels.forces[i], 1});
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
    std::map<int, Accumulator> by_element;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const Labels& labels = frames[i].labels;
        if (labels.energy) {
            energy.add((predictions[i].energy - *labels.energy) /
                       static_cast<double>(frames[i].structure.size()));
        }
        if (!labels.forces.empty()) {
            add_vectors(forces, predictions[i].forces, labels.forces);
            add_by_element(by_element, frames[i], predictions[i].forces);
        }
        if (labels.stress && predictions[i].stress) {
            add_vectors(stress, *predictions[i].stress, *labels.stress);
        }
    }
    ErrorReport report{energy.result(), forces.result(), stress.result(), {}};
    for (const auto& [number, sum] : by_element) {
        report.forces_by_element.emplace(number, *sum.result());
    }
    return report;
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
    Json by_element = Json::object();
    for (const auto& [number, errors] : report.forces_by_element) {
        by_element[symbol(number)] = to_json(std::optional(errors), "eV_per_A");
    }
    return Json{{"energy", to_json(report.energy_per_atom, "eV_per_atom")},
                {"forces", to_json(report.forces, "eV_per_A")},
                {"stress", to_json(report.stress, "eV_per_A3")},
                {"forces_by_element", by_element}};
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
