// NumPy's .npy files, as described in numpy/lib/format.py (versions 1.0, 2.0 and 3.0).
#include "fibonaqi/model/feature_matrix.hpp"

#include <bit>
#include <numeric>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/npy_header.hpp"
#include "fibonaqi/model/stored_matrix.hpp"

namespace fibonaqi {

static_assert(std::endian::native == std::endian::little, "stored numbers are little endian");

FeatureMatrix read_npy(const std::filesystem::path& path) {
    const StoredMatrix matrix(path);
    std::vector<std::uint64_t> all(matrix.rows());
    std::iota(all.begin(), all.end(), std::uint64_t{0});
    return matrix.read(all);
}

void write_npy(const std::filesystem::path& path, const FeatureMatrix& matrix) {
    FIBONAQI_EXPECT(matrix.values.size() == matrix.rows * matrix.columns);
    std::string bytes = npy_header(
        "<f8", {static_cast<std::int64_t>(matrix.rows), static_cast<std::int64_t>(matrix.columns)});
    bytes.append(reinterpret_cast<const char*>(matrix.values.data()), matrix.values.size() * sizeof(double));
    write_file_atomically(path, bytes);
}

}  // namespace fibonaqi
