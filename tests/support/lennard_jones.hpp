// A potential with a known answer: LAMMPS's own lj/cut is its oracle.
#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "fibonaqi/model/potential.hpp"

namespace fibonaqi::test {

struct LennardJonesSettings {
    double epsilon = 0.0104;  ///< [eV]: argon
    double sigma = 3.4;       ///< [angstrom]
    double cutoff = 6.0;      ///< [angstrom], sharp
    int species = 18;
};

/// Energy, forces and virial of pairs within a sharp cutoff, no shift. `break_after`: from that evaluation on
/// (counted from 1) it gives NaN, as a network does that has left what it knows.
class LennardJones : public Potential {
  public:
    explicit LennardJones(const LennardJonesSettings& settings = {}) : settings_(settings) {
        card_.name = "lennard-jones";
        card_.architecture = "lennard-jones";
        card_.species = {settings.species};
        card_.e0 = {0.0};
        card_.cutoff = settings.cutoff;
        card_.dtype = "float64";
    }

    const ModelCard& card() const override { return card_; }

    std::vector<Prediction> evaluate(std::span<const AtomGraph> graphs) override {
        std::vector<Prediction> predictions;
        for (const AtomGraph& graph : graphs) {
            predictions.push_back(evaluate_one(graph));
        }
        return predictions;
    }

    Mat3 last_virial() const override { return virial_; }

    long break_after = std::numeric_limits<long>::max();
    long evaluations = 0;

  private:
    Prediction evaluate_one(const AtomGraph& graph) {
        Prediction result;
        result.node_energy.assign(graph.size(), 0.0);
        result.forces.assign(graph.size(), Vec3{});
        virial_ = {};
        for (std::size_t e = 0; e < graph.sender.size(); ++e) {
            add_edge(graph, e, result);
        }
        if (graph.volume > 0.0) {
            result.stress = Mat3{};
            for (std::size_t x = 0; x < 3; ++x) {
                for (std::size_t y = 0; y < 3; ++y) {
                    (*result.stress)[x][y] = -virial_[x][y] / graph.volume;
                }
            }
        }
        if (++evaluations >= break_after) {
            result.forces.front()[1] = std::numeric_limits<double>::quiet_NaN();
        }
        return result;
    }

    // Each pair comes as two edges, so half of everything belongs to one.
    void add_edge(const AtomGraph& graph, std::size_t e, Prediction& result) {
        const auto i = static_cast<std::size_t>(graph.receiver[e]);
        const auto j = static_cast<std::size_t>(graph.sender[e]);
        Vec3 d{};
        double square = 0.0;
        for (std::size_t x = 0; x < 3; ++x) {
            d[x] = graph.positions[i][x] - graph.positions[j][x] + graph.shift[e][x];
            square += d[x] * d[x];
        }
        const double s6 = std::pow(settings_.sigma * settings_.sigma / square, 3);
        const double energy = 4.0 * settings_.epsilon * s6 * (s6 - 1.0);
        const double force_over_r = 24.0 * settings_.epsilon * s6 * (2.0 * s6 - 1.0) / square;
        result.energy += 0.5 * energy;
        result.node_energy[i] += 0.5 * energy;
        for (std::size_t x = 0; x < 3; ++x) {
            result.forces[i][x] += 0.5 * force_over_r * d[x];
            result.forces[j][x] -= 0.5 * force_over_r * d[x];
            for (std::size_t y = 0; y < 3; ++y) {
                virial_[x][y] += 0.5 * force_over_r * d[x] * d[y];
            }
        }
    }

    LennardJonesSettings settings_;
    ModelCard card_;
    Mat3 virial_{};
};

}  // namespace fibonaqi::test
