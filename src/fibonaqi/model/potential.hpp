// The one interface behind which every interatomic potential stands.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/model/model_card.hpp"

namespace fibonaqi {

/// Structures in, energies, forces and stresses out. Not thread-safe: one object per thread.
class Potential {
  public:
    virtual ~Potential() = default;

    virtual const ModelCard& card() const = 0;

    /// One prediction per graph, in order. All are evaluated as one batch, so the caller bounds the memory.
    /// An atom of a species that the card does not list throws ModelError (exit code usage).
    virtual std::vector<Prediction> evaluate(std::span<const AtomGraph> graphs) = 0;

    /// Virial -dE/d(strain) [eV] of the last structure of the last evaluate, periodic or not: LAMMPS asks for
    /// it whatever the boundaries. Symmetric.
    virtual Mat3 last_virial() const = 0;
};

}  // namespace fibonaqi
