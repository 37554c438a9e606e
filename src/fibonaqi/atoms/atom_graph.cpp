#include "fibonaqi/atoms/atom_graph.hpp"

#include "fibonaqi/atoms/neighbor_list.hpp"

namespace fibonaqi {

AtomGraph make_graph(const Structure& structure, double cutoff) {
    NeighborList list = neighbor_list(structure, cutoff);
    AtomGraph graph;
    graph.atomic_numbers = structure.atomic_numbers;
    graph.positions = structure.positions;
    graph.shift.reserve(list.size());
    for (const std::array<int, 3>& unit : list.unit_shift) {
        Vec3 shift{};
        for (std::size_t k = 0; k < 3; ++k) {
            for (std::size_t x = 0; x < 3; ++x) {
                shift[x] += unit[k] * structure.cell[k][x];
            }
        }
        graph.shift.push_back(shift);
    }
    graph.sender = std::move(list.sender);
    graph.receiver = std::move(list.receiver);
    graph.volume = structure.is_fully_periodic() ? volume(structure) : 0.0;
    return graph;
}

}  // namespace fibonaqi
