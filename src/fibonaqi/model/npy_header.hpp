// The head of NumPy's .npy files, as described in numpy/lib/format.py (version 1.0).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fibonaqi {

/// Magic, version and dictionary of a row-major array, a multiple of 64 bytes long; the raw numbers follow.
/// `type` is NumPy's name, for example "<f8".
std::string npy_header(std::string_view type, const std::vector<std::int64_t>& shape);

}  // namespace fibonaqi
