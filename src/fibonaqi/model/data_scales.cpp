#include "fibonaqi/model/data_scales.hpp"

#include <cmath>
#include <set>

#include "fibonaqi/atoms/neighbor_list.hpp"

namespace fibonaqi {

DataScales data_scales(std::span<const Frame> frames, double cutoff) {
    std::set<int> species;
    double squares = 0.0;
    std::size_t components = 0, edges = 0, receivers = 0;
    for (const Frame& frame : frames) {
        species.insert(frame.structure.atomic_numbers.begin(), frame.structure.atomic_numbers.end());
        for (const Vec3& force : frame.labels.forces) {
            squares += force[0] * force[0] + force[1] * force[1] + force[2] * force[2];
            components += 3;
        }
        const NeighborList neighbors = neighbor_list(frame.structure, cutoff);
        edges += neighbors.size();
        receivers += std::set(neighbors.receiver.begin(), neighbors.receiver.end()).size();
    }
    DataScales scales;
    scales.species.assign(species.begin(), species.end());
    scales.force_rms = components > 0 ? std::sqrt(squares / static_cast<double>(components)) : 0.0;
    scales.average_neighbors =
        receivers > 0 ? static_cast<double>(edges) / static_cast<double>(receivers) : 0.0;
    return scales;
}

}  // namespace fibonaqi
