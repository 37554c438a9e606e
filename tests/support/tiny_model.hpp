// Models small enough to lie in the repository (tests/data/mace, matgl and sevennet: O, Mg, Si, random
// weights), and structures for them.
#pragma once

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/model/mace_import.hpp"
#include "fibonaqi/model/matgl_import.hpp"
#include "fibonaqi/model/model_import.hpp"

namespace fibonaqi::test {

/// A MACE: cutoff 4.5 angstrom, two layers, max_ell 1, correlation 2, first block not residual.
inline ModelFile tiny_model() {
    return import_mace(FIBONAQI_SOURCE_DIR "/tests/data/mace/tiny.model", {});
}

/// A TensorNet: cutoff 4.5 angstrom, two interactions, 4 channels, smooth Bessel functions, O(3).
inline ModelFile tiny_tensornet() {
    return import_matgl(FIBONAQI_SOURCE_DIR "/tests/data/matgl/tiny", {});
}

/// An M3GNet: cutoff 4.5 angstrom (of angles 3.5), two blocks, 4, 3 and 5 channels of atoms, bonds and hidden
/// layers, smooth Bessel functions.
inline ModelFile tiny_m3gnet() {
    return import_matgl(FIBONAQI_SOURCE_DIR "/tests/data/matgl/m3gnet", {});
}

/// The same in the form that matgl had before version 3.0, with ordinary Bessel functions, which end with a
/// slope.
inline ModelFile tiny_old_m3gnet() {
    return import_matgl(FIBONAQI_SOURCE_DIR "/tests/data/matgl/m3gnet_old", {});
}

/// A NequIP: cutoff 4.5 angstrom, two layers, 4 channels for each irrep up to l = 2, O(3). Its elements are
/// sorted by atomic number here, those of the file by symbol.
inline ModelFile tiny_nequip() {
    ImportOptions options;
    options.species = {8, 12, 14};
    return import_model(FIBONAQI_SOURCE_DIR "/tests/data/sevennet/tiny.pth", options);
}

/// Ten atoms of three elements about 2 angstrom apart, displaced at random by up to 0.5; the periodic cell is
/// skewed and shorter than twice the cutoff.
inline Structure disordered_structure(bool is_periodic, std::uint64_t seed = 5) {
    Structure structure;
    KeyedRng rng(seed, "disordered structure");
    for (int i = 0; i < 10; ++i) {
        structure.atomic_numbers.push_back(std::array{8, 12, 14}[static_cast<std::size_t>(i % 3)]);
        structure.positions.push_back({2.1 * (i % 3) + 0.5 * rng.uniform(),
                                       2.1 * (i / 3 % 2) + 0.5 * rng.uniform(),
                                       2.2 * (i / 6) + 0.5 * rng.uniform()});
    }
    if (is_periodic) {
        structure.cell = {{{6.6, 0.3, 0.0}, {-0.4, 4.7, 0.2}, {0.1, 0.5, 4.9}}};
        structure.pbc = {true, true, true};
    }
    return structure;
}

}  // namespace fibonaqi::test
