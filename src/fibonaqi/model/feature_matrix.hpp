// Features: one row per sample, and the .npy files that carry them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fibonaqi {

/// n x d doubles, row by row, with the id of each row's sample.
struct FeatureMatrix {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<double> values;
    std::vector<std::uint64_t> ids;

    const double* row(std::size_t index) const { return values.data() + index * columns; }
};

/// Reads a 2-d array (or a 1-d one: a single column) of float32 or float64, C or Fortran order, little endian
/// (.npy 1.0 to 3.0); ids are the row numbers. Throws FormatError, FileError.
FeatureMatrix read_npy(const std::filesystem::path& path);

/// Writes float64, C order, atomically.
void write_npy(const std::filesystem::path& path, const FeatureMatrix& matrix);

}  // namespace fibonaqi
