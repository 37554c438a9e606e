#include "fibonaqi/nn/reference_energies.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include <ATen/core/grad_mode.h>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/nn/predictions.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {
namespace {

std::vector<Prediction> energies(const Network& network, std::span<const AtomGraph> graphs) {
    std::vector<Prediction> all;
    NetworkRequest request;
    request.forces = false;
    const at::NoGradGuard no_gradients;
    for_each_chunk(graphs.size(), default_chunk, {}, [&](std::size_t begin, std::size_t end) {
        const GraphBatch batch =
            make_batch(graphs.subspan(begin, end - begin), network.card(), network.options());
        const std::vector<Prediction> chunk = predictions_of(network.evaluate(batch, request), batch);
        all.insert(all.end(), chunk.begin(), chunk.end());
    });
    return all;
}

void require_finite(std::span<const Prediction> predictions) {
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        if (!std::isfinite(predictions[i].energy)) {
            throw Error(
                "frame " + std::to_string(i) +
                ": the model's energy is not finite (atoms on top of each other?) leave the frame out");
        }
    }
}

std::set<std::string> elements_of(std::span<const Frame> frames) {
    std::set<std::string> elements;
    for (const Frame& frame : frames) {
        if (frame.labels.energy) {
            for (const int number : frame.structure.atomic_numbers) {
                elements.insert(symbol(number));
            }
        }
    }
    return elements;
}

// What the card says about earlier fits; a record of another form says nothing.
std::set<std::string> fitted_elements(const ModelCard& card) {
    const Json::json_pointer place("/e0_fit/elements");
    std::set<std::string> elements;
    if (card.provenance.is_object() && card.provenance.contains(place) &&
        card.provenance.at(place).is_array()) {
        for (const Json& element : card.provenance.at(place)) {
            if (element.is_string()) {
                elements.insert(element.get<std::string>());
            }
        }
    }
    return elements;
}

// A median, as a few frames torn apart by MD say nothing about the zero of energies.
double median_offset_per_atom(const Network& network, const LabelledSet& set) {
    const std::size_t enough = std::min<std::size_t>(set.frames.size(), 64);
    const std::vector<Prediction> predictions = energies(network, {set.graphs.data(), enough});
    std::vector<double> offsets;
    for (std::size_t i = 0; i < enough; ++i) {
        if (const auto& label = set.frames[i].labels.energy; label && std::isfinite(predictions[i].energy)) {
            offsets.push_back((*label - predictions[i].energy) /
                              static_cast<double>(set.frames[i].structure.size()));
        }
    }
    if (offsets.empty()) {
        return 0.0;
    }
    const auto middle = offsets.begin() + static_cast<std::ptrdiff_t>(offsets.size() / 2);
    std::nth_element(offsets.begin(), middle, offsets.end());
    return *middle;
}

// No potential is wrong by this much in what it was fitted to [eV/atom].
constexpr double suspicious_offset = 1.0;

void warn_about_another_zero(const Network& network, const LabelledSet& training) {
    const double offset = median_offset_per_atom(network, training);
    if (std::abs(offset) > suspicious_offset) {
        char text[32];
        std::snprintf(text, sizeof text, "%+.2f", offset);
        log::warning(
            std::string("the labels' energies are ") + text +
            " eV/atom away from the model's (other pseudopotentials or another code than those its E0 "
            "were fitted to?) \"e0\": \"always\" moves the E0 to these labels");
    }
}

}  // namespace

E0Fit fit_reference_energies(Network& network, std::span<const Frame> frames,
                             std::span<const AtomGraph> graphs) {
    const std::vector<Prediction> predictions = energies(network, graphs);
    require_finite(predictions);
    const E0Fit fit = fit_e0(network.card(), frames, predictions);
    std::vector<double> e0 = network.card().e0;
    std::transform(e0.begin(), e0.end(), fit.shift.begin(), e0.begin(), std::plus<>());
    network.set_e0(e0);
    const std::string line = describe(fit, network.card());
    if (fit.rank_deficient) {
        log::warning(line);
    } else {
        log::info(line);
    }
    return fit;
}

std::optional<E0Fit> apply_e0_policy(Network& network, const LabelledSet& training, E0Policy policy) {
    const std::set<std::string> elements = elements_of(training.frames);
    const std::set<std::string> fitted = fitted_elements(network.card());
    const bool is_fitted = std::includes(fitted.begin(), fitted.end(), elements.begin(), elements.end());
    const bool must_fit = policy == E0Policy::always || (policy == E0Policy::once && !is_fitted);
    if (elements.empty()) {
        return std::nullopt;
    }
    if (!must_fit) {
        warn_about_another_zero(network, training);
        return std::nullopt;
    }
    return fit_reference_energies(network, training.frames, training.graphs);
}

Json e0_provenance(const E0Fit& fit, std::span<const Frame> frames, const ModelCard& card) {
    Json record = to_json(fit, card);
    std::set<std::string> elements = elements_of(frames);
    elements.merge(fitted_elements(card));
    record["elements"] = elements;
    return record;
}

}  // namespace fibonaqi::nn
