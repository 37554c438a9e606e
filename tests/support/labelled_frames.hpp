// Frames that the tiny model of the repository labels, so that there is something to learn from them.
#pragma once

#include <vector>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/nn/network_potential.hpp"

#include "tests/support/tiny_model.hpp"

namespace fibonaqi::test {

inline constexpr double energy_offset = -250.0;  // per atom [eV]: another code's zero

// Labels of the model itself with larger forces, so that there is something to learn.
inline std::vector<Frame> labelled_frames(std::size_t count) {
    const auto potential =
        nn::make_potential(nn::load_network(tiny_model(), at::TensorOptions().dtype(at::kDouble)));
    std::vector<Frame> frames(count);
    for (std::size_t i = 0; i < count; ++i) {
        frames[i].structure = disordered_structure(true, i);
        const AtomGraph graph = make_graph(frames[i].structure, potential->card().cutoff);
        const Prediction prediction = potential->evaluate({&graph, 1})[0];
        frames[i].labels = {1.5 * prediction.energy + energy_offset * 10.0, prediction.forces, {}};
        for (Vec3& force : frames[i].labels.forces) {
            for (double& component : force) {
                component *= 1.5;
            }
        }
    }
    return frames;
}

}  // namespace fibonaqi::test
