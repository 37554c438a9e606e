// Frames with everything in them, for round trips.
#pragma once

#include <cmath>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/base/rng.hpp"

namespace fibonaqi::test {

/// A double of any size within 1e-30..1e30, or zero, of either sign.
inline double random_real(KeyedRng& rng) {
    const double magnitude = rng.below(10) == 0 ? 0.0 : std::pow(10.0, 60.0 * rng.uniform() - 30.0);
    return rng.below(2) == 0 ? magnitude : -magnitude;
}

inline Vec3 random_vector(KeyedRng& rng) {
    return {rng.normal(), rng.normal(), rng.below(4) == 0 ? -0.0 : random_real(rng)};
}

/// Printable ASCII of any kind.
inline std::string random_text(KeyedRng& rng) {
    std::string text;
    for (std::uint64_t n = rng.below(12); n > 0; --n) {
        text += static_cast<char>(' ' + static_cast<char>(rng.below(95)));
    }
    return text;
}

/// One to six atoms; cell, pbc, labels, info and arrays each there or not. A periodic frame has a cell.
inline Frame random_frame(KeyedRng& rng) {
    Frame frame;
    const std::size_t atoms = 1 + rng.below(6);
    for (std::size_t atom = 0; atom < atoms; ++atom) {
        frame.structure.atomic_numbers.push_back(1 + static_cast<int>(rng.below(118)));
        frame.structure.positions.push_back(random_vector(rng));
    }
    if (rng.below(3) != 0) {
        for (std::size_t k = 0; k < 3; ++k) {
            frame.structure.cell[k] = {rng.normal(), rng.normal(), rng.normal()};
            frame.structure.cell[k][k] += 6.0;
            frame.structure.pbc[k] = rng.below(2) == 0;
        }
    }
    if (rng.below(3) != 0) {
        frame.labels.energy = random_real(rng);
    }
    if (rng.below(3) != 0) {
        for (std::size_t atom = 0; atom < atoms; ++atom) {
            frame.labels.forces.push_back(random_vector(rng));
        }
    }
    if (rng.below(3) != 0) {
        const Vec3 d = random_vector(rng);
        const Vec3 o = random_vector(rng);
        frame.labels.stress = Mat3{{{d[0], o[2], o[1]}, {o[2], d[1], o[0]}, {o[1], o[0], d[2]}}};
    }
    frame.info["real"] = random_real(rng);
    frame.info["integer"] = static_cast<long>(rng.bits());
    frame.info["logical"] = rng.below(2) == 0;
    frame.info["text"] = random_text(rng);
    frame.info["vector"] = std::vector<double>{rng.normal(), random_real(rng), 1.0};
    for (std::size_t n = 0; n < 2 * atoms; ++n) {
        frame.arrays["velocities"].push_back(rng.normal());
    }
    frame.arrays["tags"].assign(atoms, static_cast<double>(rng.below(9)));
    return frame;
}

}  // namespace fibonaqi::test
