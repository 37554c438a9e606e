#include "lammps_plugin/lammps_system.hpp"

#include <cmath>
#include <limits>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::lammps {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Vec3 vector_of(const double* x) {
    return {x[0], x[1], x[2]};
}

Vec3 difference(const double* a, const double* b) {
    return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

}  // namespace

SystemGraph::SystemGraph(std::vector<int> number_of_type, double cutoff)
    : number_of_type_(std::move(number_of_type)), cutoff_(cutoff) {
    for (const int number : number_of_type_) {
        radius_of_type_.push_back(number > 0 ? covalent_radius(number) : 0.0);
    }
}

void SystemGraph::collect_atoms(const SystemView& system) {
    index_.assign(static_cast<std::size_t>(system.owned), -1);
    atoms_.clear();
    graph_.atomic_numbers.clear();
    graph_.positions.clear();
    for (int k = 0; k < system.listed; ++k) {
        const int i = system.list[k];
        const int number = number_of_type_[static_cast<std::size_t>(system.types[i])];
        if (number > 0) {
            index_[static_cast<std::size_t>(i)] = static_cast<int>(atoms_.size());
            atoms_.push_back(i);
            graph_.atomic_numbers.push_back(number);
            graph_.positions.push_back(vector_of(system.positions[i]));
        }
    }
}

void SystemGraph::collect_edges(const SystemView& system, int atom) {
    const double* position = system.positions[atom];
    const double radius = radius_of_type_[static_cast<std::size_t>(system.types[atom])];
    for (int k = 0; k < system.neighbor_counts[atom]; ++k) {
        const int j = system.neighbors[atom][k] & system.neighbor_mask;
        const auto type = static_cast<std::size_t>(system.types[j]);
        const Vec3 d = difference(position, system.positions[j]);
        const double square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
        // A NaN is not left out here: it has to reach the potential, which answers with one.
        if (square >= cutoff_ * cutoff_ || number_of_type_[type] == 0) {
            continue;
        }
        const int owner = owner_[static_cast<std::size_t>(j)];
        const int sender = index_[static_cast<std::size_t>(owner)];
        FIBONAQI_EXPECT(sender >= 0);
        graph_.receiver.push_back(index_[static_cast<std::size_t>(atom)]);
        graph_.sender.push_back(sender);
        graph_.shift.push_back(difference(system.positions[owner], system.positions[j]));
        const double distance = std::sqrt(square);
        closeness_.distance = std::min(closeness_.distance, distance);
        closeness_.scaled = std::min(closeness_.scaled, distance / (radius + radius_of_type_[type]));
    }
}

const AtomGraph& SystemGraph::build(const SystemView& system) {
    collect_atoms(system);
    graph_.receiver.clear();
    graph_.sender.clear();
    graph_.shift.clear();
    graph_.volume = system.volume;
    closeness_ = {infinity, infinity};
    for (const int atom : atoms_) {
        collect_edges(system, atom);
    }
    return graph_;
}

}  // namespace fibonaqi::lammps
