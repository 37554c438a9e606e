#include "lammps_plugin/pair_model.hpp"

#include <algorithm>
#include <cstdio>
#include <span>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/potential.hpp"

namespace fibonaqi::lammps {
namespace {

const std::string not_ours = "NULL";

std::string symbols_of(const ModelCard& card) {
    std::string list;
    for (const int number : card.species) {
        list += (list.empty() ? "" : " ") + symbol(number);
    }
    return list;
}

// Entry 0 stands for no type: LAMMPS counts from 1.
std::vector<int> numbers_of(const std::vector<std::string>& elements, const ModelCard& card) {
    std::vector<int> numbers{0};
    for (const std::string& element : elements) {
        if (element == not_ours) {
            numbers.push_back(0);
            continue;
        }
        const auto number = atomic_number(element);
        if (!number) {
            throw ConfigError("'" + element +
                              "' is not a chemical symbol (one per atom type is wanted, or NULL)");
        }
        if (std::find(card.species.begin(), card.species.end(), *number) == card.species.end()) {
            throw ModelError("the model '" + card.name + "' does not know " + element +
                                 " (it was made for other elements) it has: " + symbols_of(card),
                             ExitCode::usage);
        }
        numbers.push_back(*number);
    }
    return numbers;
}

}  // namespace

PairModel::PairModel(std::shared_ptr<Potential> potential, const std::vector<std::string>& elements)
    : potential_(std::move(potential)),
      elements_(elements),
      graph_(numbers_of(elements, potential_->card()), potential_->card().cutoff) {}

double PairModel::cutoff() const {
    return potential_->card().cutoff;
}

std::string PairModel::description() const {
    const ModelCard& card = potential_->card();
    char cutoff[32];
    std::snprintf(cutoff, sizeof cutoff, "%g", card.cutoff);
    std::string text = "FIBonAQi model " + card.name + ": cutoff " + cutoff + " angstrom, " +
                       std::to_string(card.layers) + " layer(s); types";
    for (std::size_t i = 0; i < elements_.size(); ++i) {
        text += " " + std::to_string(i + 1) + " = " + elements_[i];
    }
    return text;
}

void PairModel::evaluate(const SystemView& system) {
    const AtomGraph& graph = graph_.build(system);
    if (graph.size() == 0) {
        prediction_ = {};
        virial_ = {};
        return;
    }
    prediction_ = std::move(potential_->evaluate(std::span(&graph, 1)).front());
    virial_ = potential_->last_virial();
}

}  // namespace fibonaqi::lammps
