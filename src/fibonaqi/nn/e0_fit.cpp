#include "fibonaqi/nn/e0_fit.hpp"

#include <algorithm>
#include <cstdio>

#include <Eigen/Dense>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::nn {
namespace {

// Number of atoms of each species of the card, one row per labelled frame; columns of absent species are
// zero.
struct LinearSystem {
    Eigen::MatrixXd composition;  // [frames, species]
    Eigen::VectorXd difference;   // [frames], E(label) - E(model) [eV]
};

LinearSystem make_system(const ModelCard& card, std::span<const Frame> frames,
                         std::span<const Prediction> predictions) {
    const auto labelled = std::count_if(frames.begin(), frames.end(),
                                        [](const Frame& frame) { return frame.labels.energy.has_value(); });
    const auto species = static_cast<Eigen::Index>(card.species.size());
    LinearSystem system{Eigen::MatrixXd::Zero(labelled, species), Eigen::VectorXd::Zero(labelled)};
    Eigen::Index row = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (!frames[i].labels.energy) {
            continue;
        }
        for (const int z : frames[i].structure.atomic_numbers) {
            const auto found = std::find(card.species.begin(), card.species.end(), z);
            FIBONAQI_EXPECT(found != card.species.end());
            system.composition(row, found - card.species.begin()) += 1.0;
        }
        system.difference(row) = *frames[i].labels.energy - predictions[i].energy;
        ++row;
    }
    return system;
}

}  // namespace

E0Fit fit_e0(const ModelCard& card, std::span<const Frame> frames, std::span<const Prediction> predictions) {
    FIBONAQI_EXPECT(frames.size() == predictions.size());
    E0Fit fit{std::vector<double>(card.species.size(), 0.0), 0, 0, false};
    const LinearSystem system = make_system(card, frames, predictions);
    fit.frames = static_cast<std::size_t>(system.composition.rows());
    if (fit.frames == 0) {
        return fit;
    }
    // The complete orthogonal decomposition gives the minimum-norm least-squares solution at any rank.
    Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> decomposition;
    decomposition.setThreshold(1e-10);
    decomposition.compute(system.composition);
    const Eigen::VectorXd shift = decomposition.solve(system.difference);
    std::copy(shift.begin(), shift.end(), fit.shift.begin());
    fit.rank = static_cast<std::size_t>(decomposition.rank());
    const auto present = (system.composition.colwise().sum().array() > 0.0).count();
    fit.rank_deficient = decomposition.rank() < present;
    return fit;
}

std::string describe(const E0Fit& fit, const ModelCard& card) {
    std::string shifts;
    for (std::size_t s = 0; s < fit.shift.size(); ++s) {
        if (fit.shift[s] != 0.0) {
            char text[64];
            std::snprintf(text, sizeof text, "%s%s %+.4f eV", shifts.empty() ? "" : ", ",
                          symbol(card.species[s]).c_str(), fit.shift[s]);
            shifts += text;
        }
    }
    std::string line = "E0 shifted by " + (shifts.empty() ? std::string("nothing") : shifts) +
                       " (least squares over " + std::to_string(fit.frames) + " frames)";
    if (fit.rank_deficient) {
        line +=
            "; the compositions do not determine one shift per element: the smallest shifts were taken, so "
            "energies of other compositions cannot be compared";
    }
    return line;
}

Json to_json(const E0Fit& fit, const ModelCard& card) {
    Json shifts = Json::object();
    for (std::size_t s = 0; s < fit.shift.size(); ++s) {
        if (fit.shift[s] != 0.0) {
            shifts[symbol(card.species[s])] = fit.shift[s];
        }
    }
    return Json{{"shift_eV", shifts}, {"frames", fit.frames}, {"rank_deficient", fit.rank_deficient}};
}

}  // namespace fibonaqi::nn
