// A matrix in a .npy file, of which rows are read when they are wanted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "fibonaqi/model/feature_matrix.hpp"

namespace fibonaqi {

/// The file is mapped into memory, so a pool of millions of rows needs the memory of the rows that are read
/// at a time. It must not be changed while it is open.
class StoredMatrix {
  public:
    /// A 2-d array (or a 1-d one: a single column) of float32 or float64, C or Fortran order, little endian
    /// (.npy 1.0 to 3.0). Throws FormatError, FileError.
    explicit StoredMatrix(const std::filesystem::path& path);
    ~StoredMatrix();
    StoredMatrix(StoredMatrix&&) noexcept;
    StoredMatrix(const StoredMatrix&) = delete;

    std::size_t rows() const;
    std::size_t columns() const;

    /// These rows, in this order; `ids` of the result are these numbers. Contract: all are below rows().
    FeatureMatrix read(const std::vector<std::uint64_t>& ids) const;

  private:
    struct File;
    std::unique_ptr<File> file_;
};

}  // namespace fibonaqi
