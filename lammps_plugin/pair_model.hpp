// What pair_style fibonaqi holds: a potential, and the graph of LAMMPS's atoms.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fibonaqi/atoms/labels.hpp"

#include "lammps_plugin/lammps_system.hpp"

namespace fibonaqi {
class Potential;
}

namespace fibonaqi::lammps {

/// The style sees a potential through this class alone: neither LibTorch nor JSON reaches a file that
/// includes headers of LAMMPS, which brings its own copies of other libraries under the same names.
class PairModel {
  public:
    /// elements[t - 1]: chemical symbol of LAMMPS's type t, or "NULL". Throws ConfigError for a word that is
    /// no symbol, ModelError (usage) for an element that the model lacks, with those that it has.
    PairModel(std::shared_ptr<Potential> potential, const std::vector<std::string>& elements);

    double cutoff() const;            ///< [angstrom]
    std::string description() const;  ///< one line: name, cutoff, type -> element

    SystemGraph& graph() { return graph_; }
    const SystemGraph& graph() const { return graph_; }

    /// Evaluates the system. What the potential throws goes through.
    void evaluate(const SystemView& system);
    const Prediction& prediction() const {
        return prediction_;
    }                                               ///< per atom in the order of graph().atoms()
    const Mat3& virial() const { return virial_; }  ///< -dE/d(strain) [eV]

  private:
    std::shared_ptr<Potential> potential_;
    std::vector<std::string> elements_;
    SystemGraph graph_;
    Prediction prediction_;
    Mat3 virial_{};
};

}  // namespace fibonaqi::lammps
