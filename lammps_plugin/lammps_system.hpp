// From LAMMPS's arrays to the graph that a potential evaluates.
//
// On one rank every ghost is a periodic image of an owned atom. The graph has owned atoms only; an edge from
// a ghost becomes an edge from its owner with a shift, so messages of any number of layers pass without
// communication, and forces belong to owned atoms (no reverse communication, any newton setting).
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi::lammps {

/// LAMMPS's arrays during a force computation. Nothing is owned or copied.
struct SystemView {
    const double* const* positions = nullptr;  ///< [owned + ghost][3] [angstrom]
    const int* types = nullptr;                ///< [owned + ghost], from 1
    int owned = 0;                             ///< number of owned atoms; ghosts follow them
    int listed = 0;                            ///< atoms with neighbours: a *full* list of owned atoms
    const int* list = nullptr;                 ///< [listed] their indices
    const int* neighbor_counts = nullptr;      ///< [owned]
    const int* const* neighbors = nullptr;     ///< [owned][...], with LAMMPS's bits for special bonds
    int neighbor_mask = 0;                     ///< takes these bits off
    double volume = 0.0;                       ///< [angstrom^3] of a fully periodic box, else 0
};

/// The closest pair of a graph, by distance and relative to its covalent radii. +infinity without edges.
struct Closeness {
    double distance;  ///< [angstrom]
    double scaled;    ///< distance / (sum of the covalent radii)
};

/// Keeps its buffers from step to step.
class SystemGraph {
  public:
    /// number_of_type[t]: atomic number of LAMMPS's type t (entry 0 is unused); 0 for types that are not the
    /// model's (NULL in pair_coeff): their atoms are left out.
    SystemGraph(std::vector<int> number_of_type, double cutoff);

    /// Finds the owner of every ghost by its id; ids may have gaps. After each exchange of ghosts. Throws
    /// Error when a ghost has no owner on this rank.
    template <class Tag>
    void map_ghosts(const Tag* tags, int owned, int total);
    bool has_map_of(int total) const { return owner_.size() == static_cast<std::size_t>(total); }

    const AtomGraph& build(const SystemView& system);
    const AtomGraph& graph() const { return graph_; }          ///< of the last build
    const std::vector<int>& atoms() const { return atoms_; }   ///< LAMMPS's index of each of its atoms
    const Closeness& closeness() const { return closeness_; }  ///< of the last build

  private:
    void collect_atoms(const SystemView& system);
    void collect_edges(const SystemView& system, int atom);

    std::vector<int> number_of_type_;
    std::vector<double> radius_of_type_;
    double cutoff_;
    std::vector<int> owner_;  // [owned + ghost]
    std::vector<int> index_;  // [owned] place in the graph, or -1
    std::vector<int> atoms_;
    AtomGraph graph_;
    Closeness closeness_{};
};

template <class Tag>
void SystemGraph::map_ghosts(const Tag* tags, int owned, int total) {
    std::vector<std::pair<Tag, int>> known;
    known.reserve(static_cast<std::size_t>(owned));
    for (int i = 0; i < owned; ++i) {
        known.emplace_back(tags[i], i);
    }
    std::sort(known.begin(), known.end());
    owner_.resize(static_cast<std::size_t>(total));
    for (int i = 0; i < total; ++i) {
        const auto found = std::lower_bound(known.begin(), known.end(), std::pair<Tag, int>(tags[i], 0));
        if (found == known.end() || found->first != tags[i]) {
            throw Error(
                "a ghost atom has no owner (ids are not unique, or another rank owns it) "
                "use one rank and unique atom ids");
        }
        owner_[static_cast<std::size_t>(i)] = i < owned ? i : found->second;
    }
}

}  // namespace fibonaqi::lammps
