// Where the walkers start.
#pragma once

#include "fibonaqi/atoms/structure.hpp"
#include "fibonaqi/campaign/campaign_options.hpp"

namespace fibonaqi {

/// The structure of the configuration: read or built, and repeated. Throws FileError, FormatError,
/// ConfigError for an empty file or copies along a direction that is not periodic.
Structure start_structure(const CampaignOptions& options);

/// 8 atoms on a cubic diamond lattice with constant a [angstrom].
Structure diamond_lattice(int atomic_number, double a);

/// `copies` of the cell along its three vectors, the first copy's atoms first.
Structure repeated(const Structure& structure, const std::vector<int>& copies);

/// A symmetric strain, keyed by (seed, purpose, cycle, item): diagonal elements uniform within
/// +-strain_percent, the others within half of that. Zero for zero percent. Returned as fractions.
Mat3 random_strain(double strain_percent, std::uint64_t seed, int cycle, std::size_t item);

}  // namespace fibonaqi
