// A TensorNet that has learnt nothing yet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {

/// What to make; defaults are those of published models but for the width. Smooth Bessel functions, O(3).
struct NewTensorNet {
    std::string name;
    std::vector<int> species;          ///< atomic numbers, distinct
    std::vector<double> e0;            ///< reference energy of each [eV]; empty: 0
    double cutoff = 5.0;               ///< [angstrom]
    std::int64_t channels = 64;        ///< units
    std::int64_t layers = 2;           ///< nblocks: interactions after the embedding
    std::int64_t basis_functions = 3;  ///< max_n
    double scale = 1.0;                ///< of the interaction energy [eV]: the spread of forces is a good one
    TensorType type = TensorType::float32;  ///< of the weights
};

/// Weights as matgl draws them: vectors of elements from N(0, 1); matrices of the interactions evenly from
/// +-sqrt(6 / (in + out)) (Glorot and Bengio, AISTATS 2010) with biases 0; all other matrices and biases
/// evenly from +-1 / sqrt(in); norms 1 and 0. The same seed gives the same weights on every machine, and a
/// tensor's numbers depend on its name only, not on the other tensors. Throws ModelError (exit code usage)
/// for sizes without sense.
ModelFile new_tensornet(const NewTensorNet& description, std::uint64_t seed);

}  // namespace fibonaqi
