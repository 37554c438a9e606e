#include "fibonaqi/nn/labelled_set.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"

namespace fibonaqi::nn {
namespace {

void check_elements(const Structure& structure, const ModelCard& card) {
    for (const int number : structure.atomic_numbers) {
        if (std::find(card.species.begin(), card.species.end(), number) == card.species.end()) {
            throw ModelError("model '" + card.name + "' does not know element " + symbol(number) +
                                 " take a model that was made for it, or leave the frame out",
                             ExitCode::usage);
        }
    }
}

bool is_finite(const Vec3& vector) {
    return std::all_of(vector.begin(), vector.end(), [](double value) { return std::isfinite(value); });
}

// Which labels a frame lacks although the loss uses them.
struct Missing {
    std::size_t energy = 0, forces = 0, stress = 0;
    bool everything = false;
};

Missing missing_labels(const Labels& labels, const LossWeights& weights) {
    const auto lacks = [](double weight, bool has) { return static_cast<std::size_t>(weight > 0.0 && !has); };
    const Missing missing{lacks(weights.energy, labels.energy.has_value()),
                          lacks(weights.force, !labels.forces.empty()),
                          lacks(weights.stress, labels.stress.has_value())};
    const std::size_t used = static_cast<std::size_t>(weights.energy > 0.0) +
                             static_cast<std::size_t>(weights.force > 0.0) +
                             static_cast<std::size_t>(weights.stress > 0.0);
    return {missing.energy, missing.forces, missing.stress,
            missing.energy + missing.forces + missing.stress == used};
}

void check_labels(const Labels& labels, bool lacks_everything) {
    if (lacks_everything) {
        throw ConfigError(
            "no energy, forces or stress that the loss uses (the frame has no label) label it first");
    }
    const bool has_finite_stress =
        !labels.stress || std::all_of(labels.stress->begin(), labels.stress->end(), is_finite);
    if (!std::isfinite(labels.energy.value_or(0.0)) || !has_finite_stress ||
        !std::all_of(labels.forces.begin(), labels.forces.end(), is_finite)) {
        throw ConfigError("a label is not finite (a failed calculation) leave the frame out");
    }
}

void warn_about(const Missing& total, std::size_t frames, const std::string& what) {
    const auto line = [&](std::size_t count, const std::string& label) {
        if (count > 0) {
            log::warning(std::to_string(count) + " of " + std::to_string(frames) + " " + what +
                         " frames have no " + label + " (that term of their loss is left out)");
        }
    };
    line(total.energy, "energy");
    line(total.forces, "forces");
    line(total.stress, "stress");
}

}  // namespace

std::vector<AtomGraph> graphs_of(const LabelledSet& set, const std::vector<std::uint64_t>& ids) {
    std::vector<AtomGraph> graphs;
    for (const std::uint64_t id : ids) {
        graphs.push_back(set.graphs.at(id));
    }
    return graphs;
}

std::vector<Labels> labels_of(const LabelledSet& set, const std::vector<std::uint64_t>& ids) {
    std::vector<Labels> labels;
    for (const std::uint64_t id : ids) {
        labels.push_back(set.labels.at(id));
    }
    return labels;
}

std::size_t frame_number(std::span<const Frame> frames, std::size_t position) {
    const auto found = frames[position].info.find(file_frame_key);
    const long* number = found == frames[position].info.end() ? nullptr : std::get_if<long>(&found->second);
    return number == nullptr ? position : static_cast<std::size_t>(*number);
}

void LabelledSet::append(const LabelledSet& other) {
    graphs.insert(graphs.end(), other.graphs.begin(), other.graphs.end());
    labels.insert(labels.end(), other.labels.begin(), other.labels.end());
}

LabelledSet make_labelled_set(std::span<const Frame> frames, const ModelCard& card,
                              const LossWeights& weights, const std::string& what) {
    LabelledSet set;
    set.frames = frames;
    Missing total;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        try {
            const Missing missing = missing_labels(frames[i].labels, weights);
            check_elements(frames[i].structure, card);
            check_labels(frames[i].labels, missing.everything);
            set.graphs.push_back(make_graph(frames[i].structure, card.cutoff));
            total.energy += missing.energy;
            total.forces += missing.forces;
            total.stress += missing.stress;
        } catch (const Error&) {
            rethrow_with_context(what + " frame " + std::to_string(frame_number(frames, i)));
        }
        set.labels.push_back(frames[i].labels);
    }
    warn_about(total, frames.size(), what);
    return set;
}

}  // namespace fibonaqi::nn
