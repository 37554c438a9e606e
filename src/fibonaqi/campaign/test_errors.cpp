#include "fibonaqi/campaign/test_errors.hpp"

#include <cmath>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/campaign/frame_origin.hpp"
#include "fibonaqi/model/error_statistics.hpp"

namespace fibonaqi {
namespace {

bool is_prediction_of(const Frame& predicted, const Frame& frame) {
    return predicted.structure.atomic_numbers == frame.structure.atomic_numbers &&
           predicted.labels.energy.has_value() && predicted.labels.forces.size() == frame.structure.size();
}

Json rmse_of(const std::optional<ErrorPair>& pair) {
    return pair ? Json(pair->rmse) : Json(nullptr);
}

}  // namespace

double e0_shift_of(const Structure& structure, const Json& e0_shift) {
    double sum = 0.0;
    for (const int element : structure.atomic_numbers) {
        sum += e0_shift.is_object() ? e0_shift.value(symbol(element), 0.0) : 0.0;
    }
    return sum;
}

TestComparison compare_test_set(const std::string& test_file, const std::string& prediction_file,
                                const Json& e0_shift) {
    TestComparison comparison;
    comparison.frames = read_extxyz(test_file).frames;
    const std::vector<Frame> predicted = read_extxyz(prediction_file).frames;
    if (predicted.size() != comparison.frames.size()) {
        throw FormatError(prediction_file + ": " + std::to_string(predicted.size()) +
                          " frames (the test set has " + std::to_string(comparison.frames.size()) +
                          ") they do not belong together");
    }
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        if (!is_prediction_of(predicted[i], comparison.frames[i])) {
            throw FormatError(prediction_file + ": frame " + std::to_string(i) +
                              " has other atoms than the test set, or no energy and forces");
        }
        Prediction prediction;
        prediction.energy =
            *predicted[i].labels.energy + e0_shift_of(comparison.frames[i].structure, e0_shift);
        prediction.forces = predicted[i].labels.forces;
        comparison.predictions.push_back(std::move(prediction));
    }
    return comparison;
}

Json error_record(const TestComparison& comparison) {
    const ErrorReport all = compare(comparison.frames, comparison.predictions);
    std::map<long, TestComparison> groups;
    for (std::size_t i = 0; i < comparison.frames.size(); ++i) {
        TestComparison& group =
            groups[std::lround(number_of(comparison.frames[i], "temperature_K").value_or(0.0))];
        group.frames.push_back(comparison.frames[i]);
        group.predictions.push_back(comparison.predictions[i]);
    }
    Json by_temperature = Json::object();
    for (const auto& [temperature, group] : groups) {
        by_temperature[std::to_string(temperature) + " K"] =
            rmse_of(compare(group.frames, group.predictions).forces);
    }
    return {{"force_rmse_eV_per_A", rmse_of(all.forces)},
            {"energy_rmse_eV_per_atom", rmse_of(all.energy_per_atom)},
            {"groups", by_temperature}};
}

Json parity_record(const TestComparison& comparison, const std::string& model) {
    Json energy{{"reference_eV_per_atom", Json::array()}, {"predicted_eV_per_atom", Json::array()}};
    Json forces{{"reference_eV_per_A", Json::array()}, {"predicted_eV_per_A", Json::array()}};
    for (std::size_t i = 0; i < comparison.frames.size(); ++i) {
        const Labels& labels = comparison.frames[i].labels;
        const Prediction& prediction = comparison.predictions[i];
        const auto atoms = static_cast<double>(comparison.frames[i].structure.size());
        if (labels.energy) {
            energy["reference_eV_per_atom"].push_back(*labels.energy / atoms);
            energy["predicted_eV_per_atom"].push_back(prediction.energy / atoms);
        }
        for (std::size_t atom = 0; atom < labels.forces.size(); ++atom) {
            for (std::size_t x = 0; x < 3; ++x) {
                forces["reference_eV_per_A"].push_back(labels.forces[atom][x]);
                forces["predicted_eV_per_A"].push_back(prediction.forces[atom][x]);
            }
        }
    }
    return {{"model", model}, {"energy", energy}, {"forces", forces}};
}

}  // namespace fibonaqi
