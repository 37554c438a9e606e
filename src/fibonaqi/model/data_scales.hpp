// The scales of labelled data that networks are set up with before they are trained.
#pragma once

#include <span>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"

namespace fibonaqi {

struct DataScales {
    std::vector<int> species;        ///< atomic numbers that occur, ascending
    double force_rms = 0.0;          ///< root mean square of the components of labelled forces [eV/angstrom]
    double average_neighbors = 0.0;  ///< within the cutoff, mean over the atoms that have any
};

/// Frames without forces count for the other two. Without any forces (or neighbours) these are 0. Throws what
/// neighbor_list throws.
DataScales data_scales(std::span<const Frame> frames, double cutoff);

}  // namespace fibonaqi
