// Models that have learnt nothing yet: random weights, drawn as the Python originals draw them.
//
// The same seed gives the same weights on every machine, and the numbers of a tensor depend on its name
// only, not on the other tensors. All functions throw ModelError (exit code usage), "new model 'NAME': ...",
// for sizes without sense.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fibonaqi/model/mace_layout.hpp"
#include "fibonaqi/model/nequip_layout.hpp"
#include "fibonaqi/model/tensornet_layout.hpp"

namespace fibonaqi {

/// What all architectures have in common.
struct NewModel {
    std::string name;
    std::vector<int> species;        ///< atomic numbers, distinct
    std::vector<double> e0 = {};     ///< reference energy of each [eV]; empty: 0, a training fits them
    double cutoff = 5.0;             ///< [angstrom]
    double scale = 1.0;              ///< of the interaction energy [eV]: the spread of forces is a good one
    double average_neighbors = 1.0;  ///< mean number of neighbours in the data
    TensorType type = TensorType::float32;  ///< of the weights
    std::uint64_t seed = 0;
    std::string licence = {};   ///< of the model, for its card; empty: not stated
    std::string citation = {};  ///< likewise
};

/// All weights from N(0, 1), as e3nn draws them. layout.elements is that of `common`. MACE divides messages
/// by the average number of neighbours.
ModelFile new_mace(const NewModel& common, MaceLayout layout);

/// All weights from N(0, 1); wave numbers n pi / cutoff; a polynomial envelope of power 6. Sums over
/// neighbours are divided by the square root of their average number (Batzner et al., Nat. Commun. 13, 2453
/// (2022), methods).
ModelFile new_nequip(const NewModel& common, NequipLayout layout);

/// As matgl draws them: vectors of elements from N(0, 1); matrices of the interactions evenly from
/// +-sqrt(6 / (in + out)) (Glorot and Bengio, AISTATS 2010) with biases 0; all other matrices and biases
/// evenly from +-1 / sqrt(in); norms 1 and 0. Smooth Bessel functions, O(3).
ModelFile new_tensornet(const NewModel& common, TensorNetSizes sizes);

}  // namespace fibonaqi
